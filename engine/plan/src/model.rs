//! The plan as data: what will be done to which pod, and why.

use crate::fingerprint::Fingerprint;
use crate::totals::Totals;
use podform_model::change::ChangeClass;
use podform_model::observed::Standing;
use podform_model::record::Generation;
use podform_model::step::Launch;
use podform_model::{
    Address, AttributePath, DataAddress, InstanceRecord, ProviderRef, SecretStamp, Value,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A plan. It says what was decided, from what, and nothing that only the cluster can decide.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// One for each pod, desired or recorded, sorted by address; no-ops included.
    pub changes: Vec<Change>,
    /// What changed on the cluster without podform.
    pub drift: Vec<Drift>,
    /// The live pods that are read while the plan is applied, sorted by address.
    #[serde(default)]
    pub reads: Vec<DataRead>,
    /// What becomes of each output, sorted by name; no-ops included.
    pub outputs: Vec<OutputChange>,
    /// For each pod that the configuration asks about its computed attributes after the apply, as far
    /// as they are known. Absent: the pod will not be there.
    pub computed: BTreeMap<Address, Value>,
    /// What else the user should know.
    pub notes: Vec<Note>,
    /// What the plan was made from; see [`Fingerprint`].
    pub fingerprint: Fingerprint,
}

impl Plan {
    /// Whether an apply would do nothing: no pod changes, moves or is taken over, and no output
    /// changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|change| change.is_no_op() && !change.arrives())
            && self.outputs.iter().all(|output| output.action == OutputAction::NoOp)
    }

    /// Whether a pod moves to another address.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.changes.iter().any(|change| change.prior_address.is_some())
    }

    /// The change of a pod.
    #[must_use]
    pub fn change(&self, address: &Address) -> Option<&Change> {
        let at = self.changes.binary_search_by(|change| change.address.cmp(address)).ok()?;
        self.changes.get(at)
    }
}

/// What is done to a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAction {
    /// Nothing.
    NoOp,
    /// The pod is new.
    Create,
    /// Attributes change in place; no instance is touched for it.
    Update,
    /// Instances are replaced by those of another generation, by the pod's `upgrade` rules.
    Roll,
    /// Instances are added or stopped.
    Scale,
    /// Instances that are no more are launched again.
    Relaunch,
    /// Live instances that were not recorded are recorded again.
    Adopt,
    /// Surplus or returned instances are stopped; the pod stays as it is.
    Stop,
    /// The pod is destroyed and created again.
    Replace {
        /// Whether the new one is created before the old one is destroyed.
        create_first: bool,
    },
    /// All instances are stopped, and the pod leaves the state.
    Delete,
    /// The pod leaves the state; its instances run on.
    Forget,
}

/// Why something is done to a pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// `-replace=ADDRESS`.
    Requested,
    /// `-replace=ADDRESS#SLOT`.
    RequestedSlot {
        /// The slot.
        slot: u32,
    },
    /// A destroy was asked for.
    DestroyRequested,
    /// The pod is not in the configuration.
    NotInConfiguration,
    /// The pod's id changes.
    IdChanged,
    /// The pod moves to another provider.
    ProviderChanged {
        /// The former.
        before: ProviderRef,
        /// The next.
        after: ProviderRef,
    },
    /// The provider says that these changes need another pod.
    ProviderReplaces {
        /// The attributes.
        paths: Vec<AttributePath>,
    },
    /// `lifecycle.replace_triggered_by`.
    TriggeredBy {
        /// The pod that changes.
        address: Address,
    },
    /// Attributes differ.
    Attributes {
        /// The worst that their change does.
        class: ChangeClass,
        /// Those whose change does that.
        paths: Vec<AttributePath>,
    },
    /// Attributes may differ once the values that they refer to are known.
    MayChange {
        /// The attributes that are not known.
        paths: Vec<AttributePath>,
        /// The pods whose values they refer to.
        because: BTreeSet<Address>,
    },
    /// Attributes become sensitive, or cease to be.
    Sensitivity {
        /// The attributes.
        paths: Vec<AttributePath>,
    },
    /// The values of secrets changed in their stores.
    SecretChanged {
        /// The `secret` blocks, by name.
        names: Vec<String>,
    },
    /// The configuration that the instances run is not recorded.
    ConfigurationUnknown,
    /// An update that a former run began is continued.
    Continues {
        /// How many instances are already new.
        done: u32,
        /// Of how many.
        of: u32,
    },
    /// The number of instances changes.
    Scaled {
        /// From.
        before: u32,
        /// To.
        after: u32,
    },
    /// An instance is launched again.
    Ended {
        /// Its slot.
        slot: u32,
        /// What it is now.
        standing: Standing,
        /// Why, in words.
        text: String,
    },
    /// Instances that should be there are not even recorded: a former launch failed.
    Missing {
        /// How many.
        count: u32,
    },
    /// More instances are recorded than there should be: a former stop failed.
    Excess {
        /// How many.
        count: u32,
    },
    /// A live instance that was not recorded is stopped.
    Surplus {
        /// Its id.
        id: String,
    },
    /// A live instance that was not recorded is recorded again.
    Adopted {
        /// Its slot.
        slot: u32,
        /// Its id.
        id: String,
    },
    /// An instance that was given up while unreachable came back and is stopped.
    Returned {
        /// Its id.
        id: String,
    },
}

