//! The settings of `provider "mesos"`, read from the evaluated block.

use podform_model::convert::duration;
use podform_model::{AttributePath, Diagnostic, Diagnostics, Value, code};
use std::path::{Path, PathBuf};

/// Four weeks in seconds: a shorter `failover_timeout` is warned about.
const FOUR_WEEKS: f64 = 4.0 * 7.0 * 86_400.0;

/// How the values of secrets reach the agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretDelivery {
    /// podform resolves them and sends the value.
    Value,
    /// The cluster's own secret resolver does it: the reference is sent.
    Reference,
}

/// What `provider "mesos"` says, with defaults filled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// URLs of masters; any may answer, the leader is followed.
    pub(crate) masters: Vec<String>,
    /// The role of pods that name none.
    pub(crate) role: String,
    /// The user of containers that name none; `None`: the one of the first apply.
    pub(crate) user: Option<String>,
    /// The name of the framework, as the cluster's user interface shows it.
    pub(crate) framework_name: String,
    /// The principal for Basic credentials, and of the framework.
    pub(crate) principal: Option<String>,
    /// The file with the principal's secret.
    pub(crate) secret_file: Option<PathBuf>,
    /// The file whose content is sent as the `Authorization` header's token.
    pub(crate) token_file: Option<PathBuf>,
    /// How long Mesos keeps the pods without podform, in seconds.
    pub(crate) failover_timeout: f64,
    /// How long a launch waits for a fitting offer, in seconds.
    pub(crate) offer_timeout: f64,
    /// The CNI network that stands for `bridge`.
    pub(crate) bridge_network: String,
    /// The network of pods whose `container` network has no name.
    pub(crate) default_network: Option<String>,
    /// How secrets are delivered.
    pub(crate) secret_delivery: SecretDelivery,
    /// The first word of the variables that podform adds.
    pub(crate) env_prefix: String,
    /// A file of certificate authorities instead of the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// The client certificate.
    pub(crate) client_cert_file: Option<PathBuf>,
    /// The client certificate's key.
    pub(crate) client_key_file: Option<PathBuf>,
    /// Whether certificates are not verified.
    pub(crate) insecure_skip_verify: bool,
    /// How long one request may take, in seconds.
    pub(crate) request_timeout: f64,
    /// How often a read is repeated after a failure of the network.
    pub(crate) retries: u32,
    /// The `secret_store` blocks as they are.
    pub(crate) secret_stores: Value,
    /// The folder that relative paths are relative to.
    pub(crate) folder: PathBuf,
}

/// Reads the settings; `None` only when the findings hold an error.
pub(crate) fn read(settings: &Value, folder: &str) -> (Option<Settings>, Diagnostics) {
    let mut reader = Reader { settings, folder: Path::new(folder), findings: Diagnostics::new() };
    let read = reader.settings();
    reader.check(&read);
    let findings = reader.findings;
    if findings.has_errors() { (None, findings) } else { (Some(read), findings) }
}

struct Reader<'a> {
    settings: &'a Value,
    folder: &'a Path,
    findings: Diagnostics,
}

