//! The calls of recordings of a real Mesos 1.12, played again on the development cluster: the same
//! statuses and texts, the same events of each task in the same order, the same fields. Ids, times,
//! addresses and process ids are put aside. Everything else that differs is listed beside its
//! scenario, with the reason.

#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use podform_dev::{AgentOptions, Cluster, Credentials, Fault, Options, Timing, play};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::recording::{Exchange, RecordedStream, is_answer, normalize, read, task_of};
use support::{Answer, PATIENCE, Stream, json_headers, send};

/// How a scenario is played.
struct Scenario {
    name: &'static str,
    agent: AgentOptions,
    /// Faults before the call of this name.
    faults: &'static [(&'static str, What)],
    /// Calls that are not played again, or whose answers are not compared, and why.
    skipped: &'static [(&'static str, &'static str)],
    /// Events that differ: a word of the task or executor, and why.
    different: &'static [(&'static str, &'static str)],
    resend: Duration,
    /// How far the host ports are from the recorded ones, so that those of this machine are free.
    port_shift: u16,
    credentials: Option<Credentials>,
}

#[derive(Clone, Copy)]
enum What {
    Lose,
    Return,
    Restart,
    Recovered,
}

fn scenario(name: &'static str, cpus: f64, mem: f64, disk: f64) -> Scenario {
    let attributes = vec![("rack".into(), "r1".into()), ("zone".into(), "z1".into())];
    let last = if cpus == 16.0 && mem == 16384.0 { 32000 } else { 31999 };
    Scenario {
        name,
        agent: AgentOptions {
            cpus,
            mem,
            disk,
            ports: vec![(31000, last)],
            attributes,
            ..AgentOptions::default()
        },
        faults: &[],
        skipped: &[],
        different: &[],
        resend: Duration::from_secs(10),
        port_shift: 0,
        credentials: None,
    }
}

/// Why some answers are not compared in every scenario.
const UNPLAYED: &[(&str, &str)] = &[
    ("GET_FLAGS", "the flags of a real master name files and modules that the stand-in lacks"),
    ("GET_VERSION", "the stand-in has no build date and commit of Mesos"),
    ("version", "the stand-in has no build date and commit of Mesos"),
    ("GET_MAINTENANCE_STATUS", "maintenance is not played: 501"),
    ("GET_QUOTA", "quota is not played: 501"),
    ("legacy-state", "a part is played, see the test of it"),
    ("legacy-after-state", "a part is played, see the test of it"),
    ("legacy-tasks", "not played: 501"),
    ("legacy-slaves", "not played: 501"),
    ("legacy-frameworks", "not played: 501"),
    ("legacy-flags", "not played: 501"),
    ("metrics-snapshot", "a real master has hundreds of metrics"),
    ("after-tasks", "not played: 501"),
    ("after-slaves", "not played: 501"),
    ("after-frameworks", "not played: 501"),
    ("after-flags", "not played: 501"),
    ("agent-legacy-state", "not played: 501"),
    ("agent-LIST_FILES", "sizes of files and folders differ, see the test of sandboxes"),
];

/// The first host port of the recorded agent.
const FIRST_PORT: u16 = 31000;

struct Replay<'a> {
    scenario: &'a Scenario,
    cluster: Cluster,
    agent: String,
    calls: Vec<Exchange>,
    /// Recorded and own texts that mean the same.
    same: Vec<(String, String)>,
    /// Open and closed streams with what was recorded of them.
    streams: Vec<(Stream, RecordedStream)>,
    offers: BTreeMap<String, String>,
    unused: Vec<Value>,
    /// The executors of the groups that were sent.
    launched: Vec<String>,
    problems: Vec<String>,
    folder: tempfile::TempDir,
}

fn run(scenario: &Scenario) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        agents: vec![scenario.agent.clone()],
        folder: folder.path().to_owned(),
        credentials: scenario.credentials.clone(),
        timing: Timing {
            allocation: Duration::from_millis(250),
            executor_start: Duration::from_millis(100),
            executor_stop: Duration::ZERO,
            reregister: Duration::from_secs(1),
            resend: scenario.resend,
            ..Timing::default()
        },
        ..Options::default()
    };
    let cluster = Cluster::start(options).unwrap();
    let agent = cluster.status().agents[0].url.clone();
    let mut replay = Replay {
        scenario,
        cluster,
        agent,
        calls: read(scenario.name),
        same: Vec::new(),
        streams: Vec::new(),
        offers: BTreeMap::new(),
        unused: Vec::new(),
        launched: Vec::new(),
        problems: Vec::new(),
        folder,
    };
    for call in replay.calls.clone() {
        replay.play(&call);
    }
    replay.finish();
}

