//! State file, journal, lock and backends.
