//! What plans look like.

use super::{json, plan};
use podform_model::change::ChangeClass;
use podform_model::defaults;
use podform_model::observed::{Observed, ObservedInstance, Standing, Surplus};
use podform_model::value::Map;
use podform_model::{
    Address, Desired, DesiredOutput, DesiredPod, InstanceRecord, InstanceStatus, Lifecycle,
    PodRecord, ProviderRef, Reference, Timeouts, Value,
};
use podform_plan::{Arrivals, DataRead, Inputs, Options, Plan, ProviderFacts, seal};
use std::collections::{BTreeMap, BTreeSet};

/// What a plan is made from, and what was recorded of `pod.web`.
struct Case {
    desired: Desired,
    pods: BTreeMap<Address, PodRecord>,
    arrivals: Arrivals,
    seen: Observed,
    options: Options,
    outputs: BTreeMap<String, Value>,
}

fn digest(value: &Value) -> Option<String> {
    Some(format!("{:x}", serde_json::to_string(value).unwrap().bytes().map(u64::from).sum::<u64>()))
}

fn text(pairs: &[(&str, &str)]) -> Value {
    Value::object(pairs.iter().map(|(key, value)| (*key, Value::from(*value))))
}

fn web(instances: u32) -> Value {
    let container = Value::object([
        ("name", Value::from("web")),
        ("command", Value::from("exec web --port 80")),
        ("resources", Value::map(Map::new())),
        ("environment", text(&[("A", "1"), ("B", "2")])),
        (
            "endpoint",
            Value::list(vec![Value::object([
                ("name", Value::from("http")),
                ("host_port", Value::from(0_i64)),
            ])]),
        ),
    ]);
    let value = Value::object([
        ("id", Value::from("/web")),
        ("instances", Value::from(instances)),
        ("container", Value::list(vec![container])),
    ]);
    defaults::fill(&value)
}

fn pod(value: Value) -> DesiredPod {
    DesiredPod {
        provider: ProviderRef::new("mesos"),
        value,
        depends_on: BTreeSet::new(),
        references: Vec::new(),
        lifecycle: Lifecycle::default(),
        timeouts: Timeouts::default(),
        data: BTreeSet::new(),
    }
}

fn instance(slot: u32) -> InstanceRecord {
    InstanceRecord {
        slot,
        generation: "g1".into(),
        id: format!("i{slot}"),
        status: InstanceStatus::Ready,
        agent_id: None,
        host: Some(format!("node{slot}")),
        started_at: Some(f64::from(slot)),
        endpoints: BTreeMap::new(),
        network_ips: Vec::new(),
        private: podform_model::Opaque::NULL,
        rest: BTreeMap::new(),
    }
}

impl Case {
    fn empty() -> Self {
        Self {
            desired: Desired::default(),
            pods: BTreeMap::new(),
            arrivals: Arrivals::default(),
            seen: Observed { at: 100.0, ..Observed::default() },
            options: Options::new("g2", 100.0),
            outputs: BTreeMap::new(),
        }
    }

    /// `pod.web` runs as this value says.
    fn running(value: Value) -> Self {
        let mut case = Self::empty();
        let count = value.get("instances").unwrap().as_number().unwrap().as_u64().unwrap();
        let instances: Vec<_> = (0..u32::try_from(count).unwrap()).map(instance).collect();
        case.seen.instances = instances
            .iter()
            .map(|record| ObservedInstance {
                address: Address::pod("web"),
                id: record.id.clone(),
                standing: Standing::Live,
                reason: String::new(),
                healthy: None,
                ready: true,
                record: None,
                containers: Vec::new(),
            })
            .collect();
        let record = PodRecord {
            provider: ProviderRef::new("mesos"),
            id: "/web".into(),
            generation: "g1".into(),
            configurations: BTreeMap::from([("g1".into(), seal(&value, &digest))]),
            instances,
            depends_on: BTreeSet::new(),
            secrets: BTreeMap::new(),
            create_before_destroy: false,
            prevent_destroy: false,
            forget: false,
            delete_timeout: None,
            formerly: Default::default(),
            rest: BTreeMap::new(),
        };
        case.pods.insert(Address::pod("web"), record);
        case.want(value);
        case
    }

    fn want(&mut self, value: Value) -> &mut DesiredPod {
        self.desired.pods.insert(Address::pod("web"), pod(value));
        self.desired.pods.get_mut(&Address::pod("web")).unwrap()
    }

