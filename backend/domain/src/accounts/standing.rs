//! Where an account stands: opened by its first use, and from then on an operator's to decide.
//!
//! Pending -> Active | Denied; Active <-> Blocked; any of them -> Closed once it is settled.

use shared::{
    account::{AccountStatus, CreditLimit},
    text::Reason,
};

use super::{Account, Context, Event, Rejection, StreamId};

/// What the first use of an account makes happen before it, and where the account stands then.
pub(crate) fn opened(
    account: &Account,
    stream: &StreamId,
    context: &Context,
) -> (Vec<Event>, AccountStatus) {
    if let Some(status) = account.status() {
        return (Vec::new(), status);
    }
    let mut events = vec![Event::AccountOpened {
        person: stream.person().clone(),
        currency: stream.currency(),
    }];
    if context.rules.approve_prepaid {
        events.push(Event::AccountApproved {});
        (events, AccountStatus::Active)
    } else {
        (events, AccountStatus::Pending)
    }
}

/// Where an account stands that an operator wants to change.
pub(crate) fn for_operator(
    account: &Account,
    context: &Context,
) -> Result<AccountStatus, Rejection> {
    if !context.actor.is_operator {
        return Err(Rejection::NotYours);
    }
    account.status().ok_or(Rejection::NoSuchAccount)
}

pub(crate) fn approve(account: &Account, context: &Context) -> Result<Vec<Event>, Rejection> {
    match for_operator(account, context)? {
        AccountStatus::Pending => Ok(vec![Event::AccountApproved {}]),
        AccountStatus::Active => Ok(Vec::new()),
        status @ (AccountStatus::Denied | AccountStatus::Blocked | AccountStatus::Closed) => {
            Err(Rejection::NotOpenToThis(status))
        }
    }
}

pub(crate) fn deny(
    account: &Account,
    reason: &Reason,
    context: &Context,
) -> Result<Vec<Event>, Rejection> {
    match for_operator(account, context)? {
        AccountStatus::Pending => Ok(vec![Event::AccountDenied {
            reason: reason.clone(),
        }]),
        AccountStatus::Denied => Ok(Vec::new()),
        status @ (AccountStatus::Active | AccountStatus::Blocked | AccountStatus::Closed) => {
            Err(Rejection::NotOpenToThis(status))
        }
    }
}

pub(crate) fn block(
    account: &Account,
    reason: &Reason,
    context: &Context,
) -> Result<Vec<Event>, Rejection> {
    match for_operator(account, context)? {
        AccountStatus::Active => Ok(vec![Event::AccountBlocked {
            reason: reason.clone(),
        }]),
        AccountStatus::Blocked => Ok(Vec::new()),
        status @ (AccountStatus::Pending | AccountStatus::Denied | AccountStatus::Closed) => {
            Err(Rejection::NotOpenToThis(status))
        }
    }
}

pub(crate) fn unblock(account: &Account, context: &Context) -> Result<Vec<Event>, Rejection> {
    match for_operator(account, context)? {
        AccountStatus::Blocked => Ok(vec![Event::AccountUnblocked {}]),
        AccountStatus::Active => Ok(Vec::new()),
        status @ (AccountStatus::Pending | AccountStatus::Denied | AccountStatus::Closed) => {
            Err(Rejection::NotOpenToThis(status))
        }
    }
}

/// Close an account on which nothing is, nothing is owed, and to which nothing is on its way.
pub(crate) fn close(account: &Account, context: &Context) -> Result<Vec<Event>, Rejection> {
    if for_operator(account, context)? == AccountStatus::Closed {
        return Ok(Vec::new());
    }
    let (balance, open_top_ups) = (account.balance(), account.open_top_ups(context.at));
    if balance.minor != 0 || open_top_ups > 0 {
        return Err(Rejection::NotSettled {
            balance,
            open_top_ups,
        });
    }
    Ok(vec![Event::AccountClosed {}])
}

/// Set how far below zero the balance may go. Lowered below what is used, it only stops further charges.
pub(crate) fn set_credit_limit(
    account: &Account,
    limit: CreditLimit,
    context: &Context,
) -> Result<Vec<Event>, Rejection> {
    match for_operator(account, context)? {
        AccountStatus::Pending | AccountStatus::Active | AccountStatus::Blocked => {}
        status @ (AccountStatus::Denied | AccountStatus::Closed) => {
            return Err(Rejection::NotOpenToThis(status));
        }
    }
    let limit = account.money(limit.get());
    if limit == account.credit_limit() {
        return Ok(Vec::new());
    }
    Ok(vec![Event::CreditLimitSet { limit }])
}
