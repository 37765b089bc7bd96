//! The session: its beginning and end, the order of its messages, and which answer each gets.

use super::diagnose::{Diagnosing, Job};
use super::documents::{Documents, File, Module, folder, key};
use super::navigate::{Spot, document_symbols};
use super::position::Encoding;
use super::providers::Providers;
use super::wire::{Message, Refusal, Sender, error};
use super::{completion, format, hover};
use crate::commands::version::VERSION;
use crate::exit::Exit;
use gen_lsp_types::{
    CompletionParams, DefinitionParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DidSaveTextDocumentParams, DocumentFormattingParams,
    DocumentHighlightParams, DocumentSymbolParams, HoverParams, PositionEncodingKind,
    PrepareRenameParams, ReferenceParams, RenameParams, TextDocumentPositionParams, Uri,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// What the reading thread passes on.
pub(super) enum Event {
    Message(Message),
    /// Something that is no message, and why.
    Malformed(String),
    /// The client is gone.
    End,
}

/// Where in its life the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Running,
    ShutDown,
}

/// A result as JSON text, which is written as it is, however long.
type Answer = Result<String, Refusal>;

/// One session with a client.
pub(super) struct Server {
    sender: Sender,
    phase: Phase,
    encoding: Encoding,
    /// Whether the client knows snippets.
    snippets: bool,
    documents: Documents,
    diagnosing: Option<Diagnosing>,
    providers: Providers,
    /// The folders in which downloaded modules may read, for the thread that diagnoses.
    allowed: Vec<PathBuf>,
    /// The folders that changed since they were diagnosed.
    changed: BTreeSet<PathBuf>,
    /// What has arrived and is not answered yet.
    queue: VecDeque<Event>,
    /// The ids, as text, of requests that the client does not want any more.
    cancelled: BTreeSet<String>,
}

impl Server {
    pub(super) fn new(sender: Sender, allowed: Vec<PathBuf>) -> Self {
        Self {
            sender,
            phase: Phase::New,
            encoding: Encoding::Utf16,
            snippets: false,
            documents: Documents::default(),
            diagnosing: None,
            providers: Providers::default(),
            allowed,
            changed: BTreeSet::new(),
            queue: VecDeque::new(),
            cancelled: BTreeSet::new(),
        }
    }

    /// Answers until the end.
    pub(super) fn run(mut self, events: &Receiver<Event>) -> Exit {
        loop {
            self.take(events);
            let message = match self.queue.pop_front() {
                Some(Event::Message(message)) => message,
                Some(Event::Malformed(why)) => {
                    let refusal = Refusal::new(error::PARSE, why);
                    self.sender.answer(&Value::Null, Err(refusal));
                    continue;
                }
                Some(Event::End) | None => return self.end(),
            };
            if message.method.as_deref() == Some("exit") {
                return self.end();
            }
            self.message(message);
        }
    }

    /// Takes what has arrived; when there is nothing, has the changed folders diagnosed, and waits.
    fn take(&mut self, events: &Receiver<Event>) {
        let mut arrived: Vec<Event> = events.try_iter().collect();
        if arrived.is_empty() && self.queue.is_empty() {
            self.diagnose();
            arrived.extend(events.recv());
        }
        for event in arrived {
            if let Event::Message(message) = &event
                && message.method.as_deref() == Some("$/cancelRequest")
                && let Some(id) = message.params.get("id")
            {
                self.cancelled.insert(id.to_string());
            }
            self.queue.push_back(event);
        }
    }

    fn end(self) -> Exit {
        if let Some(diagnosing) = self.diagnosing {
            diagnosing.end();
        }
        // As the protocol wants it: 0 only after `shutdown`.
        if self.phase == Phase::ShutDown { Exit::Ok } else { Exit::Error }
    }

    fn diagnose(&mut self) {
        let Some(diagnosing) = &self.diagnosing else { return };
        for folder in std::mem::take(&mut self.changed) {
            let module = self.documents.module_in(&folder);
            diagnosing.ask(Job { module, open: self.documents.all_open() });
        }
    }

    fn message(&mut self, message: Message) {
        // An answer to a request of ours: there are none.
        let Some(method) = message.method else { return };
        let Some(id) = message.id else {
            if self.phase == Phase::Running {
                // What a notification asks for and cannot be done is not answered.
                let _ = self.notified(&method, message.params);
            }
            return;
        };
        let answer = if self.cancelled.remove(&id.to_string()) {
            Err(Refusal::new(error::REQUEST_CANCELLED, "cancelled by the client"))
        } else {
            let work = AssertUnwindSafe(|| self.requested(&method, message.params));
            catch_unwind(work).unwrap_or_else(|_| {
                Err(Refusal::new(error::INTERNAL, format!("`{method}` failed: a fault of podform")))
            })
        };
        self.sender.answer(&id, answer);
    }

    fn requested(&mut self, method: &str, params: Value) -> Answer {
        match (self.phase, method) {
            (Phase::New, "initialize") => Ok(self.initialize(&params).to_string()),
            (Phase::New, _) => {
                Err(Refusal::new(error::NOT_INITIALIZED, "`initialize` comes first"))
            }
            (Phase::ShutDown, _) => {
                Err(Refusal::new(error::INVALID_REQUEST, "only `exit` may follow `shutdown`"))
            }
            (Phase::Running, "initialize") => {
                Err(Refusal::new(error::INVALID_REQUEST, "`initialize` was already sent"))
            }
            (Phase::Running, "shutdown") => {
                self.phase = Phase::ShutDown;
                Ok("null".into())
            }
            (Phase::Running, _) => self.asked(method, params),
        }
    }

