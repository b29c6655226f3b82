//! Where an account stands, and what its owner can do about it.

use leptos::prelude::*;
use shared::account::{AccountStatus, AccountView};

/// Whether an account in this state takes money in.
pub fn can_be_topped_up(status: AccountStatus) -> bool {
    match status {
        AccountStatus::Pending | AccountStatus::Active => true,
        AccountStatus::Denied | AccountStatus::Blocked | AccountStatus::Closed => false,
    }
}

/// Nothing, as long as all is well.
#[component]
pub fn StandingNotice(account: Memo<Option<AccountView>>) -> impl IntoView {
    let standing = Memo::new(move |_| {
        account.with(|account| {
            let account = account.as_ref()?;
            let reason = account.reason.as_ref().map(ToString::to_string);
            Some((account.status, reason))
        })
    });
    move || {
        let (status, reason) = standing.get()?;
        let (what, then) = words(status)?;
        Some(view! {
            <div class="notice" data-test="account-standing">
                <p>
                    <strong>{what}</strong>
                    {reason.map(|reason| format!(" The reason given: {reason}"))}
                </p>
                <p>{then}</p>
            </div>
        })
    }
}

/// What is the matter, and what can be done.
fn words(status: AccountStatus) -> Option<(&'static str, &'static str)> {
    Some(match status {
        AccountStatus::Active => return None,
        AccountStatus::Pending => (
            "This account is not approved yet.",
            "You can top it up already. Paying with it works as soon as it is approved; you need not do anything for that.",
        ),
        AccountStatus::Denied => (
            "This account was not approved.",
            "It cannot be topped up or pay. Bookings that cost nothing work without it.",
        ),
        AccountStatus::Blocked => (
            "This account is blocked.",
            "It cannot be topped up or pay until it is unblocked. Your money stays on it, refunds still arrive, and your bookings stand.",
        ),
        AccountStatus::Closed => (
            "This account is closed.",
            "It cannot be topped up or pay any more. Its statement stays here.",
        ),
    })
}
