//! The projector on a real engine: whatever comes in whatever order, and however often, the rows are the same.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod accounts;
mod faults;
mod promo_codes;
mod streams;
mod world;
