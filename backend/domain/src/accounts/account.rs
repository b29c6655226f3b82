//! An account, folded: where it stands, what is on it, and every entry by its own id.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Currency, Money, OrderId, PaymentId, RefundId, Timestamp, TopUpId,
    account::AccountStatus,
};
use uuid::Uuid;

use super::{Event, StreamId};

/// An account, folded.
///
/// It remembers every entry, because an entry's id is what makes posting it twice harmless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    currency: Currency,
    /// None where it was never opened.
    status: Option<AccountStatus>,
    balance: i64,
    credit_limit: i64,
    top_ups: BTreeMap<TopUpId, TopUp>,
    charges: BTreeMap<PaymentId, Charge>,
    refunds: BTreeMap<RefundId, Refund>,
}

/// A top-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopUp {
    /// What was asked for.
    pub amount: Money,
    pub provider: String,
    pub order_id: Option<OrderId>,
    /// Until when the provider's page can be paid at.
    pub until: Timestamp,
    pub state: TopUpState,
}

/// What became of a top-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopUpState {
    Open,
    Failed,
    /// With what the provider took.
    Credited(Money),
    Reversed(Money),
}

/// A charge that an order asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    pub amount: Money,
    pub conference_id: ConferenceId,
    pub order_id: OrderId,
    pub state: ChargeState,
}

/// What became of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ChargeState {
    /// So many minor units of it were paid back.
    Posted {
        refunded: i64,
    },
    Declined,
    Reversed,
}

/// A refund of a charge, or of a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    pub payment_id: PaymentId,
    pub amount: Money,
    pub reversed: bool,
}

impl Account {
    pub(crate) fn unopened(stream: &StreamId) -> Self {
        Self {
            currency: stream.currency(),
            status: None,
            balance: 0,
            credit_limit: 0,
            top_ups: BTreeMap::new(),
            charges: BTreeMap::new(),
            refunds: BTreeMap::new(),
        }
    }

    pub(crate) fn evolve(&mut self, event: &Event) {
        if let Some(posting) = event.posting() {
            // It never does saturate: what would is refused when it is decided.
            self.balance = self.balance.saturating_add(posting.gain.minor);
        }
        match event {
            Event::AccountOpened { .. } => self.status = Some(AccountStatus::Pending),
            Event::AccountApproved {} | Event::AccountUnblocked {} => {
                self.status = Some(AccountStatus::Active);
            }
            Event::AccountDenied { .. } => self.status = Some(AccountStatus::Denied),
            Event::AccountBlocked { .. } => self.status = Some(AccountStatus::Blocked),
            Event::AccountClosed {} => self.status = Some(AccountStatus::Closed),
            Event::CreditLimitSet { limit } => self.credit_limit = limit.minor,
            Event::TopUpStarted {
                top_up_id,
                amount,
                provider,
                order_id,
                until,
            } => {
                let top_up = TopUp {
                    amount: *amount,
                    provider: provider.clone(),
                    order_id: *order_id,
                    until: *until,
                    state: TopUpState::Open,
                };
                self.top_ups.insert(*top_up_id, top_up);
            }
            Event::TopUpCredited {
                top_up_id, amount, ..
            } => self.end_top_up(*top_up_id, TopUpState::Credited(*amount)),
            Event::TopUpFailed { top_up_id, .. } => {
                self.end_top_up(*top_up_id, TopUpState::Failed);
            }
            Event::ChargePosted {
                payment_id,
                amount,
                conference_id,
                order_id,
            } => {
                let charge = Charge {
                    amount: *amount,
                    conference_id: *conference_id,
                    order_id: *order_id,
                    state: ChargeState::Posted { refunded: 0 },
                };
                self.charges.insert(*payment_id, charge);
            }
            Event::ChargeDeclined {
                payment_id,
                amount,
                conference_id,
                order_id,
                ..
            } => {
                let charge = Charge {
                    amount: *amount,
                    conference_id: *conference_id,
                    order_id: *order_id,
                    state: ChargeState::Declined,
                };
                self.charges.insert(*payment_id, charge);
            }
            Event::RefundPosted {
                refund_id,
                payment_id,
                amount,
                ..
            } => {
                let refund = Refund {
                    payment_id: *payment_id,
                    amount: *amount,
                    reversed: false,
                };
                self.refunds.insert(*refund_id, refund);
                self.count_refund(*payment_id, amount.minor);
            }
            Event::EntryReversed { reverses, .. } => self.reverse(*reverses),
        }
    }

    fn end_top_up(&mut self, id: TopUpId, state: TopUpState) {
        if let Some(top_up) = self.top_ups.get_mut(&id) {
            top_up.state = state;
        }
    }

    fn count_refund(&mut self, id: PaymentId, minor: i64) {
        if let Some(Charge {
            state: ChargeState::Posted { refunded },
            ..
        }) = self.charges.get_mut(&id)
        {
            *refunded = refunded.saturating_add(minor);
        }
    }

    fn reverse(&mut self, id: Uuid) {
        if let Some(TopUp { state, .. }) = self.top_ups.get_mut(&TopUpId(id)) {
            if let TopUpState::Credited(amount) = *state {
                *state = TopUpState::Reversed(amount);
            }
        } else if let Some(charge) = self.charges.get_mut(&PaymentId(id)) {
            charge.state = ChargeState::Reversed;
        } else if let Some(refund) = self.refunds.get_mut(&RefundId(id)) {
            refund.reversed = true;
            let Refund {
                payment_id, amount, ..
            } = *refund;
            self.count_refund(payment_id, -amount.minor);
        }
    }

    /// Where it stands; none where it was never opened.
    pub fn status(&self) -> Option<AccountStatus> {
        self.status
    }

    /// What is on it; below zero where credit is used.
    pub fn balance(&self) -> Money {
        self.money(self.balance)
    }

    /// How far below zero the balance may go.
    pub fn credit_limit(&self) -> Money {
        self.money(self.credit_limit)
    }

    /// What can be spent. Below zero where the credit limit was lowered, or an entry reversed, after it was used.
    pub fn available(&self) -> Money {
        self.money(self.balance.saturating_add(self.credit_limit))
    }

    /// A top-up.
    pub fn top_up(&self, id: TopUpId) -> Option<&TopUp> {
        self.top_ups.get(&id)
    }

    /// How many top-ups can still be paid.
    pub fn open_top_ups(&self, now: Timestamp) -> usize {
        let open = |top_up: &&TopUp| top_up.state == TopUpState::Open && top_up.until > now;
        self.top_ups.values().filter(open).count()
    }

    /// A charge, posted or declined.
    pub fn charge(&self, id: PaymentId) -> Option<&Charge> {
        self.charges.get(&id)
    }

    /// A refund.
    pub fn refund(&self, id: RefundId) -> Option<&Refund> {
        self.refunds.get(&id)
    }

    /// An amount in the account's currency.
    pub(crate) fn money(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }
}
