//! Any text as a lock file: what is read is written and read as the same.
#![no_main]

use podform::error::Failure;
use podform::lockfile::{parse, render};
use podform_fuzz::places_are_within;

libfuzzer_sys::fuzz_target!(|text: &str| {
    match parse(text) {
        Err(Failure(found)) => places_are_within(text.strip_prefix('\u{feff}').unwrap_or(text), &found),
        Ok(lock) => {
            let written = render(&lock);
            let again = parse(&written).expect("what was written is read");
            assert_eq!(render(&again), written);
            assert_eq!(again.modules, lock.modules);
            assert_eq!(again.providers.len(), lock.providers.len());
        }
    }
});
