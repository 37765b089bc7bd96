//! Modules: arguments, outputs, instances, providers, and what is wrong with them.

mod common;

use common::inputs;
use podform_config::{Configuration, ModuleReader, RemoteModule, SourceFile, parse_with_modules};
use podform_model::{Address, Desired, Diagnostic, Diagnostics, code};
use std::collections::BTreeMap;

/// Folders with one text each, by name; the root is `.`.
struct Folders<'a>(&'a [(&'a str, &'a str)]);

impl Folders<'_> {
    fn file(&self, folder: &str) -> Option<SourceFile> {
        let (_, text) = self.0.iter().find(|(name, _)| *name == folder)?;
        let name = match folder {
            "." => "main.pf.hcl".to_owned(),
            folder => format!("{folder}/main.pf.hcl"),
        };
        Some(SourceFile::new(name, *text))
    }
}

impl ModuleReader for Folders<'_> {
    fn files(&self, folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        match self.file(folder) {
            Some(file) => Ok(vec![file]),
            None => {
                let summary = format!("the folder `{folder}` does not exist");
                Err(Box::new(Diagnostic::error(code::MODULE_SOURCE, summary)))
            }
        }
    }

    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>> {
        if self.0.iter().any(|(name, _)| name.starts_with("downloaded")) {
            return Ok("downloaded".into());
        }
        let summary = format!("the module `{module}` has not been downloaded");
        Err(Box::new(Diagnostic::error(code::MODULE_NOT_INSTALLED, summary)))
    }
}

fn configuration(folders: &[(&str, &str)]) -> (Option<Configuration>, Diagnostics) {
    let folders = Folders(folders);
    parse_with_modules(folders.file(".").into_iter().collect(), &folders)
}

fn evaluate(folders: &[(&str, &str)]) -> (Option<Desired>, Diagnostics) {
    let (configuration, mut found) = configuration(folders);
    let Some(configuration) = configuration else { return (None, found) };
    let computed = BTreeMap::new();
    let (desired, more) = configuration.evaluate(&inputs(&[], &computed));
    found.extend(more);
    (desired, found)
}

fn desired(folders: &[(&str, &str)]) -> Desired {
    let (desired, found) = evaluate(folders);
    desired.unwrap_or_else(|| panic!("{found:#?}"))
}

/// What is wrong, one line each: the file and line, the text there, what it says.
fn mistakes(folders: &[(&str, &str)]) -> Vec<String> {
    let (_, found) = evaluate(folders);
    let sources: Vec<SourceFile> = {
        let reader = Folders(folders);
        folders.iter().filter_map(|(name, _)| reader.file(name)).collect()
    };
    found.iter().map(|one| place(&sources, one)).collect()
}

/// Each place as file, line and marked text; then the summary and the help.
fn place(sources: &[SourceFile], found: &Diagnostic) -> String {
    let mut places = Vec::new();
    for label in &found.labels {
        let text = sources.iter().find(|file| file.name == label.file).map(|file| &*file.text);
        let text = text.unwrap_or_default();
        let (start, end) = (label.start as usize, label.end as usize);
        let line = text[..start].matches('\n').count() + 1;
        let marked = text[start..end].lines().next().unwrap_or_default();
        places.push(format!("{}:{line}:{marked}", label.file));
    }
    let help = found.help.as_ref().map_or_else(String::new, |help| format!(" ? {help}"));
    format!("{} [{}] {}{help}", found.code, places.join(" | "), found.summary)
}

const POD: &str = r#"
  container "a" {
    command = "x"
    resources {}
  }
"#;

/// A pod of this name, with some attributes.
fn pod(name: &str, attributes: &str) -> String {
    format!("pod \"{name}\" {{\n{attributes}\n{POD}}}\n")
}

fn ids(desired: &Desired) -> Vec<String> {
    let id =
        |value: &podform_model::Value| value.get("id").and_then(|id| id.as_str().map(String::from));
    desired
        .pods
        .iter()
        .map(|(address, pod)| format!("{address} {}", id(&pod.value).unwrap_or_default()))
        .collect()
}

fn output(desired: &Desired, name: &str) -> String {
    format!("{:?}", desired.outputs[name].value)
}

