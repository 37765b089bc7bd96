//! Discovery, lock file, checksums and loading of plugins.
