//! How bookings of a conference go, counted order by order.

use domain::booking::order::{Event, PlacedLine};
use read_model::{
    Counts,
    analytics::{
        CANCELLED, CONFIRMED, CountedLine, CountedOrder, DECLINED, FUNNEL, GIVEN_UP, HELD, HOLDS,
        PAYMENT_REQUESTED, REVENUE, SOLD, UNSETTLED, day, minute,
    },
};
use shared::{ConferenceId, Timestamp};

/// What is remembered of an order after one more event, and what that adds to its conference's counters.
pub(crate) fn apply(
    order: Option<CountedOrder>,
    counts: &mut Counts,
    at: Timestamp,
    event: &Event,
) -> Option<CountedOrder> {
    if let Event::OrderPlaced {
        conference_id,
        lines,
        ..
    } = event
    {
        return Some(placed(*conference_id, lines));
    }
    let mut order = order?;
    let mut counting = Counting {
        order: &mut order,
        counts,
        at,
    };
    counting.count(event);
    Some(order)
}

fn placed(conference_id: ConferenceId, lines: &[PlacedLine]) -> CountedOrder {
    let line = |line: &PlacedLine| {
        let off = line.discounts.iter().map(|off| i64::from(off.per_seat));
        CountedLine {
            seat_price: i64::from(line.unit_price) - off.sum::<i64>(),
            seats: 0,
        }
    };
    CountedOrder {
        conference_id,
        lines: lines.iter().map(line).collect(),
        held_until: None,
        payment_requested: false,
        declined: false,
        confirmed: false,
    }
}

/// An order while one of its events is counted.
struct Counting<'a> {
    order: &'a mut CountedOrder,
    counts: &'a mut Counts,
    at: Timestamp,
}

impl Counting<'_> {
    fn count(&mut self, event: &Event) {
        match event {
            Event::OrderReserved { granted, until }
            | Event::OrderPartlyReserved { granted, until } => {
                for (line, granted) in self.order.lines.iter_mut().zip(granted) {
                    line.seats = *granted;
                }
                self.funnel(HELD, 1);
                self.funnel(UNSETTLED, 1);
                self.hold_until(Some(*until));
            }
            Event::OrderHoldExtended { until } => self.hold_until(Some(*until)),
            Event::OrderPaymentRequested { .. } => {
                if !std::mem::replace(&mut self.order.payment_requested, true) {
                    self.funnel(PAYMENT_REQUESTED, 1);
                }
            }
            Event::OrderPaymentDeclined { .. } => {
                if !std::mem::replace(&mut self.order.declined, true) {
                    self.funnel(DECLINED, 1);
                }
            }
            Event::OrderConfirmed { .. } => {
                self.funnel(CONFIRMED, 1);
                self.settle();
                self.order.confirmed = true;
                for line in self.order.lines.clone() {
                    self.day(SOLD, line.seats.into());
                    self.day(REVENUE, line.seat_price * i64::from(line.seats));
                }
            }
            Event::OrderSeatsCancelled { line, seats } => {
                let count = seats.len() as u32;
                if let Some(index) = (*line as usize).checked_sub(1) {
                    self.give_up(index, count);
                }
            }
            Event::OrderCancelled { .. } => {
                self.funnel(CANCELLED, 1);
                self.settle();
                for index in 0..self.order.lines.len() {
                    self.give_up(index, self.order.lines[index].seats);
                }
            }
            // What is owed and paid follows from these; that seats were taken again, their pools know; and who sits on them
            // is nobody's business here. Refunded without a cancellation is an order whose hold had run out.
            Event::OrderPlaced { .. }
            | Event::AttendeeAssigned { .. }
            | Event::OrderSeatsRecovered { .. }
            | Event::OrderFunded {}
            | Event::OrderRefundDue { .. }
            | Event::OrderRefunded { .. } => {}
        }
    }

    /// It is neither held any more nor can it expire.
    fn settle(&mut self) {
        if self.order.held_until.is_some() {
            self.funnel(UNSETTLED, -1);
            self.hold_until(None);
        }
    }

    fn hold_until(&mut self, until: Option<Timestamp>) {
        let before = std::mem::replace(&mut self.order.held_until, until);
        for (end, by) in [(before, -1), (until, 1)] {
            if let Some(end) = end {
                self.counts
                    .add(self.order.conference_id, &minute(end), HOLDS, by);
            }
        }
    }

    fn give_up(&mut self, line: usize, seats: u32) {
        let Some(line) = self.order.lines.get_mut(line) else {
            return;
        };
        let given_up = seats.min(line.seats);
        line.seats -= given_up;
        let price = line.seat_price;
        if self.order.confirmed {
            self.day(GIVEN_UP, given_up.into());
            self.day(REVENUE, -price * i64::from(given_up));
        }
    }

    fn funnel(&mut self, counter: &str, by: i64) {
        self.counts
            .add(self.order.conference_id, FUNNEL, counter, by);
    }

    fn day(&mut self, counter: &str, by: i64) {
        let part = day(self.at);
        self.counts
            .add(self.order.conference_id, &part, counter, by);
    }
}

#[cfg(test)]
mod tests {
    use read_model::Tally;
    use shared::{Currency, Money, PaymentId, PersonId, text::Title};
    use uuid::Uuid;

    use super::*;

    const CONFERENCE: ConferenceId = ConferenceId(Uuid::from_u128(7));
    const PAYMENT: PaymentId = PaymentId(Uuid::from_u128(8));

    fn at(text: &str) -> Timestamp {
        format!("2027-05-{text}:00Z").parse().unwrap()
    }

