//! What JSON leaves open: which keys of an object are blocks, how many labels these take, and
//! which texts are names or types instead of templates.

use podform_model::schema::{Block, POD, Repeat};

/// What a body holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// A file.
    Top,
    /// A test file.
    Test,
    /// A `run` block of a test file.
    Run,
    /// A `mock_provider` block.
    Mock,
    /// An `override_…` block.
    Override,
    /// The `plan_options` of a run.
    PlanOptions,
    /// Arguments only, every value an expression.
    Arguments,
    /// A block of the table of the pod.
    Schema(&'static Block),
    /// A pod: its table and its meta-blocks.
    Pod,
    Settings,
    Provider,
    Variable,
    Output,
    Module,
    Check,
    Data,
    Lifecycle,
    /// A `moved`, `import` or `removed` block.
    Refactoring,
    /// A `dynamic` block that makes blocks of a shape.
    Dynamic(&'static Block),
}

/// A block: the number of its labels and what it holds.
pub(super) type Known = (Labels, Shape);

/// How many labels a block takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    Exactly(usize),
    /// One, and a second when every value below is an object.
    OneOrTwo,
}

const NONE: Labels = Labels::Exactly(0);
const ONE: Labels = Labels::Exactly(1);
const TWO: Labels = Labels::Exactly(2);

impl Shape {
    /// The block of this name, when a body of this shape has one.
    pub(super) fn block(self, name: &str) -> Option<Known> {
        Some(match (self, name) {
            (Self::Top, "podform") => (NONE, Self::Settings),
            (Self::Top, "locals") => (NONE, Self::Arguments),
            (Self::Top, "pod") => (ONE, Self::Pod),
            (Self::Top, "provider") => (ONE, Self::Provider),
            (Self::Top, "variable") => (ONE, Self::Variable),
            (Self::Top, "output") => (ONE, Self::Output),
            (Self::Top, "module") => (ONE, Self::Module),
            (Self::Top, "check") => (ONE, Self::Check),
            (Self::Top, "data") => (TWO, Self::Data),
            (Self::Top, "moved" | "import" | "removed") => (NONE, Self::Refactoring),
            (Self::Test, "run") => (ONE, Self::Run),
            (Self::Test, "mock_provider") => (ONE, Self::Mock),
            (Self::Test | Self::Run, "variables") => (NONE, Self::Arguments),
            (Self::Run, "assert" | "module") => (NONE, Self::Arguments),
            (Self::Run, "plan_options") => (NONE, Self::PlanOptions),
            (Self::Mock, "mock_pod") => (NONE, Self::Arguments),
            (Self::Mock, "mock_data") => (ONE, Self::Arguments),
            (Self::Test | Self::Run | Self::Mock, "override_pod" | "override_data")
            | (Self::Test | Self::Run, "override_module") => (NONE, Self::Override),
            (Self::Settings, "required_providers" | "encryption") => (NONE, Self::Arguments),
            (Self::Settings, "backend") => (ONE, Self::Arguments),
            (Self::Provider, "secret_store") => (Labels::OneOrTwo, Self::Arguments),
            (Self::Variable, "validation") => (NONE, Self::Arguments),
            (Self::Output, "precondition") => (NONE, Self::Arguments),
            (Self::Check, "data") => (TWO, Self::Data),
            (Self::Check, "assert") => (NONE, Self::Arguments),
            (Self::Pod | Self::Data | Self::Refactoring, "lifecycle") => (NONE, Self::Lifecycle),
            (Self::Pod, "timeouts") => (NONE, Self::Arguments),
            (Self::Lifecycle, "precondition" | "postcondition") => (NONE, Self::Arguments),
            (Self::Pod, _) => return Self::Schema(&POD).block(name),
            (Self::Schema(schema), _) => {
                let known = schema.attribute(name)?;
                let labels = match known.repeat {
                    Repeat::Many { label: Some(_), .. } => ONE,
                    _ => NONE,
                };
                (labels, Self::Schema(known.block()?))
            }
            (Self::Dynamic(block), "content") => (NONE, Self::Schema(block)),
            _ => return None,
        })
    }

    /// What a `dynamic` block of these blocks holds.
    pub(super) fn dynamic(self, kind: &str) -> Self {
        match self.block(kind) {
            Some((_, Self::Schema(block))) => Self::Dynamic(block),
            _ => Self::Arguments,
        }
    }

    /// Whether the body may hold `dynamic` blocks.
    pub(super) fn has_dynamic(self) -> bool {
        matches!(self, Self::Pod | Self::Schema(_) | Self::Provider)
    }

    /// Whether the text of this argument is an expression by itself: a name, a reference or a type.
    pub(super) fn is_expression(self, name: &str) -> bool {
        match self {
            Self::Pod | Self::Data => matches!(name, "provider" | "depends_on"),
            Self::Variable => name == "type",
            Self::Output => name == "depends_on",
            Self::Module => matches!(name, "providers" | "depends_on"),
            Self::Lifecycle => matches!(name, "ignore_changes" | "replace_triggered_by"),
            Self::Refactoring => matches!(name, "from" | "to" | "provider"),
            Self::Run => matches!(name, "command" | "expect_failures"),
            Self::Override => name == "target",
            Self::PlanOptions => matches!(name, "mode" | "replace" | "target"),
            Self::Dynamic(_) => name == "iterator",
            _ => false,
        }
    }
}
