//! The stable codes of diagnostics, `area::snake_case`, in one place.
//!
//! A code never changes its meaning once released. [`ALL`] is the list with its explanations.

macro_rules! codes {
    ($($name:ident = $code:literal, $doc:literal;)*) => {
        $(#[doc = $doc] pub const $name: &str = $code;)*

        /// Every code with its explanation, in the order of this file.
        pub const ALL: &[(&str, &str)] = &[$(($code, $doc)),*];
    };
}

codes! {
    SYNTAX = "config::syntax", "The text is not HCL, or not JSON in a file of this spelling.";
    ENCODING = "config::encoding", "The file is not UTF-8, or it is too large.";
    UNKNOWN_BLOCK = "config::unknown_block", "No block of this type may stand here.";
    UNKNOWN_ATTRIBUTE = "config::unknown_attribute", "No attribute of this name may stand here.";
    MISSING_ATTRIBUTE = "config::missing_attribute", "A required attribute or block is missing.";
    DUPLICATE = "config::duplicate", "The same name is declared twice.";
    IGNORED = "config::ignored", "A block has no effect where it stands.";
    OVERRIDE = "config::override", "An override file changes something that no other file declares, or that cannot be overridden.";
    LABELS = "config::labels", "The block has too few or too many labels.";
    INVALID_VALUE = "config::invalid_value", "The value does not fit the attribute.";
    UNDECLARED = "config::undeclared", "A reference names something that is not declared.";
    EVALUATION = "config::evaluation", "An expression cannot be evaluated.";
    UNKNOWN_FUNCTION = "config::unknown_function", "No function of this name exists.";
    VARIABLE = "config::variable", "A variable has no value, or one that does not fit.";
    VALIDATION = "config::validation", "A validation rule of the configuration failed.";
    EPHEMERAL = "config::ephemeral", "A value that must not be kept stands where it would be.";
    CHECK = "config::check", "An assertion of a `check` block does not hold.";
    CHECK_UNKNOWN = "config::check_unknown", "It is not known yet whether an assertion of a `check` block holds.";
    DEPRECATED = "config::deprecated", "Something is used that will not be there for long.";
    CYCLE = "config::cycle", "Things refer to one another in a circle.";
    DUPLICATE_ID = "config::duplicate_id", "Two pods would have the same id, or one the parent of the other.";
    PROVIDER_CHOICE = "config::provider_choice", "It is not clear which provider a pod uses.";
    UNSUPPORTED = "config::unsupported", "The language knows this, but this release does not do it yet.";
    REQUIRED_VERSION = "config::required_version", "This configuration asks for another version of podform.";
    MODULE_SOURCE = "config::module_source", "The `source` of a module is wrong, or cannot be read.";
    MODULE_NOT_INSTALLED = "config::module_not_installed", "A module has not been downloaded yet: run `podform init`.";
    MODULE_CHANGED = "config::module_changed", "A downloaded module is not what the lock file names.";
    FILE_OUTSIDE = "config::file_outside", "A downloaded module asks for a file that is not its own.";
    MODULE_DOWNLOAD = "config::module_download", "A module cannot be downloaded.";
    TEST_ASSERTION = "test::assertion", "An assertion of a test does not hold.";
    TEST_EXPECTED = "test::expected_failure", "A test expected something to fail, and it did not.";
    TEST_LEFT = "test::left_behind", "A test could not destroy everything that it made.";
    POD_RULE = "pod::rule", "A pod breaks a rule of pods.";
    POD_TRAP = "pod::trap", "A pod is legal but will not do what its text suggests.";
    PLAN_CYCLE = "plan::dependency_cycle", "Pods depend on one another in a circle.";
    PLAN_UNKNOWN_ADDRESS = "plan::unknown_address", "No pod has this address.";
    PLAN_PREVENT_DESTROY = "plan::prevent_destroy", "A pod with `prevent_destroy` would be destroyed.";
    PLAN_STALE = "plan::stale", "The saved plan no longer fits the state or the cluster.";
    PLAN_FILE = "plan::file", "The plan file cannot be read.";
    PLAN_PENDING = "plan::pending_intents", "A former run left intents whose outcome is not known.";
    PLAN_UNKNOWN_COUNT = "plan::unknown_count", "How many instances a pod has must be known when it is planned.";
    PLAN_REFUSED_CHANGE = "plan::refused_change", "An attribute cannot change once the pod exists.";
    PLAN_MEMORY_ONLY = "plan::memory_only", "A change is kept in the orchestrator's memory only and reaches new instances only.";
    PLAN_TARGETED = "plan::targeted", "The plan is of some pods only.";
    PLAN_GIVEN_UP = "plan::given_up", "An instance that cannot be reached is given up: if it comes back, it is stopped.";
    PLAN_MOVED_VALUE = "plan::moved_value", "A value that was known when the plan was made is another one now.";
    PLAN_CONDITION = "plan::condition", "A precondition or postcondition failed.";
    STILL_DECLARED = "config::still_declared", "What a `moved` or `removed` block says is gone is still declared.";
    MOVED_CONFLICT = "plan::moved_conflict", "`moved` blocks contradict one another.";
    MOVED_CYCLE = "plan::moved_cycle", "`moved` blocks form a circle, so that there is no last address.";
    MOVED_BLOCKED = "plan::moved_blocked", "A pod cannot move to an address, because another pod has it.";
    IMPORT_UNDECLARED = "plan::import_undeclared", "The pod that an `import` block names is not declared.";
    IMPORT_REFUSED = "plan::import_refused", "A running pod cannot be taken over.";
    DATA_NOT_FOUND = "plan::data_not_found", "The live pod that a `data` block reads is not there, or cannot be read.";
    STATE_LOCKED = "state::locked", "Another process holds the lock of the state.";
    STATE_CORRUPT = "state::corrupt", "The state file or its journal cannot be read.";
    STATE_VERSION = "state::version", "Another release wrote this state.";
    STATE_KEY = "state::key", "The key of the state's digests is lost or wrong.";
    STATE_IO = "state::io", "The state could not be read or written.";
    STATE_LINEAGE = "state::lineage", "The journal, plan or state belongs to another state.";
    PLUGIN_NOT_FOUND = "plugin::not_found", "No plugin of this name was found.";
    PLUGIN_CHECKSUM = "plugin::checksum", "A plugin's file differs from the lock file.";
    PLUGIN_NOT_LOCKED = "plugin::not_locked", "The lock file does not name the plugin.";
    PLUGIN_ABI = "plugin::abi", "A plugin speaks another version of the plugin boundary.";
    PLUGIN_CRASHED = "plugin::crashed", "A plugin panicked, crashed or did not answer.";
    PLUGIN_PROTOCOL = "plugin::protocol", "A plugin broke a promise of its contract.";
    PLUGIN_LOCK_FILE = "plugin::lock_file", "The lock file cannot be read.";
    PROVIDER_CONFIG = "provider::config", "The settings of a provider are wrong.";
    PROVIDER_UNSUPPORTED = "provider::unsupported", "The provider does not support this attribute.";
    PROVIDER_UNREACHABLE = "provider::unreachable", "The orchestrator cannot be reached.";
    PROVIDER_REFUSED = "provider::refused", "The orchestrator refused a call.";
    PROVIDER_TIMEOUT = "provider::timeout", "A pod was not ready in time.";
    PROVIDER_POD_FAILED = "provider::pod_failed", "A pod's container failed.";
    PROVIDER_OTHER_CLUSTER = "provider::other_cluster", "The state belongs to another cluster, or nothing of it may be seen.";
    PROVIDER_PLACEMENT = "provider::placement", "The pods do not fit the free resources now.";
    PROVIDER_WARNING = "provider::warning", "The provider has something to say about a pod or its settings.";
    SECRET_MISSING = "secret::missing", "A secret does not exist in its store.";
    SECRET_STORE = "secret::store", "A secret store is not configured, not reachable, or broken.";
    SECRET_FILE = "secret::file", "The file of a secret store is wrong or too open.";
    SECRET_EXPOSED = "secret::exposed", "Others can see a secret or sensitive value where it is sent.";
    CONVERT = "convert::refused", "A Marathon pod definition cannot be converted.";
    CONVERT_DROPPED = "convert::dropped", "Marathon would have swallowed this field.";
    CLI_USAGE = "cli::usage", "The command line is wrong.";
    CLI_IO = "cli::io", "A file could not be read or written.";
    CLI_CANCELLED = "cli::cancelled", "The run was stopped.";
    DEV = "dev::cluster", "The development cluster cannot do this.";
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_unique_and_well_formed() {
        let mut seen = std::collections::BTreeSet::new();
        for (code, doc) in super::ALL {
            assert!(seen.insert(code), "{code} twice");
            let (area, name) = code.split_once("::").unwrap();
            assert!(!doc.is_empty());
            for part in [area, name] {
                assert!(part.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
            }
        }
    }
}
