//! Orders as their owners see them, each with its timeline: one entry per event.

use domain::Personal;
use domain::booking::{
    self, Booking,
    order::{Event, PlacedLine},
};
use read_model::{LineDoc, OrderDoc, OrderPhase, PaymentDoc, View};
use shared::{
    Currency, Money, OrderId, PaymentId, Timestamp,
    views::{Attendee, Happened, LineDiscount, OrderedSeat, SeatStatus, TimelineEntry},
};

use crate::follower::{Follower, RowAlone};

/// The row of an order.
pub(crate) fn row(
    rows: View<OrderDoc>,
    id: OrderId,
) -> impl Follower<Booking, Doc = OrderDoc, Along = ()> {
    RowAlone::new::<Booking>(rows, OrderDoc::key(id), |doc, recorded| {
        let booking::Event::Order(event) = recorded.event else {
            return doc;
        };
        apply(doc, recorded.version, recorded.at, event)
    })
}

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
            payment: None,
            timeline: Vec::new(),
        },
        Event::OrderReserved { .. }
        | Event::OrderPartlyReserved { .. }
        | Event::OrderHoldExtended { .. }
        | Event::AttendeeAssigned { .. }
        | Event::OrderSeatsRecovered { .. }
        | Event::OrderPaymentRequested { .. }
        | Event::OrderFunded {}
        | Event::OrderPaymentDeclined { .. }
        | Event::OrderConfirmed { .. }
        | Event::OrderSeatsCancelled { .. }
        | Event::OrderCancelled { .. }
        | Event::OrderRefundDue { .. }
        | Event::OrderRefunded { .. } => doc?,
    };
    let what = happened(&mut doc, event);
    doc.timeline.push(TimelineEntry { version, at, what });
    Some(doc)
}

fn placed_line(number: u32, line: &PlacedLine, currency: Currency) -> LineDoc {
    let money = |minor: u32| Money {
        minor: minor.into(),
        currency,
    };
    let discounts = line.discounts.iter().map(|discount| LineDiscount {
        code: discount.code.clone(),
        per_seat: money(discount.per_seat),
    });
    LineDoc {
        line: number,
        seat_type_id: line.seat_type_id,
        name: line.name.clone(),
        unit_price: money(line.unit_price.get()),
        discounts: discounts.collect(),
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
        Event::OrderPaymentRequested {
            payment_id, amount, ..
        } => {
            doc.payment = Some(PaymentDoc {
                payment_id: *payment_id,
                amount: *amount,
                taken: false,
            });
            if let OrderPhase::Held { until, extended } = doc.phase {
                doc.phase = OrderPhase::AwaitingPayment { until, extended };
            }
            Happened::PaymentRequested { amount: *amount }
        }
        Event::OrderFunded {} => Happened::MoneyArrived,
        Event::OrderPaymentDeclined {
            payment_id,
            decline,
        } => {
            if let OrderPhase::AwaitingPayment { until, extended } = doc.phase
                && payment_mut(doc, *payment_id).is_some()
            {
                doc.phase = OrderPhase::Held { until, extended };
            }
            Happened::PaymentDeclined {
                reason: decline.reason(),
                shortfall: decline.shortfall(doc.currency),
            }
        }
        Event::OrderConfirmed { payment_id } => {
            doc.phase = OrderPhase::Confirmed;
            if let Some(payment) = payment_id.and_then(|id| payment_mut(doc, id)) {
                payment.taken = true;
            }
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
            let price = line_mut(doc, *line).map_or(0, |line| line.seat_price().minor);
            let value = Money {
                minor: price * seats.len() as i64,
                currency: doc.currency,
            };
            Happened::SeatsCancelled {
                line: *line,
                seats: seats.clone(),
                value,
            }
        }
        Event::OrderCancelled { with_conference } => {
            close(doc, OrderPhase::Cancelled);
            if *with_conference {
                Happened::ConferenceCancelled
            } else {
                Happened::Cancelled
            }
        }
        Event::OrderRefundDue {
            payment_id,
            amount,
            reason,
            ..
        } => {
            if let Some(payment) = payment_mut(doc, *payment_id) {
                payment.amount.minor -= amount.minor;
                if let OrderPhase::AwaitingPayment { .. } = doc.phase {
                    close(doc, OrderPhase::Refunded);
                }
            }
            Happened::RefundDue {
                amount: *amount,
                reason: *reason,
            }
        }
        Event::OrderRefunded { amount, .. } => Happened::Refunded { amount: *amount },
    }
}

/// No seat is left, whatever the reason.
fn close(doc: &mut OrderDoc, phase: OrderPhase) {
    doc.phase = phase;
    for seat in live_seats(doc) {
        seat.status = SeatStatus::Cancelled;
    }
}

