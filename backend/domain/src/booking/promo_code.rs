//! A promo code of a conference: what it takes off a seat's price, and which orders use it.
//!
//! A use is given like a seat: held while the order is, kept once it is confirmed, and taken again after the hold ran
//! out while there are some. So a code for ten orders is never used by eleven.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, OrderId, SeatTypeId, Timestamp,
    pricing::{self, MAX_PROMO_CODES},
    problem::PromoRefusal,
    requests::{AddPromoCode, Discount},
    text::{MaxUses, Price, PromoCode as Code},
};

use super::{Changes, Context, Rejection, States, StreamId, order::LineDiscount};

/// What happens to a promo code. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    PromoCodeAdded {
        terms: Terms,
    },
    /// Nobody else may use it; orders that do keep their prices.
    PromoCodeWithdrawn {},
    /// An order uses it, until its hold runs out.
    UseReserved {
        order_id: OrderId,
        until: Timestamp,
    },
    UseExtended {
        order_id: OrderId,
        until: Timestamp,
    },
    /// The order's hold ran out.
    UseExpired {
        order_id: OrderId,
    },
    /// The order is confirmed.
    UseCommitted {
        order_id: OrderId,
    },
    /// The order was cancelled.
    UseReleased {
        order_id: OrderId,
    },
}

/// What a code does, and when. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub discount: Discount,
    /// Empty for all seat types.
    pub seat_type_ids: Vec<SeatTypeId>,
    pub max_uses: Option<MaxUses>,
    pub valid_from: Option<Timestamp>,
    pub valid_until: Option<Timestamp>,
    pub combinable: bool,
}

/// A promo code, folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromoCode {
    terms: Option<Terms>,
    withdrawn: bool,
    reserved: BTreeMap<OrderId, Timestamp>,
    #[serde(with = "crate::set_as_object")]
    committed: BTreeSet<OrderId>,
}

impl PromoCode {
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::PromoCodeAdded { terms } => self.terms = Some(terms.clone()),
            Event::PromoCodeWithdrawn {} => self.withdrawn = true,
            Event::UseReserved { order_id, until } | Event::UseExtended { order_id, until } => {
                self.reserved.insert(*order_id, *until);
            }
            Event::UseExpired { order_id } => {
                self.reserved.remove(order_id);
            }
            Event::UseCommitted { order_id } => {
                self.reserved.remove(order_id);
                self.committed.insert(*order_id);
            }
            Event::UseReleased { order_id } => {
                self.reserved.remove(order_id);
                self.committed.remove(order_id);
            }
        }
    }

    /// Whether nobody else may use it.
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn
    }

    /// Its terms, if a new order may use it now.
    fn open(&self, now: Timestamp) -> Result<&Terms, PromoRefusal> {
        let terms = self
            .terms
            .as_ref()
            .filter(|_| !self.withdrawn)
            .ok_or(PromoRefusal::Unknown)?;
        if terms.valid_from.is_some_and(|from| now < from) {
            return Err(PromoRefusal::NotYetValid);
        }
        if terms.valid_until.is_some_and(|until| until <= now) {
            return Err(PromoRefusal::NoLongerValid);
        }
        Ok(terms)
    }

    /// Use it for an order until its hold runs out.
    pub(crate) fn reserve(
        &self,
        order_id: OrderId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Event>, PromoRefusal> {
        let mut events = self.expire(now, None);
        self.one_more(&events)?;
        events.push(Event::UseReserved { order_id, until });
        Ok(events)
    }

    /// Keep an order's use for longer. Nothing where it has none.
    pub(crate) fn extend(&self, order_id: OrderId, until: Timestamp) -> Vec<Event> {
        let held = self.reserved.contains_key(&order_id);
        Vec::from_iter(held.then_some(Event::UseExtended { order_id, until }))
    }

    /// Keep an order's use for good; take it again if it ran out meanwhile and there is one left.
    pub(crate) fn commit(
        &self,
        order_id: OrderId,
        now: Timestamp,
    ) -> Result<Vec<Event>, PromoRefusal> {
        if self.committed.contains(&order_id) {
            return Ok(Vec::new());
        }
        let mut events = self.expire(now, Some(order_id));
        if !self.reserved.contains_key(&order_id) {
            self.one_more(&events)?;
        }
        events.push(Event::UseCommitted { order_id });
        Ok(events)
    }

    /// Give an order's use back. Nothing where it has none.
    pub(crate) fn release(&self, order_id: OrderId) -> Vec<Event> {
        let used = self.reserved.contains_key(&order_id) || self.committed.contains(&order_id);
        Vec::from_iter(used.then_some(Event::UseReleased { order_id }))
    }

    /// The end of every use whose order's hold has run out, but for the order's that is deciding now.
    fn expire(&self, now: Timestamp, but: Option<OrderId>) -> Vec<Event> {
        self.reserved
            .iter()
            .filter(|(order, until)| **until <= now && Some(**order) != but)
            .map(|(order_id, _)| Event::UseExpired {
                order_id: *order_id,
            })
            .collect()
    }

    fn one_more(&self, expired: &[Event]) -> Result<(), PromoRefusal> {
        let used = self.reserved.len() + self.committed.len() - expired.len();
        let max = self.terms.as_ref().and_then(|terms| terms.max_uses);
        match max {
            Some(max) if used >= max.get() as usize => Err(PromoRefusal::UsedUp),
            _ => Ok(()),
        }
    }
}

