//! The blocks around pods, as a table of data: what may stand in each and what it means.
//!
//! Pods have their own table, [`podform_model::schema::POD`]; here is what the language adds.

/// What the value of an attribute is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Any expression.
    Expression,
    /// A text written out.
    Text,
    /// `true` or `false`.
    Bool,
    /// A duration.
    Duration,
    /// A type constraint.
    Constraint,
    /// A list of references to pods, modules and `data` blocks.
    Dependencies,
    /// A list of references to what has rules that can fail.
    Fallible,
    /// One of these words, without quotes.
    Words(&'static [&'static str]),
    /// The name of a provider.
    Provider,
    /// A map of providers that a module is given.
    Providers,
    /// An address.
    Address,
    /// A list of attribute paths.
    Paths,
    /// A nested block with these labels.
    Block(&'static [&'static str], &'static Shape),
}

/// An attribute or block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) required: bool,
    pub(crate) doc: &'static str,
}

/// What may stand in a block.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) items: &'static [Item],
    /// What any other name is, where the user chooses the names.
    pub(crate) free: Option<&'static str>,
}

impl Shape {
    /// The item of this name.
    pub(crate) fn item(&self, name: &str) -> Option<&'static Item> {
        self.items.iter().find(|item| item.name == name)
    }
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Shape {}

pub(crate) const fn item(name: &'static str, form: Form, doc: &'static str) -> Item {
    Item { name, form, required: false, doc }
}

pub(crate) const fn required(name: &'static str, form: Form, doc: &'static str) -> Item {
    Item { name, form, required: true, doc }
}

pub(crate) const fn block(
    name: &'static str,
    labels: &'static [&'static str],
    shape: &'static Shape,
    doc: &'static str,
) -> Item {
    item(name, Form::Block(labels, shape), doc)
}

pub(crate) const fn shape(items: &'static [Item]) -> Shape {
    Shape { items, free: None }
}

/// The top level of a file.
pub(crate) static TOP: Shape = shape(&[
    block("pod", &["NAME"], &POD, "A pod: containers launched together on one agent."),
    block("data", &["KIND", "NAME"], &DATA, "A live pod that is read, not managed; KIND is `pod`."),
    block("variable", &["NAME"], &VARIABLE, "An input of the module, read as `var.NAME`."),
    block("locals", &[], &LOCALS, "Named values, each read as `local.NAME`."),
    block("output", &["NAME"], &OUTPUT, "A result of the module."),
    block("module", &["NAME"], &MODULE, "Pods of another folder, with values for its variables."),
    block("provider", &["NAME"], &PROVIDER, "An orchestrator that pods run on."),
    block("podform", &[], &PODFORM, "Settings of podform itself: versions, providers, backend."),
    block("check", &["NAME"], &CHECK, "Conditions that are warned about when they do not hold."),
    block("moved", &[], &MOVED, "A pod or module that has another address now."),
    block("removed", &[], &REMOVED, "A pod or module that is no longer declared."),
    block("import", &[], &IMPORT, "A live pod that podform takes over."),
]);

/// What a pod has beside its schema.
pub(crate) static POD: Shape = shape(&[
    item(
        "count",
        Form::Expression,
        "How many pods the block makes; `count.index` is the number of each.",
    ),
    item(
        "for_each",
        Form::Expression,
        "A map or set of strings: a pod for each, with `each.key` and `each.value`.",
    ),
    item("enabled", Form::Expression, "Whether there is a pod at all."),
    item(
        "provider",
        Form::Provider,
        "The provider that the pod runs on, as `mesos` or `mesos.ALIAS`.",
    ),
    item(
        "depends_on",
        Form::Dependencies,
        "What must be done first, where no reference says so: `[pod.db]`.",
    ),
    block("lifecycle", &[], &LIFECYCLE, "How changes of the pod are made, and conditions on it."),
    block("timeouts", &[], &TIMEOUTS, "How long an action may take; 10 minutes when not written."),
]);

