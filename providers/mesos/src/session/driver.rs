//! Drives the state machine: threads, the network, and the host's side of the session.
//!
//! The thread that called `apply` owns the machine. One thread takes steps from the host; the
//! stream and the calls live on the provider's own runtime. Everything reaches the machine through
//! one channel, so inputs have one order.

use super::machine::Machine;
use super::{End, Fetch, Input, Output, Prepared};
use crate::cluster::{Cluster, lock};
use crate::error::Error;
use podform_mesos_client::{MesosClient, Subscription, sandbox_path};
use podform_mesos_proto::scheduler::{Call, CallType, Event};
use podform_mesos_proto::{ExecutorId, FrameworkId, TaskId};
use podform_model::{Intent, with_causes};
use podform_provider::{ApplyRequest, ApplySession, Next, Proceed, Step};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};

/// How long the host is waited for at once.
const POLL: Duration = Duration::from_millis(200);
/// How long the last calls may take.
const LAST_CALLS: Duration = Duration::from_secs(5);
/// How much of a container's output is read to explain a failure, in bytes.
const OUTPUT: u64 = 16 * 1024;
/// How long that may take.
const OUTPUT_WAIT: Duration = Duration::from_secs(4);

/// How many acknowledgements and kills are under way at once.
const BESIDE: usize = 16;

/// With more calls than this waiting to go out the session is behind.
const MANY: usize = 64;

/// How many inputs are taken together at most.
const TOGETHER: usize = 256;

/// What reaches the thread that owns the machine.
enum Message {
    /// For the machine.
    Input(Input),
    /// A subscription was made; the number tells it from former ones.
    Opened(u64, Box<Subscription>, Box<Event>),
    /// Something of the stream of this number.
    Stream(u64, Input),
}

/// Does an apply session.
pub(crate) fn run(
    cluster: &Cluster,
    request: &ApplyRequest,
    session: &dyn ApplySession,
    prepare: &(dyn Fn(Step) -> Prepared + Sync),
) -> Result<(), Error> {
    let (sender, receiver) = channel();
    let (stop, stopped) = channel::<()>();
    let steps = sender.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || take_steps(session, &steps, prepare, &stopped));
        let machine = Machine::new(
            cluster.settings.clone(),
            cluster.private(),
            cluster.user(),
            request.parallelism,
            Box::new(|| uuid::Uuid::new_v4().to_string()),
        )
        .with_tombstones(lock(&cluster.tombstones).iter().map(|t| t.instance.id.clone()).collect());
        let mut driver = Driver {
            cluster,
            session,
            machine,
            sender,
            epoch: 0,
            subscription: None,
            lane: None,
            calls: None,
            unsent: Arc::default(),
            stream: None,
        };
        let result = driver.drive(&receiver).and_then(|end| driver.end(end, request.last));
        drop(stop);
        driver.close();
        result
    })
}

fn finish(end: End) -> Result<(), Error> {
    match end {
        End::Done => Ok(()),
        End::Superseded => Err(Error::Superseded),
        End::Unreachable(why) => Err(Error::Lost(why)),
        End::Refused(why) => Err(Error::Refused(why)),
    }
}

/// Takes steps from the host until the session ends, and looks up what each needs.
fn take_steps(
    session: &dyn ApplySession,
    sender: &Sender<Message>,
    prepare: &(dyn Fn(Step) -> Prepared + Sync),
    stopped: &Receiver<()>,
) {
    let mut finished = false;
    loop {
        let input = match session.next(POLL) {
            Next::Steps { steps } => Some(Input::Steps(steps.into_iter().map(prepare).collect())),
            Next::Wait => None,
            Next::Finished if finished => None,
            Next::Finished => {
                finished = true;
                Some(Input::Finished)
            }
            Next::Cancelled => {
                // Nothing else can follow; whoever reads is gone when this fails.
                let _ = sender.send(Message::Input(Input::Cancelled));
                return;
            }
        };
        if let Some(input) = input
            && sender.send(Message::Input(input)).is_err()
        {
            return;
        }
        // After the last step only a cancellation is listened for, not in a busy loop.
        let pause = if finished { POLL } else { Duration::ZERO };
        if stopped.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
    }
}

