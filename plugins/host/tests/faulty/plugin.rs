//! A provider that misbehaves in every way when it is told to: by the setting `fault` in
//! `configure`, or by the path of a secret in `read`.

#![expect(clippy::unwrap_used, reason = "tests")]

use podform_plugin_sdk::model::{Diagnostic, Diagnostics, Value};
use podform_plugin_sdk::provider::*;
use podform_plugin_sdk::{export_plugin, info, warn};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// The provider.
#[derive(Default)]
pub struct Faulty {
    session_open: Mutex<bool>,
    opened: Condvar,
}

export_plugin!(Faulty);

/// Leaves a mark when the library is loaded, if the file `PATH.mark` asks for it.
#[expect(unsafe_code, reason = "an initialiser is a section of function pointers")]
mod initialiser {
    extern "C" fn mark() {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let here = mark as *const () as usize;
        let holds = |range: &str| {
            let (from, to) = range.split_once('-')?;
            let from = usize::from_str_radix(from, 16).ok()?;
            Some((from..usize::from_str_radix(to, 16).ok()?).contains(&here))
        };
        for line in maps.lines() {
            let range = line.split(' ').next().unwrap_or_default();
            let path = line.find('/').map_or("", |at| &line[at..]);
            if holds(range) == Some(true)
                && std::fs::exists(format!("{path}.mark")).unwrap_or(false)
            {
                let _ = std::fs::write(format!("{path}.loaded"), "");
            }
        }
    }

    #[used]
    #[unsafe(link_section = ".init_array")]
    static MARK: extern "C" fn() = mark;
}

fn misbehave(fault: &str) {
    match fault {
        "panic" => panic!("out of order"),
        "panic-in-thread" => {
            let thread = std::thread::Builder::new().name("helper".into());
            let _ = thread.spawn(|| panic!("out of a thread")).unwrap().join();
        }
        "abort" => std::process::abort(),
        #[expect(clippy::exit, reason = "this is what is tested")]
        "exit" => std::process::exit(7),
        "hang" => loop {
            std::thread::park();
        },
        "overflow" => overflow(&[0; 4096]),
        "print" => {
            let _ = writeln!(std::io::stdout(), "to standard output");
            let _ = writeln!(std::io::stderr(), "to standard \x1b[31merror");
        }
        "log" => {
            info!("settings: {}", 3);
            warn!("from {}", std::thread::current().name().unwrap_or("?"));
        }
        other => {
            if let Some(path) = other.strip_prefix("grandchild ") {
                leave_a_process_behind(path);
            }
        }
    }
}

/// Starts a process that holds a lock and the outputs, and ends without it.
#[expect(clippy::exit, reason = "this is what is tested")]
fn leave_a_process_behind(path: &str) {
    let held = std::fs::File::create(path).unwrap();
    held.lock().unwrap();
    std::process::Command::new("sleep").arg("600").stdin(held).spawn().unwrap();
    std::process::exit(9);
}

#[expect(unconditional_recursion, reason = "this is what is tested")]
fn overflow(room: &[u8; 4096]) {
    let mut more = *room;
    more[0] = more[0].wrapping_add(1);
    overflow(std::hint::black_box(&more));
    std::hint::black_box(more);
}

impl Provider for Faulty {
    fn describe(&self) -> Result<Description, ProviderError> {
        Ok(Description {
            name: "faulty".into(),
            version: "1.2.3".into(),
            doc: "Misbehaves.".into(),
            settings: vec![],
            secret_stores: vec![],
            changes: BTreeMap::new(),
            unsupported: vec![],
            parallelism: None,
        })
    }

    fn configure(&self, request: &Configure) -> Result<Configured, ProviderError> {
        misbehave(request.settings.get("fault").and_then(Value::as_str).unwrap_or_default());
        let diagnostics = Diagnostic::warning("provider::warning", "configured").into();
        Ok(Configured { diagnostics })
    }

    /// Gives back what it gets, one finding for each pod.
    fn validate(&self, request: &ValidateRequest) -> Result<Diagnostics, ProviderError> {
        let texts = request.pods.iter().filter_map(|pod| pod.value.as_str());
        Ok(Diagnostics(texts.map(|text| Diagnostic::warning("provider::warning", text)).collect()))
    }

    fn read(&self, request: &ReadRequest) -> Result<Observed, ProviderError> {
        request.secrets.iter().for_each(|secret| misbehave(&secret.source));
        Ok(Observed::default())
    }

    fn settle(&self, _: &SettleRequest) -> Result<SettleAnswer, ProviderError> {
        Err(ProviderError::new(ErrorKind::Superseded, "another run took over"))
    }

    fn plan(&self, _: &PlanRequest) -> Result<PlanAnswer, ProviderError> {
        Ok(PlanAnswer::default())
    }

    /// Misbehaves after the intent of a step whose pod's id names a fault.
    fn apply(&self, _: &ApplyRequest, session: &dyn ApplySession) -> Result<(), ProviderError> {
        *self.session_open.lock().unwrap() = true;
        self.opened.notify_all();
        loop {
            match session.next(Duration::from_secs(3600)) {
                Next::Steps { steps } => {
                    for step in steps {
                        let data = serde_json::json!({ "step": step.id });
                        session.intend(vec![Intent::Private { data }]);
                        misbehave(step.pod_id.trim_start_matches('/'));
                        session.outcome(Outcome::Done { address: step.address });
                    }
                }
                Next::Wait => {}
                Next::Cancelled | Next::Finished => return Ok(()),
            }
        }
    }

    /// Answers once a session is open.
    fn logs(&self, _: &LogsRequest) -> Result<LogsAnswer, ProviderError> {
        let open = self.session_open.lock().unwrap();
        drop(self.opened.wait_while(open, |open| !*open).unwrap());
        Ok(LogsAnswer { offset: 0, text: "beside".into(), next: 6 })
    }
}