impl Reader<'_> {
    fn settings(&mut self) -> Settings {
        Settings {
            masters: self.masters(),
            role: self.text("role").unwrap_or_else(|| "*".into()),
            user: self.text("user"),
            framework_name: self.text("framework_name").unwrap_or_else(|| "podform".into()),
            principal: self.text("principal"),
            secret_file: self.path("secret_file"),
            token_file: self.path("token_file"),
            failover_timeout: self.seconds("failover_timeout", 52.0 * 7.0 * 86_400.0),
            offer_timeout: self.seconds("offer_timeout", 300.0),
            bridge_network: self.text("bridge_network").unwrap_or_else(|| "mesos-bridge".into()),
            default_network: self.text("default_network"),
            secret_delivery: self.delivery(),
            env_prefix: self.text("env_prefix").unwrap_or_else(|| "PODFORM".into()),
            ca_file: self.path("ca_file"),
            client_cert_file: self.path("client_cert_file"),
            client_key_file: self.path("client_key_file"),
            insecure_skip_verify: self.boolean("insecure_skip_verify"),
            request_timeout: self.seconds("request_timeout", 30.0),
            retries: self.count("retries", 3),
            secret_stores: self.settings.get("secret_store").cloned().unwrap_or_default(),
            folder: self.folder.to_owned(),
        }
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.settings.get(name).map(Value::reveal).filter(|value| !value.is_null())
    }

    fn wrong(&mut self, name: &str, what: impl Into<String>) {
        self.findings.push(
            Diagnostic::error(code::PROVIDER_CONFIG, what).path(AttributePath::root().attr(name)),
        );
    }

    fn warn(&mut self, name: &str, what: &str, help: &str) {
        self.findings.push(
            Diagnostic::warning(code::PROVIDER_WARNING, what)
                .help(help)
                .path(AttributePath::root().attr(name)),
        );
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let value = self.get(name)?.clone();
        match value.as_str() {
            Some("") => {
                self.wrong(name, format!("`{name}` must not be empty"));
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                self.wrong(name, format!("`{name}` must be a string, is {}", value.kind()));
                None
            }
        }
    }

    fn path(&mut self, name: &str) -> Option<PathBuf> {
        self.text(name).map(|text| self.folder.join(text))
    }

    fn boolean(&mut self, name: &str) -> bool {
        let Some(value) = self.get(name).cloned() else { return false };
        match (value.as_bool(), value.as_str()) {
            (Some(value), _) => value,
            (_, Some("true")) => true,
            (_, Some("false")) => false,
            _ => {
                self.wrong(name, format!("`{name}` must be a bool, is {}", value.kind()));
                false
            }
        }
    }

    fn seconds(&mut self, name: &str, default: f64) -> f64 {
        let Some(value) = self.get(name).cloned() else { return default };
        match duration(0, &value) {
            Ok(value) => value.as_number().map_or(default, podform_model::Number::as_f64),
            Err(what) => {
                self.wrong(name, format!("`{name}`: {what}"));
                default
            }
        }
    }

    fn count(&mut self, name: &str, default: u32) -> u32 {
        let Some(value) = self.get(name).cloned() else { return default };
        let number = value
            .as_number()
            .and_then(podform_model::Number::as_u64)
            .or_else(|| value.as_str()?.parse().ok());
        match number.and_then(|number| u32::try_from(number).ok()) {
            Some(number) => number,
            None => {
                self.wrong(name, format!("`{name}` must be a whole number, not negative"));
                default
            }
        }
    }

    fn delivery(&mut self) -> SecretDelivery {
        match self.text("secret_delivery").as_deref() {
            None | Some("value") => SecretDelivery::Value,
            Some("reference") => SecretDelivery::Reference,
            Some(other) => {
                let text =
                    format!("`secret_delivery` must be `value` or `reference`, is `{other}`");
                self.wrong("secret_delivery", text);
                SecretDelivery::Value
            }
        }
    }

    fn masters(&mut self) -> Vec<String> {
        let Some(value) = self.get("masters").cloned() else {
            return vec!["http://127.0.0.1:5050".into()];
        };
        // A single URL, or several with commas as an environment variable holds them.
        let items: Vec<Value> = match (value.as_str(), value.as_list()) {
            (Some(text), _) => text.split(',').map(|url| Value::string(url.trim())).collect(),
            (_, Some(items)) => items.to_vec(),
            _ => {
                self.wrong("masters", format!("`masters` must be a list, is {}", value.kind()));
                return Vec::new();
            }
        };
        if items.is_empty() {
            self.wrong("masters", "`masters` must name at least one master");
        }
        let mut urls = Vec::new();
        for item in &items {
            match item.as_str().and_then(master_url) {
                Some(url) => urls.push(url),
                None => self.wrong(
                    "masters",
                    format!("{item:?} is not the URL of a master, as `http://host:5050`"),
                ),
            }
        }
        urls
    }

    fn check(&mut self, read: &Settings) {
        if read.principal.is_some() != read.secret_file.is_some() {
            let (there, missing) = if read.principal.is_some() {
                ("principal", "secret_file")
            } else {
                ("secret_file", "principal")
            };
            self.wrong(there, format!("`{there}` needs `{missing}` beside it"));
        }
        if read.token_file.is_some() && read.secret_file.is_some() {
            self.wrong("token_file", "`token_file` excludes `principal` and `secret_file`");
        }
        if read.client_cert_file.is_some() != read.client_key_file.is_some() {
            self.wrong(
                "client_cert_file",
                "`client_cert_file` and `client_key_file` need each other",
            );
        }
        if let Some(what) = role_error(&read.role) {
            self.wrong("role", format!("`role`: {what}"));
        }
        if !read.env_prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            self.wrong("env_prefix", "`env_prefix` may hold letters, digits and `_`");
        }
        if read.failover_timeout < FOUR_WEEKS {
            self.warn(
                "failover_timeout",
                "`failover_timeout` is under four weeks: when it ends without podform, Mesos kills every pod",
                "set `failover_timeout = \"52w\"`",
            );
        }
        if read.insecure_skip_verify {
            self.warn(
                "insecure_skip_verify",
                "certificates are not verified: anyone on the way can read and change what is sent",
                "set `ca_file` and remove `insecure_skip_verify`",
            );
        }
    }
}

