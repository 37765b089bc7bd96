//! Any text as a JSON file of a configuration and of the values of variables.
#![no_main]

use podform_config::{SourceFile, parse_variables};
use podform_fuzz::{evaluate, places_are_within};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (_, found) = parse_variables(&SourceFile::new("x.pfvars.json", text));
    places_are_within(text, &found);
    evaluate("main.pf.json", text);
});