impl Replay<'_> {
    fn reason(&self, name: &str) -> Option<&'static str> {
        let lists = self.scenario.skipped.iter().chain(UNPLAYED);
        lists.into_iter().find(|(part, _)| name.contains(part)).map(|(_, reason)| *reason)
    }

    fn problem(&mut self, text: String) {
        self.problems.push(text);
    }

    fn play(&mut self, call: &Exchange) {
        self.close_streams(call.second);
        for (name, what) in self.scenario.faults {
            if call.name.starts_with(name) {
                self.wait_recorded(self.first_sign_of(*what), |_| true);
                self.fault(*what);
            }
        }
        if self.scenario.skipped.iter().any(|(part, _)| call.name.contains(part)) {
            return;
        }
        self.wait_before(call);
        if call.stream.is_some() {
            return self.subscribe(call);
        }
        if call.kind() == "ACKNOWLEDGE" && call.status == 202 && !call.name.contains("again") {
            return;
        }
        let answer = self.send(call);
        if self.reason(&call.name).is_none() {
            self.compare(call, &answer);
        }
    }

    /// When the recorded scheduler first saw what a fault did.
    fn first_sign_of(&self, what: What) -> f64 {
        let sign = match what {
            What::Lose => "REASON_AGENT_REMOVED",
            What::Return => "REASON_AGENT_REREGISTERED",
            What::Restart | What::Recovered => return f64::MAX,
        };
        let events = self.streams.iter().flat_map(|(_, recorded)| &recorded.events);
        let mut signs = events.filter(|(_, event)| event["update"]["status"]["reason"] == sign);
        signs.next().map_or(f64::MAX, |(at, _)| *at)
    }

    fn fault(&mut self, what: What) {
        let agent = self.cluster.status().agents[0].id.clone();
        let url = self.cluster.url.clone();
        match what {
            What::Lose => play(&url, &Fault::LoseAgent(agent)).unwrap(),
            What::Return => {
                play(&url, &Fault::ReturnAgent(agent)).unwrap();
                self.wait_offer();
            }
            What::Restart => {
                play(&url, &Fault::RestartMaster).unwrap();
                for (stream, _) in &mut self.streams {
                    stream.wait_end();
                }
            }
            What::Recovered => {
                let deadline = Instant::now() + PATIENCE;
                while self.cluster.status().agents[0].state != "registered" {
                    assert!(Instant::now() < deadline);
                    std::thread::yield_now();
                }
            }
        }
    }

    /// Closes what the recorded scheduler had closed by then.
    fn close_streams(&mut self, time: f64) {
        for (stream, recorded) in &mut self.streams {
            let by_us = recorded
                .end
                .as_ref()
                .is_some_and(|(at, how)| *at < time && !how.starts_with("EOF"));
            if by_us && !stream.ended {
                let (url, unused) = (&self.cluster.url, &mut self.unused);
                Self::drain(stream, recorded, self.scenario, f64::MAX, &|_| true, url, unused);
                let is_offer = |event: &Value| event["type"] == "OFFERS";
                if recorded.events.iter().any(|(_, event)| is_offer(event)) {
                    while !stream.seen.iter().any(is_offer) {
                        Self::read_one(stream, PATIENCE, url, unused);
                    }
                }
                stream.close();
                stream.wait_end();
                let id = &stream.framework;
                let is_connected = |status: podform_dev::Status| {
                    status.frameworks.iter().any(|known| known.id == *id && known.connected)
                };
                while is_connected(self.cluster.status()) {
                    std::thread::yield_now();
                }
            }
        }
    }

    /// Waits for what certainly came before a call.
    fn wait_before(&mut self, call: &Exchange) {
        match call.kind().as_str() {
            "KILL" | "SHUTDOWN" => {
                let until = self.first_effect(call);
                // What else came at once, such as the end of the executor, may be an effect, too.
                self.wait_recorded(until, |subject| subject.starts_with("task"));
            }
            // The recorded scheduler suppressed while it held an offer.
            "SUPPRESS" => self.wait_offer(),
            // Nothing comes after the first, and nothing of a task to the old stream after the second.
            "TEARDOWN" => self.wait_recorded(f64::MAX, |_| true),
            "SUBSCRIBE" => {
                self.wait_recorded(call.second + 1.0, |subject| subject.starts_with("task"));
            }
            "ACCEPT" | "DECLINE" | "RECONCILE" | "REVIVE" | "ACKNOWLEDGE" | "UPDATE_FRAMEWORK" => {
                self.wait_recorded(call.second, |_| true);
            }
            _ => {
                let launched = self.launched.clone();
                self.wait_recorded(call.second + 1.0, move |subject| {
                    launched.iter().any(|executor| is_of(subject, executor))
                });
                self.wait_offered(call);
            }
        }
    }

    /// Waits until as much is on offer as a recorded read shows.
    fn wait_offered(&mut self, call: &Exchange) {
        let answer: Value = serde_json::from_str(&call.answer).unwrap_or_default();
        let pointers = [
            "/get_agents/agents/0",
            "/get_state/get_agents/agents/0",
            "/get_frameworks/frameworks/0",
        ];
        let shown =
            pointers.iter().find_map(|pointer| answer.pointer(pointer)?.get("offered_resources"));
        let Some(shown) = shown else { return };
        let wanted = amount(&json!({ "resources": shown }), "cpus");
        let url = self.cluster.url.clone();
        let deadline = Instant::now() + PATIENCE;
        while self.unused.iter().map(|offer| amount(offer, "cpus")).sum::<f64>() < wanted - 1e-6 {
            assert!(Instant::now() < deadline, "{}: less than {wanted} cpus on offer", call.name);
            let (stream, _) = self.streams.last_mut().unwrap();
            Self::read_one(stream, Duration::from_millis(100), &url, &mut self.unused);
        }
    }

    /// When the recorded scheduler first saw what a KILL or SHUTDOWN did.
    fn first_effect(&self, call: &Exchange) -> f64 {
        let body = call.call();
        let task = body["kill"]["task_id"]["value"].as_str();
        let id = task.or(body["shutdown"]["executor_id"]["value"].as_str()).unwrap_or_default();
        let executor = id.split('.').next().unwrap_or_default();
        let events = self.streams.iter().flat_map(|(_, recorded)| &recorded.events);
        let mut effects = events.filter(|(at, event)| {
            let state = event["update"]["status"]["state"].as_str();
            *at >= call.second
                && task_of(event).is_some_and(|task| task.starts_with(executor))
                && matches!(state, Some("TASK_KILLING" | "TASK_KILLED"))
        });
        effects.next().map_or(call.second, |(at, _)| *at)
    }

    /// Waits for all recorded events before a time that do not answer questions.
    fn wait_recorded(&mut self, until: f64, test: impl Fn(&str) -> bool) {
        let url = self.cluster.url.clone();
        for (stream, recorded) in &mut self.streams {
            if !stream.ended {
                let unused = &mut self.unused;
                Self::drain(stream, recorded, self.scenario, until, &test, &url, unused);
            }
        }
    }

    /// Reads until as much has come of each task and executor as was recorded before a time.
    fn drain(
        stream: &mut Stream,
        recorded: &RecordedStream,
        scenario: &Scenario,
        until: f64,
        test: &dyn Fn(&str) -> bool,
        url: &str,
        unused: &mut Vec<Value>,
    ) {
        let before = recorded.events.iter().filter(|(at, _)| *at < until);
        let mut wanted = counts(before.map(|(_, event)| event));
        wanted.retain(|subject, _| {
            test(subject) && !scenario.different.iter().any(|(part, _)| subject.contains(part))
        });
        let deadline = Instant::now() + PATIENCE;
        loop {
            let have = counts(stream.seen.iter());
            let is_missing =
                |subject: &String, count: &usize| have.get(subject).is_none_or(|came| came < count);
            let missing: Vec<_> =
                wanted.iter().filter(|(subject, count)| is_missing(subject, count)).collect();
            if missing.is_empty() {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || stream.ended {
                let seen: Vec<_> = stream.seen.iter().map(brief).collect();
                panic!("still missing {missing:?}; seen:\n{}", seen.join("\n"));
            }
            Self::read_one(stream, left, url, unused);
        }
    }

    fn read_one(stream: &mut Stream, patience: Duration, url: &str, unused: &mut Vec<Value>) {
        let Some(event) = stream.next(patience) else { return };
        let status = &event["update"]["status"];
        // The recorded scheduler acknowledged everything, but this only when it came again.
        let held_back = status["task_id"]["value"] == "noack.a"
            && stream.seen.iter().filter(|event| task_of(event) == Some("noack.a")).count() == 1;
        if !status.is_null() && !held_back {
            stream.acknowledge(url, status);
        }
        for offer in event["offers"]["offers"].as_array().into_iter().flatten() {
            unused.push(offer.clone());
        }
        if let Some(id) = event["rescind"]["offer_id"]["value"].as_str() {
            unused.retain(|offer| offer["id"]["value"] != id);
        }
    }

    fn to_own(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (recorded, own) in &self.same {
            text = text.replace(recorded, own);
        }
        text
    }

    fn to_recorded(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (recorded, own) in &self.same {
            if own.len() > 8 {
                text = text.replace(own, recorded);
            }
        }
        text
    }

    fn headers(&self, call: &Exchange) -> Vec<(String, String)> {
        let headers = call.headers.iter().filter(|(name, _)| name != "Host");
        headers.map(|(name, value)| (name.clone(), self.to_own(value))).collect()
    }

    fn subscribe(&mut self, call: &Exchange) {
        let mut headers = self.headers(call);
        if let Some(credentials) = &self.scenario.credentials {
            use base64::Engine;
            let text = format!("{}:{}", credentials.principal, credentials.secret);
            let text = base64::engine::general_purpose::STANDARD.encode(text);
            headers.push(("Authorization".into(), format!("Basic {text}")));
        }
        if headers.is_empty() {
            headers = json_headers();
        }
        // An old stream's offers are worth nothing to the new one.
        self.unused.clear();
        let mut stream = Stream::open(&self.cluster.url, &headers, &self.to_own(&call.body));
        let recorded = call.stream.clone().unwrap();
        if let Some(id) = call.answer_header("Mesos-Stream-Id") {
            self.same.push((id.to_owned(), stream.id.clone()));
        }
        let answer = stream.answer.clone();
        let first = stream.next(PATIENCE).unwrap_or_else(|| panic!("{}: {answer:?}", call.name));
        let (was, is) = (&recorded.events[0].1["subscribed"], &first["subscribed"]);
        for pointer in ["/framework_id/value", "/master_info/id"] {
            let id =
                |value: &Value| value.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            if let (Some(was), Some(is)) = (id(was), id(is))
                && was != is
            {
                self.same.insert(0, (was, is));
            }
        }
        if !is.is_null() {
            let second = stream.next(PATIENCE);
            assert_eq!(second, Some(json!({ "type": "HEARTBEAT" })), "at once");
        }
        self.same.sort_by_key(|(recorded, _)| std::cmp::Reverse(recorded.len()));
        if let Some(id) = is["framework_id"]["value"].as_str() {
            stream.framework = id.to_owned();
        }
        self.compare(call, &answer);
        self.streams.push((stream, recorded));
    }

    fn send(&mut self, call: &Exchange) -> Answer {
        let mut body = self.to_own(&call.body);
        if self.scenario.port_shift > 0 {
            let own = FIRST_PORT + self.scenario.port_shift;
            body = body.replace(&FIRST_PORT.to_string(), &own.to_string());
        }
        match call.kind().as_str() {
            "ACCEPT" => body = self.accept(call, &body),
            "DECLINE" if call.name.contains("decline") && !call.name.contains("unknown") => {
                body = self.decline(&body);
            }
            "ACKNOWLEDGE" if call.name.contains("again") => {
                let (stream, _) = self.streams.last().unwrap();
                let held = stream.seen.iter().find(|event| task_of(event) == Some("noack.a"));
                let mut call: Value = serde_json::from_str(&body).unwrap();
                call["acknowledge"]["uuid"] = held.unwrap()["update"]["status"]["uuid"].clone();
                body = call.to_string();
            }
            _ => {}
        }
        if call.name.contains("agent-") {
            self.learn_sandbox();
        }
        let of_agent = call.name.contains("agent-");
        let url = if of_agent { self.agent.clone() } else { self.cluster.url.clone() };
        let path = self.to_own(&call.path);
        send(&url, &call.method, &path, &self.headers(call), &body)
    }

    /// The recorded sandbox of the only executor, and the own one.
    fn learn_sandbox(&mut self) {
        let (stream, recorded) = self.streams.last().unwrap();
        let parent = |event: &Value| {
            let id = event.pointer("/update/status/container_status/container_id/parent/value");
            id.and_then(Value::as_str).map(str::to_owned)
        };
        let was = recorded.events.iter().find_map(|(_, event)| parent(event));
        let is = stream.seen.iter().find_map(parent);
        let pair = (was.unwrap(), is.unwrap());
        if !self.same.contains(&pair) {
            let work = self.folder.path().canonicalize().unwrap().join("agent0");
            self.same.push(("/var/run2/agent".to_owned(), work.display().to_string()));
            self.same.push(pair);
        }
    }

    /// Puts an own offer in the place of the recorded one: one that holds what the group needs.
    fn accept(&mut self, call: &Exchange, body: &str) -> String {
        let mut own: Value = serde_json::from_str(body).unwrap();
        for operation in own["accept"]["operations"].as_array().into_iter().flatten() {
            let executor = &operation["launch_group"]["executor"]["executor_id"]["value"];
            self.launched.push(executor.as_str().unwrap().to_owned());
        }
        let recorded = call.call()["accept"]["offer_ids"][0]["value"].as_str().unwrap().to_owned();
        let offer = match self.offers.get(&recorded) {
            Some(offer) => offer.clone(),
            None => self.fitting_offer(&own),
        };
        self.offers.insert(recorded, offer.clone());
        own["accept"]["offer_ids"] = json!([{ "value": offer }]);
        own.to_string()
    }

    fn fitting_offer(&mut self, call: &Value) -> String {
        let needed = needs(call);
        let url = self.cluster.url.clone();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let total = self.scenario.agent.cpus;
            let fits = |offer: &&Value| amount(offer, "cpus") >= needed.min(total) - 1e-6;
            if let Some(offer) = self.unused.iter().find(fits).cloned() {
                self.unused.retain(|other| other["id"] != offer["id"]);
                return offer["id"]["value"].as_str().unwrap().to_owned();
            }
            assert!(Instant::now() < deadline, "no offer of {needed} cpus");
            let (stream, _) = self.streams.last_mut().unwrap();
            Self::read_one(stream, Duration::from_millis(100), &url, &mut self.unused);
        }
    }

    fn wait_offer(&mut self) {
        let url = self.cluster.url.clone();
        let deadline = Instant::now() + PATIENCE;
        while self.unused.is_empty() {
            assert!(Instant::now() < deadline, "no offer came");
            let (stream, _) = self.streams.last_mut().unwrap();
            Self::read_one(stream, Duration::from_millis(100), &url, &mut self.unused);
        }
    }

    /// Declines everything that is on offer; at least one offer, as recorded.
    fn decline(&mut self, body: &str) -> String {
        self.wait_offer();
        let mut call: Value = serde_json::from_str(body).unwrap();
        let ids: Vec<_> = self.unused.drain(..).map(|offer| offer["id"].clone()).collect();
        call["decline"]["offer_ids"] = ids.into();
        call.to_string()
    }

    fn compare(&mut self, call: &Exchange, answer: &Answer) {
        if answer.status != call.status {
            let text = format!(
                "{}: status {} instead of {}: {}",
                call.name, answer.status, call.status, answer.body
            );
            return self.problem(text);
        }
        for name in ["Content-Type", "Allow", "WWW-Authenticate", "Transfer-Encoding"] {
            if answer.header(name) != call.answer_header(name) {
                let (is, was) = (answer.header(name), call.answer_header(name));
                self.problem(format!("{}: {name} is {is:?} instead of {was:?}", call.name));
            }
        }
        if call.stream.is_some() {
            return;
        }
        let own = self.to_recorded(&answer.body);
        match serde_json::from_str::<Value>(&call.answer) {
            Ok(mut was) if was.is_object() => {
                let mut is: Value = serde_json::from_str(&own).unwrap_or_default();
                // One master was recorded in several scenarios.
                shift_back(&mut is, self.scenario.port_shift);
                self.keep_known(&mut was);
                normalize(&mut was);
                normalize(&mut is);
                let mut found = Vec::new();
                differences("", &was, &is, &mut found);
                for text in found {
                    self.problem(format!("{}: {text}", call.name));
                }
            }
            _ => {
                if own != call.answer && call.status != 200 {
                    self.problem(format!("{}: {own:?} instead of {:?}", call.name, call.answer));
                }
            }
        }
    }

    /// Leaves out what belongs to frameworks of other scenarios.
    fn keep_known(&self, value: &mut Value) {
        if let Value::Array(items) = value {
            items.retain(|item| {
                let id = item
                    .pointer("/framework_info/id/value")
                    .or(item.pointer("/framework_id/value"));
                let id = id.and_then(Value::as_str);
                id.is_none_or(|id| {
                    self.same.iter().any(|(was, is)| was == id || is == id)
                        || self.streams.iter().any(|(stream, _)| stream.framework == id)
                })
            });
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.keep_known(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.keep_known(item)),
            _ => {}
        }
    }

    fn finish(mut self) {
        let url = self.cluster.url.clone();
        for index in 0..self.streams.len() {
            let (stream, recorded) = &mut self.streams[index];
            Self::drain(
                stream,
                recorded,
                self.scenario,
                f64::MAX,
                &|_| true,
                &url,
                &mut self.unused,
            );
            if recorded.end.as_ref().is_some_and(|(_, how)| how.starts_with("EOF")) {
                stream.wait_end();
            }
            let (seen, recorded) = (stream.seen.clone(), recorded.clone());
            self.compare_streams(&recorded, &seen);
        }
        let problems = self.problems.join("\n");
        assert!(problems.is_empty(), "{}:\n{problems}", self.scenario.name);
    }

    fn compare_streams(&mut self, recorded: &RecordedStream, seen: &[Value]) {
        let text = serde_json::to_string(seen).unwrap();
        let mut seen: Vec<Value> = serde_json::from_str(&self.to_recorded(&text)).unwrap();
        seen.iter_mut().for_each(|event| shift_back(event, self.scenario.port_shift));
        let was = by_subject(recorded.events.iter().map(|(_, event)| event));
        let is = by_subject(seen.iter());
        let subjects: std::collections::BTreeSet<_> =
            was.keys().chain(is.keys()).cloned().collect();
        for subject in subjects {
            if self.scenario.different.iter().any(|(part, _)| subject.contains(part)) {
                continue;
            }
            let none = Vec::new();
            let (was, is) = (was.get(&subject).unwrap_or(&none), is.get(&subject).unwrap_or(&none));
            // A stream that was closed at once may have had no time for these.
            if was.is_empty() && matches!(subject.as_str(), "OFFERS" | "HEARTBEAT" | "RESCIND") {
                continue;
            }
            if was.len() != is.len() {
                let brief =
                    |events: &[Value]| events.iter().map(brief).collect::<Vec<_>>().join("\n    ");
                let text = format!(
                    "{subject}: recorded\n    {}\n  but came\n    {}",
                    brief(was),
                    brief(is)
                );
                self.problem(text);
                continue;
            }
            for (was, is) in was.iter().zip(is) {
                let mut found = Vec::new();
                differences("", was, is, &mut found);
                for text in found {
                    self.problem(format!("{subject} ({}): {text}", brief(was)));
                }
            }
        }
    }
}

