//! The table of the pod's attributes.

use super::{Attribute, Block, Computed, Default, Text, Type};
use crate::change::ChangeClass::{Memory, Refused, Replace, Roll, Scale, Update};

const NUMBER_MAX: f64 = 1e15;

const fn string(name: &'static str, text: Text, doc: &'static str) -> Attribute {
    Attribute::new(name, Type::String(text), doc)
}

const fn block(name: &'static str, block: &'static Block) -> Attribute {
    Attribute::new(name, Type::Block(block), block.doc)
}

const fn size(name: &'static str, min: f64, doc: &'static str) -> Attribute {
    Attribute::new(name, Type::Size { min, whole: false }, doc)
}

const fn seconds(name: &'static str, doc: &'static str) -> Attribute {
    Attribute::new(name, Type::Duration { step_ms: 1000 }, doc)
}

const fn boolean(name: &'static str, doc: &'static str) -> Attribute {
    Attribute::new(name, Type::Bool, doc)
}

/// A pod: containers that are launched together on one agent and share its network and volumes.
pub static POD: Block = Block {
    doc: "A pod: containers launched together on one agent, sharing network and ephemeral volumes.",
    attributes: &[
        string("id", Text::PodId, "The pod's id, an absolute path of lower-case names. Changing it makes another pod.")
            .default(Default::Computed("`/`, the module path and the block label with `_` as `-`, then the key of `count` or `for_each` as `-key`"))
            .marathon("id").change(Replace, Replace),
        Attribute::new("instances", Type::Int { min: 0, max: 1_000_000 }, "How many copies of the pod run.")
            .default(Default::Number(1.0)).marathon("scaling").change(Scale, Scale),
        string("user", Text::NonEmpty, "The user that the containers run as; a container's own wins.")
            .marathon("user").change(Roll, Roll),
        string("role", Text::NonEmpty, "The Mesos role whose resources the pod uses; the provider's by default.")
            .marathon("role").change(Roll, Roll),
        Attribute::new("labels", Type::StringMap, "Labels of the pod's executor.")
            .marathon("labels").change(Roll, Roll),
        Attribute::new("environment", Type::Environment, "Environment of all containers; a container's own wins.")
            .marathon("environment").change(Roll, Roll),
        block("secret", &SECRET).many(Some(Text::NonEmpty), &["name"]).marathon("secrets").change(Roll, Roll),
        block("network", &NETWORK).many(None, &["mode", "name"]).marathon("networks").change(Roll, Roll),
        block("volume", &VOLUME).many(Some(Text::NonEmpty), &["name"]).marathon("volumes").change(Roll, Roll),
        block("executor_resources", &EXECUTOR_RESOURCES).default(Default::Block)
            .marathon("executorResources").change(Roll, Memory),
        block("container", &CONTAINER).many(Some(Text::Name), &["name"]).required()
            .marathon("containers").change(Roll, Roll),
        block("placement", &PLACEMENT).marathon("placement").change(Roll, Roll),
        block("upgrade", &UPGRADE).default(Default::Block).marathon("upgrade").change(Update, Roll),
        block("backoff", &BACKOFF).default(Default::Block).marathon("backoff").change(Update, Roll),
        Attribute::new("kill_selection", Type::Enum(&["YOUNGEST_FIRST", "OLDEST_FIRST"]), "Which instances are stopped first when the pod is scaled down.")
            .default(Default::String("YOUNGEST_FIRST")).marathon("killSelection").change(Update, Memory),
        block("unreachable", &UNREACHABLE).default(Default::Block)
            .marathon("unreachableStrategy").change(Update, Memory),
        block("linux", &LINUX_POD).marathon("linuxInfo").change(Roll, Roll),
        boolean("legacy_shared_cgroups", "Whether all containers share one cgroup, as before Mesos 1.10. Excludes `limits`.")
            .default(Default::Bool(false)).marathon("legacySharedCgroups").change(Roll, Memory),
    ],
    exclusive: &[],
};

static SECRET: Block = Block {
    doc: "A secret of a secret store, referred to as `secret.NAME`.",
    attributes: &[
        string("source", Text::NonEmpty, "The secret's path in its store; `#key` picks a field.")
            .required()
            .marathon("source"),
        string(
            "store",
            Text::NonEmpty,
            "The `secret_store` of the provider to ask, by name; the only one by default.",
        ),
    ],
    exclusive: &[],
};

