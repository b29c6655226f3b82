//! What the whole-system tests share: a DynamoDB to run against, faults to inject between it and the functions, the log
//! as stream records, and the views as they are stored.

pub mod engine;
pub mod faults;
pub mod log;
pub mod system;
pub mod views;
