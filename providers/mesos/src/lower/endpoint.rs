//! Endpoints: host ports, port mappings, discovery and health checks.

use super::command::check_command;
use podform_mesos_proto::{
    CheckType, DiscoveryInfo, HealthCheck, HttpHealthCheck, Label, Labels, Port, PortMapping,
    Ports, TcpHealthCheck, Visibility,
};
use podform_model::pod::{CheckKind, Container, Endpoint, Network, Pod};
use std::collections::BTreeMap;

/// The host port of each endpoint that has one.
pub(crate) type Assigned = BTreeMap<String, u16>;

/// Gives granted ports to endpoints, in the order of the demand.
pub(super) fn assign(pod: &Pod, granted: &[u16]) -> Assigned {
    let asking = pod.endpoints().filter(|(_, endpoint)| endpoint.host_port.is_some());
    asking.zip(granted).map(|((_, endpoint), port)| (endpoint.name.clone(), *port)).collect()
}

/// The mappings of one network: for each endpoint with a host port, one per protocol.
pub(super) fn port_mappings(pod: &Pod, network: &str, ports: &Assigned) -> Vec<PortMapping> {
    let mut mappings = Vec::new();
    for (_, endpoint) in pod.endpoints() {
        let Some(host) = ports.get(&endpoint.name).copied() else { continue };
        if !endpoint.network_names.iter().all(|name| name == network) {
            continue;
        }
        let mapping = |protocol: Option<String>| PortMapping {
            host_port: host.into(),
            container_port: endpoint.container_port.unwrap_or(host).into(),
            protocol,
        };
        if endpoint.protocol.is_empty() {
            mappings.push(mapping(None));
        }
        let protocols = endpoint.protocol.iter().map(|protocol| protocol.as_str().to_owned());
        mappings.extend(protocols.map(|protocol| mapping(Some(protocol))));
    }
    mappings
}

/// What service discovery is told of a container. Mesos stores it and does nothing with it.
pub(super) fn discovery(pod: &Pod, container: &Container, ports: &Assigned) -> DiscoveryInfo {
    let mut entries = Vec::new();
    for endpoint in &container.endpoints {
        for protocol in &endpoint.protocol {
            entries.extend(discovery_ports(pod, endpoint, protocol, ports));
        }
    }
    DiscoveryInfo {
        visibility: Visibility::Framework,
        name: Some(discovery_name(&pod.id)),
        ports: Some(Ports { ports: entries }),
        ..DiscoveryInfo::default()
    }
}

fn discovery_ports(pod: &Pod, endpoint: &Endpoint, protocol: &str, ports: &Assigned) -> Vec<Port> {
    let entry = |number: u16, scope: &[(&str, &str)]| {
        let own = endpoint.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let labels = own
            .chain(scope.iter().copied())
            .map(|(key, value)| Label { key: key.to_owned(), value: Some(value.to_owned()) });
        let labels: Vec<Label> = labels.collect();
        Port {
            number: number.into(),
            name: Some(endpoint.name.clone()),
            protocol: Some(protocol.to_owned()),
            labels: (!labels.is_empty()).then_some(Labels { labels }),
            ..Port::default()
        }
    };
    match (ports.get(&endpoint.name), endpoint.container_port) {
        (Some(host), _) if pod.on_host_network() => vec![entry(*host, &[])],
        (Some(host), _) => vec![entry(*host, &[("network-scope", "host")])],
        (None, Some(inside)) => networks_of(pod, endpoint)
            .iter()
            .map(|name| entry(inside, &[("network-scope", "container"), ("network-name", name)]))
            .collect(),
        (None, None) => Vec::new(),
    }
}

/// The container networks that an endpoint is on.
fn networks_of<'a>(pod: &'a Pod, endpoint: &'a Endpoint) -> Vec<&'a str> {
    if !endpoint.network_names.is_empty() {
        return endpoint.network_names.iter().map(|name| name.as_str()).collect();
    }
    let names = pod.networks.iter().filter_map(|network| match network {
        Network::Container { name: Some(name), .. } => Some(name.as_str()),
        _ => None,
    });
    names.collect()
}

/// `/product/frontend` is `frontend.product`.
fn discovery_name(id: &str) -> String {
    let mut segments: Vec<&str> = id.split('/').filter(|segment| !segment.is_empty()).collect();
    segments.reverse();
    segments.join(".")
}

/// The health check as the agent runs it, inside the pod's network; `None` when the container has
/// none, or its endpoint has no port that could be checked.
pub(super) fn health_check(
    pod: &Pod,
    container: &Container,
    ports: &Assigned,
) -> Option<HealthCheck> {
    let check = container.health_check.as_ref()?;
    let port = |name: &str| -> Option<u32> {
        let endpoint = container.endpoints.iter().find(|endpoint| endpoint.name == name)?;
        let port =
            if pod.on_host_network() { ports.get(name).copied() } else { endpoint.container_port };
        port.map(u32::from)
    };
    let timing = HealthCheck {
        delay_seconds: check.delay,
        interval_seconds: check.interval,
        timeout_seconds: check.timeout,
        consecutive_failures: check.max_consecutive_failures,
        grace_period_seconds: check.grace_period,
        ..HealthCheck::default()
    };
    Some(match &check.kind {
        CheckKind::Http { endpoint, path, https } => HealthCheck {
            r#type: Some(CheckType::Http),
            http: Some(HttpHealthCheck {
                scheme: Some(if *https { "https" } else { "http" }.to_owned()),
                port: port(endpoint)?,
                path: path.as_ref().map(|path| path.as_str().to_owned()),
                ..HttpHealthCheck::default()
            }),
            ..timing
        },
        CheckKind::Tcp { endpoint } => HealthCheck {
            r#type: Some(CheckType::Tcp),
            tcp: Some(TcpHealthCheck { port: port(endpoint)?, ..TcpHealthCheck::default() }),
            ..timing
        },
        CheckKind::Command(command) => HealthCheck {
            r#type: Some(CheckType::Command),
            command: Some(check_command(command)),
            ..timing
        },
    })
}
