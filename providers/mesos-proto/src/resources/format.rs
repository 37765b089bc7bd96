//! How masters print resources in the messages that users see.

use std::fmt;

use super::{Amount, Kind, RangeSet, Resources, from_thousandths};
use crate::resource::{DiskInfo, ReservationInfo, Resource};

/// `cpus(allocated: web):0.5; ports(allocated: web):[31000-31005]`; nothing is `{}`.
impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("{}");
        }
        for (index, (kind, amount)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{kind}:{amount}")?;
        }
        Ok(())
    }
}

/// One entry; also one that cannot be counted, as in the message that says so.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", Kind::of(self))?;
        if let Some(scalar) = &self.scalar {
            write!(f, "{}", scalar.value)?;
        }
        if let Some(ranges) = &self.ranges {
            let pairs: Vec<_> =
                ranges.range.iter().map(|range| format!("{}-{}", range.begin, range.end)).collect();
            write!(f, "[{}]", pairs.join(", "))?;
        }
        if let Some(set) = &self.set {
            write!(f, "{{{}}}", set.item.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if let Some(role) = &self.allocated_to {
            write!(f, "(allocated: {role})")?;
        }
        if !self.reservations.is_empty() {
            let list: Vec<_> = self.reservations.iter().map(reservation).collect();
            write!(f, "(reservations: [{}])", list.join(", "))?;
        }
        if let Some(disk) = &self.disk {
            write!(f, "[{}]", disk_text(disk))?;
        }
        f.write_str(if self.revocable { "{REV}" } else { "" })?;
        f.write_str(if self.shared { "<SHARED>" } else { "" })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(thousandths) => write!(f, "{}", from_thousandths(*thousandths)),
            Self::Ranges(ranges) => write!(f, "{ranges}"),
            Self::Set(items) => {
                write!(f, "{{{}}}", items.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// `[1-2, 5-5]`
impl fmt::Display for RangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<_> = self.iter().map(|(begin, end)| format!("{begin}-{end}")).collect();
        write!(f, "[{}]", pairs.join(", "))
    }
}

fn reservation(reservation: &ReservationInfo) -> String {
    let mut parts = vec![
        reservation.r#type.unwrap_or_default().name().to_owned(),
        reservation.role.clone().unwrap_or_default(),
    ];
    parts.extend(reservation.principal.clone());
    if let Some(labels) = &reservation.labels {
        let label = |label: &crate::offer::Label| match &label.value {
            Some(value) => format!("{}: {value}", label.key),
            None => label.key.clone(),
        };
        parts.push(format!(
            "{{{}}}",
            labels.labels.iter().map(label).collect::<Vec<_>>().join(", ")
        ));
    }
    format!("({})", parts.join(","))
}

fn disk_text(disk: &DiskInfo) -> String {
    let mut parts = Vec::new();
    if let Some(source) = &disk.source {
        let root =
            source.path.as_ref().or(source.mount.as_ref()).and_then(|root| root.root.as_deref());
        parts.push(root.map_or_else(
            || source.r#type.name().to_owned(),
            |root| format!("{}:{root}", source.r#type),
        ));
    }
    if let Some(persistence) = &disk.persistence {
        let path = disk.volume.as_ref().map(|volume| format!(":{}", volume.container_path));
        parts.push(format!("{}{}", persistence.id, path.unwrap_or_default()));
    }
    parts.join(",")
}
