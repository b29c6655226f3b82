//! Identifiers. Each is a UUID of its own type, so that an order's id cannot be handed where a conference's is due.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id that follows from another one and a word: the same cause always makes the same id (UUIDv5), so
            /// that a command sent twice cannot make two things.
            pub fn derived(from: Uuid, word: &str) -> Self {
                Self(Uuid::new_v5(&from, word.as_bytes()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

uuid_id!(
    /// A conference.
    ConferenceId
);
uuid_id!(
    /// A seat type of a conference; its seats are one pool.
    SeatTypeId
);
uuid_id!(
    /// An order. Made by the client, so that placing it twice is placing it once.
    OrderId
);
uuid_id!(
    /// A command: the `Idempotency-Key` that the client made for one intent.
    CommandId
);
uuid_id!(
    /// A payment that an order asks for: `derived` from the command that asks, with the word `payment`.
    PaymentId
);
uuid_id!(
    /// A refund that is due for a payment: `derived` from the command that gives the seats back, with the word `refund`.
    RefundId
);
uuid_id!(
    /// A top-up of a person's account: `derived` from the command that starts it, with the word `top-up`.
    TopUpId
);

/// A person: the token's `sub`. Opaque; it says nothing about who it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub String);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
