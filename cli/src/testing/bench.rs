//! A module under test: its configuration, and a state that only the test knows.

use super::cast::Cast;
use super::file::Terms;
use crate::args::LockArgs;
use crate::connect::{Connection, Connector};
use crate::error::{Failure, Result};
use crate::setup::{engine_failure, lock_request, no_standings, now, state_failure};
use crate::workspace::Workspace;
use podform_config::testing::{Overrides, Seen, TestFile};
use podform_config::{SourceFile, VariableInput};
use podform_model::step::Action;
use podform_model::{
    Address, Computed, DataAddress, Desired, DesiredData, DesiredPod, Diagnostic, Diagnostics,
    Looked, Value,
};
use podform_plan::computed::actual;
use podform_plan::{Mode, Options};
use podform_provider::Event;
use podform_runtime::{Cancel, Engine, Evaluator, Observer, Planned};
use podform_state::{Key, Record, Store, Writer};
use std::collections::BTreeMap;
use std::path::Path;

/// A module under test, with its state.
pub(super) struct Bench {
    pub(super) workspace: Workspace,
    pub(super) test: TestFile,
    /// What was found of the file that is no error.
    pub(super) warnings: Diagnostics,
    pub(super) writer: Writer,
    key: Key,
    /// The variables and overrides of what was applied last: with them it is destroyed.
    applied: (BTreeMap<String, VariableInput>, Overrides),
    /// What the last run knew of the pods that `data` blocks read.
    looked: Looked,
}

/// What benches stand on.
pub(super) struct Ground<'a> {
    pub(super) terms: &'a Terms<'a>,
    pub(super) cast: &'a mut Cast,
}

impl Ground<'_> {
    /// The providers that a bench needs.
    pub(super) fn connect(&mut self, bench: &mut Bench) -> Result<Connection> {
        let Bench { workspace, writer, key, .. } = bench;
        let connector = Connector {
            context: self.terms.context,
            workspace,
            state: writer.state(),
            key: Some(key),
            args: &self.terms.cluster,
            lock: Some(writer.lock_fd()),
            stand_ins: &self.cast.stand_ins(),
        };
        let mut connection = connector.all()?;
        self.cast.join(&mut connection);
        if let Some(cluster) = &connection.cluster
            && &writer.state().cluster != cluster
        {
            let record = Record::Cluster { cluster: cluster.clone() };
            writer.append(vec![record]).map_err(|error| state_failure(&error))?;
        }
        Ok(connection)
    }

    /// Destroys everything that a bench's state knows.
    pub(super) fn destroy(&mut self, bench: &mut Bench) -> Result<()> {
        (bench.workspace.variables, bench.workspace.overrides) = bench.applied.clone();
        bench.workspace.destroying = true;
        let connection = self.connect(bench)?;
        let mut options = Options::new(uuid::Uuid::new_v4().to_string(), now());
        options.mode = Mode::Destroy;
        let planned = bench.plan(&connection, &options)?;
        let mut found = planned.diagnostics.clone();
        if !found.has_errors() {
            // Also after the user asked to stop: what a test made must not stay.
            found.extend(bench.apply(&connection, &planned, &Cancel::default())?.0);
        }
        if found.has_errors() { Err(Failure(found)) } else { Ok(()) }
    }
}

impl Bench {
    /// Reads a module (the root, or that of a run) and the test file against it, and opens a state
    /// for it.
    pub(super) fn open(
        terms: &Terms<'_>,
        source: Option<&str>,
        file: &SourceFile,
        state: &Path,
    ) -> Result<Self> {
        let mut workspace = Workspace::of_folder(terms.context, Path::new(source.unwrap_or(".")))?;
        workspace.allow(terms.given);
        let (test, warnings) = workspace.configuration.read_test(file.clone(), source);
        let Some(test) = test else { return Err(warnings.into()) };
        let request = lock_request("test", &LockArgs { lock_timeout: "0s".into() })?;
        let mut writer = Store::open(state, &request).map_err(|error| state_failure(&error))?;
        let key = writer.key(None).map_err(|error| state_failure(&error))?;
        Ok(Self {
            workspace,
            test,
            warnings,
            writer,
            key,
            applied: Default::default(),
            looked: Looked::default(),
        })
    }

    fn engine<'a>(&'a self, connection: &'a Connection) -> Engine<'a> {
        engine(&self.workspace, &self.key, connection)
    }

    /// Makes a plan.
    pub(super) fn plan(&mut self, connection: &Connection, options: &Options) -> Result<Planned> {
        let fail = |error: podform_runtime::Error| engine_failure(&self.workspace, &error);
        let evaluator = Curious(&self.workspace);
        let engine = Engine { evaluator: &evaluator, ..self.engine(connection) };
        let planned = engine.plan(self.writer.state(), options, &no_standings());
        let planned = planned.map_err(fail)?;
        self.looked.clone_from(&planned.looked);
        Ok(planned)
    }

