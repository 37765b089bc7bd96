//! Starting and stopping a cluster in this process.

use crate::agent::{self, Agent};
use crate::container::process;
use crate::control::Status;
use crate::log::Log;
use crate::master::{self, Master};
use crate::options::{AgentOptions, Options};
use crate::world::{Shared, World, lock, new_id};
use crate::{Error, http};
use indexmap::IndexMap;
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

/// A cluster that runs in this process, on threads of its own. Dropping it ends everything that
/// runs on it.
#[derive(Debug)]
pub struct Cluster {
    /// The master's address, as `http://127.0.0.1:5050`.
    pub url: String,
    /// Which cluster this is: new at each start.
    pub uuid: String,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Cluster {
    /// Starts a cluster; it answers when this returns. May be called from anywhere, also within an
    /// asynchronous runtime.
    ///
    /// # Errors
    /// A port is in use, or the work folder cannot be made.
    pub fn start(options: Options) -> Result<Self, Error> {
        Self::start_with_log(options, None)
    }

    /// Like [`Cluster::start`], with a place for the log: one line for each event.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn start_with_log(
        options: Options,
        log: Option<Box<dyn Write + Send>>,
    ) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Error::Spawn)?;
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("podform-dev".to_owned())
            .spawn(move || run(&runtime, options, log, &ready, stopped))
            .map_err(Error::Spawn)?;
        let shared = is_ready
            .recv()
            .map_err(|_| Error::NotStarted { reason: "its thread ended".to_owned() })??;
        let (url, uuid) = {
            let world = lock(&shared);
            (format!("http://127.0.0.1:{}", world.master.port), world.uuid.clone())
        };
        Ok(Self { url, uuid, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> Status {
        lock(&self.shared).status()
    }

    /// Ends it and everything that runs on it. No process is left when this returns.
    pub fn shutdown(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ended_already = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end();
    }
}

type Ready = std::sync::mpsc::Sender<Result<Shared, Error>>;

fn run(
    runtime: &Runtime,
    options: Options,
    log: Option<Box<dyn Write + Send>>,
    ready: &Ready,
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        match build(options, log).await {
            Ok((shared, gates)) => {
                let _starter_gone = ready.send(Ok(Arc::clone(&shared)));
                let _dropped = stopped.await;
                stop(&shared, &gates).await;
            }
            Err(error) => {
                let _starter_gone = ready.send(Err(error));
            }
        }
    });
}

async fn stop(shared: &Shared, gates: &watch::Sender<bool>) {
    gates.send_replace(false);
    let folders = {
        let mut world = lock(shared);
        world.log.say(format_args!("the cluster stops"));
        for agent in &mut world.agents {
            agent.connected = false;
            agent.gate.send_replace(false);
        }
        world.folders()
    };
    for folder in folders {
        process::destroy_below(&folder).await;
    }
}

async fn build(
    options: Options,
    log: Option<Box<dyn Write + Send>>,
) -> Result<(Shared, watch::Sender<bool>), Error> {
    make_folder(&options.folder)?;
    let folder = options.folder.canonicalize().map_err(|source| Error::File {
        doing: "find",
        path: options.folder.clone(),
        source,
    })?;
    let master = listen(options.port).await?;
    let mut agents = Vec::new();
    let mut listeners = Vec::new();
    for (index, agent) in options.agents.iter().enumerate() {
        let listener = listen(agent.port).await?;
        agents.push(new_agent(index, agent, port_of(&listener), &folder));
        listeners.push(listener);
    }
    // A cluster that was killed may have left containers in the same folder.
    process::destroy_below(&folder).await;
    let interval = options.timing.allocation;
    let world = |me: &std::sync::Weak<Mutex<World>>| {
        Mutex::new(World {
            me: me.clone(),
            options,
            uuid: new_id(),
            master: Master::new(port_of(&master)),
            agents,
            log: Log::new(log),
        })
    };
    let shared: Shared = Arc::new_cyclic(world);
    let (gate, open) = watch::channel(true);
    tokio::spawn(http::serve(master, master::handler(&shared), open));
    for (index, listener) in listeners.into_iter().enumerate() {
        let open = lock(&shared).agents[index].gate.subscribe();
        tokio::spawn(http::serve(listener, agent::http::handler(&shared, index), open));
        lock(&shared).register_agent(index);
    }
    tokio::spawn(master::allocate(Arc::downgrade(&shared), interval));
    Ok((shared, gate))
}

fn new_agent(index: usize, options: &AgentOptions, port: u16, folder: &Path) -> Agent {
    Agent {
        options: options.clone(),
        port,
        id: String::new(),
        work: folder.join(format!("agent{index}")),
        connected: false,
        gate: watch::channel(true).0,
        frameworks: IndexMap::new(),
        executors: IndexMap::new(),
        ended_executors: VecDeque::new(),
        streams: BTreeMap::new(),
        wakes: None,
    }
}

fn make_folder(path: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(path).map_err(|source| Error::File {
        doing: "make",
        path: path.to_owned(),
        source,
    })
}

async fn listen(port: u16) -> Result<TcpListener, Error> {
    let address = format!("127.0.0.1:{port}");
    TcpListener::bind(&address).await.map_err(|source| Error::Listen { address, source })
}

fn port_of(listener: &TcpListener) -> u16 {
    listener.local_addr().map(|address| address.port()).unwrap_or_default()
}
