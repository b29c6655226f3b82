//! What the whole-system tests share: a DynamoDB to run against, and faults to inject between it and the functions.

pub mod engine;
pub mod faults;
