//! The addresses of an instance and its endpoints.

use crate::private::InstancePrivate;
use podform_model::InstanceRecord;

/// Notes the addresses of the pod's network in a record: endpoints that are reached at the
/// instance's own address get it, others keep the agent's host.
pub(crate) fn note(record: &mut InstanceRecord, private: &InstancePrivate, addresses: &[String]) {
    if !private.own_network {
        return;
    }
    record.network_ips = addresses.to_vec();
    let Some(first) = addresses.first() else { return };
    for (endpoint, port) in &private.container_ports {
        record.endpoints.insert(endpoint.clone(), join(first, *port));
    }
}

/// `host:port`, an IPv6 address in brackets.
pub(crate) fn join(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_has_brackets() {
        assert_eq!(join("fd00::5", 80), "[fd00::5]:80");
        assert_eq!(join("node1", 80), "node1:80");
    }
}
