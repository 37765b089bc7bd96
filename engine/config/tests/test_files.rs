//! Test files: what they expect, mock and override.

mod common;

use common::inputs;
use podform_config::testing::{Ending, Mocked, Seen, TestFile};
use podform_config::{Configuration, ModuleReader, NoModules, SourceFile, parse_with_modules};
use podform_model::{Desired, Diagnostic, Diagnostics, Value};
use std::collections::BTreeMap;

const ROOT: &str = r#"
provider "mesos" {}
variable "n" {
  type    = number
  default = 1
  validation {
    condition     = var.n > 0
    error_message = "None."
  }
}
data "pod" "db" {
  id = "/db"
  lifecycle {
    postcondition {
      condition     = self.version != "old"
      error_message = "Old."
    }
  }
}
data "pod" "each" {
  for_each = toset(["a", "b"])
  id       = "/${each.key}"
  lifecycle {
    postcondition {
      condition     = self.version != "old"
      error_message = "Old."
    }
  }
}
check "reachable" {
  data "pod" "cache" {
    id = "/cache"
  }
  assert {
    condition     = length(data.pod.cache.network_ips) > 0
    error_message = "No address."
  }
}
check "few" {
  assert {
    condition     = var.n < 9
    error_message = "Many."
  }
}
module "shop" {
  source   = "./shop"
  for_each = toset(["eu", "us"])
}
output "db" {
  value = [data.pod.db.id, data.pod.db.version, data.pod.db.endpoint, data.pod.db.instance[*].host]
}
output "shop" {
  value = { for key, shop in module.shop : key => shop }
}
"#;

const SHOP: &str = r#"
pod "web" {
  container "main" {
    command = "x"
    resources {}
  }
}
check "inner" {
  assert {
    condition     = pod.web.id == "/never"
    error_message = "Never."
  }
}
output "id" {
  value = pod.web.id
}
output "size" {
  value = 1
}
"#;

struct Shop;

impl ModuleReader for Shop {
    fn files(&self, _: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        Ok(vec![SourceFile::new("shop/main.pf.hcl", SHOP)])
    }

    fn installed(&self, module: &podform_config::RemoteModule) -> Result<String, Box<Diagnostic>> {
        NoModules.installed(module)
    }
}

fn configuration() -> Configuration {
    let root = vec![SourceFile::new("main.pf.hcl", ROOT)];
    let (configuration, found) = parse_with_modules(root, &Shop);
    configuration.unwrap_or_else(|| panic!("{found:#?}"))
}

/// A test file as it is read, or what is wrong with it.
fn read(name: &str, text: &str) -> (Configuration, Option<TestFile>, Vec<String>) {
    let mut configuration = configuration();
    let (test, found) = configuration.read_test(SourceFile::new(name, text), None);
    (configuration, test, found.iter().map(|one| common::findings::shown(text, one)).collect())
}

struct Ran {
    mocked: Mocked,
    desired: Option<Desired>,
    /// What is left when what the run expects is taken out.
    found: Diagnostics,
}

/// Evaluates the configuration as the first run of a file has it.
fn run(name: &str, text: &str) -> Ran {
    let (configuration, test, found) = read(name, text);
    let test = test.unwrap_or_else(|| panic!("{found:#?}"));
    let (run, computed, seen) = (&test.runs()[0], BTreeMap::new(), Seen::default());
    let mut given = inputs(&[], &computed);
    let (variables, mut found) = configuration.test_variables(&test, run, &given, &seen);
    given.variables = variables;
    let (mocked, more) = configuration.test_mocks(&test, run, &given, &seen);
    found.extend(more);
    given.overrides = &mocked.overrides;
    let (desired, more) = configuration.evaluate(&given);
    found.extend(more);
    configuration.test_expected(run, Ending::Whole, &mut found);
    drop(given);
    Ran { mocked, desired, found }
}

fn summaries(found: &Diagnostics) -> Vec<&str> {
    found.iter().map(|one| one.summary.as_str()).collect()
}

/// Everything that is read is given, and both modules are.
const GIVEN: &str = r#"
mock_provider "mesos" {
  mock_data "pod" {
    network_ips = ["10.0.0.1"]
  }
}
override_module {
  target = module.shop
}
"#;

