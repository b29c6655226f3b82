//! Every command of the accounts context, and the one place that decides them.

use shared::{
    ConferenceId, Money, OrderId, PaymentId, RefundId, TopUpId,
    account::{CreditLimit, TopUpAmount, TopUpFailure},
    text::Reason,
};
use uuid::Uuid;

use super::{
    Account, Changes, Context, Rejection, States, StreamId, payment, reversal, standing, top_up,
};

/// Something that is wanted of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub account: StreamId,
    pub action: Action,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The account's owner wants to pay money in.
    StartTopUp {
        top_up_id: TopUpId,
        amount: TopUpAmount,
        provider: String,
        order_id: Option<OrderId>,
    },
    /// The provider took this much in.
    CreditTopUp {
        top_up_id: TopUpId,
        amount: Money,
        reference: String,
    },
    /// The provider took nothing in.
    FailTopUp {
        top_up_id: TopUpId,
        reason: TopUpFailure,
    },
    /// An order asks to be paid.
    Charge {
        payment_id: PaymentId,
        amount: Money,
        conference_id: ConferenceId,
        order_id: OrderId,
    },
    /// Some or all of a charge is due back.
    Refund {
        refund_id: RefundId,
        payment_id: PaymentId,
        amount: Money,
    },
    Approve,
    Deny(Reason),
    Block(Reason),
    Unblock,
    Close,
    SetCreditLimit(CreditLimit),
    /// Take an entry back.
    ReverseEntry {
        /// The id of the new entry.
        entry_id: Uuid,
        /// The entry to take back.
        reverses: Uuid,
        reason: Reason,
    },
}

/// What whoever runs the system sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether an account is approved as it is opened. It is prepaid: a credit limit always needs an operator.
    pub approve_prepaid: bool,
    /// How long a person can pay at the provider's page, in minutes.
    pub checkout_minutes: i64,
}

impl Default for Rules {
    /// Approved as opened; half a day to pay, well within the day for which Stripe keeps a page open and knows an
    /// idempotency key.
    fn default() -> Self {
        Self {
            approve_prepaid: true,
            checkout_minutes: 12 * 60,
        }
    }
}

/// Decide a command on what is known.
///
/// # Errors
/// Why it is refused.
pub fn decide(command: &Command, states: &States, context: &Context) -> Result<Changes, Rejection> {
    let Command {
        account: stream,
        action,
    } = command;
    let unopened = Account::unopened(stream);
    let account = states.get(stream).unwrap_or(&unopened);
    let events = match action {
        Action::StartTopUp {
            top_up_id,
            amount,
            provider,
            order_id,
        } => {
            let asked = top_up::Asked {
                amount: amount.get(),
                provider,
                order_id: *order_id,
            };
            top_up::start(account, stream, *top_up_id, &asked, context)?
        }
        Action::CreditTopUp {
            top_up_id,
            amount,
            reference,
        } => top_up::credit(account, *top_up_id, *amount, reference)?,
        Action::FailTopUp { top_up_id, reason } => top_up::fail(account, *top_up_id, *reason)?,
        Action::Charge {
            payment_id,
            amount,
            conference_id,
            order_id,
        } => {
            let purpose = (*conference_id, *order_id);
            payment::charge(account, stream, *payment_id, *amount, purpose, context)?
        }
        Action::Refund {
            refund_id,
            payment_id,
            amount,
        } => payment::refund(account, *refund_id, *payment_id, *amount)?,
        Action::Approve => standing::approve(account, context)?,
        Action::Deny(reason) => standing::deny(account, reason, context)?,
        Action::Block(reason) => standing::block(account, reason, context)?,
        Action::Unblock => standing::unblock(account, context)?,
        Action::Close => standing::close(account, context)?,
        Action::SetCreditLimit(limit) => standing::set_credit_limit(account, *limit, context)?,
        Action::ReverseEntry {
            entry_id,
            reverses,
            reason,
        } => reversal::reverse(account, *entry_id, *reverses, reason, context)?,
    };
    Ok(Changes::default().with(stream.clone(), events))
}