fn brief(event: &Value) -> String {
    let status = &event["update"]["status"];
    if status.is_null() {
        return event.to_string();
    }
    format!("{} {} {}", status["task_id"]["value"], status["state"], status["message"])
}

/// How many events there are of each subject.
fn counts<'a>(events: impl Iterator<Item = &'a Value>) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    for event in events.filter(|event| !is_answer(event)) {
        let subject = subject(event);
        if subject.starts_with("task") || subject.starts_with("failure") || subject == "error" {
            *out.entry(subject).or_insert(0) += 1;
        }
    }
    out
}

/// What an event is about; the order within one subject means something.
fn subject(event: &Value) -> String {
    if let Some(task) = task_of(event) {
        let kind = if is_answer(event) { "answer about" } else { "task" };
        return format!("{kind} {task}");
    }
    match event["type"].as_str().unwrap_or_default() {
        "FAILURE" => format!("failure of {}", event["failure"]["executor_id"]["value"]),
        "ERROR" => "error".to_owned(),
        "SUBSCRIBED" => "subscribed".to_owned(),
        other => other.to_owned(),
    }
}

/// Events by subject, comparable. Offers and heartbeats are left out but for the shape of the first:
/// when they come, and in how many parts, depends on the moment.
fn by_subject<'a>(events: impl Iterator<Item = &'a Value>) -> BTreeMap<String, Vec<Value>> {
    let mut out: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in events {
        let list = out.entry(subject(event)).or_default();
        if matches!(event["type"].as_str(), Some("OFFERS" | "HEARTBEAT" | "RESCIND"))
            && !list.is_empty()
        {
            continue;
        }
        let mut event = event.clone();
        normalize(&mut event);
        let offers = event.pointer_mut("/offers/offers").and_then(Value::as_array_mut);
        for offer in offers.into_iter().flatten() {
            offer["id"] = "<offer>".into();
        }
        list.push(event);
    }
    out
}

