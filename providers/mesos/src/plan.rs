//! Refining proposals: defaults that only the provider knows, what Mesos cannot do, what to look
//! out for, and whether there is room now.

use crate::cluster::Cluster;
use crate::error::Error;
use crate::lower::{demand, reserved_variables};
use crate::offers::{Free, Shortage};
use crate::rolling::Limits;
use crate::settings::{SecretDelivery, Settings};
use crate::validate::validate;
use podform_mesos_proto::master;
use podform_model::pod::{CheckKind, Network, Pod, Surroundings, VolumeSource, complete};
use podform_model::{Address, AttributePath, Diagnostic, Diagnostics, Value, code};
use podform_provider::{PlanAnswer, PlanRequest, PodValue, Proposal, Refinement};

/// Refines proposals. Asks for the agents once, and only when something is to be launched.
pub(crate) fn plan(cluster: &Cluster, request: &PlanRequest) -> Result<PlanAnswer, Error> {
    let mut answer = PlanAnswer::default();
    let mut launches = Vec::new();
    for proposal in &request.proposals {
        let (refinement, findings) = refine(&cluster.settings, proposal);
        let planned = refinement.as_ref().map_or(&proposal.planned, |r| &r.planned);
        if !findings.has_errors()
            && let Some(launch) = Launches::of(&cluster.settings, proposal, planned)
        {
            launches.push(launch);
        }
        answer.refinements.extend(refinement);
        answer.diagnostics.extend(findings);
    }
    if !launches.is_empty() {
        let call = master::Call::new(master::CallType::GetAgents);
        let agents = cluster.ask(&call)?.get_agents.unwrap_or_default();
        answer.diagnostics.extend(preview(&launches, &agents.agents));
    }
    Ok(answer)
}

/// Fills what the provider knows, and says what is to be said about one pod.
fn refine(settings: &Settings, proposal: &Proposal) -> (Option<Refinement>, Diagnostics) {
    let surroundings =
        Surroundings { role: None, default_network: settings.default_network.as_deref() };
    let planned = complete(&proposal.planned, &surroundings);
    let value = PodValue { address: proposal.address.clone(), value: planned.clone() };
    let mut findings = validate(std::slice::from_ref(&value));
    findings.extend(unlaunchable(settings, &value));
    if let Ok(pod) = Pod::from_value(&planned) {
        findings.extend(warnings(settings, &proposal.address, &pod));
    }
    let refinement = (planned != proposal.planned).then(|| Refinement {
        address: proposal.address.clone(),
        planned,
        replace: Vec::new(),
    });
    (refinement, findings)
}

/// What Mesos would take and then never run, or refuse. Unknown values are left to the apply.
fn unlaunchable(settings: &Settings, pod: &PodValue) -> Diagnostics {
    let mut findings = Diagnostics::new();
    let mut wrong = |path: AttributePath, text: String, help: &str| {
        findings
            .push(Diagnostic::error(code::POD_RULE, text).help(help).at(&pod.address).path(path));
    };
    let root = AttributePath::root();
    for container in pod.value.items("container") {
        let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
        let path = root.attr("container").key(name);
        if ["command", "argv", "image"].iter().all(|what| container.get(what).is_none()) {
            let text = format!("container `{name}` has neither a command nor an image");
            wrong(path.clone(), text, "write `command`, `argv` or an `image` block");
        }
        let http = container.get("health_check").and_then(|check| check.get("http"));
        let check = http.and_then(|http| http.get("path")).and_then(Value::as_str);
        if let Some(text) = check.filter(|text| !text.starts_with('/')) {
            let path = path.attr("health_check").attr("http").attr("path");
            wrong(
                path,
                format!("`{text}` does not begin with `/`"),
                "write it with a `/` in front",
            );
        }
    }
    for (at, network) in pod.value.items("network").iter().enumerate() {
        let container = network.get("mode").and_then(Value::as_str) == Some("container");
        if container && network.get("name").is_none_or(Value::is_null) {
            let text =
                "a container network needs a name, and the provider has no `default_network`";
            let help = "write `name`, or set `default_network` in `provider \"mesos\"`";
            wrong(root.attr("network").index(at), text.into(), help);
        }
    }
    let role = pod.value.get("role").filter(|role| !role.is_null());
    let role = role.map_or(Some(settings.role.as_str()), Value::as_str);
    let accepted = pod.value.get("placement").map(|p| p.items("accepted_resource_roles"));
    for other in accepted.unwrap_or_default().iter().filter_map(Value::as_str) {
        if let Some(role) = role
            && other != "*"
            && other != role
        {
            let text =
                format!("`accepted_resource_roles` may hold `*` and `{role}`, not `{other}`");
            let path = root.attr("placement").attr("accepted_resource_roles");
            wrong(path, text, "remove it, or set the pod's `role`");
        }
    }
    findings
}

