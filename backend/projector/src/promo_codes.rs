//! Promo codes: what they do, and how many orders use them.

use domain::booking::promo_code::Event;
use read_model::PromoCodeDoc;
use shared::{ConferenceId, text::PromoCode};

/// The code after one more event; none before it was added.
pub(crate) fn apply(
    doc: Option<PromoCodeDoc>,
    (conference_id, code): (ConferenceId, &PromoCode),
    event: &Event,
) -> Option<PromoCodeDoc> {
    if let Event::PromoCodeAdded { terms } = event {
        let terms = terms.clone();
        return Some(PromoCodeDoc {
            conference_id,
            code: code.clone(),
            discount: terms.discount,
            seat_type_ids: terms.seat_type_ids,
            max_uses: terms.max_uses,
            valid_from: terms.valid_from,
            valid_until: terms.valid_until,
            combinable: terms.combinable,
            withdrawn: false,
            used: 0,
            holds: Default::default(),
        });
    }
    let mut doc = doc?;
    match event {
        Event::PromoCodeAdded { .. } => {}
        Event::PromoCodeWithdrawn {} => doc.withdrawn = true,
        Event::UseReserved { order_id, until } | Event::UseExtended { order_id, until } => {
            doc.holds.insert(*order_id, *until);
        }
        Event::UseExpired { order_id } => {
            doc.holds.remove(order_id);
        }
        Event::UseCommitted { order_id } => {
            doc.holds.remove(order_id);
            doc.used += 1;
        }
        // Of an order that holds it, or of one that was confirmed with it.
        Event::UseReleased { order_id } => {
            if doc.holds.remove(order_id).is_none() {
                doc.used = doc.used.saturating_sub(1);
            }
        }
    }
    Some(doc)
}

#[cfg(test)]
mod tests {
    use domain::booking::promo_code::Terms;
    use shared::{OrderId, Timestamp, requests::Discount};
    use uuid::Uuid;

    use super::*;

    const CONFERENCE: ConferenceId = ConferenceId(Uuid::from_u128(1));

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    fn order(number: u128) -> OrderId {
        OrderId(Uuid::from_u128(number))
    }

    fn added() -> Event {
        Event::PromoCodeAdded {
            terms: Terms {
                discount: Discount::Percent(20.try_into().unwrap()),
                seat_type_ids: Vec::new(),
                max_uses: Some(10.try_into().unwrap()),
                valid_from: None,
                valid_until: Some(minute(500)),
                combinable: true,
            },
        }
    }

    fn reserved(number: u128, until: i64) -> Event {
        Event::UseReserved {
            order_id: order(number),
            until: minute(until),
        }
    }

    fn committed(number: u128) -> Event {
        Event::UseCommitted {
            order_id: order(number),
        }
    }

    fn released(number: u128) -> Event {
        Event::UseReleased {
            order_id: order(number),
        }
    }

    fn given(events: &[Event]) -> Option<PromoCodeDoc> {
        let code: PromoCode = "EARLY-BIRD".parse().unwrap();
        let apply = |doc, event| apply(doc, (CONFERENCE, &code), event);
        events.iter().fold(None, apply)
    }

    /// Used and held at a minute, after the code was added and these things happened.
    fn uses(events: &[Event], at: i64) -> (u32, u32) {
        let events: Vec<Event> = [added()].into_iter().chain(events.to_vec()).collect();
        let doc = given(&events).unwrap();
        (doc.used, doc.held(minute(at)))
    }

    #[test]
    fn nothing_is_shown_before_it_was_added() {
        assert_eq!(given(&[reserved(1, 15)]), None);
    }

    #[test]
    fn a_code_shows_its_terms_and_whether_it_was_withdrawn() {
        let doc = given(&[added()]).unwrap();
        assert_eq!(doc.code.as_str(), "EARLY-BIRD");
        assert_eq!(doc.valid_until, Some(minute(500)));
        assert!(doc.combinable && !doc.withdrawn);
        assert!(
            given(&[added(), Event::PromoCodeWithdrawn {}])
                .unwrap()
                .withdrawn
        );
    }

    #[test]
    fn a_use_is_held_until_its_time_is_over_whether_it_was_released_or_not() {
        assert_eq!(uses(&[reserved(1, 15)], 14), (0, 1));
        assert_eq!(uses(&[reserved(1, 15)], 15), (0, 0));
        let expired = Event::UseExpired { order_id: order(1) };
        assert_eq!(uses(&[reserved(1, 15), expired], 16), (0, 0));
    }

    #[test]
    fn an_extended_hold_runs_on() {
        let extended = Event::UseExtended {
            order_id: order(1),
            until: minute(30),
        };
        assert_eq!(uses(&[reserved(1, 15), extended], 29), (0, 1));
    }

    #[test]
    fn a_confirmed_order_uses_it_for_good_also_after_its_hold_ran_out() {
        assert_eq!(uses(&[reserved(1, 15), committed(1)], 99), (1, 0));
        let expired = Event::UseExpired { order_id: order(1) };
        assert_eq!(uses(&[reserved(1, 15), expired, committed(1)], 99), (1, 0));
    }

    #[test]
    fn a_use_given_back_is_taken_off_where_it_was_counted() {
        let both = [reserved(1, 15), committed(1), reserved(2, 15)];
        let then = |last| uses(&[&both[..], &[last]].concat(), 1);
        assert_eq!(then(released(1)), (0, 1));
        assert_eq!(then(released(2)), (1, 0));
    }
}