/// One offer for each agent: in how many parts what is free is offered depends on the moment.
fn joined(offers: &[Value]) -> Value {
    let mut joined: Vec<Value> = Vec::new();
    for mut offer in offers.iter().cloned() {
        match joined.iter_mut().find(|one| one["agent_id"] == offer["agent_id"]) {
            Some(one) => join_resources(&mut one["resources"], &mut offer["resources"]),
            None => joined.push(offer),
        }
    }
    Value::Array(joined)
}

fn join_resources(of: &mut Value, more: &mut Value) {
    let (Value::Array(of), Value::Array(more)) = (of, more) else { return };
    for resource in std::mem::take(more) {
        let same = |one: &&mut Value| one["name"] == resource["name"];
        let Some(one) = of.iter_mut().find(same) else {
            of.push(resource);
            continue;
        };
        if let Some(amount) = resource.pointer("/scalar/value").and_then(Value::as_f64) {
            let sum = one["scalar"]["value"].as_f64().unwrap() + amount;
            one["scalar"]["value"] = json!((sum * 1000.0).round() / 1000.0);
        }
        if let Some(more) = resource.pointer("/ranges/range").and_then(Value::as_array) {
            let ranges = one["ranges"]["range"].as_array_mut().unwrap();
            ranges.extend(more.iter().cloned());
            ranges.sort_by_key(|range| range["begin"].as_u64());
            ranges.dedup_by(|later, kept| {
                let touch = later["begin"].as_u64() == kept["end"].as_u64().map(|end| end + 1);
                if touch {
                    kept["end"] = later["end"].clone();
                }
                touch
            });
        }
    }
    of.sort_by_key(|one| one["name"].to_string());
}

