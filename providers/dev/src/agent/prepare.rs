//! What the agent does before a task's process starts: sandbox, user, volumes, artifacts.

use super::environment::{self, Surroundings};
use crate::container::fetch;
use crate::container::process::{self, Spec};
use crate::container::user::{self, User};
use crate::container::volume::{self, Sandboxes};
use podform_mesos_proto::{SandboxPathType, TaskInfo, Volume, VolumeSourceType};
use std::path::{Path, PathBuf};
use tokio::process::Child;

/// Everything about one container that is about to start.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) task: TaskInfo,
    /// `tasks/<task id>` in the executor's sandbox leads to the task's.
    pub(super) alias: PathBuf,
    pub(super) parent_sandbox: PathBuf,
    pub(super) sandbox: PathBuf,
    pub(super) address: String,
    pub(super) own_network: bool,
    /// The user of the framework, who runs what names nobody.
    pub(super) framework_user: String,
    /// A refusal that is certain already, such as an unknown network.
    pub(super) refusal: Option<String>,
    pub(super) images_host: bool,
}

/// Why a container did not start, in the agent's words.
#[derive(Debug)]
pub(super) struct Refused(pub(super) String);

/// Prepares and starts a container.
pub(super) async fn start(launch: &Launch) -> Result<(Child, Spec), Refused> {
    let user = sandbox(launch)?;
    if let Some(refusal) = &launch.refusal {
        return Err(Refused(refusal.clone()));
    }
    if let Some(kind) = environment::image_type(&launch.task)
        && !launch.images_host
    {
        return Err(Refused(format!("Unsupported container image type: {kind}")));
    }
    if environment::has_secret_reference(&launch.task) {
        let text = "Collect failed: Default secret resolver cannot resolve references";
        return Err(Refused(text.to_owned()));
    }
    volumes(launch, user.as_ref())?;
    let around = Surroundings { address: &launch.address, own_network: launch.own_network };
    let spec = Spec {
        command: environment::program(launch.task.command.as_ref()),
        environment: environment::variables(&launch.task, &around),
        sandbox: launch.sandbox.clone(),
        user,
    };
    fetch(launch, &spec).await?;
    let child =
        process::start(&spec).map_err(|error| Refused(format!("Failed to fork: {error}")))?;
    Ok((child, spec))
}

/// Makes the task's sandbox, owned by the user that the task runs as.
fn sandbox(launch: &Launch) -> Result<Option<User>, Refused> {
    let path = &launch.sandbox;
    let failed = |why: String| {
        Refused(format!("Failed to create nested sandbox '{}': {why}", path.display()))
    };
    std::fs::create_dir_all(path).map_err(|error| failed(error.to_string()))?;
    let command = launch.task.command.as_ref();
    let name =
        command.and_then(|command| command.user.as_deref()).unwrap_or(&launch.framework_user);
    let Some(user) = user::find(name) else {
        return Err(failed(format!(
            "Failed to chown directory to '{name}': No such user '{name}'"
        )));
    };
    // An agent that does not run as root cannot switch users; it runs everything as itself.
    let me = rustix::process::geteuid().as_raw();
    if me != 0 || user.uid == me {
        return Ok(None);
    }
    user::give(path, &user)
        .map_err(|error| failed(format!("Failed to chown directory to '{name}': {error}")))?;
    Ok(Some(user))
}

fn volumes(launch: &Launch, user: Option<&User>) -> Result<(), Refused> {
    let container = launch.task.container.as_ref();
    for volume in container.map_or(&[][..], |container| &container.volumes) {
        one_volume(launch, volume, user)?;
    }
    Ok(())
}

