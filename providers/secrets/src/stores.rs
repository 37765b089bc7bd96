//! The secret stores of a provider.

use std::collections::BTreeMap;
use std::path::Path;

use podform_http::HttpSettings;
use podform_model::observed::{SecretFact, SecretQuery, SecretStanding};
use podform_model::{
    AttributePath, Diagnostic, Diagnostics, SecretStamp, Value, code, with_causes,
};

use crate::settings::{self, Around, Environment};
use crate::store::{Look, SecretValue, Store};
use crate::{Error, Reference};

/// The kinds of `secret_store` that there are.
pub const KINDS: [&str; 3] = ["file", "env", "vault"];

/// A secret that was read, to be sent to a cluster.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The store's name.
    pub store: String,
    /// Its value.
    pub value: SecretValue,
    /// The store's version of it, where it has versions.
    pub version: Option<String>,
}

/// The secret stores of a provider. Calls block; they may be made from any thread, also within a runtime.
#[derive(Debug, Default)]
pub struct SecretStores(BTreeMap<String, Box<dyn Store>>);

/// The keyed digest of a value; `None` without a key.
pub type Digest<'a> = &'a dyn Fn(&[u8]) -> Option<String>;

impl SecretStores {
    /// The stores of a list of `secret_store` blocks (maps with `kind`, `name` and the block's attributes). `folder`: what relative paths are
    /// relative to. `http`: what the provider says about TLS and time-outs; a block may say otherwise.
    #[must_use]
    pub fn from_settings(
        blocks: &Value,
        folder: &Path,
        http: &HttpSettings,
    ) -> (Self, Diagnostics) {
        Self::from_settings_in(blocks, folder, http, &|name| std::env::var(name).ok())
    }

    pub(crate) fn from_settings_in(
        blocks: &Value,
        folder: &Path,
        http: &HttpSettings,
        environment: Environment<'_>,
    ) -> (Self, Diagnostics) {
        let around = Around { folder, http, environment };
        let (mut stores, mut findings) = (BTreeMap::new(), Diagnostics::new());
        for (index, block) in blocks.as_list().unwrap_or_default().iter().enumerate() {
            let path = AttributePath::root().attr("secret_store").index(index);
            let Some(store) = settings::store(block, path.clone(), &around, &mut findings) else {
                continue;
            };
            let name = store.name().to_owned();
            if stores.insert(name.clone(), store).is_some() {
                let twice = Diagnostic::error(
                    code::DUPLICATE,
                    format!("two secret stores have the name `{name}`"),
                );
                findings.push(
                    twice
                        .help("give one of them another name: `secret_store \"KIND\" \"NAME\"`")
                        .path(path),
                );
            }
        }
        (Self(stores), findings)
    }

    /// Stores made by the caller.
    #[must_use]
    pub fn new(stores: impl IntoIterator<Item = Box<dyn Store>>) -> Self {
        Self(stores.into_iter().map(|store| (store.name().to_owned(), store)).collect())
    }

