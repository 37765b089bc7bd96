//! The development cluster: Mesos master, agents and secret store in one process.
