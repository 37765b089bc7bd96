//! `check` blocks.

use super::Declaring;
use crate::config::Check;
use crate::ir::Block;
use podform_model::{Diagnostic, code};

impl Declaring<'_> {
    pub(super) fn check(&mut self, block: Block) {
        let Some(name) = self.name(&block, "check \"NAME\" { … }") else { return };
        self.names(&block.body, &[], &["assert", "data"], "check");
        if !self.is_new("check", &name) {
            return;
        }
        if block.body.blocks("assert").next().is_none() {
            self.diagnostics.push(
                Diagnostic::error(code::MISSING_ATTRIBUTE, "`check` needs the block `assert`")
                    .label(self.sources.label(block.header, "it checks nothing"))
                    .help("add `assert { … }` with `condition` and `error_message`"),
            );
        }
        let asserts = self.conditions(&block.body, "assert");
        if let Some(data) = self.once(&block.body, "data") {
            self.data_in_check(data, &name);
        }
        self.module.checks.insert(name.text, Check { asserts });
    }
}
