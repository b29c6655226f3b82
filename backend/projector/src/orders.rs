//! Orders as their owners see them, each with its timeline: one entry per event.

use domain::Personal;
use domain::booking::order::{Event, PlacedLine};
use read_model::{OrderDoc, OrderPhase};
use shared::{
    Currency, Money, Timestamp,
    views::{Attendee, Happened, OrderLine, OrderedSeat, SeatStatus, TimelineEntry},
};

/// The order after one more event; none before it was placed.
pub(crate) fn apply(
    doc: Option<OrderDoc>,
    version: u64,
    at: Timestamp,
    event: &Event,
) -> Option<OrderDoc> {
    let mut doc = match event {
        Event::OrderPlaced {
            order_id,
            conference_id,
            booked_by,
            locator,
            currency,
            lines,
            contact: _,
        } => OrderDoc {
            order_id: *order_id,
            conference_id: *conference_id,
            owner: booked_by.clone(),
            locator: locator.clone(),
            currency: *currency,
            placed_at: at,
            phase: OrderPhase::Asked,
            lines: (1..)
                .zip(lines)
                .map(|(number, line)| placed_line(number, line, *currency))
                .collect(),
            timeline: Vec::new(),
        },
        Event::OrderReserved { .. }
        | Event::OrderPartlyReserved { .. }
        | Event::OrderHoldExtended { .. }
        | Event::AttendeeAssigned { .. }
        | Event::OrderSeatsRecovered { .. }
        | Event::OrderConfirmed {}
        | Event::OrderSeatsCancelled { .. }
        | Event::OrderCancelled {} => doc?,
    };
    let what = happened(&mut doc, event);
    doc.timeline.push(TimelineEntry { version, at, what });
    Some(doc)
}

fn placed_line(number: u32, line: &PlacedLine, currency: Currency) -> OrderLine {
    OrderLine {
        line: number,
        seat_type_id: line.seat_type_id,
        name: line.name.clone(),
        unit_price: Money {
            minor: line.unit_price.get().into(),
            currency,
        },
        requested: line.requested,
        seats: Vec::new(),
    }
}

/// Change the order as the event says, and say what its timeline shows of it.
fn happened(doc: &mut OrderDoc, event: &Event) -> Happened {
    match event {
        Event::OrderPlaced { lines, .. } => Happened::Placed {
            requested: lines.iter().map(|line| line.requested).sum(),
        },
        Event::OrderReserved { granted, until } | Event::OrderPartlyReserved { granted, until } => {
            for (line, granted) in doc.lines.iter_mut().zip(granted) {
                line.seats = (1..=*granted).map(held_seat).collect();
            }
            doc.phase = OrderPhase::Held {
                until: *until,
                extended: false,
            };
            Happened::SeatsHeld {
                seats: granted.iter().sum(),
                until: *until,
            }
        }
        Event::OrderHoldExtended { until } => {
            doc.phase = OrderPhase::Held {
                until: *until,
                extended: true,
            };
            Happened::HoldExtended { until: *until }
        }
        Event::AttendeeAssigned {
            line,
            seat,
            attendee,
        } => {
            let (line, seat) = (*line, *seat);
            // Not whether a name is shown: it may have been forgotten.
            let again = doc.timeline.iter().any(|entry| {
                matches!(entry.what, Happened::AttendeeAssigned { line: l, seat: s, .. } if (l, s) == (line, seat))
            });
            if let Some(seat) = seat_mut(doc, line, seat) {
                seat.attendee = in_clear(attendee);
            }
            Happened::AttendeeAssigned { line, seat, again }
        }
        Event::OrderSeatsRecovered { seats } => Happened::SeatsRecovered { seats: *seats },
        Event::OrderConfirmed {} => {
            doc.phase = OrderPhase::Confirmed;
            for seat in live_seats(doc) {
                seat.status = SeatStatus::Confirmed;
            }
            Happened::Confirmed
        }
        Event::OrderSeatsCancelled { line, seats } => {
            for seat in seats {
                if let Some(seat) = seat_mut(doc, *line, *seat) {
                    seat.status = SeatStatus::Cancelled;
                }
            }
            let unit_price = line_mut(doc, *line).map_or(0, |line| line.unit_price.minor);
            let value = Money {
                minor: unit_price * seats.len() as i64,
                currency: doc.currency,
            };
            Happened::SeatsCancelled {
                line: *line,
                seats: seats.clone(),
                value,
            }
        }
        Event::OrderCancelled {} => {
            doc.phase = OrderPhase::Cancelled;
            for seat in live_seats(doc) {
                seat.status = SeatStatus::Cancelled;
            }
            Happened::Cancelled
        }
    }
}

