//! The style by examples, and what holds for any text.

use super::*;
use crate::syntax::lex;
use proptest::prelude::*;

fn formatted(text: &str) -> String {
    let (formatted, diagnostics) = format(&SourceFile::new("a.pf.hcl", text));
    formatted.unwrap_or_else(|| panic!("{text:?}: {:?}", diagnostics.0))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(formatted(text), expected);
    assert_eq!(formatted(expected), expected, "formatted again");
}

#[test]
fn assignments_and_comments_of_neighbours_are_aligned() {
    check(
        "a=1 # one\nlong_name   =  2// two\n\nb = [\n1,# x\n22 # y\n]\nc={}\n",
        "a         = 1 # one\nlong_name = 2 // two\n\nb = [\n  1, # x\n  22 # y\n]\nc = {}\n",
    );
}

#[test]
fn a_value_of_several_lines_ends_a_run() {
    check(
        "a = 1\nobject = {\nx = 1\nlong = 2\n}\nbb = 2\n",
        "a = 1\nobject = {\n  x    = 1\n  long = 2\n}\nbb = 2\n",
    );
}

#[test]
fn wide_characters_count_as_one() {
    check("é = 1 # a\r\ne\u{301}e = 2 # b\r\n", "é  = 1 # a\r\ne\u{301}e = 2 # b\r\n");
}

#[test]
fn blocks_are_indented_by_their_brackets() {
    check(
        "pod web {\ncontainer \"c\"   {\n   argv=[\"a\" ,\n\"b\"]\n}\n}\nx {a=1}\ny { }\n",
        "pod \"web\" {\n  container \"c\" {\n    argv = [\"a\",\n    \"b\"]\n  }\n}\nx { a = 1 }\ny {}\n",
    );
    check("a = f([{\nb = 1\n}])\n", "a = f([{\n  b = 1\n}])\n");
}

#[test]
fn spaces_within_expressions() {
    let cases = [
        ("a=-  1+- 2--x", "a = -1 + -2 - -x"),
        ("a=!  b&&c||d==  -e", "a = !b && c || d == -e"),
        ("a=b?c:d", "a = b ? c : d"),
        ("a=f ( x ,y ... )", "a = f(x, y...)"),
        ("a=ns :: f(x)", "a = ns::f(x)"),
        ("a=b . c [ 0 ] . d[*] .e", "a = b.c[0].d[*].e"),
        ("a={b=1,c:2}", "a = { b = 1, c : 2 }"),
        ("a=[for x in[1]:x if x>0]", "a = [for x in [1] : x if x > 0]"),
        ("a={for k,v in m:k=>v...}", "a = { for k, v in m : k => v... }"),
        ("a=\"x${ b }y%{ if  c }z%{ endif }\"", "a = \"x${b}y%{if c}z%{endif}\""),
        ("a=\"${ {b=1}.b }x\"", "a = \"${ { b = 1 }.b}x\""),
        ("a=x.* .0 .1", "a = x.*.0 .1"),
        ("a=1 . 2 .b", "a = 1 .2.b"),
    ];
    for (text, expected) in cases {
        check(text, expected);
    }
}

#[test]
fn heredocs_are_left_alone() {
    check(
        "a = <<EOT\n  x   ${ y }\n\tz\n  EOT\nbb=f(<<-E\n  q\n  E\n,1)\n",
        "a = <<EOT\n  x   ${y}\n\tz\n  EOT\nbb = f(<<-E\n  q\n  E\n, 1)\n",
    );
}

#[test]
fn lone_interpolations_are_unwrapped() {
    let cases = [
        ("a = \"${ b.c }\" # d", "a = b.c # d"),
        ("a = /* x */ \"${b}\"", "a = /* x */ b"),
        ("a = \"${f(\"${b}\")}\"", "a = f(\"${b}\")"),
        ("a = \"${\"${b}\"}\"", "a = b"),
        ("a = \"${b}${c}\"", "a = \"${b}${c}\""),
        ("a = [\"${b}\"]", "a = [\"${b}\"]"),
        ("a = \"${\nb ? 1 :\n2\n}\"\n", "a = (b ? 1 :\n2)\n"),
        ("a = \"${b + # c\n1}\"\n", "a = (b + # c\n1)\n"),
        ("a = \"${(b) + # c\n(1)}\"\n", "a = ((b) + # c\n(1))\n"),
        ("a = \"${(b\n)}\"\n", "a = (b\n)\n"),
    ];
    for (text, expected) in cases {
        check(text, expected);
    }
}

#[test]
fn types_of_variables_are_written_out() {
    let cases = [
        ("list", "list(any)"),
        ("map", "map(any)"),
        ("set", "set(any)"),
        ("\"list\"", "list(string)"),
        ("\"map\"", "map(string)"),
        ("\"string\"", "string"),
        ("\"set\"", "\"set\""),
        ("number", "number"),
        ("object({a=list})", "object({ a = list })"),
    ];
    for (ty, expected) in cases {
        check(
            &std::format!("variable x {{\ntype={ty}\n}}\n"),
            &std::format!("variable \"x\" {{\n  type = {expected}\n}}\n"),
        );
    }
    check("pod \"x\" {\n  type = list\n}\n", "pod \"x\" {\n  type = list\n}\n");
}

#[test]
fn labels_keep_their_comments_and_escapes() {
    check("pod /* a */ web\"x\\ny\"{ # b\n}\n", "pod /* a */ \"web\" \"x\\ny\" { # b\n}\n");
}

