//! Questions of editors, about whole and about broken texts.

use podform_config::query::{FileKind, Outline, Place, Symbol, SymbolKind, Thing};

/// A text with `‸` where the cursor is, without it, and the cursor's byte.
fn marked(text: &str) -> (String, usize) {
    let at = text.find('‸').expect("a cursor");
    (text.replacen('‸', "", 1), at)
}

/// The place at the cursor in words, the blocks around it, and what would be replaced.
fn place(text: &str) -> String {
    let (text, at) = marked(text);
    let outline = Outline::of(&text);
    let cursor = outline.cursor(&text, at);
    let mut way = Vec::new();
    let mut block = Some(cursor.block);
    while let Some(at) = block {
        way.push(outline.blocks()[at].kind.text.clone());
        block = outline.blocks()[at].parent;
    }
    way.pop();
    way.reverse();
    let place = match cursor.place {
        Place::Nothing => "nothing".to_owned(),
        Place::Statement => "statement".to_owned(),
        Place::Label { kind, at } => format!("label {at} of {kind}"),
        Place::Value { attribute, quoted, key } => {
            let quoted = if quoted { "quoted " } else { "" };
            let key = if key { "key " } else { "" };
            format!("{quoted}{key}value of {attribute}")
        }
        Place::Step { chain, quoted } => {
            let mut steps = vec![chain.root.text.clone()];
            steps.extend(chain.steps.iter().map(|step| match step.word() {
                Some(word) => word.text.clone(),
                None => "*".to_owned(),
            }));
            format!("{}step after {}", if quoted { "quoted " } else { "" }, steps.join("."))
        }
    };
    format!("{}: {place}: {:?}", way.join("/"), &text[cursor.word])
}

#[test]
fn places_in_whole_texts() {
    for (text, expected) in [
        ("‸", ": statement: \"\""),
        ("po‸", ": statement: \"po\""),
        ("pod \"web\" {\n  inst‸\n}\n", "pod: statement: \"inst\""),
        ("pod \"web\" {\n  ‸\n}\n", "pod: statement: \"\""),
        ("pod \"web\" { ‸ }\n", "pod: statement: \"\""),
        ("pod \"web\" {\n  instances = ‸\n}\n", "pod: value of instances: \"\""),
        ("pod \"web\" {\n  instances = va‸\n}\n", "pod: value of instances: \"va\""),
        ("pod \"web\" {\n  instances = var.‸\n}\n", "pod: step after var: \"\""),
        ("pod \"web\" {\n  instances = var.re‸\n}\n", "pod: step after var: \"re\""),
        ("pod \"web\" {\n  user = \"x-${var.‸}\"\n}\n", "pod: step after var: \"\""),
        ("pod \"web\" {\n  user = \"x-${up‸}\"\n}\n", "pod: value of user: \"up\""),
        ("pod \"web\" {\n  user = \"${pod.db[\"a\"].‸}\"\n}\n", "pod: step after pod.db.a: \"\""),
        (
            "pod \"web\" {\n  user = pod.db.instance[*].‸\n}\n",
            "pod: step after pod.db.instance.*: \"\"",
        ),
        (
            "pod \"web\" {\n  user = pod.db.endpoint[\"‸\"]\n}\n",
            "pod: quoted step after pod.db.endpoint: \"\"",
        ),
        (
            "pod \"web\" {\n  user = \"${pod.db.endpoint[\"h‸\"].port}\"\n}\n",
            "pod: quoted step after pod.db.endpoint: \"h\"",
        ),
        (
            "pod \"web\" {\n  kill_selection = \"YOU‸\"\n}\n",
            "pod: quoted value of kill_selection: \"YOU\"",
        ),
        (
            "pod \"web\" {\n  container \"a\" {\n    volume_mount \"‸\" {\n    }\n  }\n}\n",
            "pod/container: label 0 of volume_mount: \"\"",
        ),
        ("pod \"web\" {\n  # a comment ‸\n}\n", "pod: nothing: \"\""),
        ("pod \"web\" {\n  /* a ‸ */\n}\n", "pod: nothing: \"\""),
        ("pod \"web\" {\n  /* # */ us‸\n}\n", "pod: statement: \"us\""),
        (
            "pod \"web\" {\n  environment = {\n    A = secret.‸\n  }\n}\n",
            "pod: step after secret: \"\"",
        ),
        (
            "pod \"web\" {\n  environment = {\n    ‸\n  }\n}\n",
            "pod: key value of environment: \"\"",
        ),
        ("pod \"web\" {\n  depends_on = [pod.‸]\n}\n", "pod: step after pod: \"\""),
        ("locals {\n  a = [for x in var.list : x.‸]\n}\n", "locals: step after x: \"\""),
        ("locals {\n  a = <<EOT\nplain ‸\nEOT\n}\n", "locals: nothing: \"\""),
        ("locals {\n  a = <<EOT\n${local.‸}\nEOT\n}\n", "locals: step after local: \"\""),
        ("pod ‸\n", ": nothing: \"\""),
    ] {
        assert_eq!(place(text), expected, "{text}");
    }
}