impl Terms {
    fn lowers(&self, seat_type: SeatTypeId) -> bool {
        pricing::lowers(&self.seat_type_ids, seat_type)
    }
}

/// Codes that an order uses together, ready to be applied.
pub(crate) struct Applied<'a>(Vec<(&'a Code, &'a Terms)>);

/// Check that codes may be used now, and together.
pub(crate) fn apply<'a>(
    codes: &'a [Code],
    conference: ConferenceId,
    states: &'a States,
    now: Timestamp,
) -> Result<Applied<'a>, Rejection> {
    let refused = |code: &Code, reason| Rejection::PromoCodeRefused(code.clone(), reason);
    let mut applied: Vec<(&Code, &Terms)> = Vec::new();
    for code in codes {
        let promo_code = states.promo_code(conference, code);
        let terms = promo_code
            .open(now)
            .map_err(|reason| refused(code, reason))?;
        if codes.len() > 1 && !terms.combinable {
            return Err(refused(code, PromoRefusal::NotCombinable));
        }
        if applied.len() == MAX_PROMO_CODES || applied.iter().any(|(known, _)| *known == code) {
            return Err(refused(code, PromoRefusal::NotCombinable));
        }
        applied.push((code, terms));
    }
    Ok(Applied(applied))
}

impl Applied<'_> {
    /// What each code takes off one seat of a type, as [`pricing::discounts`] has it.
    pub(crate) fn off(&self, seat_type: SeatTypeId, price: Price) -> Vec<LineDiscount> {
        let codes = self.0.iter().filter(|(_, terms)| terms.lowers(seat_type));
        let codes = codes.map(|(code, terms)| (*code, terms.discount));
        pricing::discounts(price.into(), codes)
            .into_iter()
            .map(|(code, off)| LineDiscount {
                code: code.clone(),
                // No more than the price, which fits.
                per_seat: off as u32,
            })
            .collect()
    }

    /// The first code that lowers the price of none of these seat types.
    pub(crate) fn idle(&self, seat_types: &[SeatTypeId]) -> Option<&Code> {
        self.0
            .iter()
            .find(|(_, terms)| !seat_types.iter().any(|id| terms.lowers(*id)))
            .map(|(code, _)| *code)
    }
}

/// Add a promo code to a conference.
pub(crate) fn add(
    id: ConferenceId,
    request: &AddPromoCode,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let conference = states.conference(id);
    conference.changeable_by(context)?;
    if let Some(unknown) = request
        .seat_type_ids
        .iter()
        .find(|seat_type| conference.seat_type(**seat_type).is_none())
    {
        return Err(Rejection::NoSuchSeatType(*unknown));
    }
    if let (Some(from), Some(until)) = (request.valid_from, request.valid_until)
        && until <= from
    {
        return Err(Rejection::EndsBeforeStart);
    }
    if states.promo_code(id, &request.code).terms.is_some() {
        return Err(Rejection::PromoCodeExists(request.code.clone()));
    }
    let mut seat_type_ids = request.seat_type_ids.clone();
    seat_type_ids.sort();
    seat_type_ids.dedup();
    let added = Event::PromoCodeAdded {
        terms: Terms {
            discount: request.discount,
            seat_type_ids,
            max_uses: request.max_uses,
            valid_from: request.valid_from,
            valid_until: request.valid_until,
            combinable: request.combinable,
        },
    };
    Ok(Changes::default().with(StreamId::Promo(id, request.code.clone()), [added]))
}

/// Let nobody else use it.
pub(crate) fn withdraw(
    id: ConferenceId,
    code: &Code,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    states.conference(id).changeable_by(context)?;
    let promo_code = states.promo_code(id, code);
    if promo_code.terms.is_none() {
        return Err(Rejection::NoSuchPromoCode);
    }
    let withdrawn = (!promo_code.withdrawn).then_some(Event::PromoCodeWithdrawn {});
    Ok(Changes::default().with(StreamId::Promo(id, code.clone()), withdrawn))
}
