//! Top-ups: started by the person, ended by what the payment provider says. Its answers may come late, twice and out of
//! order, and whatever it took in is credited once.

use shared::{
    Money, OrderId, TopUpId,
    account::{AccountStatus, TopUpFailure},
};

use super::{Account, Context, Event, Rejection, StreamId, TopUp, TopUpState, payment, standing};

/// What a person asks for.
pub(crate) struct Asked<'a> {
    pub(crate) amount: Money,
    pub(crate) provider: &'a str,
    pub(crate) order_id: Option<OrderId>,
}

/// Start a top-up of one's own account. A pending one takes money too; it can be spent once the account is approved.
pub(crate) fn start(
    account: &Account,
    stream: &StreamId,
    top_up_id: TopUpId,
    asked: &Asked,
    context: &Context,
) -> Result<Vec<Event>, Rejection> {
    if *stream.person() != context.actor.person {
        return Err(Rejection::NotYours);
    }
    if let Some(known) = account.top_up(top_up_id) {
        let same = known.amount == asked.amount
            && known.provider == asked.provider
            && known.order_id == asked.order_id;
        return unchanged_if(same);
    }
    payment::positive(account, asked.amount)?;
    payment::fits(account, asked.amount)?;
    let (mut events, status) = standing::opened(account, stream, context);
    match status {
        AccountStatus::Pending | AccountStatus::Active => {}
        AccountStatus::Denied | AccountStatus::Blocked | AccountStatus::Closed => {
            return Err(Rejection::NotOpenToThis(status));
        }
    }
    events.push(Event::TopUpStarted {
        top_up_id,
        amount: asked.amount,
        provider: asked.provider.to_owned(),
        order_id: asked.order_id,
        until: context.at.plus_minutes(context.rules.checkout_minutes),
    });
    Ok(events)
}

/// The provider took money in: it is credited however the account stands by now, and also after a failure was reported.
/// What it took is what it says, whatever was asked for.
pub(crate) fn credit(
    account: &Account,
    top_up_id: TopUpId,
    amount: Money,
    reference: &str,
) -> Result<Vec<Event>, Rejection> {
    let top_up = known(account, top_up_id)?;
    match top_up.state {
        TopUpState::Open | TopUpState::Failed => {}
        TopUpState::Credited(credited) | TopUpState::Reversed(credited) => {
            return unchanged_if(credited == amount);
        }
    }
    payment::positive(account, amount)?;
    payment::fits(account, amount)?;
    Ok(vec![Event::TopUpCredited {
        top_up_id,
        amount,
        provider: top_up.provider.clone(),
        order_id: top_up.order_id,
        reference: reference.to_owned(),
    }])
}

/// The provider took nothing in. After a success, that is old news.
pub(crate) fn fail(
    account: &Account,
    top_up_id: TopUpId,
    reason: TopUpFailure,
) -> Result<Vec<Event>, Rejection> {
    Ok(match known(account, top_up_id)?.state {
        TopUpState::Open => vec![Event::TopUpFailed { top_up_id, reason }],
        TopUpState::Failed | TopUpState::Credited(_) | TopUpState::Reversed(_) => Vec::new(),
    })
}

fn known(account: &Account, top_up_id: TopUpId) -> Result<&TopUp, Rejection> {
    account.top_up(top_up_id).ok_or(Rejection::NoSuchTopUp)
}

/// An entry that is there already: the same again changes nothing, and another one under its id is refused.
pub(crate) fn unchanged_if(same: bool) -> Result<Vec<Event>, Rejection> {
    if same {
        Ok(Vec::new())
    } else {
        Err(Rejection::EntryDiffers)
    }
}