/// The payment that was asked for last, if it is this one. An earlier one was declined, or goes back as a whole.
fn payment_mut(doc: &mut OrderDoc, id: PaymentId) -> Option<&mut PaymentDoc> {
    let last = doc.payment.as_mut();
    last.filter(|payment| payment.payment_id == id)
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

fn line_mut(doc: &mut OrderDoc, line: u32) -> Option<&mut LineDoc> {
    doc.lines.iter_mut().find(|known| known.line == line)
}

fn seat_mut(doc: &mut OrderDoc, line: u32, seat: u32) -> Option<&mut OrderedSeat> {
    let line = line_mut(doc, line)?;
    line.seats.iter_mut().find(|known| known.seat == seat)
}

#[cfg(test)]
mod tests {
    use domain::{Decline, Sealed, booking::order};
    use shared::{
        ConferenceId, OrderId, PersonId, RefundId, SeatTypeId, account::DeclineReason, text::Price,
        views::RefundReason,
    };
    use uuid::Uuid;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    fn placed() -> Event {
        let line = |type_id, requested, discounts| PlacedLine {
            seat_type_id: SeatTypeId(Uuid::from_u128(type_id)),
            name: "Standard".parse().unwrap(),
            unit_price: Price::try_from(12_000).unwrap(),
            requested,
            discounts,
        };
        let off = |code: &str, per_seat| order::LineDiscount {
            code: code.parse().unwrap(),
            per_seat,
        };
        Event::OrderPlaced {
            order_id: OrderId(Uuid::from_u128(1)),
            conference_id: ConferenceId(Uuid::from_u128(2)),
            booked_by: ada(),
            contact: None,
            locator: "ABC234".into(),
            currency: Currency::EUR,
            lines: vec![
                line(3, 2, Vec::new()),
                line(4, 2, vec![off("TENTH", 1_200), off("FIVER", 500)]),
            ],
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

    fn euros(minor: i64) -> Money {
        Money {
            minor,
            currency: Currency::EUR,
        }
    }

    fn requested(payment: u128, minor: i64) -> Event {
        Event::OrderPaymentRequested {
            payment_id: PaymentId(Uuid::from_u128(payment)),
            order_id: OrderId(Uuid::from_u128(1)),
            conference_id: ConferenceId(Uuid::from_u128(2)),
            payer: ada(),
            amount: euros(minor),
        }
    }

    fn declined(payment: u128) -> Event {
        Event::OrderPaymentDeclined {
            payment_id: PaymentId(Uuid::from_u128(payment)),
            decline: Decline::InsufficientFunds {
                shortfall: euros(300),
            },
        }
    }

    fn confirmed_by(payment: u128) -> Event {
        Event::OrderConfirmed {
            payment_id: Some(PaymentId(Uuid::from_u128(payment))),
        }
    }

    fn refund_due(payment: u128, minor: i64, reason: RefundReason) -> Event {
        Event::OrderRefundDue {
            refund_id: RefundId(Uuid::from_u128(9)),
            payment_id: PaymentId(Uuid::from_u128(payment)),
            order_id: OrderId(Uuid::from_u128(1)),
            conference_id: ConferenceId(Uuid::from_u128(2)),
            payee: ada(),
            amount: euros(minor),
            reason,
        }
    }

    /// What was paid and is not going back.
    fn paid(doc: &OrderDoc) -> Option<i64> {
        let taken = doc.payment.filter(|payment| payment.taken);
        taken.map(|payment| payment.amount.minor)
    }

    fn given(events: &[Event]) -> Option<OrderDoc> {
        (1..).zip(events).fold(None, |doc, (version, event)| {
            apply(doc, version, at(version as i64), event)
        })
    }

    fn statuses(doc: &OrderDoc) -> Vec<Vec<SeatStatus>> {
        let of = |line: &LineDoc| line.seats.iter().map(|seat| seat.status).collect();
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
        let doc = given(&[placed(), held(), Event::OrderConfirmed { payment_id: None }]).unwrap();
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
        let doc = given(&[
            placed(),
            held(),
            given_up,
            Event::OrderConfirmed { payment_id: None },
        ])
        .unwrap();
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
            Event::OrderConfirmed { payment_id: None },
            Event::OrderCancelled {
                with_conference: false,
            },
        ];
        let doc = given(&events).unwrap();
        assert_eq!(doc.phase, OrderPhase::Cancelled);
        assert_eq!(
            statuses(&doc),
            [vec![Cancelled, Cancelled], vec![Cancelled]]
        );
    }

    #[test]
    fn an_order_cancelled_with_its_conference_says_so() {
        let cancelled = Event::OrderCancelled {
            with_conference: true,
        };
        let doc = given(&[placed(), held(), cancelled]).unwrap();
        assert_eq!(doc.phase, OrderPhase::Cancelled);
        assert_eq!(last(&doc), Happened::ConferenceCancelled);
    }

    #[test]
    fn discounts_stand_line_by_line_and_seats_are_worth_what_is_left() {
        let given_up = Event::OrderSeatsCancelled {
            line: 2,
            seats: vec![1],
        };
        let doc = given(&[placed(), held(), given_up]).unwrap();
        let codes = |line: &LineDoc| {
            line.discounts
                .iter()
                .map(|off| off.code.to_string())
                .collect()
        };
        let codes: Vec<Vec<_>> = doc.lines.iter().map(codes).collect();
        assert_eq!(
            codes,
            [vec![], vec!["TENTH".to_owned(), "FIVER".to_owned()]]
        );
        let Happened::SeatsCancelled { value, .. } = last(&doc) else {
            panic!("{:?}", last(&doc));
        };
        assert_eq!(value, euros(10_300));
        assert_eq!((doc.lines[1].seat_price(), doc.lines[1].live()), (value, 0));
    }

    #[test]
    fn nothing_is_paid_before_the_account_has_paid() {
        let doc = given(&[placed(), held(), requested(5, 34_300)]).unwrap();
        let awaiting = OrderPhase::AwaitingPayment {
            until: at(15),
            extended: false,
        };
        assert_eq!((doc.phase, paid(&doc)), (awaiting, None));
        let amount = euros(34_300);
        assert_eq!(last(&doc), Happened::PaymentRequested { amount });
        assert_eq!(statuses(&doc), [vec![Held, Held], vec![Held]]);
    }

    #[test]
    fn a_declined_payment_leaves_the_hold_as_it_was_and_another_may_follow() {
        let mut events = vec![placed(), held(), requested(5, 34_300), declined(5)];
        let doc = given(&events).unwrap();
        let held = OrderPhase::Held {
            until: at(15),
            extended: false,
        };
        assert_eq!((doc.phase, paid(&doc)), (held, None));
        let declined = Happened::PaymentDeclined {
            reason: DeclineReason::InsufficientFunds,
            shortfall: euros(300),
        };
        assert_eq!(last(&doc), declined);

        events.extend([requested(6, 34_300), confirmed_by(6)]);
        let doc = given(&events).unwrap();
        assert_eq!(
            (doc.phase, paid(&doc)),
            (OrderPhase::Confirmed, Some(34_300))
        );
    }

    #[test]
    fn an_answer_about_an_earlier_payment_leaves_the_later_one_alone() {
        let events = [
            placed(),
            held(),
            requested(5, 34_300),
            declined(5),
            requested(6, 34_300),
            declined(5),
            refund_due(5, 34_300, RefundReason::NotAwaited),
        ];
        let doc = given(&events).unwrap();
        assert!(matches!(doc.phase, OrderPhase::AwaitingPayment { .. }));
        assert_eq!(doc.payment.unwrap().amount, euros(34_300));
    }

    #[test]
    fn what_goes_back_is_no_longer_paid() {
        let given_up = Event::OrderSeatsCancelled {
            line: 1,
            seats: vec![1],
        };
        let events = [
            placed(),
            held(),
            requested(5, 34_300),
            confirmed_by(5),
            given_up,
            refund_due(5, 12_000, RefundReason::SeatsCancelled),
        ];
        let doc = given(&events).unwrap();
        assert_eq!(
            (doc.phase, paid(&doc)),
            (OrderPhase::Confirmed, Some(22_300))
        );
        let due = Happened::RefundDue {
            amount: euros(12_000),
            reason: RefundReason::SeatsCancelled,
        };
        assert_eq!(last(&doc), due);
    }

    #[test]
    fn a_payment_that_came_when_the_seats_were_gone_leaves_nothing_but_its_refund() {
        let refunded = Event::OrderRefunded {
            refund_id: RefundId(Uuid::from_u128(9)),
            amount: euros(34_300),
        };
        let events = [
            placed(),
            held(),
            requested(5, 34_300),
            refund_due(5, 34_300, RefundReason::SeatsGone),
            refunded,
        ];
        let doc = given(&events).unwrap();
        assert_eq!((doc.phase, paid(&doc)), (OrderPhase::Refunded, None));
        assert_eq!(
            statuses(&doc),
            [vec![Cancelled, Cancelled], vec![Cancelled]]
        );
        let amount = euros(34_300);
        assert_eq!(last(&doc), Happened::Refunded { amount });
    }
}