fn held_seat(seat: u32) -> OrderedSeat {
    OrderedSeat {
        seat,
        status: SeatStatus::Held,
        attendee: None,
    }
}

/// What was opened for the view; what is still sealed belongs to somebody who was forgotten.
fn in_clear(personal: &Personal) -> Option<Attendee> {
    match personal {
        Personal::Clear(_, attendee) => Some(attendee.clone()),
        Personal::Sealed(_) => None,
    }
}

fn live_seats(doc: &mut OrderDoc) -> impl Iterator<Item = &mut OrderedSeat> {
    doc.lines
        .iter_mut()
        .flat_map(|line| &mut line.seats)
        .filter(|seat| seat.status != SeatStatus::Cancelled)
}

fn line_mut(doc: &mut OrderDoc, line: u32) -> Option<&mut OrderLine> {
    doc.lines.iter_mut().find(|known| known.line == line)
}

fn seat_mut(doc: &mut OrderDoc, line: u32, seat: u32) -> Option<&mut OrderedSeat> {
    let line = line_mut(doc, line)?;
    line.seats.iter_mut().find(|known| known.seat == seat)
}

#[cfg(test)]
mod tests {
    use domain::Sealed;
    use shared::{ConferenceId, OrderId, PersonId, SeatTypeId, text::Price};
    use uuid::Uuid;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    fn placed() -> Event {
        let line = |type_id, requested| PlacedLine {
            seat_type_id: SeatTypeId(Uuid::from_u128(type_id)),
            name: "Standard".parse().unwrap(),
            unit_price: Price::try_from(12_000).unwrap(),
            requested,
        };
        Event::OrderPlaced {
            order_id: OrderId(Uuid::from_u128(1)),
            conference_id: ConferenceId(Uuid::from_u128(2)),
            booked_by: ada(),
            contact: None,
            locator: "ABC234".into(),
            currency: Currency::EUR,
            lines: vec![line(3, 2), line(4, 2)],
        }
    }

    fn held() -> Event {
        Event::OrderPartlyReserved {
            granted: vec![2, 1],
            until: at(15),
        }
    }

    fn ada() -> PersonId {
        PersonId("ada".into())
    }

    fn assigned(name: Option<&str>) -> Event {
        let attendee = match name {
            Some(name) => Personal::Clear(
                ada(),
                Attendee {
                    name: name.parse().unwrap(),
                    email: None,
                },
            ),
            None => Personal::Sealed(Sealed {
                under: ada(),
                sealed: "0000".into(),
            }),
        };
        Event::AttendeeAssigned {
            line: 1,
            seat: 2,
            attendee,
        }
    }

    fn given(events: &[Event]) -> Option<OrderDoc> {
        (1..).zip(events).fold(None, |doc, (version, event)| {
            apply(doc, version, at(version as i64), event)
        })
    }

    fn statuses(doc: &OrderDoc) -> Vec<Vec<SeatStatus>> {
        let of = |line: &OrderLine| line.seats.iter().map(|seat| seat.status).collect();
        doc.lines.iter().map(of).collect()
    }

    fn last(doc: &OrderDoc) -> Happened {
        doc.timeline.last().unwrap().what.clone()
    }

    use SeatStatus::{Cancelled, Confirmed, Held};

    #[test]
    fn nothing_is_shown_before_it_was_placed() {
        assert_eq!(given(&[held()]), None);
    }

