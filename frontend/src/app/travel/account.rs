//! An account at each of its versions.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{Currency, account::AccountStatus, history::AccountThen};

use super::{
    Held, ReadsNote, ThenNow,
    versions::{VersionTimeline, asked_version},
};
use crate::{
    api::{AccountAt, Live, live},
    app::not_found::NotFound,
    browser::encode,
    ui::{
        LoadFailure, PageHeading, Skeleton,
        format::{amount, counted},
    },
};

const POLLED_EVERY: Duration = Duration::from_secs(10);

/// The account of a person in a currency, as both stand in the address.
#[component]
pub fn AccountTravelScreen(person: String, currency: String) -> impl IntoView {
    match Currency::try_from(currency) {
        Ok(currency) => view! { <Of person currency /> }.into_any(),
        Err(_) => view! {
            <NotFound title="There is no such account" text="A currency has three letters, such as EUR." />
        }
        .into_any(),
    }
}

#[component]
fn Of(person: String, currency: Currency) -> impl IntoView {
    let stream = format!("account#{currency}#{person}");
    let address = format!(
        "/operate/time-travel/accounts/{}/{currency}",
        encode(&person)
    );
    let version = asked_version();
    let at = |version: Signal<String>| {
        let person = person.clone();
        let query = Memo::new(move |_| AccountAt {
            person: person.clone(),
            currency,
            version: version.get(),
        });
        live(query, POLLED_EVERY)
    };
    let then: Live<AccountThen> = at(version.into());
    let now = at(Signal::derive(String::new));
    view! {
        <p class="back">
            <a href="/operate/time-travel">"Time travel"</a>
        </p>
        <PageHeading title="An account through time" />
        <p>
            <a class="code breaks" href=format!("/operate/streams/{}", encode(&stream))>{stream.clone()}</a>
        </p>
        <VersionTimeline stream address />
        {move || match (then.view.get(), now.view.get(), then.upkeep.failure.get()) {
            (Some(then), Some(now), _) => view! { <Account then now /> }.into_any(),
            (_, _, Some(failure)) if failure.is_not_found() => view! {
                <p data-test="not-found">"There is no such account."</p>
            }
            .into_any(),
            (_, _, Some(_)) => view! { <LoadFailure upkeep=then.upkeep /> }.into_any(),
            (_, _, None) => view! { <Skeleton label="Loading the account" blocks=&["block"] /> }.into_any(),
        }}
    }
}

#[component]
fn Account(then: Arc<AccountThen>, now: Arc<AccountThen>) -> impl IntoView {
    let held = |name: &str, tell: fn(&AccountThen) -> String| Held {
        name: name.into(),
        then: tell(&then),
        now: tell(&now),
    };
    let rows = vec![
        held("Version", |account| account.version.to_string()),
        held("Status", |account| status(account.status).into()),
        held("Balance", |account| amount(account.balance)),
        held("Credit limit", |account| amount(account.credit_limit)),
        held("Available", |account| amount(account.available)),
        held("Waiting for the provider", |account| {
            counted(account.open_top_ups, "top-up")
        }),
    ];
    view! {
        <ThenNow caption="The account at the chosen moment, and now" rows />
        <ReadsNote reads=then.reads />
    }
}

fn status(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Pending => "Pending",
        AccountStatus::Active => "Active",
        AccountStatus::Denied => "Denied",
        AccountStatus::Blocked => "Blocked",
        AccountStatus::Closed => "Closed",
    }
}
