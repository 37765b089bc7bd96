//! Any text as a JSON file of a configuration and of the values of variables.
#![no_main]

use podform_config::{SourceFile, parse_variables};
use podform_fuzz::{evaluate, places_are_within};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let file = SourceFile::new("x.pfvars.json", text);
    let (_, found) = parse_variables(&file);
    places_are_within(&file.text, &found);
    evaluate("main.pf.json", text);
});