#[test]
fn places_in_broken_texts() {
    for (text, expected) in [
        // Nothing is closed.
        ("pod \"web\" {\n  container \"a\" {\n    com‸", "pod/container: statement: \"com\""),
        // A quote is open.
        ("pod \"web\" {\n  user = \"x-${var.‸\n  role = \"r\"\n}\n", "pod: step after var: \"\""),
        (
            "pod \"web\" {\n  kill_selection = \"‸\n  role = \"r\"\n}\n",
            "pod: quoted value of kill_selection: \"\"",
        ),
        (
            "pod \"web\" {\n  kill_selection = \"YO‸ # a comment\n}\n",
            "pod: quoted value of kill_selection: \"YO\"",
        ),
        ("pod \"web\" {\n  role = \"x\n  us‸\n}\n", "pod: statement: \"us\""),
        // A bracket is open.
        ("pod \"web\" {\n  depends_on = [\n  us‸er = 1\n}\n", "pod: statement: \"user\""),
        (
            "pod \"web\" {\n  environment = {\n  container \"a\" {\n    ‸\n  }\n}\n",
            "pod/container: statement: \"\"",
        ),
        (
            "pod \"web\" {\n  instances = max(var.‸\n  role = \"r\"\n}\n",
            "pod: step after var: \"\"",
        ),
        // A brace is missing further up.
        (
            "pod \"web\" {\n  container \"a\" {\n    user = \"x\"\n}\n\nvariable \"v\" {\n  ‸\n}\n",
            "variable: statement: \"\"",
        ),
        (
            "pod \"web\" {\n  container \"a\" {\n    }}}}\n\nvariable \"v\" {\n  ‸\n}\n",
            "variable: statement: \"\"",
        ),
        // An unfinished line before.
        ("pod \"web\" {\n  ro\n  us‸\n}\n", "pod: statement: \"us\""),
        ("pod \"web\" {\n  container\n  us‸\n}\n", "pod: statement: \"us\""),
        // A heredoc without end.
        ("locals {\n  a = <<EOT\n  ${local.‸", "locals: step after local: \"\""),
    ] {
        assert_eq!(place(text), expected, "{text}");
    }
}

/// What is declared (`+`) and referred to, in the order found.
fn occurrences(text: &str, kind: FileKind) -> String {
    let found = Outline::of(text).occurrences(text, kind);
    let words = found.iter().map(|found| {
        let mark = if found.declares.is_some() { "+" } else { "" };
        let pod = found.symbol.pod.as_ref().map(|pod| format!("{pod}/")).unwrap_or_default();
        assert!(found.symbol.name.ends_with(&text[found.range.clone()]));
        format!(
            "{mark}{pod}{}{}",
            found.symbol.text(),
            match found.symbol.kind {
                SymbolKind::Volume => " (volume)",
                SymbolKind::Endpoint => " (endpoint)",
                SymbolKind::Container => " (container)",
                SymbolKind::Provider => " (provider)",
                _ => "",
            }
        )
    });
    words.collect::<Vec<_>>().join("\n")
}

