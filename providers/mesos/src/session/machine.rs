//! The scheduler's state machine, without IO.

use super::run::{BEHIND, Context, Run};
use super::wakes::Wakes;
use super::{End, Input, Output, Prepared, matching};
use crate::framework;
use crate::private::Private;
use crate::settings::Settings;
use podform_mesos_proto::scheduler::{Call, CallType, Event, EventType, UpdateFramework};
use podform_mesos_proto::{FrameworkId, Offer, TaskStatus};
use podform_model::{Intent, Outcome};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// For how long what is not used is not offered again, in seconds. REVIVE ends it early.
const REFUSE: f64 = 300.0;
/// How often offers are asked for again while something does not fit, in seconds.
const ASK_AGAIN: f64 = 30.0;
/// How often the master is asked about tasks that were not heard of, in seconds.
const RECONCILE: f64 = 15.0;
/// How long nothing must have been heard of an instance, in seconds, before the master is asked.
const SILENT: f64 = 1.0;
/// For how long the master may be away, in seconds, before the session gives up.
const AWAY: f64 = 120.0;
/// The longest wait between attempts to subscribe, in seconds.
const RESUBSCRIBE: f64 = 15.0;

/// The stream, as the machine knows it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Link {
    /// There was none yet.
    None,
    /// SUBSCRIBE was sent.
    Opening,
    /// It is open. Whoever reads it watches its heartbeats.
    Open,
    /// It is to be opened at this time.
    Lost { again: f64 },
}

/// The scheduler of one apply session.
pub(crate) struct Machine {
    settings: Arc<Settings>,
    private: Private,
    user: String,
    told_roles: BTreeSet<String>,
    tombstones: BTreeSet<String>,
    parallelism: usize,
    unique: Box<dyn FnMut() -> String + Send>,
    link: Link,
    lost_since: Option<f64>,
    lost_times: u32,
    lost_reason: String,
    waiting: VecDeque<Prepared>,
    runs: BTreeMap<u32, Run>,
    wakes: Wakes,
    tasks: HashMap<String, (u32, String)>,
    /// The ids in `tasks` of each step.
    tasks_of: HashMap<u32, Vec<String>>,
    unanswered: BTreeSet<String>,
    reconcile_at: f64,
    reconcile_times: u32,
    /// Executors that ended: what is not heard of their tasks by then is asked for.
    ended_executors: BTreeSet<String>,
    ended_at: f64,
    offers: Vec<Offer>,
    suppressed: bool,
    /// No offer was used or declined since the subscription: no filter stands.
    unfiltered: bool,
    asked: BTreeSet<(u32, u32)>,
    ask_again: f64,
    /// When the last input came.
    at: f64,
    behind: bool,
    failed: bool,
    succeeded: bool,
    finished: bool,
    cancelled: bool,
    ended: bool,
}

impl Machine {
    /// A machine. `unique` makes the random part of ids; `user` is who containers run as.
    pub(crate) fn new(
        settings: Arc<Settings>,
        private: Private,
        user: String,
        parallelism: Option<u32>,
        unique: Box<dyn FnMut() -> String + Send>,
    ) -> Self {
        Self {
            settings,
            private,
            user,
            told_roles: BTreeSet::new(),
            tombstones: BTreeSet::new(),
            parallelism: parallelism.map_or(usize::MAX, |n| (n as usize).max(1)),
            unique,
            link: Link::None,
            lost_since: None,
            lost_times: 0,
            lost_reason: String::new(),
            waiting: VecDeque::new(),
            runs: BTreeMap::new(),
            wakes: Wakes::default(),
            tasks: HashMap::new(),
            tasks_of: HashMap::new(),
            unanswered: BTreeSet::new(),
            reconcile_at: f64::INFINITY,
            reconcile_times: 0,
            ended_executors: BTreeSet::new(),
            ended_at: f64::INFINITY,
            offers: Vec::new(),
            suppressed: true,
            unfiltered: false,
            asked: BTreeSet::new(),
            ask_again: f64::INFINITY,
            at: 0.0,
            behind: false,
            failed: false,
            succeeded: false,
            finished: false,
            cancelled: false,
            ended: false,
        }
    }

