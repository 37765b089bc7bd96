//! The table of expressions with what Terraform makes of them, and the reference with its examples.

mod hostile;

use super::json::json;
use super::{find, names};
use crate::eval::Evaluator;
use crate::inputs::{Applying, FileReader, Inputs};
use crate::value::{Ty, Val};
use crate::world::{Made, ROOT_ROOM, World};
use std::collections::{BTreeMap, BTreeSet};

const CASES: &str = include_str!("../../tests/data/functions.txt");
const REFERENCE: &str = include_str!("../../../docs/functions.md");

/// The files that the cases read.
struct Folder;

const FILES: &[(&str, &[u8])] = &[
    ("a.txt", b"text of a.txt"),
    ("binary", b"\xff\xfe"),
    ("t.tpl", b"Hello, ${name}!\n%{ for x in xs ~}\n- ${x}\n%{ endfor ~}\n"),
    ("loop.tpl", b"${templatefile(\"loop.tpl\", {})}"),
    ("missing.tpl", b"${a.b}"),
    ("bad.tpl", b"bad ${"),
    ("w.tpl", b"${template}"),
    ("data/one.txt", b"x"),
    ("data/two.md", b"y"),
    ("data/.hidden", b"h"),
    ("data/sub/three.txt", b"z"),
];

impl FileReader for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let path = path.trim_start_matches("./");
        let found = FILES.iter().find(|(name, _)| *name == path);
        found.map(|(_, bytes)| bytes.to_vec()).ok_or_else(|| "no such file".into())
    }

    fn exists(&self, path: &str) -> Result<bool, String> {
        if path == "data" { Err("not a file".into()) } else { Ok(self.read(path).is_ok()) }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, String> {
        let prefix = if folder == "." { String::new() } else { format!("{folder}/") };
        let names = FILES.iter().filter_map(|(name, _)| name.strip_prefix(prefix.as_str()));
        Ok(names.map(str::to_owned).collect())
    }

    fn leads_out(&self, _path: &str, _folders: &[&str]) -> Option<String> {
        None
    }

    fn folder(&self) -> Result<String, String> {
        Ok("/work".into())
    }

    fn home(&self) -> Result<String, String> {
        Ok("/home/user".into())
    }
}

/// The value of an expression, or what is wrong with it. `local.unknown` and others are known.
fn evaluate(text: &str, applying: bool) -> Result<Val, String> {
    let (configuration, _) = crate::parse(Vec::new());
    let configuration = configuration.unwrap();
    let computed = BTreeMap::new();
    let inputs = Inputs {
        timestamp: "2026-01-02T03:04:05Z".into(),
        applying: applying
            .then(|| Applying { timestamp: "2026-01-02T04:00:00.5Z".into(), seed: [7; 32] }),
        ..Inputs::new(&computed, &Folder)
    };
    let mut world = World::new(&configuration, &inputs);
    let unknown = Val::unknown(Ty::String);
    for (name, value) in [
        ("unknown", unknown.clone()),
        ("unknowns", Val::list(vec![unknown], Ty::String)),
        ("secret", Val::string("s3cret").mark(true)),
        ("tpl", Val::string("hello ${name}%{ if upper }!%{ endif }")),
        ("w", Val::string("${x}")),
        ("loop", Val::string("%{ for x in xs }[${x}]%{ endfor }")),
        ("bomb", Val::string("%{ for x in range(1000) }${format(\"%01000000d\", 0)}%{ endfor }")),
    ] {
        let made = Made { value, uses: Vec::new() };
        world.room_mut(ROOT_ROOM).locals.insert(name.into(), made);
    }
    let expr = crate::syntax::expression(text)?;
    let mut evaluator = Evaluator::new(&world, ROOT_ROOM);
    evaluator.value(&expr).map_err(|_| {
        let found = evaluator.diagnostics.0.first();
        found.map_or_else(|| "no value".into(), |found| found.summary.clone())
    })
}

fn type_text(ty: &Ty) -> String {
    match ty {
        Ty::Any => "dynamic".into(),
        Ty::List(of) => format!("list({})", type_text(of)),
        Ty::Set(of) => format!("set({})", type_text(of)),
        Ty::Map(of) => format!("map({})", type_text(of)),
        Ty::Tuple(items) => {
            let items: Vec<String> = items.iter().map(type_text).collect();
            format!("tuple([{}])", items.join(", "))
        }
        Ty::Object(fields) => {
            let field = |(name, field): (_, &crate::value::Field)| {
                format!("{name}: {}", type_text(&field.ty))
            };
            let fields: Vec<String> = fields.iter().map(field).collect();
            format!("object({{{}}})", fields.join(", "))
        }
        other => other.text(),
    }
}

/// A value as the table tells it: JSON and the type, `sensitive` and `unknown` in front.
fn told(value: &Val) -> String {
    let (plain, marked) = value.unmark_deep();
    let mark = if marked.sensitive { "sensitive " } else { "" };
    let shown = if plain.has_unknown() { "unknown".into() } else { json(&plain).unwrap() };
    format!("{mark}{shown} {}", type_text(&plain.ty()))
}

