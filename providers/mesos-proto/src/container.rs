//! What a task runs in: `ContainerInfo`, `Image`, `Volume`, `NetworkInfo`, `LinuxInfo`.

use crate::command::Secret;
use crate::framework::Parameter;
use crate::offer::Labels;
use crate::wire::{message, names};

names! {
    /// `ContainerInfo.Type`
    ContainerType {
        /// A container of Mesos' own containerizer.
        Mesos = "MESOS",
        /// A container of the Docker daemon; not for task groups.
        Docker = "DOCKER",
    }

    /// `Image.Type`
    ImageType {
        /// An image of a Docker registry.
        Docker = "DOCKER",
        /// An appc image.
        Appc = "APPC",
    }

    /// `Volume.Mode`
    VolumeMode {
        /// Readable and writable.
        Rw = "RW",
        /// Readable.
        Ro = "RO",
    }

    /// `Volume.Source.Type`
    VolumeSourceType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// A volume of a Docker volume driver.
        DockerVolume = "DOCKER_VOLUME",
        /// A folder of this or the executor's sandbox.
        SandboxPath = "SANDBOX_PATH",
        /// A file with a secret.
        Secret = "SECRET",
        /// A path of the agent.
        HostPath = "HOST_PATH",
        /// A CSI volume.
        CsiVolume = "CSI_VOLUME",
    }

    /// `Volume.Source.SandboxPath.Type`
    SandboxPathType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// The task's own sandbox.
        OwnSandbox = "SELF",
        /// The executor's sandbox, which all tasks of the group share.
        Parent = "PARENT",
    }

    /// `MountPropagation.Mode`
    MountPropagationMode {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// Mounts of the host appear in the container.
        HostToContainer = "HOST_TO_CONTAINER",
        /// Mounts appear on both sides.
        Bidirectional = "BIDIRECTIONAL",
    }

    /// `NetworkInfo.Protocol`
    NetworkProtocol {
        /// IPv4
        Ipv4 = "IPv4",
        /// IPv6
        Ipv6 = "IPv6",
    }

    /// `LinuxInfo.IpcMode`
    IpcMode {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// An own namespace.
        Private = "PRIVATE",
        /// The parent's namespace.
        ShareParent = "SHARE_PARENT",
    }

    /// `CapabilityInfo.Capability`: Linux capabilities without `CAP_`.
    LinuxCapability {
        Unknown = "UNKNOWN", Chown = "CHOWN", DacOverride = "DAC_OVERRIDE", DacReadSearch = "DAC_READ_SEARCH", Fowner = "FOWNER",
        Fsetid = "FSETID", Kill = "KILL", Setgid = "SETGID", Setuid = "SETUID", Setpcap = "SETPCAP",
        LinuxImmutable = "LINUX_IMMUTABLE", NetBindService = "NET_BIND_SERVICE", NetBroadcast = "NET_BROADCAST",
        NetAdmin = "NET_ADMIN", NetRaw = "NET_RAW", IpcLock = "IPC_LOCK", IpcOwner = "IPC_OWNER", SysModule = "SYS_MODULE",
        SysRawio = "SYS_RAWIO", SysChroot = "SYS_CHROOT", SysPtrace = "SYS_PTRACE", SysPacct = "SYS_PACCT", SysAdmin = "SYS_ADMIN",
        SysBoot = "SYS_BOOT", SysNice = "SYS_NICE", SysResource = "SYS_RESOURCE", SysTime = "SYS_TIME",
        SysTtyConfig = "SYS_TTY_CONFIG", Mknod = "MKNOD", Lease = "LEASE", AuditWrite = "AUDIT_WRITE",
        AuditControl = "AUDIT_CONTROL", Setfcap = "SETFCAP", MacOverride = "MAC_OVERRIDE", MacAdmin = "MAC_ADMIN", Syslog = "SYSLOG",
        WakeAlarm = "WAKE_ALARM", BlockSuspend = "BLOCK_SUSPEND", AuditRead = "AUDIT_READ", Perfmon = "PERFMON", Bpf = "BPF",
        CheckpointRestore = "CHECKPOINT_RESTORE",
    }

    /// `RLimitInfo.RLimit.Type`
    RlimitType {
        Unknown = "UNKNOWN", As = "RLMT_AS", Core = "RLMT_CORE", Cpu = "RLMT_CPU", Data = "RLMT_DATA", Fsize = "RLMT_FSIZE",
        Memlock = "RLMT_MEMLOCK", Msgqueue = "RLMT_MSGQUEUE", Nice = "RLMT_NICE", Nofile = "RLMT_NOFILE", Nproc = "RLMT_NPROC",
        Rss = "RLMT_RSS", Rtprio = "RLMT_RTPRIO", Rttime = "RLMT_RTTIME", Sigpending = "RLMT_SIGPENDING", Stack = "RLMT_STACK",
    }

    /// `ContainerInfo.DockerInfo.Network`
    DockerNetwork {
        /// The agent's network.
        Host = "HOST",
        /// Docker's bridge.
        Bridge = "BRIDGE",
        /// No network.
        None = "NONE",
        /// A network by name.
        User = "USER",
    }
}

