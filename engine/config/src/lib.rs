//! HCL text to configuration to desired pods, and values to HCL text.
//!
//! [`parse`] reads the files of a folder into a [`Configuration`]: syntax, declarations, and
//! whether every reference names something. [`Configuration::evaluate`] makes [`Desired`] of it,
//! with the values of variables and what is known of other pods. Nothing here reads a file, a
//! clock or the environment, and every fault of the user's input is a [`Diagnostic`] with a place.
//!
//! [`Desired`]: podform_model::Desired
//! [`Diagnostic`]: podform_model::Diagnostic
#![forbid(unsafe_code)]

mod backend;
mod check;
mod config;
mod console;
mod declare;
mod desired;
mod eval;
mod fmt;
mod functions;
mod graph;
mod inputs;
mod ir;
mod label;
pub mod literals;
mod lower;
mod marks;
mod modules;
mod overrides;
pub mod query;
mod refactor;
mod source;
mod suggest;
mod syntax;
pub mod testing;
mod types;
mod value;
mod variables;
mod world;
pub mod write;

pub use backend::{Backend, backend};
pub use config::Configuration;
pub use console::{CONSOLE, Evaluated, continues};
pub use desired::Constants;
pub use fmt::format;
#[cfg(any(test, feature = "sketch"))]
pub use fmt::{Sketch, sketch};
pub use functions::MAX_TEXT;
pub use graph::Vertex;
pub use inputs::{Applying, FileReader, Inputs, NoFiles, VariableInput};
pub use label::{RequiredProvider, VariableInfo};
pub use modules::{ArchiveKind, ModuleReader, ModuleSource, NoModules, RemoteModule, SourceFault};
pub use source::{MAX_FILE, SourceFile, check_length};
pub use variables::parse_variables;

use graph::Graph;
use modules::Loader;
use podform_model::{Diagnostic, Diagnostics, code};

/// Reads the files of a configuration's folder, the `*.pf.hcl` and `*.pf.json` of the root module,
/// which calls no other.
///
/// A configuration is returned only when it has no error; all that is wrong is reported at once.
pub fn parse(files: Vec<SourceFile>) -> (Option<Configuration>, Diagnostics) {
    parse_with_modules(files, &NoModules)
}

/// Reads the files of the root module, and through a reader those of the modules that it calls.
///
/// A configuration is returned only when it has no error; all that is wrong is reported at once.
pub fn parse_with_modules(
    files: Vec<SourceFile>,
    reader: &dyn ModuleReader,
) -> (Option<Configuration>, Diagnostics) {
    parse_folder(".", files, reader)
}

/// The same for a module in another folder than the current one, as a run of a test has it.
pub fn parse_folder(
    folder: &str,
    files: Vec<SourceFile>,
    reader: &dyn ModuleReader,
) -> (Option<Configuration>, Diagnostics) {
    let mut loader = Loader::new(reader);
    let modules = loader.tree(folder, files);
    let Loader { sources, mut diagnostics, .. } = loader;
    // What could not be read may be what a reference names: more findings would mislead.
    let unread = diagnostics.iter().any(|found| found.code == code::SYNTAX);
    if !unread {
        check::modules(&modules, &sources, &mut diagnostics);
    }
    let graph = Graph::of(&modules, &sources, &mut diagnostics);
    if !unread {
        check::early_expressions(&modules, &graph, &sources, &mut diagnostics);
    }
    sort(&mut diagnostics);
    let ok = !diagnostics.has_errors();
    (ok.then_some(Configuration { sources, modules, graph }), diagnostics)
}

/// Findings in the order of their places, files in the order given.
fn sort(diagnostics: &mut Diagnostics) {
    let place = |found: &Diagnostic| {
        found.labels.first().map(|label| (label.file.clone(), label.start, label.end))
    };
    diagnostics.0.sort_by_key(place);
    diagnostics.0.dedup();
}