/// How many instances something happens to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceCounts {
    /// How many there should be.
    pub desired: u32,
    /// How many are live or counted as such, of any generation, before the change.
    pub before: u32,
    /// Those of them that are already of the target generation.
    pub current: u32,
    /// How many are launched in the place of one that ended or is missing.
    pub relaunch: u32,
    /// How many are launched in addition.
    pub add: u32,
    /// How many are replaced by one of the target generation.
    pub replace: u32,
    /// How many are stopped without a replacement.
    pub stop: u32,
    /// How many are recorded again.
    pub adopt: u32,
    /// How many are left as they are because nothing certain is known of them.
    pub waiting: u32,
}

/// What becomes of one pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The pod.
    pub address: Address,
    /// Its former address, when it has moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior_address: Option<Address>,
    /// Whether it is taken over as it runs, by an `import` block.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    /// Its provider after the change (of a deleted pod: the recorded one).
    pub provider: ProviderRef,
    /// The recorded provider, when it is another.
    pub prior_provider: Option<ProviderRef>,
    /// Its id after the change.
    pub pod_id: String,
    /// The recorded id, when it is another.
    pub prior_id: Option<String>,
    /// What is done.
    pub action: ChangeAction,
    /// Whether it is only done if the values that are not known yet ask for it.
    pub conditional: bool,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The recorded configuration; `None`: the pod is new, or its configuration is unknown.
    pub before: Option<Value>,
    /// The configuration to come; `None`: the pod is destroyed or forgotten.
    pub after: Option<Value>,
    /// The generation that the pod's instances will be of.
    pub generation: Generation,
    /// The slots to fill, in this order.
    pub launch: Vec<Launch>,
    /// The ids of instances to stop, surplus and returned ones among them. An unreachable or
    /// unknown one among them is given up: it becomes a tombstone.
    pub stop: Vec<String>,
    /// Live instances that were not recorded and are ours again.
    pub adopt: Vec<InstanceRecord>,
    /// Live instances that are in no record of the pod but are stopped: surplus, tombstones.
    pub strays: Vec<InstanceRecord>,
    /// Whether launches and stops are interleaved by the pod's `upgrade` rules.
    pub roll: bool,
    /// Counts of what happens to instances.
    pub instances: InstanceCounts,
    /// The secrets as they were just read, by the name of the `secret` block.
    pub secrets: BTreeMap<String, SecretStamp>,
    /// The names of those whose value changed.
    pub secrets_changed: Vec<String>,
    /// The pods that it needs by the configuration.
    pub depends_on: BTreeSet<Address>,
    /// The pods that it needed when it was applied last.
    pub prior_depends_on: BTreeSet<Address>,
    /// How long the change may take, in seconds.
    pub timeout: f64,
    /// How long the destruction of the old pod may take, in seconds.
    pub delete_timeout: f64,
    /// `lifecycle.create_before_destroy`, own or inherited from a pod that depends on it.
    pub create_before_destroy: bool,
    /// What the pod asks of the cluster after the change.
    pub totals: Totals,
    /// What a change of attributes does, by path, for all that differ.
    pub forces: Vec<(AttributePath, ChangeClass)>,
}

impl Change {
    /// Whether its record is new at this address: it has moved, or is taken over.
    #[must_use]
    pub fn arrives(&self) -> bool {
        self.prior_address.is_some() || self.imported
    }

    /// Whether nothing is done.
    #[must_use]
    pub fn is_no_op(&self) -> bool {
        self.action == ChangeAction::NoOp
    }

    /// Whether an instance is launched.
    #[must_use]
    pub fn launches(&self) -> bool {
        !self.launch.is_empty()
    }

    /// Whether the old pod is destroyed.
    #[must_use]
    pub fn destroys(&self) -> bool {
        matches!(self.action, ChangeAction::Delete | ChangeAction::Replace { .. })
    }
}

/// A live pod that is read by a `data` block while the plan is applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataRead {
    /// The block.
    pub address: DataAddress,
    /// The provider that is asked.
    pub provider: ProviderRef,
    /// The id of the pod; `None`: it is known only then.
    pub id: Option<String>,
    /// The pods with changes that it waits for.
    pub after: BTreeSet<Address>,
}

/// Something on the cluster that changed without podform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The pod.
    pub address: Address,
    /// The instance's id.
    pub instance: String,
    /// Its slot.
    pub slot: u32,
    /// What happened.
    pub kind: DriftKind,
    /// Why, in words; may be empty.
    pub text: String,
}

/// What happened to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// It ended.
    Dead,
    /// All its containers ended with status 0.
    Finished,
    /// It is absent although its agent is registered.
    Gone,
    /// Its agent cannot be reached, since this time (seconds since 1970).
    Unreachable {
        /// Since when.
        since: f64,
    },
    /// It is live but was not recorded.
    Surplus,
    /// It was given up while unreachable, and is back.
    Returned,
    /// Its recorded host or addresses are out of date.
    Moved,
}

/// What becomes of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputAction {
    /// It stays.
    NoOp,
    /// It is new.
    Create,
    /// Its value changes, or may change.
    Update,
    /// It goes.
    Delete,
}

/// What becomes of one output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    /// Its name.
    pub name: String,
    /// What is done.
    pub action: OutputAction,
    /// The recorded value.
    pub before: Option<Value>,
    /// The value to come.
    pub after: Option<Value>,
    /// Whether it is hidden.
    pub sensitive: bool,
}

/// What else a plan says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The pod that it is about.
    pub address: Option<Address>,
    /// What kind it is.
    pub kind: NoteKind,
    /// A lower-case fragment, without the pod's address.
    pub text: String,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Nothing certain is known of an instance, so it is left as it is.
    Waiting,
    /// An instance cannot be reached and will be given up.
    GivenUp,
    /// A former run announced something whose outcome is not known.
    Pending,
    /// A secret, a digest or a value that is not recorded could not be compared.
    NotCompared,
    /// What follows from a pod's new address.
    Moved,
}
