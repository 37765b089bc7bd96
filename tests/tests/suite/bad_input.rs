//! Wrong input of every kind: a diagnostic with its place, exit code 1, nothing changed.

use crate::support::{PROVIDER, apply, ids, prepared, sleeper};
use podform_tests::TestEnv;
use std::io::{Read, Write};
use std::net::TcpListener;

/// A configuration, the code and a text that its diagnostic must hold.
struct Case(&'static str, &'static str, &'static str);

const POD: &str = "container \"a\" {\n command = \"true\"\n resources {}\n}\n";

const CONFIGURATIONS: &[Case] = &[
    // Syntax.
    Case("pod \"web\" {", "config::syntax", "main.pf.hcl:1"),
    Case("pod \"web {\n}\n", "config::syntax", "main.pf.hcl:1"),
    Case("pod \"web\" {\n  id = \n}\n", "config::syntax", "main.pf.hcl:2"),
    Case("pod \"web\" {\n  id = \"/a\" instances = 1\n}\n", "config::syntax", "main.pf.hcl:2"),
    Case("locals {\n  a = [1, 2\n}\n", "config::syntax", "main.pf.hcl:2"),
    Case("locals {\n  a = \"${1 + }\"\n}\n", "config::syntax", "main.pf.hcl:2"),
    Case("locals {\n  a = <<EOT\nx\n}\n", "config::syntax", "main.pf.hcl:2"),
    Case("locals {\n  a = 1\n  a = 2\n}\n", "config::", "main.pf.hcl:3"),
    Case("}\n", "config::syntax", "main.pf.hcl:1"),
    Case(
        "pod \"web\" { container \"a\" { command = \"x\" resources {} } }\n",
        "config::syntax",
        "main.pf.hcl:1",
    ),
    // Blocks and attributes.
    Case("prod \"web\" {}\n", "config::unknown_block", "pod"),
    Case("pod {}\n", "config::labels", "main.pf.hcl:1"),
    Case("pod \"a\" \"b\" {}\n", "config::labels", "main.pf.hcl:1"),
    Case("pod \"web\" {\n  imstances = 2\n{POD}}\n", "config::unknown_attribute", "instances"),
    Case("pod \"web\" {\n  scaling = 2\n{POD}}\n", "config::unknown_attribute", "instances"),
    Case("pod \"web\" {}\n", "config::missing", "container"),
    Case("pod \"web\" {\n container \"a\" {\n command = \"x\"\n }\n}\n", "", "resources"),
    Case("pod \"web\" {\n{POD}}\npod \"web\" {\n{POD}}\n", "config::duplicate", "web"),
    Case("data \"app\" \"m\" {\n  id = \"/m\"\n}\n", "config::labels", "only `pod` can be read"),
    Case("data \"pod\" \"m\" {\n  id = \"/M\"\n}\n", "config::evaluation", "path element `M`"),
    Case("module \"m\" {\n  source = \"./m\"\n}\n", "config::module_source", "no folder `m`"),
    Case("podform {\n  required_version = \">= 99.0\"\n}\n", "config::required_version", "99.0"),
    Case("podform {\n  backend \"s3\" {}\n}\n", "config::unsupported", "s3"),
    Case(
        "podform {\n  backend \"local\" {\n    pth = \"x\"\n  }\n}\n",
        "config::unknown_attribute",
        "write `path = \"FILE\"`",
    ),
    // Types.
    Case(
        "pod \"web\" {\n  instances = \"many\"\n{POD}}\n",
        "config::invalid_value",
        "main.pf.hcl:2",
    ),
    Case("pod \"web\" {\n  instances = -1\n{POD}}\n", "config::invalid_value", "main.pf.hcl:2"),
    Case("pod \"web\" {\n  instances = 1.5\n{POD}}\n", "config::invalid_value", "main.pf.hcl:2"),
    Case("pod \"web\" {\n  id = \"Web\"\n{POD}}\n", "config::invalid_value", "main.pf.hcl:2"),
    Case("pod \"web\" {\n  labels = [\"a\"]\n{POD}}\n", "config::invalid_value", "main.pf.hcl:2"),
    Case(
        "pod \"web\" {\n  environment = { \"a-b\" = 1 }\n{POD}}\n",
        "config::invalid_value",
        "a-b",
    ),
    Case(
        "pod \"web\" {\n  kill_selection = \"RANDOM\"\n{POD}}\n",
        "config::invalid_value",
        "YOUNGEST_FIRST",
    ),
    Case(
        "pod \"web\" {\n  backoff {\n    initial = \"soon\"\n  }\n{POD}}\n",
        "config::invalid_value",
        "duration",
    ),
    Case(
        "pod \"web\" {\n container \"Web\" {\n command = \"x\"\n resources {}\n }\n}\n",
        "",
        "Web",
    ),
    Case(
        "pod \"web\" {\n container \"a\" {\n command = \"x\"\n resources {\n mem = \"1 parsec\"\n }\n }\n}\n",
        "config::invalid_value",
        "parsec",
    ),
    Case(
        "pod \"web\" {\n container \"a\" {\n command = \"x\"\n argv = [\"y\"]\n resources {}\n }\n}\n",
        "",
        "argv",
    ),
    // References.
    Case("pod \"web\" {\n  instances = var.replicas\n{POD}}\n", "config::undeclared", "replicas"),
    Case("pod \"web\" {\n  user = local.user\n{POD}}\n", "config::undeclared", "user"),
    Case("pod \"web\" {\n  user = pod.db.id\n{POD}}\n", "config::undeclared", "pod.db"),
    Case("pod \"web\" {\n  user = each.key\n{POD}}\n", "config::", "each"),
    Case("pod \"web\" {\n  environment = { A = secret.db }\n{POD}}\n", "", "db"),
    Case("pod \"web\" {\n  depends_on = [pod.nope]\n{POD}}\n", "config::undeclared", "nope"),
    Case("pod \"web\" {\n  user = uper(\"a\")\n{POD}}\n", "config::unknown_function", "upper"),
    Case("locals {\n  a = local.b\n  b = local.a\n}\n", "config::cycle", "local.a"),
    Case(
        "pod \"a\" {\n  user = pod.b.id\n{POD}}\npod \"b\" {\n  user = pod.a.id\n{POD}}\n",
        "cycle",
        "pod.a",
    ),
    Case("pod \"web\" {\n  provider = mesos.eu\n{POD}}\n", "config::", "mesos.eu"),
    Case("variable \"a\" {\n  type = strin\n}\n", "config::", "strin"),
    Case("variable \"a\" {\n  type = number\n  default = \"x\"\n}\n", "config::", "number"),
    Case(
        "variable \"a\" {\n  default = 1\n  validation {\n    condition = var.a > 2\n    error_message = \"More than two.\"\n  }\n}\n",
        "config::validation",
        "More than two.",
    ),
    // Evaluation.
    Case(
        "locals {\n  a = 1 / 0\n}\noutput \"o\" {\n  value = local.a\n}\n",
        "config::evaluation",
        "main.pf.hcl:2",
    ),
    Case("output \"o\" {\n  value = [1, 2][7]\n}\n", "config::evaluation", "main.pf.hcl:2"),
    Case("output \"o\" {\n  value = \"x${null}\"\n}\n", "config::evaluation", "main.pf.hcl:2"),
    Case("output \"o\" {\n  value = file(\"nope.txt\")\n}\n", "config::evaluation", "nope.txt"),
    // Rules of pods.
    Case("pod \"web\" {\n volume \"data\" {}\n{POD}}\n", "pod::rule", "data"),
    Case(
        "pod \"a\" {\n  id = \"/x\"\n{POD}}\npod \"b\" {\n  id = \"/x\"\n{POD}}\n",
        "config::duplicate_id",
        "/x",
    ),
    Case(
        "pod \"a\" {\n  id = \"/x\"\n{POD}}\npod \"b\" {\n  id = \"/x/y\"\n{POD}}\n",
        "config::duplicate_id",
        "/x/y",
    ),
    Case(
        "pod \"web\" {\n container \"a\" {\n command = \"x\"\n resources {}\n health_check {\n tcp {\n endpoint = \"nope\"\n }\n }\n }\n}\n",
        "pod::rule",
        "nope",
    ),
];

#[test]
fn wrong_configurations_are_refused_with_their_place() {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    let mut wrong = Vec::new();
    for Case(text, code, detail) in CONFIGURATIONS {
        let text = text.replace("{POD}", POD);
        env.write("main.pf.hcl", &text);
        env.write("provider.pf.hcl", "provider \"mesos\" {}\n");
        let output = env.run(&["validate", "-no-color"]);
        let said = format!("{}{}", output.stdout, output.stderr);
        let fits = output.code == Some(1)
            && said.contains(code)
            && said.contains(detail)
            && (said.contains("main.pf.hcl:") || *code == "config::missing")
            && !said.contains("panicked");
        if !fits {
            wrong.push(format!(
                "--- {text}\nwanted {code} and {detail}, got {:?}\n{said}",
                output.code
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CONFIGURATIONS.len(), wrong.join("\n"));
}

#[test]
fn files_that_are_no_text_are_refused() {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    std::fs::write(env.work().join("main.pf.hcl"), b"locals {\n a = \"\xff\xfe\"\n}\n").unwrap();
    let output = env.run(&["validate", "-no-color"]).expect_code(1);
    assert!(output.stderr.contains("config::encoding"), "{}", output.stderr);
    std::fs::write(env.work().join("main.pf.hcl"), b"\xef\xbb\xbflocals {\r\n  a = 1\r\n}\r\n")
        .unwrap();
    env.run(&["validate", "-no-color"]).expect_code(0);
}

#[test]
fn wrong_command_lines_are_refused() {
    let env = prepared(&sleeper("web", 1, ""));
    for args in [
        &["plan", "-nope"][..],
        &["nope"],
        &["plan", "-dev", "-target", "web"],
        &["plan", "-dev", "-target", "pod.wbe"],
        &["plan", "-dev", "-replace", "pod.web#x"],
        &["plan", "-destroy", "-refresh-only"],
        &["apply", "-dev", "nope.bin"],
        &["validate", "-var", "x"],
        &["validate", "-var", "undeclared=1"],
        &["validate", "-var-file", "nope.hcl"],
        &["plan", "-dev", "-lock-timeout", "soon"],
        &["-chdir=nope", "validate"],
        &["output", "nope"],
        &["convert", "nope.json"],
        &["force-unlock", "-force", "nope"],
    ] {
        let output = env.run(args);
        assert_eq!(output.code, Some(1), "{args:?}\n{}{}", output.stdout, output.stderr);
        assert!(!output.stderr.is_empty() && !output.stderr.contains("panicked"), "{args:?}");
    }
    let near = env.run(&["plan", "-dev", "-target", "pod.wbe"]).stderr;
    assert!(near.contains("pod.web"), "{near}");
}

#[test]
fn broken_states_and_journals_are_refused_and_left_alone() {
    let env = prepared(&sleeper("web", 1, ""));
    apply(&env);
    let whole = env.read("podform.state.json");
    let newer = whole.replacen("\"breaking\": 1", "\"breaking\": 9", 1);
    for text in ["", "{", "[]", "{\"format\": 1}", &whole[..whole.len() / 2], &newer] {
        env.write("podform.state.json", text);
        for args in [
            &["plan", "-dev"][..],
            &["apply", "-dev", "-auto-approve"],
            &["state", "list"],
            &["show"],
        ] {
            let output = env.run(args);
            let said = format!("{args:?} on {text:.60}\n{}{}", output.stdout, output.stderr);
            assert!(output.code == Some(1) && output.stderr.contains("state::"), "{said}");
        }
        assert_eq!(env.read("podform.state.json"), text, "nothing was changed");
    }
    env.write("podform.state.json", &whole);
    env.write("podform.state.journal", "this is no journal, and it is long enough to be one\n");
    let output = env.run(&["plan", "-dev"]).expect_code(1);
    assert!(output.stderr.contains("journal"), "{}", output.stderr);
    std::fs::remove_file(env.work().join("podform.state.journal")).unwrap();
    env.write("podform.state.key", "not a key");
    let output = env.run(&["plan", "-dev"]).expect_code(1);
    assert!(output.stderr.contains("state::key"), "{}", output.stderr);
    std::fs::remove_file(env.work().join("podform.state.key")).unwrap();
    assert_eq!(ids(&env, "pod.web").len(), 1);
}

#[test]
fn wrong_lock_files_are_refused_before_anything_is_loaded() {
    let env = prepared(&sleeper("web", 1, ""));
    let whole = env.read("podform.lock.hcl");
    let forged = whole.replacen("sha256:", "sha256:00", 1);
    for (text, code) in [
        ("", "plugin::not_locked"),
        ("provider {", "plugin::lock_file"),
        ("provider \"mesos\" {\n  version = 1\n}\n", "plugin::lock_file"),
        ("provider \"mesos\" {\n}\n", "plugin::lock_file"),
        (forged.as_str(), "plugin::"),
    ] {
        env.write("podform.lock.hcl", text);
        let output = env.run(&["plan", "-dev"]).expect_code(1);
        assert!(output.stderr.contains(code), "{text}\n{}", output.stderr);
    }
}

#[test]
fn wrong_secret_files_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let env = prepared(
        "pod \"web\" {\n secret \"db\" {\n source = \"/shop/db\"\n }\n environment = { A = secret.db }\n container \"a\" {\n command = \"exec sleep 60\"\n resources {}\n }\n}\n",
    );
    for text in [
        "secret \"/shop/db\" {",
        "secret \"/shop/db\" {\n  value = 1 + 1\n}\n",
        "secret {\n value = \"x\"\n}\n",
        "secret \"/shop/db\" {\n  value = var.x\n}\n",
        "nope \"/shop/db\" {}\n",
    ] {
        env.write("secrets.hcl", text);
        let output = env.run(&["plan", "-dev"]).expect_code(1);
        assert!(output.stderr.contains("secret::"), "{text}\n{}", output.stderr);
    }
    env.write("secrets.hcl", "secret \"/shop/db\" {\n  value = \"x\"\n}\n");
    let path = env.work().join("secrets.hcl");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let output = env.run(&["plan", "-dev"]).expect_code(1);
    assert!(output.stderr.contains("secret::file"), "{}", output.stderr);
    std::fs::remove_file(&path).unwrap();
    env.run(&["plan", "-dev"]).expect_code(1);
}

/// Answers every connection with these bytes, then closes it.
fn hostile(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = listener.local_addr().expect("a bound listener has an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(&answer);
            });
        }
    });
    format!("http://{address}")
}

