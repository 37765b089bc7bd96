//! Secrets from environment variables.

use zeroize::Zeroizing;

use crate::{Error, Found, Reference, SecretValue, Store};

/// The prefix when the block names none.
pub(crate) const DEFAULT_PREFIX: &str = "SECRET";

/// Takes the value of a variable; a test gives its own.
pub(crate) type Lookup = fn(&str) -> Option<Zeroizing<Vec<u8>>>;

/// The process's own variables.
pub(crate) fn process_variable(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    std::env::var_os(name).map(|value| Zeroizing::new(value.into_encoded_bytes()))
}

/// `secret_store "env"`: `/shop/db` is the variable `SECRET_SHOP_DB`, `/shop/db#user` is `SECRET_SHOP_DB_USER`.
///
/// Every character that is not an ASCII letter or digit becomes `_`, letters become upper case, and `prefix` and `_` stand before it
/// (nothing, if the prefix is empty). Paths that differ only in such characters are one variable.
#[derive(Debug)]
pub(crate) struct EnvironmentStore {
    pub(crate) name: String,
    pub(crate) prefix: String,
    pub(crate) lookup: Lookup,
}

impl EnvironmentStore {
    /// The variable of a secret.
    fn variable(&self, reference: &Reference) -> String {
        let parts = reference.segments.iter().chain(&reference.field).cloned();
        let words: Vec<String> = Some(self.prefix.clone())
            .filter(|prefix| !prefix.is_empty())
            .into_iter()
            .chain(parts)
            .collect();
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        words.join("_").chars().map(plain).collect()
    }
}

impl Store for EnvironmentStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, reference: &Reference) -> Result<Found, Error> {
        let variable = self.variable(reference);
        let value = (self.lookup)(&variable).filter(|value| !value.is_empty());
        let missing = || {
            format!(
                "the environment variable `{variable}` of the secret `{}` is not set",
                reference.text
            )
        };
        let value = value.ok_or_else(|| Error::Missing { message: missing() })?;
        Ok(Found { value: SecretValue::new(value), version: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(prefix: &str) -> EnvironmentStore {
        let lookup: Lookup = |name| match name {
            "SECRET_SHOP_DB" => Some(Zeroizing::new(b"s3cret".to_vec())),
            "SECRET_EMPTY" => Some(Zeroizing::new(Vec::new())),
            _ => None,
        };
        EnvironmentStore { name: "env".to_owned(), prefix: prefix.to_owned(), lookup }
    }

    #[test]
    fn variables_are_named_after_the_path() {
        let variable =
            |prefix: &str, text: &str| store(prefix).variable(&Reference::parse(text).unwrap());
        assert_eq!(variable("SECRET", "/shop/db"), "SECRET_SHOP_DB");
        assert_eq!(variable("app", "shop/my-db.1#user name"), "APP_SHOP_MY_DB_1_USER_NAME");
        assert_eq!(variable("", "/token"), "TOKEN");
        assert_eq!(variable("X", "/é"), "X__");
    }

    #[test]
    fn a_variable_that_is_not_set_or_empty_is_a_missing_secret() {
        let read = |text: &str| store("SECRET").read(&Reference::parse(text).unwrap());
        assert_eq!(read("/shop/db").unwrap().value.as_bytes(), b"s3cret");
        for (text, variable) in [("/empty", "SECRET_EMPTY"), ("/nothing", "SECRET_NOTHING")] {
            let error = read(text).unwrap_err();
            assert!(
                matches!(error, Error::Missing { .. }) && error.to_string().contains(variable),
                "{error}"
            );
        }
    }
}
