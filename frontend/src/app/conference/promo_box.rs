//! Promo codes: entering one shows at once what it does to the prices; one that cannot be used says why.

use leptos::{prelude::*, task::spawn_local};
use shared::{
    ProblemType,
    pricing::MAX_PROMO_CODES,
    problem::{PromoCodeRefusal, PromoRefusal},
    requests::Discount,
    text::PromoCode,
    views::PromoTerms,
};
use web_sys::KeyboardEvent;

use super::form::Wish;
use crate::{
    api::{Client, Failure, PromoCodeAt, use_client},
    browser::focus,
    ui::{FieldProblem, If, TextField, format, handler, use_announcer},
};

const FIELD: &str = "promo-code";
const CODES: &str = "promo-codes";

/// The codes entered, and a field for another.
#[component]
pub fn PromoBox(wish: Wish) -> impl IntoView {
    let client = use_client();
    let announcer = use_announcer();
    let typed = RwSignal::new(String::new());
    let problems = RwSignal::new(Vec::<FieldProblem>::new());
    let is_asking = RwSignal::new(false);

    let refuse = move |message: String| {
        problems.set(vec![FieldProblem {
            id: FIELD.to_owned(),
            message,
        }]);
        focus(FIELD);
    };
    let remove = move |code: &PromoCode| {
        wish.choice
            .update(|choice| choice.promo_codes.retain(|known| known != code));
        wish.terms
            .update(|terms| terms.retain(|known| known.code != *code));
        wish.clear();
    };
    // What was entered before the page was loaded anew: what it does is asked again, and may have changed.
    let kept = wish
        .choice
        .with_untracked(|choice| choice.promo_codes.clone());
    for code in kept {
        spawn_local(async move {
            match ask(client, wish, &code).await {
                Ok(terms) => learn(wish, terms),
                Err(Refused::Code(reason)) => {
                    remove(&code);
                    refuse(explain_refusal(&code, reason));
                }
                // Placing the order will tell.
                Err(Refused::Unknown(_)) => {}
            }
        });
    }

    let is_full = move || {
        wish.choice
            .with(|choice| choice.promo_codes.len() >= MAX_PROMO_CODES)
    };
    let apply = move || {
        if is_asking.get_untracked() {
            return;
        }
        problems.set(Vec::new());
        let code = match typed.get_untracked().parse::<PromoCode>() {
            Ok(code) => code,
            Err(invalid) => return refuse(format!("The code {}", invalid.0)),
        };
        if wish
            .choice
            .with_untracked(|choice| choice.promo_codes.contains(&code))
        {
            return refuse(format!("{code} is applied already"));
        }
        is_asking.set(true);
        spawn_local(async move {
            let asked = ask(client, wish, &code).await;
            if is_asking.try_set(false).is_some() {
                // The page is gone.
                return;
            }
            let asked = asked.and_then(|terms| {
                let others = wish.terms.get_untracked();
                match others.iter().all(|other| other.combinable)
                    && (terms.combinable || others.is_empty())
                {
                    true => Ok(terms),
                    false => Err(Refused::Code(PromoRefusal::NotCombinable)),
                }
            });
            match asked {
                Ok(terms) => {
                    typed.set(String::new());
                    announcer.say(format!("{code} is applied: {}.", effect(wish, &terms)));
                    learn(wish, terms);
                    wish.choice.update(|choice| choice.promo_codes.push(code));
                    wish.clear();
                    // With the last code that is possible, the field is gone.
                    focus(if is_full() { CODES } else { FIELD });
                }
                Err(Refused::Code(reason)) => refuse(explain_refusal(&code, reason)),
                Err(Refused::Unknown(failure)) => refuse(failure.sentence()),
            }
        });
    };
    let row = move |code: PromoCode| {
        let terms = wish
            .terms
            .with(|terms| terms.iter().find(|terms| terms.code == code).cloned());
        let is_idle = terms.as_ref().is_some_and(|terms| {
            wish.choice
                .with(|choice| choice.has_seats() && !choice.is_lowered_by(terms))
        });
        let effect = terms.map(|terms| effect(wish, &terms));
        let name = code.to_string();
        let (shown, remove_it) = (format!("code-{code}"), format!("remove-{code}"));
        view! {
            <li data-test=shown>
                <span>
                    <strong>{name.clone()}</strong>
                    " "
                    {effect}
                    {is_idle.then(|| view! { <span class="hint">"Not for the seats that you chose"</span> })}
                </span>
                <button
                    class="link-button"
                    type="button"
                    data-test=remove_it
                    on:click=handler(move |_| {
                        remove(&code);
                        problems.set(Vec::new());
                        focus(FIELD);
                    })
                >
                    "Remove"
                    <span class="visually-hidden">" " {name}</span>
                </button>
            </li>
        }
    };
    let codes = move || wish.choice.with(|choice| choice.promo_codes.clone());
    view! {
        <ul class="codes" id=CODES tabindex="-1">{move || codes().into_iter().map(row).collect_view()}</ul>
        <If when=move || !is_full()>
            <div
                class="promo-field"
                on:keydown=handler(move |event: KeyboardEvent| {
                    // Enter would hold the seats.
                    if event.key() == "Enter" {
                        event.prevent_default();
                        apply();
                    }
                })
            >
                <TextField id=FIELD label="Promo code" value=typed problems />
                <button
                    class="button"
                    type="button"
                    data-test="apply-code"
                    aria-disabled=move || is_asking.get().then_some("true")
                    on:click=handler(move |_| apply())
                >
                    "Apply"
                </button>
            </div>
        </If>
    }
}