    /// With the ids of instances that are tombstones.
    pub(crate) fn with_tombstones(mut self, ids: BTreeSet<String>) -> Self {
        self.tombstones = ids;
        self
    }

    /// Says whether calls that were made have not all gone out yet. Until they have, silence means nothing: what would be asked or
    /// said again waits behind them.
    pub(crate) fn set_behind(&mut self, behind: bool) {
        self.behind = behind;
    }

    /// The provider's private data as it is now.
    pub(crate) fn private(&self) -> &Private {
        &self.private
    }

    /// Whether there were steps, and all of them succeeded.
    pub(crate) fn all_succeeded(&self) -> bool {
        self.succeeded && !self.failed && !self.cancelled
    }

    /// Takes an input and says what is to be done.
    #[cfg(test)]
    pub(crate) fn handle(&mut self, input: Input, now: f64) -> Output {
        self.handle_all([input], now)
    }

    /// Takes inputs that came together, in their order, and says what is to be done after all of
    /// them and now (none: time passed). So a burst of statuses costs one look at every step, and one batch of intents.
    pub(crate) fn handle_all(
        &mut self,
        inputs: impl IntoIterator<Item = Input>,
        now: f64,
    ) -> Output {
        let mut out = Output::default();
        if self.ended {
            return out;
        }
        self.at = now;
        for input in inputs {
            self.take(input, now, &mut out);
            if out.end.is_some() {
                break;
            }
        }
        if out.end.is_none() {
            self.advance(now, &mut out);
        }
        self.ended = out.end.is_some();
        self.failed |= out.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Failed { .. }));
        self.succeeded |=
            out.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Done { .. }));
        out
    }

    fn take(&mut self, input: Input, now: f64, out: &mut Output) {
        match input {
            Input::Steps(steps) => self.waiting.extend(steps),
            Input::Finished => self.finished = true,
            Input::Cancelled => self.cancel(now, out),
            Input::Event(event) => self.event(*event, now, out),
            Input::Lost(reason) => self.lost(reason, now),
            Input::Refused(call, text) => self.refused(&call, &text, now, out),
            Input::Output(step, text) => {
                if let Some(run) = self.runs.get_mut(&step) {
                    run.take_output(text.as_deref());
                    self.wakes.touch(step);
                }
            }
        }
    }

    /// When it must be asked again at the latest, with or without an input. It is reckoned from the last input, not from the
    /// present: what fell due since then must not be overlooked.
    pub(crate) fn wake(&self) -> f64 {
        let link = match self.link {
            Link::Lost { again } => again,
            Link::None | Link::Opening | Link::Open => f64::INFINITY,
        };
        let away = self.lost_since.map_or(f64::INFINITY, |since| since + AWAY);
        let asks = self.reconcile_at.min(self.ended_at).min(self.ask_again);
        link.min(away).min(asks).min(self.wakes.first())
    }

    fn framework(&self) -> FrameworkId {
        FrameworkId::new(self.private.framework_id.clone().unwrap_or_default())
    }

    fn advance(&mut self, now: f64, out: &mut Output) {
        self.start_steps(now, out);
        // A step that needs no call, or cannot be done at all, ends without a subscription.
        self.each_touched(now, out, Run::conclude);
        self.drop_over(now);
        self.check_link(now, out);
        if self.is_open() {
            self.tell_roles(out);
            self.each_touched(now, out, Run::drive);
            self.match_offers(now, out);
            self.ask_for_offers(now, out);
            self.reconcile_silent(now, out);
        }
        self.each_touched(now, out, Run::conclude);
        self.drop_over(now);
        self.rest(now);
        // What ended made room for what waits.
        if !self.waiting.is_empty() && self.runs.len() < self.parallelism && out.end.is_none() {
            self.advance(now, out);
            return;
        }
        let idle = self.runs.is_empty() && self.waiting.is_empty();
        if idle && (self.finished || self.cancelled) {
            out.end.get_or_insert(End::Done);
        }
    }

    fn is_open(&self) -> bool {
        self.link == Link::Open
    }

    fn each_run(
        &mut self,
        now: f64,
        out: &mut Output,
        act: impl FnMut(&mut Run, &mut Context<'_>),
    ) {
        self.touch_all();
        self.each_touched(now, out, act);
    }

    fn touch_all(&mut self) {
        for step in self.runs.keys() {
            self.wakes.touch(*step);
        }
    }

    /// Does something with the steps that something happened to, or whose time has come.
    fn each_touched(
        &mut self,
        now: f64,
        out: &mut Output,
        mut act: impl FnMut(&mut Run, &mut Context<'_>),
    ) {
        let framework = self.framework();
        for step in self.wakes.touched(now) {
            let Some(run) = self.runs.get_mut(&step) else { continue };
            act(run, &mut Context::new(now, &framework, &self.tombstones, self.behind, out));
        }
    }

    /// Forgets the steps that are over.
    fn drop_over(&mut self, now: f64) {
        for step in self.wakes.touched(now) {
            if self.runs.get(&step).is_some_and(|run| !run.is_over()) {
                continue;
            }
            self.wakes.forget(step);
            self.runs.remove(&step);
            self.stop_asking(step);
            for task in self.tasks_of.remove(&step).unwrap_or_default() {
                self.tasks.remove(&task);
                self.unanswered.remove(&task);
            }
        }
    }

    /// Lets every step rest until its time. One that waits for the stream is touched when that opens.
    fn rest(&mut self, now: f64) {
        let open = self.is_open();
        for step in self.wakes.touched(now) {
            let until = self.runs.get(&step).map_or(f64::INFINITY, |run| run.wake(now));
            self.wakes.rest(step, if open || until > now { until } else { f64::INFINITY });
        }
    }

    /// Notes which step a task belongs to, and which instance.
    fn note_task(&mut self, task: String, step: u32, instance: String) {
        self.tasks_of.entry(step).or_default().push(task.clone());
        self.tasks.insert(task, (step, instance));
    }

    /// Forgets what was asked for a step. Returns its slots.
    fn stop_asking(&mut self, step: u32) -> BTreeSet<u32> {
        let slots: BTreeSet<u32> =
            self.asked.range((step, 0)..=(step, u32::MAX)).map(|(_, slot)| *slot).collect();
        for slot in &slots {
            self.asked.remove(&(step, *slot));
        }
        slots
    }

    fn start_steps(&mut self, now: f64, out: &mut Output) {
        while self.runs.len() < self.parallelism {
            let Some(prepared) = self.waiting.pop_front() else { return };
            if let Some(template) = &prepared.template {
                self.use_role(&template.demand.role.clone(), out);
            }
            let framework = self.framework();
            let step = prepared.step.id;
            let mut cx = Context::new(now, &framework, &self.tombstones, self.behind, out);
            let run = Run::start(prepared, self.settings.offer_timeout, &mut cx);
            for (id, instance) in &run.instances {
                for task in &instance.tasks {
                    self.note_task(task.about.task_id.clone(), step, id.clone());
                }
            }
            self.wakes.touch(step);
            self.runs.insert(step, run);
            if self.is_open() {
                self.question(Some(step), now, out);
            }
        }
    }

    /// Makes a role durable before it is used.
    fn use_role(&mut self, role: &str, out: &mut Output) {
        if self.private.roles.insert(role.to_owned()) && self.link != Link::None {
            self.announce_private(out);
        }
    }

    /// Makes roles known to the master that came after the subscription.
    fn tell_roles(&mut self, out: &mut Output) {
        if self.private.roles == self.told_roles {
            return;
        }
        self.told_roles.clone_from(&self.private.roles);
        let info = framework::info(&self.settings, &self.private, &self.user);
        let suppressed_roles = if self.suppressed { info.roles.clone() } else { Vec::new() };
        let update =
            UpdateFramework { framework_info: info, suppressed_roles, offer_constraints: None };
        out.calls.push(Call::update_framework(&self.framework(), update));
    }

    fn announce_private(&self, out: &mut Output) {
        out.intents.push(Intent::Private { data: self.private.to_json() });
    }

    // --- the stream ---

    fn check_link(&mut self, now: f64, out: &mut Output) {
        match self.link {
            Link::None if !self.runs.is_empty() => {
                self.first_subscription(out);
                self.subscribe(out);
            }
            Link::Lost { again } if now >= again => self.subscribe(out),
            _ => {}
        }
        if let Some(since) = self.lost_since
            && now >= since + AWAY
        {
            out.end = Some(End::Unreachable(self.lost_reason.clone()));
        }
    }

    /// Everything that is used for the first time is durable before SUBSCRIBE.
    fn first_subscription(&mut self, out: &mut Output) {
        if self.private.framework_id.is_none() || self.private.ending {
            self.private.framework_id = Some(framework::new_id());
            self.private.ending = false;
        }
        if self.settings.user.is_none() {
            self.private.user.get_or_insert_with(|| self.user.clone());
        }
        self.private.roles.insert(self.settings.role.clone());
        self.announce_private(out);
    }

    fn subscribe(&mut self, out: &mut Output) {
        self.suppressed = !self.runs.values().any(Run::has_slots);
        self.told_roles.clone_from(&self.private.roles);
        let info = framework::info(&self.settings, &self.private, &self.user);
        out.subscribe = Some(Box::new(framework::subscribe(info, self.suppressed)));
        self.link = Link::Opening;
    }

    fn lost(&mut self, reason: String, now: f64) {
        if matches!(self.link, Link::None | Link::Lost { .. }) {
            return;
        }
        self.offers.clear();
        self.asked.clear();
        self.ask_again = f64::INFINITY;
        self.lost_since.get_or_insert(now);
        self.lost_reason = reason;
        let wait = 0.25 * f64::from(1_u32 << self.lost_times.min(6));
        self.lost_times = self.lost_times.saturating_add(1);
        self.link = Link::Lost { again: now + wait.min(RESUBSCRIBE) };
    }

    fn event(&mut self, event: Event, now: f64, out: &mut Output) {
        match event.r#type {
            Some(EventType::Subscribed) => self.opened(now, out),
            Some(EventType::Offers) => {
                self.offers.extend(event.offers.map(|offers| offers.offers).unwrap_or_default());
            }
            Some(EventType::Rescind) => {
                if let Some(rescind) = event.rescind {
                    self.offers.retain(|offer| offer.id != rescind.offer_id);
                }
            }
            Some(EventType::Update) => {
                if let Some(update) = event.update {
                    self.update(&update.status, now, out);
                }
            }
            Some(EventType::Error) => {
                let text = event.error.map(|error| error.message).unwrap_or_default();
                self.error(text, now, out);
            }
            // An agent or executor that ended: the tasks' own updates say it, sooner or later.
            Some(EventType::Failure) => match event.failure.and_then(|failure| failure.executor_id)
            {
                Some(executor) => {
                    self.ended_executors.insert(executor.value);
                    self.ended_at = self.ended_at.min(now + 1.0);
                }
                None => self.reconcile_at = self.reconcile_at.min(now + 1.0),
            },
            _ => {}
        }
    }

    fn opened(&mut self, now: f64, out: &mut Output) {
        self.link = Link::Open;
        self.lost_since = None;
        self.lost_times = 0;
        // A new stream knows nothing of former offers and filters.
        self.offers.clear();
        self.unfiltered = !self.suppressed;
        self.asked.clear();
        self.touch_all();
        self.question(None, now, out);
    }

    fn error(&mut self, text: String, now: f64, out: &mut Output) {
        match text.as_str() {
            "Framework failed over" => out.end = Some(End::Superseded),
            "Framework has been removed" => {
                self.link = Link::Opening;
                self.private.framework_id = Some(framework::new_id());
                self.announce_private(out);
                self.each_run(now, out, Run::framework_removed);
                self.tasks.clear();
                self.tasks_of.clear();
                self.unanswered.clear();
                self.lost(text, now);
                self.link = Link::Lost { again: now };
            }
            _ => out.end = Some(End::Refused(text)),
        }
    }

    // --- tasks ---

    fn update(&mut self, status: &TaskStatus, now: f64, out: &mut Output) {
        let framework = self.framework();
        self.unanswered.remove(&status.task_id.value);
        if let Some((step, instance)) = self.tasks.get(&status.task_id.value).cloned()
            && let Some(run) = self.runs.get_mut(&step)
        {
            self.wakes.touch(step);
            run.hear(
                &instance,
                status,
                &mut Context::new(now, &framework, &self.tombstones, self.behind, out),
            );
        }
        // Only what an agent made has a uuid; what was concluded from it is handed over before.
        out.calls.extend(Call::acknowledge(&framework, status));
    }

    /// Asks the master about the tasks of one run, or of all.
    fn question(&mut self, only: Option<u32>, now: f64, out: &mut Output) {
        let mut tasks = Vec::new();
        let all = only.is_none().then(|| self.runs.values());
        let one = only.and_then(|step| self.runs.get(&step));
        for run in all.into_iter().flatten().chain(one) {
            tasks.extend(run.instances.values().flat_map(|instance| instance.questions()));
        }
        if tasks.is_empty() {
            return;
        }
        self.unanswered.extend(tasks.iter().map(|task| task.task_id.value.clone()));
        out.calls.push(Call::reconcile(&self.framework(), tasks));
        self.reconcile_times = 0;
        self.reconcile_at = now + 1.0;
    }

    /// Asks again about what was not answered, and about launches that nothing was heard of.
    fn reconcile_silent(&mut self, now: f64, out: &mut Output) {
        self.reconcile_ended(now, out);
        if now < self.reconcile_at {
            return;
        }
        if self.behind {
            self.reconcile_at = now + BEHIND;
            return;
        }
        let mut tasks = Vec::new();
        let mut talks = false;
        let unanswered = &self.unanswered;
        for instance in self.runs.values().flat_map(|run| run.instances.values()) {
            let ask_all = !instance.ready || instance.kill.is_some();
            let mut open = instance
                .questions()
                .filter(|task| ask_all || unanswered.contains(&task.task_id.value))
                .peekable();
            if now < instance.heard + SILENT {
                talks |= open.peek().is_some();
            } else {
                tasks.extend(open);
            }
        }
        if tasks.is_empty() && !talks {
            self.reconcile_at = f64::INFINITY;
            return;
        }
        if !tasks.is_empty() {
            out.calls.push(Call::reconcile(&self.framework(), tasks));
        }
        self.reconcile_times = self.reconcile_times.saturating_add(1);
        let wait = f64::from(1_u32 << self.reconcile_times.min(5));
        self.reconcile_at = now + wait.min(RECONCILE);
    }

    /// Asks about tasks whose executor ended a while ago, if their own end was not heard of.
    fn reconcile_ended(&mut self, now: f64, out: &mut Output) {
        if now < self.ended_at {
            return;
        }
        self.ended_at = f64::INFINITY;
        let ended = std::mem::take(&mut self.ended_executors);
        let instances = self.runs.values().flat_map(|run| &run.instances);
        let doubted = instances.filter(|(id, _)| ended.contains(*id));
        let tasks: Vec<_> = doubted.flat_map(|(_, instance)| instance.questions()).collect();
        if tasks.is_empty() {
            return;
        }
        self.unanswered.extend(tasks.iter().map(|task| task.task_id.value.clone()));
        self.reconcile_at = self.reconcile_at.min(now + 1.0);
        out.calls.push(Call::reconcile(&self.framework(), tasks));
    }

    // --- offers ---

    fn match_offers(&mut self, now: f64, out: &mut Output) {
        if self.offers.is_empty() {
            return;
        }
        let offers = std::mem::take(&mut self.offers);
        self.unfiltered = false;
        let framework = self.framework();
        let mut cx = Context::new(now, &framework, &self.tombstones, self.behind, out);
        let matched = matching::fit(&mut self.runs, &offers, &mut self.unique, &mut cx);
        let known = self.private.agents.len();
        self.private.agents.extend(matched.agents);
        if self.private.agents.len() > known {
            self.announce_private(out);
        }
        // Those that got nothing know now what they lack.
        for (step, _) in &self.asked {
            self.wakes.touch(*step);
        }
        for (task, step, instance) in matched.tasks {
            self.wakes.touch(step);
            self.note_task(task, step, instance);
        }
        if !matched.accepts.is_empty() {
            self.reconcile_at = self.reconcile_at.min(now + RECONCILE);
        }
        for (offer, operations) in matched.accepts {
            out.calls.push(Call::accept(&framework, vec![offer], operations, REFUSE));
        }
        if !matched.declines.is_empty() {
            out.calls.push(Call::decline(&framework, matched.declines, REFUSE));
        }
    }

    /// REVIVE when something new is to be launched, SUPPRESS when nothing is.
    fn ask_for_offers(&mut self, now: f64, out: &mut Output) {
        let mut new = false;
        for step in self.wakes.touched(now) {
            let before = self.stop_asking(step);
            let Some(run) = self.runs.get_mut(&step) else { continue };
            for at in run.wants(now) {
                let slot = run.slots[at].launch.slot;
                new |= !before.contains(&slot);
                self.asked.insert((step, slot));
            }
        }
        let framework = self.framework();
        if self.asked.is_empty() {
            self.ask_again = f64::INFINITY;
            if !self.suppressed && !self.runs.values().any(Run::has_slots) {
                self.suppressed = true;
                out.calls.push(Call::suppress(&framework, Vec::new()));
            }
            return;
        }
        // After a subscription without suppression the first offers come by themselves.
        if (new && !self.unfiltered) || now >= self.ask_again {
            out.calls.push(Call::revive(&framework, Vec::new()));
            self.suppressed = false;
        }
        if new || now >= self.ask_again {
            self.ask_again = now + ASK_AGAIN;
        }
    }

    // --- the end ---

    fn refused(&mut self, call: &Call, text: &str, now: f64, out: &mut Output) {
        if call.r#type == Some(CallType::UpdateFramework) {
            // A role that may not be used: no offer for it would ever come.
            out.end = Some(End::Refused(text.to_owned()));
        }
        if let Some(accept) = &call.accept {
            let framework = self.framework();
            let groups = accept.operations.iter().filter_map(|o| o.launch_group.as_ref());
            for group in groups {
                let id = &group.executor.executor_id.value;
                let task = group.task_group.tasks.first();
                let known = task.and_then(|task| self.tasks.get(&task.task_id.value));
                let Some(step) = known.map(|(step, _)| *step) else { continue };
                let Some(run) = self.runs.get_mut(&step) else { continue };
                let mut cx = Context::new(now, &framework, &self.tombstones, self.behind, out);
                run.launch_refused(id, text, &mut cx);
                self.wakes.touch(step);
            }
        }
    }

    fn cancel(&mut self, now: f64, out: &mut Output) {
        self.cancelled = true;
        for prepared in std::mem::take(&mut self.waiting) {
            let address = prepared.step.address;
            let diagnostic = super::report::cancelled(&address);
            out.outcomes.push(Outcome::Failed { address, diagnostic });
        }
        self.each_run(now, out, |run, cx| run.cancel(cx));
    }
}
