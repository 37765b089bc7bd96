//! Who the provider is, its settings, and what it supports.

use podform_model::Value;
use podform_model::schema::POD;
use podform_provider::{Description, Setting, Unsupported};

/// The description of the provider.
pub(crate) fn describe() -> Description {
    Description {
        name: "mesos".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        doc: "Launches pods as task groups on Apache Mesos.".into(),
        settings: settings(),
        secret_stores: ["file", "env", "vault"].map(String::from).to_vec(),
        changes: POD.changes(|attribute| attribute.on_mesos),
        unsupported: unsupported(),
        parallelism: None,
    }
}

/// What the engine refuses at plan, by name.
pub(crate) fn unsupported() -> Vec<Unsupported> {
    let not_yet = |attribute: &str, values: &[&str]| Unsupported {
        attribute: attribute.into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        reason: "is not supported on Mesos yet".into(),
    };
    vec![
        not_yet("volume.persistent", &[]),
        not_yet("placement.constraint", &[]),
        not_yet("container.resources.gpus", &[]),
        not_yet("upgrade.auto_rollback", &[]),
    ]
}

/// The default of a setting.
enum Preset {
    None,
    Text(&'static str),
    Number(i64),
    False,
    Masters(&'static str),
}

/// A setting: its name, type, default and documentation.
struct Row(&'static str, &'static str, Preset, &'static str);

fn settings() -> Vec<Setting> {
    let setting = |Row(name, ty, preset, doc): &Row| Setting {
        name: (*name).into(),
        ty: (*ty).into(),
        default: match preset {
            Preset::None => Value::Null,
            Preset::Text(text) => (*text).into(),
            Preset::Number(number) => (*number).into(),
            Preset::False => false.into(),
            Preset::Masters(url) => Value::list(vec![(*url).into()]),
        },
        required: false,
        doc: (*doc).into(),
        environment: Some(format!("PODFORM_MESOS_{}", name.to_ascii_uppercase())),
    };
    ROWS.iter().map(setting).collect()
}

const ROWS: &[Row] = &[
    Row(
        "masters",
        "list(string)",
        Preset::Masters("http://127.0.0.1:5050"),
        "URLs of masters; any may answer, the leader is followed.",
    ),
    Row("role", "string", Preset::Text("*"), "The role of pods that name none."),
    Row(
        "user",
        "string",
        Preset::None,
        "The user of containers that name none; the user of the first apply by default.",
    ),
    Row(
        "framework_name",
        "string",
        Preset::Text("podform"),
        "The framework's name in the cluster's user interface.",
    ),
    Row(
        "principal",
        "string",
        Preset::None,
        "The principal for Basic credentials, with `secret_file`.",
    ),
    Row("secret_file", "string", Preset::None, "The file that holds the principal's secret."),
    Row(
        "token_file",
        "string",
        Preset::None,
        "The file that holds a token, instead of a principal.",
    ),
    Row(
        "failover_timeout",
        "duration",
        Preset::Text("52w"),
        "How long Mesos keeps the pods without podform; then it kills every pod.",
    ),
    Row(
        "offer_timeout",
        "duration",
        Preset::Text("5m"),
        "How long a launch waits for an offer that fits.",
    ),
    Row(
        "default_network",
        "string",
        Preset::None,
        "The network of pods whose container network has no name.",
    ),
    Row(
        "bridge_network",
        "string",
        Preset::Text("mesos-bridge"),
        "The CNI network that stands for `bridge`.",
    ),
    Row(
        "secret_delivery",
        "string",
        Preset::Text("value"),
        "`value`, or `reference` where the cluster resolves secrets itself.",
    ),
    Row(
        "env_prefix",
        "string",
        Preset::Text("PODFORM"),
        "The first word of the variables that podform adds to containers.",
    ),
    Row(
        "ca_file",
        "string",
        Preset::None,
        "A file of certificate authorities (PEM) instead of the system's.",
    ),
    Row(
        "client_cert_file",
        "string",
        Preset::None,
        "The client certificate (PEM), with `client_key_file`.",
    ),
    Row("client_key_file", "string", Preset::None, "The client certificate's key (PEM)."),
    Row("insecure_skip_verify", "bool", Preset::False, "Do not verify certificates."),
    Row("request_timeout", "duration", Preset::Text("30s"), "How long one request may take."),
    Row(
        "retries",
        "number",
        Preset::Number(3),
        "How often a read is repeated after a failure of the network.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use podform_model::change::ChangeClass;

    #[test]
    fn changes_come_from_the_pods_table() {
        let changes = POD.changes(|attribute| attribute.on_mesos);
        assert_eq!(changes["id"], ChangeClass::Replace);
        assert_eq!(changes["instances"], ChangeClass::Scale);
        assert_eq!(changes["upgrade"], ChangeClass::Update);
        assert_eq!(changes["container"], ChangeClass::Roll);
        assert_eq!(changes["volume.persistent"], ChangeClass::Refused);
    }

    #[test]
    fn what_is_unsupported_exists_in_the_table() {
        for entry in unsupported() {
            assert!(POD.find(entry.attribute.split('.')).is_some(), "{}", entry.attribute);
        }
    }

    #[test]
    fn every_setting_reads_back_with_its_default() {
        let block = Value::object(
            settings()
                .into_iter()
                .filter(|setting| !setting.default.is_null())
                .map(|setting| (setting.name, setting.default)),
        );
        let (read, findings) = crate::settings::read(&block, "");
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(read, crate::settings::read(&Value::object::<&str>([]), "").0);
    }
}
