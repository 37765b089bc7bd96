//! The tools around a configuration: fmt, console, graph, explain, completion, docs.

use crate::support::{apply, prepared, sleeper};
use podform_tests::TestEnv;
use std::path::Path;
use std::process::Command;

fn env() -> TestEnv {
    TestEnv::new(env!("CARGO_BIN_EXE_podform-test"))
}

const UGLY: &str = "locals {\na=1\n  long = \"${local.a}\"\n}\n";
const TIDY: &str = "locals {\n  a    = 1\n  long = local.a\n}\n";

#[test]
fn fmt_writes_lists_and_checks() {
    let env = env();
    env.write("main.pf.hcl", UGLY);
    env.write("values.auto.pfvars.hcl", "a=1\n");
    env.write("other.hcl", "a=1\n");
    let checked = env.run(&["fmt", "-check", "-diff"]);
    assert_eq!(checked.code, Some(3), "{}", checked.stderr);
    let diff = "--- old/main.pf.hcl\n+++ new/main.pf.hcl\n@@ -1,4 +1,4 @@\n";
    assert!(checked.stdout.starts_with(&format!("main.pf.hcl\n{diff}")), "{}", checked.stdout);
    assert!(checked.stdout.contains("-a=1\n"), "{}", checked.stdout);
    assert_eq!(env.read("main.pf.hcl"), UGLY);

    let written = env.run(&["fmt"]);
    assert_eq!((written.code, &*written.stderr), (Some(0), ""));
    assert_eq!(written.stdout, "main.pf.hcl\nvalues.auto.pfvars.hcl\n");
    assert_eq!(env.read("main.pf.hcl"), TIDY);
    assert_eq!(env.read("values.auto.pfvars.hcl"), "a = 1\n");
    assert_eq!(env.read("other.hcl"), "a=1\n");

    let again = env.run(&["fmt", "-check"]);
    assert_eq!((again.code, &*again.stdout), (Some(0), ""));
}

#[test]
fn fmt_goes_into_folders_only_when_asked_and_reads_standard_input() {
    let env = env();
    std::fs::create_dir(env.work().join("inner")).unwrap();
    env.write("inner/main.pf.hcl", UGLY);
    assert_eq!(env.run(&["fmt", "-write=false"]).stdout, "");
    assert_eq!(env.run(&["fmt", "-recursive", "-write=false"]).stdout, "inner/main.pf.hcl\n");
    assert_eq!(env.run(&["fmt", "-list=false", "-write=false", "inner"]).stdout, TIDY);
    assert_eq!(env.read("inner/main.pf.hcl"), UGLY);
    let piped = env.run_with_input(&["fmt", "-"], UGLY);
    assert_eq!((piped.code, &*piped.stdout), (Some(0), TIDY));
    assert_eq!(env.run_with_input(&["fmt", "-check", "-"], UGLY).code, Some(3));
}

#[test]
fn fmt_leaves_a_broken_file_and_formats_the_others() {
    let env = env();
    env.write("a.pf.hcl", "a = [1\n");
    env.write("b.pf.hcl", UGLY);
    let output = env.run(&["fmt", "-no-color"]);
    assert_eq!((output.code, &*output.stdout), (Some(2), "b.pf.hcl\n"));
    assert!(output.stderr.contains("config::syntax"), "{}", output.stderr);
    assert!(output.stderr.contains("a.pf.hcl:1"), "{}", output.stderr);
    assert_eq!(env.read("a.pf.hcl"), "a = [1\n");
    assert_eq!(env.run(&["fmt", "gone.pf.hcl"]).code, Some(2));
    let other = env.run(&["fmt", "-no-color", "../work"]);
    assert_eq!(other.code, Some(2), "{}", other.stdout);
}

#[test]
fn console_answers_a_pipe_and_stops_at_a_fault() {
    let env = env();
    env.write("main.pf.hcl", "variable \"a\" {\n  default = [1, 2]\n}\nvariable \"b\" {}\n");
    let input = "length(var.a)\n[1,\n  2]\n\n# nothing\nvar.b\n<<EOT\nx\nEOT\ntype(var.a)\n";
    let output = env.run_with_input(&["console"], input);
    assert_eq!((output.code, &*output.stderr), (Some(0), ""));
    let expected = "2\n[\n  1,\n  2,\n]\n(known after apply)\n<<EOT\nx\n\nEOT\ntuple([\n    number,\n    number,\n])\n";
    assert_eq!(output.stdout, expected);

    let output = env.run_with_input(&["console", "-var", "b=5"], "var.b\nvar.nope\n1\n");
    assert_eq!((output.code, &*output.stdout), (Some(1), "\"5\"\n"));
    assert!(output.stderr.contains("config::undeclared"), "{}", output.stderr);
    assert!(output.stderr.contains("<console>:1"), "{}", output.stderr);

    let output = env.run_with_input(&["console"], "1\nexit\n2\n");
    assert_eq!((output.code, &*output.stdout), (Some(0), "1\n"));
}

