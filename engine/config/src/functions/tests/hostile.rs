//! Arguments that ask for too much: each is refused before much time or memory is spent.

use super::evaluate;

/// What is wrong with an expression.
fn refused(text: &str) -> String {
    match evaluate(text, false) {
        Ok(_) => "it has a value".into(),
        Err(message) => message,
    }
}

#[test]
fn long_results_are_refused() {
    let too_long = "the result has more than 64 MiB";
    for (text, function) in [
        ("replace(t, \"0\", t)", "replace"),
        ("replace(t, \"/0/\", t)", "replace"),
        ("join(t, split(\"\", format(\"%0100d\", 0)))", "join"),
        ("indent(1000000, join(\"\\n\", split(\"\", format(\"%0100d\", 0))))", "indent"),
        ("indent(9000000000000000000, \"a\\nb\")", "indent"),
        (
            "format(join(\"\", [for i in range(100): \"%s\"]), [for i in range(100): t]...)",
            "format",
        ),
        ("formatlist(\"%1000000s\", range(100))", "formatlist"),
        ("jsonencode([for i in range(100): t])", "jsonencode"),
        ("yamlencode([for i in range(100): t])", "yamlencode"),
    ] {
        // `t` has a million characters.
        let found = refused(&format!("[for t in [format(\"%01000000d\", 0)]: {text}]"));
        assert_eq!(found, format!("`{function}`: {too_long}"), "{text}");
    }
}

#[test]
fn templates_that_grow_are_refused_while_they_grow() {
    let tenfold = |inner: &str| format!("%{{ for a in range(10) }}{inner}%{{ endfor }}");
    let literal = (0..5).fold("0123456789".repeat(100), |inner, _| tenfold(&inner));
    let million = "[for t in [format(\"%01000000d\", 0)]: ";
    for text in [
        format!("\"{literal}\""),
        format!(
            "{million}\"%{{ for a in range(1000) }}%{{ for b in range(1000) }}${{t}}%{{ endfor }}%{{ endfor }}\"]"
        ),
        format!("{million}\"{}\"]", "${t}".repeat(100)),
    ] {
        assert_eq!(refused(&text), "the text has more than 64 MiB", "{text}");
    }
    assert_eq!(
        refused("templatestring(local.bomb, {})"),
        "`templatestring`: the template, line 1, column 28: the text has more than 64 MiB"
    );
}

#[test]
fn long_lists_are_refused() {
    let items = "the result has more than 1000000 items";
    for (text, function) in [
        ("setproduct(range(1000), range(1000), range(1000))", "setproduct"),
        ("split(\"\", format(\"%01048576d\", 0))", "split"),
        ("[for t in [range(1024)]: concat([for i in range(1000): t]...)]", "concat"),
    ] {
        assert_eq!(refused(text), format!("`{function}`: {items}"), "{text}");
    }
    assert_eq!(refused("range(0, 1e9)"), "`range`: a range has at most 1024 numbers");
    assert_eq!(refused("range(0, 1, 1e-300)"), "`range`: a range has at most 1024 numbers");
}

#[test]
fn wide_fields_are_refused() {
    let most = "`format`: a width, precision or index is at most 1048576";
    for text in ["%1000000000d", "%.1000000000f", "%[1000000000]d", "%99999999999999999999d"] {
        assert_eq!(refused(&format!("format(\"{text}\", 1)")), most);
    }
}

#[test]
fn large_numbers_are_refused() {
    let digits = "a number must have at most 4096 digits";
    assert_eq!(refused("pow(10, 4096)"), format!("`pow`: {digits}"));
    let infinite = "`pow`: the result is not a finite number";
    assert_eq!(refused("pow(10, 1e9)"), infinite);
    assert_eq!(refused("pow(-8, 0.5)"), infinite);
    let long = "jsondecode(format(\"%s%s\", \"1e\", \"999999999\"))";
    assert!(refused(long).contains("a number of more than 4096 digits"), "{}", refused(long));
    assert!(refused("parseint(format(\"%05000d\", 1), 10)").contains("not a whole number"));
}

#[test]
fn patterns_are_linear_and_small() {
    let bomb = "regex(\"((a{0,100}){0,100}){0,100}\", \"a\")";
    assert!(refused(bomb).contains("not a regular expression"), "{}", refused(bomb));
    let text = "regex(\"(a*)*b\", format(\"%0100000d\", 0))";
    assert_eq!(refused(text), "`regex`: the regular expression matches no part of the text");
    let deep = "regex(join(\"\", [for i in range(1000): \"(\"]), \"\")";
    assert!(refused(deep).contains("not a regular expression"), "{}", refused(deep));
}

#[test]
fn deep_and_growing_data_are_refused() {
    let deep = "jsondecode(join(\"\", [for i in range(1000): \"[\"]))";
    assert!(refused(deep).contains("more than 256 levels"), "{}", refused(deep));
    let deep = "yamldecode(join(\"\", [for i in range(1000): \"[\"]))";
    assert!(refused(deep).contains("not YAML"), "{}", refused(deep));
    // Each line refers nine times to the one before.
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\\n".to_owned();
    for (name, before) in ["b", "c", "d", "e", "f", "g", "h", "i"].iter().zip("abcdefgh".chars()) {
        let many = vec![format!("*{before}"); 9].join(", ");
        bomb.push_str(&format!("{name}: &{name} [{many}]\\n"));
    }
    let found = refused(&format!("yamldecode(\"{bomb}\")"));
    assert!(found.contains("more than 1000000 values"), "{found}");
}

#[test]
fn slow_hashes_are_refused() {
    assert_eq!(refused("bcrypt(\"a\", 31)"), "`bcrypt`: the cost must be a whole number up to 14");
}

#[test]
fn many_networks_are_refused() {
    let many = "cidrsubnets(\"10.0.0.0/8\", [for i in range(1024): 9]...)";
    assert!(refused(many).contains("no room is left"), "{}", refused(many));
    assert!(refused("cidrsubnet(\"::/0\", 128, pow(2, 200))").contains("cannot hold"));
}

#[test]
fn templates_do_not_grow_without_end() {
    let nested = "templatefile(\"loop.tpl\", {})";
    assert!(
        refused(nested).contains("a template cannot render another one"),
        "{}",
        refused(nested)
    );
}