/// The URL of a master without a slash at its end; a scheme is added where none is written.
fn master_url(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))?;
    let valid = !rest.is_empty() && !rest.contains(|c: char| c.is_whitespace() || c == '@');
    valid.then_some(url)
}

/// What is wrong with the name of a role (`src/common/roles.cpp` of Mesos); `None`: nothing.
pub(crate) fn role_error(role: &str) -> Option<String> {
    if role == "*" {
        return None;
    }
    if role.is_empty() {
        return Some("a role must not be empty".into());
    }
    if role.starts_with('/') || role.ends_with('/') || role.contains("//") {
        return Some(format!("role `{role}` has a slash too many"));
    }
    role.split('/').find_map(component_error)
}

fn component_error(component: &str) -> Option<String> {
    if matches!(component, "." | ".." | "*") {
        return Some(format!("a role must not hold `{component}` as a component"));
    }
    if component.starts_with('-') {
        return Some(format!("role component `{component}` starts with a dash"));
    }
    component
        .contains(|c: char| c.is_whitespace() || c == '\u{8}' || c == '\u{7f}')
        .then(|| format!("role component `{component}` holds white space"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(pairs: &[(&str, Value)]) -> Vec<String> {
        let value = Value::object(pairs.iter().map(|(k, v)| (*k, v.clone())));
        let (read, findings) = read(&value, "/conf");
        assert_eq!(read.is_none(), findings.has_errors());
        findings.into_iter().map(|finding| finding.summary).collect()
    }

    #[test]
    fn nothing_written_is_the_defaults() {
        let (settings, findings) = read(&Value::object::<&str>([]), "/conf");
        let settings = settings.unwrap();
        assert!(findings.is_empty());
        assert_eq!(settings.masters, ["http://127.0.0.1:5050"]);
        assert_eq!(settings.role, "*");
        assert_eq!(settings.failover_timeout, 31_449_600.0);
        assert_eq!(settings.env_prefix, "PODFORM");
    }

    #[test]
    fn paths_are_relative_to_the_folder() {
        let value = Value::object([
            ("principal", Value::string("ops")),
            ("secret_file", Value::string("ops.secret")),
        ]);
        let settings = read(&value, "/conf").0.unwrap();
        assert_eq!(settings.secret_file.unwrap(), Path::new("/conf/ops.secret"));
    }

    #[test]
    fn masters_take_a_scheme_and_lose_a_slash() {
        let value =
            Value::object([("masters", Value::list(vec!["m1:5050".into(), "https://m2/".into()]))]);
        let settings = read(&value, "").0.unwrap();
        assert_eq!(settings.masters, ["http://m1:5050", "https://m2"]);
    }

    #[test]
    fn all_errors_come_together() {
        let found = errors(&[
            ("masters", Value::list(vec!["ftp://x".into()])),
            ("principal", "ops".into()),
            ("role", "a//b".into()),
            ("secret_delivery", "post".into()),
            ("failover_timeout", "soon".into()),
        ]);
        assert_eq!(found.len(), 5, "{found:?}");
    }

    #[test]
    fn short_failover_and_unverified_certificates_are_warned_about() {
        let found =
            errors(&[("failover_timeout", "1h".into()), ("insecure_skip_verify", true.into())]);
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn roles() {
        for role in ["*", "web", "a/b", "slave_public"] {
            assert_eq!(role_error(role), None, "{role}");
        }
        for role in ["", "/a", "a/", "a//b", "a/.", "-a", "a b", "a/*"] {
            assert!(role_error(role).is_some(), "{role}");
        }
    }
}
