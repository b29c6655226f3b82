//! What callers are told of a no: the domain's, a provider's, or that a callback is not a provider's word.

use domain::accounts::Rejection;
use plenary_http::{Request, request_id, respond};
use shared::{
    Problem, ProblemType,
    problem::{FieldError, FieldErrors, Standing, Unsettled},
};

use crate::provider::{BadCallback, NoCheckout};

/// The problem that a rejection becomes.
pub(crate) fn problem(rejection: &Rejection) -> Problem {
    let problem = Problem::new(kind(rejection), rejection.to_string());
    match *rejection {
        Rejection::NotOpenToThis(status) => problem.with(Standing { status }),
        Rejection::NotSettled {
            balance,
            open_top_ups,
        } => problem.with(Unsettled {
            balance,
            open_top_ups,
        }),
        Rejection::InvalidAmount => problem.with(FieldErrors {
            errors: vec![FieldError {
                field: "amount".into(),
                detail: "must be above zero, in the account's currency".into(),
            }],
        }),
        Rejection::NoSuchAccount
        | Rejection::NotYours
        | Rejection::BalanceTooLarge
        | Rejection::EntryDiffers
        | Rejection::NoSuchTopUp
        | Rejection::NoSuchCharge
        | Rejection::NoSuchEntry
        | Rejection::ChargeReversed
        | Rejection::RefundTooHigh { .. }
        | Rejection::ChargeRefunded => problem,
    }
}

fn kind(rejection: &Rejection) -> ProblemType {
    match rejection {
        Rejection::NoSuchAccount
        | Rejection::NoSuchTopUp
        | Rejection::NoSuchCharge
        | Rejection::NoSuchEntry => ProblemType::NotFound,
        Rejection::NotYours => ProblemType::Forbidden,
        Rejection::NotOpenToThis(_) => ProblemType::AccountNotOpenToThis,
        Rejection::NotSettled { .. } => ProblemType::AccountNotSettled,
        Rejection::InvalidAmount => ProblemType::InvalidRequest,
        Rejection::BalanceTooLarge => ProblemType::BalanceTooLarge,
        Rejection::EntryDiffers => ProblemType::EntryDiffers,
        Rejection::ChargeReversed | Rejection::RefundTooHigh { .. } | Rejection::ChargeRefunded => {
            ProblemType::EntryFixed
        }
    }
}

/// The provider gave no page. The top-up is started, and asking again under the same key leads on from there.
pub(crate) fn no_checkout(request: &Request, none: &NoCheckout) -> Problem {
    match none {
        NoCheckout::Unavailable(_) => {
            tracing::warn!(request_id = request_id(request), cause = %none, "no page to pay at");
            respond::later(
                "The payment provider does not answer right now. Nothing was charged; try again in a moment.",
                2,
            )
        }
        NoCheckout::Refused(_) => respond::fault(request, none),
    }
}

/// Not a provider's word. Whoever sent it learns no more than that.
pub(crate) fn bad_callback(request: &Request, bad: &BadCallback) -> Problem {
    tracing::warn!(request_id = request_id(request), cause = %bad, "a callback was refused");
    match bad {
        BadCallback::Signature(_) => Problem::new(
            ProblemType::InvalidSignature,
            "The signature is missing, not valid, or too old.",
        ),
        BadCallback::Unreadable(_) => Problem::new(
            ProblemType::InvalidRequest,
            "The body is not one that the payment provider documents.",
        ),
    }
}
