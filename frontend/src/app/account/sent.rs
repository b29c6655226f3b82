//! The top-up that this tab sent the person to the payment provider for, and what became of it. Kept in the tab, so that
//! whoever comes back, by the provider's link or by the browser's button, is told.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use shared::{
    Money, Timestamp, TopUpId, VersionToken,
    account::{MyAccounts, TopUpAnswer, TopUpFailure},
    answers::Accepted,
};

use crate::{
    browser::tab,
    ui::{Alert, format, use_announcer, use_remaining, watch},
};

const KEPT_AS: &str = "top-up";

/// A top-up for no order in particular, begun in this tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentTopUp {
    pub top_up_id: TopUpId,
    pub amount: Money,
    /// The provider's page.
    pub checkout_url: String,
    /// What the account's view must have reached to show it.
    reached: VersionToken,
}

/// What became of a top-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider has not answered. It can be paid until then, where that is known yet.
    Pending(Option<Timestamp>),
    Credited,
    Failed(TopUpFailure),
}

impl SentTopUp {
    /// A top-up that was just started.
    pub fn new(accepted: Accepted<TopUpAnswer>) -> Self {
        let mut reached = VersionToken::default();
        reached.advance_all(&accepted.wrote);
        let answer = accepted.answer;
        Self {
            top_up_id: answer.top_up_id,
            amount: answer.amount,
            checkout_url: answer.checkout_url,
            reached,
        }
    }

    /// The one that this tab keeps.
    pub fn kept() -> Option<Self> {
        tab::get(KEPT_AS)
    }

    /// Keep it until it is known what became of it.
    pub fn keep(&self) {
        tab::set(KEPT_AS, self);
    }

    /// It is known.
    pub fn forget() {
        tab::remove(KEPT_AS);
    }

    /// What became of it: a top-up that is neither open nor failed is on the account.
    pub fn outcome(&self, accounts: &MyAccounts) -> Outcome {
        if !accounts.as_of.covers(&self.reached) {
            return Outcome::Pending(None);
        }
        let currency = self.amount.currency;
        for account in accounts
            .accounts
            .iter()
            .filter(|known| known.currency == currency)
        {
            let mut open = account.open_top_ups.iter();
            if let Some(open) = open.find(|open| open.top_up_id == self.top_up_id) {
                return Outcome::Pending(Some(open.until));
            }
            let mut failed = account.failed_top_ups.iter();
            if let Some(failed) = failed.find(|failed| failed.top_up_id == self.top_up_id) {
                return Outcome::Failed(failed.reason);
            }
        }
        Outcome::Credited
    }
}

/// Why a top-up brought nothing, as a sentence.
pub fn why(reason: TopUpFailure) -> &'static str {
    match reason {
        TopUpFailure::Declined => "The card was declined; you were not charged.",
        TopUpFailure::Expired => {
            "Nobody paid before the payment page ran out; you were not charged."
        }
    }
}

/// What is known of it.
#[component]
pub fn SentNotice(
    sent: RwSignal<Option<SentTopUp>>,
    outcome: Memo<Option<Outcome>>,
) -> impl IntoView {
    let announcer = use_announcer();
    watch(move || match (outcome.get(), sent.get_untracked()) {
        (Some(Outcome::Pending(_)), _) => announcer.say("Waiting for the payment provider."),
        (Some(Outcome::Credited), Some(sent)) => {
            announcer.say(format!(
                "{} is on your account.",
                format::amount(sent.amount)
            ));
        }
        (Some(Outcome::Credited | Outcome::Failed(_)) | None, _) => {}
    });
    move || {
        let (outcome, sent) = (outcome.get()?, sent.get_untracked()?);
        Some(match outcome {
            Outcome::Pending(until) => view! { <Pending sent until /> }.into_any(),
            Outcome::Credited => view! {
                <p class="notice good" data-test="top-up-credited">
                    <strong>{format::amount(sent.amount)} " is on your account."</strong>
                </p>
            }
            .into_any(),
            Outcome::Failed(reason) => view! {
                <Alert test="top-up-failed">
                    <p>
                        <strong>{why(reason)}</strong>
                        " Your top-up of " {format::amount(sent.amount)} " did not go through. Try again, or with another card."
                    </p>
                </Alert>
            }
            .into_any(),
        })
    }
}

#[component]
fn Pending(sent: SentTopUp, until: Option<Timestamp>) -> impl IntoView {
    let remaining = use_remaining(Signal::stored(until));
    let can_be_paid = Memo::new(move |_| remaining.get().is_none_or(|left| left > 0));
    let page = StoredValue::new(sent.checkout_url);
    view! {
        <div class="notice" data-test="top-up-pending">
            <p>
                <strong>"Waiting for the payment provider…"</strong>
                " As soon as your payment of " {format::amount(sent.amount)}
                " arrives, it shows here. You can leave this page; it arrives all the same."
            </p>
            {move || can_be_paid.get().then(|| view! {
                <a class="button" rel="external" href=page.get_value() data-test="provider-page">
                    "Return to the payment page"
                </a>
            })}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000002";
    const AT: &str = "2027-05-03T07:30:00Z";

    fn euros() -> Value {
        json!({"minor": 5_000, "currency": "EUR"})
    }

    fn outcome(reached: u64, open: Value, failed: Value) -> Outcome {
        let sent: SentTopUp = serde_json::from_value(json!({
            "top_up_id": ID, "amount": euros(), "checkout_url": "/pay", "reached": {"account#EUR#ada": reached},
        }))
        .unwrap();
        let accounts = serde_json::from_value(json!({"accounts": [{
            "currency": "EUR", "status": "active", "balance": euros(), "credit_limit": euros(), "available": euros(),
            "open_top_ups": open, "failed_top_ups": failed,
        }], "as_of": {"account#EUR#ada": 4}}))
        .unwrap();
        sent.outcome(&accounts)
    }

    #[test]
    fn a_top_up_is_pending_until_the_account_says_otherwise() {
        let open = json!([{"top_up_id": ID, "amount": euros(), "started_at": AT, "until": AT}]);
        let failed =
            json!([{"top_up_id": ID, "amount": euros(), "failed_at": AT, "reason": "declined"}]);
        let none = || json!([]);
        let until = AT.parse().unwrap();
        assert_eq!(outcome(5, none(), none()), Outcome::Pending(None));
        assert_eq!(outcome(4, open, none()), Outcome::Pending(Some(until)));
        assert_eq!(outcome(4, none(), none()), Outcome::Credited);
        assert_eq!(
            outcome(4, none(), failed),
            Outcome::Failed(TopUpFailure::Declined)
        );
    }
}