    /// Changes an attribute of the container `web`, or of the pod without `container.`.
    fn set(&mut self, name: &str, new: Value) {
        let value = &mut self.desired.pods.get_mut(&Address::pod("web")).unwrap().value;
        match name.strip_prefix("container.") {
            None => value.set(name, new),
            Some(name) => {
                let mut container = value.items("container")[0].clone();
                container.set(name, new);
                value.set("container", Value::list(vec![container]));
            }
        }
    }

    fn plan(&self) -> Plan {
        let changes = [
            ("instances", ChangeClass::Scale),
            ("id", ChangeClass::Replace),
            ("upgrade", ChangeClass::Update),
        ];
        let facts = ProviderFacts {
            changes: changes.map(|(name, class)| (name.to_owned(), class)).into(),
            ..ProviderFacts::default()
        };
        let mesos = ProviderRef::new("mesos");
        let (plan, diagnostics) = podform_plan::plan(&Inputs {
            desired: &self.desired,
            told: &podform_model::Answers::new(),
            pods: &self.pods,
            arrivals: &self.arrivals,
            tombstones: &[],
            outputs: &self.outputs,
            observed: &BTreeMap::from([(mesos.clone(), self.seen.clone())]),
            pending: &[],
            providers: &BTreeMap::from([(mesos, facts)]),
            refinements: &BTreeMap::new(),
            digest: &digest,
            options: &self.options,
        });
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        plan
    }

    fn show(&self) -> String {
        plan::render(&self.plan(), &self.options, false)
    }
}

#[test]
fn a_new_pod() {
    let mut case = Case::empty();
    case.want(web(2));
    case.set("user", Value::Unknown);
    case.set("container.image", text(&[("id", "nginx"), ("kind", "DOCKER")]));
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following. The marks mean:
      + create

      # pod.web will be created
      + pod "web" {
          + id        = "/web"
          + instances = 2
          + user      = (known after apply)
            # (6 defaults hidden)

          + container "web" {
              + command     = "exec web --port 80"
              + environment = {
                  + "A" = "1"
                  + "B" = "2"
                }

              + resources {
                    # (4 defaults hidden)
                }

              + image {
                  + id = "nginx"
                    # (1 default hidden)
                }

              + endpoint "http" {
                  + host_port = 0
                    # (1 default hidden)
                }
            }

          + 2 instances will be launched
            # 2 instances with their executors: 2.2 cpus, 320 MiB memory, 20 MiB disk
        }

    Plan: 1 to add, 0 to change, 0 to destroy.
    Instances: 2 to launch.
    "#);
}

