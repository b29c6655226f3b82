//! Which integration events there are: each with its type's name, who sends it and who receives it, in one list.

use std::{fmt, str::FromStr};

use serde::Serialize;
use serde_json::Value;

use crate::data;

/// The bounded context that an event comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// Conferences, seats, orders.
    Booking,
    /// Accounts, charges, refunds.
    Accounts,
}

impl Sender {
    /// The context's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Accounts => "accounts",
        }
    }

    /// The `source` of its CloudEvents.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Booking => "/plenary/booking",
            Self::Accounts => "/plenary/accounts",
        }
    }

    /// The `Source` of its entries on EventBridge.
    pub const fn bus_source(self) -> &'static str {
        match self {
            Self::Booking => "plenary.booking",
            Self::Accounts => "plenary.accounts",
        }
    }
}

/// A function with a queue on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subscriber {
    /// The accounts context.
    Accounts,
    /// The registration process, which turns events into booking's next commands.
    Processes,
}

impl Subscriber {
    /// Every subscriber.
    pub const ALL: &'static [Self] = &[Self::Accounts, Self::Processes];

    /// The function's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Processes => "processes",
        }
    }

    /// The types that the rule before its queue lets through.
    pub fn receives(self) -> impl Iterator<Item = EventType> {
        let mine = move |of: &EventType| of.subscribers().contains(&self);
        EventType::ALL.iter().copied().filter(mine)
    }
}

/// A type's name that is none of the [`EventType`]s.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the type of event {0:?} is not known here")]
pub struct UnknownType(pub String);

macro_rules! catalogue {
    ($($(#[$doc:meta])* $name:ident: $text:literal, $sender:ident => [$($subscriber:ident)?];)*) => {
        /// The type of an integration event, with its version.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventType {
            $($(#[$doc])* $name,)*
        }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The CloudEvent's `type`, and EventBridge's `DetailType`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The context that such an event comes from.
            pub const fn sender(self) -> Sender {
                match self { $(Self::$name => Sender::$sender),* }
            }

            /// The functions whose queues such an event is put in.
            pub const fn subscribers(self) -> &'static [Subscriber] {
                match self { $(Self::$name => &[$(Subscriber::$subscriber)?]),* }
            }

            /// The JSON Schema (2020-12) of the whole CloudEvent. It refers to [`COMMON_SCHEMA`](crate::COMMON_SCHEMA).
            pub const fn schema(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("../schemas/", $text, ".json"))),* }
            }
        }

        /// What an integration event says.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum Data {
            $($(#[$doc])* $name(data::$name),)*
        }

        impl Data {
            /// The type of event that says it.
            pub const fn event_type(&self) -> EventType {
                match self { $(Self::$name(_) => EventType::$name),* }
            }

            /// Read what an event of this type says. Members that are not known here are passed over.
            pub(crate) fn read(
                of: EventType,
                data: Value,
            ) -> Result<Self, serde_path_to_error::Error<serde_json::Error>> {
                match of {
                    $(EventType::$name => serde_path_to_error::deserialize(data).map(Self::$name)),*
                }
            }
        }

        $(impl From<data::$name> for Data {
            fn from(data: data::$name) -> Self {
                Self::$name(data)
            }
        })*
    };
}

catalogue! {
    /// A conference will not take place.
    ConferenceCancelled: "conference.cancelled.v1", Booking => [Processes];
    /// A person has placed an order.
    OrderPlaced: "order.placed.v1", Booking => [];
    /// An order asks for its payment.
    OrderPaymentRequested: "order.payment-requested.v1", Booking => [Accounts];
    /// An order's seats are the person's own.
    OrderConfirmed: "order.confirmed.v1", Booking => [];
    /// An order is cancelled as a whole.
    OrderCancelled: "order.cancelled.v1", Booking => [];
    /// A person is to be given back what was paid for seats that they no longer have.
    OrderRefundDue: "order.refund-due.v1", Booking => [Accounts];
    /// A person's account was credited through a payment provider.
    AccountTopUpCredited: "account.top-up-credited.v1", Accounts => [Processes];
    /// A person's account was charged for an order.
    AccountChargePosted: "account.charge-posted.v1", Accounts => [Processes];
    /// A person's account was not charged, and why.
    AccountChargeDeclined: "account.charge-declined.v1", Accounts => [Processes];
    /// A person's account was given back what was due.
    AccountRefundPosted: "account.refund-posted.v1", Accounts => [Processes];
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EventType {
    type Err = UnknownType;

    fn from_str(name: &str) -> Result<Self, UnknownType> {
        let named = |of: &&Self| of.name() == name;
        let known = Self::ALL.iter().find(named).copied();
        known.ok_or_else(|| UnknownType(name.to_owned()))
    }
}
