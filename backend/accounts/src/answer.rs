//! From an outcome to an answer: always worked out from the account as it was right after the command.

use lambda_http::http::StatusCode;
use plenary_http::{Response, not_found, respond};
use shared::{
    StreamVersion,
    account::{AccountAnswer, TopUpAnswer},
    answers::Accepted,
};

use crate::{Outcome, provider::Checkout};

/// The answer to a top-up that was started.
pub(crate) fn top_up(
    checkout: &Checkout,
    checkout_url: String,
    wrote: Vec<StreamVersion>,
) -> Response {
    let answer = TopUpAnswer {
        top_up_id: checkout.top_up_id,
        amount: checkout.amount,
        checkout_url,
        until: checkout.until,
    };
    respond::json(StatusCode::CREATED, &Accepted { answer, wrote })
}

/// The answer to an operator's command.
pub(crate) fn account(outcome: &Outcome) -> Response {
    let account = &outcome.home;
    // No command of an operator is accepted for an account that was never opened.
    let Some(status) = account.status() else {
        return respond::problem(&not_found());
    };
    let answer = AccountAnswer {
        status,
        balance: account.balance(),
        credit_limit: account.credit_limit(),
    };
    let wrote = outcome.wrote.clone();
    respond::json(StatusCode::OK, &Accepted { answer, wrote })
}