#[test]
fn a_rolling_restart() {
    let mut case = Case::running(web(3));
    case.set("container.command", Value::from("exec web --port 81"));
    case.set("container.environment", text(&[("A", "1"), ("C", "3")]));
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following. The marks mean:
      ~ change

      # pod.web will be updated by a rolling restart
      ~ pod "web" {
            id = "/web"
            # (3 unchanged attributes hidden)

          ~ container "web" {
              ~ command     = "exec web --port 80" -> "exec web --port 81" # forces rolling restart
              ~ environment = {
                  - "B" = "2" -> null # forces rolling restart
                  + "C" = "3" # forces rolling restart
                    # (1 unchanged element hidden)
                }

                # (2 unchanged blocks hidden)
            }

            # (4 unchanged blocks hidden)

          ~ 3 of 3 instances will be replaced
            # 3 instances with their executors: 3.3 cpus, 480 MiB memory, 30 MiB disk
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    Instances: 3 to launch, 3 to stop.
    "#);
}

#[test]
fn long_strings_and_json() {
    let mut case = Case::running(web(1));
    let script = |word: &str| {
        let lines: Vec<String> = (1..9).map(|n| format!("echo {n}")).collect();
        Value::from(format!("{}\necho {word} there\n", lines.join("\n")))
    };
    case.set("container.command", script("hello"));
    let old = [
        ("CONFIG", r#"{"a": {"port": 80, "host": "x"}, "b": [1, 2, 3]}"#),
        ("LAYOUT", "{\"a\":1}"),
    ];
    case.set("container.environment", text(&old));
    let mut case = Case::running(case.desired.pods[&Address::pod("web")].value.clone());
    case.set("container.command", script("hi"));
    let new = [
        ("CONFIG", r#"{"a": {"port": 81, "host": "x"}, "b": [1, 3]}"#),
        ("LAYOUT", "{ \"a\": 1 }"),
    ];
    case.set("container.environment", text(&new));
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following. The marks mean:
      ~ change

      # pod.web will be updated by a rolling restart
      ~ pod "web" {
            id = "/web"
            # (3 unchanged attributes hidden)

          ~ container "web" {
              ~ command     = <<-EOT # forces rolling restart
                    # (6 unchanged lines hidden)
                    echo 7
                    echo 8
                  - echo hello there
                  + echo hi there

                EOT
              ~ environment = {
                  ~ "CONFIG" = jsonencode( # forces rolling restart
                      ~ {
                          ~ "a" = {
                              ~ "port" = 80 -> 81
                                # (1 unchanged element hidden)
                            }
                          ~ "b" = [
                              - 2 -> null,
                                # (2 unchanged elements hidden)
                            ]
                        }
                    )
                  ~ "LAYOUT" = jsonencode(…) # only the layout changes # forces rolling restart
                }

                # (2 unchanged blocks hidden)
            }

            # (4 unchanged blocks hidden)

          ~ 1 of 1 instance will be replaced
            # 1 instance with its executor: 1.1 cpus, 160 MiB memory, 10 MiB disk
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    Instances: 1 to launch, 1 to stop.
    "#);
}

#[test]
fn instances_that_ended_and_strays() {
    let mut case = Case::running(web(3));
    case.seen.instances[1].standing = Standing::Dead;
    case.seen.instances[1].reason = "container \"web\" exited with status 1".into();
    case.seen.instances[2].standing = Standing::Unknown;
    let stray = InstanceRecord { id: "stray".into(), ..instance(7) };
    case.seen.surplus = vec![Surplus {
        address: Address::pod("web"),
        instance: InstanceRecord { generation: "g0".into(), ..stray },
    }];
    insta::assert_snapshot!(case.show(), @r#"
    The cluster changed without podform:
      ~ instance 1 of pod.web ended: container "web" exited with status 1
      ~ `stray` runs as instance 7 of pod.web, but is not recorded

    podform will do the following. The marks mean:
      ~ change

      # pod.web will relaunch 1 of 3 instances
      ~ pod "web" {
            id = "/web"
            # (8 unchanged attributes hidden)

          ~ relaunch 1 of 3 instances
            1 instance left as it is (see the notes)
          ~ instance 1: container "web" exited with status 1
          - surplus instance `stray`
            # 3 instances with their executors: 3.3 cpus, 480 MiB memory, 30 MiB disk
        }

    Notes:
        pod.web: instance 2 on node2 is unknown, left as it is

    Plan: 0 to add, 1 to change, 0 to destroy.
    Instances: 1 to launch, 1 to stop.
    "#);
}

#[test]
fn sensitive_values_and_secrets_are_never_shown() {
    let hidden = |value: &str| Value::from(value).sensitive();
    let environment = |token: &str| {
        Value::object([
            ("KEEP", hidden("canary-same")),
            ("TOKEN", hidden(token)),
            ("DB", Value::Secret("db".into())),
        ])
    };
    let mut case = Case::running(web(1));
    case.set("container.environment", environment("canary-old"));
    let mut case = Case::running(case.desired.pods[&Address::pod("web")].value.clone());
    case.set("container.environment", environment("canary-new"));
    let shown = case.show();
    assert!(!shown.contains("canary"));
    assert!(!json::plan(&case.plan(), &case.options).to_string().contains("canary"));
    insta::assert_snapshot!(shown, @r#"
    podform will do the following. The marks mean:
      ~ change

      # pod.web will be updated by a rolling restart
      ~ pod "web" {
            id = "/web"
            # (3 unchanged attributes hidden)

          ~ container "web" {
              ~ environment = {
                  ~ "TOKEN" = (sensitive) # forces rolling restart
                    # (2 unchanged elements hidden)
                }
                # (1 unchanged attribute hidden)

                # (2 unchanged blocks hidden)
            }

            # (4 unchanged blocks hidden)

          ~ 1 of 1 instance will be replaced
            # 1 instance with its executor: 1.1 cpus, 160 MiB memory, 10 MiB disk
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    Instances: 1 to launch, 1 to stop.
    "#);
}

#[test]
fn scaling_replacing_and_destroying() {
    let mut case = Case::running(web(2));
    case.set("instances", Value::from(4_i64));
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following. The marks mean:
      ~ change

      # pod.web will be scaled
      ~ pod "web" {
            id        = "/web"
          ~ instances = 2 -> 4
            # (2 unchanged attributes hidden)

            # (5 unchanged blocks hidden)

          + 2 instances will be launched
            # 4 instances with their executors: 4.4 cpus, 640 MiB memory, 40 MiB disk
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    Instances: 2 to launch.
    "#);
    case.set("id", Value::from("/site"));
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following. The marks mean:
    -/+ destroy, then create again

      # pod.web must be replaced
      # (because its id changes)
    -/+ pod "web" {
          ~ id        = "/web" -> "/site" # forces replacement
          ~ instances = 2 -> 4
            # (2 unchanged attributes hidden)

            # (5 unchanged blocks hidden)

          + 4 instances will be launched
          - 2 instances will be stopped
            # 4 instances with their executors: 4.4 cpus, 640 MiB memory, 40 MiB disk
        }

    Plan: 1 to add, 0 to change, 1 to destroy.
    Instances: 4 to launch, 2 to stop.
    "#);
    case.desired.pods.clear();
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following. The marks mean:
      - destroy

      # pod.web will be destroyed
      # (because pod.web is not in the configuration)
      - pod "web" {
          - id        = "/web" -> null
          - instances = 2 -> null
            # (6 defaults hidden)

          - container "web" {
              - command     = "exec web --port 80" -> null
              - environment = {
                  - "A" = "1" -> null
                  - "B" = "2" -> null
                } -> null

              - resources {
                    # (4 defaults hidden)
                }

              - endpoint "http" {
                  - host_port = 0 -> null
                    # (1 default hidden)
                }
            }

          - 2 instances will be stopped
        }

    Plan: 0 to add, 0 to change, 1 to destroy.
    Instances: 2 to stop.
    "#);
}

#[test]
fn what_is_only_known_later() {
    let mut case = Case::running(web(2));
    case.set("container.user", Value::Unknown);
    let from = podform_model::AttributePath::root().attr("container").key("web").attr("user");
    let to = podform_model::AttributePath::root().attr("instance");
    let pod = case.desired.pods.get_mut(&Address::pod("web")).unwrap();
    pod.references = vec![Reference { from, address: Address::pod("db"), to }];
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following. The marks mean:
      ~ change

      # pod.web may be updated by a rolling restart
      # (`container["web"].user` is known after apply, because of pod.db)
      ~ pod "web" {
            id = "/web"
            # (3 unchanged attributes hidden)

          ~ container "web" {
              + user = (known after apply) # forces rolling restart
                # (2 unchanged attributes hidden)

                # (2 unchanged blocks hidden)
            }

            # (4 unchanged blocks hidden)

          ~ 2 of 2 instances may be replaced
            # 2 instances with their executors: 2.2 cpus, 320 MiB memory, 20 MiB disk
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    Instances: 2 to launch, 2 to stop.
    "#);
}

#[test]
fn no_changes_and_outputs() {
    let mut case = Case::running(web(1));
    insta::assert_snapshot!(case.show(), @"No changes. What runs is what is configured.");
    let output = |value: Value, sensitive| DesiredOutput { value, sensitive, description: None };
    case.desired.outputs = BTreeMap::from([
        (
            "address".into(),
            output(Value::list(vec![Value::from("a:1"), Value::from("b:2")]), false),
        ),
        ("later".into(), output(Value::Unknown, false)),
        ("token".into(), output(Value::from("canary"), true)),
    ]);
    case.outputs = BTreeMap::from([
        ("address".into(), Value::list(vec![Value::from("a:1")])),
        ("gone".into(), Value::from("x")),
        ("token".into(), Value::Digest("00".into())),
    ]);
    insta::assert_snapshot!(case.show(), @r#"
    No pod changes.

    Changes to Outputs:
      ~ address = [
          + "b:2",
            # (1 unchanged element hidden)
        ]
      - gone    = "x" -> null
      + later   = (known after apply)
      ~ token   = (sensitive)
    "#);
}

#[test]
fn colour_only_adds_to_the_text() {
    let mut case = Case::running(web(3));
    case.set("container.command", Value::from("exec web --port 81"));
    let painted = plan::render(&case.plan(), &case.options, true);
    assert!(painted.contains("\u{1b}[1;4;32m81"));
    let mut plain = String::new();
    let mut rest = painted.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    assert_eq!(plain, case.show());
}

#[test]
fn a_users_text_is_escaped() {
    let mut case = Case::empty();
    case.want(web(1));
    case.set("container.command", Value::from("line\n\u{1b}[31mred"));
    case.set("user", Value::from("\u{7}\u{202e}x"));
    let shown = case.show();
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}') && !shown.contains('\u{202e}'));
}

#[test]
fn json_masks_what_is_unknown_or_sensitive() {
    let mut case = Case::running(web(2));
    case.set("container.user", Value::Unknown);
    case.set("role", Value::from("canary").sensitive());
    let json = json::plan(&case.plan(), &case.options);
    let change = &json["pod_changes"][0];
    assert_eq!(change["address"], "pod.web");
    assert_eq!(change["action"], "roll");
    assert_eq!(change["change"]["actions"], serde_json::json!(["update"]));
    assert_eq!(
        change["change"]["after_unknown"],
        serde_json::json!({"container": [{"user": true}]})
    );
    assert_eq!(change["change"]["after_sensitive"], serde_json::json!({"role": true}));
    assert_eq!(change["change"]["after"]["role"], serde_json::Value::Null);
    assert_eq!(change["change"]["after"]["instances"], 2);
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(json["applyable"], true);
    assert_eq!(change["reasons"][0]["paths"], serde_json::json!([["role"]]));
}

#[test]
fn a_pod_that_has_moved() {
    let mut case = Case::running(web(2));
    case.arrivals.moved.insert(Address::pod("web"), Address::pod("old"));
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following.

      # pod.old has moved to pod.web
        pod "web" {
            id = "/web"
            # (8 unchanged attributes hidden)
        }

    Plan: 0 to add, 0 to change, 0 to destroy.
    "#);
    let shown = json::plan(&case.plan(), &case.options);
    assert_eq!(shown["pod_changes"][0]["previous_address"], "pod.old");
    assert_eq!(shown["applyable"], true);
    case.set("instances", Value::from(3_i64));
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following. The marks mean:
      ~ change

      # pod.web will be scaled
      # (moved from pod.old)
      ~ pod "web" {
            id        = "/web"
          ~ instances = 2 -> 3
            # (2 unchanged attributes hidden)

            # (5 unchanged blocks hidden)

          + 1 instance will be launched
            # 3 instances with their executors: 3.3 cpus, 480 MiB memory, 30 MiB disk
        }

    Plan: 0 to add, 1 to change, 0 to destroy.
    Instances: 1 to launch.
    "#);
}

#[test]
fn a_pod_that_is_taken_over() {
    let mut case = Case::running(web(2));
    case.arrivals.imported.insert(Address::pod("web"), "/web".into());
    insta::assert_snapshot!(case.show(), @r#"
    podform will do the following.

      # pod.web will be imported
      # (`/web` runs already; nothing is launched or stopped)
        pod "web" {
            id = "/web"
            # (8 unchanged attributes hidden)
        }

    Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.
    "#);
    let shown = json::plan(&case.plan(), &case.options);
    assert_eq!(shown["pod_changes"][0]["change"]["importing"]["id"], "/web");
    case.set("instances", Value::from(3_i64));
    let text = case.show();
    assert!(
        text.contains("# pod.web will be scaled\n  # (imported from `/web`, which runs already)")
    );
    assert!(text.contains("Plan: 1 to import, 0 to add, 1 to change, 0 to destroy."));
}

#[test]
fn what_is_read_while_it_is_applied() {
    let mut case = Case::empty();
    case.want(web(1));
    let mut plan = case.plan();
    let address = "module.shop.data.pod.db[\"eu\"]".parse().unwrap();
    let after = BTreeSet::from([Address::pod("web")]);
    let provider = ProviderRef::new("mesos");
    let read = DataRead { address, provider, id: Some("/db".into()), after };
    let unknown = DataRead { id: None, after: BTreeSet::new(), ..read.clone() };
    plan.changes.clear();
    plan.reads = vec![read, unknown];
    insta::assert_snapshot!(plan::render(&plan, &case.options, false), @r#"
    podform will do the following. The marks mean:
     <= read (data)

      # module.shop.data.pod.db["eu"] will be read during apply
      # (after pod.web)
     <= data "pod" "db" {
          + endpoint    = (known after apply)
          + id          = "/db"
          + instance    = (known after apply)
          + network_ips = (known after apply)
          + version     = (known after apply)
        }

      # module.shop.data.pod.db["eu"] will be read during apply
      # (its `id` is known only then)
     <= data "pod" "db" {
          + endpoint    = (known after apply)
          + id          = (known after apply)
          + instance    = (known after apply)
          + network_ips = (known after apply)
          + version     = (known after apply)
        }

    No changes. What runs is what is configured.
    "#);
}
