//! An order: seats of one conference for one person, at the prices of the moment it was placed.
//!
//! An order knows what it was granted; whether the seats are still there, the pools know. What concerns both is
//! decided in [`super::placed_order`] and its neighbours.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, RefundId, SeatTypeId, Timestamp,
    text::{Price, PromoCode, Title},
    views::{OrderStatus, RefundReason, SeatStatus},
};

use crate::{Decline, Personal};

/// What happens to an order. A storage format. Lines and seats are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    OrderPlaced {
        order_id: OrderId,
        conference_id: ConferenceId,
        booked_by: PersonId,
        /// How to reach who booked, as the token said; none where it did not.
        contact: Option<Personal>,
        locator: String,
        currency: Currency,
        lines: Vec<PlacedLine>,
    },
    /// Every seat asked for is held.
    OrderReserved {
        granted: Vec<u32>,
        until: Timestamp,
    },
    /// Fewer seats than asked for are held: so many on each line.
    OrderPartlyReserved {
        granted: Vec<u32>,
        until: Timestamp,
    },
    OrderHoldExtended {
        until: Timestamp,
    },
    AttendeeAssigned {
        line: u32,
        seat: u32,
        attendee: Personal,
    },
    /// The hold had been released, and so many seats were still free and were taken again.
    OrderSeatsRecovered {
        seats: u32,
    },
    /// The account is asked for the price; the seats are held on meanwhile.
    OrderPaymentRequested {
        payment_id: PaymentId,
        order_id: OrderId,
        conference_id: ConferenceId,
        payer: PersonId,
        amount: Money,
    },
    /// Money for the order arrived on its owner's account while a payment was awaited: if that one is declined, because
    /// it was asked for before, the account is asked again.
    OrderFunded {},
    /// The account did not pay. The hold stays as it was.
    OrderPaymentDeclined {
        payment_id: PaymentId,
        decline: Decline,
    },
    /// The seats are sold: by this payment, or free of charge.
    OrderConfirmed {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment_id: Option<PaymentId>,
    },
    OrderSeatsCancelled {
        line: u32,
        seats: Vec<u32>,
    },
    /// No seat is left on the order.
    OrderCancelled {
        /// Whether its conference was cancelled, and the order with it.
        #[serde(default, skip_serializing_if = "is_false")]
        with_conference: bool,
    },
    /// So much of a payment must go back to the account that it came from.
    OrderRefundDue {
        refund_id: RefundId,
        payment_id: PaymentId,
        order_id: OrderId,
        conference_id: ConferenceId,
        payee: PersonId,
        amount: Money,
        reason: RefundReason,
    },
    /// It is back on the account.
    OrderRefunded {
        refund_id: RefundId,
        amount: Money,
    },
}

fn is_false(value: &bool) -> bool {
    !value
}

/// What was asked for, at the price fixed then. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedLine {
    pub seat_type_id: SeatTypeId,
    pub name: Title,
    /// Minor units of the order's currency.
    pub unit_price: Price,
    pub requested: u32,
    /// What promo codes take off each of its seats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<LineDiscount>,
}

/// What a promo code takes off each seat of a line. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDiscount {
    pub code: PromoCode,
    /// Minor units of the order's currency.
    pub per_seat: u32,
}

/// An order, folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    pub(crate) placed: Option<Placed>,
    pub(crate) phase: Phase,
    pub(crate) lines: Vec<Line>,
    /// Whether money arrived since the account was last asked.
    pub(crate) funded: bool,
    payments: BTreeMap<PaymentId, Payment>,
    refunds: BTreeMap<RefundId, Refund>,
}

/// What became of a payment that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payment {
    Requested,
    Declined,
    /// It paid for the order's seats.
    Taken,
    /// It came too late, or for nothing, and goes back as a whole.
    Returned,
}

