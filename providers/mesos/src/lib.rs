//! The provider that launches pods as task groups on Apache Mesos.
