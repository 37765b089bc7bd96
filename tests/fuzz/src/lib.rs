//! What the fuzz targets share: reading and evaluating a text, and what must hold of findings.

use podform_config::{Inputs, NoFiles, SourceFile, parse};
use podform_model::Diagnostics;
use std::collections::BTreeMap;

/// Every finding points into its text.
///
/// # Panics
/// When one does not.
pub fn places_are_within(text: &str, found: &Diagnostics) {
    for one in found.iter() {
        for label in &one.labels {
            let range = label.start as usize..label.end as usize;
            assert!(text.get(range).is_some(), "{one:?}");
        }
    }
}

/// Reads a text as a file of this name, and evaluates it when it is right.
///
/// # Panics
/// When a finding has no place in the text.
pub fn evaluate(name: &str, text: &str) {
    let file = SourceFile::new(name, text);
    let text = file.text.clone();
    let (configuration, found) = parse(vec![file]);
    places_are_within(&text, &found);
    let Some(configuration) = configuration else { return };
    let computed = BTreeMap::new();
    let inputs = Inputs {
        ignore_undeclared_variables: true,
        ..Inputs::new(&computed, &NoFiles)
    };
    let (_, found) = configuration.evaluate(&inputs);
    places_are_within(&text, &found);
}
