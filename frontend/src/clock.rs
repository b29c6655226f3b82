//! The server's clock, from the `Date` header of its answers: a countdown must not depend on the device being on time.

use leptos::prelude::*;
use shared::Timestamp;

use crate::browser::device_now;

/// The server's clock.
#[derive(Clone, Copy)]
pub struct Clock(StoredValue<Offset>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new(Offset::UNKNOWN))
    }

    /// Now, by the server: the latest it can be, so that a countdown never promises time that there is not.
    pub fn now(&self) -> Timestamp {
        let offset = self.0.try_get_value().unwrap_or(Offset::UNKNOWN);
        Timestamp::from_millis((device_now() + offset.at_most()) as i64)
    }

    /// Milliseconds from now to then; negative once it is past.
    pub fn until(&self, then: Timestamp) -> i64 {
        then.millis() - self.now().millis()
    }

    /// Learn from an answer: when it was asked for and received by this device, and its `Date` header.
    pub(crate) fn observe(&self, asked: f64, received: f64, date: &str) {
        let server_second = js_sys::Date::parse(date);
        if server_second.is_finite() {
            self.0.try_update_value(|offset| {
                *offset = offset.narrowed(asked, received, server_second)
            });
        }
    }
}

/// How far the server's clock may be ahead of this device's, in milliseconds.
///
/// A `Date` header names a whole second, so one answer leaves a second of doubt plus its travel time; each further
/// answer cuts the interval down.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Offset {
    least: f64,
    most: f64,
}

impl Offset {
    const UNKNOWN: Self = Self {
        least: f64::NEG_INFINITY,
        most: f64::INFINITY,
    };

    fn narrowed(self, asked: f64, received: f64, server_second: f64) -> Self {
        let seen = Self {
            least: server_second - received,
            most: server_second + 1000.0 - asked,
        };
        let both = Self {
            least: self.least.max(seen.least),
            most: self.most.min(seen.most),
        };
        // Nothing in common: one of the clocks was set in between, so only the newer observation counts.
        if both.least <= both.most { both } else { seen }
    }

    /// Before the first answer the device is believed.
    fn at_most(self) -> f64 {
        if self == Self::UNKNOWN {
            0.0
        } else {
            self.most
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The device is 5 s behind the server; answers take 40 ms each way.
    fn after(observations: &[f64]) -> Offset {
        observations.iter().fold(Offset::UNKNOWN, |offset, asked| {
            let server_second = ((asked + 40.0 + 5000.0) / 1000.0).floor() * 1000.0;
            offset.narrowed(*asked, asked + 80.0, server_second)
        })
    }

    #[test]
    fn each_answer_narrows_the_doubt_around_the_true_offset() {
        let one = after(&[100_000.0]);
        let three = after(&[100_000.0, 100_330.0, 100_940.0]);
        for offset in [one, three] {
            assert!(offset.least <= 5000.0 && 5000.0 <= offset.most);
        }
        assert!(three.most - three.least < one.most - one.least);
        assert!(three.at_most() < 5200.0);
    }

    #[test]
    fn a_clock_that_was_set_anew_is_believed() {
        let before = after(&[100_000.0, 100_330.0]);
        let now = before.narrowed(200_000.0, 200_080.0, 200_000.0);
        assert_eq!(now.at_most(), 1000.0);
    }

    #[test]
    fn before_the_first_answer_the_device_is_believed() {
        assert_eq!(Offset::UNKNOWN.at_most(), 0.0);
    }
}
