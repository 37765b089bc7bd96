//! Refresh, plan, apply: the engine that joins state, plan and providers.
