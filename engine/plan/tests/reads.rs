//! Which `data` blocks wait, and what a plan says of them.

mod common;

use common::{Lab, mesos};
use podform_model::{Address, DataAddress, DesiredData, Label};
use podform_plan::reads::{reads, waiting};
use podform_plan::{Mode, Plan};
use std::collections::BTreeSet;

/// A block that depends on these pods.
fn add(lab: &mut Lab, name: &str, id: Option<&str>, depends_on: &[&str]) -> DataAddress {
    let address: DataAddress = format!("data.pod.{name}").parse().expect("a name makes an address");
    let data = DesiredData {
        provider: mesos(),
        id: id.map(str::to_owned),
        depends_on: depends_on.iter().map(|name| Address::pod(*name)).collect(),
        label: Label { file: "main.pf.hcl".into(), start: 0, end: 0, text: String::new() },
        checked: false,
    };
    lab.desired.data.insert(address.clone(), data);
    address
}

fn names(waiting: &BTreeSet<DataAddress>) -> Vec<String> {
    waiting.iter().map(DataAddress::to_string).collect()
}

fn wait(lab: &Lab, plan: &Plan) -> Vec<String> {
    names(&waiting(&lab.desired, &lab.options, plan))
}

#[test]
fn what_depends_on_a_pod_waits_while_the_pod_changes() {
    let mut lab = Lab::running(1);
    add(&mut lab, "web", Some("/web"), &["web"]);
    add(&mut lab, "other", Some("/other"), &[]);
    assert_eq!(wait(&lab, &lab.plan().0), [""; 0]);
    lab.desire("web", 2);
    let plan = lab.plan().0;
    assert_eq!(wait(&lab, &plan), ["data.pod.web"]);
    let told =
        reads(&lab.desired, &lab.options, &waiting(&lab.desired, &lab.options, &plan), &plan);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].address.to_string(), "data.pod.web");
    assert_eq!(told[0].after, BTreeSet::from([Address::pod("web")]));
    lab.options.mode = Mode::RefreshOnly;
    assert_eq!(wait(&lab, &plan), [""; 0]);
}

#[test]
fn an_id_that_is_not_known_is_read_later() {
    let mut lab = Lab::running(1);
    add(&mut lab, "web", None, &[]);
    let told = reads(&lab.desired, &lab.options, &BTreeSet::new(), &lab.plan().0);
    assert_eq!((told.len(), &told[0].id), (1, &None));
    assert!(told[0].after.is_empty());
}

#[test]
fn what_no_target_needs_is_not_read() {
    let mut lab = Lab::running(1);
    lab.desire("other", 1);
    let needed = add(&mut lab, "needed", Some("/a"), &[]);
    add(&mut lab, "not", None, &[]);
    lab.desired.pods.get_mut(&Address::pod("other")).unwrap().data.insert(needed);
    lab.web().depends_on.insert(Address::pod("other"));
    lab.options.targets = vec![Address::pod("web").into()];
    let plan = lab.plan().0;
    let waits = waiting(&lab.desired, &lab.options, &plan);
    assert_eq!(names(&waits), ["data.pod.not"]);
    assert!(reads(&lab.desired, &lab.options, &waits, &plan).is_empty());
}