/// What is legal and yet worth a word.
fn warnings(settings: &Settings, address: &Address, pod: &Pod) -> Diagnostics {
    let mut findings = Diagnostics::new();
    let mut warn = |code: &str, path: AttributePath, text: String, help: &str| {
        findings.push(Diagnostic::warning(code, text).help(help).at(address).path(path));
    };
    let root = AttributePath::root();
    let ours = reserved_variables(pod, &settings.env_prefix.to_ascii_uppercase());
    let environments = pod
        .containers
        .iter()
        .map(|c| (root.attr("container").key(&c.name).attr("environment"), &c.environment))
        .chain([(root.attr("environment"), &pod.environment)]);
    for (path, environment) in environments {
        for name in environment.keys().filter(|name| ours.contains(*name)) {
            let text = format!("`{name}` is set by podform, which wins");
            warn(code::PROVIDER_WARNING, path.key(name), text, "choose another name");
        }
    }
    for volume in &pod.volumes {
        if matches!(volume.source, VolumeSource::Secret(_)) {
            let text = format!(
                "an agent without the isolator `volume/secret` leaves the file of volume `{}` out without a word",
                volume.name
            );
            let path = root.attr("volume").key(&volume.name);
            warn(code::POD_TRAP, path, text, "let the command check that the file is there");
        }
    }
    if settings.secret_delivery == SecretDelivery::Value {
        for volume in &pod.volumes {
            if matches!(volume.source, VolumeSource::Secret(_)) {
                let text = format!(
                    "whoever may see the tasks of Mesos sees the secret of volume `{}`",
                    volume.name
                );
                let path = root.attr("volume").key(&volume.name);
                warn(
                    code::SECRET_EXPOSED,
                    path,
                    text,
                    "use an environment variable, which Mesos does not show",
                );
            }
        }
        for container in &pod.containers {
            let pulls = container.image.as_ref().is_some_and(|image| image.pull_secret.is_some());
            if pulls {
                let path = root.attr("container").key(&container.name).attr("image");
                let text = "whoever may see the tasks of Mesos sees the pull secret".to_owned();
                warn(
                    code::SECRET_EXPOSED,
                    path,
                    text,
                    "give the agents the registry's credentials",
                );
            }
        }
    }
    sensitive_labels(&mut warn, &root, pod);
    unchecked(&mut warn, &root, pod);
    findings
}

type Warn<'a> = dyn FnMut(&str, AttributePath, String, &str) + 'a;

fn sensitive_labels(warn: &mut Warn<'_>, root: &AttributePath, pod: &Pod) {
    let of_pod = (root.attr("labels"), &pod.labels);
    let of_containers = pod
        .containers
        .iter()
        .map(|c| (root.attr("container").key(&c.name).attr("labels"), &c.labels));
    for (path, labels) in of_containers.chain([of_pod]) {
        for (name, _) in labels.iter().filter(|(_, value)| value.is_sensitive()) {
            let text = format!("whoever may see Mesos sees the sensitive label `{name}`");
            warn(code::SECRET_EXPOSED, path.key(name), text, "use an environment variable");
        }
    }
}

/// A health check whose endpoint has no port inside the pod's network is not run.
fn unchecked(warn: &mut Warn<'_>, root: &AttributePath, pod: &Pod) {
    let off_host = pod.networks.iter().any(|network| !matches!(network, Network::Host));
    for container in pod.containers.iter().filter(|_| off_host) {
        let Some(check) = &container.health_check else { continue };
        let (CheckKind::Http { endpoint: name, .. } | CheckKind::Tcp { endpoint: name }) =
            &check.kind
        else {
            continue;
        };
        let endpoint = container.endpoints.iter().find(|endpoint| &endpoint.name == name);
        if endpoint.is_some_and(|endpoint| endpoint.container_port.is_none()) {
            let path = root.attr("container").key(&container.name).attr("health_check");
            let text = format!("endpoint `{name}` has no `container_port`: it is not checked");
            warn(code::POD_TRAP, path, text, "write a `container_port`");
        }
    }
}

