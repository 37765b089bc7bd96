//! Whole pods to whole task groups.

use super::*;
use crate::offers::Free;
use podform_mesos_proto::{Resource, SecretType, VariableType};
use podform_model::Value;
use podform_model::defaults;
use podform_model::pod::Pod;

/// Reads JSON as the value of a pod, with defaults filled.
fn value(json: serde_json::Value) -> Value {
    defaults::fill(&serde_json::from_value::<Value>(json).unwrap())
}

fn template(json: serde_json::Value, secrets: &[(&str, &str)]) -> Template {
    let settings = crate::settings::read(&Value::object::<&str>([]), "").0.unwrap();
    let secrets = secrets
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Zeroizing::new(value.as_bytes().to_vec())))
        .collect();
    let pod = Pod::from_value(&value(json)).unwrap();
    Template::new("pod.web".parse().unwrap(), pod, &settings, "lin", "ann", secrets)
}

fn lowered(template: &Template) -> Lowered {
    let mut free = Free::new(&[
        Resource::scalar("cpus", 8.0),
        Resource::scalar("mem", 8192.0),
        Resource::scalar("disk", 8192.0),
        Resource::ranges("ports", [(31000, 31010)]),
    ]);
    template.lower(&Place {
        framework: FrameworkId::new("podform-1"),
        agent: AgentId::new("S0"),
        host: "node1".into(),
        agent_url: Some("node1:5051".into()),
        slot: 2,
        generation: "gen".into(),
        unique: "u1".into(),
        grant: free.take(&template.demand, 0).unwrap(),
        now: 5.0,
    })
}

fn guestbook() -> serde_json::Value {
    serde_json::json!({
        "id": "/shop/guestbook",
        "labels": {"team": "a"},
        "environment": {"A": "pod", "B": "pod"},
        "secret": [{"name": "db", "source": "/shop/db"}],
        "volume": [{"name": "data"}],
        "container": [
            {
                "name": "web", "command": "exec serve", "resources": {"cpus": 0.1, "mem": 32},
                "environment": {"B": "web", "PW": {"$secret": "db"}, "T": {"$sensitive": "tok"}, "HOST": "x"},
                "endpoint": [{"name": "http-main", "labels": {"VIP_0": "/g:80"}}],
                "volume_mount": [{"name": "data", "path": "data"}],
                "health_check": {"http": {"endpoint": "http-main", "path": "/"}, "interval": 5, "timeout": 2},
                "kill_grace_period": 7
            },
            {
                "name": "side", "argv": ["sleep", "9"], "resources": {}, "user": "bob",
                "volume_mount": [{"name": "data", "path": "d", "read_only": true}],
                "limits": {"cpus": "unlimited", "mem": 256},
                "artifact": [{"uri": "http://x/y.tgz", "dest_path": "z"}]
            }
        ]
    })
}

fn variable<'a>(task: &'a TaskInfo, name: &str) -> Option<&'a podform_mesos_proto::Variable> {
    let environment = task.command.as_ref()?.environment.as_ref()?;
    environment.variables.iter().find(|variable| variable.name == name)
}

fn text<'a>(task: &'a TaskInfo, name: &str) -> Option<&'a str> {
    variable(task, name)?.value.as_deref()
}

