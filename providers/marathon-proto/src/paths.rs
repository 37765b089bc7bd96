//! Where an attribute of a pod stands in Marathon's definition.

use podform_model::schema::{Attribute, Block, POD};
use podform_model::{AttributePath, Step, Value};

/// Attributes that stand elsewhere than their parent does: the name of the attribute's block, its
/// own, and its way from the place of the parent.
const WAYS: &[(&str, &str, &str)] = &[
    ("", "instances", "scaling/instances"),
    ("", "placement", "scheduling/placement"),
    ("", "upgrade", "scheduling/upgrade"),
    ("", "backoff", "scheduling/backoff"),
    ("", "kill_selection", "scheduling/killSelection"),
    ("", "unreachable", "scheduling/unreachableStrategy"),
    ("unreachable", "disabled", ""),
    ("container", "command", "exec/command/shell"),
    ("container", "argv", "exec/command/argv"),
    ("container", "override_entrypoint", "exec/overrideEntrypoint"),
    ("container", "kill_grace_period", "lifecycle/killGracePeriodSeconds"),
    ("health_check", "command", "exec/command/shell"),
    ("health_check", "argv", "exec/command/argv"),
    ("linux", "ipc_mode", "ipcInfo/mode"),
    ("linux", "shm_size", "ipcInfo/shmSize"),
    ("linux", "seccomp_profile", "seccomp/profileName"),
    ("linux", "seccomp_unconfined", "seccomp/unconfined"),
];

/// The place of an attribute in the definition of a pod, in Marathon's spelling:
/// `/containers(0)/endpoints(1)/containerPort`; `/` for the pod itself.
///
/// Labels are found by looking into the pod; what is not found there keeps its label.
#[must_use]
pub fn marathon_path(pod: &Value, path: &AttributePath) -> String {
    let mut walk = Walk {
        text: String::new(),
        block: Some(&POD),
        name: "",
        attribute: None,
        value: Some(pod),
    };
    for step in &path.0 {
        match step {
            Step::Attr(name) => walk.attribute(name),
            Step::Key(key) => walk.key(key),
            Step::Index(index) => walk.index(*index),
        }
    }
    if walk.text.is_empty() { "/".into() } else { walk.text }
}

struct Walk<'a> {
    text: String,
    block: Option<&'static Block>,
    /// The name of the block.
    name: &'static str,
    attribute: Option<&'static Attribute>,
    value: Option<&'a Value>,
}

impl Walk<'_> {
    fn attribute(&mut self, name: &str) {
        let found = self.block.and_then(|block| block.attribute(name));
        let special = WAYS.iter().find(|(block, own, _)| *block == self.name && *own == name);
        let way = match (special, found) {
            (Some((_, _, way)), _) => way,
            (None, Some(attribute)) if !attribute.marathon.is_empty() => attribute.marathon,
            // The label of a block, and what Marathon does not have.
            _ => name,
        };
        if !way.is_empty() {
            self.text.push('/');
            self.text.push_str(way);
        }
        self.value = self.value.and_then(|value| value.get(name));
        self.block = found.and_then(Attribute::block);
        self.name = found.map_or("", |attribute| attribute.name);
        self.attribute = found;
    }

    fn key(&mut self, key: &str) {
        let repeated = self
            .attribute
            .is_some_and(|attribute| attribute.block().is_some() && attribute.is_repeated());
        if !repeated {
            self.text.push('/');
            self.text.push_str(key);
            self.value = self.value.and_then(|value| value.get(key));
            return;
        }
        let items = self.value.and_then(Value::as_list).unwrap_or_default();
        let named = |item: &Value| item.get("name").and_then(Value::as_str) == Some(key);
        match items.iter().position(named) {
            Some(index) => self.index(index),
            None => self.text.push_str(&format!("/{key}")),
        }
    }

    fn index(&mut self, index: usize) {
        let item = self.value.and_then(Value::as_list).and_then(|items| items.get(index));
        let name = item.and_then(|item| item.get("name")).and_then(Value::as_str);
        match name {
            // Marathon's secrets are a map by name.
            Some(name) if self.name == "secret" => self.text.push_str(&format!("/{name}")),
            _ => self.text.push_str(&format!("({index})")),
        }
        self.value = item;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_as_marathon_does() {
        let pod: Value = serde_json::from_str(
            r#"{"secret":[{"name":"db"}],"container":[{"name":"a"},{"name":"b",
               "endpoint":[{"name":"x"},{"name":"y"}]}]}"#,
        )
        .unwrap();
        let root = AttributePath::root();
        let b = root.attr("container").key("b");
        for (path, expected) in [
            (root.clone(), "/"),
            (root.attr("instances"), "/scaling/instances"),
            (root.attr("labels").key("x.y"), "/labels/x.y"),
            (root.attr("secret").key("db").attr("source"), "/secrets/db/source"),
            (root.attr("network").index(1).attr("mode"), "/networks(1)/mode"),
            (
                root.attr("upgrade").attr("maximum_over_capacity"),
                "/scheduling/upgrade/maximumOverCapacity",
            ),
            (root.attr("unreachable").attr("disabled"), "/scheduling/unreachableStrategy"),
            (
                root.attr("placement").attr("constraint").index(0).attr("field"),
                "/scheduling/placement/constraints(0)/fieldName",
            ),
            (root.attr("linux").attr("shm_size"), "/linuxInfo/ipcInfo/shmSize"),
            (
                b.attr("endpoint").key("y").attr("container_port"),
                "/containers(1)/endpoints(1)/containerPort",
            ),
            (b.attr("command"), "/containers(1)/exec/command/shell"),
            (
                b.attr("health_check").attr("argv").index(0),
                "/containers(1)/healthCheck/exec/command/argv(0)",
            ),
            (
                b.attr("linux").attr("seccomp_profile"),
                "/containers(1)/linuxInfo/seccomp/profileName",
            ),
            (root.attr("container").key("c").attr("tty"), "/containers/c/tty"),
        ] {
            assert_eq!(marathon_path(&pod, &path), expected, "{path}");
        }
    }
}
