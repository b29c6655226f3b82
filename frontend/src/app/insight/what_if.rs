//! A seat type's history, replayed under other rules. Nothing is written, and nobody is told.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{
    SeatTypeId,
    history::{WhatIf, WhatIfOutcome},
    views::ConferencePage,
};
use web_sys::{Event, SubmitEvent};

use crate::{
    api::{WhatIfAsked, live, query_string},
    router::{Router, use_router},
    ui::{
        Cell, ErrorSummary, FieldProblem, LoadFailure, NumberTable, Numbers, Skeleton, TextField,
        format::counted, handler,
    },
};

/// The past does not change, but it goes on.
const POLLED_EVERY: Duration = Duration::from_secs(60);
const QUOTA: &str = "what-if-quota";
const MINUTES: &str = "what-if-minutes";
/// A week: longer holds than that sell nothing.
const MOST_MINUTES: u32 = 10_080;
const MOST_SEATS: u32 = 100_000;

/// The form, and below it the answer to what the address asks.
#[component]
pub fn WhatIfSection(page: Arc<ConferencePage>) -> impl IntoView {
    let router = use_router();
    let id = page.conference_id;
    let asked = Memo::new(move |_| {
        Some(WhatIfAsked {
            conference_id: id,
            seat_type_id: router.parameter("seat_type_id").parse().ok()?,
            quota: whole(&router.parameter("quota"), 0, MOST_SEATS)?,
            hold_minutes: whole(&router.parameter("hold_minutes"), 1, MOST_MINUTES)?,
        })
    });
    view! {
        <p class="lead">"Replays what people asked for against other rules, and shows how many would have been turned away. Nothing is changed."</p>
        <Form page router />
        <div aria-live="polite">
            {move || asked.get().map(|asked| view! { <Answer asked /> })}
        </div>
    }
}

/// A whole number within bounds.
fn whole(text: &str, least: u32, most: u32) -> Option<u32> {
    let number = text.trim().parse().ok()?;
    (least..=most).contains(&number).then_some(number)
}

#[component]
fn Form(page: Arc<ConferencePage>, router: Router) -> impl IntoView {
    let id = page.conference_id;
    let first = page.seat_types.first();
    let (asked_kind, asked_quota, asked_minutes) = untrack(|| {
        (
            router.parameter("seat_type_id"),
            router.parameter("quota"),
            router.parameter("hold_minutes"),
        )
    });
    let or = |asked: String, otherwise: String| match asked.is_empty() {
        true => otherwise,
        false => asked,
    };
    let kind = RwSignal::new(or(
        asked_kind,
        first.map_or_else(String::new, |first| first.seat_type_id.to_string()),
    ));
    let quota = RwSignal::new(or(
        asked_quota,
        first.map_or_else(String::new, |first| first.quota.to_string()),
    ));
    let minutes = RwSignal::new(or(asked_minutes, "15".into()));
    let problems = RwSignal::new(Vec::new());
    let kinds = page.seat_types.iter().map(|known| {
        let value = known.seat_type_id.to_string();
        let shown = value.clone();
        view! { <option value=value selected=move || kind.with(|kind| *kind == shown)>{known.name.to_string()}</option> }
    });
    let kinds = kinds.collect_view();
    // Another seat type has another quota to begin with.
    let choose = move |event: Event| {
        let chosen = event_target_value(&event);
        let known = page
            .seat_types
            .iter()
            .find(|known| known.seat_type_id.to_string() == chosen);
        if let Some(known) = known {
            quota.set(known.quota.to_string());
        }
        kind.set(chosen);
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (seats, held) = (
            quota.with_untracked(|text| whole(text, 0, MOST_SEATS)),
            minutes.with_untracked(|text| whole(text, 1, MOST_MINUTES)),
        );
        let problem = |is_wrong: bool, id: &str, message: String| {
            is_wrong.then(|| FieldProblem {
                id: id.into(),
                message,
            })
        };
        let found = [
            problem(
                seats.is_none(),
                QUOTA,
                format!("The seats must be a whole number from 0 to {MOST_SEATS}"),
            ),
            problem(
                held.is_none(),
                MINUTES,
                format!("The minutes must be a whole number from 1 to {MOST_MINUTES}"),
            ),
        ];
        problems.set(found.into_iter().flatten().collect());
        let kind = kind.with_untracked(|kind| kind.parse::<SeatTypeId>());
        if let (Some(seats), Some(held), Ok(kind)) = (seats, held, kind) {
            let query = query_string(&[
                ("seat_type_id", &kind.to_string()),
                ("quota", &seats.to_string()),
                ("hold_minutes", &held.to_string()),
            ]);
            router.push(&format!("/organize/{id}/what-if{query}"));
        }
    };
    view! {
        <form class="sheet what-if" novalidate on:submit=handler(submit)>
            <ErrorSummary problems />
            <div class="field">
                <label for="what-if-kind">"Seat type"</label>
                <select id="what-if-kind" data-test="what-if-kind" on:change=handler(choose)>{kinds}</select>
            </div>
            <TextField id=QUOTA label="Seats there had been" inputmode="numeric" autocomplete="off" value=quota problems />
            <TextField id=MINUTES label="Minutes a hold had lasted" inputmode="numeric" autocomplete="off" value=minutes problems />
            <p class="actions">
                <button class="button primary" type="submit" data-test="replay">"Replay"</button>
            </p>
        </form>
    }
}