struct Driver<'a> {
    cluster: &'a Cluster,
    session: &'a dyn ApplySession,
    machine: Machine,
    sender: Sender<Message>,
    epoch: u64,
    subscription: Option<Subscription>,
    lane: Option<UnboundedSender<Call>>,
    calls: Option<JoinHandle<()>>,
    /// How many calls have not gone out yet.
    unsent: Arc<AtomicUsize>,
    stream: Option<JoinHandle<()>>,
}

impl Driver<'_> {
    fn drive(&mut self, receiver: &Receiver<Message>) -> Result<End, Error> {
        loop {
            let inputs = self.receive(receiver);
            self.machine.set_behind(self.unsent.load(Ordering::Relaxed) > MANY);
            let output = self.machine.handle_all(inputs, self.cluster.now());
            if let Some(end) = self.act(output)? {
                return Ok(end);
            }
        }
    }

    /// Ends the session, and with `last` the framework's registration where that is safe.
    fn end(&mut self, end: End, last: bool) -> Result<(), Error> {
        self.finish_calls();
        if end == End::Done && last && self.machine.all_succeeded() {
            let subscription = self.subscription.as_ref();
            return super::teardown::teardown(self.cluster, self.session, subscription);
        }
        finish(end)
    }

    /// Waits for an input, or until the machine wants to be woken, and takes what came with it.
    fn receive(&mut self, receiver: &Receiver<Message>) -> Vec<Input> {
        let wait = (self.machine.wake() - self.cluster.now()).clamp(0.0, 3600.0);
        let first = receiver.recv_timeout(Duration::from_secs_f64(wait)).ok();
        let messages: Vec<Message> =
            first.into_iter().chain(receiver.try_iter().take(TOGETHER)).collect();
        messages.into_iter().filter_map(|message| self.input(message)).collect()
    }

    /// What a message is to the machine; `None`: it is of a former stream.
    fn input(&mut self, message: Message) -> Option<Input> {
        match message {
            Message::Input(input) => Some(input),
            Message::Opened(epoch, subscription, event) if epoch == self.epoch => {
                self.open_lane(*subscription);
                Some(Input::Event(event))
            }
            Message::Stream(epoch, input) if epoch == self.epoch => Some(input),
            Message::Opened(..) | Message::Stream(..) => None,
        }
    }

    /// Does an output's parts in their order. Gives the end, when it has come.
    fn act(&mut self, output: Output) -> Result<Option<End>, Error> {
        for event in output.events {
            self.session.event(event);
        }
        for outcome in output.outcomes {
            self.session.outcome(outcome);
        }
        if !output.intents.is_empty() {
            let private = output.intents.iter().any(|i| matches!(i, Intent::Private { .. }));
            if self.session.intend(output.intents) == Proceed::Stop {
                return Err(Error::Stopped);
            }
            if private {
                self.cluster.set_private(self.machine.private().clone());
            }
        }
        if let Some(subscribe) = output.subscribe {
            self.subscribe(*subscribe);
        }
        for call in output.calls {
            if let Some(lane) = &self.lane {
                // A closed lane is a lost stream, which is on its way as a message.
                if lane.send(call).is_ok() {
                    self.unsent.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        for fetch in output.fetches {
            self.fetch(fetch);
        }
        Ok(output.end)
    }

    fn subscribe(&mut self, call: Call) {
        self.close();
        self.epoch += 1;
        let (client, sender, epoch) =
            (self.cluster.client.clone(), self.sender.clone(), self.epoch);
        self.stream = Some(self.cluster.runtime.spawn(listen(client, call, sender, epoch)));
    }

    fn open_lane(&mut self, subscription: Subscription) {
        let (lane, calls) = unbounded_channel();
        self.lane = Some(lane);
        self.subscription = Some(subscription.clone());
        // What waited in a former lane is lost with it.
        self.unsent = Arc::default();
        let lane = Lane { subscription, sender: self.sender.clone(), epoch: self.epoch };
        let calls = make_calls(Arc::new(lane), calls, Arc::clone(&self.unsent));
        self.calls = Some(self.cluster.runtime.spawn(calls));
    }

    /// Drops the stream; what is still to be called is dropped with it.
    fn close(&mut self) {
        self.lane = None;
        self.subscription = None;
        if let Some(stream) = self.stream.take() {
            stream.abort();
        }
    }

    /// Waits for the calls that were made, acknowledgements above all: what is not acknowledged
    /// holds back everything else that an agent has to say of the task.
    fn finish_calls(&mut self) {
        self.lane = None;
        if let Some(calls) = self.calls.take() {
            // Whether they arrived or not, the session has ended.
            let _ = self
                .cluster
                .runtime
                .block_on(async { tokio::time::timeout(LAST_CALLS, calls).await });
        }
    }

    fn fetch(&self, fetch: Fetch) {
        let (client, sender) = (self.cluster.client.clone(), self.sender.clone());
        self.cluster.runtime.spawn(async move {
            let read = tokio::time::timeout(OUTPUT_WAIT, read_stderr(&client, &fetch)).await;
            let input = Input::Output(fetch.step, read.ok().flatten());
            let _ = sender.send(Message::Input(input));
        });
    }
}

async fn read_stderr(client: &MesosClient, fetch: &Fetch) -> Option<String> {
    let address = client.agent_address(&format!("slave(1)@{}", fetch.agent_url)).ok()?;
    let path = sandbox_path(
        &FrameworkId::new(&fetch.framework),
        &ExecutorId::new(&fetch.executor),
        &TaskId::new(&fetch.task),
        "stderr",
    );
    let file = client.tail_file(&address, &path, OUTPUT).await.ok()?;
    Some(String::from_utf8_lossy(&file.data).into_owned())
}

/// Subscribes and passes on what the stream brings, until it ends.
async fn listen(client: MesosClient, call: Call, sender: Sender<Message>, epoch: u64) {
    let mut stream = match client.subscribe(&call).await {
        Ok((subscription, stream)) => {
            let event = Event::subscribed(subscription.subscribed.clone());
            let opened = Message::Opened(epoch, Box::new(subscription), Box::new(event));
            if sender.send(opened).is_err() {
                return;
            }
            stream
        }
        Err(error) => {
            let _ = sender.send(Message::Stream(epoch, ended(&error)));
            return;
        }
    };
    loop {
        let (input, last) = match stream.next().await {
            Ok(event) => (Input::Event(Box::new(event)), false),
            Err(error) => (ended(&error), true),
        };
        if sender.send(Message::Stream(epoch, input)).is_err() || last {
            return;
        }
    }
}

/// What the end of a stream means.
fn ended(error: &podform_mesos_client::Error) -> Input {
    match error {
        podform_mesos_client::Error::Subscription { message } => {
            Input::Event(Box::new(Event::error(message.clone())))
        }
        error if error.is_temporary() => Input::Lost(with_causes(error)),
        // Wrong credentials and the like: trying again would not help.
        error => Input::Event(Box::new(Event::error(with_causes(error)))),
    }
}

/// Makes calls in their order; acknowledgements and kills go beside, they need none among themselves.
async fn make_calls(lane: Arc<Lane>, mut calls: UnboundedReceiver<Call>, unsent: Arc<AtomicUsize>) {
    let mut beside = JoinSet::new();
    while let Some(call) = calls.recv().await {
        if matches!(call.r#type, Some(CallType::Acknowledge | CallType::Kill)) {
            if beside.len() >= BESIDE {
                beside.join_next().await;
            }
            let lane = Arc::clone(&lane);
            beside.spawn(async move { lane.make(call).await });
        } else {
            lane.make(call).await;
        }
        unsent.fetch_sub(1, Ordering::Relaxed);
    }
    beside.join_all().await;
}

/// Where calls go, and who hears what became of them.
struct Lane {
    subscription: Subscription,
    sender: Sender<Message>,
    epoch: u64,
}

impl Lane {
    async fn make(&self, call: Call) {
        let Err(error) = self.subscription.call(&call).await else { return };
        let text = with_causes(&error);
        let input = if error.is_temporary() {
            Input::Lost(text)
        } else {
            Input::Refused(Box::new(call), text)
        };
        // Whoever reads is gone when this fails.
        let _ = self.sender.send(Message::Stream(self.epoch, input));
    }
}
