//! The seats of one pool: how many there are, who holds some and until when, and who has bought some.
//!
//! The one invariant of the whole product lives here: `remaining = quota - held - sold`, never below zero. Expired
//! holds are released inside the next decision that changes anything, so no timer has to fire for a seat to come back.
//!
//! Numbered seats will stand beside the quantities as an additional field of the same events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{OrderId, SeatTypeId, Timestamp, problem::Shortfall};

/// What happens to a pool. A storage format.
///
/// Each event that ends a hold says until when the hold was, so that a view can count holds by deadline without
/// knowing every one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    PoolOpened {
        quota: u32,
    },
    QuotaChanged {
        /// How many seats there were before, so that the change can be read off this event alone. Events of the first days
        /// do not say it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<u32>,
        quota: u32,
    },
    /// Seats are held for an order until then.
    SeatsReserved {
        order_id: OrderId,
        quantity: u32,
        until: Timestamp,
    },
    /// The order's hold runs from `from` on to `until`.
    HoldExtended {
        order_id: OrderId,
        quantity: u32,
        from: Timestamp,
        until: Timestamp,
    },
    /// The hold ran out, and its seats are free.
    HoldExpired {
        order_id: OrderId,
        quantity: u32,
        until: Timestamp,
    },
    /// Held seats were given back.
    HoldReleased {
        order_id: OrderId,
        quantity: u32,
        until: Timestamp,
    },
    /// The order's held seats are sold.
    SeatsCommitted {
        order_id: OrderId,
        quantity: u32,
        until: Timestamp,
    },
    /// The order's hold had run out, and as many seats were still free: they are sold to it without being held again.
    ///
    /// Before there was this event, `SeatsReserved` stood for it as well, followed at once by `SeatsCommitted`.
    SeatsRecovered {
        order_id: OrderId,
        quantity: u32,
    },
    /// Sold seats were given back.
    SeatsReturned {
        order_id: OrderId,
        quantity: u32,
    },
}

/// Seats held for one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    quantity: u32,
    until: Timestamp,
}

/// The pool, folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatAvailability {
    open: bool,
    quota: u32,
    holds: BTreeMap<OrderId, Hold>,
    sold: BTreeMap<OrderId, u32>,
    held_total: u32,
    sold_total: u32,
}

