//! Marathon's pod documents and texts, both directions, without IO.
