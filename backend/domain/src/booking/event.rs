//! Everything that can happen, over all aggregates.

use serde::Serialize;

use crate::Personal;

use super::{conference, order, person, promo_code, seat_availability, slug};

/// Something that happened. A storage format: each variant's own module says what its fields mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Event {
    Conference(conference::Event),
    Seats(seat_availability::Event),
    Order(order::Event),
    Slug(slug::Event),
    Promo(promo_code::Event),
    Person(person::Event),
}

impl Event {
    /// The personal data inside, each with the name of its field: what must be sealed before the event is stored, and
    /// can be opened for a view.
    pub fn personal_mut(&mut self) -> Vec<(&'static str, &mut Personal)> {
        match self {
            Self::Order(order::Event::OrderPlaced { contact, .. }) => contact
                .iter_mut()
                .map(|contact| ("contact", contact))
                .collect(),
            Self::Order(order::Event::AttendeeAssigned { attendee, .. }) => {
                vec![("attendee", attendee)]
            }
            Self::Order(
                order::Event::OrderReserved { .. }
                | order::Event::OrderPartlyReserved { .. }
                | order::Event::OrderHoldExtended { .. }
                | order::Event::OrderSeatsRecovered { .. }
                | order::Event::OrderPaymentRequested { .. }
                | order::Event::OrderFunded {}
                | order::Event::OrderPaymentDeclined { .. }
                | order::Event::OrderConfirmed { .. }
                | order::Event::OrderSeatsCancelled { .. }
                | order::Event::OrderCancelled { .. }
                | order::Event::OrderRefundDue { .. }
                | order::Event::OrderRefunded { .. },
            )
            | Self::Conference(_)
            | Self::Seats(_)
            | Self::Slug(_)
            | Self::Promo(_)
            | Self::Person(_) => Vec::new(),
        }
    }
}

macro_rules! from_events {
    ($($module:ident => $variant:ident),*) => {$(
        impl From<$module::Event> for Event {
            fn from(event: $module::Event) -> Self {
                Self::$variant(event)
            }
        }
    )*};
}

from_events!(conference => Conference, seat_availability => Seats, order => Order, slug => Slug, promo_code => Promo, person => Person);
