//! How rules look at a pod: places with their paths, and what of them is known.

use crate::path::Way;
use crate::{AttributePath, Number, Value};
use std::collections::BTreeSet;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) value: &'a Value,
    way: Way<'a>,
}

/// The items of a repeated block, and whether these are all (nothing about their number or labels
/// is unknown).
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub(super) items: Vec<Place<'a>>,
    pub(super) complete: bool,
}

/// The pod that rules look at.
pub(super) struct Subject<'a> {
    pub(super) pod: Place<'a>,
    role: Option<&'a str>,
    containers: Places<'a>,
    endpoints: Places<'a>,
}

/// The networks that the endpoints of a pod are on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Networking {
    /// The agent's own.
    Host,
    /// The agent's bridge.
    Bridge,
    /// This many container networks.
    Container(usize),
    /// Not known, or wrong by another rule.
    Unknown,
}

impl<'a> Subject<'a> {
    pub(super) fn new(pod: &'a Value, role: Option<&'a str>) -> Self {
        let pod = Place { value: pod, way: Way::default() };
        let containers = pod.labelled("container");
        let endpoints = endpoints(&containers);
        Self { pod, role, containers, endpoints }
    }

    pub(super) fn containers(&self) -> &Places<'a> {
        &self.containers
    }

    /// The role that the pod runs in: its own, else its provider's, when known.
    pub(super) fn role(&self) -> Option<&'a str> {
        match self.pod.value.get("role") {
            None | Some(Value::Null) => self.role,
            Some(value) => value.as_str(),
        }
    }

    /// All endpoints of all containers.
    pub(super) fn endpoints(&self) -> &Places<'a> {
        &self.endpoints
    }

    /// The persistent volumes.
    pub(super) fn persistent(&self) -> Vec<Place<'a>> {
        let volumes = self.pod.labelled("volume").items;
        volumes.into_iter().filter_map(|volume| volume.block("persistent")).collect()
    }

    /// What the pod's networks are; without any, endpoints are on the host's.
    pub(super) fn networking(&self) -> Networking {
        let networks = self.pod.numbered("network");
        if !networks.complete {
            return Networking::Unknown;
        }
        let mut modes = BTreeSet::new();
        for network in &networks.items {
            match network.text("mode") {
                Some(mode) => modes.insert(mode),
                None => return Networking::Unknown,
            };
        }
        match modes.into_iter().collect::<Vec<_>>()[..] {
            [] | ["host"] => Networking::Host,
            ["container/bridge"] => Networking::Bridge,
            ["container"] => Networking::Container(networks.items.len()),
            _ => Networking::Unknown,
        }
    }
}

impl<'a> Place<'a> {
    /// Where it stands.
    pub(super) fn path(&self) -> AttributePath {
        self.way.path()
    }

    /// The path of an attribute of this place.
    pub(super) fn at(&self, name: &str) -> AttributePath {
        self.path().attr(name)
    }

    /// An attribute that is there, known or not.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    /// Whether an attribute is written for sure; one that is unknown may turn out null.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.is_unknown())
    }

    /// Whether an attribute is absent for sure.
    pub(super) fn lacks(&self, name: &str) -> bool {
        !self.value.is_unknown() && self.get(name).is_none()
    }

    /// A known text.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_str()
    }

    /// A known number.
    pub(super) fn number(&self, name: &str) -> Option<&'a Number> {
        self.get(name)?.as_number()
    }

    /// A known boolean.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// The label.
    pub(super) fn name(&self) -> Option<&'a str> {
        self.text("name")
    }

    /// A nested block that is there and known to be.
    pub(super) fn block(&self, name: &'a str) -> Option<Self> {
        let value = self.get(name)?;
        value.as_map()?;
        Some(Place { value, way: self.way.attr(name) })
    }

    /// The items of a list of strings that is wholly known; absent is empty.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<&'a str>> {
        match self.get(name) {
            None => Some(Vec::new()),
            Some(value) => value.as_list()?.iter().map(Value::as_str).collect(),
        }
    }

    /// The items of a labelled block. The first of a label is found by its key, others by index.
    pub(super) fn labelled(&self, name: &'a str) -> Places<'a> {
        let mut seen = BTreeSet::new();
        self.places(name, |way, at, item| match item.get("name").and_then(Value::as_str) {
            Some(label) if seen.insert(label) => (way.key(label), true),
            Some(_) => (way.index(at), true),
            None => (way.index(at), false),
        })
    }

    /// The items of an unlabelled block.
    pub(super) fn numbered(&self, name: &'a str) -> Places<'a> {
        self.places(name, |way, at, item| (way.index(at), !item.is_unknown()))
    }

    fn places(
        &self,
        name: &'a str,
        mut step: impl FnMut(&Way<'a>, usize, &'a Value) -> (Way<'a>, bool),
    ) -> Places<'a> {
        let mut places = Places { items: Vec::new(), complete: !self.value.is_unknown() };
        let Some(given) = self.get(name) else { return places };
        let Some(items) = given.as_list() else {
            return Places { items: Vec::new(), complete: false };
        };
        let all = self.way.attr(name);
        for (at, value) in items.iter().enumerate() {
            let (way, known) = step(&all, at, value);
            places.complete &= known;
            places.items.push(Place { value, way });
        }
        places
    }
}

fn endpoints<'a>(containers: &Places<'a>) -> Places<'a> {
    let mut all = Places { items: Vec::new(), complete: containers.complete };
    for container in &containers.items {
        let own = container.labelled("endpoint");
        all.complete &= own.complete;
        all.items.extend(own.items);
    }
    all
}

impl<'a> Places<'a> {
    /// The labels that are known.
    pub(super) fn names(&self) -> BTreeSet<&'a str> {
        self.items.iter().filter_map(Place::name).collect()
    }

    /// Pairs of an item and the first one before it that has the same key.
    pub(super) fn repeated<K: PartialEq>(
        &self,
        key: impl Fn(&Place<'a>) -> Option<K>,
    ) -> Vec<(&Place<'a>, &Place<'a>)> {
        let keys: Vec<_> = self.items.iter().map(key).collect();
        let first = |at: usize| {
            let same = keys[..at].iter().position(|k| k.is_some() && *k == keys[at])?;
            Some((&self.items[at], &self.items[same]))
        };
        (0..keys.len()).filter_map(first).collect()
    }
}

/// Shows names in backticks, joined by commas.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
