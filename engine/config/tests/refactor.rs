//! `moved`, `removed` and `import` blocks: what they mean, and what is wrong with them.

mod common;

use common::findings::check;
use common::{desired, inputs};
use podform_config::{ModuleReader, RemoteModule, SourceFile, parse_with_modules};
use podform_model::{Address, Desired, Diagnostic, Diagnostics, code};
use std::collections::BTreeMap;

const POD: &str = r#"
  container "a" {
    command = "x"
    resources {}
  }
}
"#;

/// A configuration with a pod `web` and these blocks.
fn with(blocks: &str) -> String {
    format!("provider \"mesos\" {{}}\npod \"web\" {{{POD}\n{blocks}\n")
}

fn moves(desired: &Desired) -> Vec<String> {
    let moved = &desired.refactor.moved;
    moved.iter().map(|m| format!("{}: {} → {}", m.base.join("."), m.from, m.to)).collect()
}

/// One folder below the root.
struct Inner<'a>(&'a str);

impl ModuleReader for Inner<'_> {
    fn files(&self, folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        Ok(vec![SourceFile::new(format!("{folder}/main.pf.hcl"), self.0)])
    }

    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>> {
        let summary = format!("the module `{module}` has not been downloaded");
        Err(Box::new(Diagnostic::error(code::MODULE_NOT_INSTALLED, summary)))
    }
}

fn evaluate(root: &str, inner: &str) -> (Option<Desired>, Diagnostics) {
    let files = vec![SourceFile::new("main.pf.hcl", root)];
    let (configuration, mut found) = parse_with_modules(files, &Inner(inner));
    let Some(configuration) = configuration else { return (None, found) };
    let computed = BTreeMap::new();
    let (desired, more) = configuration.evaluate(&inputs(&[], &computed));
    found.extend(more);
    (desired, found)
}

#[test]
fn moved_names_pods_instances_and_modules() {
    let text = with(
        r#"
moved {
  from = pod.old
  to   = pod.web
}
moved {
  from = pod.b[0]
  to   = module.m["k"].pod.c["x.y"]
}
moved {
  from = module.a.module.b
  to   = module.c[2]
}
"#,
    );
    assert_eq!(
        moves(&desired(&text)),
        [
            ": pod.old → pod.web",
            ": pod.b[0] → module.m[\"k\"].pod.c[\"x.y\"]",
            ": module.a.module.b → module.c[2]"
        ]
    );
}

#[test]
fn blocks_of_a_module_hold_where_it_is_called() {
    let root = r#"
provider "mesos" {}
module "m" {
  source   = "./inner"
  for_each = toset(["a", "b"])
}
"#;
    let moved = "moved {\n  from = pod.old\n  to = pod.web\n}\n";
    let removed = "removed {\n  from = pod.gone\n}\n";
    let (done, found) = evaluate(root, &format!("pod \"web\" {{{POD}{moved}{removed}"));
    let done = done.unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(moves(&done), ["m: pod.old → pod.web"]);
    let removed = &done.refactor.removed[0];
    assert_eq!(
        (removed.base.join("."), removed.from.to_string(), removed.destroy),
        ("m".into(), "pod.gone".into(), true)
    );
    let summaries = |root: &str, inner: &str| -> Vec<String> {
        evaluate(root, inner).1.into_iter().map(|found| found.summary).collect()
    };
    let still = "moved {\n  from = pod.web\n  to = pod.new\n}\n";
    assert_eq!(
        summaries(root, &format!("pod \"web\" {{{POD}{still}")),
        ["`pod.web` has moved to `pod.new`, but is still declared"]
    );
    let import = "import {\n  to = pod.web\n  id = \"/web\"\n}\n";
    assert_eq!(
        summaries(root, &format!("pod \"web\" {{{POD}{import}")),
        ["`import` blocks stand in the root module only"]
    );
    // Instances of modules and pods within them.
    let inner = format!("pod \"web\" {{{POD}");
    for (from, declared) in [
        ("module.m", true),
        ("module.m[\"a\"]", true),
        ("module.m[\"z\"]", false),
        ("module.m[\"a\"].pod.web", true),
        ("module.m[\"a\"].pod.other", false),
    ] {
        let to = if from.contains("pod") { "pod.new" } else { "module.n" };
        let text = format!("{root}moved {{\n  from = {from}\n  to = {to}\n}}\n");
        let (_, found) = evaluate(&text, &inner);
        assert_eq!(found.iter().any(|one| one.code == code::STILL_DECLARED), declared, "{from}");
    }
}