#[component]
fn Answer(asked: WhatIfAsked) -> impl IntoView {
    let replayed = live(Memo::new(move |_| asked), POLLED_EVERY);
    move || match (replayed.view.get(), replayed.upkeep.failure.get()) {
        (Some(replayed), _) => view! { <Replayed replayed /> }.into_any(),
        (None, Some(_)) => view! { <LoadFailure upkeep=replayed.upkeep /> }.into_any(),
        (None, None) => {
            view! { <Skeleton label="Replaying the history" blocks=&["line", "block"] /> }
                .into_any()
        }
    }
}

#[component]
fn Replayed(replayed: Arc<WhatIf>) -> impl IntoView {
    let numbers = table(&replayed);
    view! {
        <section aria-labelledby="what-if-title">
            <h2 id="what-if-title" data-test="what-if-answer">{sentence(&replayed)}</h2>
            <NumberTable numbers test="what-if-table" />
        </section>
    }
}

/// The answer in a sentence.
fn sentence(replayed: &WhatIf) -> String {
    let (happened, would) = (replayed.happened.turned_away, replayed.would.turned_away);
    let orders = |count: u32| counted(count, "order");
    match (happened.checked_sub(would), would.checked_sub(happened)) {
        (Some(0), _) => format!(
            "Just as many would have been turned away: {}.",
            orders(would)
        ),
        (Some(fewer), _) => format!("{} fewer would have been turned away.", orders(fewer)),
        (None, Some(more)) => format!("{} more would have been turned away.", orders(more)),
        (None, None) => String::new(),
    }
}

fn table(replayed: &WhatIf) -> Numbers {
    let (was, asked) = (replayed.was, replayed.asked);
    let (happened, would) = (replayed.happened, replayed.would);
    let of = |tell: fn(&WhatIfOutcome) -> u32| (tell(&happened), tell(&would));
    let rows = [
        ("Seats", (was.quota, asked.quota)),
        ("Minutes of a hold", (was.hold_minutes, asked.hold_minutes)),
        ("Orders that got all seats", of(|outcome| outcome.granted)),
        ("Orders that got some", of(|outcome| outcome.partly)),
        ("Orders turned away", of(|outcome| outcome.turned_away)),
        ("Holds that ran out", of(|outcome| outcome.expired)),
        ("Seats sold in the end", of(|outcome| outcome.sold)),
        ("Most seats taken at once", of(|outcome| outcome.peak)),
    ];
    let rows = rows.map(|(name, (was, would))| {
        let difference = i64::from(would) - i64::from(was);
        vec![
            Cell::Text(name.into()),
            Cell::Number(was.into()),
            Cell::Number(would.into()),
            Cell::Change(difference),
        ]
    });
    Numbers {
        caption: "What happened, and what would have".into(),
        head: ["What", "Was", "Would have been", "Difference"]
            .map(str::to_owned)
            .into(),
        rows: rows.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn replayed(happened: u32, would: u32) -> WhatIf {
        let outcome = |turned_away| json!({"granted": 1, "partly": 0, "turned_away": turned_away, "expired": 0, "sold": 1, "peak": 1});
        let rules = json!({"quota": 1, "hold_minutes": 15});
        serde_json::from_value(json!({
            "conference_id": "0b8c9c1e-0000-4000-8000-000000000001",
            "seat_type_id": "0b8c9c1e-0000-4000-8000-000000000002",
            "was": rules, "asked": rules, "happened": outcome(happened), "would": outcome(would),
        }))
        .unwrap()
    }

    #[test]
    fn the_answer_says_how_many_more_or_fewer() {
        for (happened, would, told) in [
            (5, 3, "2 orders fewer would have been turned away."),
            (3, 4, "1 order more would have been turned away."),
            (3, 3, "Just as many would have been turned away: 3 orders."),
        ] {
            assert_eq!(sentence(&replayed(happened, would)), told);
        }
    }
}
