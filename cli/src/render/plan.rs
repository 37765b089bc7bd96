//! A plan as text.

use podform_plan::{Options, Plan};

/// The plan as text.
#[must_use]
pub fn render(plan: &Plan, _options: &Options, _color: bool) -> String {
    plan.changes
        .iter()
        .map(|c| format!("# {} {:?} {:?}\n", c.address, c.action, c.reasons))
        .collect()
}