    #[test]
    fn a_placed_order_shows_what_was_asked_for_and_what_was_granted() {
        let doc = given(&[placed(), held()]).unwrap();
        assert_eq!(doc.placed_at, at(1));
        assert_eq!((doc.lines[1].line, doc.lines[1].requested), (2, 2));
        assert_eq!(statuses(&doc), [vec![Held, Held], vec![Held]]);
        let held = OrderPhase::Held {
            until: at(15),
            extended: false,
        };
        assert_eq!(doc.phase, held);
        let timeline: Vec<_> = doc.timeline.into_iter().map(|entry| entry.what).collect();
        let seats_held = Happened::SeatsHeld {
            seats: 3,
            until: at(15),
        };
        assert_eq!(timeline, [Happened::Placed { requested: 4 }, seats_held]);
    }

    #[test]
    fn each_event_is_one_entry_of_the_timeline_with_its_version_and_time() {
        let doc = given(&[placed(), held(), Event::OrderConfirmed {}]).unwrap();
        let entries = doc.timeline.iter().map(|entry| (entry.version, entry.at));
        assert_eq!(
            entries.collect::<Vec<_>>(),
            [(1, at(1)), (2, at(2)), (3, at(3))]
        );
    }

    #[test]
    fn an_extended_hold_says_so() {
        let doc = given(&[placed(), held(), Event::OrderHoldExtended { until: at(30) }]).unwrap();
        let held = OrderPhase::Held {
            until: at(30),
            extended: true,
        };
        assert_eq!(doc.phase, held);
        assert_eq!(last(&doc), Happened::HoldExtended { until: at(30) });
    }

    #[test]
    fn the_last_attendee_named_for_a_seat_is_shown() {
        let events = [
            placed(),
            held(),
            assigned(Some("Ada")),
            assigned(Some("Grace")),
        ];
        let doc = given(&events).unwrap();
        let attendee = doc.lines[0].seats[1].attendee.clone();
        assert_eq!(attendee.unwrap().name.as_str(), "Grace");
        assert_eq!(doc.lines[0].seats[0].attendee, None);
        let again = |again| Happened::AttendeeAssigned {
            line: 1,
            seat: 2,
            again,
        };
        assert_eq!(doc.timeline[2].what, again(false));
        assert_eq!(doc.timeline[3].what, again(true));
    }

    #[test]
    fn a_name_that_was_forgotten_is_not_shown() {
        let doc = given(&[placed(), held(), assigned(None)]).unwrap();
        assert_eq!(doc.lines[0].seats[1].attendee, None);
    }

    #[test]
    fn seats_given_up_stay_so_when_the_order_is_confirmed() {
        let given_up = Event::OrderSeatsCancelled {
            line: 1,
            seats: vec![1],
        };
        let doc = given(&[placed(), held(), given_up, Event::OrderConfirmed {}]).unwrap();
        assert_eq!(
            statuses(&doc),
            [vec![Cancelled, Confirmed], vec![Confirmed]]
        );
        let value = Money {
            minor: 12_000,
            currency: Currency::EUR,
        };
        let seats_cancelled = Happened::SeatsCancelled {
            line: 1,
            seats: vec![1],
            value,
        };
        assert_eq!(doc.timeline[2].what, seats_cancelled);
        assert_eq!(last(&doc), Happened::Confirmed);
    }

    #[test]
    fn a_recovered_hold_says_how_many_seats_were_taken_again() {
        let recovered = Event::OrderSeatsRecovered { seats: 3 };
        let doc = given(&[placed(), held(), recovered]).unwrap();
        assert_eq!(last(&doc), Happened::SeatsRecovered { seats: 3 });
    }

    #[test]
    fn a_cancelled_order_has_no_seat_left() {
        let events = [
            placed(),
            held(),
            Event::OrderConfirmed {},
            Event::OrderCancelled {},
        ];
        let doc = given(&events).unwrap();
        assert_eq!(doc.phase, OrderPhase::Cancelled);
        assert_eq!(
            statuses(&doc),
            [vec![Cancelled, Cancelled], vec![Cancelled]]
        );
    }
}
