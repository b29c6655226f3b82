//! The promo codes of a conference: what each does and how often it was used, adding one, and taking one back.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{
    answers::{Accepted, PromoCodeAnswer},
    endpoint::Name,
    requests::Nothing,
    text::PromoCode,
    views::{ConferencePage, PromoCodeView, PromoCodes},
};

use super::{
    add_code::AddCodeForm,
    terms::{State, details, discount},
};
use crate::{
    api::{PromoCodesOf, Upkeep, live, use_client, use_command},
    browser::focus,
    ui::{
        CommandButton, CommandNotice, Dialog, Freshness, If, LoadFailure, Skeleton, handler,
        use_announcer,
    },
};

const POLLED_EVERY: Duration = Duration::from_secs(10);

/// The list, and the form that adds to it.
#[component]
pub fn PromoCodesSection(
    page: Memo<Arc<ConferencePage>>,
    /// Whether the conference still takes place.
    is_on: Memo<bool>,
) -> impl IntoView {
    let id = page.with_untracked(|page| page.conference_id);
    let codes = live(Memo::new(move |_| PromoCodesOf(id)), POLLED_EVERY);
    let upkeep = codes.upkeep;
    let is_adding = RwSignal::new(false);
    let announcer = use_announcer();
    let on_added = Callback::new(move |code: PromoCode| {
        is_adding.set(false);
        upkeep.refresh();
        announcer.say(format!("{code} is added."));
        focus("promo-codes-title");
    });
    let open = move |_| {
        is_adding.set(true);
        focus("promo-code");
    };
    view! {
        <section aria-labelledby="promo-codes-title">
            <h2 id="promo-codes-title" tabindex="-1">"Promo codes"</h2>
            <Freshness upkeep />
            {move || match (codes.view.get(), upkeep.failure.get()) {
                (Some(codes), _) => view! { <List codes page is_on upkeep /> }.into_any(),
                (None, Some(_)) => view! { <LoadFailure upkeep /> }.into_any(),
                (None, None) => view! { <Skeleton label="Loading the promo codes" blocks=&["seat-block"] /> }.into_any(),
            }}
            <If when=move || is_on.get() && is_adding.get()>
                <AddCodeForm page is_adding on_added />
            </If>
            <If when=move || is_on.get() && !is_adding.get()>
                <p class="actions">
                    <button class="button" type="button" data-test="add-code" on:click=handler(open)>
                        "Add a promo code"
                    </button>
                </p>
            </If>
        </section>
    }
}

#[component]
fn List(
    codes: Arc<PromoCodes>,
    page: Memo<Arc<ConferencePage>>,
    is_on: Memo<bool>,
    upkeep: Upkeep,
) -> impl IntoView {
    // One question for the whole list: which code it is about is what changes.
    let open = RwSignal::new(false);
    let asked = RwSignal::new(None::<PromoCode>);
    let ask = Callback::new(move |code: PromoCode| {
        asked.set(Some(code));
        open.set(true);
    });
    if codes.promo_codes.is_empty() {
        return view! {
            <p class="hint" data-test="no-promo-codes">
                "There are none. A code lowers the price of each seat for whoever enters it."
            </p>
        }
        .into_any();
    }
    let rows = codes.promo_codes.iter();
    let rows = rows.map(|code| view! { <Row code=code.clone() page is_on ask /> });
    let title = move || match asked.get() {
        Some(code) => format!("Withdraw {code}?"),
        None => String::new(),
    };
    view! {
        <ul class="rows" data-test="promo-codes">{rows.collect_view()}</ul>
        <Dialog open title=Signal::derive(title) id="withdraw-title">
            {move || asked.get().map(|code| view! { <Withdraw code page open upkeep /> })}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Row(
    code: PromoCodeView,
    page: Memo<Arc<ConferencePage>>,
    is_on: Memo<bool>,
    ask: Callback<PromoCode>,
) -> impl IntoView {
    let clock = use_client().clock;
    let state = State::of(&code, clock.now());
    let (word, class) = state.chip();
    let page = page.get_untracked();
    let what = discount(code.terms.discount, page.currency);
    let details = details(&code, &page.seat_types, page.time_zone.as_str()).join(", ");
    let name = code.terms.code;
    let label = format!("Withdraw {name}");
    let asked = name.clone();
    view! {
        <li class="promo-code" data-test=format!("promo-code-{name}")>
            <div>
                <p>
                    <strong class="code">{name.to_string()}</strong>
                    " " <span class=class>{word}</span>
                </p>
                <p>{what} ", " <span class="hint">{details}</span></p>
            </div>
            {move || (is_on.get() && state != State::Withdrawn).then(|| {
                let asked = asked.clone();
                view! {
                    <button
                        class="button"
                        type="button"
                        aria-label=label.clone()
                        data-test=format!("withdraw-{asked}")
                        on:click=handler(move |_| ask.run(asked.clone()))
                    >
                        "Withdraw"
                    </button>
                }
            })}
        </li>
    }
}

#[component]
fn Withdraw(
    code: PromoCode,
    page: Memo<Arc<ConferencePage>>,
    open: RwSignal<bool>,
    upkeep: Upkeep,
) -> impl IntoView {
    let id = page.with_untracked(|page| page.conference_id);
    let announcer = use_announcer();
    let command = use_command(move |accepted: Accepted<PromoCodeAnswer>| {
        open.set(false);
        upkeep.refresh();
        announcer.say(format!("{} is withdrawn.", accepted.answer.code));
        // The button that opened the question is gone.
        focus("promo-codes-title");
    });
    let withdraw = Callback::new(move |()| {
        command.send(Name::WithdrawPromoCode.path(&[&id, &code]), &Nothing {});
    });
    view! {
        <p>
            "Nobody can use it for a new booking any more, and it cannot be added again under the same name. Bookings made with it keep their price."
        </p>
        <CommandNotice phase=command.phase() safe="The code is as it was." />
        <div class="actions">
            <button class="button" type="button" autofocus data-test="keep" on:click=handler(move |_| open.set(false))>
                "Keep the code"
            </button>
            <CommandButton
                phase=command.phase()
                label="Withdraw it"
                busy_label="Withdrawing…"
                class="button danger"
                test="confirm-withdraw"
                on_press=withdraw
            />
        </div>
    }
}