    /// Applies a plan. Gives what was found, and the outputs.
    pub(super) fn apply(
        &mut self,
        connection: &Connection,
        planned: &Planned,
        cancel: &Cancel,
    ) -> Result<(Diagnostics, BTreeMap<String, Value>)> {
        let Workspace { variables, overrides, .. } = &self.workspace;
        self.applied = (variables.clone(), overrides.clone());
        let engine = engine(&self.workspace, &self.key, connection);
        let applied = engine.apply(&mut self.writer, planned, None, cancel, &Quiet);
        let compacted = self.writer.compact().map_err(|error| state_failure(&error));
        let applied = applied.map_err(|error| engine_failure(&self.workspace, &error))?;
        compacted?;
        self.looked = applied.looked;
        let outputs = applied.outputs.into_iter();
        let outputs = outputs.map(|(name, output)| match output.sensitive {
            true => (name, output.value.sensitive()),
            false => (name, output.value),
        });
        Ok((applied.diagnostics, outputs.collect()))
    }

    /// What pods compute: as planned, or as they are.
    fn computed(&self, planned: &Planned, applied: bool) -> BTreeMap<Address, Value> {
        if !applied {
            return planned.plan.computed.clone();
        }
        let recorded = self.writer.state().pods.iter();
        recorded.map(|(address, pod)| (address.clone(), actual(pod, None))).collect()
    }

    /// What a run gave. `outputs` are those of an apply; else they are the planned ones.
    pub(super) fn seen(
        &self,
        planned: &Planned,
        seen: Seen,
        outputs: Option<BTreeMap<String, Value>>,
    ) -> Seen {
        let computed = self.computed(planned, outputs.is_some());
        let pod = |(address, pod): (&Address, &podform_model::DesiredPod)| {
            let mut value = pod.value.clone();
            let known = computed.get(address).and_then(Value::as_map).into_iter().flatten();
            for (name, known) in known {
                value.set(name, known.clone());
            }
            (address.clone(), value)
        };
        let pods = planned.desired.pods.iter().map(pod).collect();
        let outputs = outputs.unwrap_or_else(|| {
            let outputs = planned.desired.outputs.iter();
            let outputs = outputs.map(|(name, output)| match output.sensitive {
                true => (name.clone(), output.value.clone().sensitive()),
                false => (name.clone(), output.value.clone()),
            });
            outputs.collect()
        });
        Seen { pods, outputs, ..seen }
    }

    /// Checks the assertions of a run.
    pub(super) fn asserts(
        &self,
        at: usize,
        planned: &Planned,
        seen: &Seen,
        applied: bool,
    ) -> Diagnostics {
        let Some(run) = self.test.runs().get(at) else { return Diagnostics::new() };
        let computed = self.computed(planned, applied);
        let inputs = self.workspace.inputs(&computed, &self.looked);
        self.workspace.configuration.test_asserts(run, &inputs, seen)
    }
}

fn engine<'a>(workspace: &'a Workspace, key: &'a Key, connection: &'a Connection) -> Engine<'a> {
    Engine {
        evaluator: workspace,
        providers: &connection.providers,
        key: Some(key),
        former_cluster: connection.former_cluster,
        reading: None,
    }
}

/// Asks about every pod, as assertions may.
struct Curious<'a>(&'a Workspace);

impl Evaluator for Curious<'_> {
    fn evaluate(&self, computed: &dyn Computed, looked: &Looked) -> (Option<Desired>, Diagnostics) {
        let (desired, found) = self.0.evaluate(computed, looked);
        for address in desired.iter().flat_map(|desired| desired.pods.keys()) {
            computed.of(address);
        }
        (desired, found)
    }

    fn evaluate_pod(
        &self,
        address: &Address,
        computed: &dyn Computed,
        looked: &Looked,
    ) -> (Option<DesiredPod>, Diagnostics) {
        self.0.evaluate_pod(address, computed, looked)
    }

    fn reads_of(
        &self,
        address: &Address,
        computed: &dyn Computed,
        looked: &Looked,
    ) -> BTreeMap<DataAddress, DesiredData> {
        self.0.reads_of(address, computed, looked)
    }
}

/// Progress is not shown: several files run side by side.
struct Quiet;

impl Observer for Quiet {
    fn started(&self, _: &Address, _: Action) {}
    fn event(&self, _: &Event) {}
    fn done(&self, _: &Address) {}
    fn failed(&self, _: &Address, _: &Diagnostic) {}
}