const DECLARED: &str = r#"
provider "mesos" {
  alias = "eu"
}
pod "web" {
  provider   = mesos.eu
  depends_on = [pod.db]
  secret "db" {
    source = "/x"
  }
  volume "data" {
  }
  volume "key" {
    secret = secret.db
  }
  container "main" {
    environment = { A = secret.db, B = "${secret["db"]}", var = "x" }
    volume_mount "data" {
      path = "d-${var.path}"
    }
    endpoint "http" {
    }
    health_check {
      http {
        endpoint = "http"
      }
    }
  }
}
locals {
  a = [for pod in pod.web.instance : pod.id]
  b = { for k, var in local.a : k => "${var.x} ${local.b}" }
  c = "%{ for var in local.a }${var.x}%{ endfor }${var.y}"
  d = pod.web["k"].endpoint["http"].addresses
  e = upper(module.shop.url)
}
moved {
  from = pod.old
  to   = pod.web
}
data "pod" "x" {
  id = "/x"
}
output "o" {
  value = data.pod.x.id
}
"#;

#[test]
fn declarations_and_references() {
    let expected = "\
+mesos.eu (provider)
+pod.web
mesos.eu (provider)
pod.db
+web/secret.db
+web/data (volume)
+web/key (volume)
web/secret.db
+web/main (container)
web/secret.db
web/secret.db
web/data (volume)
var.path
+web/http (endpoint)
web/http (endpoint)
+local.a
pod.web
+local.b
local.a
local.b
+local.c
local.a
var.y
+local.d
pod.web
web/http (endpoint)
+local.e
module.shop
pod.web
+data.pod.x
+output.o
data.pod.x";
    assert_eq!(occurrences(DECLARED, FileKind::Configuration), expected);
}

#[test]
fn names_in_files_of_values_are_variables() {
    assert_eq!(occurrences("a = 1\nb = { c = 2 }\n", FileKind::Variables), "var.a\nvar.b");
    assert_eq!(FileKind::of("x/dev.pfvars.hcl"), Some(FileKind::Variables));
    assert_eq!(FileKind::of("podform.lock.hcl"), None);
}

#[test]
fn the_entry_of_a_dynamic_block_is_no_secret() {
    let text = "pod \"web\" {\n dynamic \"secret\" {\n for_each = var.s\n content {\n source = \
                secret.value\n }\n }\n}\n";
    assert_eq!(occurrences(text, FileKind::Configuration), "+pod.web\nvar.s");
}

#[test]
fn things_are_found_where_they_stand() {
    let thing = |text: &str| {
        let (text, at) = marked(text);
        let (thing, range) = Outline::of(&text).thing_at(&text, at)?;
        Some((thing, text[range].to_owned()))
    };
    let variable = Thing::Symbol(Symbol::new(SymbolKind::Variable, "a"));
    let found = thing("locals {\n x = 1 + va‸r.a\n}");
    assert_eq!(found, Some((variable.clone(), "var.a".into())));
    assert_eq!(thing("locals {\n x = \"${var.a‸}\"\n}"), Some((variable, "var.a".into())));
    let function = Thing::Function("upper".into());
    assert_eq!(thing("locals {\n x = upp‸er(\"\")\n}"), Some((function, "upper".into())));
    let name = |name: &str, block| Thing::Name { name: name.into(), block };
    let text = "pod \"w\" {\n  inst‸ances = 1\n}";
    assert_eq!(thing(text), Some((name("instances", 1), "instances".into())));
    let text = "pod \"w\" {\n  conta‸iner \"a\" {\n  }\n}";
    assert_eq!(thing(text), Some((name("container", 1), "container".into())));
    assert_eq!(thing("po‸d \"w\" {\n}"), Some((name("pod", 0), "pod".into())));
    assert_eq!(thing("pod \"w\" {\n ‸\n}"), None);
}

