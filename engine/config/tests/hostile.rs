//! Text made to hurt: deep, long, broken. Each gives a result or a finding, and soon.

mod common;

use common::{evaluate, expression};

/// Nesting that is just allowed, in each way to nest; evaluated on the stack of a test's thread.
#[test]
fn what_is_just_allowed_is_evaluated() {
    let deep = 190;
    let nested = |open: &str, inner: &str, close: &str| {
        expression(&format!("{}{inner}{}", open.repeat(deep), close.repeat(deep)))
    };
    assert_eq!(nested("(", "1", ")"), "1");
    assert_eq!(nested("-", "1", ""), "1");
    assert_eq!(nested("!", "true", ""), "true");
    assert_eq!(nested("upper(", "\"a\"", ")"), "\"A\"");
    assert_eq!(nested("true ? ", "1", " : 2"), "1");
    assert_eq!(nested("false ? 2 : ", "1", ""), "1");
    assert_eq!(nested("1 + (", "1", ")"), "191");
    assert!(nested("[", "1", "]").starts_with("[[["));
    assert!(nested("{ a = ", "1", " }").starts_with("{\"a\": {\"a\": "));
    assert!(nested("[for x in [1] : ", "x", "]").starts_with("[[["));
    let half = deep / 2 - 1;
    let quotes = format!("{}x{}", "\"a${".repeat(half), "}\"".repeat(half)).replace('x', "1");
    assert_eq!(expression(&quotes), format!("\"{}1\"", "a".repeat(half)));
    let ifs = format!("\"{}x{}\"", "%{if true}".repeat(deep), "%{endif}".repeat(deep));
    assert_eq!(expression(&ifs), "\"x\"");
}

#[test]
fn too_deep_is_said_once() {
    let deep = 10_000;
    let nested = |open: &str, inner: &str, close: &str| {
        expression(&format!("{}{inner}{}", open.repeat(deep), close.repeat(deep)))
    };
    let said = "! this is nested more than 200 levels deep";
    for (open, inner, close) in [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{ a = ", "1", " }"),
        ("-", "1", ""),
        ("!", "true", ""),
        ("f(", "1", ")"),
        ("\"${", "1", "}\""),
        ("[for x in [1] : ", "x", "]"),
        ("true ? ", "1", " : 2"),
        ("true ? 1 : ", "1", ""),
        ("a[", "1", "]"),
    ] {
        assert_eq!(nested(open, inner, close), said, "{open}");
        // Never closed: the same.
        assert!(nested(open, inner, "").starts_with("! "), "{open}");
    }
    let directives = format!("\"{}x{}\"", "%{if true}".repeat(deep), "%{endif}".repeat(deep));
    assert_eq!(expression(&directives), said);
    let (_, found) = evaluate(&format!("{}{}", "a {\n".repeat(deep), "}\n".repeat(deep)));
    assert_eq!(found.0[0].summary, said[2..]);
}

#[test]
fn long_is_not_deep() {
    let chain = |operand: &str, operator: &str| {
        expression(&format!("{operand}{}", format!(" {operator} {operand}").repeat(20_000)))
    };
    assert_eq!(chain("1", "+"), "20001");
    assert_eq!(chain("1", "*"), "1");
    assert_eq!(chain("true", "&&"), "true");
    assert_eq!(chain("false", "||"), "false");
    assert_eq!(
        expression(&format!("\"{}\"", "${1}".repeat(20_000))),
        format!("\"{}\"", "1".repeat(20_000))
    );
    let said = "! a reference may have at most 1000 steps, and 64 splats among them";
    assert_eq!(expression(&format!("null{}", "[*]".repeat(10_000))), said);
    assert_eq!(expression(&format!("var.nothing{}", ".b".repeat(100_000))), said);
    assert_eq!(expression(&format!("null{}", "[*]".repeat(60))), "[]");
}

#[test]
fn odd_bytes_have_their_place() {
    for (text, said) in [
        ("a\u{0}b", "`a` needs a value or a `{`"),
        ("x = 1\u{0}", "the line should end here"),
        ("x = \u{a0}1", "an expression is expected here"),
        ("x = \u{200b}1", "an expression is expected here"),
        ("x = \"${1 ~ }\"", "`}` is expected here"),
        ("x = 1\ry = 2\n", "the line should end here"),
    ] {
        let (_, found) = evaluate(text);
        assert!(found.iter().any(|found| found.summary.contains(said)), "{text:?}: {found:?}");
    }
    // A mark at the start is skipped, `\r\n` ends a line.
    let (desired, found) = evaluate("\u{feff}output \"x\" {\r\n  value = 1\r\n}\r\n");
    assert!(desired.is_some(), "{found:?}");
    // Within a text they are characters.
    assert_eq!(expression("length(\"a\u{0}\u{1b}\u{a0}\")"), "4");
}

#[test]
fn a_fault_in_each_of_many_lines_is_found_soon() {
    let many = "x = = 1\n".repeat(50_000);
    let (_, found) = evaluate(&many);
    assert_eq!(found.0.len(), 20);
    let nested = format!("a {{\n{}}}\n", "  b {\n    c = ]\n  }\n".repeat(20_000));
    let (_, found) = evaluate(&nested);
    assert!(!found.is_empty());
}

/// Each pod refers to a table of all pods: walking it for each of them would take minutes.
#[test]
fn a_table_of_all_pods_is_not_walked_for_each_of_them() {
    let rows: String = (0..3_000)
        .map(|at| format!("p{at} = {{ cpus = {}, tags = [\"a\", \"b{at}\"] }}\n", 1 + at % 3))
        .collect();
    let text = format!(
        "provider \"mesos\" {{}}\nlocals {{\n  table = {{\n{rows}}}\n}}\npod \"p\" {{\n  for_each = local.table\n  container \"c\" {{\n    \
         command = \"sleep 1\"\n    resources {{\n      cpus = local.table == null ? 1 : lookup(local.table, each.key, null).cpus\n      \
         mem = (true ? local.table : null)[each.key].cpus * 10\n    }}\n  }}\n}}\n"
    );
    let (desired, found) = evaluate(&text);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(desired.unwrap().pods.len(), 3_000);
}

#[test]
fn findings_are_bounded() {
    let found = |text: &str| evaluate(text).1.0;
    assert_eq!(found(&"a {}\n".repeat(5000)).len(), 1000);
    assert_eq!(found(&(0..5000).map(|at| format!("a{at} = 1\n")).collect::<String>()).len(), 1000);
    let locals: String = (0..5000).map(|at| format!("  a{at} = local.no{at}\n")).collect();
    assert_eq!(found(&format!("locals {{\n{locals}}}\n")).len(), 1000);
}

#[test]
fn a_large_text_is_given_up_at_its_first_fault() {
    let comment = format!("# {}\n", "c".repeat(2 * 1024 * 1024));
    for text in ["x = = 1\ny = = 2\n", "pod \"a\" { x = 1 y = 2 }\n1\n"] {
        assert_eq!(evaluate(text).1.0.len(), 2, "{text}");
        let (_, found) = evaluate(&format!("{text}\n{comment}"));
        assert_eq!(found.0.len(), 1, "{text}: {found:?}");
    }
}
