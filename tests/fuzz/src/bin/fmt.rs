//! Any bytes as a file to format: formatting again changes nothing, and the tree and the comments stay.
#![no_main]

use podform_config::{SourceFile, format, sketch};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = SourceFile::from_bytes("main.pf.hcl", bytes) else { return };
    let (Some(once), _) = format(&file) else { return };
    let formatted = SourceFile::new("main.pf.hcl", once);
    let (again, found) = format(&formatted);
    assert_eq!(again.as_deref(), Some(&*formatted.text), "{found:?}");
    assert_eq!(sketch(&formatted), sketch(&file));
});