/// Why a code's terms are not known.
enum Refused {
    /// It cannot be used.
    Code(PromoRefusal),
    /// There was no answer, or none that says anything of the code.
    Unknown(Failure),
}

async fn ask(client: Client, wish: Wish, code: &PromoCode) -> Result<PromoTerms, Refused> {
    let conference = wish.page.with_untracked(|page| page.conference_id);
    match client.read(&PromoCodeAt(conference, code.clone())).await {
        Ok(terms) => Ok((*terms).clone()),
        Err(failure) if failure.is_not_found() => Err(Refused::Code(PromoRefusal::Unknown)),
        Err(failure) => match failure.extension(ProblemType::PromoCodeRefused) {
            Some(PromoCodeRefusal { reason, .. }) => Err(Refused::Code(reason)),
            None => Err(Refused::Unknown(failure)),
        },
    }
}

fn learn(wish: Wish, learned: PromoTerms) {
    wish.terms.try_update(|terms| {
        terms.retain(|known| known.code != learned.code);
        terms.push(learned);
    });
}

/// What a code does: `20 % off Standard and Workshop`.
fn effect(wish: Wish, terms: &PromoTerms) -> String {
    wish.page.with_untracked(|page| {
        let off = match terms.discount {
            Discount::Percent(percent) => format!("{percent}\u{a0}% off"),
            Discount::Amount(amount) => {
                let amount = shared::Money {
                    minor: amount.get().into(),
                    currency: page.currency,
                };
                format!("{} off each seat", format::amount(amount))
            }
        };
        if terms.seat_type_ids.is_empty() {
            return off;
        }
        let kinds = page.seat_types.iter();
        let kinds = kinds.filter(|kind| terms.seat_type_ids.contains(&kind.seat_type_id));
        let names: Vec<_> = kinds.map(|kind| kind.name.as_str()).collect();
        format!("{off}: {}", names.join(", "))
    })
}

/// Why a code cannot be used, as a sentence without a full stop.
pub(super) fn explain_refusal(code: &PromoCode, reason: PromoRefusal) -> String {
    let why = match reason {
        PromoRefusal::Unknown => return format!("There is no code {code} for this conference"),
        PromoRefusal::NotYetValid => "cannot be used yet",
        PromoRefusal::NoLongerValid => "can no longer be used",
        PromoRefusal::UsedUp => "is used up",
        PromoRefusal::NotForTheseSeats => "is not for the seats that you chose",
        PromoRefusal::NotCombinable => "cannot be used together with another code",
    };
    format!("{code} {why}")
}