/// Instances of a pod that would be launched at once.
struct Launches {
    address: Address,
    demand: crate::offers::Demand,
    count: u32,
}

impl Launches {
    /// How many would be launched before anything is stopped. `None`: nothing, or not known yet.
    fn of(settings: &Settings, proposal: &Proposal, planned: &Value) -> Option<Self> {
        let pod = Pod::from_value(planned).ok()?;
        let role = pod.role.as_ref().map_or(settings.role.as_str(), |role| role.as_str());
        let upgrade = pod.upgrade;
        let count = if proposal.prior.as_ref().is_some_and(|prior| rolls(prior, planned)) {
            let limits = Limits::new(
                pod.instances,
                upgrade.minimum_health_capacity,
                upgrade.maximum_over_capacity,
            );
            proposal.launches.min(limits.maximum.saturating_sub(pod.instances))
        } else {
            proposal.launches
        };
        let demand = demand(&pod, role);
        (count > 0).then(|| Self { address: proposal.address.clone(), demand, count })
    }
}

/// Whether more than the number of instances changes.
fn rolls(prior: &Value, planned: &Value) -> bool {
    let without = |value: &Value| {
        let mut value = value.clone();
        value.set("instances", Value::Null);
        value
    };
    without(prior) != without(planned)
}

/// Plays the launches on what is free now. What does not fit is a warning: it may fit later.
fn preview(launches: &[Launches], agents: &[master::Agent]) -> Diagnostics {
    let mut free: Vec<(&str, Free)> = agents
        .iter()
        .filter(|agent| agent.active && agent.deactivated != Some(true))
        .map(|agent| {
            let mut free = Free::new(&agent.total_resources);
            free.subtract(&agent.allocated_resources);
            (agent.agent_info.hostname.as_str(), free)
        })
        .collect();
    let mut findings = Diagnostics::new();
    for launch in launches {
        let mut missing = 0;
        let mut shortage = Shortage::default();
        for _ in 0..launch.count {
            let fits = free.iter_mut().any(|(_, free)| free.take(&launch.demand, 0).is_some());
            if !fits {
                missing += 1;
                for (host, free) in &free {
                    shortage.note(host, &free.short(&launch.demand));
                }
            }
        }
        if missing > 0 {
            findings.push(does_not_fit(launch, missing, &shortage));
        }
    }
    findings
}

