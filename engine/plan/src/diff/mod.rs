//! The difference of two configurations as a tree, driven by the schema table: what a renderer
//! shows. Repeated blocks are matched by their keys; what did not change is counted, not shown;
//! sensitive values are not in the tree at all.

mod data;
pub mod text;

use crate::compare::{entry, item_path, names, pair};
use crate::effective::assumed;
use crate::model::Change;
use podform_model::change::ChangeClass;
use podform_model::convert::duration_text;
use podform_model::defaults::default_of;
use podform_model::schema::{Attribute, Block, POD, Repeat, Type};
use podform_model::{AttributePath, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happens to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffKind {
    /// It stays; shown because it helps to find one's way.
    Same,
    /// It comes.
    Added,
    /// It goes.
    Removed,
    /// It, or something within, changes.
    Changed,
}

/// What a change makes necessary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forces {
    /// Another pod.
    Replacement,
    /// Every instance is replaced by a new one.
    RollingRestart,
}

/// How a node is built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One value: [`DiffNode::before`] and [`DiffNode::after`].
    Scalar,
    /// A text of several lines.
    Text(Vec<text::Line>),
    /// A string that is JSON on both sides: one child, its content.
    Json,
    /// A map of data: a child for each entry.
    Map,
    /// A list of data: a child for each item.
    List,
    /// A block: attributes and blocks.
    Block,
}

/// How much is not shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// Unchanged attributes.
    pub attributes: usize,
    /// Unchanged blocks.
    pub blocks: usize,
    /// Unchanged entries or items.
    pub elements: usize,
    /// Attributes and blocks that have their default.
    pub defaults: usize,
}

/// A node of the difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiffNode {
    /// The attribute, block or key; empty for an item of a list.
    pub name: String,
    /// The label of a block.
    pub label: Option<String>,
    /// What happens to it.
    pub kind: DiffKind,
    /// How it is built.
    pub shape: Shape,
    /// The former value of a scalar.
    pub before: Option<Value>,
    /// The next value of a scalar; it may be unknown.
    pub after: Option<Value>,
    /// What its change makes necessary.
    pub forces: Option<Forces>,
    /// Whether its value is hidden: then there are no values here.
    pub sensitive: bool,
    /// Whether only the layout of a JSON text changes.
    pub whitespace: bool,
    /// The nodes within.
    pub children: Vec<Self>,
    /// What is within but not shown.
    pub hidden: Hidden,
}

impl DiffNode {
    /// A node with nothing in it.
    #[must_use]
    pub fn new(name: &str, kind: DiffKind, shape: Shape) -> Self {
        Self {
            name: name.to_owned(),
            label: None,
            kind,
            shape,
            before: None,
            after: None,
            forces: None,
            sensitive: false,
            whitespace: false,
            children: Vec::new(),
            hidden: Hidden::default(),
        }
    }

    /// Whether the next value is known only after the apply.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.after.as_ref().is_some_and(Value::is_unknown)
    }
}

/// The difference that a change makes to its pod. With `all`, unchanged parts and defaults are shown
/// too. Which hidden values differ is not compared again: [`Change::forces`] says it.
#[must_use]
pub fn diff(change: &Change, all: bool) -> DiffNode {
    let forces = change.forces.iter().cloned().collect();
    let walk = Walk { all, forces, secrets: &change.secrets_changed };
    let null = Value::Null;
    let after = change.after.as_ref().unwrap_or(&null);
    let before = change.before.as_ref().map_or(Value::Null, |before| match change.after {
        // What is not known of what runs is taken as unchanged.
        Some(_) if before.has_unknown() => assumed(before, after),
        _ => before.clone(),
    });
    let kind = match (&change.before, &change.after) {
        (None, _) => DiffKind::Added,
        (_, None) => DiffKind::Removed,
        _ => DiffKind::Changed,
    };
    walk.block("pod", &POD, &before, after, kind, &AttributePath::root())
}

/// The difference of two values that no schema describes, as outputs are. `None`: there is none.
#[must_use]
pub fn diff_data(
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    all: bool,
) -> Option<DiffNode> {
    data::node(name, before, after, all)
}

struct Walk<'a> {
    all: bool,
    forces: BTreeMap<AttributePath, ChangeClass>,
    secrets: &'a [String],
}

