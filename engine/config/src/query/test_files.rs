//! The blocks of test files, `*.pftest.hcl`, as a table of data.

use super::language::{CONDITION, Form, Item, Shape, block, item, required, shape};

const OVERRIDE_POD: Item =
    block("override_pod", &[], &POD_OVERRIDE, "A pod that is not launched, and what it is like.");
const OVERRIDE_DATA: Item = block(
    "override_data",
    &[],
    &DATA_OVERRIDE,
    "What a `data` block reads, instead of a live pod.",
);
const OVERRIDE_MODULE: Item = block(
    "override_module",
    &[],
    &MODULE_OVERRIDE,
    "A module that is not evaluated, and what its outputs are.",
);

/// The top level of a test file.
pub(crate) static TEST: Shape = shape(&[
    block("run", &["NAME"], &RUN, "A step: a plan or an apply, and what must hold after it."),
    block("variables", &[], &VARIABLES, "Values for the variables of all runs of the file."),
    block("mock_provider", &["NAME"], &MOCK, "A provider that stands in for a real one."),
    OVERRIDE_POD,
    OVERRIDE_DATA,
    OVERRIDE_MODULE,
]);

static VARIABLES: Shape = Shape { items: &[], free: Some("A value for a variable.") };

static RUN: Shape = shape(&[
    item("command", Form::Words(&["plan", "apply"]), "What is done; `apply` when not written."),
    item(
        "expect_failures",
        Form::Fallible,
        "Variables, outputs, checks, pods and `data` blocks with a rule that must fail, as `[var.replicas]`.",
    ),
    block("variables", &[], &VARIABLES, "Values for the variables of this run."),
    block("assert", &[], &CONDITION, "What must hold after the step."),
    block("module", &[], &MODULE, "The module that is run instead of the configuration."),
    block("plan_options", &[], &PLAN_OPTIONS, "How the run is planned."),
    OVERRIDE_POD,
    OVERRIDE_DATA,
    OVERRIDE_MODULE,
]);

static MODULE: Shape =
    shape(&[required("source", Form::Text, "The folder of the module, as `./setup`.")]);

static PLAN_OPTIONS: Shape = shape(&[
    item(
        "mode",
        Form::Words(&["normal", "refresh-only"]),
        "Whether changes are planned, or only the state is brought up to date.",
    ),
    item("refresh", Form::Bool, "Whether the cluster is looked at before; true when not written."),
    item("replace", Form::Dependencies, "Pods whose instances are replaced."),
    item("target", Form::Dependencies, "The only pods and modules that are planned."),
]);

static MOCK: Shape = shape(&[
    item("alias", Form::Text, "The alias of the provider that it stands in for."),
    block("mock_pod", &[], &MOCK_POD, "What the instances of all pods are like."),
    block("mock_data", &["KIND"], &MOCK_DATA, "What all `data` blocks read; KIND is `pod`."),
    OVERRIDE_POD,
    OVERRIDE_DATA,
]);

static MOCK_POD: Shape = shape(&[AGENT_ID, HOST, NETWORK_IPS, FAILURE]);

static MOCK_DATA: Shape = shape(&[VERSION, INSTANCE, ENDPOINT, ALL_IPS, MISSING]);

static POD_OVERRIDE: Shape = shape(&[
    required("target", Form::Address, "The pod, as `pod.web`."),
    AGENT_ID,
    HOST,
    NETWORK_IPS,
    FAILURE,
]);

static DATA_OVERRIDE: Shape = shape(&[
    required("target", Form::Address, "The `data` block, as `data.pod.db`."),
    VERSION,
    INSTANCE,
    ENDPOINT,
    ALL_IPS,
    MISSING,
]);

static MODULE_OVERRIDE: Shape = shape(&[
    required("target", Form::Address, "The module, as `module.shop`."),
    item("outputs", Form::Expression, "Its outputs, an object; one that is not given is null."),
]);

const VERSION: Item = item("version", Form::Text, "The version of the pod.");
const INSTANCE: Item = item(
    "instance",
    Form::Expression,
    "Its instances: a list of `id`, `agent_id`, `host`, `state`, `healthy`, `started_at`.",
);
const ENDPOINT: Item = item(
    "endpoint",
    Form::Expression,
    "Its endpoints, as `{ http = { addresses = [\"10.0.0.1:80\"] } }`.",
);
const ALL_IPS: Item =
    item("network_ips", Form::Expression, "The addresses of its instances, a list.");
const MISSING: Item =
    item("failure", Form::Text, "Why it cannot be read; it can when not written.");
const AGENT_ID: Item =
    item("agent_id", Form::Text, "The id of the agent that an instance runs on.");
const HOST: Item = item("host", Form::Text, "The name of that agent.");
const NETWORK_IPS: Item =
    item("network_ips", Form::Expression, "The addresses of an instance, a list.");
const FAILURE: Item =
    item("failure", Form::Text, "Why a launch fails; it succeeds when not written.");
