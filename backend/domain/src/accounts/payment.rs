//! Charges and refunds: what orders ask of an account.

use shared::{ConferenceId, Money, OrderId, PaymentId, RefundId, account::AccountStatus};

use crate::Decline;

use super::{
    Account, ChargeState, Context, Event, Rejection, StreamId, standing, top_up::unchanged_if,
};

/// Charge an account for an order, or decline to. That it was declined is remembered like a charge: an order that is
/// paid for at another time asks under another id.
pub(crate) fn charge(
    account: &Account,
    stream: &StreamId,
    payment_id: PaymentId,
    amount: Money,
    (conference_id, order_id): (ConferenceId, OrderId),
    context: &Context,
) -> Result<Vec<Event>, Rejection> {
    if let Some(known) = account.charge(payment_id) {
        let same = (known.amount, known.order_id) == (amount, order_id);
        return unchanged_if(same && known.conference_id == conference_id);
    }
    positive(account, amount)?;
    let (mut events, status) = standing::opened(account, stream, context);
    let shortfall = amount
        .minor
        .saturating_sub(account.available().minor)
        .max(0);
    let declined = match status {
        AccountStatus::Active => (shortfall > 0).then(|| Decline::InsufficientFunds {
            shortfall: account.money(shortfall),
        }),
        AccountStatus::Pending => Some(Decline::AccountPending),
        AccountStatus::Denied => Some(Decline::AccountDenied),
        AccountStatus::Blocked => Some(Decline::AccountBlocked),
        AccountStatus::Closed => Some(Decline::AccountClosed),
    };
    events.push(match declined {
        None => Event::ChargePosted {
            payment_id,
            amount,
            conference_id,
            order_id,
        },
        Some(decline) => Event::ChargeDeclined {
            payment_id,
            amount,
            conference_id,
            order_id,
            decline,
        },
    });
    Ok(events)
}

/// Pay back some or all of a charge, however the account stands: what is owed to a person is theirs.
pub(crate) fn refund(
    account: &Account,
    refund_id: RefundId,
    payment_id: PaymentId,
    amount: Money,
) -> Result<Vec<Event>, Rejection> {
    if let Some(known) = account.refund(refund_id) {
        return unchanged_if((known.payment_id, known.amount) == (payment_id, amount));
    }
    positive(account, amount)?;
    let charge = account.charge(payment_id).ok_or(Rejection::NoSuchCharge)?;
    let left = match charge.state {
        ChargeState::Posted { refunded } => charge.amount.minor.saturating_sub(refunded),
        ChargeState::Declined => return Err(Rejection::NoSuchCharge),
        ChargeState::Reversed => return Err(Rejection::ChargeReversed),
    };
    if amount.minor > left {
        let left = account.money(left);
        return Err(Rejection::RefundTooHigh { left });
    }
    fits(account, amount)?;
    Ok(vec![Event::RefundPosted {
        refund_id,
        payment_id,
        amount,
        conference_id: charge.conference_id,
        order_id: charge.order_id,
    }])
}

/// Above zero, and in the account's currency.
pub(crate) fn positive(account: &Account, amount: Money) -> Result<(), Rejection> {
    let in_currency = amount.currency == account.balance().currency;
    (in_currency && amount.minor > 0)
        .then_some(())
        .ok_or(Rejection::InvalidAmount)
}

/// Whether the balance can still be counted after this gain (or loss, below zero).
pub(crate) fn fits(account: &Account, gain: Money) -> Result<(), Rejection> {
    let after = account.balance().minor.checked_add(gain.minor);
    after.map(|_| ()).ok_or(Rejection::BalanceTooLarge)
}
