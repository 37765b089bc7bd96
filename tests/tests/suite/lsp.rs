//! The language server, driven by a client over its standard input and output.

use podform_tests::TestEnv;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long an answer may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(120);

struct Client {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    /// What arrived while something else was waited for.
    kept: Vec<Value>,
    last: i64,
    env: TestEnv,
}

/// Passes on every message; the lengths in the headers must be right.
fn listen(stdout: ChildStdout) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut input = BufReader::new(stdout);
        loop {
            let mut header = String::new();
            if input.read_line(&mut header).unwrap_or_default() == 0 {
                return;
            }
            let length = header.trim_end().strip_prefix("Content-Length: ").expect("a header");
            let mut bytes = vec![0; length.parse::<usize>().expect("a length") + 2];
            input.read_exact(&mut bytes).expect("the whole message");
            assert!(bytes.starts_with(b"\r\n"));
            if sender.send(serde_json::from_slice(&bytes).expect("JSON")).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Client {
    /// A running server, not initialised.
    fn start() -> Self {
        Self::start_in(TestEnv::new(env!("CARGO_BIN_EXE_podform-test")), &["lsp"])
    }

    /// The same, of a folder that is prepared.
    fn start_in(env: TestEnv, args: &[&str]) -> Self {
        let mut command = env.command(args);
        let mut child =
            command.stdin(std::process::Stdio::piped()).spawn().expect("podform can be started");
        let messages = listen(child.stdout.take().expect("a pipe"));
        let stdin = child.stdin.take().expect("a pipe");
        Self { child, stdin, messages, kept: Vec::new(), last: 0, env }
    }

    /// The same, initialised.
    fn initialized() -> Self {
        Self::start().greeted()
    }

    /// Initialises it.
    fn greeted(self) -> Self {
        let mut client = self;
        let snippets = json!({ "completionItem": { "snippetSupport": true } });
        let capabilities = json!({ "textDocument": { "completion": snippets } });
        let result = client.ask("initialize", json!({ "capabilities": capabilities }));
        assert_eq!(result["capabilities"]["positionEncoding"], "utf-16");
        client.tell("initialized", json!({}));
        client
    }

    fn raw(&mut self, text: &str) {
        write!(self.stdin, "Content-Length: {}\r\n\r\n{text}", text.len())
            .expect("the server reads");
        self.stdin.flush().expect("the server reads");
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.raw(&json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string());
    }

    fn send(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        let id = self.last;
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.raw(&message.to_string());
        id
    }

    /// The next message that is wanted.
    #[track_caller]
    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&wanted) {
            return self.kept.remove(at);
        }
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("an answer in time");
            if wanted(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    #[track_caller]
    fn answer(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    #[track_caller]
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert_eq!(answer.get("error"), None, "{answer}");
        answer["result"].clone()
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}", self.env.work().join(name).display())
    }

    fn open(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        let document = json!({ "uri": uri, "languageId": "hcl", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces the whole text.
    fn replace(&mut self, name: &str, version: i64, text: &str) {
        self.change(name, version, json!({ "text": text }));
    }

    fn change(&mut self, name: &str, version: i64, change: Value) {
        let document = json!({ "uri": self.uri(name), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        self.tell("textDocument/didChange", params);
    }

    /// The findings in a version of an open document.
    #[track_caller]
    fn findings(&mut self, name: &str, version: i64) -> Vec<Value> {
        let uri = self.uri(name);
        let found = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"]["version"] == version
        });
        found["params"]["diagnostics"].as_array().expect("a list").clone()
    }

    fn at(&self, name: &str, line: u32, character: u32) -> Value {
        let position = json!({ "line": line, "character": character });
        json!({ "textDocument": { "uri": self.uri(name) }, "position": position })
    }

    /// The labels of the completions at a place.
    #[track_caller]
    fn completions(&mut self, name: &str, line: u32, character: u32) -> Vec<String> {
        let at = self.at(name, line, character);
        let items = self.ask("textDocument/completion", at);
        let items = items.as_array().expect("a list").iter();
        items.map(|item| item["label"].as_str().expect("a text").to_owned()).collect()
    }

    #[track_caller]
    fn hover(&mut self, name: &str, line: u32, character: u32) -> String {
        let at = self.at(name, line, character);
        let hover = self.ask("textDocument/hover", at);
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Ends the session as a client does; the exit code.
    fn end(mut self) -> Option<i32> {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.child.wait().expect("an end").code()
    }
}

fn range(line: u32, start: u32, end: u32) -> Value {
    json!({
        "start": { "line": line, "character": start },
        "end": { "line": line, "character": end },
    })
}

const VARIABLES: &str = r#"variable "replicas" {
  type        = number
  default     = 2
  description = "How many run."
}

variable "token" {
  sensitive = true
  default   = "swordfish"
}

provider "mesos" {
}
"#;

const POD: &str = r#"pod "web" {
  instances = var.replicas

  secret "db" {
    source = "/shop/db"
  }
  volume "data" {
  }

  container "main" {
    command     = "true"
    environment = { NAME = "é${var.replicas}", DB = secret.db }
    resources {
    }
    volume_mount "data" {
      path = "d"
    }
  }
}

output "id" {
  value = pod.web.id
}
"#;

#[test]
fn a_wrong_attribute_is_shown_where_it_stands_until_it_is_mended() {
    let mut client = Client::initialized();
    client.env.write("variables.pf.hcl", VARIABLES);
    // What the JSON spelling declares is declared.
    client.env.write("more.pf.json", "{ \"locals\": { \"user\": \"x\" } }\n");
    client.open("main.pf.hcl", &format!("{POD}\noutput \"user\" {{\n  value = local.user\n}}\n"));
    assert_eq!(client.findings("main.pf.hcl", 1), Vec::<Value>::new());
    // An edit as an editor sends it: `instances` becomes `imstances`.
    client.change("main.pf.hcl", 2, json!({ "range": range(1, 3, 4), "text": "m" }));
    let found = client.findings("main.pf.hcl", 2);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"], range(1, 2, 11));
    assert_eq!(found[0]["code"], "config::unknown_attribute");
    assert_eq!(found[0]["severity"], 1);
    assert_eq!(found[0]["source"], "podform");
    assert_eq!(
        found[0]["message"],
        "unknown attribute `imstances`\nhelp: did you mean `instances`?"
    );
    client.change("main.pf.hcl", 3, json!({ "range": range(1, 3, 4), "text": "n" }));
    assert_eq!(client.findings("main.pf.hcl", 3), Vec::<Value>::new());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn findings_come_with_related_places_in_other_files() {
    let mut client = Client::initialized();
    client.env.write("variables.pf.hcl", VARIABLES);
    client.open("main.pf.hcl", &format!("{POD}\nvariable \"replicas\" {{\n}}\n"));
    // The second declaration is in the other file, which is not open.
    let uri = client.uri("variables.pf.hcl");
    let found = client.wait(|message| message["params"]["uri"] == uri);
    let found = &found["params"]["diagnostics"][0];
    assert_eq!(found["code"], "config::duplicate");
    let related = &found["relatedInformation"][0];
    assert_eq!(related["location"]["uri"], client.uri("main.pf.hcl"));
    assert_eq!(related["message"], "first declared here");
    // Mended in the open text: gone also from the file that is not open.
    client.replace("main.pf.hcl", 2, POD);
    let mended = client.wait(|message| message["params"]["uri"] == uri);
    assert_eq!(mended["params"]["diagnostics"], json!([]));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn completion_follows_the_tables_and_the_declarations() {
    let mut client = Client::initialized();
    client.env.write("variables.pf.hcl", VARIABLES);
    client.open("main.pf.hcl", POD);
    let pod = client.completions("main.pf.hcl", 2, 0);
    for name in ["role", "container", "network", "lifecycle", "for_each"] {
        assert!(pod.iter().any(|label| label == name), "{name}: {pod:?}");
    }
    assert!(!pod.iter().any(|label| label == "instances"), "it is there already: {pod:?}");
    assert_eq!(client.completions("main.pf.hcl", 1, 18), ["replicas", "token"]);
    assert_eq!(client.completions("main.pf.hcl", 14, 19), ["data"]);
    let computed = client.completions("main.pf.hcl", 21, 18);
    assert_eq!(computed, ["id", "version", "instance", "endpoint", "network_ips"]);
    // A text that does not parse: a quote and two braces are open.
    let broken = "pod \"web\" {\n  kill_selection = \"\n  container \"a\" {\n    environment = { A = \
                  \"${upp\n";
    client.replace("main.pf.hcl", 2, broken);
    assert_eq!(client.completions("main.pf.hcl", 1, 20), ["YOUNGEST_FIRST", "OLDEST_FIRST"]);
    let functions = client.completions("main.pf.hcl", 3, 30);
    assert!(functions.iter().any(|label| label == "upper"), "{functions:?}");
    assert!(functions.iter().any(|label| label == "var.replicas"), "{functions:?}");
    // A new block comes with what it must hold.
    client.replace("main.pf.hcl", 3, "po");
    let at = client.at("main.pf.hcl", 0, 2);
    let items = client.ask("textDocument/completion", at);
    let pod = items.as_array().unwrap().iter().find(|item| item["label"] == "pod").unwrap();
    assert_eq!(pod["textEdit"]["range"], range(0, 0, 2));
    let snippet = "pod \"${1:NAME}\" {\n  container \"${2:NAME}\" {\n  }\n  $0\n}";
    assert_eq!(pod["textEdit"]["newText"], snippet);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn test_files_belong_to_the_configuration_around() {
    let mut client = Client::initialized();
    client.env.write("main.pf.hcl", &format!("{VARIABLES}{POD}"));
    let name = "tests/web.pftest.hcl";
    client.open(name, "variables {\n  re\n}\nrun \"first\" {\n  command = \n  assert {\n    condition = output.\n  }\n}\nru");
    let labels = |client: &mut Client, line, at| client.completions(name, line, at).join(" ");
    assert_eq!(
        labels(&mut client, 9, 2),
        "run mock_provider override_pod override_data override_module"
    );
    assert_eq!(labels(&mut client, 1, 4), "replicas token");
    assert_eq!(labels(&mut client, 4, 12), "plan apply");
    assert_eq!(labels(&mut client, 6, 23), "id");
    let found = client.findings(name, 1);
    assert_eq!(found[0]["code"], "config::syntax", "{found:?}");
    let of = |attribute: &str, value: &str| {
        format!(
            "run \"first\" {{\n  {attribute} = plan\n  assert {{\n    condition     = {value} == \"x\"\n    error_message = \"No.\"\n  }}\n}}\n"
        )
    };
    client.replace(name, 2, &of("comand", "output.id"));
    assert_eq!(
        client.findings(name, 2)[0]["message"],
        "unknown attribute `comand`\nhelp: did you mean `command`?"
    );
    client.replace(name, 3, &of("command", "var.replicaz"));
    assert_eq!(client.findings(name, 3)[0]["code"], "config::undeclared");
    client.replace(name, 4, &of("command", "run.first.id"));
    assert_eq!(client.findings(name, 4), Vec::<Value>::new());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn hover_tells_what_a_name_means() {
    let mut client = Client::initialized();
    client.env.write("variables.pf.hcl", VARIABLES);
    let text = format!("{POD}\nlocals {{\n  t = upper(var.token)\n}}\n");
    client.open("main.pf.hcl", &text);
    let instances = client.hover("main.pf.hcl", 1, 4);
    assert!(instances.contains("How many copies of the pod run."), "{instances}");
    assert!(instances.contains("- default: `1`"), "{instances}");
    assert!(instances.contains("- a change on Mesos: scaling"), "{instances}");
    let variable = client.hover("main.pf.hcl", 1, 20);
    assert!(variable.contains("default = 2"), "{variable}");
    assert!(variable.contains("How many run."), "{variable}");
    let token = client.hover("main.pf.hcl", 25, 18);
    assert!(token.contains("(sensitive value)"), "{token}");
    assert!(!token.contains("swordfish"), "{token}");
    let function = client.hover("main.pf.hcl", 25, 8);
    assert!(function.contains("upper(string)"), "{function}");
    let computed = client.hover("main.pf.hcl", 21, 19);
    assert!(computed.contains("The pod's id."), "{computed}");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn definitions_references_and_symbols_are_found() {
    let mut client = Client::initialized();
    client.env.write("variables.pf.hcl", VARIABLES);
    client.open("main.pf.hcl", POD);
    let definition = |client: &mut Client, line, character| {
        let at = client.at("main.pf.hcl", line, character);
        client.ask("textDocument/definition", at)
    };
    let variables = client.uri("variables.pf.hcl");
    let found = definition(&mut client, 1, 16);
    assert_eq!(found, json!([{ "uri": variables, "range": range(0, 10, 18) }]));
    let main = client.uri("main.pf.hcl");
    for (line, character, expected) in
        [(11, 60, range(3, 10, 12)), (14, 20, range(6, 10, 14)), (21, 14, range(0, 5, 8))]
    {
        let found = definition(&mut client, line, character);
        assert_eq!(found, json!([{ "uri": main, "range": expected }]), "{line}:{character}");
    }
    let mut at = client.at("main.pf.hcl", 1, 18);
    at["context"] = json!({ "includeDeclaration": false });
    let references = client.ask("textDocument/references", at);
    // Columns count UTF-16: `é` is one.
    assert_eq!(
        references,
        json!([
            { "uri": main, "range": range(1, 18, 26) },
            { "uri": main, "range": range(11, 35, 43) },
        ])
    );
    let document = json!({ "textDocument": { "uri": main } });
    let symbols = client.ask("textDocument/documentSymbol", document);
    let names: Vec<_> = symbols.as_array().unwrap().iter().map(|s| s["name"].clone()).collect();
    assert_eq!(names, ["web", "id"]);
    assert_eq!(symbols[0]["children"][2]["name"], "main");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn data_blocks_are_known_as_pods_are() {
    let mut client = Client::initialized();
    let (name, whole) = ("main.pf.hcl", "data \"pod\" \"db\" {\n  id = \"/shop/db\"\n  \n}\n");
    let read = "locals {\n  a = data.pod.db.endpoint[\"sql\"].addresses\n}\n";
    client.env.write("more.pf.hcl", "output \"v\" {\n  value = data.pod.db.version\n}\n");
    client.open(name, &format!("{whole}{read}"));
    assert_eq!(client.findings(name, 1), Vec::<Value>::new());
    let arguments = client.completions(name, 2, 2);
    for wanted in ["provider", "depends_on", "for_each", "lifecycle"] {
        assert!(arguments.iter().any(|label| label == wanted), "{wanted}: {arguments:?}");
    }
    assert!(!arguments.iter().any(|label| label == "id"), "it is there already: {arguments:?}");
    assert_eq!(client.completions(name, 0, 8), ["pod"]);
    assert_eq!(client.completions(name, 5, 11), ["pod"]);
    assert_eq!(client.completions(name, 5, 16), ["db"]);
    let computed = ["id", "version", "instance", "endpoint", "network_ips"];
    assert_eq!(client.completions(name, 5, 20), computed);
    assert_eq!(client.completions(name, 5, 36), ["addresses", "port"]);
    let id = client.hover(name, 1, 3);
    assert!(id.contains("The id of the live pod"), "{id}");
    let block = client.hover(name, 5, 16);
    assert!(block.contains("data \"pod\" \"db\" {\n  id = \"/shop/db\"\n}"), "{block}");
    let endpoint = client.hover(name, 5, 20);
    assert!(endpoint.contains("A map by endpoint"), "{endpoint}");
    let (main, more) = (client.uri(name), client.uri("more.pf.hcl"));
    let at = client.at(name, 5, 16);
    let declared = json!([{ "uri": main, "range": range(0, 12, 14) }]);
    assert_eq!(client.ask("textDocument/definition", at), declared);
    let mut at = client.at(name, 0, 13);
    at["newName"] = "base".into();
    let edit = |line, start, end| json!([{ "range": range(line, start, end), "newText": "base" }]);
    let own = json!([edit(0, 12, 14)[0], edit(5, 15, 17)[0]]);
    let changes = json!({ main: own, more: edit(1, 19, 21) });
    assert_eq!(client.ask("textDocument/rename", at)["changes"], changes);
    // What must be done first may be read; what is read may be overridden.
    client.replace(name, 2, &format!("{whole}pod \"web\" {{\n  depends_on = [\n}}\n"));
    assert_eq!(client.completions(name, 5, 16), ["pod.web", "data.pod.db"]);
    let test = "a.pftest.hcl";
    client.open(test, "override_data {\n  target = \n  ver\n}\nmock_provider \"mesos\" {\n  mock_data \"\" {\n  }\n}\n");
    let targets = client.completions(test, 1, 11);
    assert!(targets.iter().any(|label| label == "data.pod.db"), "{targets:?}");
    let values = ["version", "instance", "endpoint", "network_ips", "failure"];
    assert_eq!(client.completions(test, 2, 5), values);
    assert_eq!(client.completions(test, 5, 13), ["pod"]);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_rename_edits_every_file_or_is_refused() {
    let mut client = Client::initialized();
    client.env.write("variables.pf.hcl", VARIABLES);
    client.env.write("dev.pfvars.hcl", "replicas = 3\n");
    client.open("main.pf.hcl", POD);
    let rename = |client: &mut Client, line, character, new: &str| {
        let mut at = client.at("main.pf.hcl", line, character);
        at["newName"] = new.into();
        client.answer("textDocument/rename", at)
    };
    let edit =
        |line, start, end, new: &str| json!({ "range": range(line, start, end), "newText": new });
    let (main, variables) = (client.uri("main.pf.hcl"), client.uri("variables.pf.hcl"));
    let renamed = rename(&mut client, 1, 20, "copies");
    assert_eq!(
        renamed["result"]["changes"],
        json!({
            main.as_str(): [edit(1, 18, 26, "copies"), edit(11, 35, 43, "copies")],
            variables: [edit(0, 10, 18, "copies")],
            client.uri("dev.pfvars.hcl"): [edit(0, 0, 8, "copies")],
        })
    );
    let renamed = rename(&mut client, 3, 11, "database");
    let edits = json!([edit(3, 10, 12, "database"), edit(11, 59, 61, "database")]);
    assert_eq!(renamed["result"]["changes"][&main], edits);
    for (line, character, new, why) in [
        (1, 20, "token", "`var.token` is already declared in variables.pf.hcl"),
        (1, 20, "a b", "`a b` cannot be the name: "),
        (9, 15, "Main", "`Main` cannot be the name: "),
        (2, 0, "x", "no name stands here"),
    ] {
        let refused = rename(&mut client, line, character, new);
        let message = refused["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.starts_with(why), "{refused}");
    }
    let at = client.at("main.pf.hcl", 9, 15);
    let prepared = client.ask("textDocument/prepareRename", at);
    assert_eq!(prepared, json!({ "range": range(9, 13, 17), "placeholder": "main" }));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn formatting_edits_the_lines_that_change() {
    let mut client = Client::initialized();
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let document = json!({ "uri": client.uri("main.pf.hcl") });
    let params = json!({ "textDocument": document, "options": options });
    client.open("main.pf.hcl", "locals {\n  a = 1\n    bb=2\n}\n");
    let edits = client.ask("textDocument/formatting", params.clone());
    let range =
        json!({ "start": { "line": 1, "character": 0 }, "end": { "line": 3, "character": 0 } });
    assert_eq!(edits, json!([{ "range": range, "newText": "  a  = 1\n  bb = 2\n" }]));
    client.replace("main.pf.hcl", 2, "locals {\n  a  = 1\n  bb = 2\n}\n");
    assert_eq!(client.ask("textDocument/formatting", params.clone()), json!([]));
    client.replace("main.pf.hcl", 3, "locals {\n");
    let refused = client.answer("textDocument/formatting", params);
    assert_eq!(refused["error"]["code"], -32803, "{refused}");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn several_folders_are_several_modules() {
    let mut client = Client::initialized();
    std::fs::create_dir(client.env.work().join("shop")).unwrap();
    client.env.write("shop/variables.pf.hcl", "variable \"size\" {\n}\n");
    client.env.write("shop/outputs.pf.hcl", "output \"url\" {\n  value = var.size\n}\n");
    let text =
        "module \"shop\" {\n  source = \"./shop\"\n  \n}\nlocals {\n  u = module.shop.url\n}\n";
    client.open("main.pf.hcl", text);
    let arguments = client.completions("main.pf.hcl", 2, 2);
    assert!(arguments.iter().any(|label| label == "size"), "{arguments:?}");
    assert_eq!(client.completions("main.pf.hcl", 5, 18), ["url"]);
    let at = client.at("main.pf.hcl", 5, 19);
    let found = client.ask("textDocument/definition", at);
    assert_eq!(found[0]["range"], range(0, 8, 11));
    // A variable of this folder is none of that one.
    client.open("shop/more.pf.hcl", "locals {\n  a = var.size\n  b = var.missing\n}\n");
    let found = client.findings("shop/more.pf.hcl", 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"], range(2, 6, 17));
    // Who calls the module is told of it where it is called.
    client.replace("main.pf.hcl", 2, &text.replace("\"\n  \n", "\"\n  size = 1\n"));
    let found = client.findings("main.pf.hcl", 2);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"], range(0, 0, 12));
    let related = &found[0]["relatedInformation"][0]["location"];
    assert_eq!(
        *related,
        json!({ "uri": client.uri("shop/more.pf.hcl"), "range": range(2, 6, 17) })
    );
    // Mended there, in the open text alone.
    client.replace("shop/more.pf.hcl", 2, "locals {\n  a = var.size\n}\n");
    let saved = json!({ "textDocument": { "uri": client.uri("shop/more.pf.hcl") } });
    client.tell("textDocument/didSave", saved);
    assert_eq!(client.findings("shop/more.pf.hcl", 2), Vec::<Value>::new());
    assert_eq!(client.findings("main.pf.hcl", 2), Vec::<Value>::new());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn files_in_json_are_served_too() {
    let mut client = Client::initialized();
    client.env.write("variables.pf.hcl", VARIABLES);
    let name = "main.pf.json";
    let text = r#"{
  "pod": {
    "web": {
      "instances": "${var.replicas}",
      "imstances": 2,
      "container": { "main": { "command": "true", "resources": {} } }
    }
  }
}
"#;
    client.open(name, text);
    let found = client.findings(name, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"]["start"]["line"], 4);
    let at = client.at(name, 4, 10);
    let items = client.ask("textDocument/completion", at);
    let item = |name: &str| items.as_array().unwrap().iter().find(|item| item["label"] == name);
    assert!(item("container").is_some() && item("instances").is_none(), "{items}");
    let role = &item("role").unwrap()["textEdit"];
    assert_eq!(*role, json!({ "range": range(4, 7, 16), "newText": "role" }));
    let instances = client.hover(name, 3, 9);
    assert!(instances.contains("How many copies of the pod run."), "{instances}");
    let variables = client.uri("variables.pf.hcl");
    let at = client.at(name, 3, 28);
    let declared = json!([{ "uri": variables, "range": range(0, 10, 18) }]);
    assert_eq!(client.ask("textDocument/definition", at.clone()), declared);
    let mut at = at;
    at["newName"] = "copies".into();
    let changes = client.ask("textDocument/rename", at)["changes"].clone();
    let edit = json!([{ "range": range(3, 26, 34), "newText": "copies" }]);
    assert_eq!(changes[client.uri(name)], edit, "{changes}");
    client.replace(
        name,
        2,
        &text.replace("      \"imstances\": 2,\n", "      \"kill_selection\": \"\",\n"),
    );
    assert_eq!(client.completions(name, 4, 25), ["YOUNGEST_FIRST", "OLDEST_FIRST"]);
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let document = json!({ "uri": client.uri(name) });
    let params = json!({ "textDocument": document, "options": options });
    assert_eq!(client.answer("textDocument/formatting", params)["error"]["code"], -32803);
    client.replace(name, 3, &text.replace("      \"imstances\": 2,\n", ""));
    assert_eq!(client.findings(name, 3), Vec::<Value>::new());
    assert_eq!(client.end(), Some(0));
}

#[test]
fn runs_of_another_module_are_diagnosed_with_it() {
    let mut client = Client::initialized();
    std::fs::create_dir(client.env.work().join("setup")).unwrap();
    client.env.write("setup/main.pf.hcl", "output \"name\" {\n  value = var.missing\n}\n");
    client.env.write("main.pf.hcl", VARIABLES);
    let name = "tests/a.pftest.hcl";
    let text = |output: &str| {
        format!(
            "run \"setup\" {{\n  module {{\n    source = \"./setup\"\n  }}\n  assert {{\n    condition     = output.{output} != \"\"\n    error_message = \"No.\"\n  }}\n  expect_failures = [output.{output}]\n}}\n"
        )
    };
    client.open(name, &text("name"));
    let found = client.findings(name, 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"], range(2, 13, 22));
    assert!(found[0]["message"].as_str().unwrap().contains("`var.missing`"), "{found:?}");
    let there = &found[0]["relatedInformation"][0]["location"];
    assert_eq!(there["uri"], client.uri("setup/main.pf.hcl"));
    // The module is mended in the editor; what the run says of it is compared with it.
    client.open("setup/main.pf.hcl", "output \"name\" {\n  value = \"x\"\n}\n");
    client.replace(name, 2, &text("nam"));
    let found = client.findings(name, 2);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0]["message"],
        "`output.nam` is not declared\nhelp: did you mean `output.name`?"
    );
    assert_eq!(client.end(), Some(0));
}

#[test]
fn downloaded_modules_read_where_the_server_is_told_that_they_may() {
    for allowed in [false, true] {
        let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
        let note = env.path("elsewhere").join("note");
        std::fs::create_dir_all(env.path("elsewhere")).unwrap();
        std::fs::write(&note, "a note").unwrap();
        let greeting = format!("${{file(\"{}\")}}", note.display());
        let folder = crate::modules::repository(&env, &greeting);
        let text = format!(
            "module \"a\" {{\n  source = \"git::file://{}//hello\"\n}}\n",
            folder.display()
        );
        env.write("main.pf.hcl", &text);
        env.run(&["init"]).expect_code(0);
        let allow = format!("-allow-path={}", env.path("elsewhere").display());
        let args = if allowed { vec!["lsp", &*allow] } else { vec!["lsp"] };
        let mut client = Client::start_in(env, &args).greeted();
        client.open("main.pf.hcl", &text);
        let found = client.findings("main.pf.hcl", 1);
        let codes: Vec<_> = found.iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(codes, if allowed { vec![] } else { vec!["config::file_outside"] });
        assert_eq!(client.end(), Some(0));
    }
}

#[test]
fn what_a_client_does_wrong_is_answered_and_survived() {
    let mut client = Client::start();
    let early = client.answer("textDocument/hover", json!({}));
    assert_eq!(early["error"]["code"], -32002);
    client.ask(
        "initialize",
        json!({ "capabilities": { "general": { "positionEncodings": ["utf-8"] } } }),
    );
    client.raw("{ this is no JSON");
    let malformed =
        client.wait(|message| message["id"].is_null() && message.get("error").is_some());
    assert_eq!(malformed["error"]["code"], -32700);
    assert_eq!(client.answer("podform/nothing", json!({}))["error"]["code"], -32601);
    assert_eq!(client.answer("textDocument/hover", json!({ "x": 1 }))["error"]["code"], -32602);
    client.tell("$/cancelRequest", json!({ "id": 99 }));
    client.tell("$/setTrace", json!({ "value": "off" }));
    client.tell("textDocument/didOpen", json!([1, 2]));
    // With bytes as columns `é` is two.
    client.open("main.pf.hcl", "locals {\n  a = \"é${var.b}\"\n}\n");
    let found = client.findings("main.pf.hcl", 1);
    assert_eq!(found[0]["range"], range(1, 11, 16));
    let text = json!({ "textDocument": { "uri": "untitled:x", "version": 1, "languageId": "hcl", "text": "po" } });
    client.tell("textDocument/didOpen", text);
    let at = json!({ "textDocument": { "uri": "untitled:x" }, "position": { "line": 0, "character": 2 } });
    assert_ne!(client.ask("textDocument/completion", at), json!([]));
    client.ask("shutdown", Value::Null);
    let late = client.answer("textDocument/hover", json!({}));
    assert_eq!(late["error"]["code"], -32600);
    client.tell("exit", Value::Null);
    assert_eq!(client.child.wait().unwrap().code(), Some(0));
    // Without `shutdown` an end is an error, as the protocol has it.
    let mut gone = Client::initialized();
    drop(gone.stdin);
    assert_eq!(gone.child.wait().unwrap().code(), Some(1));
}

#[test]
fn settings_come_from_the_locked_plugin() {
    let mut client = Client::initialized();
    let text = "provider \"mesos\" {\n  \n}\n";
    client.env.write("main.pf.hcl", text);
    client.env.run(&["init"]).expect_code(0);
    client.open("main.pf.hcl", text);
    client.findings("main.pf.hcl", 1);
    // The plugin is asked after the first diagnosis; the second one follows it.
    client.replace("main.pf.hcl", 2, "provider \"mesos\" {\n  role = \"x\"\n  \n}\n");
    client.findings("main.pf.hcl", 2);
    let settings = client.completions("main.pf.hcl", 2, 2);
    assert!(settings.iter().any(|label| label == "masters"), "{settings:?}");
    assert!(!settings.iter().any(|label| label == "role"), "{settings:?}");
    let role = client.hover("main.pf.hcl", 1, 3);
    assert!(role.contains("setting of `mesos`"), "{role}");
    assert_eq!(client.end(), Some(0));
}
