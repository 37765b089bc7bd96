//! `secret_store` blocks.

use std::path::{Path, PathBuf};

use podform_http::{Blocking, Client, Credentials, HttpSettings, SecretText, Url};
use podform_model::{AttributePath, Diagnostic, Diagnostics, Value, code};
use zeroize::Zeroizing;

use crate::environment::{DEFAULT_PREFIX, EnvironmentStore, process_variable};
use crate::file::FileStore;
use crate::stores::KINDS;
use crate::vault::{KvVersion, VaultStore};
use crate::{Reference, Store};

/// Variables of the environment; an argument, so that tests can choose them.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads one block; `None` only when the findings hold an error.
pub(crate) fn store(
    block: &Value,
    path: AttributePath,
    around: &Around<'_>,
    findings: &mut Diagnostics,
) -> Option<Box<dyn Store>> {
    let mut reader = Reader { block, path, around, findings, failed: false };
    let kind = reader.text("kind").unwrap_or_default();
    let name = reader.text("name").unwrap_or_else(|| kind.clone());
    let store: Option<Box<dyn Store>> = match kind.as_str() {
        "file" => reader.file(name).map(|store| Box::new(store) as _),
        "env" => reader.environment(name).map(|store| Box::new(store) as _),
        "vault" => reader.vault(name).map(|store| Box::new(store) as _),
        other => {
            let known = KINDS.map(|kind| format!("`{kind}`")).join(", ");
            reader.wrong(
                "kind",
                code::SECRET_STORE,
                format!("`{other}` is not a kind of secret store; there are {known}"),
            );
            None
        }
    };
    store.filter(|_| !reader.failed)
}

/// What a block stands in.
pub(crate) struct Around<'a> {
    /// The folder that relative paths are relative to.
    pub(crate) folder: &'a Path,
    /// The provider's own HTTP settings.
    pub(crate) http: &'a HttpSettings,
    pub(crate) environment: Environment<'a>,
}

struct Reader<'a> {
    block: &'a Value,
    path: AttributePath,
    around: &'a Around<'a>,
    findings: &'a mut Diagnostics,
    failed: bool,
}