static NETWORK: Block = Block {
    doc: "A network that the pod joins.",
    attributes: &[
        Attribute::new("mode", Type::Enum(&["container", "container/bridge", "host"]), "`host`: the agent's own; `container`: a CNI network; `bridge` (`container/bridge`): the agent's bridge.")
            .default(Default::String("container")).marathon("mode"),
        string("name", Text::NetworkName, "The name of a container network; the provider's `default_network` by default.").marathon("name"),
        Attribute::new("labels", Type::StringMap, "Labels passed to the network's plugin; not on a host network.").marathon("labels"),
    ],
    exclusive: &[],
};

static VOLUME: Block = Block {
    doc: "A volume that the containers mount: ephemeral unless a source is written.",
    attributes: &[
        string("host", Text::NonEmpty, "A path on the agent.").marathon("host"),
        Attribute::new("secret", Type::Secret, "A secret whose value is the file's content.")
            .marathon("secret"),
        block("persistent", &PERSISTENT).marathon("persistent").change(Refused, Refused),
    ],
    exclusive: &[&["host", "secret", "persistent"]],
};

static PERSISTENT: Block = Block {
    doc: "Reserved disk that survives the pod's instances.",
    attributes: &[
        Attribute::new("size", Type::Size { min: 0.0, whole: true }, "Its size in whole MiB.")
            .required()
            .marathon("size"),
        Attribute::new(
            "type",
            Type::Enum(&["root", "path", "mount"]),
            "The kind of disk; `mount` with a profile.",
        )
        .default(Default::Computed("`mount` with a `profile_name`, else `root`"))
        .marathon("type"),
        Attribute::new(
            "max_size",
            Type::Size { min: 0.0, whole: true },
            "The most that a `mount` disk may have, in whole MiB.",
        )
        .marathon("maxSize"),
        string("profile_name", Text::NonEmpty, "The profile of the disk.").marathon("profileName"),
        block("constraint", &DISK_CONSTRAINT).many(None, &[]).marathon("constraints"),
    ],
    exclusive: &[],
};

static DISK_CONSTRAINT: Block = Block {
    doc: "A constraint on the disk's path.",
    attributes: &[
        string("field", Text::NonEmpty, "`path`.").required(),
        Attribute::new("operator", Type::Enum(&["LIKE"]), "`LIKE`.").required(),
        string("value", Text::NonEmpty, "A regular expression for the whole path."),
    ],
    exclusive: &[],
};

static EXECUTOR_RESOURCES: Block = Block {
    doc: "What the pod's executor uses beside its containers.",
    attributes: &[
        Attribute::new("cpus", Type::Number { min: 0.1, max: NUMBER_MAX }, "CPUs.")
            .default(Default::Number(0.1))
            .marathon("cpus"),
        size("mem", 32.0, "Memory in MiB.").default(Default::Number(32.0)).marathon("mem"),
        size("disk", 10.0, "Disk in MiB.").default(Default::Number(10.0)).marathon("disk"),
    ],
    exclusive: &[],
};

static PLACEMENT: Block = Block {
    doc: "Where instances may run.",
    attributes: &[
        Attribute::new(
            "accepted_resource_roles",
            Type::StringList { min: 0, set: true },
            "Roles whose resources may be used: `*` and the pod's role.",
        )
        .marathon("acceptedResourceRoles"),
        block("constraint", &CONSTRAINT).many(None, &[]).marathon("constraints"),
    ],
    exclusive: &[],
};

static CONSTRAINT: Block = Block {
    doc: "A constraint on the agent.",
    attributes: &[
        string("field", Text::Any, "`hostname`, `@region`, `@zone` or an attribute of the agents.").required().marathon("fieldName"),
        Attribute::new("operator", Type::Enum(&["UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS"]), "How the field is compared.").required().marathon("operator"),
        string("value", Text::Any, "What it is compared with; LIKE and UNLIKE take a regular expression for the whole value.").marathon("value"),
    ],
    exclusive: &[],
};

