//! How many seats of a pool are sold and held, and until when.

use domain::booking::seat_availability::Event;
use read_model::PoolDoc;

/// The pool after one more event; none before it was opened.
pub(crate) fn apply(doc: Option<PoolDoc>, event: &Event) -> Option<PoolDoc> {
    if let Event::PoolOpened { quota } = event {
        return Some(PoolDoc {
            quota: *quota,
            ..PoolDoc::default()
        });
    }
    let mut doc = doc?;
    match *event {
        Event::PoolOpened { quota } | Event::QuotaChanged { quota, .. } => doc.quota = quota,
        Event::SeatsReserved {
            quantity, until, ..
        } => doc.hold(quantity, until),
        Event::HoldExtended {
            quantity,
            from,
            until,
            ..
        } => {
            doc.end_hold(quantity, from);
            doc.hold(quantity, until);
        }
        Event::HoldExpired {
            quantity, until, ..
        }
        | Event::HoldReleased {
            quantity, until, ..
        } => doc.end_hold(quantity, until),
        Event::SeatsCommitted {
            quantity, until, ..
        } => {
            doc.end_hold(quantity, until);
            doc.sold += quantity;
        }
        Event::SeatsRecovered { quantity, .. } => doc.sold += quantity,
        Event::SeatsReturned { quantity, .. } => doc.sold = doc.sold.saturating_sub(quantity),
    }
    Some(doc)
}

#[cfg(test)]
mod tests {
    use shared::{OrderId, Timestamp};
    use uuid::Uuid;

    use super::*;

    const ORDER: OrderId = OrderId(Uuid::from_u128(1));

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    fn reserved(quantity: u32, until: i64) -> Event {
        Event::SeatsReserved {
            order_id: ORDER,
            quantity,
            until: minute(until),
        }
    }

    /// Remaining, held and sold at a minute, of ten seats.
    fn then(events: &[Event], at: i64) -> (u32, u32, u32) {
        let opened = apply(None, &Event::PoolOpened { quota: 10 });
        let doc = events.iter().fold(opened, apply).unwrap();
        (doc.remaining(minute(at)), doc.held(minute(at)), doc.sold)
    }

    #[test]
    fn nothing_is_shown_before_the_pool_was_opened() {
        assert_eq!(apply(None, &reserved(1, 15)), None);
    }

    #[test]
    fn held_seats_are_free_again_when_their_time_is_over() {
        let events = [reserved(3, 15), reserved(2, 20)];
        assert_eq!(then(&events, 14), (5, 5, 0));
        assert_eq!(then(&events, 15), (8, 2, 0));
        assert_eq!(then(&events, 20), (10, 0, 0));
    }

    #[test]
    fn the_release_of_a_hold_that_is_over_changes_nothing_that_is_shown() {
        let expired = Event::HoldExpired {
            order_id: ORDER,
            quantity: 3,
            until: minute(15),
        };
        assert_eq!(then(&[reserved(3, 15)], 16), (10, 0, 0));
        assert_eq!(then(&[reserved(3, 15), expired], 16), (10, 0, 0));
    }

    #[test]
    fn an_extended_hold_runs_on() {
        let extended = Event::HoldExtended {
            order_id: ORDER,
            quantity: 3,
            from: minute(15),
            until: minute(30),
        };
        assert_eq!(then(&[reserved(3, 15), extended.clone()], 29), (7, 3, 0));
        assert_eq!(then(&[reserved(3, 15), extended], 30), (10, 0, 0));
    }

    #[test]
    fn sold_seats_stay_taken_until_they_are_returned() {
        let committed = Event::SeatsCommitted {
            order_id: ORDER,
            quantity: 3,
            until: minute(15),
        };
        let returned = Event::SeatsReturned {
            order_id: ORDER,
            quantity: 1,
        };
        assert_eq!(then(&[reserved(3, 15), committed.clone()], 60), (7, 0, 3));
        assert_eq!(then(&[reserved(3, 15), committed, returned], 60), (8, 0, 2));
    }

    #[test]
    fn recovered_seats_are_sold_without_being_held_as_they_were_when_that_took_two_events() {
        let expired = Event::HoldExpired {
            order_id: ORDER,
            quantity: 3,
            until: minute(15),
        };
        let recovered = Event::SeatsRecovered {
            order_id: ORDER,
            quantity: 3,
        };
        let committed = Event::SeatsCommitted {
            order_id: ORDER,
            quantity: 3,
            until: minute(20),
        };
        let over = [reserved(3, 15), expired];
        let now = [&over[..], &[recovered]].concat();
        let before = [&over[..], &[reserved(3, 20), committed]].concat();
        assert_eq!(then(&now, 20), (7, 0, 3));
        assert_eq!(then(&before, 20), (7, 0, 3));
    }

    #[test]
    fn a_hold_given_back_in_part_keeps_the_rest() {
        let released = Event::HoldReleased {
            order_id: ORDER,
            quantity: 1,
            until: minute(15),
        };
        assert_eq!(then(&[reserved(3, 15), released], 1), (8, 2, 0));
    }

    #[test]
    fn the_quota_may_change() {
        assert_eq!(
            then(
                &[
                    reserved(3, 15),
                    Event::QuotaChanged {
                        from: Some(10),
                        quota: 4
                    }
                ],
                1
            ),
            (1, 3, 0)
        );
    }
}
