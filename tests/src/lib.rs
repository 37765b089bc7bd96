//! Harness, end-to-end suite and tidy checks of podform.
