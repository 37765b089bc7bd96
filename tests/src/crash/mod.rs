//! `SIGKILL` at random moments: podform, its plugin's process, or both are killed while they apply
//! or destroy twenty pods, then the same is done again to its end.
//!
//! After each round every live task belongs to an instance of the state, every pod has exactly its
//! instances, the state was readable all the time, and a plan finds nothing left to do.

mod cluster;
mod processes;
mod random;
mod round;

use crate::env::TestEnv;
use cluster::Cluster;
use random::Random;
use round::{Operation, Round, Victim};
use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// podform.
    pub binary: PathBuf,
    /// How many kills.
    pub rounds: u32,
    /// The seed of all choices.
    pub seed: u64,
    /// How many pods.
    pub pods: u32,
}

/// What happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rounds, each with one kill.
    pub rounds: u32,
    /// Kills of podform alone.
    pub podform: u32,
    /// Kills of the plugin's process alone.
    pub plugin: u32,
    /// Kills of both.
    pub both: u32,
    /// Kills that found the run at work; the others came just after its end.
    pub at_work: u32,
    /// Rounds after which a journal was left.
    pub journals: u32,
    /// Rounds after which intents were pending.
    pub pending: u32,
    /// Live tasks that were compared with the state.
    pub tasks: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kills ({} podform, {} plugin, {} both), {} of them at work; {} left a journal, \
             {} left pending intents; {} live tasks compared: none orphaned, none twice",
            self.rounds,
            self.podform,
            self.plugin,
            self.both,
            self.at_work,
            self.journals,
            self.pending,
            self.tasks
        )
    }
}

/// Does all rounds. `say` gets a line about each.
///
/// # Errors
/// What was found wrong, with the seed and the round. A copy of all files is kept then.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> Result<Counts, String> {
    let env = TestEnv::new(&options.binary.display().to_string());
    env.write("crash.pf.hcl", &configuration(options.pods));
    let mut suite = Suite::start(env, options)?;
    let mut counts = Counts::default();
    for number in 1..=options.rounds {
        let result = suite.round(&mut counts);
        match result {
            Ok(round) => say(&format!("{number:4} {round}")),
            Err(error) => {
                let folder = suite.keep(options.seed);
                return Err(format!(
                    "seed {}, round {number}: {error}\nthe files are kept in {}",
                    options.seed,
                    folder.display()
                ));
            }
        }
    }
    Ok(counts)
}

fn configuration(pods: u32) -> String {
    format!(
        r#"provider "mesos" {{}}

variable "revision" {{
  type = string
}}

variable "instances" {{
  type = number
}}

pod "p" {{
  count     = {pods}
  instances = var.instances

  container "c" {{
    command     = "exec sleep 100000"
    environment = {{ REVISION = var.revision }}
    resources {{
      cpus = 0.01
      mem  = 8
    }}
  }}
}}
"#
    )
}

/// The rounds and what they share.
struct Suite {
    env: TestEnv,
    cluster: Cluster,
    random: Random,
    pods: u32,
    revision: u32,
    instances: u32,
    /// How long an undisturbed apply takes, and destroy.
    usual: [Duration; 2],
}

impl Suite {
    /// Starts a development cluster and measures undisturbed runs.
    fn start(env: TestEnv, options: &Options) -> Result<Self, String> {
        round::expect_ok(&env.run(&["init"]), "init")?;
        let up = env.run(&["dev", "up", "-port=0", "-resources=cpus:16;mem:16384;disk:40000"]);
        round::expect_ok(&up, "dev up")?;
        let cluster = Cluster::of(&env)?;
        let mut suite = Self {
            env,
            cluster,
            random: Random::new(options.seed),
            pods: options.pods,
            revision: 0,
            instances: 1,
            usual: [Duration::ZERO; 2],
        };
        for (operation, at) in [(Operation::Apply, 0), (Operation::Destroy, 1)] {
            let begin = Instant::now();
            suite.to_the_end(operation)?;
            suite.usual[at] = begin.elapsed();
        }
        Ok(suite)
    }

    /// The variables that say what is wanted.
    fn variables(&self) -> [String; 2] {
        [format!("-var=revision=r{}", self.revision), format!("-var=instances={}", self.instances)]
    }

