//! The background process itself.

use super::{Running, folder};
use crate::{Cluster, Error, Options};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use tokio::signal::unix::{SignalKind, signal};

/// Runs a cluster until it is told to end; the arguments are those after the hidden one. Returns
/// the exit code.
#[must_use]
pub fn cluster_main(args: &[OsString]) -> i32 {
    let Some(folder) = args.first() else { return 2 };
    match run(Path::new(folder)) {
        Ok(()) => 0,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            let _nowhere_to_complain = writeln!(io::stderr(), "{error}{cause}");
            1
        }
    }
}

fn run(folder: &Path) -> Result<(), Error> {
    // A session of its own: what happens to the starter's terminal does not concern it.
    let _leads_already = rustix::process::setsid();
    let _held = folder::hold(folder)?;
    let path = folder.join("options.json");
    let text = std::fs::read(&path).map_err(|source| Error::File {
        doing: "read",
        path: path.clone(),
        source,
    })?;
    let options: Options = serde_json::from_slice(&text).map_err(|error| Error::File {
        doing: "understand",
        path,
        source: io::Error::other(error),
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Error::Spawn)?;
    runtime.block_on(async {
        // Listening before the cluster starts, so that no order to end is lost.
        let mut term = signal(SignalKind::terminate()).map_err(Error::Spawn)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Spawn)?;
        let _ignored = signal(SignalKind::hangup()).map_err(Error::Spawn)?;
        let log = Box::new(io::stderr());
        let cluster = Cluster::start_with_log(options.clone(), Some(log))?;
        folder::write_running(
            folder,
            &Running {
                uuid: cluster.uuid.clone(),
                url: cluster.url.clone(),
                pid: std::process::id(),
                options,
            },
        )?;
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        folder::forget(folder)?;
        cluster.shutdown();
        Ok(())
    })
}