/// Money on its way back, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refund {
    pub(crate) amount: Money,
    pub(crate) posted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Placed {
    pub(crate) order_id: OrderId,
    pub(crate) conference_id: ConferenceId,
    pub(crate) booked_by: PersonId,
    locator: String,
    currency: Currency,
    requested: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Phase {
    #[default]
    Asked,
    Held {
        until: Timestamp,
        extended: bool,
    },
    /// Held as before, and the account was asked for the money.
    AwaitingPayment {
        payment_id: PaymentId,
        until: Timestamp,
        extended: bool,
    },
    /// Sold, by this payment or free of charge.
    Confirmed {
        payment_id: Option<PaymentId>,
    },
    Cancelled,
    /// The payment came when the seats were gone.
    Refunded,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub seat_type_id: SeatTypeId,
    pub unit_price: Money,
    /// What promo codes take off each of its seats.
    pub discounts: Vec<LineDiscount>,
    pub requested: u32,
    /// Whether each granted seat was given up.
    pub(crate) given_up: Vec<bool>,
}

impl Line {
    /// How many of its seats are held or confirmed.
    pub fn live(&self) -> u32 {
        self.given_up.iter().filter(|given_up| !**given_up).count() as u32
    }

    /// What each of its seats costs, and is refunded with.
    pub fn seat_price(&self) -> Money {
        let off = self.discounts.iter().map(|off| i64::from(off.per_seat));
        Money {
            minor: self.unit_price.minor - off.sum::<i64>(),
            currency: self.unit_price.currency,
        }
    }
}

impl Order {
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::OrderPlaced {
                order_id,
                conference_id,
                booked_by,
                locator,
                currency,
                lines,
                ..
            } => {
                self.placed = Some(Placed {
                    order_id: *order_id,
                    conference_id: *conference_id,
                    booked_by: booked_by.clone(),
                    locator: locator.clone(),
                    currency: *currency,
                    requested: lines.iter().map(|line| line.requested).sum(),
                });
                self.lines = lines
                    .iter()
                    .map(|line| Line {
                        seat_type_id: line.seat_type_id,
                        unit_price: Money {
                            minor: line.unit_price.get().into(),
                            currency: *currency,
                        },
                        discounts: line.discounts.clone(),
                        requested: line.requested,
                        given_up: Vec::new(),
                    })
                    .collect();
            }
            Event::OrderReserved { granted, until }
            | Event::OrderPartlyReserved { granted, until } => {
                for (line, granted) in self.lines.iter_mut().zip(granted) {
                    line.given_up = vec![false; *granted as usize];
                }
                self.phase = Phase::Held {
                    until: *until,
                    extended: false,
                };
            }
            Event::OrderHoldExtended { until } => {
                self.phase = Phase::Held {
                    until: *until,
                    extended: true,
                }
            }
            Event::AttendeeAssigned { .. } | Event::OrderSeatsRecovered { .. } => {}
            Event::OrderFunded {} => self.funded = true,
            Event::OrderPaymentRequested { payment_id, .. } => {
                self.funded = false;
                self.payments.insert(*payment_id, Payment::Requested);
                if let Phase::Held { until, extended } = self.phase {
                    self.phase = Phase::AwaitingPayment {
                        payment_id: *payment_id,
                        until,
                        extended,
                    };
                }
            }
            Event::OrderPaymentDeclined { payment_id, .. } => {
                self.payments.insert(*payment_id, Payment::Declined);
                if let Phase::AwaitingPayment {
                    payment_id: awaited,
                    until,
                    extended,
                } = self.phase
                    && awaited == *payment_id
                {
                    self.phase = Phase::Held { until, extended };
                }
            }
            Event::OrderConfirmed { payment_id } => {
                self.phase = Phase::Confirmed {
                    payment_id: *payment_id,
                };
                if let Some(payment_id) = payment_id {
                    self.payments.insert(*payment_id, Payment::Taken);
                }
            }
            Event::OrderSeatsCancelled { line, seats } => {
                for seat in seats {
                    if let Some(given_up) = self.seat_mut(*line, *seat) {
                        *given_up = true;
                    }
                }
            }
            Event::OrderCancelled { .. } => self.close(Phase::Cancelled),
            Event::OrderRefundDue {
                refund_id,
                payment_id,
                amount,
                ..
            } => {
                let refund = Refund {
                    amount: *amount,
                    posted: false,
                };
                self.refunds.insert(*refund_id, refund);
                // What was not taken before goes back as a whole.
                if self.payment(*payment_id) == Some(Payment::Requested) {
                    self.payments.insert(*payment_id, Payment::Returned);
                }
                if matches!(self.phase, Phase::AwaitingPayment { payment_id: awaited, .. } if awaited == *payment_id)
                {
                    self.close(Phase::Refunded);
                }
            }
            Event::OrderRefunded { refund_id, .. } => {
                if let Some(refund) = self.refunds.get_mut(refund_id) {
                    refund.posted = true;
                }
            }
        }
    }

    /// No seat is left, whatever the reason.
    fn close(&mut self, phase: Phase) {
        self.phase = phase;
        for line in &mut self.lines {
            line.given_up.fill(true);
        }
    }

    /// What became of a payment; none where it was never asked for.
    pub(crate) fn payment(&self, id: PaymentId) -> Option<Payment> {
        self.payments.get(&id).copied()
    }

    /// A refund that is due or posted.
    pub(crate) fn refund(&self, id: RefundId) -> Option<Refund> {
        self.refunds.get(&id).copied()
    }

    /// The promo codes whose discounts it has.
    pub(crate) fn promo_codes(&self) -> Vec<&PromoCode> {
        let mut codes: Vec<_> = self
            .lines
            .iter()
            .flat_map(|line| line.discounts.iter().map(|off| &off.code))
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }

    fn seat_mut(&mut self, line: u32, seat: u32) -> Option<&mut bool> {
        let line = self.lines.get_mut((line as usize).checked_sub(1)?)?;
        line.given_up.get_mut((seat as usize).checked_sub(1)?)
    }

    /// Whether a seat was given up; none where there is no such seat.
    pub(crate) fn is_given_up(&self, line: u32, seat: u32) -> Option<bool> {
        let line = self.lines.get((line as usize).checked_sub(1)?)?;
        line.given_up.get((seat as usize).checked_sub(1)?).copied()
    }

    /// Its id, conference and locator; none where it was never placed.
    pub fn identity(&self) -> Option<(OrderId, ConferenceId, &str)> {
        let placed = self.placed.as_ref()?;
        Some((
            placed.order_id,
            placed.conference_id,
            placed.locator.as_str(),
        ))
    }

    /// Whose it is.
    pub fn booked_by(&self) -> Option<&PersonId> {
        self.placed.as_ref().map(|placed| &placed.booked_by)
    }

    /// The payment that its seats were bought with; none where they are not bought, or cost nothing.
    pub fn bought_with(&self) -> Option<PaymentId> {
        match self.phase {
            Phase::Confirmed { payment_id } => payment_id,
            Phase::Asked
            | Phase::Held { .. }
            | Phase::AwaitingPayment { .. }
            | Phase::Cancelled
            | Phase::Refunded => None,
        }
    }

    /// Its lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The state of each granted seat of a line.
    pub fn seats(&self, line: &Line) -> Vec<SeatStatus> {
        let live = match self.phase {
            Phase::Confirmed { .. } => SeatStatus::Confirmed,
            Phase::Asked
            | Phase::Held { .. }
            | Phase::AwaitingPayment { .. }
            | Phase::Cancelled
            | Phase::Refunded => SeatStatus::Held,
        };
        line.given_up
            .iter()
            .map(|given_up| {
                if *given_up {
                    SeatStatus::Cancelled
                } else {
                    live
                }
            })
            .collect()
    }

    /// Where it stands; that its hold ran out is for whoever has a clock.
    pub fn status(&self) -> OrderStatus {
        match self.phase {
            Phase::Asked | Phase::Held { .. } if self.granted() < self.requested() => {
                OrderStatus::PartlyReserved
            }
            Phase::Asked | Phase::Held { .. } => OrderStatus::Reserved,
            Phase::AwaitingPayment { .. } => OrderStatus::AwaitingPayment,
            Phase::Confirmed { .. } => OrderStatus::Confirmed,
            Phase::Cancelled => OrderStatus::Cancelled,
            Phase::Refunded => OrderStatus::Refunded,
        }
    }

    /// Until when its seats are held, and whether that was extended; none once it is confirmed or cancelled.
    pub fn hold(&self) -> Option<(Timestamp, bool)> {
        match self.phase {
            Phase::Held { until, extended }
            | Phase::AwaitingPayment {
                until, extended, ..
            } => Some((until, extended)),
            Phase::Asked | Phase::Confirmed { .. } | Phase::Cancelled | Phase::Refunded => None,
        }
    }

    /// The price of all seats that are held or confirmed.
    pub fn total(&self) -> Money {
        Money {
            minor: self
                .lines
                .iter()
                .map(|line| line.seat_price().minor * i64::from(line.live()))
                .sum(),
            currency: self
                .placed
                .as_ref()
                .map_or(Currency::EUR, |placed| placed.currency),
        }
    }

    fn granted(&self) -> u32 {
        self.lines
            .iter()
            .map(|line| line.given_up.len() as u32)
            .sum()
    }

    fn requested(&self) -> u32 {
        self.placed.as_ref().map_or(0, |placed| placed.requested)
    }
}
