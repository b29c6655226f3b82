//! Which integration events go to whom: the rules of the bus. A test holds them to those of `infra/aws/template.yaml`.

/// A function that reacts to what the other context did, by a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscriber {
    Accounts,
    Processes,
}

/// Each subscriber, with the types of the events that go to its queue.
pub const RULES: [(Subscriber, &[&str]); 2] = [
    (
        Subscriber::Accounts,
        &["order.payment-requested.v1", "order.refund-due.v1"],
    ),
    (
        Subscriber::Processes,
        &[
            "account.charge-posted.v1",
            "account.charge-declined.v1",
            "account.refund-posted.v1",
            "account.top-up-credited.v1",
            "conference.cancelled.v1",
        ],
    ),
];

impl Subscriber {
    /// The name of its function and of its queue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Processes => "processes",
        }
    }
}
