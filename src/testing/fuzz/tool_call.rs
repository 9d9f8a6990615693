//! A policy and a call, judged twice.
