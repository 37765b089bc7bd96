//! Plan and apply pods on Apache Mesos.
