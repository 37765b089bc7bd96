//! A plan as JSON.

use podform_plan::{Options, Plan};

/// The plan as JSON.
#[must_use]
pub fn plan(plan: &Plan, _options: &Options) -> serde_json::Value {
    serde_json::json!({ "format_version": "1.0", "pod_changes": plan.changes })
}
