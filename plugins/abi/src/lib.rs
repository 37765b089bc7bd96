//! C layout, version range and messages of the plugin boundary.
