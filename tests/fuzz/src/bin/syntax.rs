//! Any text as a file of a configuration and as a file of the values of variables.
#![no_main]

use podform_config::{SourceFile, parse, parse_variables};
use podform_fuzz::places_are_within;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = SourceFile::from_bytes("main.pf.hcl", bytes) else { return };
    let (_, found) = parse_variables(&file);
    places_are_within(&file.text, &found);
    let text = file.text.clone();
    let (_, found) = parse(vec![file]);
    places_are_within(&text, &found);
});