#[test]
fn hostile_servers_are_errors() {
    let env = prepared(&sleeper("web", 1, ""));
    let ok = |body: &str| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        format!("{head}{body}").into_bytes()
    };
    let answers: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"garbage\r\n\r\n".to_vec(),
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops".to_vec(),
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_vec(),
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: //\r\nContent-Length: 0\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{".to_vec(),
        ok(""),
        ok("null"),
        ok("{\"type\":\"GET_STATE\"}"),
        ok("{\"type\":\"GET_STATE\",\"get_state\":{\"get_tasks\":{\"tasks\":[{}]}}}"),
        ok(&format!("{}1{}", "[".repeat(5000), "]".repeat(5000))),
        ok("<html>login</html>"),
    ];
    for answer in answers {
        let url = hostile(answer.clone());
        let provider = format!(
            "provider \"mesos\" {{\n  masters = [\"{url}\"]\n  request_timeout = \"3s\"\n  retries = 0\n}}\n"
        );
        env.write(
            "main.pf.hcl",
            &format!("{provider}{}", sleeper("web", 1, "timeouts {\n create = \"3s\"\n}")),
        );
        for args in [&["plan", "-no-color"][..], &["apply", "-auto-approve", "-no-color"]] {
            let output = env.run(args);
            let shown = String::from_utf8_lossy(&answer[..answer.len().min(80)]).into_owned();
            assert_eq!(output.code, Some(1), "{shown}\n{}{}", output.stdout, output.stderr);
            assert!(output.stderr.contains("provider::"), "{shown}\n{}", output.stderr);
            assert!(!output.stderr.contains("panicked"), "{shown}\n{}", output.stderr);
        }
    }
    env.write("main.pf.hcl", &format!("{PROVIDER}{}", sleeper("web", 1, "")));
    env.run(&["plan", "-dev"]).expect_code(0);
}