fn does_not_fit(launch: &Launches, missing: u32, shortage: &Shortage) -> Diagnostic {
    let text = format!("{missing} of {} instances do not fit the free resources now", launch.count);
    let detail = if shortage.is_empty() {
        "No agent is registered with the master.".to_owned()
    } else {
        format!("What is short:\n{}", shortage.lines().join("\n"))
    };
    Diagnostic::warning(code::PROVIDER_PLACEMENT, text)
        .detail(detail)
        .help("free resources or add an agent; apply waits for room until its timeout")
        .at(&launch.address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_mesos_proto::{AgentInfo, Resource};
    use podform_model::defaults;

    fn settings() -> Settings {
        crate::settings::read(&Value::object::<&str>([]), "").0.unwrap()
    }

    fn proposal(json: serde_json::Value, launches: u32) -> Proposal {
        let value: Value = serde_json::from_value(json).unwrap();
        Proposal {
            address: Address::pod("web"),
            prior: None,
            planned: defaults::fill(&value),
            launches,
            secrets: Default::default(),
        }
    }

    fn simple() -> serde_json::Value {
        serde_json::json!({"id": "/a", "instances": 3, "container": [
            {"name": "web", "command": "x", "resources": {"cpus": 0.9, "mem": 32}},
        ]})
    }

    fn agent(host: &str, cpus: f64, used: f64) -> master::Agent {
        master::Agent {
            active: true,
            agent_info: AgentInfo { hostname: host.into(), ..AgentInfo::default() },
            total_resources: vec![
                Resource::scalar("cpus", cpus),
                Resource::scalar("mem", 1024.0),
                Resource::scalar("disk", 1024.0),
            ],
            allocated_resources: vec![Resource::scalar("cpus", used)],
            ..master::Agent::default()
        }
    }

    #[test]
    fn the_default_network_fills_a_network_without_name() {
        let json = serde_json::json!({"id": "/a", "network": [{"mode": "container"}],
            "container": [{"name": "web", "command": "x", "resources": {}}]});
        let (_, findings) = refine(&settings(), &proposal(json.clone(), 0));
        assert!(findings.has_errors());
        let with = Settings { default_network: Some("dcos".into()), ..settings() };
        let (refined, findings) = refine(&with, &proposal(json, 0));
        assert!(!findings.has_errors());
        let network = refined.unwrap().planned.items("network")[0].clone();
        assert_eq!(network.get("name").unwrap().as_str(), Some("dcos"));
    }

    #[test]
    fn what_never_runs_is_an_error_and_all_errors_come() {
        let json = serde_json::json!({"id": "/a", "role": "dev",
        "placement": {"accepted_resource_roles": ["*", "other"]},
        "container": [
            {"name": "none", "resources": {}},
            {"name": "web", "command": "x", "resources": {}, "endpoint": [{"name": "h"}],
             "health_check": {"http": {"endpoint": "h", "path": "up"}}},
        ]});
        let (_, findings) = refine(&settings(), &proposal(json, 0));
        let texts: Vec<&str> =
            findings.iter().filter(|f| f.is_error()).map(|f| f.summary.as_str()).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(texts[0].contains("container `none` has neither"));
    }

    #[test]
    fn an_unknown_command_is_left_to_the_apply() {
        let json = serde_json::json!({"id": "/a", "container": [
            {"name": "web", "command": {"$unknown": true}, "resources": {}}]});
        assert!(refine(&settings(), &proposal(json, 1)).1.is_empty());
    }

    #[test]
    fn what_others_can_see_is_warned_about() {
        let json = serde_json::json!({"id": "/a",
            "secret": [{"name": "s", "source": "/s"}],
            "volume": [{"name": "v", "secret": {"$secret": "s"}}],
            "environment": {"HOST": "mine"},
            "container": [{"name": "web", "command": "x", "resources": {},
                "labels": {"token": {"$sensitive": "t"}},
                "image": {"id": "i", "pull_secret": {"$secret": "s"}},
                "volume_mount": [{"name": "v", "path": "p"}]}]});
        let (_, findings) = refine(&settings(), &proposal(json, 0));
        let codes: Vec<&str> = findings.iter().map(|f| f.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                code::PROVIDER_WARNING,
                code::POD_TRAP,
                code::SECRET_EXPOSED,
                code::SECRET_EXPOSED,
                code::SECRET_EXPOSED
            ]
        );
    }

    fn launches(proposal: &Proposal) -> Vec<Launches> {
        Launches::of(&settings(), proposal, &proposal.planned).into_iter().collect()
    }

    #[test]
    fn the_preview_says_what_is_short_where() {
        let three = launches(&proposal(simple(), 3));
        assert!(preview(&three, &[agent("n1", 2.0, 0.0), agent("n2", 1.0, 0.0)]).is_empty());
        let findings = preview(&three, &[agent("n1", 2.0, 0.5), agent("n2", 1.0, 0.0)]);
        let finding = &findings.0[0];
        assert_eq!(finding.summary, "1 of 3 instances do not fit the free resources now");
        let detail = finding.detail.as_ref().unwrap();
        assert!(detail.contains("n1: cpus (needs 1, 0.5 free)"), "{detail}");
        assert!(!finding.is_error());
    }

    #[test]
    fn without_agents_nothing_fits() {
        let findings = preview(&launches(&proposal(simple(), 1)), &[]);
        assert!(findings.0[0].detail.as_ref().unwrap().contains("No agent"));
    }

    #[test]
    fn a_roll_without_extra_instances_needs_no_room() {
        let mut json = simple();
        json["upgrade"] =
            serde_json::json!({"minimum_health_capacity": 0.5, "maximum_over_capacity": 0});
        let mut update = proposal(json, 3);
        let mut prior = update.planned.clone();
        prior.set("user", "other".into());
        update.prior = Some(prior);
        assert!(launches(&update).is_empty());
    }
}
