//! At which hours of the day the seats of a conference are taken: 24 counters, named by the hour, that its pools feed.

/// The part of a conference's counters that the hours are in.
pub const HOURS: &str = "hours";
