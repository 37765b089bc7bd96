//! `data` blocks, at the top of a file and in `check` blocks.

use super::Declaring;
use super::pod::provider_key;
use crate::config::{Condition, Data, Repeat};
use crate::ir::{Attribute, Block, Body, Spanned};
use podform_model::{Diagnostic, code};

/// The arguments of a `data` block.
const ARGUMENTS: &[&str] = &["id", "provider", "depends_on", "count", "for_each", "enabled"];
/// Those of one in a `check` block.
const IN_CHECK: &[&str] = &["id", "provider", "depends_on"];

impl Declaring<'_> {
    pub(super) fn data(&mut self, block: Block) {
        let Some(name) = self.data_name(&block) else { return };
        self.names(&block.body, ARGUMENTS, &["lifecycle"], "data");
        let repeat = self.repeat(&block.body);
        let conditions = self.data_lifecycle(&block.body);
        let Some(mut data) = self.data_block(block, name) else { return };
        data.repeat = repeat;
        (data.preconditions, data.postconditions) = conditions;
        self.module.data.insert(data.name.text.clone(), data);
    }

    /// A `data` block that only the assertions of its `check` may refer to.
    pub(super) fn data_in_check(&mut self, block: Block, check: &Spanned) {
        let Some(name) = self.data_name(&block) else { return };
        self.names(&block.body, IN_CHECK, &[], "data` in a `check");
        let Some(mut data) = self.data_block(block, name) else { return };
        data.check = Some(check.text.clone());
        self.module.data.insert(data.name.text.clone(), data);
    }

    /// The name of the block; its first label says that it reads a pod.
    fn data_name(&mut self, block: &Block) -> Option<Spanned> {
        if !self.labels(block, 2, "data \"pod\" \"NAME\" { id = \"/…\" }") {
            return None;
        }
        let [kind, name] = &*block.labels else { return None };
        if &*kind.text != "pod" {
            let summary = format!("`{}` cannot be read", kind.text);
            self.diagnostics.push(
                Diagnostic::error(code::LABELS, summary)
                    .label(self.sources.label(kind.span, "only `pod` can be read"))
                    .help(format!("write `data \"pod\" \"{}\" {{ … }}`", name.text)),
            );
            return None;
        }
        self.identifier(name).then(|| name.clone())
    }

    fn data_block(&mut self, block: Block, name: Spanned) -> Option<Data> {
        let provider = block.body.attribute("provider").map(|item| item.value.clone());
        let provider_key = provider.as_ref().and_then(provider_key);
        let provider = provider.and_then(|expr| self.provider_choice(&expr));
        let depends_on = self.depends_on(&block.body);
        let is_new = self.is_new("data.pod", &name);
        let mut attributes = block.body.attributes.into_iter();
        let Some(Attribute { value: id, .. }) = attributes.find(|item| &*item.name.text == "id")
        else {
            self.missing(block.header, "data", "id");
            return None;
        };
        is_new.then_some(Data {
            name,
            header: block.header,
            id,
            repeat: Repeat::Once,
            provider,
            provider_key,
            depends_on,
            preconditions: Vec::new(),
            postconditions: Vec::new(),
            check: None,
        })
    }

    /// What must hold before and after the pod is read.
    fn data_lifecycle(&mut self, body: &Body) -> (Vec<Condition>, Vec<Condition>) {
        let Some(block) = self.once(body, "lifecycle") else { return Default::default() };
        self.labels(&block, 0, "lifecycle { … }");
        self.names(&block.body, &[], &["precondition", "postcondition"], "lifecycle");
        let preconditions = self.conditions(&block.body, "precondition");
        (preconditions, self.conditions(&block.body, "postcondition"))
    }
}