static UPGRADE: Block = Block {
    doc: "How instances are replaced when the pod changes.",
    attributes: &[
        Attribute::new(
            "minimum_health_capacity",
            Type::Number { min: 0.0, max: 1.0 },
            "The share of instances that stay ready meanwhile.",
        )
        .default(Default::Computed("1, or 0.5 with a persistent volume"))
        .marathon("minimumHealthCapacity"),
        Attribute::new(
            "maximum_over_capacity",
            Type::Number { min: 0.0, max: 1.0 },
            "The share of instances that may run in addition meanwhile.",
        )
        .default(Default::Computed("1, or 0 with a persistent volume"))
        .marathon("maximumOverCapacity"),
        boolean(
            "auto_rollback",
            "Whether an upgrade that fails goes back to the former configuration.",
        )
        .default(Default::Bool(false)),
    ],
    exclusive: &[],
};

static BACKOFF: Block = Block {
    doc: "How long a failed instance waits before it is launched again.",
    attributes: &[
        Attribute::new(
            "initial",
            Type::Duration { step_ms: 1 },
            "The first wait, to the millisecond.",
        )
        .default(Default::Number(1.0))
        .marathon("backoff"),
        Attribute::new(
            "factor",
            Type::Number { min: 0.0, max: NUMBER_MAX },
            "What each further wait is multiplied by.",
        )
        .default(Default::Number(1.15))
        .marathon("backoffFactor"),
        Attribute::new(
            "max",
            Type::Duration { step_ms: 1 },
            "The longest wait, to the millisecond.",
        )
        .default(Default::Number(300.0))
        .marathon("maxLaunchDelay"),
    ],
    exclusive: &[],
};

static UNREACHABLE: Block = Block {
    doc: "When an instance on an unreachable agent is given up.",
    attributes: &[
        seconds("inactive_after", "How long until a replacement is launched, in whole seconds.")
            .default(Default::Number(0.0))
            .marathon("inactiveAfterSeconds"),
        seconds("expunge_after", "How long until the old instance is forgotten, in whole seconds.")
            .default(Default::Number(0.0))
            .marathon("expungeAfterSeconds"),
        boolean("disabled", "Whether unreachable instances are never replaced.")
            .default(Default::Computed("false, or true with a persistent volume")),
    ],
    exclusive: &[&["inactive_after", "disabled"], &["expunge_after", "disabled"]],
};

static LINUX_POD: Block = Block {
    doc: "Linux settings of the pod.",
    attributes: &[
        Attribute::new(
            "ipc_mode",
            Type::Enum(&["PRIVATE", "SHARE_PARENT"]),
            "Its IPC namespace: its own or the agent's.",
        )
        .marathon("mode"),
        Attribute::new(
            "shm_size",
            Type::Size { min: 0.0, whole: true },
            "The size of `/dev/shm` in whole MiB; only with `PRIVATE`.",
        )
        .marathon("shmSize"),
    ],
    exclusive: &[],
};

static CONTAINER: Block = Block {
    doc: "A container of the pod.",
    attributes: &[
        string("command", Text::NonEmpty, "A command for the shell.").marathon("shell"),
        Attribute::new(
            "argv",
            Type::StringList { min: 1, set: false },
            "A program and its arguments, without a shell.",
        )
        .marathon("argv"),
        boolean(
            "override_entrypoint",
            "With `argv`: whether its first item replaces the image's entrypoint.",
        )
        .marathon("overrideEntrypoint"),
        block("resources", &RESOURCES).required().marathon("resources"),
        block("limits", &LIMITS).marathon("resourceLimits"),
        block("image", &IMAGE).marathon("image"),
        Attribute::new(
            "environment",
            Type::Environment,
            "Environment of this container, over the pod's.",
        )
        .marathon("environment"),
        string("user", Text::NonEmpty, "The user that it runs as, over the pod's.")
            .marathon("user"),
        Attribute::new("labels", Type::StringMap, "Labels of the container's task.")
            .marathon("labels"),
        boolean("tty", "Whether it gets a terminal.").marathon("tty"),
        block("endpoint", &ENDPOINT).many(Some(Text::Name), &["name"]).marathon("endpoints"),
        block("volume_mount", &VOLUME_MOUNT)
            .many(Some(Text::NonEmpty), &["name", "path"])
            .marathon("volumeMounts"),
        block("health_check", &HEALTH_CHECK).marathon("healthCheck"),
        block("artifact", &ARTIFACT).many(None, &["uri", "dest_path"]).marathon("artifacts"),
        Attribute::new(
            "kill_grace_period",
            Type::Duration { step_ms: 1 },
            "How long it has between SIGTERM and SIGKILL; Mesos takes 3 seconds when absent.",
        )
        .marathon("killGracePeriodSeconds"),
        block("linux", &LINUX_CONTAINER).marathon("linuxInfo"),
    ],
    exclusive: &[&["command", "argv"]],
};