impl SeatAvailability {
    /// Fold one more event.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::PoolOpened { quota } => (self.open, self.quota) = (true, *quota),
            Event::QuotaChanged { quota, .. } => self.quota = *quota,
            Event::SeatsReserved {
                order_id,
                quantity,
                until,
            } => {
                let hold = self.holds.entry(*order_id).or_insert(Hold {
                    quantity: 0,
                    until: *until,
                });
                *hold = Hold {
                    quantity: hold.quantity + quantity,
                    until: *until,
                };
                self.held_total += quantity;
            }
            Event::HoldExtended {
                order_id, until, ..
            } => {
                if let Some(hold) = self.holds.get_mut(order_id) {
                    hold.until = *until;
                }
            }
            Event::HoldExpired {
                order_id, quantity, ..
            }
            | Event::HoldReleased {
                order_id, quantity, ..
            } => {
                self.end_hold(*order_id, *quantity);
            }
            Event::SeatsCommitted {
                order_id, quantity, ..
            } => {
                self.end_hold(*order_id, *quantity);
                self.sell(*order_id, *quantity);
            }
            Event::SeatsRecovered { order_id, quantity } => self.sell(*order_id, *quantity),
            Event::SeatsReturned { order_id, quantity } => {
                if let Some(sold) = self.sold.get_mut(order_id) {
                    *sold = sold.saturating_sub(*quantity);
                    if *sold == 0 {
                        self.sold.remove(order_id);
                    }
                }
                self.sold_total = self.sold_total.saturating_sub(*quantity);
            }
        }
    }

    fn end_hold(&mut self, order: OrderId, quantity: u32) {
        if let Some(hold) = self.holds.get_mut(&order) {
            hold.quantity = hold.quantity.saturating_sub(quantity);
            if hold.quantity == 0 {
                self.holds.remove(&order);
            }
        }
        self.held_total = self.held_total.saturating_sub(quantity);
    }

    fn sell(&mut self, order: OrderId, quantity: u32) {
        *self.sold.entry(order).or_default() += quantity;
        self.sold_total += quantity;
    }

    /// Seats that nobody holds or has bought, as of the last event.
    pub fn remaining(&self) -> u32 {
        self.quota.saturating_sub(self.taken())
    }

    /// Seats held and sold.
    pub fn taken(&self) -> u32 {
        self.held_total + self.sold_total
    }

    /// Seats that are held by then; a hold whose time is over holds nothing.
    pub fn held(&self, now: Timestamp) -> u32 {
        let running = self.holds.values().filter(|hold| hold.until > now);
        running.map(|hold| hold.quantity).sum()
    }

    /// Until when an order holds seats, if it does.
    pub fn held_until(&self, order: OrderId) -> Option<Timestamp> {
        self.holds.get(&order).map(|hold| hold.until)
    }

    /// Seats sold.
    pub fn sold(&self) -> u32 {
        self.sold_total
    }

    /// Seats that an order holds or has bought.
    pub fn of(&self, order: OrderId) -> u32 {
        self.holds.get(&order).map_or(0, |hold| hold.quantity)
            + self.sold.get(&order).copied().unwrap_or(0)
    }

    /// The orders that hold seats or have bought some.
    pub fn orders(&self) -> impl Iterator<Item = OrderId> {
        let (held, sold) = (self.holds.keys(), self.sold.keys());
        held.chain(sold.filter(|order| !self.holds.contains_key(order)))
            .copied()
    }

    /// How many seats there are.
    pub fn quota(&self) -> u32 {
        self.quota
    }

    /// Open the pool with its quota.
    pub fn open(&self, quota: u32) -> Vec<Event> {
        if self.open {
            Vec::new()
        } else {
            vec![Event::PoolOpened { quota }]
        }
    }

    /// Change how many seats there are.
    ///
    /// # Errors
    /// How many are held and sold, if the quota would go below that.
    pub fn change_quota(&self, quota: u32, now: Timestamp) -> Result<Vec<Event>, u32> {
        if quota == self.quota {
            return Ok(Vec::new());
        }
        let mut events = self.expire(now, None);
        let taken = self.taken() - released(&events);
        if quota < taken {
            return Err(taken);
        }
        events.push(Event::QuotaChanged {
            from: Some(self.quota),
            quota,
        });
        Ok(events)
    }

    /// Hold seats for an order: `quantity` of them, or as many as are free where `partial`. Answers how many were
    /// granted; zero, with no event, where none are.
    ///
    /// # Errors
    /// What is free instead, if that is less than was asked for and fewer will not do.
    pub fn reserve(
        &self,
        (order_id, pool): (OrderId, SeatTypeId),
        quantity: u32,
        partial: bool,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(u32, Vec<Event>), Shortfall> {
        let mut events = self.expire(now, None);
        let free = self.remaining() + released(&events);
        let granted = quantity.min(free);
        if granted < quantity && !partial {
            return Err(self.shortfall(pool, quantity, now));
        }
        if granted == 0 {
            return Ok((0, Vec::new()));
        }
        events.push(Event::SeatsReserved {
            order_id,
            quantity: granted,
            until,
        });
        Ok((granted, events))
    }

    /// Hold an order's seats for longer. Nothing where it holds none.
    pub fn extend(&self, order_id: OrderId, now: Timestamp, until: Timestamp) -> Vec<Event> {
        let Some(hold) = self.holds.get(&order_id) else {
            return Vec::new();
        };
        let mut events = self.expire(now, Some(order_id));
        events.push(Event::HoldExtended {
            order_id,
            quantity: hold.quantity,
            from: hold.until,
            until,
        });
        events
    }

    /// Sell an order the seats it holds; or, where its hold was released meanwhile, take them again if they are still
    /// free. Answers whether they had to be taken again.
    ///
    /// # Errors
    /// What is free instead, if the hold is gone and the seats are not free.
    pub fn commit(
        &self,
        (order_id, pool): (OrderId, SeatTypeId),
        quantity: u32,
        now: Timestamp,
    ) -> Result<(bool, Vec<Event>), Shortfall> {
        let mut events = self.expire(now, Some(order_id));
        let hold = self.holds.get(&order_id);
        let held = hold.map_or(0, |hold| hold.quantity.min(quantity));
        let missing = quantity - held;
        if missing > self.remaining() + released(&events) {
            return Err(self.shortfall(pool, quantity, now));
        }
        events.extend(hold.map(|hold| Event::SeatsCommitted {
            order_id,
            quantity: held,
            until: hold.until,
        }));
        if missing > 0 {
            events.push(Event::SeatsRecovered {
                order_id,
                quantity: missing,
            });
        }
        Ok((missing > 0, events))
    }

    /// Take back up to `quantity` of an order's seats, held or sold. Nothing where its hold was released already.
    pub fn give_back(&self, order_id: OrderId, quantity: u32, now: Timestamp) -> Vec<Event> {
        let mut events = self.expire(now, Some(order_id));
        if let Some(sold) = self.sold.get(&order_id) {
            events.push(Event::SeatsReturned {
                order_id,
                quantity: quantity.min(*sold),
            });
        } else if let Some(hold) = self.holds.get(&order_id) {
            events.push(Event::HoldReleased {
                order_id,
                quantity: quantity.min(hold.quantity),
                until: hold.until,
            });
        }
        events
    }

    /// The release of every hold that has run out, but for the order's that is deciding now.
    pub(crate) fn expire(&self, now: Timestamp, but: Option<OrderId>) -> Vec<Event> {
        let over = self
            .holds
            .iter()
            .filter(|(order, hold)| hold.until <= now && Some(**order) != but);
        over.map(|(order, hold)| Event::HoldExpired {
            order_id: *order,
            quantity: hold.quantity,
            until: hold.until,
        })
        .collect()
    }

    fn shortfall(&self, seat_type_id: SeatTypeId, requested: u32, now: Timestamp) -> Shortfall {
        let running = || self.holds.values().filter(|hold| hold.until > now);
        let held: u32 = running().map(|hold| hold.quantity).sum();
        Shortfall {
            seat_type_id,
            requested,
            remaining: self.quota.saturating_sub(held + self.sold_total),
            held,
            next_release_at: running().map(|hold| hold.until).min(),
        }
    }
}

/// How many seats these releases free.
fn released(events: &[Event]) -> u32 {
    let quantity = |event: &Event| match event {
        Event::HoldExpired { quantity, .. } => *quantity,
        Event::PoolOpened { .. }
        | Event::QuotaChanged { .. }
        | Event::SeatsReserved { .. }
        | Event::HoldExtended { .. }
        | Event::HoldReleased { .. }
        | Event::SeatsCommitted { .. }
        | Event::SeatsRecovered { .. }
        | Event::SeatsReturned { .. } => 0,
    };
    events.iter().map(quantity).sum()
}