#[test]
fn pods_in_modules_have_addresses_and_ids_of_their_place() {
    let root = r#"
provider "mesos" {}
module "shop" {
  source   = "./shop"
  for_each = toset(["eu", "us"])
  name     = each.key
}
output "urls" { value = { for k, m in module.shop : k => m.url } }
output "eu" { value = module.shop["eu"].url }
"#;
    let shop = r#"
variable "name" { type = string }
module "cache_layer" {
  source = "../cache"
  count  = 2
  label  = "${var.name}-${count.index}"
}
output "url" { value = "http://${var.name}/${join(",", module.cache_layer[*].label)}" }
"#;
    let cache = format!(
        "{}\nvariable \"label\" {{}}\noutput \"label\" {{ value = var.label }}\n",
        pod("node", "labels = { l = var.label }")
    );
    let desired = desired(&[(".", root), ("shop", shop), ("cache", &cache)]);
    assert_eq!(
        ids(&desired),
        [
            r#"module.shop["eu"].module.cache_layer[0].pod.node /shop-eu/cache-layer-0/node"#,
            r#"module.shop["eu"].module.cache_layer[1].pod.node /shop-eu/cache-layer-1/node"#,
            r#"module.shop["us"].module.cache_layer[0].pod.node /shop-us/cache-layer-0/node"#,
            r#"module.shop["us"].module.cache_layer[1].pod.node /shop-us/cache-layer-1/node"#,
        ]
    );
    assert_eq!(
        output(&desired, "urls"),
        r#"{"eu": "http://eu/eu-0,eu-1", "us": "http://us/us-0,us-1"}"#
    );
    assert_eq!(output(&desired, "eu"), r#""http://eu/eu-0,eu-1""#);
    let address: Address = r#"module.shop["us"].module.cache_layer[1].pod.node"#.parse().unwrap();
    let labels = desired.pods[&address].value.get("labels").unwrap();
    assert_eq!(format!("{labels:?}"), r#"{"l": "us-1"}"#);
}

#[test]
fn a_call_that_does_not_fit_is_told_where_it_stands() {
    let root = r#"
provider "mesos" {}
module "web" {
  source = "./web"
  nmae   = "x"
  size   = "many"
}
output "a" { value = module.web.ulr }
output "b" { value = module.webb.url }
output "c" { value = module.web.size }
"#;
    let web = r#"
variable "name" {}
variable "size" { type = number }
output "url" { value = "http://${var.name}" }
output "size" { value = var.size }
"#;
    let folders = [(".", root), ("web", web)];
    assert_eq!(
        mistakes(&folders),
        [
            r#"config::missing_attribute [main.pf.hcl:3:module "web" | web/main.pf.hcl:2:"name"] `module.web` needs the argument `name` ? add `name = …`"#,
            "config::unknown_attribute [main.pf.hcl:5:nmae] unknown argument `nmae` ? did you mean `name`?",
            "config::undeclared [main.pf.hcl:8:.ulr] `module.web` has no output `ulr` ? did you mean `url`?",
            "config::undeclared [main.pf.hcl:9:module.webb] `module.webb` is not declared ? did you mean `module.web`?",
        ]
    );
}

#[test]
fn an_argument_has_the_type_of_its_variable() {
    let root = r#"
module "web" {
  source = "./web"
  size   = "many"
  kept   = null
  small  = 20
}
"#;
    let web = r#"
variable "size" { type = number }
variable "kept" {
  nullable = false
}
variable "small" {
  validation {
    condition     = var.small < 10
    error_message = "At most 9."
  }
}
locals { used = var.small + var.size }
"#;
    assert_eq!(
        mistakes(&[(".", root), ("web", web)]),
        [
            r#"config::variable [main.pf.hcl:4:"many" | web/main.pf.hcl:2:number] the argument `size` of `module.web` does not fit: expected a number, found the text "many""#,
            "config::variable [main.pf.hcl:5:null | web/main.pf.hcl:3:\"kept\"] `var.kept` must not be null",
            "config::validation [main.pf.hcl:6:20 | web/main.pf.hcl:8:var.small < 10] the value of `var.small` is not valid",
        ]
    );
}

#[test]
fn circles_through_modules_show_the_way() {
    let root = r#"
module "a" {
  source = "./echo"
  in     = module.b.out
}
module "b" {
  source = "./echo"
  in     = module.a.out
}
"#;
    let echo = "variable \"in\" {}\noutput \"out\" { value = var.in }\n";
    assert_eq!(
        mistakes(&[(".", root), ("echo", echo)]),
        [concat!(
            "config::cycle [main.pf.hcl:4:module.b | echo/main.pf.hcl:2:var.in | ",
            "main.pf.hcl:8:module.a | echo/main.pf.hcl:2:var.in] ",
            "these refer to one another in a circle: `module.a.var.in` → `module.b.output.out` → ",
            "`module.b.var.in` → `module.a.output.out` → `module.a.var.in`"
        )]
    );
}

#[test]
fn a_module_does_not_contain_itself() {
    let folders = [
        (".", "module \"a\" { source = \"./a\" }\n"),
        ("a", "module \"b\" { source = \"../b\" }\nmodule \"top\" { source = \"..\" }\n"),
        ("b", "module \"a\" { source = \"../a\" }\n"),
    ];
    assert_eq!(
        mistakes(&folders),
        [
            r#"config::cycle [a/main.pf.hcl:2:".."] these modules call one another in a circle: `.` → `a` → `.`"#,
            r#"config::cycle [b/main.pf.hcl:1:"../a"] these modules call one another in a circle: `a` → `b` → `a`"#,
        ]
    );
}

#[test]
fn a_downloaded_module_reads_its_own_files_and_those_of_the_root() {
    let root = |source: &str| format!("module \"m\" {{\n  source = \"{source}\"\n}}\n");
    let reading = |expr: &str| format!("output \"o\" {{\n  value = {expr}\n}}\n");
    let elsewhere = [
        ("file(\"/etc/passwd\")", "\"/etc/passwd\"", "file", "/etc/passwd", "/etc"),
        ("filebase64(\"../x/y\")", "\"../x/y\"", "filebase64", "../x/y", "../x"),
        ("filemd5(\"/a\")", "\"/a\"", "filemd5", "/a", "/"),
        ("fileexists(\"/etc/shadow\")", "\"/etc/shadow\"", "fileexists", "/etc/shadow", "/etc"),
        ("fileset(\"/etc\", \"*\")", "\"/etc\"", "fileset", "/etc", "/etc"),
        ("fileset(path.root, \"../*\")", "path.root", "fileset", "..", ".."),
        ("templatefile(\"/t\", {})", "\"/t\"", "templatefile", "/t", "/"),
    ];
    for (expr, marked, function, path, folder) in elsewhere {
        let module = reading(expr);
        let found =
            mistakes(&[(".", &root("git::https://example.com/m.git")), ("downloaded", &module)]);
        assert_eq!(
            found,
            [format!(
                "config::file_outside [downloaded/main.pf.hcl:2:{marked}] `{function}`: the downloaded module `module.m` may not look at `{path}` ? if you trust it, add `-allow-path {folder}` to the command"
            )]
        );
        // A module of one's own reads what one can read oneself.
        let found = mistakes(&[(".", &root("./own")), ("own", &module)]);
        assert!(!found.iter().any(|found| found.contains("file_outside")), "{found:?}");
    }
    let own = reading("file(\"a.txt\") == \"text of a.txt\"");
    assert_eq!(
        mistakes(&[(".", &root("git::https://example.com/m.git")), ("downloaded", &own)]),
        Vec::<String>::new()
    );
}

#[test]
fn a_template_reads_in_the_name_of_its_module() {
    let root = "module \"m\" {\n  source = \"git::https://example.com/m.git\"\n}\n";
    let module = "locals {\n  t = \"$${file(\\\"/etc/passwd\\\")}\"\n}\noutput \"o\" {\n  value = templatestring(local.t, {})\n}\n";
    let found = mistakes(&[(".", root), ("downloaded", module)]);
    let [found] = &*found else { panic!("{found:?}") };
    assert!(found.contains("the downloaded module `module.m` may not look at `/etc/passwd`"));
}

#[test]
fn settings_of_a_module_that_is_called() {
    let root = "podform {\n  required_version = \">= 0.1\"\n}\nmodule \"a\" {\n  source = \"./m\"\n}\nmodule \"b\" {\n  source = \"./m\"\n}\n";
    let module = "podform {\n  required_version = \">= 99.0\"\n  backend \"local\" {}\n}\n";
    let folders = [(".", root), ("m", module)];
    assert_eq!(
        mistakes(&folders),
        [
            "config::ignored [m/main.pf.hcl:3:backend \"local\"] the `backend` of a module that is called has no effect ? remove it; the root module chooses the backend of the whole configuration"
        ]
    );
    let (configuration, _) = configuration(&folders);
    let configuration = configuration.unwrap();
    let asked: Vec<String> =
        configuration.required_versions().into_iter().map(|(text, _)| text).collect();
    assert_eq!(asked, [">= 0.1", ">= 99.0"]);
    assert_eq!(configuration.backend(), None);
}

#[test]
fn a_provider_is_passed_by_a_key_that_is_written_out() {
    let root = |key: &str| {
        format!(
            "provider \"mesos\" {{\n  alias = \"by\"\n  for_each = toset([\"eu\"])\n}}\nmodule \"m\" {{\n  source = \"./m\"\n  for_each = toset([\"eu\"])\n  providers = {{ mesos = mesos.by[{key}] }}\n}}\n"
        )
    };
    let module = pod("web", "");
    assert_eq!(mistakes(&[(".", &root("\"eu\"")), ("m", &module)]), Vec::<String>::new());
    let found = mistakes(&[(".", &root("each.key")), ("m", &module)]);
    assert_eq!(
        found[0],
        "config::provider_choice [main.pf.hcl:8:each.key] the key of a provider that is passed to a module must be written out ? write one `module` block for each provider, with a key as `mesos.NAME[\"KEY\"]`"
    );
    assert_eq!(found.len(), 1, "{found:?}");
}
