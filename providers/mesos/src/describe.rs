//! Who the provider is, its settings, and what it supports.

use podform_model::Value;
use podform_model::change::ChangeClass;
use podform_model::schema::{Block, POD};
use podform_provider::{Description, Setting, Unsupported};
use std::collections::BTreeMap;

/// The description of the provider.
pub fn describe() -> Description {
    Description {
        name: "mesos".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        doc: "Launches pods as task groups on Apache Mesos.".into(),
        settings: settings(),
        secret_stores: ["file", "env", "vault"].map(String::from).to_vec(),
        changes: changes(),
        unsupported: unsupported(),
        parallelism: None,
    }
}

/// The column of the pod's table that speaks of Mesos, by way.
fn changes() -> BTreeMap<String, ChangeClass> {
    let mut changes = BTreeMap::new();
    collect(&POD, "", &mut changes);
    changes
}

fn collect(block: &Block, way: &str, changes: &mut BTreeMap<String, ChangeClass>) {
    for attribute in block.attributes {
        let way = if way.is_empty() {
            attribute.name.to_owned()
        } else {
            format!("{way}.{}", attribute.name)
        };
        if let Some(class) = attribute.on_mesos {
            changes.insert(way.clone(), class);
        }
        if let Some(inner) = attribute.block() {
            collect(inner, &way, changes);
        }
    }
}

/// What is refused at plan, by name. One list: `describe` shows it, `plan` checks it.
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

struct Row(&'static str, &'static str, Value, &'static str);

fn settings() -> Vec<Setting> {
    rows()
        .into_iter()
        .map(|Row(name, ty, default, doc)| Setting {
            name: name.into(),
            ty: ty.into(),
            default,
            required: false,
            doc: doc.into(),
            environment: Some(format!("PODFORM_MESOS_{}", name.to_ascii_uppercase())),
        })
        .collect()
}

fn rows() -> Vec<Row> {
    let masters = Value::list(vec!["http://127.0.0.1:5050".into()]);
    vec![
        Row(
            "masters",
            "list(string)",
            masters,
            "URLs of masters; any may answer, the leader is followed.",
        ),
        Row("role", "string", "*".into(), "The role of pods that name none."),
        Row(
            "user",
            "string",
            Value::Null,
            "The user of containers that name none; the user of the first apply by default.",
        ),
        Row(
            "framework_name",
            "string",
            "podform".into(),
            "The framework's name in the cluster's user interface.",
        ),
        Row(
            "principal",
            "string",
            Value::Null,
            "The principal for Basic credentials, with `secret_file`.",
        ),
        Row("secret_file", "string", Value::Null, "The file that holds the principal's secret."),
        Row(
            "token_file",
            "string",
            Value::Null,
            "The file that holds a token, instead of a principal.",
        ),
        Row(
            "failover_timeout",
            "duration",
            "52w".into(),
            "How long Mesos keeps the pods without podform; then it kills every pod.",
        ),
        Row(
            "offer_timeout",
            "duration",
            "5m".into(),
            "How long a launch waits for an offer that fits.",
        ),
        Row(
            "default_network",
            "string",
            Value::Null,
            "The network of pods whose container network has no name.",
        ),
        Row(
            "bridge_network",
            "string",
            "mesos-bridge".into(),
            "The CNI network that stands for `bridge`.",
        ),
        Row(
            "secret_delivery",
            "string",
            "value".into(),
            "`value`, or `reference` where the cluster resolves secrets itself.",
        ),
        Row(
            "env_prefix",
            "string",
            "PODFORM".into(),
            "The first word of the variables that podform adds to containers.",
        ),
        Row(
            "ca_file",
            "string",
            Value::Null,
            "A file of certificate authorities (PEM) instead of the system's.",
        ),
        Row(
            "client_cert_file",
            "string",
            Value::Null,
            "The client certificate (PEM), with `client_key_file`.",
        ),
        Row("client_key_file", "string", Value::Null, "The client certificate's key (PEM)."),
        Row("insecure_skip_verify", "bool", false.into(), "Do not verify certificates."),
        Row("request_timeout", "duration", "30s".into(), "How long one request may take."),
        Row(
            "retries",
            "number",
            3_i64.into(),
            "How often a read is repeated after a failure of the network.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_from_the_pods_table() {
        let changes = changes();
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
