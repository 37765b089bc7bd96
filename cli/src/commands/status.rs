//! `podform status`

use crate::args::StatusArgs;
use crate::commands::state::missing;
use crate::connect::recorded;
use crate::context::Context;
use crate::error::Result;
use crate::exit::{Exit, leave};
use crate::setup::{Setup, engine_failure, read_state, state_path};
use crate::text::table::Table;
use crate::workspace::{Given, Workspace};
use podform_model::{Address, InstanceRecord, PodRecord, Target};
use podform_provider::{Observed, ObservedInstance, Standing};
use podform_state::State;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Shows the instances of the recorded pods as they are now.
///
/// # Errors
/// The cluster cannot be asked, or an address is not in the state.
pub fn run(context: &Context, args: &StatusArgs, given: &[Given]) -> Result<Exit> {
    let workspace = Workspace::load(context, given, false)?;
    let snapshot = read_state(&state_path(&workspace)?)?;
    let wanted = wanted(&snapshot.state, &args.addresses)?;
    let providers = recorded(&snapshot.state);
    let given = (&args.cluster, &args.variables);
    let setup = Setup::looking(context, workspace, &snapshot, &providers, given)?;
    let observed = setup
        .engine()
        .look(&snapshot.state)
        .map_err(|error| engine_failure(&setup.workspace, &error))?;
    for seen in observed.values() {
        context.report(&seen.diagnostics);
    }
    let rows = rows(&snapshot.state, &observed, &wanted);
    if context.json {
        context.answer_json(&as_json(&snapshot.state, &rows))?;
    } else {
        context.answer(&as_text(&snapshot.state, &rows, &wanted))?;
    }
    leave((snapshot, observed));
    setup.close();
    Ok(Exit::Ok)
}

fn wanted(state: &State, texts: &[String]) -> Result<Vec<Target>> {
    let mut out = Vec::new();
    for text in texts {
        let address =
            text.parse::<Target>().ok().filter(|a| state.pods.keys().any(|p| a.covers(p)));
        let Some(address) = address else {
            return Err(missing(state, text));
        };
        out.push(address);
    }
    Ok(out)
}

/// One instance: as recorded, and as seen when it was looked for.
struct Row<'a> {
    address: &'a Address,
    pod: &'a PodRecord,
    instance: &'a InstanceRecord,
    seen: Option<&'a ObservedInstance>,
}

fn rows<'a>(
    state: &'a State,
    observed: &'a BTreeMap<podform_model::ProviderRef, Observed>,
    wanted: &[Target],
) -> Vec<Row<'a>> {
    let seen: BTreeMap<&str, &ObservedInstance> =
        observed.values().flat_map(|o| &o.instances).map(|i| (i.id.as_str(), i)).collect();
    let mut out = Vec::new();
    for (address, pod) in &state.pods {
        if !wanted.is_empty() && !wanted.iter().any(|w| w.covers(address)) {
            continue;
        }
        for instance in &pod.instances {
            let seen = seen.get(instance.id.as_str()).copied();
            out.push(Row { address, pod, instance, seen });
        }
    }
    out
}

impl Row<'_> {
    fn record(&self) -> &InstanceRecord {
        self.seen.and_then(|seen| seen.record.as_ref()).unwrap_or(self.instance)
    }

    fn state(&self) -> String {
        let Some(seen) = self.seen else { return "not looked at".into() };
        match seen.standing {
            Standing::Live if seen.ready => "running".into(),
            Standing::Live => "starting".into(),
            Standing::Dead => "ended".into(),
            Standing::Finished => "finished".into(),
            Standing::Unreachable { .. } => "unreachable".into(),
            Standing::Gone => "gone".into(),
            Standing::Unknown => "unknown".into(),
        }
    }

    fn health(&self) -> &'static str {
        match self.seen.and_then(|seen| seen.healthy) {
            Some(true) => "healthy",
            Some(false) => "unhealthy",
            None => "-",
        }
    }

    fn why(&self) -> String {
        let mut why = self.seen.map(|seen| seen.reason.clone()).unwrap_or_default();
        if self.instance.generation != self.pod.generation {
            if !why.is_empty() {
                why.push_str("; ");
            }
            why.push_str("of a former generation");
        }
        why
    }
}

fn as_text(state: &State, rows: &[Row<'_>], wanted: &[Target]) -> String {
    if state.pods.is_empty() {
        return "The state has no pods.\n".into();
    }
    let mut table =
        Table::new(&["POD", "SLOT", "AGENT", "STATE", "HEALTH", "SINCE", "ENDPOINTS", "WHY"]);
    let now = crate::setup::now();
    for row in rows {
        let record = row.record();
        let endpoints: Vec<String> =
            record.endpoints.iter().map(|(name, address)| format!("{name}={address}")).collect();
        table.row(vec![
            row.address.to_string(),
            row.instance.slot.to_string(),
            record.host.clone().or_else(|| record.agent_id.clone()).unwrap_or_else(|| "-".into()),
            row.state(),
            row.health().into(),
            record.started_at.map_or("-".into(), |at| ago(now - at)),
            if endpoints.is_empty() { "-".into() } else { endpoints.join(" ") },
            row.why(),
        ]);
    }
    let mut text = table.render();
    for (address, pod) in &state.pods {
        if pod.instances.is_empty()
            && (wanted.is_empty() || wanted.iter().any(|w| w.covers(address)))
        {
            let _ = writeln!(text, "{address} has no instances.");
        }
    }
    for pending in &state.pending {
        if let Some(address) = pending.address() {
            let _ = writeln!(
                text,
                "{address}: a former run announced something whose outcome is not known; the next apply finds out."
            );
        }
    }
    text
}

/// A span of time in the largest unit that fits.
fn ago(seconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to what is shown")]
    let seconds = seconds.clamp(0.0, 1e12) as i64;
    match seconds {
        s if s < 120 => format!("{s}s"),
        s if s < 7200 => format!("{}m", s / 60),
        s if s < 172_800 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86_400),
    }
}

fn as_json(state: &State, rows: &[Row<'_>]) -> serde_json::Value {
    let instances: Vec<_> = rows
        .iter()
        .map(|row| {
            let record = row.record();
            json!({
                "address": row.address, "slot": row.instance.slot, "id": record.id,
                "generation": record.generation, "current": record.generation == row.pod.generation,
                "agent_id": record.agent_id, "host": record.host, "state": row.state(),
                "healthy": row.seen.and_then(|seen| seen.healthy),
                "started_at": record.started_at, "endpoints": record.endpoints,
                "network_ips": record.network_ips, "why": row.why(),
                "containers": row.seen.map(|seen| &seen.containers),
            })
        })
        .collect();
    json!({
        "format_version": "1.0",
        "pods": state.pods.keys().collect::<Vec<_>>(),
        "instances": instances,
    })
}
