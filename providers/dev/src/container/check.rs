//! Health checks: how one attempt is made.

use super::process::{self, Program, Spec};
use crate::http::client;
use podform_mesos_proto::{CheckType, HealthCheck, HttpHealthCheck, NetworkProtocol};
use rustix::process::Signal;
use std::process::Stdio;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::Command;

/// Makes one attempt; false when it fails or takes too long. `spec` is the container's, `address`
/// the one of its network.
pub(crate) async fn attempt(check: &HealthCheck, spec: &Spec, address: &str) -> bool {
    let limit = Duration::try_from_secs_f64(check.timeout_seconds).unwrap_or_default();
    match check.r#type {
        Some(CheckType::Command) => command(check, spec, limit).await,
        _ if limit.is_zero() => network(check, address).await,
        _ => tokio::time::timeout(limit, network(check, address)).await.unwrap_or(false),
    }
}

async fn network(check: &HealthCheck, address: &str) -> bool {
    for host in hosts(check, address) {
        let passed = match (&check.http, &check.tcp) {
            (Some(request), _) => http(request, &host).await,
            (None, Some(tcp)) => {
                let port = u16::try_from(tcp.port).unwrap_or_default();
                TcpStream::connect((host.as_str(), port)).await.is_ok()
            }
            (None, None) => false,
        };
        if passed {
            return true;
        }
    }
    false
}

/// The loopback address of the container's network. Where that network is only pretended, a program
/// that keeps to the instance's own address is its equivalent.
fn hosts(check: &HealthCheck, address: &str) -> Vec<String> {
    let protocol = match (&check.http, &check.tcp) {
        (Some(http), _) => http.protocol,
        (None, Some(tcp)) => tcp.protocol,
        (None, None) => NetworkProtocol::Ipv4,
    };
    if protocol == NetworkProtocol::Ipv6 {
        return vec!["::1".to_owned()];
    }
    let mut hosts = vec!["127.0.0.1".to_owned()];
    if address.starts_with("127.") && address != "127.0.0.1" {
        hosts.insert(0, address.to_owned());
    }
    hosts
}

async fn http(check: &HttpHealthCheck, host: &str) -> bool {
    let scheme = check.scheme.as_deref().unwrap_or("http");
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let path = check.path.as_deref().unwrap_or_default();
    let url = format!("{scheme}://{host}:{}{path}", check.port);
    let status = if scheme == "http" {
        client::get(&url).await.ok().map(|(status, _)| status)
    } else {
        with_curl(&url).await
    };
    status.is_some_and(|status| (200..400).contains(&status))
}

/// HTTPS with certificates unverified, by the same program that a real agent runs.
async fn with_curl(url: &str) -> Option<u16> {
    let output = Command::new("curl")
        .args(["-s", "-S", "-L", "-k", "-w", "%{http_code}", "-o", "/dev/null", "-g", url])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

async fn command(check: &HealthCheck, spec: &Spec, limit: Duration) -> bool {
    let Some(info) = &check.command else { return false };
    let spec = Spec {
        command: crate::agent::program(Some(info)),
        environment: spec.environment.clone(),
        sandbox: spec.sandbox.clone(),
        user: spec.user.clone(),
    };
    if matches!(spec.command, Program::Nothing) {
        return false;
    }
    let Ok(mut child) = process::start_beside(&spec) else { return false };
    let pid = child.id();
    let ended = if limit.is_zero() {
        child.wait().await.ok()
    } else {
        tokio::time::timeout(limit, child.wait()).await.ok().and_then(Result::ok)
    };
    if ended.is_none()
        && let Some(pid) = pid
    {
        process::signal(pid, Signal::KILL);
        let _reaped = child.wait().await;
    }
    ended.is_some_and(|status| status.success())
}
