//! Whole configurations: from text to desired pods.

use podform_config::{FileReader, Inputs, NoFiles, SourceFile, VariableInput, parse};
use podform_model::{Address, Desired, Diagnostics, Value};
use std::collections::BTreeMap;

fn evaluate_with(text: &str, variables: &[(&str, &str)]) -> (Option<Desired>, Diagnostics) {
    let (configuration, mut diagnostics) = parse(vec![SourceFile::new("main.pf.hcl", text)]);
    let Some(configuration) = configuration else { return (None, diagnostics) };
    let computed = BTreeMap::new();
    let inputs = Inputs {
        variables: variables
            .iter()
            .map(|(name, text)| {
                let input = VariableInput {
                    text: Some((*text).to_owned()),
                    origin: "-var".into(),
                    ..VariableInput::default()
                };
                ((*name).to_owned(), input)
            })
            .collect(),
        computed: &computed,
        files: &NoFiles as &dyn FileReader,
        timestamp: "2026-01-01T00:00:00Z".into(),
        ignore_undeclared_variables: true,
    };
    let (desired, found) = configuration.evaluate(&inputs);
    diagnostics.extend(found);
    (desired, diagnostics)
}

fn desired(text: &str) -> Desired {
    let (desired, diagnostics) = evaluate_with(text, &[]);
    desired.unwrap_or_else(|| panic!("{diagnostics:#?}"))
}

const PLAIN: &str = r#"
provider "mesos" {
  masters = ["http://127.0.0.1:5050"]
}

pod "web" {
  container "main" {
    command = "sleep 1000"
    resources {
      cpus = 0.1
      mem  = "1GiB"
    }
  }
}
"#;

#[test]
fn a_plain_pod_gets_its_defaults() {
    let desired = desired(PLAIN);
    let pod = &desired.pods[&Address::pod("web")];
    assert_eq!(pod.provider.to_string(), "mesos");
    assert_eq!(pod.value.get("id"), Some(&Value::from("/web")));
    assert_eq!(pod.value.get("instances"), Some(&Value::from(1_i64)));
    let main = pod.value.named("container", "main").unwrap();
    assert_eq!(main.get("resources").unwrap().get("mem"), Some(&Value::from(1024_i64)));
    assert_eq!(main.get("command"), Some(&Value::from("sleep 1000")));
}
