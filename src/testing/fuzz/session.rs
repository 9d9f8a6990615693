//! One guard, and any sequence of its verbs.
