//! Any bytes as a file of Marathon's pod definitions: what is converted is HCL in canonical style.
#![no_main]

use podform::convert::convert_bytes;
use podform_config::{SourceFile, format};
use podform_fuzz::places_are_within;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let converted = convert_bytes("pods.json", bytes.to_vec());
    for (_, text) in &converted.sources {
        places_are_within(text, &converted.diagnostics);
    }
    let (formatted, found) = format(&SourceFile::new("pods.pf.hcl", &*converted.hcl));
    assert_eq!(formatted.as_deref(), Some(&*converted.hcl), "{found:?}");
});