#[test]
fn what_data_blocks_read_is_given_by_the_most_exact_override() {
    let text = format!(
        "{GIVEN}{}",
        r#"
override_data {
  target   = data.pod.db
  version  = "v7"
  endpoint = { sql = { addresses = ["10.0.0.7:5432"] } }
}
override_data {
  target  = data.pod.each
  version = "all"
}
run "r" {
  override_data {
    target  = data.pod.each["b"]
    version = "old"
  }
  expect_failures = [data.pod.each["b"]]
}
"#
    );
    let ran = run("a.pftest.hcl", &text);
    assert_eq!(summaries(&ran.found), [""; 0]);
    let other = text.replace("expect_failures = [data.pod.each[\"b\"]]", "");
    assert_eq!(
        summaries(&run("a.pftest.hcl", &other).found),
        ["the postcondition of `data.pod.each[\"b\"]` is not met"]
    );
    let ran = run("a.pftest.hcl", &other.replace("\"old\"", "\"new\""));
    let desired = ran.desired.unwrap_or_else(|| panic!("{:#?}", ran.found));
    assert!(desired.data.is_empty(), "nothing is read: {:?}", desired.data);
    let db = format!("{:?}", desired.outputs["db"].value);
    assert_eq!(
        db,
        r#"["/db", "v7", {"sql": {"addresses": ["10.0.0.7:5432"], "port": null}}, ["mock.invalid"]]"#
    );
}

#[test]
fn of_an_overridden_module_only_its_outputs_are_left() {
    let text = r#"
mock_provider "mesos" {
  mock_data "pod" {
    network_ips = ["10.0.0.1"]
  }
}
override_module {
  target  = module.shop
  outputs = { id = "file", siez = 2 }
}
run "r" {
  override_module {
    target  = module.shop["us"]
    outputs = { size = var.n + 1 }
  }
}
"#;
    let ran = run("a.pftest.hcl", text);
    assert_eq!(summaries(&ran.found), ["`module.shop` has no output `siez`"]);
    let desired = ran.desired.unwrap();
    assert!(desired.pods.is_empty(), "{:?}", desired.pods.keys());
    assert_eq!(
        format!("{:?}", desired.outputs["shop"].value),
        r#"{"eu": {"id": "file", "size": null}, "us": {"id": null, "size": 2}}"#
    );
    // Without an override the pods are there, and the check of the module fails.
    let ran = run("a.pftest.hcl", "mock_provider \"mesos\" {}\nrun \"r\" {}\n");
    assert_eq!(
        summaries(&ran.found),
        ["`check.reachable` does not hold", "`module.shop.check.inner` does not hold"]
    );
    assert!(ran.found.iter().all(Diagnostic::is_error));
    assert_eq!(ran.desired.unwrap().pods.len(), 2);
}

#[test]
fn a_check_that_fails_is_an_error_unless_it_is_expected() {
    let failing = format!(
        "{GIVEN}{}",
        "run \"r\" {\n  variables {\n    n = 10\n  }\n  expect_failures = [check.few]\n}\n"
    );
    assert_eq!(summaries(&run("a.pftest.hcl", &failing).found), [""; 0]);
    let ran = run("a.pftest.hcl", &failing.replace("[check.few]", "[]"));
    assert_eq!(summaries(&ran.found), ["`check.few` does not hold"]);
    assert!(ran.found.has_errors());
    // What a check looks at may fail as well; a `data` block that fails to be read is no rule.
    let missing = format!(
        "{GIVEN}{}",
        r#"
override_data {
  target  = data.pod.cache
  failure = "there is no cache"
}
run "r" {
  expect_failures = [check.reachable]
}
"#
    );
    assert_eq!(summaries(&run("a.pftest.hcl", &missing).found), [""; 0]);
    let ran = run(
        "a.pftest.hcl",
        &missing.replace("data.pod.cache", "data.pod.db").replace("check.reachable", "data.pod.db"),
    );
    assert_eq!(
        summaries(&ran.found),
        ["there is no cache", "`data.pod.db` was expected to fail, and did not"]
    );
}

#[test]
fn what_keeps_a_run_from_applying_is_expected_of_plans_only() {
    let text = "run \"r\" {\n  variables {\n    n = 0\n  }\n  expect_failures = [var.n]\n}\n";
    let (configuration, test, _) = read("a.pftest.hcl", text);
    let test = test.unwrap();
    let (run, computed) = (&test.runs()[0], BTreeMap::new());
    let mut given = inputs(&[("n", "0")], &computed);
    given.validating = true;
    let (_, mut found) = configuration.evaluate(&given);
    found.0.retain(Diagnostic::is_error);
    let mut early = found.clone();
    assert!(!configuration.test_expected(run, Ending::Planned, &mut early));
    let help = early.0[0].help.as_deref();
    assert_eq!(help, Some("add `command = plan` to the run: this fails before it can apply"));
    assert!(configuration.test_expected(run, Ending::Whole, &mut found));
    assert!(!found.has_errors());
}

