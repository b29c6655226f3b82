//! How bookings of a conference go: counters that its orders feed.
//!
//! | part | counters |
//! |---|---|
//! | [`FUNNEL`] | how many orders came how far |
//! | [`day`] | what was sold and given up on a day |
//! | [`minute`] | how many holds run out in a minute |
//!
//! That a hold ran out is no event of its order: its time is just over. So holds are counted by the minute in which they
//! end, and expired is whatever is neither settled nor runs any more.

use serde::{Deserialize, Serialize};
use shared::{ConferenceId, Timestamp};

use crate::{Day, Document, Index};

/// The part that says how many orders came how far.
pub const FUNNEL: &str = "funnel";
/// Of it: orders that were given seats to hold.
pub const HELD: &str = "held";
/// Of it: those whose price was asked of an account.
pub const PAYMENT_REQUESTED: &str = "payment_requested";
/// Of it: those that were declined at least once.
pub const DECLINED: &str = "declined";
/// Of it: those confirmed.
pub const CONFIRMED: &str = "confirmed";
/// Of it: those given back as a whole.
pub const CANCELLED: &str = "cancelled";
/// Of it: those neither confirmed nor given back.
pub const UNSETTLED: &str = "unsettled";

/// Of a day: seats confirmed.
pub const SOLD: &str = "sold";
/// Of a day: seats given up after they were confirmed.
pub const GIVEN_UP: &str = "given_up";
/// Of a day: minor units, the price of the former less that of the latter.
pub const REVENUE: &str = "revenue";

/// Of a minute: holds that end in it.
pub const HOLDS: &str = "holds";

/// The part of a day.
pub fn day(at: Timestamp) -> String {
    format!("day#{}", Day::of(at).text())
}

/// The day of such a part.
pub fn day_of(part: &str) -> Option<&str> {
    part.strip_prefix("day#")
}

/// The part of the minute that is the first to be over once a hold until then is.
pub fn minute(until: Timestamp) -> String {
    const MINUTE: i64 = 60_000;
    let minutes = until.millis().div_euclid(MINUTE) + i64::from(until.millis() % MINUTE != 0);
    minute_at(Timestamp::from_millis(minutes * MINUTE))
}

/// The part of the minute that a point in time is in: what runs then ends in a later one.
pub fn minute_at(at: Timestamp) -> String {
    let text = at.to_string();
    format!("hold#{}", &text[.."2027-05-18T09:30".len()])
}

/// What is remembered of an order to count it. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedOrder {
    pub conference_id: ConferenceId,
    pub lines: Vec<CountedLine>,
    /// Until when its seats are held, while it is neither confirmed nor given back.
    pub held_until: Option<Timestamp>,
    pub payment_requested: bool,
    pub declined: bool,
    pub confirmed: bool,
}

/// A line of it. A storage format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedLine {
    /// Minor units: what each of its seats costs with its discounts.
    pub seat_price: i64,
    /// Its seats that are held or confirmed.
    pub seats: u32,
}

impl Document for CountedOrder {
    const INDEXES: &'static [Index] = &[];

    fn index_attributes(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}