fn one_volume(launch: &Launch, volume: &Volume, user: Option<&User>) -> Result<(), Refused> {
    let source = volume.source.as_ref();
    match source.and_then(|source| source.r#type) {
        Some(VolumeSourceType::SandboxPath) => {
            let sandbox_path = source.and_then(|source| source.sandbox_path.as_ref());
            let Some(sandbox_path) = sandbox_path else { return Ok(()) };
            let own = sandbox_path.r#type == Some(SandboxPathType::OwnSandbox);
            sandbox_volume(launch, volume, &sandbox_path.path, own, user)
        }
        Some(VolumeSourceType::HostPath) => {
            let host_path = source.and_then(|source| source.host_path.as_ref());
            host_path.map_or(Ok(()), |host| host_volume(launch, volume, &host.path))
        }
        // An isolator that is not loaded is not asked: the task runs without the volume.
        Some(_) => Ok(()),
        None => match &volume.host_path {
            Some(path) if path.starts_with('/') => host_volume(launch, volume, path),
            Some(path) => sandbox_volume(launch, volume, path, true, user),
            None => Ok(()),
        },
    }
}

const NEEDS_LINUX: &str =
    "The 'linux' launcher and 'filesystem/linux' isolator must be enabled to support";

fn sandbox_volume(
    launch: &Launch,
    volume: &Volume,
    path: &str,
    own: bool,
    user: Option<&User>,
) -> Result<(), Refused> {
    let target = &volume.container_path;
    if path.starts_with('/') {
        return Err(Refused(format!("Path '{path}' in SANDBOX_PATH volume is absolute")));
    }
    if target.starts_with('/') {
        let text = format!("{NEEDS_LINUX} SANDBOX_PATH volume with absolute container path");
        return Err(Refused(text));
    }
    if own {
        let text = "'container_path' is relative for SANDBOX_PATH volume SELF type";
        return Err(Refused(text.to_owned()));
    }
    let failed = |error: String| {
        Refused(format!("Failed to create the SANDBOX_PATH volume '{path}': {error}"))
    };
    if !volume::stays_inside(path) || !volume::stays_inside(target) {
        return Err(failed("the path leads out of the sandbox".to_owned()));
    }
    let sandboxes = Sandboxes { parent: &launch.parent_sandbox, own: &launch.sandbox };
    let is_new = !launch.parent_sandbox.join(path).exists();
    volume::share(&sandboxes, path, target).map_err(|error| failed(error.to_string()))?;
    if is_new && let Some(user) = user {
        let folder = launch.parent_sandbox.join(path);
        user::give(&folder, user).map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

fn host_volume(launch: &Launch, volume: &Volume, path: &str) -> Result<(), Refused> {
    if !Path::new(path).exists() {
        return Err(Refused(format!("Path '{path}' in HOST_PATH volume does not exist")));
    }
    let target = &volume.container_path;
    if target.starts_with('/') {
        // A path of the host that is wanted at the same place is there already.
        if Path::new(target) == Path::new(path) {
            return Ok(());
        }
        let text = format!("{NEEDS_LINUX} HOST_PATH volume with absolute container path");
        return Err(Refused(text));
    }
    if !volume::stays_inside(target) {
        return Err(Refused(format!("Path '{target}' leads out of the sandbox")));
    }
    volume::link(Path::new(path), &launch.sandbox.join(target)).map_err(|error| {
        Refused(format!("Failed to create the HOST_PATH volume '{path}': {error}"))
    })
}

/// Fetches the task's artifacts. The container counts as started while its fetcher runs, so a
/// failed fetch ends the task as a program that failed, and the reason is in its `stderr`.
async fn fetch(launch: &Launch, spec: &Spec) -> Result<(), Refused> {
    let uris = launch.task.command.as_ref().map_or(&[][..], |command| &command.uris);
    for uri in uris {
        if let Err(error) = fetch::fetch(uri, spec).await {
            fetch::complain(spec, &format!("Failed to fetch '{}': {error}", uri.value));
            return Err(Refused("Command exited with status 1".to_owned()));
        }
    }
    Ok(())
}

/// Makes the readable name of a sandbox: `tasks/<task id>`.
pub(super) fn alias(launch: &Launch) -> std::io::Result<()> {
    volume::link(&launch.sandbox, &launch.alias)
}