/// Gives host ports their recorded numbers.
fn shift_back(value: &mut Value, shift: u16) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift_back(item, shift)),
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match (key.as_str(), value.as_u64()) {
                    ("begin" | "end" | "number", Some(port)) => {
                        *value = (port - u64::from(shift)).into();
                    }
                    _ => shift_back(value, shift),
                }
            }
        }
        _ => {}
    }
}

/// Where two values differ, with the path.
fn differences(path: &str, was: &Value, is: &Value, out: &mut Vec<String>) {
    match (was, is) {
        (Value::Object(was), Value::Object(is)) => {
            for key in was.keys().chain(is.keys().filter(|key| !was.contains_key(*key))) {
                let path = format!("{path}/{key}");
                match (was.get(key), is.get(key)) {
                    (Some(was), Some(is)) => differences(&path, was, is, out),
                    (Some(was), None) => out.push(format!("{path} is missing, was {was}")),
                    (None, Some(is)) => out.push(format!("{path} is new: {is}")),
                    (None, None) => {}
                }
            }
        }
        (Value::Array(was), Value::Array(is))
            if was.len() != is.len() && path.ends_with("/offers") =>
        {
            differences(&format!("{path} joined"), &joined(was), &joined(is), out);
        }
        (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
            for (index, (was, is)) in was.iter().zip(is).enumerate() {
                differences(&format!("{path}/{index}"), was, is, out);
            }
        }
        _ => {
            let mut texts = [was.to_string(), is.to_string()];
            let offer = regex::Regex::new(r"-O\d+").unwrap();
            let nested =
                regex::Regex::new(r"'/[^']*/slaves/|/containers/[0-9a-f-]{36}|/runs/[0-9a-f-]{36}")
                    .unwrap();
            for text in &mut texts {
                *text = offer.replace_all(text, "-O").into_owned();
                *text = nested.replace_all(text, "…").into_owned();
            }
            if texts[0] != texts[1] {
                out.push(format!("{path} is {} instead of {}", texts[1], texts[0]));
            }
        }
    }
}

