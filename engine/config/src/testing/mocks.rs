//! What the mocks and overrides of a test file are like, evaluated for one run.

use super::overrides::{Overrides, Places};
use super::{Lifted, MockBlock, Overridden, OverrideBlock, Run, Seen, TestFile};
use crate::config::Configuration;
use crate::eval::Evaluator;
use crate::inputs::Inputs;
use crate::ir::{Attribute, Name};
use crate::source::Span;
use crate::suggest::nearest;
use crate::types::convert;
use crate::value::{Field, Ty, Val};
use crate::world::{ROOT_ROOM, readable};
use podform_model::data::Found;
use podform_model::schema::COMPUTED_INSTANCE;
use podform_model::{Diagnostic, Diagnostics, ProviderRef, Target, Value, code};
use std::collections::BTreeMap;

/// What a run does not do for real.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mocked {
    /// The providers that others stand in for.
    pub providers: Vec<MockedProvider>,
    /// The pods that are not launched, whatever their provider.
    pub pods: Places<MockedPod>,
    /// What an evaluation is given.
    pub overrides: Overrides,
}

/// A provider that another stands in for.
#[derive(Debug, Clone, PartialEq)]
pub struct MockedProvider {
    /// The provider.
    pub provider: ProviderRef,
    /// What all its pods are like.
    pub pods: MockedPod,
    /// What single pods are like.
    pub overrides: Places<MockedPod>,
}

/// What the instances of a mocked pod are like, as far as the test says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MockedPod {
    /// The agent's id.
    pub agent_id: Option<String>,
    /// The agent's host name.
    pub host: Option<String>,
    /// The addresses of an instance on container networks.
    pub network_ips: Vec<String>,
    /// Why the pod's steps fail; `None`: they succeed.
    pub failure: Option<String>,
}

impl Configuration {
    /// What a run does not do for real: the mocks of its file, over them the overrides of the file,
    /// over them those of the run.
    pub fn test_mocks(
        &self,
        test: &TestFile,
        run: &Run,
        inputs: &Inputs<'_>,
        seen: &Seen,
    ) -> (Mocked, Diagnostics) {
        let lifted = Lifted::of(self, seen);
        let world = self.test_world(inputs, &lifted);
        let mut mocking = Mocking {
            configuration: self,
            evaluator: Evaluator::new(&world, ROOT_ROOM),
            out: Mocked::default(),
        };
        for mock in &test.mocks {
            mocking.provider(mock);
        }
        for block in test.overrides.iter().chain(&run.overrides) {
            mocking.overridden(block);
        }
        let Mocking { evaluator, out, .. } = mocking;
        (out, evaluator.diagnostics)
    }

    /// Warns of what overrides name and the configuration does not have.
    pub(super) fn check_overrides<'a>(
        &self,
        blocks: impl Iterator<Item = &'a OverrideBlock>,
        found: &mut Diagnostics,
    ) {
        for block in blocks {
            if self.has(&block.target) {
                continue;
            }
            let summary = format!("`{}` is not declared, so nothing is overridden", block.target);
            let label = self.sources.label(block.span, "not in this configuration");
            found.push(Diagnostic::warning(code::UNDECLARED, summary).label(label));
        }
    }

    /// Whether what an override names is declared.
    fn has(&self, target: &Overridden) -> bool {
        let module = match target {
            Overridden::Pod(pod) => &pod.module,
            Overridden::Data(data) => &data.0.module,
            Overridden::Module(module) => module,
        };
        let Some(module) = self.modules.find(module) else { return false };
        let module = &self.modules.node(module).module;
        match target {
            Overridden::Pod(pod) => module.pods.contains_key(pod.name.as_str()),
            Overridden::Data(data) => module.data.contains_key(data.0.name.as_str()),
            Overridden::Module(_) => true,
        }
    }
}

struct Mocking<'a> {
    configuration: &'a Configuration,
    evaluator: Evaluator<'a>,
    out: Mocked,
}