static LIFECYCLE: Shape = shape(&[
    item("prevent_destroy", Form::Bool, "Whether a plan that destroys the pod is an error."),
    item(
        "create_before_destroy",
        Form::Bool,
        "Whether a replacement is launched before the old pod ends.",
    ),
    item(
        "destroy",
        Form::Bool,
        "`false`: the pod runs on when it is removed from the configuration.",
    ),
    item("ignore_changes", Form::Paths, "Attributes whose changes are not planned, or `all`."),
    item("replace_triggered_by", Form::Dependencies, "What, when it changes, replaces the pod."),
    block("precondition", &[], &CONDITION, "What must hold before the pod is planned."),
    block(
        "postcondition",
        &[],
        &CONDITION,
        "What must hold after the pod is applied; it may use `self`.",
    ),
]);

pub(crate) static CONDITION: Shape = shape(&[
    required("condition", Form::Expression, "The rule: true when all is well."),
    required("error_message", Form::Expression, "What is said when it does not hold."),
]);

static TIMEOUTS: Shape = shape(&[
    item("create", Form::Duration, "How long a launch may take."),
    item("update", Form::Duration, "How long an update may take."),
    item("delete", Form::Duration, "How long stopping may take."),
]);

static VARIABLE: Shape = shape(&[
    item(
        "type",
        Form::Constraint,
        "The type that a value must convert to; anything when not written.",
    ),
    item(
        "default",
        Form::Expression,
        "The value when none is given; without it one must be given.",
    ),
    item("description", Form::Text, "What the variable is for."),
    item(
        "sensitive",
        Form::Bool,
        "Whether its value is hidden in everything that is shown or saved.",
    ),
    item("ephemeral", Form::Bool, "Whether its value may never be saved."),
    item("nullable", Form::Bool, "Whether its value may be null; true when not written."),
    item("deprecated", Form::Text, "Why it should not be given any more."),
    block("validation", &[], &CONDITION, "What a value must fulfil."),
]);

static LOCALS: Shape = Shape { items: &[], free: Some("A value, read as `local.NAME`.") };

static OUTPUT: Shape = shape(&[
    required("value", Form::Expression, "The result."),
    item("description", Form::Text, "What the result is."),
    item("sensitive", Form::Bool, "Whether it is hidden in everything that is shown or saved."),
    item("ephemeral", Form::Bool, "Whether it may never be saved."),
    item("depends_on", Form::Dependencies, "What must be done first, where no reference says so."),
    block("precondition", &[], &CONDITION, "What must hold for the result to be right."),
]);

static MODULE: Shape = Shape {
    items: &[
        required("source", Form::Text, "Where the module is, as `./shop` or `git::https://…`."),
        item("version", Form::Text, "Which versions are accepted."),
        item(
            "count",
            Form::Expression,
            "How many times the module is made; `count.index` is the number of each.",
        ),
        item("for_each", Form::Expression, "A map or set of strings: the module for each."),
        item("enabled", Form::Expression, "Whether the module is made at all."),
        item(
            "depends_on",
            Form::Dependencies,
            "What must be done first, where no reference says so.",
        ),
        item(
            "providers",
            Form::Providers,
            "Providers that the module is given, as `{ mesos = mesos.eu }`.",
        ),
    ],
    free: Some("A value for a variable of the module."),
};

pub(crate) static PROVIDER: Shape = Shape {
    items: &[
        item("alias", Form::Text, "Another name, for a second configuration of the provider."),
        item("for_each", Form::Expression, "A configuration for each entry of a map or set."),
    ],
    free: Some("A setting of the provider."),
};

