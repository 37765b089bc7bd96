//! Shows what an apply is doing: a line for each thing that happened, and what is waited for.

use crate::reads::{Begun, beginning, ending};
use crate::report::printable;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use podform_model::step::Action;
use podform_model::{Address, DataAddress, Diagnostic};
use podform_provider::{Event, EventKind};
use podform_runtime::{Observer, Reading};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// After how long without news a pod is said to be still in work.
const STILL: Duration = Duration::from_secs(10);

/// The progress of one apply, for people or as JSON lines.
pub struct Progress {
    json: bool,
    bar: ProgressBar,
    pods: Mutex<BTreeMap<Address, InWork>>,
    reads: Begun,
}

struct InWork {
    action: Action,
    since: Instant,
    said: Instant,
    waiting: Option<String>,
}

impl Progress {
    /// Lines on stderr, with a spinner where it is a terminal; JSON lines on stdout instead.
    #[must_use]
    pub fn new(json: bool, interactive: bool) -> Self {
        let target = if interactive && !json {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        Self { json, bar, pods: Mutex::default(), reads: Begun::default() }
    }

    fn line(&self, text: &str) {
        let text = printable(text);
        self.bar.suspend(|| {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        });
    }

    fn json(&self, value: &serde_json::Value) {
        let _ = writeln!(std::io::stdout().lock(), "{value}");
    }

    /// Says of every pod that is long in work that it still is, and what it waits for.
    pub fn tick(&self) {
        let Ok(mut pods) = self.pods.lock() else { return };
        self.bar.set_message(summary(&pods));
        self.bar.tick();
        for (address, pod) in pods.iter_mut() {
            if pod.said.elapsed() < STILL {
                continue;
            }
            pod.said = Instant::now();
            let elapsed = pod.since.elapsed().as_secs();
            let waiting = pod.waiting.as_deref().map(|w| format!(": {w}")).unwrap_or_default();
            if self.json {
                self.json(&serde_json::json!({
                    "type": "apply_progress", "address": address, "action": pod.action,
                    "elapsed_seconds": elapsed, "waiting": pod.waiting,
                }));
            } else {
                let verb = verb(pod.action, false).to_lowercase();
                self.line(&format!("{address}: Still {verb}… [{elapsed}s elapsed]{waiting}"));
            }
        }
    }

    /// Ends the display.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn summary(pods: &BTreeMap<Address, InWork>) -> String {
    let waiting = pods.iter().find_map(|(a, p)| Some(format!("; {a}: {}", p.waiting.as_deref()?)));
    match pods.len() {
        0 => String::new(),
        1 => format!("1 pod in work{}", waiting.unwrap_or_default()),
        n => format!("{n} pods in work{}", waiting.unwrap_or_default()),
    }
}

fn verb(action: Action, done: bool) -> &'static str {
    match (action, done) {
        (Action::Create, false) => "Creating",
        (Action::Create, true) => "Creation",
        (Action::Update, false) => "Modifying",
        (Action::Update, true) => "Modifications",
        (Action::Scale, false) => "Scaling",
        (Action::Scale, true) => "Scaling",
        (Action::Relaunch, false) => "Relaunching",
        (Action::Relaunch, true) => "Relaunch",
        (Action::Delete, false) => "Destroying",
        (Action::Delete, true) => "Destruction",
    }
}

impl Observer for Progress {
    fn started(&self, address: &Address, action: Action) {
        let now = Instant::now();
        if let Ok(mut pods) = self.pods.lock() {
            pods.insert(address.clone(), InWork { action, since: now, said: now, waiting: None });
        }
        if self.json {
            self.json(
                &serde_json::json!({ "type": "apply_start", "address": address, "action": action }),
            );
        } else {
            self.line(&format!("{address}: {}…", verb(action, false)));
        }
    }

    fn event(&self, event: &Event) {
        if let (Some(address), EventKind::Waiting | EventKind::Retry) = (&event.address, event.kind)
            && let Ok(mut pods) = self.pods.lock()
            && let Some(pod) = pods.get_mut(address)
        {
            pod.waiting = Some(event.message.clone());
        }
        if self.json {
            self.json(&serde_json::json!({
                "type": "apply_event", "address": event.address, "kind": event.kind, "message": event.message,
            }));
        } else if event.kind != EventKind::Waiting {
            match &event.address {
                Some(address) => self.line(&format!("{address}: {}", event.message)),
                None => self.line(&event.message),
            }
        }
    }

    fn done(&self, address: &Address) {
        let Some(pod) = self.pods.lock().ok().and_then(|mut pods| pods.remove(address)) else {
            return;
        };
        let elapsed = pod.since.elapsed().as_secs();
        if self.json {
            self.json(&serde_json::json!({
                "type": "apply_complete", "address": address, "action": pod.action, "elapsed_seconds": elapsed,
            }));
        } else {
            self.line(&format!("{address}: {} complete after {elapsed}s", verb(pod.action, true)));
        }
    }

    fn failed(&self, address: &Address, diagnostic: &Diagnostic) {
        let pod = self.pods.lock().ok().and_then(|mut pods| pods.remove(address));
        let elapsed = pod.map_or(0, |pod| pod.since.elapsed().as_secs());
        if self.json {
            self.json(&serde_json::json!({
                "type": "apply_errored", "address": address, "elapsed_seconds": elapsed, "diagnostic": diagnostic,
            }));
        } else {
            self.line(&format!("{address}: Failed after {elapsed}s: {}", diagnostic.summary));
        }
    }
}

impl Reading for Progress {
    fn begins(&self, address: &DataAddress) {
        self.reads.begin(address);
        if self.json {
            self.json(&serde_json::json!({ "type": "read_start", "address": address }));
        } else {
            self.line(&beginning(address));
        }
    }

    fn ends(&self, address: &DataAddress, id: &str) {
        let seconds = self.reads.end(address);
        if self.json {
            self.json(&serde_json::json!({
                "type": "read_complete", "address": address, "id": id, "elapsed_seconds": seconds,
            }));
        } else {
            self.line(&ending(address, id, seconds));
        }
    }
}
