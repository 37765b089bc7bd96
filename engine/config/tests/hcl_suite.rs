//! The themes of HCL's own specification suite, each with cases of ours: comments, attributes,
//! blocks, heredocs, operators, literals.

mod common;

use common::expression;
use podform_config::literals;

/// The blocks of a text with their attributes, or what is wrong and where.
fn read(text: &str) -> String {
    let (blocks, found) = literals::read("x.hcl", text, "x");
    if !found.is_empty() {
        let place = |at: u32| {
            let before = &text[..at as usize];
            let line = before.matches('\n').count() + 1;
            (line, before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1)
        };
        return found
            .iter()
            .map(|found| {
                let (line, column) = place(found.labels[0].start);
                format!("{line}:{column} {}", found.summary)
            })
            .collect::<Vec<_>>()
            .join("; ");
    }
    blocks
        .iter()
        .map(|block| {
            let attributes: Vec<String> = block
                .attributes
                .iter()
                .map(|(name, (value, _))| format!("{name}={value:?}"))
                .collect();
            format!("{} {:?} {}", block.kind, block.labels, attributes.join(" "))
        })
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn comments() {
    assert_eq!(read("# one\n#two\na {\n  # three\n}\n"), "a [] ");
    assert_eq!(read("// one\n//two\na { // three\n}\n"), "a [] ");
    assert_eq!(
        read("/* one\n * two */ a /* three */ { /**/ x = /* four */ 1\n}\n").split(' ').next(),
        Some("2:25")
    );
    assert_eq!(read("/* one\n * two */ a /* three */ { /**/ x = /* four */ 1 }\n"), "a [] x=1");
    assert_eq!(
        read("a {\n  x = 1 # one\n  y = 2 // two\n  z = 3 /* three */\n}"),
        "a [] x=1 y=2 z=3"
    );
    assert_eq!(read(""), "");
    assert_eq!(read("\n \t\n# only this"), "");
}

#[test]
fn attributes() {
    assert_eq!(
        read("a {\n  x = \"1\"\n  y-z = true\n  _w = null\n  é = 1\n}\n"),
        "a [] _w=null x=\"1\" y-z=true é=1"
    );
    assert_eq!(read("a {\n  x = \"1\", y = 2\n}\n"), "2:10 the line should end here");
    assert_eq!(read("a {\n  x = 1 y = 2\n}\n"), "2:9 the line should end here");
    assert_eq!(read("a {\n  \"x\" = 1\n}\n"), "2:3 a name is written without quotes here");
    assert_eq!(
        read("a {\n  1x = 1\n}\n"),
        "2:3 an argument `NAME = value`, a block or `}` is expected here"
    );
    assert_eq!(
        read("a {\n  x =\n    1\n}\n").split("; ").next(),
        Some("2:6 an expression is expected here")
    );
}

#[test]
fn blocks() {
    assert_eq!(read("a {\n}\n"), "a [] ");
    assert_eq!(read("a {}\n"), "a [] ");
    assert_eq!(read("a { x = 1 }\n"), "a [] x=1");
    assert_eq!(read("a \"b\" c \"d e\" {\n}"), r#"a ["b", "c", "d e"] "#);
    assert_eq!(read("a \"b\\\"c\" {}"), r#"a ["b\"c"] "#);
    assert_eq!(read("a \"${b}\" {}"), "1:3 a label cannot hold an expression");
    assert_eq!(read("a {\n"), "1:3 this `{` was never closed");
    assert_eq!(
        read("a { x = 1\n}\n"),
        "1:3 the content of a block of several lines begins on a new line"
    );
    assert_eq!(read("a { x = 1, y = 2 }\n"), "1:3 a block on one line holds at most one argument");
    assert_eq!(read("a { b {} }\n"), "1:3 a block on one line cannot hold another block");
    assert_eq!(read("a\n{\n}\n"), "1:2 the block's `{` is missing here");
    assert_eq!(read("a {\n} b {\n}\n"), "2:3 the line should end here");
    assert_eq!(read("a {\n}\na {\n}\n"), "a [] ; a [] ");
}

#[test]
fn heredocs() {
    let heredoc = |open: &str, text: &str| expression(&format!("{open}EOT\n{text}  EOT\n"));
    let (normal, flush) = ("<<", "<<-");
    for (open, text, value) in [
        (normal, "a\nb\n", "a\nb\n"),
        (normal, "  a\n   b\n", "  a\n   b\n"),
        (normal, "a\n\nb\n\n", "a\n\nb\n\n"),
        (normal, "no EOT\nEOT x\n", "no EOT\nEOT x\n"),
        (normal, "  ${\"x\"}\n", "  x\n"),
        (flush, "a\nb\n", "a\nb\n"),
        (flush, "  a\n   b\n", "a\n b\n"),
        (flush, "   a\n  b\n   c\n", " a\nb\n c\n"),
        (flush, "  a\n\n  b\n", "a\n\nb\n"),
        (flush, "  a\n    ${\"x\"}\n", "a\n  x\n"),
        (flush, "  a\n${\"  x\"}\n", "  a\n  x\n"),
        (flush, "\ta\n  b\n", "a\n b\n"),
        (flush, "\u{2003}\u{2003}a\n b\n", "\u{2003}a\nb\n"),
        (flush, "  %{ if true }\n  a\n  %{ endif }\n", "\na\n\n"),
    ] {
        assert_eq!(heredoc(open, text), format!("{value:?}"), "{open}{text}");
    }
    // The end of the line of the marker is not part of it: more may follow in brackets.
    assert_eq!(expression("[<<A\nx\nA\n, \"y\"]"), "[\"x\\n\", \"y\"]");
    assert_eq!(expression("upper(<<A\nx\nA\n)"), "\"X\\n\"");
}

#[test]
fn operators() {
    for (text, value) in [
        ("\"a\" == \"a\"", "true"),
        ("\"a\" != \"a\"", "false"),
        ("\"1\" == 1", "false"),
        ("\"true\" != true", "true"),
        ("[1 < 2, 2 < 1, 1 < 1]", "[true, false, false]"),
        ("[1 <= 2, 2 <= 1, 1 <= 1]", "[true, false, true]"),
        ("[1 > 2, 2 > 1, 1 > 1]", "[false, true, false]"),
        ("[1 >= 2, 2 >= 1, 1 >= 1]", "[false, true, true]"),
        (
            "2.71828182845904523536028747135266249775724709369995 + 1",
            "3.71828182845904523536028747135266249775724709369995",
        ),
        ("[2 - 3.5, 2 * 4.5, 1 / 10, 11 % 5, 11 % 5.1]", "[-1.5, 9, 0.1, 1, 0.8]"),
        (
            "[true && true, true && false, false || true, false || false]",
            "[true, false, true, false]",
        ),
        ("[!true, !false]", "[false, true]"),
        ("[true ? \"a\" : \"b\", false ? \"a\" : \"b\"]", "[\"a\", \"b\"]"),
    ] {
        assert_eq!(expression(text), value, "{text}");
    }
}

#[test]
fn literals_of_primitive_types() {
    for (text, value) in [
        ("5", "5"),
        ("3.20", "3.2"),
        (
            "1.41421356237309504880168872420969807856967187537694",
            "1.41421356237309504880168872420969807856967187537694",
        ),
        ("\"text\"", "\"text\""),
        ("\"Жи\"", "\"Жи\""),
        ("\"👩‍👧\"", "\"👩\\u{200d}👧\""),
        // A letter and a combining mark become one.
        ("\"man\u{303}ana\"", "\"mañana\""),
        ("[true, false, null]", "[true, false, null]"),
    ] {
        assert_eq!(expression(text), value, "{text}");
    }
}
