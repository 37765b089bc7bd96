//! `CommandInfo`: what a container runs.

use super::endpoint::Assigned;
use super::{Place, Template};
use podform_mesos_proto::{CommandInfo, Environment, Uri};
use podform_model::pod::{Artifact, Command, Container};

impl Template {
    /// What a container runs, with its environment, user and artifacts.
    pub(super) fn command(
        &self,
        container: &Container,
        id: &str,
        place: &Place,
        ports: &Assigned,
    ) -> CommandInfo {
        let user = container.user.as_ref().or(self.pod.user.as_ref());
        CommandInfo {
            uris: container.artifacts.iter().map(uri).collect(),
            environment: Some(Environment {
                variables: self.environment(container, id, place, ports),
            }),
            user: Some(user.map_or_else(|| self.user.clone(), |user| user.as_str().to_owned())),
            ..command_line(container)
        }
    }
}

/// The command line alone.
fn command_line(container: &Container) -> CommandInfo {
    match &container.command {
        // The image's entry point; `shell` is true by default, which would fail without a value.
        None => CommandInfo { shell: false, ..CommandInfo::default() },
        Some(Command::Shell(text)) => CommandInfo {
            shell: true,
            value: Some(text.as_str().to_owned()),
            ..CommandInfo::default()
        },
        Some(Command::Argv(argv)) => {
            let arguments: Vec<String> = argv.iter().map(|arg| arg.as_str().to_owned()).collect();
            // Without an image there is no entry point that arguments could be given to.
            let replaces = container.override_entrypoint == Some(true) || container.image.is_none();
            CommandInfo {
                shell: false,
                value: if replaces { arguments.first().cloned() } else { None },
                arguments,
                ..CommandInfo::default()
            }
        }
    }
}

/// The command of a health check: unlike a task's, an argv always names its program.
pub(super) fn check_command(command: &Command) -> CommandInfo {
    match command {
        Command::Shell(text) => CommandInfo {
            shell: true,
            value: Some(text.as_str().to_owned()),
            ..CommandInfo::default()
        },
        Command::Argv(argv) => {
            let arguments: Vec<String> = argv.iter().map(|arg| arg.as_str().to_owned()).collect();
            CommandInfo {
                shell: false,
                value: arguments.first().cloned(),
                arguments,
                ..CommandInfo::default()
            }
        }
    }
}

fn uri(artifact: &Artifact) -> Uri {
    Uri {
        value: artifact.uri.as_str().to_owned(),
        extract: artifact.extract,
        executable: Some(artifact.executable),
        cache: Some(artifact.cache),
        output_file: artifact.dest_path.as_ref().map(|path| path.as_str().to_owned()),
    }
}
