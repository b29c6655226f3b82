//! The person's account: the balance in each currency, how to top it up, and where the money came from and went.

mod balance_plot;
mod forget;
mod sent;
mod standing;
mod statement;
mod top_up;
mod top_ups;

use std::{sync::Arc, time::Duration};

use leptos::{ev, prelude::*};
use shared::{
    Currency, Money,
    account::{AccountView, MyAccounts},
};

use self::{
    forget::ForgetSection,
    sent::{Outcome, SentNotice, SentTopUp},
    standing::StandingNotice,
    statement::StatementSection,
    top_up::TopUpForm,
    top_ups::TopUps,
};
use super::order::SignInFirst;
use crate::{
    api::{MyAccount, Upkeep, live, use_client},
    browser::device_now,
    router::use_router,
    ui::{Freshness, LoadFailure, PageHeading, Skeleton, format, use_second, watch},
};

const POLLED_EVERY: Duration = Duration::from_secs(10);
/// While the provider's word is awaited, for as long as it usually takes, and then.
const HURRIED: Duration = Duration::from_secs(1);
const PATIENT: Duration = Duration::from_secs(5);
const USUAL_MS: f64 = 30_000.0;

/// My account.
#[component]
pub fn AccountScreen() -> impl IntoView {
    let session = use_client().session;
    let is_signed_in = Memo::new(move |_| session.is_signed_in());
    move || match is_signed_in.get() {
        true => view! { <Account /> }.into_any(),
        false => view! { <SignInFirst text="Your account is shown only to you." /> }.into_any(),
    }
}

#[component]
fn Account() -> impl IntoView {
    let sent = RwSignal::new(SentTopUp::kept());
    let waits = RwSignal::new(false);
    let mine = live(Memo::new(|_| MyAccount), use_pace(waits.into()));
    let outcome = Memo::new(move |_| {
        let accounts = mine.view.get()?;
        sent.with(|sent| sent.as_ref().map(|sent| sent.outcome(&accounts)))
    });
    watch(move || {
        waits.set(matches!(outcome.get(), Some(Outcome::Pending(_))));
        // What has been told once is not told again.
        if matches!(outcome.get(), Some(Outcome::Credited | Outcome::Failed(_))) {
            SentTopUp::forget();
        }
    });

    let is_known = Memo::new(move |_| mine.view.with(Option::is_some));
    let has_failed = Memo::new(move |_| mine.upkeep.failure.with(Option::is_some));
    let known = move || {
        let Some(first) = mine.view.get_untracked() else {
            return ().into_any();
        };
        let accounts = Memo::new(move |_| mine.view.get().unwrap_or_else(|| first.clone()));
        view! { <Currencies accounts sent outcome upkeep=mine.upkeep /> }.into_any()
    };
    view! {
        <PageHeading title="My account" />
        <Freshness upkeep=mine.upkeep />
        {move || match (is_known.get(), has_failed.get()) {
            (true, _) => known(),
            (false, true) => view! { <LoadFailure upkeep=mine.upkeep /> }.into_any(),
            (false, false) => {
                view! { <Skeleton label="Loading your account" blocks=&["block", "seat-block", "seat-block"] /> }
                    .into_any()
            }
        }}
        <ForgetSection />
    }
}

/// How often to ask: quickly at first while something is awaited, also for whoever comes back to this very page.
fn use_pace(waits: Signal<bool>) -> Memo<Duration> {
    let since = RwSignal::new(device_now());
    let shown_again = window_event_listener(ev::pageshow, move |_| since.set(device_now()));
    on_cleanup(move || shown_again.remove());
    let second = use_second();
    Memo::new(move |_| {
        second.track();
        let is_late = device_now() - since.get() > USUAL_MS;
        match (waits.get(), is_late) {
            (false, _) => POLLED_EVERY,
            (true, false) => HURRIED,
            (true, true) => PATIENT,
        }
    })
}

/// The account in the currency that the address names, and the way to the others.
#[component]
fn Currencies(
    accounts: Memo<Arc<MyAccounts>>,
    sent: RwSignal<Option<SentTopUp>>,
    outcome: Memo<Option<Outcome>>,
    upkeep: Upkeep,
) -> impl IntoView {
    let router = use_router();
    let held = Memo::new(move |_| accounts.with(|accounts| currencies(accounts)));
    let currency = Memo::new(move |_| {
        let named = Currency::try_from(router.parameter("currency")).ok();
        held.with(|held| chosen(held, named))
    });
    let account = Memo::new(move |_| {
        let currency = currency.get();
        accounts.with(|accounts| {
            let mut known = accounts.accounts.iter();
            known.find(|account| account.currency == currency).cloned()
        })
    });
    view! {
        {move || {
            let held = held.get();
            (held.len() > 1).then(|| view! { <CurrencyLinks held chosen=currency /> })
        }}
        {move || {
            let currency = currency.get();
            view! {
                <div class="account">
                    <div class="account-now">
                        <Balance currency account />
                        <SentNotice sent outcome />
                        <TopUpForm currency account sent upkeep />
                        <TopUps account sent />
                    </div>
                    <StatementSection currency account />
                </div>
            }
        }}
    }
}

fn currencies(accounts: &MyAccounts) -> Vec<Currency> {
    let accounts = accounts.accounts.iter();
    accounts.map(|account| account.currency).collect()
}

/// The currency named, if there is an account in it; otherwise the first. The first account of all is usually in euros.
fn chosen(held: &[Currency], named: Option<Currency>) -> Currency {
    let named = named.filter(|named| held.contains(named));
    named
        .or_else(|| held.first().copied())
        .unwrap_or(Currency::EUR)
}

#[component]
fn CurrencyLinks(held: Vec<Currency>, chosen: Memo<Currency>) -> impl IntoView {
    let link = |currency: Currency| {
        view! {
            <li>
                <a
                    href=format!("/account?currency={currency}")
                    aria-current=move || (chosen.get() == currency).then_some("true")
                    data-test=format!("currency-{currency}")
                >
                    {currency.to_string()}
                </a>
            </li>
        }
    };
    view! {
        <nav aria-label="Currency">
            <ul class="segments">{held.into_iter().map(link).collect_view()}</ul>
        </nav>
    }
}

/// What is there, and whether it can be used.
#[component]
fn Balance(currency: Currency, account: Memo<Option<AccountView>>) -> impl IntoView {
    let balance = move || {
        let nothing = Money { minor: 0, currency };
        account.with(|account| account.as_ref().map_or(nothing, |account| account.balance))
    };
    let credit = move || {
        let account = account
            .get()
            .filter(|account| account.credit_limit.minor > 0)?;
        Some(format!(
            "It may go below zero by {}, so {} can be spent.",
            format::amount(account.credit_limit),
            format::amount(account.available)
        ))
    };
    view! {
        <section aria-labelledby="balance-title">
            <h2 id="balance-title" class="overline">"Balance in " {currency.to_string()}</h2>
            <p class="balance" data-test="balance">{move || format::amount(balance())}</p>
            <p class="hint">{credit}</p>
            <StandingNotice account />
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_name_any_currency_that_there_is_an_account_in() {
        let usd = Currency::try_from("USD".to_owned()).unwrap();
        let eur = Currency::EUR;
        assert_eq!(chosen(&[eur, usd], Some(usd)), usd);
        assert_eq!(chosen(&[eur, usd], None), eur);
        assert_eq!(chosen(&[usd], Some(eur)), usd);
        assert_eq!(chosen(&[], None), eur);
    }
}