#[test]
fn what_may_stand_in_a_block_comes_from_the_tables() {
    let known = |text: &str| {
        let (text, at) = marked(text);
        let outline = Outline::of(&text);
        outline.known(outline.block_at(at)).into_iter().map(|k| k.name).collect::<Vec<_>>()
    };
    assert!(known("‸").contains(&"pod"));
    let pod = known("pod \"w\" {\n‸\n}");
    for name in ["instances", "container", "lifecycle", "for_each", "dynamic"] {
        assert!(pod.contains(&name), "{name}: {pod:?}");
    }
    let endpoint = "pod \"w\" {\n container \"a\" {\n endpoint \"e\" {\n‸\n}\n}\n}";
    assert!(known(endpoint).contains(&"container_port"));
    let dynamic = "pod \"w\" {\n dynamic \"container\" {\n content {\n‸\n}\n}\n}";
    assert!(known(dynamic).contains(&"command"));
    assert_eq!(known("nonsense {\n‸\n}"), Vec::<&str>::new());
    let test = Outline::of_kind("run \"a\" {\n", FileKind::Test);
    let of = |block| test.known(block).into_iter().map(|k| k.name).collect::<Vec<_>>();
    let overrides = ["override_pod", "override_data", "override_module"];
    assert_eq!(of(0), [&["run", "variables", "mock_provider"][..], &overrides].concat());
    let run = ["command", "expect_failures", "variables", "assert", "module", "plan_options"];
    assert_eq!(of(1), [&run[..], &overrides].concat());
}

#[test]
fn every_name_of_the_table_is_one_of_the_language() {
    let mut tried = 0;
    let mut texts = vec![(String::new(), String::new(), 0)];
    while let Some((before, after, depth)) = texts.pop() {
        let text = format!("{before}{after}");
        let outline = Outline::of(&text);
        let all = outline.known(outline.block_at(before.len()));
        let repeated = all.iter().find(|known| known.is_block && !known.once).map(|k| k.name);
        for known in &all {
            tried += 1;
            let of_dynamic = repeated.filter(|_| known.name == "dynamic").unwrap_or("pod");
            let labels = format!(" \"{of_dynamic}\"").repeat(known.labels.len());
            let item = if known.is_block {
                format!("{}{labels} {{\n", known.name)
            } else {
                format!("{} = null\n", known.name)
            };
            let end = if known.is_block { "}\n" } else { "" };
            let text = format!("{before}{item}{end}{after}");
            let file = podform_config::SourceFile::new("a.pf.hcl", &*text);
            let (_, found) = podform_config::parse(vec![file]);
            let unknown = found.iter().find(|found| {
                ["config::unknown_block", "config::unknown_attribute", "config::syntax"]
                    .contains(&&*found.code)
                    && found.summary.contains(known.name)
            });
            assert_eq!(unknown, None, "{text}");
            if known.is_block && known.name != "dynamic" && depth < 6 {
                texts.push((format!("{before}{item}"), format!("}}\n{after}"), depth + 1));
            }
        }
    }
    assert!(tried > 180, "{tried}");
}

#[test]
fn hostile_texts_are_read_in_time() {
    for text in [
        "a {\n".repeat(20_000),
        "[".repeat(20_000),
        "x = [".repeat(10_000),
        format!("x = {}", "a[".repeat(20_000)),
        format!("x = {}", "[for a in ".repeat(10_000)),
        format!("x = \"{}", "${\"".repeat(10_000)),
        format!("x = \"{}\"", "${a} ".repeat(10_000)),
        "}".repeat(20_000),
        "x = \"\\".to_owned(),
        "x = \"é\\é${é".to_owned(),
        "x = <<".to_owned(),
    ] {
        let outline = Outline::of(&text);
        let _ = outline.occurrences(&text, FileKind::Configuration);
        for at in [0, text.len() / 2, text.len()] {
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let cursor = outline.cursor(&text, at);
            let _ = outline.known(cursor.block);
            let _ = outline.thing_at(&text, at);
        }
    }
}

/// What stands at the mark in a JSON text, and what may stand in the block around.
fn in_json(marked: &str) -> (Place, Vec<&'static str>, Option<bool>) {
    let offset = marked.find('‸').expect("a mark");
    let text = marked.replace('‸', "");
    let outline = Outline::of_json(&text, FileKind::Configuration);
    let cursor = outline.cursor(&text, offset);
    let known = outline.known(cursor.block).into_iter().map(|known| known.name).collect();
    (cursor.place, known, outline.in_json_text(offset))
}