/// Whether events of a subject are of an executor or its tasks.
fn is_of(subject: &str, executor: &str) -> bool {
    subject == format!("failure of \"{executor}\"")
        || subject.strip_prefix("task ").is_some_and(|task| {
            task.strip_prefix(executor).is_some_and(|rest| rest.starts_with('.'))
        })
}

/// The CPUs that the groups of an ACCEPT take.
fn needs(call: &Value) -> f64 {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut sum = 0.0;
    for operation in list(&call["accept"]["operations"]) {
        let group = &operation["launch_group"];
        sum += amount(&group["executor"], "cpus");
        for task in list(&group["task_group"]["tasks"]) {
            sum += amount(&task, "cpus").max(0.0);
        }
    }
    sum
}

fn amount(holder: &Value, name: &str) -> f64 {
    let resources = holder["resources"].as_array().cloned().unwrap_or_default();
    let of_name = resources.iter().filter(|resource| resource["name"] == name);
    of_name.filter_map(|resource| resource["scalar"]["value"].as_f64()).sum()
}

/// The whole pod of two with a health check, a shared volume and a SECRET variable: on a host port
/// that is free here.
#[test]
fn launch() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = listener.local_addr().unwrap().port().clamp(FIRST_PORT, u16::MAX - 1000);
    drop(listener);
    let mut scenario = scenario("launch", 16.0, 16384.0, 20000.0);
    scenario.agent.ports = vec![(free, free + 1000)];
    run(&Scenario {
        port_shift: free - FIRST_PORT,
        skipped: &[(
            "48-agent-READ_FILE-env",
            "the variables hold paths; see the test of environments",
        )],
        ..scenario
    });
}

