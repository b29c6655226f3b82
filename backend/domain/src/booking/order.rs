//! An order: seats of one conference for one person, at the prices of the moment it was placed.
//!
//! An order knows what it was granted; whether the seats are still there, the pools know. What concerns both is
//! decided in [`super::placing`].

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Currency, Money, OrderId, PersonId, SeatTypeId, Timestamp,
    text::{Price, Title},
    views::{OrderStatus, SeatStatus},
};

use crate::Personal;

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
    OrderConfirmed {},
    OrderSeatsCancelled {
        line: u32,
        seats: Vec<u32>,
    },
    /// No seat is left on the order.
    OrderCancelled {},
}

/// What was asked for, at the price fixed then. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedLine {
    pub seat_type_id: SeatTypeId,
    pub name: Title,
    /// Minor units of the order's currency.
    pub unit_price: Price,
    pub requested: u32,
}

/// An order, folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    pub(crate) placed: Option<Placed>,
    pub(crate) phase: Phase,
    pub(crate) lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) order_id: OrderId,
    pub(crate) conference_id: ConferenceId,
    pub(crate) booked_by: PersonId,
    locator: String,
    currency: Currency,
    requested: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    #[default]
    Asked,
    Held {
        until: Timestamp,
        extended: bool,
    },
    Confirmed,
    Cancelled,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub seat_type_id: SeatTypeId,
    pub unit_price: Money,
    pub requested: u32,
    /// Whether each granted seat was given up.
    pub(crate) given_up: Vec<bool>,
}

impl Line {
    /// How many of its seats are held or confirmed.
    pub fn live(&self) -> u32 {
        self.given_up.iter().filter(|given_up| !**given_up).count() as u32
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
            Event::OrderConfirmed {} => self.phase = Phase::Confirmed,
            Event::OrderSeatsCancelled { line, seats } => {
                for seat in seats {
                    if let Some(given_up) = self.seat_mut(*line, *seat) {
                        *given_up = true;
                    }
                }
            }
            Event::OrderCancelled {} => {
                self.phase = Phase::Cancelled;
                for line in &mut self.lines {
                    line.given_up.fill(true);
                }
            }
        }
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

    /// Its lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The state of each granted seat of a line.
    pub fn seats(&self, line: &Line) -> Vec<SeatStatus> {
        let live = if self.phase == Phase::Confirmed {
            SeatStatus::Confirmed
        } else {
            SeatStatus::Held
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
            Phase::Confirmed => OrderStatus::Confirmed,
            Phase::Cancelled => OrderStatus::Cancelled,
        }
    }

    /// Until when its seats are held, and whether that was extended; none once it is confirmed or cancelled.
    pub fn hold(&self) -> Option<(Timestamp, bool)> {
        match self.phase {
            Phase::Held { until, extended } => Some((until, extended)),
            Phase::Asked | Phase::Confirmed | Phase::Cancelled => None,
        }
    }

    /// The price of all seats that are held or confirmed.
    pub fn total(&self) -> Money {
        Money {
            minor: self
                .lines
                .iter()
                .map(|line| line.unit_price.minor * i64::from(line.live()))
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
