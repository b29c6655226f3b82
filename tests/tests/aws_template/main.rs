//! What the linters do not know of the stack: that it fits the code. The expanded template is held to the contract, to
//! the tables that the code makes, to the variables that it reads, and to what each function may do at most.
//!
//! `infra/aws/check` expands the template and runs these, and runs them again over one seeded defect after the other.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod access;
mod alarms;
mod api;
mod bus;
mod functions;
mod mappings;
mod may;
mod site;
mod tables;
mod template;
mod watched;