#[test]
fn invalid() {
    run(&scenario("invalid", 16.0, 16384.0, 20000.0));
}

#[test]
fn sizes() {
    run(&scenario("sizes", 2.0, 512.0, 500.0));
}

#[test]
fn ends() {
    run(&Scenario {
        skipped: &[
            (
                "33-accept-missing",
                "asks for more than a part that was free at that moment; see `sizes`",
            ),
            (
                "55-accept-shut",
                "asks for more than a part that was free at that moment; see `sizes`",
            ),
            ("56-shutdown", "of the executor that was not launched"),
        ],
        different: &[
            ("missing", "not launched, see above"),
            ("shut", "not launched, see above"),
            ("failure of \"fetch\"", "TEARDOWN was recorded before the executor had ended"),
        ],
        ..scenario("ends", 16.0, 16384.0, 20000.0)
    });
}

#[test]
fn ends2() {
    run(&Scenario {
        different: &[
            (
                "task shut.b",
                "a race of the real agent: it destroyed the container while it was asked to end",
            ),
            ("failure of \"absmount\"", "TEARDOWN was recorded before the executor had ended"),
        ],
        ..scenario("ends2", 16.0, 4096.0, 8000.0)
    });
}

#[test]
fn failover() {
    run(&Scenario {
        different: &[(
            "failure of \"keep\"",
            "TEARDOWN was recorded before the executor had ended",
        )],
        ..scenario("failover", 16.0, 16384.0, 20000.0)
    });
}

#[test]
fn offers() {
    run(&scenario("offers", 16.0, 16384.0, 20000.0));
}

#[test]
fn churn() {
    run(&Scenario { resend: Duration::from_secs(1), ..scenario("churn", 16.0, 4096.0, 8000.0) });
}

#[test]
fn ownid() {
    run(&scenario("ownid", 16.0, 4096.0, 8000.0));
}

#[test]
fn unreachable() {
    run(&Scenario {
        faults: &[("07", What::Lose), ("12", What::Return)],
        ..scenario("unreachable", 16.0, 4096.0, 8000.0)
    });
}

#[test]
fn masterrestart() {
    run(&Scenario {
        faults: &[("07", What::Restart), ("14", What::Recovered)],
        ..scenario("masterrestart", 16.0, 4096.0, 8000.0)
    });
}

#[test]
fn auth() {
    run(&Scenario {
        skipped: &[("05-operator-good", "the stand-in has no build date and commit of Mesos")],
        credentials: Some(Credentials { principal: "podform".into(), secret: "swordfish".into() }),
        ..scenario("auth", 16.0, 4096.0, 8000.0)
    });
}
