//! What happened, as a sentence: for whoever reads the log. It says amounts and times, and never a person or why an operator
//! did something, which is free text.

use shared::account::TopUpFailure;

use crate::words::{money, time};

use super::Event;

/// An event of this context in one sentence.
///
/// ```
/// use domain::accounts::{Event, words};
/// assert_eq!(words(&Event::AccountApproved {}), "The account was approved.");
/// ```
pub fn words(event: &Event) -> String {
    match event {
        Event::AccountOpened { currency, .. } => {
            format!("An account in {currency} was opened.")
        }
        Event::AccountApproved {} => "The account was approved.".to_owned(),
        Event::AccountDenied { .. } => "The account was denied.".to_owned(),
        Event::AccountBlocked { .. } => "The account was blocked.".to_owned(),
        Event::AccountUnblocked {} => "The account was unblocked.".to_owned(),
        Event::AccountClosed {} => "The account was closed.".to_owned(),
        Event::CreditLimitSet { limit } => {
            format!("The credit limit was set to {}.", money(*limit))
        }
        Event::TopUpStarted {
            amount,
            provider,
            until,
            ..
        } => format!(
            "A top-up of {} was begun at provider {provider}, to be paid by {}.",
            money(*amount),
            time(*until)
        ),
        Event::TopUpCredited {
            amount, provider, ..
        } => format!("{} came in through provider {provider}.", money(*amount)),
        Event::TopUpFailed { reason, .. } => {
            let why = match reason {
                TopUpFailure::Declined => "the provider declined it",
                TopUpFailure::Expired => "it was not paid in time",
            };
            format!("A top-up brought nothing: {why}.")
        }
        Event::ChargePosted {
            amount, order_id, ..
        } => format!("{} was charged for order {order_id}.", money(*amount)),
        Event::ChargeDeclined {
            amount,
            order_id,
            decline,
            ..
        } => format!(
            "{} for order {order_id} was not charged: {}.",
            money(*amount),
            decline.words()
        ),
        Event::RefundPosted {
            amount, order_id, ..
        } => format!("{} was refunded for order {order_id}.", money(*amount)),
        Event::EntryReversed { amount, .. } => {
            format!("An entry was reversed: {} for the account.", money(*amount))
        }
    }
}