    fn initialize(&mut self, params: &Value) -> Value {
        let offered = params.pointer("/capabilities/general/positionEncodings").cloned();
        let offered: Vec<PositionEncodingKind> =
            offered.and_then(|kinds| serde_json::from_value(kinds).ok()).unwrap_or_default();
        self.encoding = Encoding::choose(&offered);
        let snippets = "/capabilities/textDocument/completion/completionItem/snippetSupport";
        self.snippets = params.pointer(snippets) == Some(&Value::Bool(true));
        self.phase = Phase::Running;
        let sender = self.sender.clone();
        let allowed = std::mem::take(&mut self.allowed);
        let providers = self.providers.clone();
        self.diagnosing = Some(Diagnosing::start(sender, self.encoding, providers, allowed));
        json!({
            "capabilities": {
                "positionEncoding": self.encoding.kind(),
                "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
                "completionProvider": { "triggerCharacters": [".", "\""] },
                "hoverProvider": true,
                "definitionProvider": true,
                "referencesProvider": true,
                "documentHighlightProvider": true,
                "documentSymbolProvider": true,
                "documentFormattingProvider": true,
                "renameProvider": { "prepareProvider": true },
            },
            "serverInfo": { "name": "podform", "version": VERSION },
        })
    }

    fn notified(&mut self, method: &str, params: Value) -> Result<(), Refusal> {
        let uri = match method {
            "textDocument/didOpen" => {
                let document = parse::<DidOpenTextDocumentParams>(params)?.text_document;
                self.documents.open(document.uri.clone(), document.version, document.text);
                document.uri
            }
            "textDocument/didChange" => {
                let params: DidChangeTextDocumentParams = parse(params)?;
                let uri = params.text_document.text_document_identifier.uri;
                let version = params.text_document.version;
                self.documents.change(&uri, version, params.content_changes, self.encoding);
                uri
            }
            "textDocument/didClose" => {
                let uri = parse::<DidCloseTextDocumentParams>(params)?.text_document.uri;
                self.documents.close(&uri);
                uri
            }
            "textDocument/didSave" => {
                let saved = parse::<DidSaveTextDocumentParams>(params)?.text_document.uri;
                // Other folders may call this one as a module.
                self.changed.extend(self.documents.folders());
                saved
            }
            "workspace/didChangeWatchedFiles" => {
                self.changed.extend(self.documents.folders());
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.changed.extend(folder(&key(&uri)));
        Ok(())
    }

    fn asked(&mut self, method: &str, params: Value) -> Answer {
        match method {
            "textDocument/completion" => {
                let at = parse::<CompletionParams>(params)?.text_document_position_params;
                let snippets = self.snippets;
                self.at(at, |spot, providers| {
                    json_of(completion::complete(spot, providers, snippets))
                })
            }
            "textDocument/hover" => {
                let at = parse::<HoverParams>(params)?.text_document_position_params;
                self.at(at, |spot, providers| json_of(hover::hover(spot, providers)))
            }
            "textDocument/definition" => {
                let at = parse::<DefinitionParams>(params)?.text_document_position_params;
                self.at(at, |spot, _| json_of(spot.definition()))
            }
            "textDocument/references" => {
                let params: ReferenceParams = parse(params)?;
                let declaration = params.context.include_declaration;
                let at = params.text_document_position_params;
                self.at(at, |spot, _| json_of(spot.references(declaration)))
            }
            "textDocument/documentHighlight" => {
                let at = parse::<DocumentHighlightParams>(params)?.text_document_position_params;
                self.at(at, |spot, _| json_of(spot.highlights()))
            }
            "textDocument/documentSymbol" => {
                let uri = parse::<DocumentSymbolParams>(params)?.text_document.uri;
                let (file, _) = self.document(&uri)?;
                json_of(document_symbols(&file, self.encoding))
            }
            "textDocument/formatting" => {
                let uri = parse::<DocumentFormattingParams>(params)?.text_document.uri;
                let (file, _) = self.document(&uri)?;
                json_of(format::format(&file, self.encoding)?)
            }
            "textDocument/prepareRename" => {
                let at = parse::<PrepareRenameParams>(params)?.text_document_position_params;
                self.at(at, |spot, _| json_of(spot.prepare_rename()?))
            }
            "textDocument/rename" => {
                let params: RenameParams = parse(params)?;
                let at = params.text_document_position_params;
                self.at(at, |spot, _| json_of(spot.rename(&params.new_name)?))
            }
            _ => Err(Refusal::new(error::METHOD_NOT_FOUND, format!("`{method}` is not supported"))),
        }
    }

    /// The document and its module.
    fn document(&mut self, uri: &Uri) -> Result<(Arc<File>, Module), Refusal> {
        let file = self
            .documents
            .get(uri)
            .ok_or_else(|| Refusal::new(error::INVALID_PARAMS, format!("`{uri}` is not open")))?;
        Ok((file, self.documents.module(uri)))
    }

    fn at(
        &mut self,
        at: TextDocumentPositionParams,
        answer: impl FnOnce(&mut Spot<'_>, &[podform_provider::Description]) -> Answer,
    ) -> Answer {
        let (file, module) = self.document(&at.text_document.uri)?;
        let offset = file.lines.offset(at.position, self.encoding);
        let providers = self.providers.of(&module.folder);
        let mut spot = Spot {
            documents: &mut self.documents,
            module: &module,
            file: &file,
            offset,
            encoding: self.encoding,
        };
        answer(&mut spot, &providers)
    }
}

fn parse<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params)
        .map_err(|why| Refusal::new(error::INVALID_PARAMS, why.to_string()))
}

fn json_of(answer: impl Serialize) -> Answer {
    serde_json::to_string(&answer).map_err(|why| Refusal::new(error::INTERNAL, why.to_string()))
}
