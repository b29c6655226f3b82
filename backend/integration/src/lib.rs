//! The contract between the bounded contexts: what one tells the others, and all that they know of each other.
//!
//! A domain event is a context's own record and stays inside it. What other contexts may build on is said in an
//! *integration event*: coarse, versioned, without personal data, and published on the bus as a
//! [CloudEvent 1.0](https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) in JSON.
//!
//! | type | sent by | received by | why |
//! |---|---|---|---|
//! | `conference.cancelled.v1` | booking | processes | every order of the conference is cancelled and refunded |
//! | `order.placed.v1` | booking | | seats are held for a person; for whoever subscribes from outside |
//! | `order.payment-requested.v1` | booking | accounts | the person's account is charged, or the charge declined |
//! | `order.confirmed.v1` | booking | | the seats are the person's own; for whoever subscribes from outside |
//! | `order.cancelled.v1` | booking | | the seats are free again; for whoever subscribes from outside |
//! | `order.refund-due.v1` | booking | accounts | the person's account is given back what seats had cost |
//! | `account.top-up-credited.v1` | accounts | processes | the order that waited for the money asks for its payment anew |
//! | `account.charge-posted.v1` | accounts | processes | the order is confirmed, or refunded where its seats are gone |
//! | `account.charge-declined.v1` | accounts | processes | the order keeps its hold and shows the reason |
//! | `account.refund-posted.v1` | accounts | processes | the order shows that the money is back |
//!
//! The bus delivers at least once and in any order. So a subscriber sends each command that follows from an event under
//! the id [`IntegrationEvent::follow_up`], which is the same whenever the event comes: what was done once is not done
//! again.
//!
//! How the contract may change: a new member of `data` is optional and readers pass over it until they know it; a
//! member that goes, or means something else, is a new type (`….v2`), published beside the old one for as long as
//! somebody reads that. A type that a reader does not know is an error of its own, [`UnknownType`].
//!
//! Each type has a JSON Schema of the whole CloudEvent ([`EventType::schema`], which refers to [`COMMON_SCHEMA`]), and
//! [`ASYNCAPI`] says who sends and who receives what. Tests hold both to this code.

mod catalogue;
mod data;
mod event;
mod inbox;

pub use catalogue::{Data, EventType, Sender, Subscriber, UnknownType};
pub use data::{
    AccountChargeDeclined, AccountChargePosted, AccountRefundPosted, AccountTopUpCredited,
    ConferenceCancelled, OrderCancelled, OrderConfirmed, OrderPaymentRequested, OrderPlaced,
    OrderRefundDue,
};
pub use event::{IntegrationEvent, Unreadable};
pub use inbox::deliver;

/// The JSON Schema of what all events share: the envelope, ids, money. The schemas of the types refer to it.
pub const COMMON_SCHEMA: &str = include_str!("../schemas/common.json");

/// The AsyncAPI 3.0 document: the bus, its messages, and who sends and receives them.
pub const ASYNCAPI: &str = include_str!("../asyncapi.json");
