//! Modules: the example of a shop on the development cluster, and modules that are downloaded.
#![expect(clippy::unwrap_used, reason = "a test, in its helpers too")]

use podform_tests::TestEnv;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies a folder of the repository into the work folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn shop() -> TestEnv {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    let example = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/shop");
    copy(&example, &env.work());
    // A secret store must not be readable by others, whatever the checkout made of it.
    env.write("secrets.hcl", &env.read("secrets.hcl"));
    env.run(&["init"]).expect_code(0);
    env
}

const DEV: &str = "-var-file=dev.pfvars.hcl";

#[test]
fn the_shop_is_planned_applied_and_changed_between_environments() {
    let env = shop();
    env.run(&["validate"]).expect_code(0);
    let plan = env.run(&["plan", "-dev", "-no-color", DEV]).expect_code(0).stdout;
    assert!(plan.contains("12 to add, 0 to change, 0 to destroy"), "{plan}");
    assert!(plan.contains("# module.shop[\"eu\"].module.cache.pod.node will be created"), "{plan}");

    env.run(&["apply", "-dev", "-auto-approve", "-no-color", DEV]).expect_code(0);
    let again = env.run(&["plan", "-dev", "-detailed-exitcode", "-no-color", DEV]);
    let again = again.expect_code(0);
    assert!(again.stdout.contains("No changes."), "{}", again.stdout);
    let listed = env.run(&["state", "list"]).expect_code(0).stdout;
    let expected = [
        "module.data.pod.database",
        "module.data.pod.queue",
        "module.monitoring.pod.alerts",
        "module.monitoring.pod.metrics",
        "module.shop[\"eu\"].pod.api",
        "module.shop[\"eu\"].pod.web",
        "module.shop[\"eu\"].pod.worker",
        "module.shop[\"eu\"].module.cache.pod.node",
        "module.shop[\"us\"].pod.api",
        "module.shop[\"us\"].pod.web",
        "module.shop[\"us\"].pod.worker",
        "module.shop[\"us\"].module.cache.pod.node",
    ];
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected);

    let outputs = env.run(&["output", "-json"]).expect_code(0).json();
    let text = outputs.to_string();
    assert!(text.contains("eu") && text.contains("us"), "{text}");

    let staging = "-var-file=staging.pfvars.hcl";
    let plan = env.run(&["plan", "-dev", "-no-color", staging]).expect_code(0).stdout;
    assert!(plan.contains("0 to add, 12 to change, 0 to destroy"), "{plan}");
    env.run(&["destroy", "-dev", "-auto-approve", "-no-color", DEV]).expect_code(0);
    assert_eq!(env.run(&["state", "list"]).expect_code(0).stdout, "");
}

#[test]
fn a_saved_plan_holds_the_sources_of_its_modules() {
    let env = shop();
    env.run(&["plan", "-dev", "-no-color", DEV, "-out=plan", "-target=module.data"]).expect_code(0);
    std::fs::remove_dir_all(env.work().join("modules")).unwrap();
    let output = env.run(&["apply", "-dev", "-no-color", "plan"]).expect_code(0);
    assert!(output.stdout.contains("2 added, 0 changed, 0 destroyed"), "{}", output.stdout);
}

fn git(folder: &Path, arguments: &[&str]) {
    let author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    let status = Command::new("git").arg("-C").arg(folder).args(author).args(arguments).status();
    assert!(status.unwrap().success(), "git {arguments:?}");
}

/// A repository with a module in a folder, which is committed and has a tag.
pub(crate) fn repository(env: &TestEnv, greeting: &str) -> PathBuf {
    let folder = env.path("repository");
    std::fs::create_dir_all(folder.join("hello")).unwrap();
    let module = format!("output \"greeting\" {{\n  value = \"{greeting}\"\n}}\n");
    std::fs::write(folder.join("hello/main.pf.hcl"), module).unwrap();
    if !folder.join(".git").exists() {
        git(&folder, &["init", "--quiet", "--initial-branch=main"]);
    }
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "-m", greeting]);
    folder
}

#[test]
fn a_module_in_git_is_downloaded_pinned_and_watched() {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    let folder = repository(&env, "first");
    let source = format!("git::file://{}//hello?ref=main", folder.display());
    let root = format!(
        "provider \"mesos\" {{}}\nmodule \"hello\" {{\n  source = \"{source}\"\n}}\noutput \"greeting\" {{\n  value = module.hello.greeting\n}}\n"
    );
    env.write("main.pf.hcl", &root);
    let output = env.run(&["validate", "-no-color"]).expect_code(1);
    assert!(output.stderr.contains("has not been downloaded"), "{}", output.stderr);
    assert!(output.stderr.contains("podform init"), "{}", output.stderr);

    env.run(&["init"]).expect_code(0);
    let lock = env.read("podform.lock.hcl");
    assert!(lock.contains("commit = \"") && lock.contains("hash   = \"sha256:"), "{lock}");
    env.run(&["validate"]).expect_code(0);

    // A later release of the branch does not come by itself, not even on another machine.
    repository(&env, "second");
    std::fs::remove_dir_all(env.work().join(".podform/modules")).unwrap();
    env.run(&["init"]).expect_code(0);
    assert_eq!(env.read("podform.lock.hcl"), lock);
    env.run(&["init", "-upgrade"]).expect_code(0);
    assert_ne!(env.read("podform.lock.hcl"), lock);

    // What was downloaded is not to be changed by hand.
    let modules = env.work().join(".podform/modules");
    let (file, _) = env.files(&modules).into_iter().next().expect("a downloaded file");
    std::fs::write(file, "output \"greeting\" {\n  value = \"changed\"\n}\n").unwrap();
    let output = env.run(&["validate", "-no-color"]).expect_code(1);
    assert!(output.stderr.contains("is not what the lock file names"), "{}", output.stderr);
}

#[test]
fn a_downloaded_module_reads_elsewhere_only_where_that_is_allowed() {
    let env = TestEnv::new(env!("CARGO_BIN_EXE_podform-test"));
    let elsewhere = env.path("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("note"), "a note").unwrap();
    let note = elsewhere.join("note");
    let folder = repository(&env, &format!("${{file(\"{}\")}}", note.display()));
    let source = format!("git::file://{}//hello", folder.display());
    let root = format!(
        "module \"hello\" {{\n  source = \"{source}\"\n}}\noutput \"greeting\" {{\n  value = module.hello.greeting\n}}\n"
    );
    env.write("main.pf.hcl", &root);
    env.run(&["init"]).expect_code(0);
    let refused = env.run(&["validate", "-no-color"]).expect_code(1);
    let allow = format!("-allow-path={}", elsewhere.display());
    for part in ["config::file_outside", "`module.hello` may not look at", "-allow-path"] {
        assert!(refused.stderr.contains(part), "{refused:?}");
    }
    env.run(&["validate", &allow]).expect_code(0);
    env.run(&["plan"]).expect_code(1);
    // What the plan has read it may read again, as long as it is the same.
    env.run(&["plan", &allow, "-out=plan"]).expect_code(0);
    env.run(&["apply", "plan"]).expect_code(0);
    assert_eq!(env.run(&["output", "-raw", "greeting"]).expect_code(0).stdout, "a note");
}