impl Mocking<'_> {
    fn provider(&mut self, mock: &MockBlock) {
        let provider = ProviderRef { name: mock.name.text.to_string(), alias: mock.alias.clone() };
        let pods = self.pod(&mock.pods);
        let read = self.read(&mock.data);
        self.out.overrides.providers.insert(provider.clone(), read);
        let mut overrides = Places::default();
        for block in &mock.overrides {
            match &block.target {
                Overridden::Pod(address) => {
                    overrides.push(Target::Pod(address.clone()), self.pod(&block.values));
                }
                Overridden::Data(_) | Overridden::Module(_) => self.overridden(block),
            }
        }
        self.out.providers.push(MockedProvider { provider, pods, overrides });
    }

    fn overridden(&mut self, block: &OverrideBlock) {
        match &block.target {
            Overridden::Pod(address) => {
                let pod = self.pod(&block.values);
                self.out.pods.push(Target::Pod(address.clone()), pod);
            }
            Overridden::Data(address) => {
                let read = self.read(&block.values);
                self.out.overrides.data.push(Target::Pod(address.0.clone()), read);
            }
            Overridden::Module(module) => {
                let target = Target::Module(module.clone());
                let outputs = self.outputs(block, &target);
                self.out.overrides.modules.push(target, outputs);
            }
        }
    }

    fn pod(&mut self, values: &[Attribute]) -> MockedPod {
        let mut out = MockedPod::default();
        for attribute in values {
            match &*attribute.name.text {
                "agent_id" => out.agent_id = self.text(attribute),
                "host" => out.host = self.text(attribute),
                "failure" => out.failure = self.text(attribute),
                "network_ips" => out.network_ips = self.texts(attribute),
                _ => {}
            }
        }
        out
    }

    /// What a `data` block reads: what is given, over one instance that is ready.
    fn read(&mut self, values: &[Attribute]) -> Found {
        let mut read = preset();
        let mut missing = None;
        for attribute in values {
            let name = &*attribute.name.text;
            if name == "failure" {
                missing = self.text(attribute);
            } else if let Some(ty) = read_type(name)
                && let Some(value) = self.typed(attribute, &ty)
            {
                read.set(name, value.to_value());
            }
        }
        match missing {
            Some(message) => Found::Nothing { message, help: None },
            None => Found::Pod(read),
        }
    }

    fn outputs(&mut self, block: &OverrideBlock, target: &Target) -> BTreeMap<String, Value> {
        let mut out = BTreeMap::new();
        for attribute in &block.values {
            let Ok(value) = self.evaluator.value(&attribute.value) else { continue };
            let Some(entries) = value.entries() else {
                let kind = value.kind();
                let summary = format!("the `outputs` of a module are an object, found {kind}");
                self.evaluator.report(attribute.value.span, summary, format!("this is {kind}"));
                continue;
            };
            for (name, value) in entries.iter() {
                self.output(target, name, attribute.value.span);
                out.insert(name.to_string(), value.to_value());
            }
        }
        out
    }

    /// Warns of an output that the module does not have.
    fn output(&mut self, target: &Target, name: &Name, span: Span) {
        let modules = &self.configuration.modules;
        let Some(module) = modules.find(target.module()) else { return };
        let declared = &modules.node(module).module.outputs;
        if declared.contains_key(name) {
            return;
        }
        let label = self.configuration.sources.label(span, "given here");
        let summary = format!("`{target}` has no output `{name}`");
        let mut found = Diagnostic::warning(code::UNDECLARED, summary).label(label);
        if let Some(near) = nearest(name, declared.keys().map(|name| &**name)) {
            found = found.help(format!("did you mean `{near}`?"));
        }
        self.evaluator.push(found);
    }

    fn text(&mut self, attribute: &Attribute) -> Option<String> {
        match self.typed(attribute, &Ty::String)? {
            Val::String(text) => Some(text.to_string()),
            _ => None,
        }
    }

    fn texts(&mut self, attribute: &Attribute) -> Vec<String> {
        let value = self.typed(attribute, &Ty::list(Ty::String));
        let items = value.as_ref().and_then(Val::items).into_iter().flat_map(|items| items.iter());
        let text = |item: &Val| match item {
            Val::String(text) => Some(text.to_string()),
            _ => None,
        };
        items.filter_map(text).collect()
    }

    /// The value of an attribute in a type. What is mocked is shown and kept, so it is no secret.
    fn typed(&mut self, attribute: &Attribute, ty: &Ty) -> Option<Val> {
        let Attribute { name, value: expr } = attribute;
        let value = self.evaluator.value(expr).ok()?;
        let why = match convert(&value, ty) {
            _ if value.has_sensitive() => "it must not be sensitive".to_owned(),
            _ if value.has_unknown() => "it must be known before anything is planned".to_owned(),
            Ok(value) => return Some(value),
            Err(message) => message,
        };
        let summary = format!("`{}` of what is mocked does not fit: {why}", name.text);
        self.evaluator.report(expr.span, summary, format!("this is {}", value.kind()));
        None
    }
}

/// What a `data` block reads when the test says nothing of it: one instance that is ready.
fn preset() -> Value {
    let ready = [
        Value::from("mock"),
        Value::from(MOCK_AGENT),
        Value::from(MOCK_HOST),
        Value::from("ready"),
        Value::Null,
        Value::from(0u32),
    ];
    let instance = Value::object(COMPUTED_INSTANCE.into_iter().zip(ready));
    Value::object([
        ("version", Value::from("mock")),
        ("instance", Value::list(vec![instance])),
        ("endpoint", Value::map(podform_model::value::Map::new())),
        ("network_ips", Value::list(Vec::new())),
    ])
}

/// The id of the agent of mocked instances, when the test does not say it.
pub const MOCK_AGENT: &str = "mock-S0";
/// The name of that agent.
pub const MOCK_HOST: &str = "mock.invalid";

/// The type of what can be read of a pod; what an entry leaves out is null.
fn read_type(name: &str) -> Option<Ty> {
    Some(match readable(name)? {
        Ty::List(of) => Ty::list(lenient(&of)),
        Ty::Map(of) => Ty::map(lenient(&of)),
        other => other,
    })
}

fn lenient(ty: &Ty) -> Ty {
    let Ty::Object(fields) = ty else { return ty.clone() };
    let null =
        |field: &Field| Field { default: Some(Val::Null(field.ty.clone())), ..field.clone() };
    Ty::object(fields.iter().map(|(name, field)| (name.clone(), null(field))).collect())
}