#[test]
fn console_writes_json_lines_and_goes_on_after_a_fault() {
    let env = env();
    env.write(
        "main.pf.hcl",
        "variable \"s\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n",
    );
    let output =
        env.run_with_input(&["console", "-json"], "1e40 + 1\nvar.s\nvar.nope\n{ a = null }\n");
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let lines: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(
        lines[0],
        r#"{"value":10000000000000000000000000000000000000001,"type":"number","sensitive":false}"#
    );
    assert_eq!(lines[1], r#"{"value":null,"type":"string","sensitive":true}"#);
    let fault: serde_json::Value = serde_json::from_str(lines[2]).unwrap();
    assert_eq!(fault["error"]["code"], "config::undeclared");
    assert_eq!(fault["error"]["range"]["start"]["column"], 1);
    assert_eq!(lines[3], r#"{"value":{"a":null},"type":"object({ a = any })","sensitive":false}"#);
    assert!(!output.stdout.contains("hunter2"));
}

#[test]
fn console_and_completion_know_the_pods_of_the_state() {
    let env = prepared(&sleeper("web", 1, ""));
    apply(&env);
    let output = env.run_with_input(&["console"], "pod.web.id\nlength(pod.web.instance)\n");
    assert_eq!((output.code, &*output.stdout), (Some(0), "\"/web\"\n1\n"), "{}", output.stderr);
    assert_eq!(completed(&env, &["podform", "state", "show", "po"]), ["pod.web"]);
    assert_eq!(completed(&env, &["podform", "plan", "-target", "=", "po"]), ["pod.web"]);
    assert_eq!(completed(&env, &["podform", "logs", "pod.web/"]).len(), 1);
}

/// What bash offers for the last word, by the script that podform writes.
fn completed(env: &TestEnv, words: &[&str]) -> Vec<String> {
    let script = env.run(&["completion", "bash"]);
    assert_eq!(script.code, Some(0), "{}", script.stderr);
    let binary = env.command(&[]).get_program().to_os_string();
    let binary = Path::new(&binary).display().to_string();
    let quoted: Vec<String> = std::iter::once(&*binary)
        .chain(words.iter().skip(1).copied())
        .map(|word| format!("'{word}'"))
        .collect();
    let ask = format!(
        "{}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_podform\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        script.stdout,
        quoted.join(" "),
        words.len() - 1
    );
    let output = Command::new("bash")
        .args(["--norc", "-c", &ask])
        .current_dir(env.work())
        .output()
        .expect("the suite runs where bash is");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let env = env();
    assert_eq!(completed(&env, &["podform", "val"]), ["validate"]);
    assert_eq!(completed(&env, &["podform", "plan", "-detailed"]), ["-detailed-exitcode"]);
    assert_eq!(completed(&env, &["podform", "completion", "f"]), ["fish"]);
    assert!(completed(&env, &["podform", "nonsense", "x"]).is_empty());
    for shell in ["zsh", "fish"] {
        let script = env.run(&["completion", shell]);
        assert!(script.stdout.contains(&format!("__complete {shell}")), "{}", script.stdout);
    }
}

#[test]
fn graph_draws_pods_and_all_that_is_declared() {
    let env = env();
    let pods = "variable \"n\" {}\nlocals {\n  id = pod.db.id\n}\n";
    let web = sleeper("web", 1, "labels = { db = local.id, n = var.n }");
    env.write("main.pf.hcl", &format!("{pods}{}{web}", sleeper("db", 1, "")));
    let plan = env.run(&["graph"]);
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    let edges = |text: &str, arrow: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains(arrow)).map(|l| l.trim().to_owned()).collect()
    };
    assert_eq!(edges(&plan.stdout, "->"), [r#""pod.web" -> "pod.db";"#]);
    let all = env.run(&["graph", "-type=config"]).stdout;
    let expected =
        [r#""local.id" -> "pod.db";"#, r#""pod.web" -> "local.id";"#, r#""pod.web" -> "var.n";"#];
    assert_eq!(edges(&all, "->"), expected);
    let mermaid = env.run(&["graph", "-format=mermaid"]).stdout;
    assert_eq!(edges(&mermaid, "-->"), ["n1 --> n0"]);
}

#[test]
fn every_code_is_explained() {
    let env = env();
    let list = env.run(&["explain"]);
    assert_eq!(list.code, Some(0));
    assert!(list.stdout.lines().any(|line| line.starts_with("config::syntax ")));
    let page = env.run(&["explain", "config::undeclared"]);
    assert_eq!(page.code, Some(0));
    assert!(page.stdout.starts_with("config::undeclared: "), "{}", page.stdout);
    assert!(page.stdout.contains("```hcl right"), "{}", page.stdout);
    let slip = env.run(&["explain", "-no-color", "undeclared"]);
    assert_eq!(slip.code, Some(1));
    assert!(slip.stderr.contains("podform explain config::undeclared"), "{}", slip.stderr);
}

#[test]
fn the_reference_is_what_podform_writes() {
    let env = env();
    let output = env.run(&["docs"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/docs/reference.md");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = committed.lines().zip(output.stdout.lines()).find(|(old, new)| old != new);
    assert!(
        committed == output.stdout,
        "the reference is stale: run `podform docs > engine/docs/reference.md`; first: {differs:?}"
    );
}

#[test]
fn validate_writes_the_json_that_terraforms_users_know() {
    let env = env();
    env.write("main.pf.hcl", "output \"o\" {\n  value = var.nope\n}\n");
    let output = env.run(&["validate", "-json"]);
    assert_eq!(output.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(json["valid"], false);
    assert_eq!((&json["error_count"], &json["warning_count"]), (&1.into(), &0.into()));
    let found = &json["diagnostics"][0];
    assert_eq!(found["severity"], "error");
    assert_eq!(found["summary"], "`var.nope` is not declared");
    let range = serde_json::json!({
        "filename": "main.pf.hcl",
        "start": { "line": 2, "column": 11, "byte": 23 },
        "end": { "line": 2, "column": 19, "byte": 31 },
    });
    assert_eq!(found["range"], range);
    assert_eq!(found["snippet"]["code"], "  value = var.nope");
}