#[test]
fn pods_are_like_the_provider_the_file_or_the_run_says() {
    let text = r#"
mock_provider "mesos" {
  mock_pod {
    host = "all"
  }
  override_pod {
    target  = module.shop["eu"].pod.web
    failure = "no room"
  }
}
override_pod {
  target      = module.shop.pod.web
  network_ips = ["10.0.0.1"]
}
run "r" {}
"#;
    let Mocked { providers, pods, .. } = run("a.pftest.hcl", text).mocked;
    assert_eq!(providers[0].pods.host.as_deref(), Some("all"));
    let web = "module.shop[\"eu\"].pod.web".parse().unwrap();
    let failure = |mocked: &podform_config::testing::MockedPod| mocked.failure.clone();
    assert_eq!(providers[0].overrides.pod(&web).and_then(failure).as_deref(), Some("no room"));
    assert_eq!(pods.pod(&web).unwrap().network_ips, ["10.0.0.1"]);
}

#[test]
fn json_says_the_same() {
    let text = r#"{
  "mock_provider": { "mesos": { "mock_data": { "pod": { "network_ips": ["10.0.0.1"] } } } },
  "override_module": { "target": "module.shop", "outputs": { "id": "x" } },
  "override_data": [{ "target": "data.pod.each[\"a\"]", "version": "old" }],
  "run": {
    "r": {
      "command": "plan",
      "variables": { "n": 10 },
      "expect_failures": ["check.few", "data.pod.each[\"a\"]"]
    }
  }
}"#;
    let ran = run("a.pftest.json", text);
    assert_eq!(summaries(&ran.found), [""; 0]);
    assert_eq!(ran.mocked.providers.len(), 1);
}

#[test]
fn what_is_wrong_with_overrides_is_said_where_it_stands() {
    let text = r#"
override_pod {
  target = data.pod.db
}
override_data {
  values = {}
}
override_module {
  target  = module.shop
  outputs = 3
}
override_module {
  target = module.shop
}
override_pod {
  target = pod.gone
}
mock_provider "mesos" {
  mock_data "pood" {
    host = "x"
  }
  override_module {
    target = module.shop
  }
}
run "r" {
  expect_failures = [module.shop, check.fwe]
}
"#;
    let (_, _, found) = read("a.pftest.hcl", text);
    assert_eq!(
        found,
        [
            "config::invalid_value [3:data.pod.db] the target of `override_pod` is written as `pod.NAME`",
            "config::missing_attribute [5:override_data] `override_data` needs the attribute `target` ? add `target = …`",
            "config::unknown_attribute [6:values] unknown attribute `values` ? use one of `target`, `version`, `instance`, `endpoint`, `network_ips`, `failure`",
            "config::duplicate [13:module.shop] `module.shop` is overridden twice",
            "config::undeclared [16:pod.gone] `pod.gone` is not declared, so nothing is overridden",
            "config::labels [19:\"pood\"] `pood` cannot be read ? write `mock_data \"pod\" { … }`",
            "config::unknown_attribute [20:host] unknown attribute `host` ? use one of `version`, `instance`, `endpoint`, `network_ips`, `failure`",
            "config::unknown_block [22:override_module] unknown block `override_module` ? use one of `mock_pod`, `mock_data`, `override_pod`, `override_data`",
            "config::invalid_value [27:module.shop] what is expected to fail is `var.NAME`, `output.NAME`, `check.NAME`, `pod.NAME` or `data.pod.NAME`",
            "config::undeclared [27:check.fwe] `check.fwe` is not declared ? did you mean `check.few`?",
        ]
    );
}

#[test]
fn values_of_mocks_fit_and_are_no_secrets() {
    let text = r#"
override_data {
  target   = data.pod.db
  version  = sensitive("v1")
  instance = { host = "x" }
}
override_module {
  target  = module.shop
  outputs = 3
}
run "r" {}
"#;
    let (configuration, test, _) = read("a.pftest.hcl", text);
    let test = test.unwrap();
    let computed = BTreeMap::<_, Value>::new();
    let given = inputs(&[], &computed);
    let (_, found) = configuration.test_mocks(&test, &test.runs()[0], &given, &Seen::default());
    let found: Vec<String> = found.iter().map(|one| common::findings::shown(text, one)).collect();
    assert_eq!(
        found[0],
        "config::evaluation [4:sensitive(\"v1\")] `version` of what is mocked does not fit: it must not be sensitive"
    );
    assert!(
        found[1].starts_with(
            "config::evaluation [5:{ host = \"x\" }] `instance` of what is mocked does not fit: "
        ),
        "{}",
        found[1]
    );
    assert_eq!(
        found[2],
        "config::evaluation [9:3] the `outputs` of a module are an object, found a number"
    );
}
