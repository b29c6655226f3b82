//! What is known of a stream after folding its events.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, OrderId, SeatTypeId,
    text::{self, Slug},
};

use super::{
    Event, States, StreamId, conference::Conference, order::Order, person::Person,
    promo_code::PromoCode, seat_availability::SeatAvailability, slug::SlugClaim,
};

/// The folded state of one stream. A storage format: see [`crate::BoundedContext::STATE_SCHEMA`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Conference(Conference),
    Seats(SeatAvailability),
    Order(Order),
    Slug(SlugClaim),
    Promo(PromoCode),
    Person(Person),
}

impl State {
    /// A stream of which nothing has happened yet.
    pub fn initial(stream: &StreamId) -> Self {
        match stream {
            StreamId::Conference(_) => Self::Conference(Conference::default()),
            StreamId::Seats(..) => Self::Seats(SeatAvailability::default()),
            StreamId::Order(_) => Self::Order(Order::default()),
            StreamId::Slug(_) => Self::Slug(SlugClaim::default()),
            StreamId::Promo(..) => Self::Promo(PromoCode::default()),
            StreamId::Person(_) => Self::Person(Person::default()),
        }
    }

    /// Fold one more event. Events are facts: nothing is checked here, and nothing can fail. An event of another
    /// aggregate changes nothing; the codec cannot produce one.
    pub fn evolve(&mut self, event: &Event) {
        match (self, event) {
            (Self::Conference(state), Event::Conference(event)) => state.evolve(event),
            (Self::Seats(state), Event::Seats(event)) => state.evolve(event),
            (Self::Order(state), Event::Order(event)) => state.evolve(event),
            (Self::Slug(state), Event::Slug(event)) => state.evolve(event),
            (Self::Promo(state), Event::Promo(event)) => state.evolve(event),
            (Self::Person(state), Event::Person(event)) => state.evolve(event),
            (
                Self::Conference(_)
                | Self::Seats(_)
                | Self::Order(_)
                | Self::Slug(_)
                | Self::Promo(_)
                | Self::Person(_),
                _,
            ) => {
                debug_assert!(false, "an event of another aggregate");
            }
        }
    }
}

macro_rules! accessor {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $aggregate:ident by $variant:ident from $stream:expr) => {
        $(#[$doc])*
        pub fn $name(&self, $($arg: $type),*) -> &$aggregate {
            static NOTHING_YET: LazyLock<$aggregate> = LazyLock::new($aggregate::default);
            match self.get(&$stream) {
                Some(State::$variant(state)) => state,
                _ => &NOTHING_YET,
            }
        }
    };
}

impl States {
    accessor!(
        /// The conference; an empty one where nothing has happened.
        conference(id: ConferenceId) -> Conference by Conference from StreamId::Conference(id)
    );
    accessor!(
        /// The pool of a seat type's seats.
        seats(conference: ConferenceId, pool: SeatTypeId) -> SeatAvailability by Seats from StreamId::Seats(conference, pool)
    );
    accessor!(
        /// The order.
        order(id: OrderId) -> Order by Order from StreamId::Order(id)
    );
    accessor!(
        /// Who has the address.
        slug(slug: &Slug) -> SlugClaim by Slug from StreamId::Slug(slug.clone())
    );
    accessor!(
        /// The promo code.
        promo_code(conference: ConferenceId, code: &text::PromoCode) -> PromoCode by Promo from StreamId::Promo(conference, code.clone())
    );
}
