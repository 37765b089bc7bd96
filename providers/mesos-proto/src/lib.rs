//! Mesos v1 messages and RecordIO, both directions, without IO.