#[test]
fn ids_and_labels_name_the_attempt() {
    let lowered = lowered(&template(guestbook(), &[("db", "pw")]));
    assert_eq!(lowered.executor.executor_id.value, "shop_guestbook.instance-u1");
    assert_eq!(lowered.executor.framework_id.as_ref().unwrap().value, "podform-1");
    assert_eq!(lowered.executor.r#type, Some(ExecutorType::Default));
    assert!(lowered.executor.command.is_none() && lowered.executor.container.is_none());
    let web = &lowered.tasks[0];
    assert_eq!(web.task_id.value, "shop_guestbook.instance-u1.web");
    let labels = web.labels.as_ref().unwrap();
    assert_eq!(labels.get(label::LINEAGE), Some("lin"));
    assert_eq!(labels.get(label::ADDRESS), Some("pod.web"));
    assert_eq!(labels.get(label::SLOT), Some("2"));
    assert_eq!(labels.get(label::GENERATION), Some("gen"));
    let record = &lowered.record;
    assert_eq!(record.endpoints["http-main"], "node1:31000");
    let private = InstancePrivate::of(record);
    assert!(private.tasks[0].checked && !private.tasks[1].checked);
    assert_eq!(private.tasks[0].grace_ms, Some(7000));
}

#[test]
fn the_environment_is_the_users_then_ours() {
    let lowered = lowered(&template(guestbook(), &[("db", "pw")]));
    let web = &lowered.tasks[0];
    assert_eq!(text(web, "A"), Some("pod"));
    assert_eq!(text(web, "B"), Some("web"));
    assert_eq!(text(web, "HOST"), Some("node1"));
    assert_eq!(text(web, "MESOS_TASK_ID"), Some("shop_guestbook.instance-u1.web"));
    assert_eq!(text(web, "PODFORM_APP_ID"), Some("/shop/guestbook"));
    assert_eq!(text(web, "PODFORM_CONTAINER_RESOURCE_MEM"), Some("32.0"));
    assert_eq!(text(web, "PODFORM_APP_LABEL_TEAM"), Some("a"));
    // Every container gets the ports of all.
    let side = &lowered.tasks[1];
    assert_eq!(text(side, "ENDPOINT_HTTP_MAIN"), Some("31000"));
    assert_eq!(text(side, "EP_HOST_HTTP_MAIN"), Some("31000"));
    assert_eq!(text(side, "EP_CONTAINER_HTTP_MAIN"), None);
}

#[test]
fn secrets_and_sensitive_values_travel_as_secrets() {
    let lowered = lowered(&template(guestbook(), &[("db", "pw")]));
    for (name, value) in [("PW", "pw"), ("T", "tok")] {
        let variable = variable(&lowered.tasks[0], name).unwrap();
        assert_eq!(variable.r#type, VariableType::Secret);
        assert_eq!(variable.value, None);
        let secret = variable.secret.as_ref().unwrap();
        assert_eq!(secret.r#type, Some(SecretType::Value));
        assert_eq!(secret.value.as_ref().unwrap().data.as_slice(), value.as_bytes());
    }
    assert!(!format!("{:?}", lowered.tasks).contains("tok"));
}

#[test]
fn commands_users_and_limits() {
    let lowered = lowered(&template(guestbook(), &[("db", "pw")]));
    let [web, side] = [0, 1].map(|at| lowered.tasks[at].command.clone().unwrap());
    assert!(web.shell && web.value.as_deref() == Some("exec serve"));
    assert_eq!(web.user.as_deref(), Some("ann"));
    assert!(!side.shell);
    assert_eq!(side.value.as_deref(), Some("sleep"), "no image: argv names the program");
    assert_eq!(side.arguments, ["sleep", "9"]);
    assert_eq!(side.user.as_deref(), Some("bob"));
    assert_eq!(side.uris[0].output_file.as_deref(), Some("z"));
    assert_eq!(lowered.tasks[1].limits["cpus"].value, f64::INFINITY);
    assert_eq!(lowered.tasks[1].limits["mem"].value, 256.0);
    let linux = lowered.tasks[1].container.as_ref().unwrap().linux_info.as_ref().unwrap();
    assert_eq!(linux.share_cgroups, Some(false));
}

#[test]
fn an_image_without_command_keeps_its_entry_point() {
    let lowered = lowered(&template(
        serde_json::json!({"id": "/i", "container": [{
            "name": "a", "resources": {},
            "image": {"id": "nginx:1.27", "force_pull": true},
        }]}),
        &[],
    ));
    let task = &lowered.tasks[0];
    let command = task.command.as_ref().unwrap();
    assert!(!command.shell && command.value.is_none() && command.arguments.is_empty());
    let image = task.container.as_ref().unwrap().mesos.as_ref().unwrap().image.clone().unwrap();
    assert_eq!(image.docker.unwrap().name, "nginx:1.27");
    assert!(!image.cached);
}

#[test]
fn the_health_check_uses_the_port_inside_the_pods_network() {
    let lowered = lowered(&template(guestbook(), &[("db", "pw")]));
    let check = lowered.tasks[0].health_check.clone().unwrap();
    assert_eq!(check.http.unwrap().port, 31000);
    assert_eq!((check.interval_seconds, check.timeout_seconds), (5.0, 2.0));
    assert_eq!(check.consecutive_failures, 3);
}

fn on_network(network: serde_json::Value, endpoint: serde_json::Value) -> Lowered {
    lowered(&template(
        serde_json::json!({"id": "/n", "network": [network], "container": [{
            "name": "a", "command": "x", "resources": {}, "endpoint": [endpoint],
            "health_check": {"tcp": {"endpoint": "h"}},
        }]}),
        &[],
    ))
}

#[test]
fn a_bridge_maps_host_ports() {
    let lowered = on_network(
        serde_json::json!({"mode": "container/bridge"}),
        serde_json::json!({"name": "h", "container_port": 80, "protocol": ["tcp", "udp"]}),
    );
    let network = &lowered.executor.container.as_ref().unwrap().network_infos[0];
    assert_eq!(network.name.as_deref(), Some("mesos-bridge"));
    assert_eq!(network.port_mappings.len(), 2);
    assert_eq!(network.port_mappings[0].container_port, 80);
    assert_eq!(network.port_mappings[0].host_port, 31000);
    let task = &lowered.tasks[0];
    assert_eq!(text(task, "ENDPOINT_H"), Some("80"));
    assert_eq!(text(task, "EP_HOST_H"), Some("31000"));
    assert_eq!(task.health_check.clone().unwrap().tcp.unwrap().port, 80);
    let port = &task.discovery.as_ref().unwrap().ports.as_ref().unwrap().ports[0];
    assert_eq!(port.number, 31000);
    assert_eq!(port.labels.as_ref().unwrap().get("network-scope"), Some("host"));
}

#[test]
fn a_container_network_has_addresses_of_its_own() {
    let lowered = on_network(
        serde_json::json!({"mode": "container", "name": "dcos"}),
        serde_json::json!({"name": "h", "container_port": 80}),
    );
    let network = &lowered.executor.container.as_ref().unwrap().network_infos[0];
    assert!(network.port_mappings.is_empty());
    assert!(lowered.executor.resources.iter().all(|resource| resource.name != "ports"));
    let port = &lowered.tasks[0].discovery.as_ref().unwrap().ports.as_ref().unwrap().ports[0];
    assert_eq!(port.number, 80);
    assert_eq!(port.labels.as_ref().unwrap().get("network-name"), Some("dcos"));
    let mut record = lowered.record;
    let private = InstancePrivate::of(&record);
    crate::address::note(&mut record, &private, &["9.0.0.5".into()]);
    assert_eq!(record.endpoints["h"], "9.0.0.5:80");
    assert_eq!(record.network_ips, ["9.0.0.5"]);
}

#[test]
fn volumes_are_shared_through_the_executors_sandbox() {
    let lowered = lowered(&template(guestbook(), &[("db", "pw")]));
    let volumes = |at: usize| lowered.tasks[at].container.as_ref().unwrap().volumes.clone();
    let path = |volume: &podform_mesos_proto::Volume| {
        volume.source.clone().unwrap().sandbox_path.unwrap().path
    };
    assert_eq!(path(&volumes(0)[0]), "volumes/data");
    assert_eq!(path(&volumes(1)[0]), "volumes/data");
    assert_eq!(volumes(1)[0].mode, podform_mesos_proto::VolumeMode::Ro);
}

#[test]
fn a_long_id_still_fits_mesos() {
    let id = format!("/{}", "a".repeat(400));
    let instance = instance_id(&id, &uuid::Uuid::new_v4().to_string());
    assert!(instance.len() + 1 + 63 <= 255);
}
