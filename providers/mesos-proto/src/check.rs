//! `HealthCheck`, `CheckInfo` and their results.

use crate::command::CommandInfo;
use crate::container::NetworkProtocol;
use crate::wire::{message, names};

names! {
    /// `HealthCheck.Type` and `CheckInfo.Type`
    CheckType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// A command in the container.
        Command = "COMMAND",
        /// An HTTP request.
        Http = "HTTP",
        /// A connection.
        Tcp = "TCP",
    }
}

message! {
    /// `HealthCheck`
    HealthCheck {
        /// Which field is set.
        opt r#type: CheckType,
        /// COMMAND
        opt command: CommandInfo,
        /// HTTP
        opt http: HttpHealthCheck,
        /// TCP
        opt tcp: TcpHealthCheck,
        /// Seconds before the first one.
        def delay_seconds: f64 = 15.0,
        /// Seconds between two.
        def interval_seconds: f64 = 10.0,
        /// Seconds that one may take; 0: for ever.
        def timeout_seconds: f64 = 20.0,
        /// Failures in a row until the task is killed; 0: never.
        def consecutive_failures: u32 = 3,
        /// Seconds from the launch during which failures before the first success are not counted.
        def grace_period_seconds: f64 = 10.0,
    }

    /// `HealthCheck.HTTPCheckInfo`
    HttpHealthCheck {
        /// IPv4 or IPv6.
        def protocol: NetworkProtocol = NetworkProtocol::Ipv4,
        /// `http` or `https`.
        opt scheme: String,
        /// The port, as seen in the pod's network.
        req port: u32,
        /// The path, with its slash.
        opt path: String,
        /// Statuses that count as healthy. Not used by agents: 200 to 399 do.
        list statuses: u32,
    }

    /// `HealthCheck.TCPCheckInfo`
    TcpHealthCheck {
        /// IPv4 or IPv6.
        def protocol: NetworkProtocol = NetworkProtocol::Ipv4,
        /// The port, as seen in the pod's network.
        req port: u32,
    }

    /// `CheckInfo`: a check whose result is only reported.
    CheckInfo {
        /// Which field is set.
        opt r#type: CheckType,
        /// COMMAND
        opt command: CheckCommand,
        /// HTTP
        opt http: CheckHttp,
        /// TCP
        opt tcp: CheckTcp,
        /// Seconds before the first one.
        def delay_seconds: f64 = 15.0,
        /// Seconds between two.
        def interval_seconds: f64 = 10.0,
        /// Seconds that one may take.
        def timeout_seconds: f64 = 20.0,
    }

    /// `CheckInfo.Command`
    CheckCommand {
        /// The command.
        req command: CommandInfo,
    }

    /// `CheckInfo.Http`
    CheckHttp {
        /// The port.
        req port: u32,
        /// The path.
        opt path: String,
    }

    /// `CheckInfo.Tcp`
    CheckTcp {
        /// The port.
        req port: u32,
    }

    /// `CheckStatusInfo`
    CheckStatusInfo {
        /// Which field is set.
        opt r#type: CheckType,
        /// COMMAND
        opt command: CheckStatusCommand,
        /// HTTP
        opt http: CheckStatusHttp,
        /// TCP
        opt tcp: CheckStatusTcp,
    }

    /// `CheckStatusInfo.Command`
    CheckStatusCommand {
        /// The exit code; none: not yet known.
        opt exit_code: i32,
    }

    /// `CheckStatusInfo.Http`
    CheckStatusHttp {
        /// The status; none: not yet known.
        opt status_code: u32,
    }

    /// `CheckStatusInfo.Tcp`
    CheckStatusTcp {
        /// Whether it connected; none: not yet known.
        opt succeeded: bool,
    }
}
