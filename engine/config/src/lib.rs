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

mod check;
mod config;
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
mod source;
mod suggest;
mod syntax;
mod types;
mod value;
mod variables;
mod world;
pub mod write;

pub use config::Configuration;
pub use fmt::format;
pub use inputs::{FileReader, Inputs, NoFiles, VariableInput};
pub use label::{RequiredProvider, VariableInfo};
pub use source::{MAX_FILE, SourceFile};
pub use variables::parse_variables;

use config::Module;
use podform_model::{Diagnostic, Diagnostics, code};
use source::{Names, Sources};

/// Reads the files of a configuration's folder, the `*.pf.hcl` of the root module.
///
/// A configuration is returned only when it has no error; all that is wrong is reported at once.
pub fn parse(files: Vec<SourceFile>) -> (Option<Configuration>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut sources = Sources::default();
    for file in files {
        match file.checked() {
            Ok(file) => sources.files.push(file),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    let mut names = Names::default();
    let bodies: Vec<ir::Body> = (0..sources.files.len())
        .filter_map(|file| syntax::read(&sources, file, &mut names, &mut diagnostics))
        .collect();
    let module = declare(bodies, &sources, &mut diagnostics);
    // What could not be read may be what a reference names: more findings would mislead.
    let unread = diagnostics.iter().any(|found| found.code == code::SYNTAX);
    if !unread {
        check::references(&module, &sources, &mut diagnostics);
    }
    let graph = graph::Graph::of(&module, &sources, &mut diagnostics);
    if !unread {
        check::early_expressions(&module, &graph, &sources, &mut diagnostics);
    }
    sort(&mut diagnostics);
    let ok = !diagnostics.has_errors();
    (ok.then_some(Configuration { sources, module, graph }), diagnostics)
}

fn declare(bodies: Vec<ir::Body>, sources: &Sources, diagnostics: &mut Diagnostics) -> Module {
    let mut declaring = declare::Declaring::new(sources, diagnostics);
    for body in bodies {
        declaring.file(body);
    }
    declaring.module
}

/// Findings in the order of their places, files in the order given.
fn sort(diagnostics: &mut Diagnostics) {
    let place = |found: &Diagnostic| {
        found.labels.first().map(|label| (label.file.clone(), label.start, label.end))
    };
    diagnostics.0.sort_by_key(place);
    diagnostics.0.dedup();
}
