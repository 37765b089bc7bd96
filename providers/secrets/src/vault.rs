//! Vault and OpenBao: the KV engine, versions 1 and 2, read with a token.

mod answer;

use futures_util::StreamExt as _;
use podform_http::{Blocking, Client, Method, Request, Response, Url};
use tokio::sync::OnceCell;

use self::answer::{Data, Fields, Metadata, Mount};
use crate::{Error, Found, Look, Reference, Store};

/// How many secrets are asked for at a time.
const CONCURRENCY: usize = 8;

/// The version of the KV engine behind a mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KvVersion {
    /// No versions.
    V1,
    /// With versions.
    V2,
}

/// `secret_store "vault"`.
#[derive(Debug)]
pub(crate) struct VaultStore {
    pub(crate) name: String,
    pub(crate) address: Url,
    /// The mount's path, one part or more.
    pub(crate) mount: Vec<String>,
    pub(crate) namespace: Option<String>,
    /// Set: not asked for.
    pub(crate) kv_version: Option<KvVersion>,
    pub(crate) has_token: bool,
    pub(crate) client: Client,
    pub(crate) blocking: Blocking,
    pub(crate) detected: OnceCell<KvVersion>,
}

impl Store for VaultStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, reference: &Reference) -> Result<Found, Error> {
        self.run(self.read_secret(reference))?
    }

    fn look(&self, questions: &[(Reference, Option<String>)]) -> Vec<Result<Look, Error>> {
        let looks =
            questions.iter().map(|(reference, known)| self.look_at(reference, known.as_deref()));
        let all = futures_util::stream::iter(looks).buffered(CONCURRENCY).collect::<Vec<_>>();
        self.run(all).unwrap_or_else(|error| {
            let what = error.to_string();
            questions.iter().map(|_| Err(self.wrong(what.clone()))).collect()
        })
    }
}

impl VaultStore {
    fn run<T: Send>(&self, future: impl Future<Output = T> + Send) -> Result<T, Error> {
        self.blocking
            .run(future)
            .map_err(|source| Error::Unavailable { store: self.name.clone(), source })
    }

    /// Compares versions where there are some; reads the value only if they differ or cannot be seen.
    async fn look_at(&self, reference: &Reference, known: Option<&str>) -> Result<Look, Error> {
        let metadata = match (self.version(reference).await?, known) {
            (KvVersion::V2, Some(_)) => self.metadata(reference).await?,
            _ => None,
        };
        let current = metadata.and_then(|metadata| metadata.unspoilt_version());
        if current.is_some() && current.as_deref() == known {
            return Ok(Look::Unchanged);
        }
        match self.read_secret(reference).await {
            Err(Error::Forbidden { .. }) if current.is_some() => {
                Ok(Look::Unreadable { version: current })
            }
            read => read.map(Look::Read),
        }
    }

    async fn read_secret(&self, reference: &Reference) -> Result<Found, Error> {
        let version = self.version(reference).await?;
        let kind = if version == KvVersion::V2 { Some("data") } else { None };
        let answer = self.get(kind, &reference.segments).await?;
        let (fields, version) = match (answer.status, version) {
            (404, _) => return Err(self.missing(reference, &answer)),
            (200, KvVersion::V1) => (self.json::<Data<Fields>>(&answer)?.data, None),
            (200, KvVersion::V2) => {
                let data = self.json::<Data<answer::Versioned>>(&answer)?.data;
                let version = data.metadata.version.map(|version| version.to_string());
                (data.data.unwrap_or_default(), version)
            }
            _ => return Err(self.refusal(kind, reference, &answer)),
        };
        let field = reference.choose(&self.name, || fields.iter().collect())?;
        let value = field.value().ok_or_else(|| {
            self.wrong(format!(
                "holds no text in `{}`: only texts and numbers can be used",
                reference.text
            ))
        })?;
        Ok(Found { value, version })
    }

    /// What is known of a secret's versions; `None` if that may not be read.
    async fn metadata(&self, reference: &Reference) -> Result<Option<Metadata>, Error> {
        let answer = self.get(Some("metadata"), &reference.segments).await?;
        match answer.status {
            200 => Ok(Some(self.json::<Data<Metadata>>(&answer)?.data)),
            403 => Ok(None),
            404 => Err(self.missing(reference, &answer)),
            _ => Err(self.refusal(Some("metadata"), reference, &answer)),
        }
    }

    /// Which KV version the mount has, asked for once.
    async fn version(&self, reference: &Reference) -> Result<KvVersion, Error> {
        match self.kv_version {
            Some(version) => Ok(version),
            None => self.detected.get_or_try_init(|| self.detect(reference)).await.copied(),
        }
    }

