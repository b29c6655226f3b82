//! Reversals: an operator takes an entry back by its opposite. The entry stays; nothing is rewritten.

use shared::{OrderId, PaymentId, RefundId, TopUpId, text::Reason};
use uuid::Uuid;

use super::{
    Account, ChargeState, ClearingAccount, Context, Event, Posting, Rejection, TopUpState, payment,
    standing,
};

/// Take back a top-up, a charge or a refund: once, and however the account stands. It may leave less than nothing: a
/// payment that a bank called back is owed.
pub(crate) fn reverse(
    account: &Account,
    entry_id: Uuid,
    reverses: Uuid,
    reason: &Reason,
    context: &Context,
) -> Result<Vec<Event>, Rejection> {
    standing::for_operator(account, context)?;
    let Some((posting, order_id)) = standing_entry(account, reverses)? else {
        return Ok(Vec::new());
    };
    let Posting {
        gain: amount,
        clearing,
    } = posting.reversed();
    payment::fits(account, amount)?;
    Ok(vec![Event::EntryReversed {
        entry_id,
        reverses,
        amount,
        clearing,
        order_id,
        reason: reason.clone(),
    }])
}

/// What an entry posted and the order it belongs to; none where it was taken back already.
fn standing_entry(
    account: &Account,
    id: Uuid,
) -> Result<Option<(Posting, Option<OrderId>)>, Rejection> {
    if let Some(top_up) = account.top_up(TopUpId(id)) {
        let provider = || ClearingAccount::Provider(top_up.provider.clone());
        return match top_up.state {
            TopUpState::Credited(amount) => {
                Ok(Some((Posting::gain(amount, provider()), top_up.order_id)))
            }
            TopUpState::Reversed(_) => Ok(None),
            TopUpState::Open | TopUpState::Failed => Err(Rejection::NoSuchEntry),
        };
    }
    if let Some(charge) = account.charge(PaymentId(id)) {
        return match charge.state {
            ChargeState::Posted { refunded: 0 } => {
                let conference = ClearingAccount::Conference(charge.conference_id);
                let posting = Posting::loss(charge.amount, conference);
                Ok(Some((posting, Some(charge.order_id))))
            }
            // Both together would give back more than was charged.
            ChargeState::Posted { .. } => Err(Rejection::ChargeRefunded),
            ChargeState::Reversed => Ok(None),
            ChargeState::Declined => Err(Rejection::NoSuchEntry),
        };
    }
    let refund = account.refund(RefundId(id)).ok_or(Rejection::NoSuchEntry)?;
    let charge = account.charge(refund.payment_id);
    let charge = charge.ok_or(Rejection::NoSuchEntry)?;
    if refund.reversed {
        return Ok(None);
    }
    let conference = ClearingAccount::Conference(charge.conference_id);
    let posting = Posting::gain(refund.amount, conference);
    Ok(Some((posting, Some(charge.order_id))))
}