    /// One kill and what follows.
    fn round(&mut self, counts: &mut Counts) -> Result<Round, String> {
        let operation = self.choose();
        let victim = self.random.choose(&[Victim::Podform, Victim::Plugin, Victim::Both]);
        let usual = self.usual[usize::from(operation == Operation::Destroy)];
        let after = usual.mul_f64(self.random.fraction());
        let at_work = self.disturbed(operation, victim, after)?;
        let left = round::read_state(&self.env)?;
        let listed = self.env.run(&["state", "list"]);
        round::expect_ok(&listed, "state list after the kill")?;
        self.plan(operation, &[], "plan after the kill")?;
        self.to_the_end(operation)?;
        let tasks = self.check(operation)?;

        counts.rounds += 1;
        match victim {
            Victim::Podform => counts.podform += 1,
            Victim::Plugin => counts.plugin += 1,
            Victim::Both => counts.both += 1,
        }
        counts.at_work += u32::from(at_work);
        counts.journals += u32::from(left.version.batches > 0);
        counts.pending += u32::from(!left.state.pending.is_empty());
        counts.tasks += tasks;
        let pending = left.state.pending.len();
        Ok(Round { operation, victim, after, at_work, batches: left.version.batches, pending })
    }

    /// What to do next: there must be something to do.
    fn choose(&mut self) -> Operation {
        let empty = self.env.run(&["state", "list"]).stdout.trim().is_empty();
        if !empty && self.random.fraction() < 0.3 {
            return Operation::Destroy;
        }
        if empty || self.random.fraction() < 0.6 {
            self.revision += 1;
        } else {
            self.instances = if self.instances == 1 { 2 } else { 1 };
        }
        Operation::Apply
    }

    fn arguments(&self, operation: Operation) -> Vec<String> {
        let mut arguments = vec![operation.name().to_owned()];
        arguments.extend(["-dev", "-auto-approve", "-input=false", "-no-color"].map(str::to_owned));
        arguments.extend(self.variables());
        arguments
    }

    /// Starts a run, kills the victim after a time, and returns when every process of the run has
    /// ended: whether the kill found podform at work.
    fn disturbed(
        &self,
        operation: Operation,
        victim: Victim,
        after: Duration,
    ) -> Result<bool, String> {
        let arguments = self.arguments(operation);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let command = self.env.command(&arguments);
        processes::kill_after(command, victim, after)
    }

    fn to_the_end(&self, operation: Operation) -> Result<(), String> {
        let arguments = self.arguments(operation);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        round::expect_ok(&self.env.run(&arguments), operation.name())
    }

    fn plan(&self, operation: Operation, more: &[&str], what: &str) -> Result<(), String> {
        let variables = self.variables();
        let mut arguments = vec!["plan", "-dev", "-input=false", "-no-color"];
        arguments.extend(variables.iter().map(String::as_str));
        arguments.extend(more);
        if operation == Operation::Destroy {
            arguments.push("-destroy");
        }
        round::expect_ok(&self.env.run(&arguments), what)
    }

    /// Compares the cluster with the state, and the state with what is wanted.
    fn check(&self, operation: Operation) -> Result<u64, String> {
        let state = round::read_state(&self.env)?.state;
        let wanted = if operation == Operation::Destroy { 0 } else { self.pods };
        round::check_state(&state, wanted, self.instances)?;
        let executors = self.cluster.live_executors()?;
        round::compare(&state, &executors)?;
        self.plan(operation, &["-detailed-exitcode"], "a plan after everything is done")?;
        Ok(executors.len() as u64)
    }

    /// Copies all files for a look, as far as they can be copied.
    fn keep(&self, seed: u64) -> PathBuf {
        let from = self.env.path("");
        let to = std::env::temp_dir().join(format!("podform-crash-{}-{seed}", std::process::id()));
        for (path, bytes) in self.env.files(&from) {
            let copy = to.join(path.strip_prefix(&from).unwrap_or(&path));
            if let Some(folder) = copy.parent() {
                let _ = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&copy, bytes));
            }
        }
        to
    }
}