    async fn detect(&self, reference: &Reference) -> Result<KvVersion, Error> {
        let before = ["sys", "internal", "ui", "mounts"].into_iter().map(str::to_owned);
        let segments: Vec<String> = before
            .chain(self.mount.iter().cloned())
            .chain(reference.segments.iter().cloned())
            .collect();
        let answer = self.send(&segments).await?;
        match answer.status {
            200 => {
                let mount = self.json::<Data<Mount>>(&answer)?.data;
                mount.version().ok_or_else(|| {
                    self.wrong(format!("has no key-value engine at `{}`", self.mount.join("/")))
                })
            }
            // Servers without this path have no second version.
            404 if !answer.refusal().to_string().contains("namespace not found") => {
                Ok(KvVersion::V1)
            }
            403 => Err(self.forbidden(
                &format!("`{}`, or nothing is mounted there", self.path(None, &reference.segments)),
                &answer,
            )),
            _ => Err(self.refusal(None, reference, &answer)),
        }
    }

    fn path(&self, kind: Option<&str>, segments: &[String]) -> String {
        self.segments(kind, segments).join("/")
    }

    fn segments(&self, kind: Option<&str>, segments: &[String]) -> Vec<String> {
        self.mount
            .iter()
            .cloned()
            .chain(kind.map(str::to_owned))
            .chain(segments.iter().cloned())
            .collect()
    }

    async fn get(&self, kind: Option<&str>, segments: &[String]) -> Result<Response, Error> {
        self.send(&self.segments(kind, segments)).await
    }

    /// A GET of a path below `/v1`; one redirect (from a standby to the active server) is followed.
    async fn send(&self, segments: &[String]) -> Result<Response, Error> {
        let mut url = self.address.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("v1").extend(segments);
        }
        let answer = self.request(&url)?.send().await.map_err(|source| self.unavailable(source))?;
        if answer.status != 307 {
            return Ok(answer);
        }
        let target = answer.headers.get("location").and_then(|location| url.join(location).ok());
        // The token must not travel less safely than the user allowed.
        let target =
            target.filter(|target| target.scheme() == url.scheme() || target.scheme() == "https");
        let target = target.ok_or_else(|| {
            self.wrong("redirects to where the token must not be sent".to_owned())
        })?;
        self.request(&target)?.send().await.map_err(|source| self.unavailable(source))
    }

    fn request(&self, url: &Url) -> Result<Request, Error> {
        let request = self
            .client
            .request(Method::GET, url.as_str())
            .and_then(|request| request.repeatable().header("X-Vault-Request", "true"));
        let request = match &self.namespace {
            Some(namespace) => {
                request.and_then(|request| request.header("X-Vault-Namespace", namespace))
            }
            None => request,
        };
        request.map_err(|source| self.unavailable(source))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, answer: &Response) -> Result<T, Error> {
        answer.json().map_err(|source| self.unavailable(source))
    }

    fn unavailable(&self, source: podform_http::Error) -> Error {
        Error::Unavailable { store: self.name.clone(), source }
    }

    fn wrong(&self, what: String) -> Error {
        Error::Store { store: self.name.clone(), what }
    }

    fn forbidden(&self, what: &str, answer: &Response) -> Error {
        let name = &self.name;
        let message = match answer::errors(answer) {
            _ if !self.has_token => {
                format!("the secret store `{name}` wants a token: set `token_file` or VAULT_TOKEN")
            }
            text if text.contains("invalid token") || text == "permission denied" => {
                format!(
                    "the token of the secret store `{name}` is wrong, expired, or may not read {what}"
                )
            }
            _ => format!("the token of the secret store `{name}` may not read {what}"),
        };
        Error::Forbidden { message }
    }

    /// A 404: no such secret, or a deleted one, or no engine there at all.
    fn missing(&self, reference: &Reference, answer: &Response) -> Error {
        let (name, text) = (&self.name, answer::errors(answer));
        if text.contains("no handler for route") {
            return self.wrong(format!("has nothing mounted at `{}`", self.mount.join("/")));
        }
        if text.contains("namespace not found") {
            return self.wrong(format!(
                "has no namespace `{}`",
                self.namespace.as_deref().unwrap_or_default()
            ));
        }
        let path = format!("{}/{}", self.mount.join("/"), reference.segments.join("/"));
        let versioned = answer
            .json::<Data<answer::Versioned>>()
            .is_ok_and(|answer| answer.data.metadata.version.is_some());
        let message = if versioned {
            format!("the current version of the secret `{path}` in the store `{name}` is deleted")
        } else {
            format!("the store `{name}` has no secret `{path}`")
        };
        Error::Missing { message }
    }

    fn refusal(&self, kind: Option<&str>, reference: &Reference, answer: &Response) -> Error {
        let text = answer::errors(answer);
        match answer.status {
            403 => self.forbidden(&format!("`{}`", self.path(kind, &reference.segments)), answer),
            404 => self.missing(reference, answer),
            503 if text.contains("sealed") => self.wrong("is sealed".to_owned()),
            _ => self.unavailable(answer.refusal()),
        }
    }
}
