//! Files are converted or refused with their place.

use super::*;

/// Converts texts as if they were files.
fn converted(texts: &[&str]) -> Converted {
    let mut out = Converted::default();
    let mut pods = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        read(&format!("{at}.json"), text.as_bytes().to_vec(), &mut pods, &mut out);
    }
    out.hcl = hcl(&pods);
    out
}

/// The text that the first label of the n-th finding points at.
fn pointed(out: &Converted, nth: usize) -> &str {
    let label = &out.diagnostics.0[nth].labels[0];
    let (_, text) = out.sources.iter().find(|(name, _)| **name == *label.file).unwrap();
    &text[label.start as usize..label.end as usize]
}

#[test]
fn a_pod_becomes_a_block() {
    let out = converted(&[r#"{
      "id": "/shop/web-1",
      "secrets": {"db": {"source": "/shop/db"}},
      "containers": [{
        "name": "web",
        "exec": {"command": {"shell": "echo $HOME ${HOME}; date +%{x}"}},
        "resources": {"cpus": 0.5, "mem": 64},
        "endpoints": [{"name": "http", "protocol": ["tcp"]}, {"name": "raw"}],
        "environment": {"DB": {"secret": "db"}}
      }],
      "scheduling": {"unreachableStrategy": "disabled"}
    }"#]);
    assert_eq!(out.diagnostics, Diagnostics::new());
    for line in [
        "pod \"web_1\" {",
        "  id = \"/shop/web-1\"",
        "  secret \"db\" {",
        "    source = \"/shop/db\"",
        "    command = \"echo $HOME $${HOME}; date +%%{x}\"",
        "    endpoint \"http\" {}",
        "      protocol = []",
        "      DB = secret.db",
        "    disabled = true",
    ] {
        assert!(out.hcl.lines().any(|found| found == line), "{line}\n{}", out.hcl);
    }
}

#[test]
fn a_file_may_hold_many_and_labels_are_unique() {
    let pod = |id: &str| {
        format!(
            r#"{{"id":"{id}","containers":[{{"name":"a","exec":{{"command":{{"shell":"x"}}}},"resources":{{}}}}]}}"#
        )
    };
    let both = format!("[{},{}]", pod("/a/web"), pod("/b/web"));
    let out = converted(&[&both, &pod("/7"), &pod("/b.web"), &pod("/b/web")]);
    let labels: Vec<_> = out.hcl.lines().filter(|line| line.starts_with("pod ")).collect();
    assert_eq!(
        labels,
        [
            "pod \"web\" {",
            "pod \"b_web\" {",
            "pod \"pod_7\" {",
            "pod \"b_web_2\" {",
            "pod \"b_web_3\" {"
        ]
    );
}

#[test]
fn what_marathon_swallows_is_told_with_its_place() {
    let out = converted(&[
        r#"{"id":"/a","containers":[{"name":"a","resources":{},"image":{"kind":"DOCKER","id":"i","force":true}}]}"#,
    ]);
    let warning = &out.diagnostics.0[0];
    assert_eq!(warning.code, code::CONVERT_DROPPED);
    assert_eq!(warning.summary, "`/containers(0)/image/force` is unknown to Marathon");
    assert_eq!(warning.help.as_deref(), Some("did you mean `forcePull`?"));
    assert_eq!(pointed(&out, 0), "true");
    assert!(!out.diagnostics.has_errors());
}

#[test]
fn what_cannot_be_read_is_refused_in_both_paths() {
    let out = converted(&[
        r#"[{"id":"/a","containers":[{"name":"a"}]},{"id":"/b","containers":[{"name":"B","resources":{}}]}]"#,
    ]);
    let [missing, pattern] = &out.diagnostics.0[..] else { panic!("{:?}", out.diagnostics) };
    assert_eq!(missing.summary, "`/containers(0)/resources` is missing");
    assert_eq!(
        missing.detail.as_deref(),
        Some(
            "Marathon answers `error.path.missing`. In podform it is `container[\"a\"].resources`."
        )
    );
    assert_eq!(pointed(&out, 0), r#"{"name":"a"}"#);
    assert_eq!(pattern.code, code::CONVERT);
    assert_eq!(pointed(&out, 1), r#""B""#);
    assert_eq!(out.hcl.trim(), "");
}

#[test]
fn broken_rules_are_refused_with_marathons_answer() {
    let out = converted(&[r#"{"id":"/a","containers":[{"name":"a","resources":{},
            "healthCheck":{"exec":{"command":{"shell":"x"}},"intervalSeconds":2}}]}"#]);
    let broken = &out.diagnostics.0[0];
    assert!(broken.summary.starts_with("`/containers(0)/healthCheck/timeoutSeconds`: "));
    let detail = broken.detail.as_deref().unwrap();
    assert!(detail.contains("`got 20, expected less than 2`"), "{detail}");
    assert!(detail.contains("`container[\"a\"].health_check.timeout`"), "{detail}");
    assert_eq!(broken.labels[1].text, "");
    assert!(out.diagnostics.has_errors());
}

#[test]
fn a_syntax_error_has_line_and_column() {
    let out = converted(&["{\n  \"id\": \"/a\",\n  \"ü\": ]\n}"]);
    let broken = &out.diagnostics.0[0];
    assert!(broken.summary.contains("line 3 column 9"), "{}", broken.summary);
    assert_eq!(pointed(&out, 0), "]");
    assert_eq!(converted(&[""]).diagnostics.0[0].code, code::CONVERT);
}

#[test]
fn an_app_is_named_as_such() {
    let out = converted(&[r#"{"id":"/a","cmd":"sleep 1","instances":1}"#]);
    assert_eq!(out.diagnostics.0.len(), 1);
    assert_eq!(out.diagnostics.0[0].summary, "this is the definition of an app, not of a pod");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let mut out = Converted::default();
    read("x.json", vec![0xff, 0xfe], &mut Vec::new(), &mut out);
    assert_eq!(out.diagnostics.0[0].code, code::ENCODING);
    let out = convert(&[PathBuf::from("/nowhere/x.json")]);
    assert_eq!(out.diagnostics.0[0].code, code::CLI_IO);
}
