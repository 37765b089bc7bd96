//! A whole third-party provider: pods that exist only in a file.
