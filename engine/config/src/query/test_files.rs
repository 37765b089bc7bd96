//! The blocks of test files, `*.pftest.hcl`, as a table of data.

use super::language::{CONDITION, Form, Item, Shape, block, item, required, shape};

/// The top level of a test file.
pub(super) static TEST: Shape = shape(&[
    block("run", &["NAME"], &RUN, "A step: a plan or an apply, and what must hold after it."),
    block("variables", &[], &VARIABLES, "Values for the variables of all runs of the file."),
    block("mock_provider", &["NAME"], &MOCK, "A provider that stands in for a real one."),
]);

static VARIABLES: Shape = Shape { items: &[], free: Some("A value for a variable.") };

static RUN: Shape = shape(&[
    item("command", Form::Words(&["plan", "apply"]), "What is done; `apply` when not written."),
    item(
        "expect_failures",
        Form::Dependencies,
        "Variables, outputs, pods and checks that must fail, as `[var.replicas]`.",
    ),
    block("variables", &[], &VARIABLES, "Values for the variables of this run."),
    block("assert", &[], &CONDITION, "What must hold after the step."),
    block("module", &[], &MODULE, "The module that is run instead of the configuration."),
    block("plan_options", &[], &PLAN_OPTIONS, "How the run is planned."),
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
    block("override_pod", &[], &OVERRIDE_POD, "What the instances of one pod are like."),
]);

static MOCK_POD: Shape = shape(&[AGENT_ID, HOST, NETWORK_IPS, FAILURE]);

static OVERRIDE_POD: Shape = shape(&[
    required("target", Form::Address, "The pod, as `pod.web`."),
    AGENT_ID,
    HOST,
    NETWORK_IPS,
    FAILURE,
]);

const AGENT_ID: Item =
    item("agent_id", Form::Text, "The id of the agent that an instance runs on.");
const HOST: Item = item("host", Form::Text, "The name of that agent.");
const NETWORK_IPS: Item =
    item("network_ips", Form::Expression, "The addresses of an instance, a list.");
const FAILURE: Item =
    item("failure", Form::Text, "Why a launch fails; it succeeds when not written.");
