//! The query function on a real engine: what it shows, to whom, and as of when.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod accounts;
mod booking;
mod insight;
mod log;
mod organizer;
mod promo_codes;
mod world;
