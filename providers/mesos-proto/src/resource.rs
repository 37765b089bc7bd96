//! `Value`, `Resource`, `Attribute` and what they are made of.

use crate::ids::ResourceProviderId;
use crate::offer::Labels;
use crate::wire::{message, names};

names! {
    /// `Value.Type`: which of the value's fields is set.
    ValueType {
        /// An amount with three decimals.
        Scalar = "SCALAR",
        /// Inclusive ranges of integers.
        Ranges = "RANGES",
        /// A set of words.
        Set = "SET",
        /// A text; attributes only.
        Text = "TEXT",
    }

    /// `Resource.ReservationInfo.Type`
    ReservationType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// From the agent's configuration.
        Static = "STATIC",
        /// Made by a framework or an operator.
        Dynamic = "DYNAMIC",
    }

    /// `Resource.DiskInfo.Source.Type`
    DiskSourceType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// A folder of a disk that others may share.
        Path = "PATH",
        /// A whole mounted disk.
        Mount = "MOUNT",
        /// A block device.
        Block = "BLOCK",
        /// A disk not yet prepared.
        Raw = "RAW",
    }
}

message! {
    /// `Value.Scalar`
    Scalar {
        /// The amount; Mesos counts in thousandths. May be infinite in a task's limits.
        req value: f64,
    }

    /// `Value.Range`: both ends belong to it.
    Range {
        /// The first.
        req begin: u64,
        /// The last.
        req end: u64,
    }

    /// `Value.Ranges`
    Ranges {
        /// The ranges, in no order.
        list range: Range,
    }

    /// `Value.Set`
    Set {
        /// The words.
        list item: String,
    }

    /// `Value.Text`
    Text {
        /// The text.
        req value: String,
    }

    /// An agent's attribute.
    Attribute {
        /// Its name.
        req name: String,
        /// Which field is set.
        req r#type: ValueType,
        /// An amount.
        opt scalar: Scalar,
        /// Ranges.
        opt ranges: Ranges,
        /// A set (not produced by agents).
        opt set: Set,
        /// A text.
        opt text: Text,
    }

    /// An amount of one resource, of one kind (reservation, disk, allocation).
    Resource {
        /// `cpus`, `mem` and `disk` (MiB), `ports`, `gpus`, or another name.
        req name: String,
        /// Which field is set.
        req r#type: ValueType,
        /// An amount.
        opt scalar: Scalar,
        /// Ranges.
        opt ranges: Ranges,
        /// A set.
        opt set: Set,
        /// The role it is reserved to, in the form without refinement (`*`: to nobody). Deprecated.
        opt role: String,
        /// Who holds it in which role, while offered or in use.
        opt allocation_info: AllocationInfo,
        /// The dynamic reservation, in the form without refinement.
        opt reservation: Box<ReservationInfo>,
        /// The reservations, in the form with refinement; none: unreserved.
        list reservations: ReservationInfo,
        /// What the disk is, for `disk`.
        opt disk: Box<DiskInfo>,
        /// Set if it may be taken back at any time.
        opt revocable: RevocableInfo,
        /// Set if several tasks may use it at once.
        opt shared: SharedInfo,
        /// Where it comes from, if not from the agent itself.
        opt provider_id: ResourceProviderId,
    }

    /// `Resource.AllocationInfo`
    AllocationInfo {
        /// The role that it is allocated to.
        opt role: String,
    }

    /// `Resource.ReservationInfo`
    ReservationInfo {
        /// How it was made; only in the form with refinement.
        opt r#type: ReservationType,
        /// To whom; only in the form with refinement.
        opt role: String,
        /// By whom.
        opt principal: String,
        /// Labels of the maker.
        opt labels: Labels,
    }

    /// `Resource.DiskInfo`
    DiskInfo {
        /// Set for a persistent volume.
        opt persistence: Persistence,
        /// Where the persistent volume is mounted.
        opt volume: crate::container::Volume,
        /// Which disk it is; none: the agent's root disk.
        opt source: DiskSource,
    }

    /// `Resource.DiskInfo.Persistence`
    Persistence {
        /// The volume's id, unique per role and agent.
        req id: String,
        /// Who made it.
        opt principal: String,
    }

    /// `Resource.DiskInfo.Source`
    DiskSource {
        /// Its type.
        req r#type: DiskSourceType,
        /// Where a PATH disk is.
        opt path: DiskRoot,
        /// Where a MOUNT disk is.
        opt mount: DiskRoot,
        /// Who made the storage.
        opt vendor: String,
        /// The storage's own id.
        opt id: String,
        /// More of the storage.
        opt metadata: Labels,
        /// The storage's profile.
        opt profile: String,
    }

    /// `Resource.DiskInfo.Source.Path` and `.Mount`
    DiskRoot {
        /// The folder on the agent.
        opt root: String,
    }

    /// `Resource.RevocableInfo`
    RevocableInfo {}

    /// `Resource.SharedInfo`
    SharedInfo {}
}

impl Resource {
    /// An unreserved amount.
    #[must_use]
    pub fn scalar(name: &str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            r#type: ValueType::Scalar,
            scalar: Some(Scalar { value }),
            ..Self::default()
        }
    }

    /// Unreserved inclusive ranges.
    pub fn ranges(name: &str, ranges: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let range = ranges.into_iter().map(|(begin, end)| Range { begin, end }).collect();
        Self {
            name: name.to_owned(),
            r#type: ValueType::Ranges,
            ranges: Some(Ranges { range }),
            ..Self::default()
        }
    }
}
