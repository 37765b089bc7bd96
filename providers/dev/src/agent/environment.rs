//! What a task's process is started with.

use crate::container::process::{MARK, Program};
use podform_mesos_proto::{CommandInfo, Resource, TaskInfo, Variable, VariableType};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// The search path of a task that sets none.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the agent adds to a task's own variables.
pub(super) struct Surroundings<'a> {
    /// The address of the task's network.
    pub(super) address: &'a str,
    /// Whether that is a container network, not the host's.
    pub(super) own_network: bool,
}

/// The variables of a task's process, without the sandbox's.
pub(super) fn variables(task: &TaskInfo, around: &Surroundings<'_>) -> Vec<(String, OsString)> {
    let mut out = own_variables(task.command.as_ref());
    if !out.iter().any(|(name, _)| name == "PATH") {
        out.push(("PATH".to_owned(), DEFAULT_PATH.into()));
    }
    let mut add = |name: &str, value: &str| {
        out.retain(|(existing, _)| existing != name);
        out.push((name.to_owned(), value.into()));
    };
    add("MESOS_CONTAINER_IP", around.address);
    add("MESOS_ALLOCATION_ROLE", allocation_role(&task.resources));
    if around.own_network {
        add("LIBPROCESS_IP", "0.0.0.0");
    }
    out
}

fn own_variables(command: Option<&CommandInfo>) -> Vec<(String, OsString)> {
    let variables = command.and_then(|command| command.environment.as_ref());
    let variables = variables.map_or(&[][..], |environment| &environment.variables);
    variables
        .iter()
        .filter(|variable| variable.name != MARK)
        .map(|variable| (variable.name.clone(), value_of(variable)))
        .collect()
}

fn value_of(variable: &Variable) -> OsString {
    if variable.r#type == VariableType::Secret {
        let value = variable.secret.as_ref().and_then(|secret| secret.value.as_ref());
        return value.map_or_else(OsString::new, |value| {
            OsString::from_vec(value.data.as_slice().to_vec())
        });
    }
    variable.value.clone().unwrap_or_default().into()
}

/// The role that a task's resources are allocated to.
pub(super) fn allocation_role(resources: &[Resource]) -> &str {
    resources
        .iter()
        .find_map(|resource| resource.allocation_info.as_ref()?.role.as_deref())
        .unwrap_or("*")
}

/// What a command executes.
pub(crate) fn program(command: Option<&CommandInfo>) -> Program {
    let Some(command) = command else { return Program::Nothing };
    match &command.value {
        None => Program::Nothing,
        Some(text) if command.shell => Program::Shell(text.clone()),
        Some(file) => Program::Argv(file.clone(), command.arguments.clone()),
    }
}

/// Whether a task names an image.
pub(super) fn image_type(task: &TaskInfo) -> Option<&'static str> {
    let image = task.container.as_ref()?.mesos.as_ref()?.image.as_ref()?;
    Some(image.r#type.name())
}

/// A variable that refers to a secret which only the agent could look up.
pub(super) fn has_secret_reference(task: &TaskInfo) -> bool {
    let variables = task.command.as_ref().and_then(|command| command.environment.as_ref());
    variables.is_some_and(|environment| {
        environment.variables.iter().any(|variable| {
            variable.secret.as_ref().is_some_and(|secret| secret.reference.is_some())
        })
    })
}