message! {
    /// `ContainerInfo`
    ContainerInfo {
        /// Its type.
        req r#type: ContainerType,
        /// Its volumes.
        list volumes: Volume,
        /// Its host name.
        opt hostname: String,
        /// For DOCKER.
        opt docker: DockerInfo,
        /// For MESOS.
        opt mesos: MesosInfo,
        /// The networks it joins; none: its parent's, or the agent's.
        list network_infos: NetworkInfo,
        /// Namespaces, capabilities, cgroups.
        opt linux_info: LinuxInfo,
        /// Limits of its processes.
        opt rlimit_info: RlimitInfo,
        /// Its terminal.
        opt tty_info: TtyInfo,
    }

    /// `ContainerInfo.DockerInfo`
    DockerInfo {
        /// The image.
        req image: String,
        /// The network.
        def network: DockerNetwork = DockerNetwork::Host,
        /// Mapped ports.
        list port_mappings: PortMapping,
        /// Whether it has all privileges.
        def privileged: bool = false,
        /// Parameters of `docker run`.
        list parameters: Parameter,
        /// Whether the image is pulled anew.
        opt force_pull_image: bool,
        /// The volume driver. Deprecated.
        opt volume_driver: String,
    }

    /// `ContainerInfo.MesosInfo`
    MesosInfo {
        /// Its root file system; none: the agent's.
        opt image: Image,
    }

    /// `Image`
    Image {
        /// Its type.
        req r#type: ImageType,
        /// For APPC.
        opt appc: AppcImage,
        /// For DOCKER.
        opt docker: DockerImage,
        /// Whether an image that the agent has is good enough.
        def cached: bool = true,
    }

    /// `Image.Appc`
    AppcImage {
        /// The image's name.
        req name: String,
        /// The image's id.
        opt id: String,
        /// Labels that choose it.
        opt labels: Labels,
    }

    /// `Image.Docker`
    DockerImage {
        /// Name and tag or digest.
        req name: String,
        /// A `config.json` with the registry's credentials.
        opt config: Secret,
    }

    /// `Volume`
    Volume {
        /// Readable only, or writable.
        req mode: VolumeMode,
        /// Where it is in the container.
        req container_path: String,
        /// A path on the agent. Deprecated.
        opt host_path: String,
        /// An image's file system.
        opt image: Image,
        /// What it is.
        opt source: VolumeSource,
    }

    /// `Volume.Source`
    VolumeSource {
        /// Which field is set.
        opt r#type: VolumeSourceType,
        /// DOCKER_VOLUME
        opt docker_volume: DockerVolume,
        /// HOST_PATH
        opt host_path: HostPath,
        /// SANDBOX_PATH
        opt sandbox_path: SandboxPath,
        /// SECRET
        opt secret: Secret,
        /// CSI_VOLUME
        opt csi_volume: CsiVolume,
    }

    /// `Volume.Source.DockerVolume`
    DockerVolume {
        /// The driver.
        opt driver: String,
        /// The volume's name.
        req name: String,
        /// Options of the driver.
        opt driver_options: Parameters,
    }

    /// `Parameters`
    Parameters {
        /// The parameters.
        list parameter: Parameter,
    }

    /// `Volume.Source.HostPath`
    HostPath {
        /// The path on the agent.
        req path: String,
        /// Whether later mounts are seen.
        opt mount_propagation: MountPropagation,
    }

    /// `MountPropagation`
    MountPropagation {
        /// In which direction.
        opt mode: MountPropagationMode,
    }

    /// `Volume.Source.SandboxPath`
    SandboxPath {
        /// Whose sandbox.
        opt r#type: SandboxPathType,
        /// The path within it.
        req path: String,
    }

    /// `Volume.Source.CSIVolume`
    CsiVolume {
        /// The plugin.
        req plugin_name: String,
        /// A volume that exists.
        opt static_provisioning: CsiStaticProvisioning,
    }

    /// `Volume.Source.CSIVolume.StaticProvisioning`
    CsiStaticProvisioning {
        /// The volume.
        req volume_id: String,
        /// Whether it is only read.
        opt readonly: bool,
        /// What the plugin wants to know.
        map volume_context: String,
    }

    /// `NetworkInfo`
    NetworkInfo {
        /// The network; none: the host's.
        opt name: String,
        /// Addresses wished for, or had.
        list ip_addresses: IpAddress,
        /// Groups. Not used.
        list groups: String,
        /// Labels for the network's plugin.
        opt labels: Labels,
        /// Ports of the agent that lead to the container.
        list port_mappings: PortMapping,
    }

    /// `NetworkInfo.IPAddress`
    IpAddress {
        /// IPv4 or IPv6.
        def protocol: NetworkProtocol = NetworkProtocol::Ipv4,
        /// The address.
        opt ip_address: String,
    }

    /// `NetworkInfo.PortMapping` and `ContainerInfo.DockerInfo.PortMapping`
    PortMapping {
        /// The agent's port.
        req host_port: u32,
        /// The container's port.
        req container_port: u32,
        /// `tcp` or `udp`.
        opt protocol: String,
    }

    /// `LinuxInfo`
    LinuxInfo {
        /// Capabilities. Deprecated.
        opt capability_info: CapabilityInfo,
        /// Capabilities that it may gain.
        opt bounding_capabilities: CapabilityInfo,
        /// Capabilities that it has.
        opt effective_capabilities: CapabilityInfo,
        /// Whether it sees its parent's processes.
        opt share_pid_namespace: bool,
        /// The seccomp profile.
        opt seccomp: SeccompInfo,
        /// Whether it shares IPC.
        opt ipc_mode: IpcMode,
        /// Size of `/dev/shm` in MiB.
        opt shm_size: u32,
        /// Whether it is accounted to its parent's cgroup. Declared default: true; kept optional because "set to true" is refused on
        /// executors while "not set" is not. Real servers print `true` when it is not set.
        opt share_cgroups: bool,
    }

    /// `CapabilityInfo`
    CapabilityInfo {
        /// The capabilities.
        list capabilities: LinuxCapability,
    }

    /// `SeccompInfo`
    SeccompInfo {
        /// The profile's file on the agent.
        opt profile_name: String,
        /// Whether seccomp is off.
        opt unconfined: bool,
    }

    /// `RLimitInfo`
    RlimitInfo {
        /// The limits.
        list rlimits: Rlimit,
    }

    /// `RLimitInfo.RLimit`
    Rlimit {
        /// Of what.
        opt r#type: RlimitType,
        /// The hard limit; none with `soft` none: unlimited.
        opt hard: u64,
        /// The soft limit.
        opt soft: u64,
    }

    /// `TTYInfo`
    TtyInfo {
        /// Its size.
        opt window_size: WindowSize,
    }

    /// `TTYInfo.WindowSize`
    WindowSize {
        /// Lines.
        req rows: u32,
        /// Columns.
        req columns: u32,
    }
}