static PODFORM: Shape = shape(&[
    item("required_version", Form::Text, "The versions of podform that this configuration is for."),
    block(
        "required_providers",
        &[],
        &REQUIRED_PROVIDERS,
        "The plugins and versions that are needed.",
    ),
    block("backend", &["KIND"], &BACKEND, "Where the state is kept."),
    block("encryption", &[], &ANYTHING, "How the state is encrypted: not in this release."),
]);

static REQUIRED_PROVIDERS: Shape = Shape {
    items: &[],
    free: Some("A provider: `{ source = \"podform/mesos\", version = \"~> 0.1\" }`."),
};

static BACKEND: Shape = Shape {
    items: &[item("path", Form::Text, "The file of the state, for the backend `local`.")],
    free: Some("A setting of the backend."),
};

static ANYTHING: Shape = Shape { items: &[], free: Some("A setting.") };

static CHECK: Shape = shape(&[
    block("assert", &[], &CONDITION, "What should hold; a warning says when it does not."),
    block(
        "data",
        &["KIND", "NAME"],
        &CHECK_DATA,
        "A live pod that the assertions look at; that it cannot be read is a warning.",
    ),
]);

const DATA_ID: Item =
    required("id", Form::Expression, "The id of the live pod, whoever launched it.");
const DATA_PROVIDER: Item =
    item("provider", Form::Provider, "The provider that is asked, as `mesos` or `mesos.ALIAS`.");
const DATA_AFTER: Item = item(
    "depends_on",
    Form::Dependencies,
    "What must be done before it is read, where no reference says so.",
);

static DATA: Shape = shape(&[
    DATA_ID,
    DATA_PROVIDER,
    DATA_AFTER,
    item(
        "count",
        Form::Expression,
        "How many pods the block reads; `count.index` is the number of each.",
    ),
    item(
        "for_each",
        Form::Expression,
        "A map or set of strings: a pod is read for each, with `each.key` and `each.value`.",
    ),
    item("enabled", Form::Expression, "Whether a pod is read at all."),
    block("lifecycle", &[], &DATA_LIFECYCLE, "Conditions on what is read."),
]);

static DATA_LIFECYCLE: Shape = shape(&[
    block("precondition", &[], &CONDITION, "What must hold before the pod is read."),
    block(
        "postcondition",
        &[],
        &CONDITION,
        "What must hold of the pod that was read; it may use `self`.",
    ),
]);

static CHECK_DATA: Shape = shape(&[DATA_ID, DATA_PROVIDER, DATA_AFTER]);

static MOVED: Shape = shape(&[
    required("from", Form::Address, "The former address, as `pod.old`."),
    required("to", Form::Address, "The address now."),
]);

static REMOVED: Shape = shape(&[
    required("from", Form::Address, "The address that is no longer declared."),
    block("lifecycle", &[], &REMOVED_LIFECYCLE, "What becomes of the pod."),
]);

static REMOVED_LIFECYCLE: Shape = shape(&[required(
    "destroy",
    Form::Bool,
    "Whether the pod is destroyed; `false`: it runs on, unmanaged.",
)]);

static IMPORT: Shape = shape(&[
    required("to", Form::Address, "The address that the pod is to have."),
    required("id", Form::Expression, "The id of the live pod."),
    item("provider", Form::Provider, "The provider that is asked."),
    item("for_each", Form::Expression, "One import for each entry of a map or set."),
]);

/// `dynamic "TYPE"`, which makes nested blocks.
pub(crate) static DYNAMIC: Shape = shape(&[
    required("for_each", Form::Expression, "A block is made for each entry."),
    item(
        "iterator",
        Form::Expression,
        "The name of the entry within; the block's type when not written.",
    ),
    item("labels", Form::Expression, "The labels of each block, as `[volume.key]`."),
    block("content", &[], &ANYTHING, "The block that is made for each entry."),
]);

/// The item `dynamic` itself.
pub(crate) static DYNAMIC_ITEM: Item =
    block("dynamic", &["TYPE"], &DYNAMIC, "Makes a nested block for each entry of a collection.");