#[test]
fn json_is_known_by_the_same_tables() {
    let (place, known, quoted) = in_json(r#"{"pod": {"web": {"instances": 2, "‸"#);
    assert_eq!((place, quoted), (Place::Statement, Some(true)));
    assert!(known.contains(&"container") && known.contains(&"lifecycle"), "{known:?}");
    let (place, known, quoted) = in_json("{\"pod\": {\"web\": {\"lifecycle\": {‸}}}}");
    assert_eq!((place, quoted), (Place::Statement, Some(false)));
    assert!(known.contains(&"prevent_destroy"), "{known:?}");
    let container = r#"{"pod":{"web":{"container":[{"a":{"resources":{}}},{"b":{"‸":1}}]}}}"#;
    assert!(in_json(container).1.contains(&"command"));
    let dynamic = r#"{"pod":{"web":{"dynamic":{"volume":{"for_each":[],"content":{"‸":1}}}}}}"#;
    assert!(in_json(dynamic).1.contains(&"host"), "{:?}", in_json(dynamic));
    let label = |kind: &str, at| Place::Label { kind: kind.into(), at };
    assert_eq!(in_json(r#"{"pod": {"we‸"#).0, label("pod", 0));
    assert_eq!(in_json(r#"{"data": {"pod": {"‸": {}}}}"#).0, label("data", 1));
    let value =
        |attribute: &str, quoted| Place::Value { attribute: attribute.into(), quoted, key: false };
    let kill = r#"{"pod":{"web":{"kill_selection":"‸"}}}"#;
    assert_eq!(in_json(kill).0, value("kill_selection", true));
    let depends = r#"{"pod":{"web":{"depends_on":["pod.a", "‸"]}}}"#;
    assert_eq!(in_json(depends).0, value("depends_on", false));
    let hole = r#"{"output":{"a":{"value":"x ${‸"#;
    assert_eq!(in_json(hole).0, value("value", false));
    assert!(matches!(in_json(r#"{"output":{"a":{"value":"${var.‸}"}}}"#).0, Place::Step { .. }));
    let test = Outline::of_json(r#"{"run":{"a":{}}}"#, FileKind::Test);
    assert!(test.known(1).iter().any(|known| known.name == "command"));
}

#[test]
fn declarations_and_references_are_found_in_json() {
    let text = r#"{
  "variable": {"n": {"default": 1}},
  "locals": {"l": "${var.n}"},
  "pod": {
    "a": {"instances": "${var.n}", "container": {"main": {"command": "${local.l} ${pod.b.id}"}}},
    "b": {"depends_on": ["module.m"]}
  }
}"#;
    let outline = Outline::of_json(text, FileKind::Configuration);
    let found: Vec<String> = outline
        .occurrences(text, FileKind::Configuration)
        .into_iter()
        .map(|found| {
            let mark = if found.declares.is_some() { "!" } else { "" };
            assert!(found.symbol.name.ends_with(&text[found.range.clone()]));
            format!("{}{mark}", found.symbol.text())
        })
        .collect();
    assert_eq!(
        found,
        [
            "var.n!", "local.l!", "var.n", "pod.a!", "var.n", "main!", "local.l", "pod.b",
            "pod.b!", "module.m"
        ]
    );
    // However it is cut off, it is read.
    for (end, _) in text.char_indices() {
        let outline = Outline::of_json(&text[..end], FileKind::Configuration);
        for at in [0, end / 2, end] {
            let _ = outline.cursor(&text[..end], at);
            let _ = outline.thing_at(&text[..end], at);
        }
    }
    for deep in ["[", "{\"pod\":{\"a\":[", "{\"pod\":{\"a\":{\"x\":["] {
        let text = format!("{{\"pod\":{{\"a\":{}", deep.repeat(100_000));
        assert!(!Outline::of_json(&text, FileKind::Configuration).blocks().is_empty());
    }
}