#[test]
fn removed_destroys_unless_it_says_otherwise() {
    let text = with(
        r#"
removed {
  from = pod.a
}
removed {
  from = module.x.pod.b
  lifecycle {
    destroy = false
  }
}
removed {
  from = module.y
  lifecycle {}
}
"#,
    );
    let removed = desired(&text).refactor.removed;
    let all: Vec<_> = removed.iter().map(|r| (r.from.to_string(), r.destroy)).collect();
    let name = str::to_owned;
    assert_eq!(
        all,
        [(name("pod.a"), true), (name("module.x.pod.b"), false), (name("module.y"), true)]
    );
}

#[test]
fn imports_are_evaluated_and_repeated() {
    let text = format!(
        r#"
provider "mesos" {{
  alias = "eu"
}}
locals {{
  ids = {{ a = "/x/a", b = "x/b" }}
}}
pod "web" {{
  for_each = local.ids
  id       = "/y/${{each.key}}"
{POD}
import {{
  for_each = local.ids
  to       = pod.web[each.key]
  id       = each.value
}}
import {{
  to       = pod.written
  id       = "/w"
  provider = mesos.eu
}}
"#
    );
    let imports = desired(&text).refactor.imports;
    let all: Vec<_> = imports
        .iter()
        .map(|i| format!("{} {} {:?}", i.to, i.id, i.provider.as_ref().map(ToString::to_string)))
        .collect();
    assert_eq!(
        all,
        [
            "pod.web[\"a\"] /x/a None",
            "pod.web[\"b\"] /x/b None",
            "pod.written /w Some(\"mesos.eu\")"
        ]
    );
    assert_eq!(imports[0].to, "pod.web[\"a\"]".parse::<Address>().unwrap());
}

/// The line of the first of the blocks of [`with`].
const FIRST: usize = 9;

/// Blocks beside the pod `web`, and what is said about them.
fn wrong(cases: &[(&str, Vec<String>)]) {
    let texts: Vec<String> = cases.iter().map(|(blocks, _)| with(blocks)).collect();
    let expected: Vec<Vec<&str>> =
        cases.iter().map(|(_, said)| said.iter().map(String::as_str).collect()).collect();
    let pairs = texts.iter().zip(&expected);
    let pairs: Vec<(&str, &[&str])> =
        pairs.map(|(text, said)| (text.as_str(), said.as_slice())).collect();
    check(&pairs);
}

/// A line of the blocks, the first being 0.
fn line(at: usize) -> usize {
    FIRST + at
}

#[test]
fn what_is_wrong_with_moved_and_removed_is_said_where_it_stands() {
    wrong(&[
        (
            "moved {\n  from = pod.web\n  to = pod.new\n}",
            vec![format!(
                "config::still_declared [{}:pod.web] `pod.web` has moved to `pod.new`, but is still declared ? declare it as `pod.new` instead, or remove this `moved` block",
                line(1)
            )],
        ),
        (
            "removed {\n  from = pod.web\n}",
            vec![format!(
                "config::still_declared [{}:pod.web] `pod.web` is removed, but is still declared ? remove the declaration, or this `removed` block",
                line(1)
            )],
        ),
        ("moved {\n  from = pod.web[0]\n  to = pod.web\n}", vec![]),
        (
            "moved {\n  from = pod.a\n  to = module.m\n}\nmoved {\n  from = local.x\n  too = pod.b\n}",
            vec![
                format!(
                    "config::invalid_value [{}:module.m] `pod.a` cannot move to `module.m` ? move a pod to a pod, and a module to a module",
                    line(2)
                ),
                format!(
                    "config::missing_attribute [{}:moved] `moved` needs the attribute `to` ? add `to = …`",
                    line(4)
                ),
                format!(
                    "config::invalid_value [{}:local.x] `from` names a pod or a module, as `pod.web[\"eu\"]` or `module.shop`",
                    line(5)
                ),
                format!(
                    "config::unknown_attribute [{}:too] unknown attribute `too` ? did you mean `to`?",
                    line(6)
                ),
            ],
        ),
        (
            "moved {\n  from = pod.a[var.x]\n  to = pod.b.id\n}",
            vec![
                format!(
                    "config::invalid_value [{}:pod.a[var.x]] `from` names a pod or a module, as `pod.web[\"eu\"]` or `module.shop`",
                    line(1)
                ),
                format!(
                    "config::invalid_value [{}:pod.b.id] `to` names a pod or a module, as `pod.web[\"eu\"]` or `module.shop`",
                    line(2)
                ),
            ],
        ),
        (
            "removed {\n  from = pod.a[0]\n  lifecycle {\n    destroy = 1\n  }\n}",
            vec![
                format!(
                    "config::invalid_value [{}:pod.a[0]] `removed` takes a whole pod block or module, with all its instances ? leave out the key; for one instance run `podform state rm`",
                    line(1)
                ),
                format!(
                    "config::invalid_value [{}:1] `destroy` must be `true` or `false`, written out",
                    line(3)
                ),
            ],
        ),
    ]);
}

#[test]
fn what_is_wrong_with_import_is_said_where_it_stands() {
    wrong(&[
        (
            "import {\n  to = pod.web\n}\nimport {\n  to = module.m\n  id = \"\"\n}",
            vec![format!(
                "config::missing_attribute [{}:import] `import` needs the attribute `id` ? add `id = …`",
                line(0)
            )],
        ),
        (
            "import {\n  to = module.m\n  id = \"\"\n}\nimport {\n  to = pod.web[null]\n  id = sensitive(\"/a\")\n}",
            vec![
                format!(
                    "config::evaluation [{}:module.m] `to` names a pod, as `pod.web` or `module.shop.pod.web[\"eu\"]`",
                    line(1)
                ),
                format!(
                    "config::evaluation [{}:\"\"] the `id` of an `import` is the id of a pod that runs, a text as `/shop/web`",
                    line(2)
                ),
                format!(
                    "config::evaluation [{}:null] the key of an instance must be a known text or number",
                    line(5)
                ),
                format!(
                    "config::evaluation [{}:sensitive(\"/a\")] the `id` of an `import` must not be sensitive: it is shown everywhere",
                    line(6)
                ),
            ],
        ),
        (
            "import {\n  to = pod.web\n  id = \"/a\"\n}\nimport {\n  to = pod.web\n  id = pod.web.instance[0].id\n}",
            vec![format!(
                "config::evaluation [{}:pod.web.instance[0].id] the `id` of an `import` must be known before anything is planned",
                line(6)
            )],
        ),
        (
            "import {\n  to = pod.web\n  id = \"/a\"\n}\nimport {\n  to = pod.web\n  id = \"/b\"\n}",
            vec![format!(
                "config::duplicate [{}:pod.web] pod.web is imported twice ? keep one of these blocks",
                line(5)
            )],
        ),
        (
            "import {\n  to = pod.web\n  id = var.nosuch\n}\nimport {\n  to = pod.x[each.key]\n  id = \"/b\"\n}",
            vec![
                format!(
                    "config::undeclared [{}:var.nosuch] `var.nosuch` is not declared ? declare it: `variable \"nosuch\" {{}}`",
                    line(2)
                ),
                format!(
                    "config::undeclared [{}:each.key] `each` has no value here ? give the import a `for_each`, or name the value in another way",
                    line(5)
                ),
            ],
        ),
        (
            "import {\n  to = pod.web\n  id = \"/a\"\n  provider = mesos\n}\nimport {\n  to = pod.x\n  id = \"/b\"\n  provider = other\n}",
            vec![
                format!(
                    "config::provider_choice [{}:mesos] pod.web is declared, and says itself which provider runs it ? remove `provider` from the `import` block",
                    line(3)
                ),
                format!(
                    "config::provider_choice [{}:other] the provider `other` is not configured ? add `provider \"other\" {{}}`",
                    line(8)
                ),
            ],
        ),
    ]);
}
