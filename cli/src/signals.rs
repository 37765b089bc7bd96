//! SIGINT, SIGTERM and SIGHUP alike: the first stops an apply gracefully, the second at once.

use podform_runtime::Cancel;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::Write;
use std::sync::Arc;

/// Listens from now on. What was durable stays so, whenever the second signal comes.
pub fn listen(cancel: &Arc<Cancel>) {
    let cancel = Arc::clone(cancel);
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    std::thread::spawn(move || {
        for _ in &mut signals {
            let mut err = std::io::stderr().lock();
            if cancel.is_cancelled() {
                let _ = writeln!(
                    err,
                    "\nLeft at once. The state is safe; the next run finds out what happened."
                );
                leave();
            }
            cancel.cancel();
            let _ = writeln!(
                err,
                "\nInterrupted: nothing more is started, what runs settles and is recorded. Interrupt again to leave at once."
            );
        }
    });
}

#[expect(clippy::exit, reason = "the user asked twice; every record that counts is durable")]
fn leave() -> ! {
    std::process::exit(1)
}