impl Walk<'_> {
    fn block(
        &self,
        name: &str,
        block: &Block,
        before: &Value,
        after: &Value,
        kind: DiffKind,
        path: &AttributePath,
    ) -> DiffNode {
        let mut node = DiffNode::new(name, kind, Shape::Block);
        node.forces = self.forces(path);
        for name in names(block, before, after) {
            let (a, b) = (entry(before, &name), entry(after, &name));
            let path = path.attr(&*name);
            match block.attribute(&name) {
                Some(attribute) => self.attribute(&mut node, attribute, &a, &b, &path),
                // The label stands beside the block's type.
                None if name == "name" && !path.0.is_empty() && !block_has_name(block) => {
                    let label = if b.is_null() { &a } else { &b };
                    node.label = label.as_str().map(str::to_owned);
                }
                None => self.data(&mut node, &name, &a, &b, &path),
            }
        }
        if name == "secret" && node.label.as_ref().is_some_and(|l| self.secrets.contains(l)) {
            let mut value = DiffNode::new("(value)", DiffKind::Changed, Shape::Scalar);
            value.sensitive = true;
            value.forces = Some(Forces::RollingRestart);
            node.children.insert(0, value);
        }
        node
    }

    fn attribute(
        &self,
        node: &mut DiffNode,
        attribute: &Attribute,
        before: &Value,
        after: &Value,
        path: &AttributePath,
    ) {
        let Type::Block(block) = attribute.ty else {
            if self.is_default(attribute, before, after) {
                node.hidden.defaults += 1;
            } else {
                let (before, after) = (written(attribute, before), written(attribute, after));
                self.data(node, attribute.name, &before, &after, path);
            }
            return;
        };
        if matches!(attribute.repeat, Repeat::Once) {
            if self.is_default(attribute, before, after) {
                node.hidden.defaults += 1;
            } else if !(before.is_null() && after.is_null()) {
                self.child(node, attribute.name, block, (before, after), path);
            }
            return;
        }
        let Repeat::Many { key, .. } = attribute.repeat else { return };
        let (a, b) = (before.as_list().unwrap_or_default(), after.as_list().unwrap_or_default());
        for pair in pair(key, a, b) {
            let null = Value::Null;
            let side = |side: Option<(usize, &'_ Value)>| side.map(|(_, value)| value.clone());
            let (a, b) = (side(pair.before), side(pair.after));
            let path = item_path(path, key, &pair);
            let values = (a.as_ref().unwrap_or(&null), b.as_ref().unwrap_or(&null));
            self.child(node, attribute.name, block, values, &path);
        }
    }

    /// A nested block, or one more that is hidden.
    fn child(
        &self,
        node: &mut DiffNode,
        name: &str,
        block: &Block,
        (before, after): (&Value, &Value),
        path: &AttributePath,
    ) {
        let kind = match (before.is_null(), after.is_null()) {
            (true, _) => DiffKind::Added,
            (_, true) => DiffKind::Removed,
            _ => DiffKind::Changed,
        };
        // A block that is unknown or hidden as a whole has no parts to show.
        if before.as_map().is_none() && after.as_map().is_none() || is_marked(before, after) {
            self.data(node, name, before, after, path);
            return;
        }
        let mut child = self.block(name, block, before, after, kind, path);
        let same = kind == DiffKind::Changed
            && child.children.iter().all(|child| child.kind == DiffKind::Same);
        if !same {
            node.children.push(child);
        } else if self.all {
            child.kind = DiffKind::Same;
            node.children.push(child);
        } else {
            node.hidden.blocks += 1;
        }
    }

    /// A value without parts of the schema's.
    fn data(
        &self,
        node: &mut DiffNode,
        name: &str,
        before: &Value,
        after: &Value,
        path: &AttributePath,
    ) {
        let before = &self.align(before, after, path);
        let side = |value| if is_null(value) { None } else { Some(value) };
        let child = data::node(name, side(before), side(after), self.all);
        match child {
            Some(mut child) => {
                child.forces = self.forces(path);
                for inner in &mut child.children {
                    inner.forces = self.forces(&path.key(&*inner.name));
                }
                node.children.push(child);
            }
            None if is_null(before) && is_null(after) => {}
            None if self.all || (path.0.len() == 1 && name == "id") => {
                let mut child = data::same(name, after);
                child.kind = DiffKind::Same;
                node.children.push(child);
            }
            None => node.hidden.attributes += 1,
        }
    }

    /// The former value, with the next one wherever hidden values are known not to differ.
    fn align(&self, before: &Value, after: &Value, path: &AttributePath) -> Value {
        if is_null(before) || is_null(after) || !(before.has_sensitive() || after.has_sensitive()) {
            return before.clone();
        }
        if self.forces.contains_key(path) {
            return before.clone();
        }
        let (Value::Map(a), Value::Map(b)) = (before, after) else { return after.clone() };
        let entry = |(key, value): (&std::sync::Arc<str>, &Value)| {
            let next = b.get(key).filter(|_| !self.forces.contains_key(&path.key(&**key)));
            (key.clone(), next.unwrap_or(value).clone())
        };
        Value::map(a.iter().map(entry).collect())
    }

    /// Whether a new or removed pod has only the default here, which nobody wrote.
    fn is_default(&self, attribute: &Attribute, before: &Value, after: &Value) -> bool {
        let value = match (is_null(before), is_null(after)) {
            (true, false) => after,
            (false, true) => before,
            _ => return false,
        };
        !self.all && default_of(attribute).as_ref() == Some(value)
    }

    fn forces(&self, path: &AttributePath) -> Option<Forces> {
        match self.forces.get(path)? {
            ChangeClass::Replace => Some(Forces::Replacement),
            ChangeClass::Roll => Some(Forces::RollingRestart),
            _ => None,
        }
    }
}

/// The value as users write it: normal form has lost the unit of a duration.
fn written(attribute: &Attribute, value: &Value) -> Value {
    match (attribute.ty, value) {
        (Type::Duration { .. }, Value::Number(seconds)) => duration_text(seconds).into(),
        _ => value.clone(),
    }
}

fn block_has_name(block: &Block) -> bool {
    block.attribute("name").is_some()
}

fn is_null(value: &Value) -> bool {
    value.is_null()
}

fn is_marked(before: &Value, after: &Value) -> bool {
    [before, after]
        .iter()
        .any(|value| matches!(value, Value::Unknown | Value::Sensitive(_) | Value::Digest(_)))
}
