//! Expressions and what they are, as Terraform 1.11 has them.

mod common;

use common::{evaluate, expression};

/// Each expression with the value that it has, as [`podform_model::Value`] shows it.
fn check(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = expression(text);
        if found != *expected {
            wrong.push(format!("{text}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("2 - 3 - 4", "-5"),
        ("10 / 4", "2.5"),
        ("1 / 3 * 3", "1"),
        ("0.1 + 0.2", "0.3"),
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("5 % 0", "5"),
        ("5.5 % 0", "5.5"),
        ("18446744073709551615 + 1", "18446744073709551616"),
        ("18446744073709551616", "18446744073709551616"),
        ("9223372036854775807 * 3", "27670116110564327421"),
        ("100000000000000000000000000001", "100000000000000000000000000001"),
        ("1e-7", "0.0000001"),
        ("1.0 == 1", "true"),
        ("-5", "-5"),
        ("- 5", "-5"),
        ("\"5\" + 1", "6"),
        ("\"5\" * \"2\"", "10"),
        ("-\"5\"", "-5"),
        ("\"5\" > 3", "true"),
        ("\"${1e21}x\"", "\"1000000000000000000000x\""),
        ("\"${1.50}\"", "1.5"),
        ("1 < 2", "true"),
        ("2 <= 2", "true"),
        ("2 >= 3", "false"),
        ("1 / 0", "! division by zero"),
        ("0 / 0", "! division by zero"),
        ("\"a\" + 1", "! expected a number, found the text \"a\""),
        ("null + 1", "! a number must not be null"),
        ("[] + 1", "! expected a number, found a list"),
    ]);
}

#[test]
fn logic_and_equality() {
    check(&[
        ("true && false", "false"),
        ("true || false", "true"),
        ("!true", "false"),
        ("!\"true\"", "false"),
        ("\"true\" ? 1 : 2", "1"),
        ("1 == 1", "true"),
        ("1 == \"1\"", "false"),
        ("\"a\" != \"b\"", "true"),
        ("null == null", "true"),
        ("[1] == [1]", "true"),
        ("[1] == tolist([1])", "false"),
        ("{ a = 1 } == { a = 1 }", "true"),
        ("{ a = 1 } == { a = 2 }", "false"),
        ("false && var.nothing.x", "false"),
        ("true || var.nothing.x", "true"),
        ("1 && true", "! a condition must be true or false: expected a bool, found a number"),
        ("null ? 1 : 2", "! a condition must not be null"),
    ]);
}

#[test]
fn conditionals_have_one_type() {
    check(&[
        ("true ? [1] : [\"a\"]", "[\"1\"]"),
        ("true ? 1 : \"a\"", "\"1\""),
        ("true ? [1] : [1, 2]", "[1]"),
        ("false ? { a = 1, b = \"x\" } : { a = 2 }", "{\"a\": \"2\"}"),
        ("true ? { a = 1 } : {}", "{\"a\": 1}"),
        ("true ? null : [1]", "null"),
        ("true ? [1, \"a\"] : [2, \"b\"]", "[1, \"a\"]"),
        ("true ? { a = 1 } : null", "{\"a\": 1}"),
        ("true ? [] : [1]", "[]"),
        ("true ? 1 : true", "! both results of a conditional must have one type"),
        ("true ? [1] : \"a\"", "! both results of a conditional must have one type"),
        ("true ? { a = 1, b = [1] } : {}", "! both results of a conditional must have one type"),
        ("false ? tonumber(\"x\") : 2", "2"),
    ]);
}

#[test]
fn templates() {
    check(&[
        ("\"a ${1 + 1} b\"", "\"a 2 b\""),
        ("\"${true}\"", "true"),
        ("\"${[1]}\"", "[1]"),
        ("\"${\"${\"x\"}\"}y\"", "\"xy\""),
        ("\"$${a} %%{b}\"", "\"${a} %{b}\""),
        ("\"a\\tb\\n\\\"\\u00e9\"", "\"a\\tb\\n\\\"é\""),
        ("\"%{ if true }yes%{ else }no%{ endif }\"", "\"yes\""),
        ("\"%{ if false }a%{ endif }\"", "\"\""),
        ("\"%{ for x in [\"a\", \"b\"] }${x},%{ endfor }\"", "\"a,b,\""),
        ("\"%{ for k, v in { a = 1 } }${k}=${v}%{ endfor }\"", "\"a=1\""),
        ("\"a ${~ 2 ~} b\"", "\"a2b\""),
        ("\"x${null}\"", "! null cannot be put into text"),
        ("\"x${[1]}\"", "! a list cannot be put into text"),
        ("\"x${{ a = 1 }}\"", "! an object cannot be put into text"),
        // Normal form C: a letter and its tilde are one.
        ("\"n\\u0303\" == \"ñ\"", "true"),
        ("length(\"n\\u0303\")", "1"),
    ]);
}

#[test]
fn heredocs() {
    let heredoc = |text: &str| expression(text);
    assert_eq!(heredoc("<<EOT\na\n  b\nEOT\n"), "\"a\\n  b\\n\"");
    assert_eq!(heredoc("<<-EOT\n    a\n      b\n\n    c\n    EOT\n"), "\"a\\n  b\\n\\nc\\n\"");
    assert_eq!(
        heredoc(
            "<<-EOT\n      a\n    %{ for x in [\"a\", \"b\"] }\n      - ${x}\n    %{ endfor }\n      z\n    EOT\n"
        ),
        "\"  a\\n\\n  - a\\n\\n  - b\\n\\n  z\\n\""
    );
    assert_eq!(heredoc("<<-EOT\n    ${2} x\n      y\n    EOT\n"), "\"2 x\\n  y\\n\"");
    assert_eq!(heredoc("<<-EOT\n      y\n${2} x\n    EOT\n"), "\"      y\\n2 x\\n\"");
    assert_eq!(
        heredoc(
            "<<EOT\n    %{ for x in [\"a\", \"b\"] ~}\n    ${x}\n    %{ endfor ~}\n    end\n  EOT\n"
        ),
        "\"        a\\n        b\\n        end\\n\""
    );
    assert_eq!(
        heredoc("<<EOT\na\n   %{~ if true }\n   b\n   %{~ endif }\n   c\nEOT\n"),
        "\"a\\n\\n   b\\n\\n   c\\n\""
    );
    assert_eq!(heredoc("<<-EOT\n    x${~ \"y\" ~}\n    z\n    EOT\n"), "\"xy    z\\n\"");
    assert_eq!(heredoc("<<-EOT\n    a\n  \n    b\n    EOT\n"), "\"a\\n  \\nb\\n\"");
    assert_eq!(heredoc("<<-EOT\n    a\n\tb\n    EOT\n"), "\"   a\\nb\\n\"");
    assert_eq!(heredoc("<<EOT\n$${a} %%{b} \\n\nEOT\n"), "\"${a} %{b} \\\\n\\n\"");
    assert_eq!(heredoc("<<-EOT\r\n    a\r\n    b\r\n    EOT\r\n"), "\"a\\r\\nb\\r\\n\"");
    assert_eq!(heredoc("<<EOT\r\na\r\nEOT\r\n"), "\"a\\r\\n\"");
    assert_eq!(heredoc("<<EOT\nEOT\n"), "\"\"");
}

#[test]
fn for_expressions_and_splats() {
    check(&[
        ("[for x in [1, 2, 3] : x * 2 if x > 1]", "[4, 6]"),
        ("[for i, v in [\"a\", \"b\"] : \"${i}${v}\"]", "[\"0a\", \"1b\"]"),
        ("[for k, v in { b = 1, a = 2 } : \"${k}${v}\"]", "[\"a2\", \"b1\"]"),
        ("{ for k, v in { a = 1, b = 2 } : v => k }", "{\"1\": \"a\", \"2\": \"b\"}"),
        (
            "{ for s in [\"a\", \"b\", \"a\"] : s => s... }",
            "{\"a\": [\"a\", \"a\"], \"b\": [\"b\"]}",
        ),
        ("[for s in toset([\"b\", \"a\"]) : s]", "[\"a\", \"b\"]"),
        ("[for var in [{ x = 1 }] : var.x]", "[1]"),
        ("[for x in [[1, 2], [3]] : [for y in x : y + 1]]", "[[2, 3], [4]]"),
        ("{ for s in [\"a\", \"a\"] : s => s }", "! two items of the `for` have the key \"a\""),
        (
            "[for s in \"abc\" : s]",
            "! a `for` goes through a list, set, map or object, not a string",
        ),
        ("[for s in null : s]", "! a `for` cannot go through null"),
        ("[\"a\", \"b\"][*]", "[\"a\", \"b\"]"),
        ("[{ a = 1 }, { a = 2 }][*].a", "[1, 2]"),
        ("[{ a = 1 }, { a = 2 }].*.a", "[1, 2]"),
        ("[{ a = [{ b = 1 }] }][*].a[0].b", "[1]"),
        ("[{ a = [1, 2] }].*.a[0]", "[1, 2]"),
        ("null[*]", "[]"),
        ("\"x\"[*]", "[\"x\"]"),
        ("{ a = 1 }[\"a\"]", "1"),
        ("{ a = { b = [5] } }.a.b[0]", "5"),
        ("[1, 2][\"1\"]", "2"),
        ("[1, 2].1", "2"),
        ("[1, 2][2]", "! `[1, 2]` has no item 2: its items are 0 to 1"),
        ("[][0]", "! `[]` is empty, so it has no item 0"),
        ("[1][-1]", "! the index -1 is not a whole number from 0"),
        ("{ a = 1 }.b", "! `{ a = 1 }` has no attribute `b`"),
        ("\"x\".y", "! `\"x\"` is a string, so it has no attribute `y`"),
        (
            "toset([1])[0]",
            "! `toset([1])` is a set, so it has no index (make a list of a set with `tolist`)",
        ),
    ]);
}

#[test]
fn objects() {
    check(&[
        ("{ a = 1, \"b c\" = 2, (\"d\") = 3 }", "{\"a\": 1, \"b c\": 2, \"d\": 3}"),
        ("{ a : 1 }", "{\"a\": 1}"),
        ("{ 1 = \"x\" }", "{\"1\": \"x\"}"),
        ("{ true = 1 }", "{\"true\": 1}"),
        ("{ b = 1, a = 2 }", "{\"a\": 2, \"b\": 1}"),
        ("{ (\"a\") = 1, (lower(\"A\")) = 2 }", "{\"a\": 2}"),
        ("{ (null) = 1 }", "! a key must not be null"),
        ("{ ([1]) = 1 }", "! a key must be a string, found a list"),
    ]);
}

#[test]
fn functions_of_text() {
    check(&[
        ("chomp(\"a\\n\\n\")", "\"a\""),
        ("endswith(\"abc\", \"bc\")", "true"),
        ("startswith(\"abc\", \"ab\")", "true"),
        ("strcontains(\"hello\", \"ell\")", "true"),
        ("indent(2, \"a\\nb\")", "\"a\\n  b\""),
        ("join(\"-\", [\"a\", 1, true])", "\"a-1-true\""),
        ("join(\",\", [\"a\"], [\"b\"])", "\"a,b\""),
        ("lower(\"ÄB\")", "\"äb\""),
        ("upper(\"äb\")", "\"ÄB\""),
        ("title(\"hello wORLD foo-bar\")", "\"Hello WORLD Foo-Bar\""),
        ("regex(\"[a-z]+\", \"123abc\")", "\"abc\""),
        ("regex(\"(\\\\d+)-(\\\\d+)\", \"1-2\")", "[\"1\", \"2\"]"),
        ("regex(\"(?P<a>\\\\d+)-(?P<b>\\\\d+)\", \"1-2\")", "{\"a\": \"1\", \"b\": \"2\"}"),
        ("regex(\"x\", \"a\")", "! `regex`: the regular expression matches no part of the text"),
        ("regexall(\"[a-z]\", \"a1b\")", "[\"a\", \"b\"]"),
        ("replace(\"1 + 2\", \"+\", \"-\")", "\"1 - 2\""),
        ("replace(\"hello world\", \"/w.*d/\", \"x\")", "\"hello x\""),
        ("replace(\"abc\", \"/(b)/\", \"[$1]\")", "\"a[b]c\""),
        ("split(\",\", \"a,b,\")", "[\"a\", \"b\", \"\"]"),
        ("split(\"\", \"abc\")", "[\"a\", \"b\", \"c\"]"),
        ("split(\",\", \"\")", "[\"\"]"),
        ("strrev(\"añ\")", "\"ña\""),
        ("substr(\"hello\", 1, 3)", "\"ell\""),
        ("substr(\"hello\", -3, -1)", "\"llo\""),
        ("substr(\"hello\", 2, 100)", "\"llo\""),
        ("trim(\"?!hi?!\", \"!?\")", "\"hi\""),
        ("trimprefix(\"aab\", \"a\")", "\"ab\""),
        ("trimsuffix(\"baa\", \"a\")", "\"ba\""),
        ("trimspace(\"  a \\n\")", "\"a\""),
        ("length(\"añb\")", "3"),
        ("lower(5)", "\"5\""),
        ("lower(null)", "! `lower`: an argument must not be null"),
        ("lower([])", "! `lower`: expected a string, found a list"),
        ("lower()", "! `lower` takes 1 argument"),
        ("regex(\"(\", \"\")", "! `regex`: not a regular expression: unclosed group"),
    ]);
}

#[test]
fn functions_of_numbers() {
    check(&[
        ("abs(-1.5)", "1.5"),
        ("ceil(5.1)", "6"),
        ("floor(-5.1)", "-6"),
        ("log(100, 10)", "2"),
        ("log(8, 2)", "3"),
        ("max(1, \"5\", 3)", "5"),
        ("min([4, 2, 3]...)", "2"),
        ("parseint(\"FF\", 16)", "255"),
        ("parseint(\"zz\", 36)", "1295"),
        ("parseint(\"-101\", 2)", "-5"),
        ("parseint(\"9\", 8)", "! `parseint`: \"9\" is not a whole number in base 8"),
        ("pow(3, 2)", "9"),
        ("pow(2, -1)", "0.5"),
        ("pow(4, 0.5)", "2"),
        ("signum(-13)", "-1"),
        ("signum(0)", "0"),
        ("sum([1, 2.5])", "3.5"),
        ("sum([])", "! `sum`: an empty list has no sum"),
        ("min()", "! `min`: needs at least one number"),
        ("pow(10, 100000)", "! `pow`: the result is not a finite number"),
    ]);
}

#[test]
fn formats() {
    check(&[
        (
            "format(\"%5.2f|%-5s|%05d|%x|%q|%v|%t|%%\", 3.14159, \"ab\", 42, 255, \"hi\", [1, 2], true)",
            "\" 3.14|ab   |00042|ff|\\\"hi\\\"|[1,2]|true|%\"",
        ),
        ("format(\"%-8.3f|\", 3.14159)", "\"3.142   |\""),
        ("format(\"%08.3f\", 3.14159)", "\"0003.142\""),
        ("format(\"%+d % d\", 5, 5)", "\"+5  5\""),
        ("format(\"%e\", 12345.678)", "\"1.234568e+04\""),
        ("format(\"%g\", 12345678.9)", "\"1.23456789e+07\""),
        ("format(\"%#x %X %o %b\", 255, 255, 8, 5)", "\"0xff FF 10 101\""),
        ("format(\"%[2]s %[1]s\", \"a\", \"b\")", "\"b a\""),
        ("format(\"%5s|%.2s\", \"ab\", \"abcdef\")", "\"   ab|ab\""),
        ("format(\"%v\", 1.10)", "\"1.1\""),
        ("format(\"%s\", true)", "\"true\""),
        ("format(\"%#v\", \"x\")", "\"\\\"x\\\"\""),
        ("format(\"%s %s\", \"a\")", "! `format`: `%s` needs argument 2, but there are 1"),
        ("format(\"%s\", \"a\", \"b\")", "! `format`: too many arguments: the format uses 1"),
        ("format(\"%d\", 1.5)", "! `format`: `%d`: expected a whole number, found 1.5"),
        ("format(\"%s\", [1])", "! `format`: `%s`: expected a string, found a list"),
        (
            "format(\"%z\", 1)",
            "! `format`: `%z`: `z` is not a verb; they are `v s q t d b o x X e E f g G`",
        ),
        ("formatlist(\"%s-%d\", [\"a\", \"b\"], [1, 2])", "[\"a-1\", \"b-2\"]"),
        ("formatlist(\"%s/%s\", \"x\", [\"a\", \"b\"])", "[\"x/a\", \"x/b\"]"),
        ("formatlist(\"%s\", [])", "[]"),
    ]);
}

#[test]
fn functions_of_collections() {
    check(&[
        ("alltrue([true, \"true\"])", "true"),
        ("alltrue([])", "true"),
        ("anytrue([])", "false"),
        ("anytrue([false, true])", "true"),
        ("chunklist([1, 2, 3], 2)", "[[1, 2], [3]]"),
        ("coalesce(\"\", null, \"b\")", "\"b\""),
        ("coalesce(null, 1, \"a\")", "\"1\""),
        ("coalescelist([], [1])", "[1]"),
        ("compact([\"a\", \"\", null, \"b\"])", "[\"a\", \"b\"]"),
        ("concat([1], [\"a\"])", "[1, \"a\"]"),
        ("concat(tolist([1]), tolist([\"a\"]))", "[\"1\", \"a\"]"),
        ("contains([\"a\"], \"a\")", "true"),
        ("contains([1], 2)", "false"),
        ("distinct([1, \"1\", 1])", "[\"1\"]"),
        ("distinct([\"b\", \"a\", \"b\"])", "[\"b\", \"a\"]"),
        ("element([\"a\", \"b\"], 3)", "\"b\""),
        ("element([], 0)", "! `element`: an empty list has no element"),
        ("flatten([[1, [2]], 3, toset([\"x\"])])", "[1, 2, 3, \"x\"]"),
        ("index([\"a\", \"b\"], \"b\")", "1"),
        ("keys({ b = 1, a = 2 })", "[\"a\", \"b\"]"),
        ("values({ b = 1, a = 2 })", "[2, 1]"),
        ("length({ a = 1 })", "1"),
        ("length([1, 2])", "2"),
        ("lookup({ a = 1 }, \"b\", \"c\")", "\"c\""),
        (
            "lookup({ a = 1 }, \"b\")",
            "! `lookup`: the map has no element \"b\", and there is no default",
        ),
        ("matchkeys([\"a\", \"b\", \"c\"], [1, 2, 3], [1, 3])", "[\"a\", \"c\"]"),
        ("merge({ a = 1 }, { b = 2 }, null)", "{\"a\": 1, \"b\": 2}"),
        ("merge([{ a = 1 }, { b = \"x\" }]...)", "{\"a\": 1, \"b\": \"x\"}"),
        ("merge()", "{}"),
        ("one([])", "null"),
        ("one([1])", "1"),
        ("one([1, 2])", "! `one`: expected no item or one, found 2"),
        ("range(3)", "[0, 1, 2]"),
        ("range(1, 10, 3)", "[1, 4, 7]"),
        ("range(5, 0)", "[5, 4, 3, 2, 1]"),
        ("range(3, 0, -1)", "[3, 2, 1]"),
        ("reverse([1, 2, 3])", "[3, 2, 1]"),
        ("setproduct([\"a\", \"b\"], [1, 2])", "[[\"a\", 1], [\"a\", 2], [\"b\", 1], [\"b\", 2]]"),
        ("setunion([\"a\"], [\"b\", \"a\"])", "[\"a\", \"b\"]"),
        ("setintersection([\"a\", \"b\"], [\"b\"])", "[\"b\"]"),
        ("setsubtract([\"a\", \"b\"], [\"a\"])", "[\"b\"]"),
        ("slice([\"a\", \"b\", \"c\"], 1, 2)", "[\"b\"]"),
        ("slice([1], 0, 2)", "! `slice`: must be a whole number from 0 to 1"),
        ("sort([\"b\", \"a\", \"C\"])", "[\"C\", \"a\", \"b\"]"),
        (
            "transpose({ a = [\"x\", \"y\"], b = [\"y\"] })",
            "{\"x\": [\"a\"], \"y\": [\"a\", \"b\"]}",
        ),
        ("zipmap([\"a\", \"b\"], [1, 2])", "{\"a\": 1, \"b\": 2}"),
        ("tolist(toset([\"b\", \"a\"]))", "[\"a\", \"b\"]"),
        ("toset([1, \"a\"])", "[\"1\", \"a\"]"),
        ("tomap({ a = 1, b = \"x\" })", "{\"a\": \"1\", \"b\": \"x\"}"),
        ("tolist([1, true])", "! `tolist`: the items must be of one type, as a list or set needs"),
        ("tostring(1.50)", "\"1.5\""),
        ("tonumber(\"1e3\")", "1000"),
        ("tonumber(\"0x10\")", "! `tonumber`: expected a number, found the text \"0x10\""),
        ("tobool(\"1\")", "true"),
        ("tobool(\"yes\")", "! `tobool`: expected true or false, found the text \"yes\""),
        ("tostring(null)", "null"),
    ]);
}

#[test]
fn encodings_and_the_rest() {
    check(&[
        ("base64encode(\"hello\")", "\"aGVsbG8=\""),
        ("base64decode(\"aGVsbG8=\")", "\"hello\""),
        ("base64decode(\"YQ\")", "! `base64decode`: the text is not base64 with its padding"),
        (
            "jsonencode({ a = [1, null, true], b = \"<x>\" })",
            "\"{\\\"a\\\":[1,null,true],\\\"b\\\":\\\"\\\\u003cx\\\\u003e\\\"}\"",
        ),
        ("jsondecode(\"{\\\"a\\\":1.5e3}\").a", "1500"),
        ("jsondecode(\"[1, {}]\")", "[1, {}]"),
        ("urlencode(\"a b&c/d~\")", "\"a+b%26c%2Fd~\""),
        ("try(tonumber(\"x\"), \"f\")", "\"f\""),
        ("can(tonumber(\"x\"))", "false"),
        ("can(1)", "true"),
        ("try(var.nothing.a, 1)", "1"),
        ("try({}.a, {}.b)", "! no argument of `try` has a value"),
        ("plantimestamp()", "\"2026-01-01T00:00:00Z\""),
        ("timestamp()", "(known after apply)"),
        ("path.module", "\".\""),
        ("path.root", "\".\""),
        ("path.cwd", "\"/started/here\""),
        ("podform.workspace", "\"default\""),
        ("core::upper(\"a\")", "\"A\""),
        ("file(\"a.txt\")", "\"text of a.txt\""),
        ("file(\"missing\")", "! `file`: `missing` cannot be read: no such file"),
        ("fileexists(\"missing\")", "false"),
        ("file(\"binary\")", "! `file`: `binary` is not UTF-8 text; `filebase64` reads any file"),
        ("filebase64(\"binary\")", "\"/w==\""),
    ]);
}

#[test]
fn sensitive_values_are_marked_through() {
    check(&[
        ("issensitive(sensitive(1))", "true"),
        ("issensitive(nonsensitive(sensitive(1)))", "false"),
        ("issensitive(sensitive(1) + 1)", "true"),
        ("issensitive(\"a${sensitive(\"b\")}\")", "true"),
        ("issensitive([sensitive(1)])", "false"),
        ("issensitive([sensitive(1)][0])", "true"),
        ("issensitive(sensitive([1])[0])", "true"),
        ("issensitive(sensitive({ a = 1 }).a)", "true"),
        ("issensitive(sensitive(true) ? 1 : 2)", "true"),
        ("issensitive(length([sensitive(1)]))", "false"),
        ("issensitive(length(sensitive([1])))", "true"),
        ("issensitive(join(\",\", [sensitive(\"a\")]))", "true"),
        ("issensitive(merge({ a = sensitive(1) }, { b = 1 }).b)", "false"),
        ("issensitive(merge({ a = sensitive(1) }, { b = 1 }).a)", "true"),
        ("issensitive(1 == sensitive(1))", "true"),
        ("issensitive({ (sensitive(\"a\")) = 1 })", "true"),
        ("issensitive([for x in sensitive([1]) : x])", "true"),
        ("issensitive(jsonencode({ a = sensitive(1) }))", "true"),
        ("issensitive(sensitive(false) && true)", "true"),
        ("tonumber(sensitive(\"geheim\"))", "! `tonumber`: the arguments do not fit"),
    ]);
}

#[test]
fn sensitive_values_are_never_told() {
    for text in [
        "sensitive(\"geheim\") + 1",
        "sensitive(\"geheim\") ? 1 : 2",
        "{ a = 1 }[sensitive(\"geheim\")]",
        "[1][sensitive(\"geheim\")]",
        "parseint(sensitive(\"geheim\"), 10)",
        "regex(sensitive(\"geheim(\"), \"a\")",
        "file(sensitive(\"geheim\"))",
        "{ for k in [\"a\", \"b\"] : sensitive(\"geheim\") => k }",
        "{ for k in [\"geheim\", \"geheim\"] : sensitive(k) => 1 }[0]",
        "var.secret + 1",
        "\"${var.secret}\" + length(var.secret.x)",
        "format(\"%d\", var.secret)",
        "range(var.secret)",
        "jsondecode(var.secret)",
    ] {
        // The literal itself is the user's own text: only what podform says counts.
        let (_, found) = evaluate(&format!(
            "variable \"secret\" {{\n  default = \"geheim\"\n  sensitive = true\n}}\noutput \"x\" {{\n  value = {text}\n  sensitive = true\n}}"
        ));
        assert!(found.has_errors(), "{text}");
        for one in found.iter() {
            let said = format!("{} {:?} {:?}", one.summary, one.detail, one.help);
            assert!(!said.contains("geheim"), "{text}: {said}");
        }
    }
}
