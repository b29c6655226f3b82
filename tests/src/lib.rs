//! What the whole-system tests share: a DynamoDB to run against, faults to inject between it and the functions, the log
//! as stream records, the views as they are stored, and both contexts in memory.

pub mod busy;
pub mod engine;
pub mod faults;
pub mod history;
pub mod log;
pub mod schemas;
pub mod simulation;
pub mod system;
pub mod views;