    /// An order for two seats at 100.00 less 20.00, and one at 50.00, held until half past nine.
    fn held() -> Vec<(Timestamp, Event)> {
        let line = |name: &str, price: i64, off: u32, requested| PlacedLine {
            seat_type_id: shared::SeatTypeId(Uuid::nil()),
            name: name.parse::<Title>().unwrap(),
            unit_price: price.try_into().unwrap(),
            requested,
            discounts: Vec::from_iter((off > 0).then(|| domain::booking::order::LineDiscount {
                code: "EARLY".parse().unwrap(),
                per_seat: off,
            })),
        };
        let placed = Event::OrderPlaced {
            order_id: shared::OrderId(Uuid::nil()),
            conference_id: CONFERENCE,
            booked_by: PersonId("ada".into()),
            contact: None,
            locator: "ABCDEF".into(),
            currency: Currency::EUR,
            lines: vec![
                line("Standard", 10_000, 2_000, 2),
                line("Student", 5_000, 0, 1),
            ],
        };
        let reserved = Event::OrderReserved {
            granted: vec![2, 1],
            until: at("18T09:30"),
        };
        vec![(at("18T09:15"), placed), (at("18T09:15"), reserved)]
    }

    fn requested() -> Event {
        Event::OrderPaymentRequested {
            payment_id: PAYMENT,
            order_id: shared::OrderId(Uuid::nil()),
            conference_id: CONFERENCE,
            payer: PersonId("ada".into()),
            amount: Money {
                minor: 21_000,
                currency: Currency::EUR,
            },
        }
    }

    fn declined() -> Event {
        Event::OrderPaymentDeclined {
            payment_id: PAYMENT,
            decline: domain::Decline::AccountPending,
        }
    }

    fn confirmed() -> Event {
        Event::OrderConfirmed {
            payment_id: Some(PAYMENT),
        }
    }

    fn cancelled() -> Event {
        Event::OrderCancelled {
            with_conference: false,
        }
    }

    fn counted(events: &[(Timestamp, Event)]) -> Counts {
        let (mut order, mut counts) = (None, Counts::default());
        for (at, event) in events {
            order = apply(order, &mut counts, *at, event);
        }
        counts
    }

    fn with(more: impl IntoIterator<Item = (Timestamp, Event)>) -> Counts {
        counted(&held().into_iter().chain(more).collect::<Vec<_>>())
    }

    fn funnel(counts: &Counts) -> Tally {
        counts.of(CONFERENCE, FUNNEL)
    }

    #[test]
    fn a_held_order_is_unsettled_and_ends_in_its_minute() {
        let counts = with([]);
        let orders = funnel(&counts);
        assert_eq!((orders.get(HELD), orders.get(UNSETTLED)), (1, 1));
        let ending = |until| counts.of(CONFERENCE, &minute(at(until))).get(HOLDS);
        assert_eq!((ending("18T09:30"), ending("18T09:31")), (1, 0));
    }

    #[test]
    fn an_extended_hold_ends_once_and_later() {
        let until = at("18T09:45");
        let counts = with([(at("18T09:20"), Event::OrderHoldExtended { until })]);
        let ending = |until| counts.of(CONFERENCE, &minute(until)).get(HOLDS);
        assert_eq!((ending(at("18T09:30")), ending(until)), (0, 1));
        assert_eq!(funnel(&counts).get(UNSETTLED), 1);
    }

    #[test]
    fn a_paid_order_is_sold_at_its_prices_on_the_day_it_was_confirmed() {
        let counts = with([(at("18T09:20"), requested()), (at("19T00:01"), confirmed())]);
        let orders = funnel(&counts);
        assert_eq!(
            [PAYMENT_REQUESTED, CONFIRMED, UNSETTLED].map(|name| orders.get(name)),
            [1, 1, 0]
        );
        let sales = counts.of(CONFERENCE, &day(at("19T00:01")));
        assert_eq!((sales.get(SOLD), sales.get(REVENUE)), (3, 21_000));
        let holds = counts.of(CONFERENCE, &minute(at("18T09:30")));
        assert_eq!(holds.get(HOLDS), 0);
    }

    #[test]
    fn an_order_that_is_declined_twice_is_one_declined_order() {
        let answers = [requested(), declined(), requested(), declined()];
        let counts = with(answers.map(|event| (at("18T09:20"), event)));
        let orders = funnel(&counts);
        assert_eq!(
            [PAYMENT_REQUESTED, DECLINED, UNSETTLED].map(|name| orders.get(name)),
            [1, 1, 1]
        );
    }

    #[test]
    fn seats_given_up_one_by_one_are_given_up_once() {
        let one = Event::OrderSeatsCancelled {
            line: 1,
            seats: vec![2],
        };
        let counts = with([
            (at("18T09:20"), confirmed()),
            (at("20T10:00"), one),
            (at("21T10:00"), cancelled()),
        ]);
        let sales = |text| counts.of(CONFERENCE, &day(at(text)));
        let first = sales("20T10:00");
        assert_eq!((first.get(GIVEN_UP), first.get(REVENUE)), (1, -8_000));
        let rest = sales("21T10:00");
        assert_eq!((rest.get(GIVEN_UP), rest.get(REVENUE)), (2, -13_000));
        assert_eq!(funnel(&counts).get(CANCELLED), 1);
    }

    #[test]
    fn an_order_given_back_before_it_was_bought_sells_nothing() {
        let counts = with([(at("18T09:20"), cancelled())]);
        let orders = funnel(&counts);
        assert_eq!(
            [HELD, CANCELLED, UNSETTLED].map(|name| orders.get(name)),
            [1, 1, 0]
        );
        assert_eq!(counts.of(CONFERENCE, &day(at("18T09:20"))).get(GIVEN_UP), 0);
    }
}