#[test]
fn a_byte_order_mark_is_dropped_and_lines_keep_their_ends() {
    check("\u{feff}a=1\r\n\r\n  bb=2\r\n", "a = 1\r\n\r\nbb = 2\r\n");
    check("a=1", "a = 1");
    check("", "");
}

#[test]
fn a_broken_text_is_not_formatted() {
    // What refers to nothing is a finding too, but none that tells why the rest was not read.
    let many = "a = count\n".repeat(25) + "b = [1\n";
    for text in ["a = [1\nb = 2\n", "locals { a = count b }\n", &many] {
        let (formatted, diagnostics) = format(&SourceFile::new("a.pf.hcl", text));
        assert_eq!(formatted, None, "{text}");
        assert_eq!(diagnostics.0[0].code, code::SYNTAX);
    }
}

/// Expressions with spaces and newlines wherever they may stand.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["a", "in", "1.5e-3", "\"x$${y}\"", "\"\"", "b.0 .1", "é"]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
        let gap = prop::sample::select(vec!["", " ", "\t  "]);
        let gap2 = prop::sample::select(vec!["", " ", "\n", "# c\n", "/* d */", "\n\n"]);
        let operator =
            prop::sample::select(vec!["+", "-", "==", "=>x-", "&&", "%", "?1:", "=> - "]);
        let marks = prop::sample::select(vec!["-", "!", "- "]);
        prop_oneof![
            (inner.clone(), gap.clone(), operator, inner.clone())
                .prop_map(|(a, gap, op, b)| std::format!("{a}{gap}{op}{gap}{b}")),
            (marks, inner.clone()).prop_map(|(mark, a)| std::format!("{mark}({a})")),
            (inner.clone(), gap2.clone(), inner.clone())
                .prop_map(|(a, gap, b)| std::format!("[{gap}{a}{gap},{gap}{b}{gap}]")),
            (inner.clone(), gap.clone(), inner.clone())
                .prop_map(|(a, gap, b)| std::format!("{{{gap}k={gap}{a},l :{gap}{b}}}")),
            (inner.clone(), gap2.clone()).prop_map(|(a, gap)| std::format!("f({gap}{a}{gap}...)")),
            (inner.clone(), gap2.clone())
                .prop_map(|(a, gap)| std::format!("\"${{{gap}{a}{gap}}}\"")),
            (inner.clone(), gap.clone())
                .prop_map(|(a, gap)| std::format!("\"x${{~{gap}{a}}}%{{if {gap}b}}y%{{endif}}\"")),
            (inner, gap2).prop_map(|(a, gap)| std::format!("[for x in{gap}[{a}]:{gap}x]")),
        ]
    })
}

fn body() -> impl Strategy<Value = String> {
    let gap = prop::sample::select(vec!["", " ", "\t"]);
    let end = prop::sample::select(vec!["\n", "# c\n", "\n\n", "/* d\n e */\n", "// é\r\n"]);
    let value = prop_oneof![
        4 => expression(),
        1 => expression().prop_map(|e| std::format!("<<-E\n  t ${{ {e} }}\n  E\n#")),
    ];
    let attribute = (gap.clone(), value, end.clone())
        .prop_map(|(gap, value, end)| std::format!("{gap}NAME{gap}={gap}{value}{end}"));
    let items = prop::collection::vec(attribute, 0..4).prop_map(|items| items.concat());
    let block = (gap, items.clone(), end)
        .prop_map(|(gap, items, end)| std::format!("pod{gap} \"l\"{gap}x{{{end}{items}{gap}}}\n"));
    (items, block).prop_map(|(items, block)| {
        // Every attribute of a body has a name of its own.
        let text = items + &block;
        let mut parts = text.split("NAME");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.enumerate().fold(first, |out, (at, part)| {
            std::format!("{out}{}{at}{part}", "n".repeat(at % 3 + 1))
        })
    })
}

/// What a text consists of, but for spaces.
fn parts(text: &str) -> Vec<(lex::Kind, String)> {
    lex::lex(text).iter().map(|token| (token.kind, token.text(text).to_owned())).collect()
}

proptest! {
    #[test]
    fn only_spaces_change(text in body()) {
        let pieces: Vec<_> =
            clean::pieces(&text).into_iter().map(|piece| (piece.kind, piece.text.into_owned())).collect();
        prop_assert_eq!(parts(&styled(&text)), pieces);
    }

    #[test]
    fn formatting_again_changes_nothing(text in body()) {
        let once = styled(&text);
        prop_assert_eq!(styled(&once), once);
    }

    #[test]
    fn what_can_be_read_can_be_read_afterwards(text in body()) {
        if let (Some(text), _) = format(&SourceFile::new("a", text)) {
            let (again, found) = format(&SourceFile::new("a", text.as_str()));
            prop_assert_eq!(again.as_deref(), Some(&*text), "{:?}", found.0);
        }
    }

    #[test]
    fn the_tree_and_the_comments_stay(text in body()) {
        let file = SourceFile::new("a", text);
        if let (Some(formatted), _) = format(&file) {
            prop_assert_eq!(sketch(&SourceFile::new("a", formatted)), sketch(&file));
        }
    }

    #[test]
    fn any_text_is_taken(text in "[ \n\r\"${}%~<EOT#/*a=.\\[\\]()\\\\-]{0,40}") {
        let once = styled(&text);
        prop_assert!(once.len() <= 3 * text.len() + 200);
        let _ = format(&SourceFile::new("a", text));
    }
}