static RESOURCES: Block = Block {
    doc: "What the container is given.",
    attributes: &[
        Attribute::new("cpus", Type::Number { min: 0.001, max: NUMBER_MAX }, "CPUs.")
            .default(Default::Number(1.0))
            .marathon("cpus"),
        size("mem", 0.001, "Memory in MiB.").default(Default::Number(128.0)).marathon("mem"),
        size("disk", 0.0, "Disk in MiB.").default(Default::Number(0.0)).marathon("disk"),
        Attribute::new("gpus", Type::Int { min: 0, max: 1_000_000 }, "GPUs.")
            .default(Default::Number(0.0))
            .marathon("gpus"),
    ],
    exclusive: &[],
};

static LIMITS: Block = Block {
    doc: "How far the container may go beyond its resources.",
    attributes: &[
        Attribute::new(
            "cpus",
            Type::NumberOrUnlimited { min: 0.0 },
            "CPUs, at least the request, or `\"unlimited\"`.",
        )
        .marathon("cpus"),
        Attribute::new(
            "mem",
            Type::SizeOrUnlimited { min: 0.0 },
            "Memory in MiB, at least the request, or `\"unlimited\"`.",
        )
        .marathon("mem"),
    ],
    exclusive: &[],
};

static IMAGE: Block = Block {
    doc: "The image that the container runs from.",
    attributes: &[
        string("id", Text::Path, "The image's name, as `nginx:1.27`.").required().marathon("id"),
        Attribute::new("kind", Type::Enum(&["DOCKER"]), "`DOCKER`.")
            .default(Default::String("DOCKER"))
            .marathon("kind"),
        boolean("force_pull", "Whether the agent asks the registry even if it has the image.")
            .marathon("forcePull"),
        Attribute::new(
            "pull_secret",
            Type::Secret,
            "A secret whose value is a Docker `config.json`.",
        )
        .marathon("pullConfig"),
        Attribute::new("labels", Type::StringMap, "Labels of the image.").marathon("labels"),
    ],
    exclusive: &[],
};

static ENDPOINT: Block = Block {
    doc: "A named port of the container.",
    attributes: &[
        Attribute::new(
            "container_port",
            Type::Int { min: 1, max: 65535 },
            "The port within the pod's network; not on a host network.",
        )
        .marathon("containerPort"),
        Attribute::new(
            "host_port",
            Type::Int { min: 0, max: 65535 },
            "The port on the agent, 0 for any.",
        )
        .default(Default::Computed("0 where the network has host ports, else absent"))
        .marathon("hostPort"),
        Attribute::new(
            "protocol",
            Type::StringList { min: 0, set: true },
            "Its protocols; an empty list for none: no discovery, no VIP.",
        )
        .default(Default::Strings(&["tcp"]))
        .marathon("protocol"),
        Attribute::new(
            "labels",
            Type::StringMap,
            "Labels of its discovery entry, as `VIP_0 = \"/web:80\"`.",
        )
        .marathon("labels"),
        Attribute::new(
            "network_names",
            Type::StringList { min: 0, set: true },
            "The container networks that it is on.",
        )
        .marathon("networkNames"),
    ],
    exclusive: &[],
};

static VOLUME_MOUNT: Block = Block {
    doc: "A declared volume, by name, within the container.",
    attributes: &[
        string(
            "path",
            Text::Path,
            "Where; relative to the sandbox, or absolute where the agent allows it.",
        )
        .required()
        .marathon("mountPath"),
        boolean("read_only", "Whether it cannot be written.")
            .default(Default::Bool(false))
            .marathon("readOnly"),
    ],
    exclusive: &[],
};