#[test]
fn every_case_of_the_table() {
    let mut wrong = Vec::new();
    let mut called = BTreeSet::new();
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (text, expected) = line.split_once(" ==> ").expect(line);
        called.extend(names().filter(|name| text.contains(&format!("{name}("))));
        let found = match evaluate(text, false) {
            Ok(value) => told(&value),
            Err(message) => format!("error: {message}"),
        };
        if found != expected {
            wrong.push(format!("{text}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    let missing: Vec<&str> = names().filter(|name| !called.contains(name)).collect();
    assert!(missing.is_empty(), "without a case: {missing:?}");
}

/// The value of an example, as the reference tells it.
fn shown(value: &Val) -> String {
    let (plain, marked) = value.unmark_deep();
    let mark = if marked.sensitive { "sensitive " } else { "" };
    let value = if plain.has_unknown() { "unknown".into() } else { json(&plain).unwrap() };
    format!("{mark}{value}")
}

#[test]
fn the_reference_has_every_function_with_an_example() {
    let mut told = BTreeSet::new();
    for row in REFERENCE.lines().filter(|row| row.contains("` → `")) {
        let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
        let [signature, _, example] = cells[..] else { panic!("not three cells: {row}") };
        let (text, expected) = example.split_once("` → `").expect(row);
        let text = text.trim_start_matches('`');
        let found = evaluate(text, false).unwrap_or_else(|message| panic!("{text}: {message}"));
        assert_eq!(format!("{}`", shown(&found)), expected, "{text}");
        let (name, _) = signature.trim_matches('`').split_once('(').expect(row);
        assert!(text.contains(&format!("{name}(")), "the example of another function: {row}");
        assert!(find(name).is_some(), "no function `{name}`");
        assert!(told.insert(name), "`{name}` stands twice");
    }
    let missing: Vec<&str> = names().filter(|name| !told.contains(name)).collect();
    assert!(missing.is_empty(), "not in the reference: {missing:?}");
}

#[test]
fn what_is_drawn_is_known_while_applying_and_stays() {
    let text = |expression: &str| match evaluate(expression, true) {
        Ok(Val::String(text)) => text.to_string(),
        other => panic!("{expression}: {other:?}"),
    };
    assert_eq!(text("timestamp()"), "2026-01-02T04:00:00Z");
    assert_eq!(text("plantimestamp()"), "2026-01-02T03:04:05Z");
    let id = text("uuid()");
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 4);
    assert_eq!(text("uuid()"), id, "the same call in the same run");
    let two = text("join(\" \", [uuid(), uuid()])");
    let (first, second) = two.split_once(' ').unwrap();
    assert_ne!(first, second);
    let hash = text("bcrypt(\"hunter2\", 4)");
    assert!(hash.starts_with("$2a$04$"), "{hash}");
    assert!(bcrypt::verify("hunter2", &hash).unwrap());
}

#[test]
fn rsa_keys_decrypt_in_both_formats() {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let public = Pkcs1PublicEncryptingKey::new(key.public_key()).unwrap();
    let mut cipher = vec![0; public.ciphertext_size()];
    let cipher = public.encrypt(b"s3cret", &mut cipher).unwrap();
    let pkcs8 = key.as_der().unwrap();
    // A key of PKCS#1 is what stands in the envelope of PKCS#8, after 26 bytes for this size.
    let (_, pkcs1) = pkcs8.as_ref().split_at(26);
    for (label, der) in [("PRIVATE KEY", pkcs8.as_ref()), ("RSA PRIVATE KEY", pkcs1)] {
        let body = super::encoding::base64(der);
        let pem = format!("-----BEGIN {label}-----\\n{body}\\n-----END {label}-----\\n");
        let cipher = super::encoding::base64(cipher);
        let found = evaluate(&format!("rsadecrypt(\"{cipher}\", \"{pem}\")"), false);
        assert_eq!(found, Ok(Val::string("s3cret")), "{label}");
        let other = format!("rsadecrypt(\"{}\", \"{pem}\")", super::encoding::base64(&[1; 256]));
        assert!(evaluate(&other, false).is_err());
    }
}

#[test]
fn faults_do_not_tell_sensitive_values() {
    for text in [
        "jsondecode(sensitive(\"hunter2\"))",
        "parseint(sensitive(\"hunter2\"), 10)",
        "file(sensitive(\"hunter2\"))",
        "formatdate(\"YYYY\", sensitive(\"hunter2\"))",
        "tonumber(sensitive(\"hunter2\"))",
        "templatefile(sensitive(\"hunter2\"), {})",
        "templatefile(\"missing.tpl\", { hunter2 = sensitive(1) })",
        "lookup({}, sensitive(\"hunter2\"))",
        "regex(sensitive(\"hunter2\"), \"\")",
    ] {
        let message = evaluate(text, false).expect_err(text);
        assert!(!message.contains("hunter2"), "{message}");
    }
}