impl Reader<'_> {
    fn wrong(&mut self, attribute: &str, code: &str, what: impl Into<String>) {
        self.failed = true;
        self.findings.push(Diagnostic::error(code, what).path(self.path.attr(attribute)));
    }

    fn warn(
        &mut self,
        attribute: &str,
        code: &str,
        what: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.findings
            .push(Diagnostic::warning(code, what).help(help).path(self.path.attr(attribute)));
    }

    /// Refuses attributes that this kind does not have.
    fn only(&mut self, known: &[&str]) {
        let names: Vec<String> =
            self.block.as_map().into_iter().flatten().map(|(name, _)| name.to_string()).collect();
        for name in names.iter().filter(|name| {
            !known.contains(&name.as_str()) && !matches!(name.as_str(), "kind" | "name")
        }) {
            let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            self.wrong(
                name,
                code::UNKNOWN_ATTRIBUTE,
                format!("a secret store of this kind has no `{name}`, only {list}"),
            );
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let value =
            self.block.get(name).map(Value::reveal).filter(|value| !value.is_null())?.clone();
        match value.as_str() {
            Some("") if name != "prefix" => {
                self.wrong(name, code::SECRET_STORE, format!("`{name}` must not be empty"));
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                self.wrong(
                    name,
                    code::SECRET_STORE,
                    format!("`{name}` must be a string, is {}", value.kind()),
                );
                None
            }
        }
    }

    fn file_path(&mut self, name: &str) -> Option<PathBuf> {
        self.text(name).map(|text| self.around.folder.join(text))
    }

    fn boolean(&mut self, name: &str) -> Option<bool> {
        let value = self.block.get(name).filter(|value| !value.is_null())?.clone();
        let read = value.as_bool().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        if read.is_none() {
            self.wrong(
                name,
                code::SECRET_STORE,
                format!("`{name}` must be a bool, is {}", value.kind()),
            );
        }
        read
    }

    fn environment(&mut self, name: String) -> Option<EnvironmentStore> {
        self.only(&["prefix"]);
        let prefix = self.text("prefix").unwrap_or_else(|| DEFAULT_PREFIX.to_owned());
        Some(EnvironmentStore { name, prefix, lookup: process_variable })
    }

    fn file(&mut self, name: String) -> Option<FileStore> {
        self.only(&["path", "strict"]);
        let strict = self.boolean("strict").unwrap_or(false);
        if self.block.get("path").is_none() {
            self.wrong(
                "path",
                code::MISSING_ATTRIBUTE,
                "a secret store of kind `file` needs `path`",
            );
        }
        let path = self.file_path("path")?;
        self.check_permissions(&path, strict);
        Some(FileStore { name, path })
    }

    /// A file that others may write is refused, one that they may read is warned about. A file that is not there is said when a secret is
    /// asked for: what is not needed must not stop anybody.
    fn check_permissions(&mut self, path: &Path, strict: bool) {
        use std::os::unix::fs::PermissionsExt as _;
        let Ok(metadata) = std::fs::metadata(path) else { return };
        let (mode, shown) = (metadata.permissions().mode() & 0o777, path.display());
        let help = format!("run `chmod 600 {shown}`");
        if mode & 0o002 != 0 {
            self.failed = true;
            let what = format!("every user may change the secret file `{shown}` (mode {mode:03o})");
            self.findings.push(
                Diagnostic::error(code::SECRET_FILE, what).help(help).path(self.path.attr("path")),
            );
        } else if mode & 0o077 != 0 {
            let what = format!(
                "other users may read or change the secret file `{shown}` (mode {mode:03o})"
            );
            if strict {
                self.failed = true;
                self.findings.push(
                    Diagnostic::error(code::SECRET_FILE, what)
                        .help(help)
                        .path(self.path.attr("path")),
                );
            } else {
                self.warn("path", code::SECRET_FILE, what, help);
            }
        }
    }

    /// A variable of OpenBao, else of Vault.
    fn variable(&self, name: &str) -> Option<String> {
        let get = |prefix: &str| (self.around.environment)(&format!("{prefix}_{name}"));
        // A variable of OpenBao that is set but empty wins, as it does there.
        get("BAO").or_else(|| get("VAULT")).filter(|value| !value.is_empty())
    }

    fn vault(&mut self, name: String) -> Option<VaultStore> {
        self.only(&[
            "address",
            "token",
            "token_file",
            "mount",
            "namespace",
            "kv_version",
            "ca_file",
            "client_cert_file",
            "client_key_file",
            "insecure_skip_verify",
        ]);
        let address = self.address();
        let mount = self.mount();
        let kv_version = self.kv_version();
        let namespace = self.text("namespace").or_else(|| self.variable("NAMESPACE"));
        let credentials = self.token();
        let http = self.vault_http();
        let has_token = !matches!(credentials, Credentials::None);
        let made = Client::new(http, credentials).and_then(|client| Ok((client, Blocking::new()?)));
        match made {
            Ok((client, blocking)) => Some(VaultStore {
                name,
                address: address?,
                mount: mount?,
                namespace,
                kv_version,
                has_token,
                client,
                blocking,
                detected: tokio::sync::OnceCell::new(),
            }),
            Err(error) => {
                self.wrong(
                    "address",
                    code::SECRET_STORE,
                    format!("the secret store `{name}` cannot be used: {error}"),
                );
                None
            }
        }
    }

    fn address(&mut self) -> Option<Url> {
        let text = self.text("address").or_else(|| self.variable("ADDR"));
        let text = text.unwrap_or_else(|| "https://127.0.0.1:8200".to_owned());
        let usable = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.username().is_empty()
        };
        let Some(url) = Url::parse(&text).ok().filter(usable) else {
            self.wrong(
                "address",
                code::SECRET_STORE,
                "`address` is not a URL as `https://vault.example:8200`",
            );
            return None;
        };
        let local =
            url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() == "http" && !local {
            let what = "the token and the secrets travel unencrypted to the secret store";
            self.warn("address", code::SECRET_STORE, what, "use an `https` address");
        }
        Some(url)
    }

    fn mount(&mut self) -> Option<Vec<String>> {
        let text = self.text("mount").unwrap_or_else(|| "secret".to_owned());
        match Reference::parse(text.trim_matches('/')) {
            Ok(Reference { segments, field: None, .. }) => Some(segments),
            _ => {
                self.wrong(
                    "mount",
                    code::SECRET_STORE,
                    format!("`{text}` is not the path of a mount, as `secret`"),
                );
                None
            }
        }
    }

    fn kv_version(&mut self) -> Option<KvVersion> {
        let value = self.block.get("kv_version").filter(|value| !value.is_null())?.clone();
        let text = value
            .as_str()
            .map(str::to_owned)
            .or_else(|| value.as_number().map(ToString::to_string));
        match text.as_deref() {
            Some("1") => Some(KvVersion::V1),
            Some("2") => Some(KvVersion::V2),
            _ => {
                self.wrong(
                    "kv_version",
                    code::SECRET_STORE,
                    "`kv_version` must be 1 or 2; without it the server is asked",
                );
                None
            }
        }
    }

    /// `token`, else `token_file`, else BAO_TOKEN or VAULT_TOKEN, else the file that the command line tools keep.
    fn token(&mut self) -> Credentials {
        let header = |value| Credentials::Header { name: "X-Vault-Token".to_owned(), value };
        let hidden = self.block.get("token").is_some_and(Value::has_sensitive);
        if let Some(token) = self.text("token") {
            if !hidden {
                let help = "use `token_file`, VAULT_TOKEN or a sensitive variable";
                self.warn(
                    "token",
                    code::SECRET_EXPOSED,
                    "the token of a secret store stands in the configuration",
                    help,
                );
            }
            return header(SecretText::Value(Zeroizing::new(token)));
        }
        if let Some(file) = self.file_path("token_file") {
            return header(SecretText::File(file));
        }
        if let Some(token) = self.variable("TOKEN") {
            return header(SecretText::Value(Zeroizing::new(token)));
        }
        let home = (self.around.environment)("HOME").filter(|home| !home.is_empty());
        let file =
            home.map(|home| Path::new(&home).join(".vault-token")).filter(|file| file.is_file());
        file.map_or(Credentials::None, |file| header(SecretText::File(file)))
    }

    /// The store's own TLS settings, else those of the environment, else the provider's.
    fn vault_http(&mut self) -> HttpSettings {
        let mut http = self.around.http.clone();
        let from_environment = |reader: &Self, name| reader.variable(name).map(PathBuf::from);
        if let Some(file) = self.file_path("ca_file").or_else(|| from_environment(self, "CACERT")) {
            http.ca_file = Some(file);
        }
        let certificate =
            self.file_path("client_cert_file").or_else(|| from_environment(self, "CLIENT_CERT"));
        let key =
            self.file_path("client_key_file").or_else(|| from_environment(self, "CLIENT_KEY"));
        if certificate.is_some() || key.is_some() {
            (http.client_cert_file, http.client_key_file) = (certificate, key);
        }
        if let Some(skip) = self.boolean("insecure_skip_verify") {
            http.insecure_skip_verify = skip;
            if skip {
                let what = "the certificate of the secret store is not verified: anyone on the way can read the secrets";
                self.warn("insecure_skip_verify", code::SECRET_STORE, what, "use `ca_file`");
            }
        }
        http.response_limit = http.response_limit.min(33 * 1024 * 1024);
        http
    }
}

#[cfg(test)]
mod tests;