static HEALTH_CHECK: Block = Block {
    doc: "How the agent finds out whether the container is healthy. Exactly one of `http`, `tcp`, `command`, `argv`.",
    attributes: &[
        block("http", &HTTP_CHECK).marathon("http"),
        block("tcp", &TCP_CHECK).marathon("tcp"),
        string(
            "command",
            Text::NonEmpty,
            "A command for the shell, run in the container; 0 is healthy.",
        )
        .marathon("shell"),
        Attribute::new(
            "argv",
            Type::StringList { min: 1, set: false },
            "A program and its arguments, run in the container; 0 is healthy.",
        )
        .marathon("argv"),
        seconds("grace_period", "How long failures do not count at first, in whole seconds.")
            .default(Default::Number(300.0))
            .marathon("gracePeriodSeconds"),
        seconds("interval", "The time between checks, in whole seconds.")
            .default(Default::Number(60.0))
            .marathon("intervalSeconds"),
        seconds("timeout", "How long a check may take, in whole seconds; shorter than `interval`.")
            .default(Default::Number(20.0))
            .marathon("timeoutSeconds"),
        seconds("delay", "The time before the first check, in whole seconds.")
            .default(Default::Number(15.0))
            .marathon("delaySeconds"),
        Attribute::new(
            "max_consecutive_failures",
            Type::Int { min: 0, max: 1_000_000 },
            "After how many failures in a row the container is killed.",
        )
        .default(Default::Number(3.0))
        .marathon("maxConsecutiveFailures"),
    ],
    exclusive: &[&["http", "tcp", "command", "argv"]],
};

static HTTP_CHECK: Block = Block {
    doc: "A request that must answer with a status from 200 to 399.",
    attributes: &[
        string("endpoint", Text::Name, "An endpoint of the same container.")
            .required()
            .marathon("endpoint"),
        string("path", Text::Path, "The path, beginning with `/`.").marathon("path"),
        Attribute::new(
            "scheme",
            Type::Enum(&["HTTP", "HTTPS"]),
            "`HTTP` or `HTTPS`; certificates are not verified.",
        )
        .default(Default::String("HTTP"))
        .marathon("scheme"),
    ],
    exclusive: &[],
};

static TCP_CHECK: Block = Block {
    doc: "A port that must accept a connection.",
    attributes: &[string("endpoint", Text::Name, "An endpoint of the same container.")
        .required()
        .marathon("endpoint")],
    exclusive: &[],
};

static ARTIFACT: Block = Block {
    doc: "A file fetched into the sandbox before the container starts.",
    attributes: &[
        string("uri", Text::Path, "Where from.").required().marathon("uri"),
        string(
            "dest_path",
            Text::Path,
            "Its name in the sandbox; the URI's last part when absent.",
        )
        .marathon("destPath"),
        boolean("extract", "Whether an archive is unpacked.")
            .default(Default::Bool(true))
            .marathon("extract"),
        boolean("executable", "Whether it is made executable.")
            .default(Default::Bool(false))
            .marathon("executable"),
        boolean("cache", "Whether the agent keeps it for later fetches.")
            .default(Default::Bool(false))
            .marathon("cache"),
    ],
    exclusive: &[],
};

static LINUX_CONTAINER: Block = Block {
    doc: "Linux settings of the container.",
    attributes: &[
        Attribute::new(
            "ipc_mode",
            Type::Enum(&["PRIVATE", "SHARE_PARENT"]),
            "Its IPC namespace: its own or the pod's.",
        )
        .marathon("mode"),
        Attribute::new(
            "shm_size",
            Type::Size { min: 0.0, whole: true },
            "The size of `/dev/shm` in whole MiB; only with `PRIVATE`.",
        )
        .marathon("shmSize"),
        string("seccomp_profile", Text::NonEmpty, "The seccomp profile on the agent.")
            .marathon("profileName"),
        boolean("seccomp_unconfined", "Whether seccomp is off; excludes a profile.")
            .marathon("unconfined"),
    ],
    exclusive: &[],
};

/// What can be read of an instance: `pod.x.instance[0].NAME`.
pub const COMPUTED_INSTANCE: [&str; 6] =
    ["id", "agent_id", "host", "state", "healthy", "started_at"];

/// What can be read of an endpoint: `pod.x.endpoint["http"].NAME`.
pub const COMPUTED_ENDPOINT: [&str; 2] = ["addresses", "port"];

/// What other pods and outputs can read of a pod.
pub const COMPUTED: &[Computed] = &[
    Computed { name: "id", doc: "The pod's id." },
    Computed { name: "version", doc: "The generation that the pod's instances are of." },
    Computed {
        name: "instance",
        doc: "A list by slot: `id`, `agent_id`, `host`, `state`, `healthy`, `started_at`.",
    },
    Computed {
        name: "endpoint",
        doc: "A map by endpoint: `addresses` (a list of `host:port` by slot) and `port` (with one instance).",
    },
    Computed {
        name: "network_ips",
        doc: "The addresses of the instances on container networks, by slot.",
    },
];
