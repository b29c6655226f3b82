//! Pay money in, at the payment provider's page.

use leptos::{ev, prelude::*};
use shared::{
    Currency, Money,
    account::{AccountView, StartTopUp, TopUpAmount, TopUpAnswer},
    answers::Accepted,
    endpoint::Name,
};
use web_sys::SubmitEvent;

use super::{sent::SentTopUp, standing::can_be_topped_up};
use crate::{
    api::{Phase, Upkeep, use_command},
    browser::focus,
    ui::{
        CommandButton, CommandNotice, ErrorSummary, FieldProblem, If, TextField, format, handler,
        minor_units,
    },
};

/// The field's id.
const AMOUNT: &str = "top-up-amount";

/// What many choose, in whole units of the currency.
const SUGGESTED: [i64; 3] = [25, 50, 100];

/// Choose an amount and go.
#[component]
pub fn TopUpForm(
    currency: Currency,
    account: Memo<Option<AccountView>>,
    sent: RwSignal<Option<SentTopUp>>,
    upkeep: Upkeep,
) -> impl IntoView {
    let is_possible = Memo::new(move |_| {
        account.with(|account| {
            let status = account.as_ref().map(|account| account.status);
            status.is_none_or(can_be_topped_up)
        })
    });
    view! {
        <If when=move || is_possible.get()>
            <Form currency sent upkeep />
        </If>
    }
}

#[component]
fn Form(currency: Currency, sent: RwSignal<Option<SentTopUp>>, upkeep: Upkeep) -> impl IntoView {
    let decimals = format::decimals(currency);
    let typed = RwSignal::new(String::new());
    let problems = RwSignal::new(Vec::new());
    // The button stays busy until the page is gone: a second press would be a second top-up.
    let is_leaving = RwSignal::new(false);
    let command = use_command(move |accepted: Accepted<TopUpAnswer>| {
        let started = SentTopUp::new(accepted);
        started.keep();
        is_leaving.set(true);
        _ = window().location().set_href(&started.checkout_url);
        sent.set(Some(started));
        upkeep.refresh();
    });
    // The browser may bring this very page back, as it was left.
    let shown_again = window_event_listener(ev::pageshow, move |_| is_leaving.set(false));
    on_cleanup(move || shown_again.remove());
    let phase = command.phase();
    let phase = Signal::derive(move || match is_leaving.get() {
        true => Phase::Sending,
        false => phase.get(),
    });

    let submit = move || {
        if phase.with_untracked(Phase::is_open) {
            return;
        }
        match parse(&typed.get_untracked(), currency, decimals) {
            Ok(amount) => {
                problems.set(Vec::new());
                let request = StartTopUp {
                    amount,
                    order_id: None,
                };
                command.send(Name::StartTopUp.path(&[]), &request);
            }
            Err(problem) => problems.set(vec![problem]),
        }
    };
    let suggestion = |units: i64| {
        let minor = units * 10_i64.pow(decimals);
        view! {
            <button
                class="button"
                type="button"
                data-test=format!("suggest-{units}")
                on:click=handler(move |_| {
                    typed.set(units.to_string());
                    problems.set(Vec::new());
                    focus(AMOUNT);
                })
            >
                {format::short_amount(Money { minor, currency })}
            </button>
        }
    };
    view! {
        <form
            class="top-up"
            novalidate
            on:submit=handler(move |event: SubmitEvent| {
                event.prevent_default();
                submit();
            })
        >
            <h2>"Top up"</h2>
            <ErrorSummary problems />
            <CommandNotice phase safe="You were not charged." />
            <TextField
                id=AMOUNT
                label=format!("Amount in {currency}")
                inputmode="decimal"
                autocomplete="off"
                value=typed
                problems
            />
            <div class="suggestions" role="group" aria-label="Amounts that many choose">
                {SUGGESTED.map(suggestion).collect_view()}
            </div>
            <p class="hint">"You pay at the payment provider's page and come back here."</p>
            <CommandButton
                phase
                label="Top up"
                busy_label="Going to the payment page…"
                test="top-up"
            />
        </form>
    }
}

/// The amount typed, or what is wrong with it.
fn parse(typed: &str, currency: Currency, decimals: u32) -> Result<TopUpAmount, FieldProblem> {
    let wrong = |message| FieldProblem {
        id: AMOUNT.into(),
        message,
    };
    if typed.trim().is_empty() {
        return Err(wrong("Enter an amount, or choose one".into()));
    }
    let minor = minor_units(typed, decimals).ok_or_else(|| {
        wrong("The amount must be a number without signs or spaces, such as 25 or 25.50".into())
    })?;
    TopUpAmount::try_from(Money { minor, currency }).map_err(|_| {
        let bound = |minor| format::amount(Money { minor, currency });
        let (least, most) = (bound(TopUpAmount::MIN), bound(TopUpAmount::MAX));
        wrong(format!("The amount must be from {least} to {most}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_that_is_typed_is_sent_in_minor_units() {
        let amount = parse("25.50", Currency::EUR, 2).unwrap().get();
        assert_eq!(amount.minor, 2_550);
    }

    #[test]
    fn what_is_not_an_amount_is_refused_at_its_field() {
        for typed in ["", "  ", "ten", "1,000"] {
            assert_eq!(parse(typed, Currency::EUR, 2).unwrap_err().id, AMOUNT);
        }
    }
}
