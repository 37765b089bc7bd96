//! Before an apply: what became of a former run's intents.

use crate::engine::Engine;
use crate::error::Error;
use crate::refresh::recorded;
use podform_model::Diagnostics;
use podform_provider::{SettleRequest, Standing};
use podform_state::{Record, Writer};
use std::collections::BTreeMap;

impl Engine<'_> {
    /// Finds out what became of a former run's intents and records it. Returns what reconciliation
    /// said of instances by id, and warnings.
    ///
    /// # Errors
    /// A provider's call failed, or the state cannot be written.
    pub fn settle(
        &self,
        writer: &mut Writer,
    ) -> Result<(BTreeMap<String, Standing>, Diagnostics), Error> {
        let mut standings = BTreeMap::new();
        let mut diagnostics = Diagnostics::new();
        let mut pods = recorded(writer.state());
        for (name, connected) in self.providers {
            let state = writer.state();
            if state.providers.get(name).is_none_or(serde_json::Value::is_null) {
                continue;
            }
            let request = SettleRequest {
                pending: state.pending_of(name).cloned().collect(),
                pods: pods.remove(name).unwrap_or_default(),
                tombstones: state
                    .tombstones
                    .iter()
                    .filter(|t| &t.provider == name)
                    .cloned()
                    .collect(),
                former_cluster: self.former_cluster,
            };
            let answer = connected
                .provider
                .settle(&request)
                .map_err(|error| Error::provider(name, error))?;
            let records: Vec<Record> = answer
                .outcomes
                .into_iter()
                .map(|outcome| Record::Outcome { provider: name.clone(), outcome })
                .collect();
            if !records.is_empty() {
                writer.append(records)?;
            }
            standings.extend(answer.standings);
            diagnostics.extend(answer.diagnostics);
        }
        Ok((standings, diagnostics))
    }
}