    /// The names of the stores, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The store of this name; without a name the only one.
    ///
    /// # Errors
    /// [`Error::NoStore`]
    pub fn store(&self, name: Option<&str>) -> Result<&dyn Store, Error> {
        let names = || self.names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = match (name, self.0.len()) {
            (_, 0) => "the provider has no `secret_store`: add one, such as `secret_store \"file\" { path = \"secrets.hcl\" }`".to_owned(),
            (Some(name), _) => match self.0.get(name) {
                Some(store) => return Ok(&**store),
                None => format!("the provider has no secret store `{name}`, only {}", names()),
            },
            (None, 1) => match self.0.values().next() {
                Some(store) => return Ok(&**store),
                None => String::new(),
            },
            (None, _) => format!("say which store the secret is in with `store`: the provider has {}", names()),
        };
        Err(Error::NoStore { message })
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// No such store or secret, no permission, or the store cannot be asked.
    pub fn resolve(&self, store: Option<&str>, source: &str) -> Result<Resolved, Error> {
        let store = self.store(store)?;
        let found = store.read(&Reference::parse(source)?)?;
        Ok(Resolved { store: store.name().to_owned(), value: found.value, version: found.version })
    }

    /// Looks at one secret; see [`SecretStores::check_all`].
    #[must_use]
    pub fn check(&self, query: &SecretQuery, digest: Digest<'_>) -> SecretFact {
        let standing = match self.store(query.store.as_deref()) {
            Ok(store) => self.check_in(store, &[query], digest).pop(),
            Err(error) => Some(standing_of(&error)),
        };
        self.fact(query, standing)
    }

    /// Looks at secrets, those of one store together; the facts stand in the order of the queries. A value is read only where its version
    /// does not tell, digested, and overwritten.
    #[must_use]
    pub fn check_all(&self, queries: &[SecretQuery], digest: Digest<'_>) -> Vec<SecretFact> {
        let mut standings: Vec<Option<SecretStanding>> = vec![None; queries.len()];
        let mut by_store: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, query) in queries.iter().enumerate() {
            match self.store(query.store.as_deref()) {
                Ok(store) => by_store.entry(store.name()).or_default().push(index),
                Err(error) => standings[index] = Some(standing_of(&error)),
            }
        }
        for (name, indexes) in by_store {
            let Some(store) = self.0.get(name) else { continue };
            let asked: Vec<&SecretQuery> = indexes.iter().map(|index| &queries[*index]).collect();
            for (index, standing) in
                indexes.into_iter().zip(self.check_in(&**store, &asked, digest))
            {
                standings[index] = Some(standing);
            }
        }
        queries.iter().zip(standings).map(|(query, standing)| self.fact(query, standing)).collect()
    }

    fn fact(&self, query: &SecretQuery, standing: Option<SecretStanding>) -> SecretFact {
        let name = self
            .store(query.store.as_deref())
            .map(Store::name)
            .unwrap_or_else(|_| query.store.as_deref().unwrap_or_default());
        // A store that answers fewer questions than it was asked has not answered this one.
        let silent = || SecretStanding::Unknown {
            message: format!("the secret store `{name}` did not answer"),
        };
        SecretFact {
            store: name.to_owned(),
            source: query.source.clone(),
            standing: standing.unwrap_or_else(silent),
        }
    }

    fn check_in(
        &self,
        store: &dyn Store,
        queries: &[&SecretQuery],
        digest: Digest<'_>,
    ) -> Vec<SecretStanding> {
        let references: Vec<_> =
            queries.iter().map(|query| Reference::parse(&query.source)).collect();
        // Without a recorded digest a recorded version says nothing about the value.
        let known = |query: &SecretQuery| {
            query.known_version.clone().filter(|_| query.known_digest.is_some())
        };
        let questions: Vec<_> = references
            .iter()
            .zip(queries)
            .filter_map(|(reference, query)| Some((reference.as_ref().ok()?.clone(), known(query))))
            .collect();
        let mut answers = store.look(&questions).into_iter();
        let stand = |(reference, query): (Result<Reference, Error>, &&SecretQuery)| {
            let stamp = |version, digest| SecretStamp {
                store: store.name().to_owned(),
                source: query.source.clone(),
                version,
                digest,
            };
            let stamp = match reference
                .and_then(|_| answers.next().unwrap_or_else(|| Err(silent(store))))
            {
                Ok(Look::Unchanged) => {
                    stamp(query.known_version.clone(), query.known_digest.clone())
                }
                Ok(Look::Unreadable { version }) => stamp(version, None),
                Ok(Look::Read(found)) => stamp(found.version, digest(found.value.as_bytes())),
                Err(error) => return standing_of(&error),
            };
            SecretStanding::Present { stamp }
        };
        references.into_iter().zip(queries).map(stand).collect()
    }
}

fn silent(store: &dyn Store) -> Error {
    Error::Store { store: store.name().to_owned(), what: "did not answer".to_owned() }
}

/// What an error says about a secret: only what certainly is not there is missing.
fn standing_of(error: &Error) -> SecretStanding {
    let message = with_causes(error);
    match error {
        Error::Missing { .. } | Error::Reference { .. } => SecretStanding::Missing { message },
        Error::NoStore { .. } | Error::File { .. } | Error::InvalidFile { .. } => {
            SecretStanding::NoStore { message }
        }
        _ => SecretStanding::Unknown { message },
    }
}

#[cfg(test)]
mod tests;
