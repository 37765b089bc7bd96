//! Mesos masters and agents over HTTP.
