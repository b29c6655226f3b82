//! Top-ups that have not arrived: open ones, and the last that failed.

use leptos::prelude::*;
use shared::{
    Money, OrderId, Timestamp,
    account::{AccountView, FailedTopUp, OpenTopUp},
};

use super::sent::{SentTopUp, why};
use crate::{
    api::use_client,
    ui::format::{self, Style, time},
};

/// The list, where there is something in it beside what this tab is told about anyway.
#[component]
pub fn TopUps(
    account: Memo<Option<AccountView>>,
    sent: RwSignal<Option<SentTopUp>>,
) -> impl IntoView {
    let clock = use_client().clock;
    move || {
        let account = account.get()?;
        let told = sent.with(|sent| sent.as_ref().map(|sent| sent.top_up_id));
        let open = account.open_top_ups.into_iter().rev();
        let open = open.filter(|open| Some(open.top_up_id) != told);
        let failed = account.failed_top_ups.into_iter();
        let failed = failed.filter(|failed| Some(failed.top_up_id) != told);
        let open = open.map(|open| {
            let is_over = clock.until(open.until) <= 0;
            open_top_up(&open, is_over)
        });
        let shown: Vec<_> = open
            .chain(failed.map(|failed| failed_top_up(&failed)))
            .collect();
        (!shown.is_empty()).then(|| {
            view! {
                <section aria-labelledby="top-ups-title">
                    <h2 id="top-ups-title">"Top-ups that have not arrived"</h2>
                    <ul class="rows" data-test="open-top-ups">{shown}</ul>
                </section>
            }
        })
    }
}

fn open_top_up(open: &OpenTopUp, is_over: bool) -> AnyView {
    let until = time(open.until, "", Style::Clock);
    let text = match is_over {
        true => "The payment page has run out. If you paid, it still arrives.".to_owned(),
        false => format!("Waiting for the payment provider. It can be paid until {until}."),
    };
    row(
        "Open",
        "chip time",
        open.amount,
        open.started_at,
        text,
        open.order_id,
    )
}

fn failed_top_up(failed: &FailedTopUp) -> AnyView {
    let text = why(failed.reason).to_owned();
    row(
        "Failed",
        "chip bad",
        failed.amount,
        failed.failed_at,
        text,
        failed.order_id,
    )
}

fn row(
    state: &'static str,
    class: &'static str,
    amount: Money,
    at: Timestamp,
    text: String,
    order_id: Option<OrderId>,
) -> AnyView {
    let order = order_id.map(|id| {
        view! { " " <a href=format!("/orders/{id}")>"The booking it is for"</a> }
    });
    view! {
        <li>
            <p>
                <span class=class>{state}</span>
                " " <strong>{format::amount(amount)}</strong>
                ", " <time datetime=at.to_string()>{time(at, "", Style::Exact)}</time>
            </p>
            <p class="hint">{text} {order}</p>
        </li>
    }
    .into_any()
}
