//! The form in which seats are chosen, and the wish to hold them.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use shared::views::{ConferencePage, PromoTerms};
use web_sys::{Event, SubmitEvent};

use super::{choice::Choice, promo::PromoCodes, seat_type::SeatTypeRow};
use crate::{
    api::{Failure, Phase, Upkeep},
    app::later::placing,
    ui::{Alert, CommandButton, CommandNotice, If, format, handler, watch},
};

/// What the form and the placement of the order say to each other. The placement is downloaded while seats are being
/// chosen, and may be wanted before it is there.
#[derive(Clone, Copy)]
pub struct Wish {
    pub page: Memo<Arc<ConferencePage>>,
    /// The seats chosen, and the promo codes entered.
    pub choice: RwSignal<Choice>,
    /// What those promo codes do, as far as it is known yet.
    pub terms: RwSignal<Vec<PromoTerms>>,
    /// Whether they are to be held, until the placement takes it up.
    pub is_wanted: RwSignal<bool>,
    /// What is known of it.
    pub phase: RwSignal<Phase>,
}

impl Wish {
    fn new(page: Memo<Arc<ConferencePage>>) -> Self {
        let conference_id = page.with_untracked(|page| page.conference_id);
        Self {
            page,
            choice: RwSignal::new(Choice::kept(conference_id)),
            terms: RwSignal::default(),
            is_wanted: RwSignal::new(false),
            phase: RwSignal::default(),
        }
    }

    /// Hold these seats instead.
    pub fn take(&self, choice: Choice) {
        self.choice.set(choice);
        self.is_wanted.set(true);
    }

    /// Forget why it did not come about: the person has changed something.
    pub fn clear(&self) {
        if self.phase.with_untracked(|phase| phase.failure().is_some()) {
            self.phase.set(Phase::Idle);
        }
    }

    /// The placement could not be downloaded, so nothing was sent.
    fn fail(&self) {
        if self.is_wanted.try_get_untracked() == Some(true) {
            self.is_wanted.set(false);
            self.phase.set(Phase::Failed(Failure::NoAnswer));
        }
    }
}

/// Seats to choose, and the button that holds them.
#[component]
pub fn SeatChoice(page: Memo<Arc<ConferencePage>>, upkeep: Upkeep) -> impl IntoView {
    let wish = Wish::new(page);
    let choice = wish.choice;
    let conference_id = page.with_untracked(|page| page.conference_id);
    let nothing_chosen = RwSignal::new(false);
    watch(move || choice.with(|choice| choice.keep(conference_id)));
    // A rejection says what is free: the page should say the same.
    watch(move || {
        if wish.phase.with(|phase| phase.failure().is_some()) {
            upkeep.refresh();
        }
    });

    let placement = RwSignal::new(None::<ViewFn>);
    let fetch_placement = move || {
        spawn_local(async move {
            let fetched = placing(wish).await;
            // Asked for twice, it comes twice.
            if placement.try_with_untracked(Option::is_none) == Some(true) {
                match fetched {
                    Ok(fetched) => placement.set(Some(fetched)),
                    Err(_) => wish.fail(),
                }
            }
        });
    };
    let total = move || {
        let total = page
            .with(|page| choice.with(|choice| wish.terms.with(|terms| choice.total(page, terms))));
        format::amount(total)
    };
    let seats = Memo::new(move |_| page.with(|page| choice.with(|choice| choice.seats(page))));
    watch(move || {
        if seats.get() > 0 {
            fetch_placement();
        }
    });
    let change = move |edit: &dyn Fn(&mut Choice)| {
        choice.update(edit);
        nothing_chosen.set(false);
        wish.clear();
    };
    let hold = move || {
        if seats.get_untracked() == 0 {
            nothing_chosen.set(true);
            return;
        }
        wish.is_wanted.set(true);
        if placement.with_untracked(Option::is_none) {
            wish.phase.set(Phase::Sending);
            fetch_placement();
        }
    };
    // The rows are made anew only when other types are sold; their numbers change inside them.
    let ids = Memo::new(move |_| {
        page.with(|page| {
            page.seat_types
                .iter()
                .map(|kind| kind.seat_type_id)
                .collect::<Vec<_>>()
        })
    });
    let row = move |id| {
        let seat_type = Memo::new(move |before| {
            let now = page.with(|page| {
                let mut kinds = page.seat_types.iter();
                kinds.find(|kind| kind.seat_type_id == id).cloned()
            });
            now.or_else(|| before.cloned().flatten())
        });
        let chosen = Signal::derive(move || choice.with(|choice| choice.of(id)));
        let on_change = Callback::new(move |seats| change(&|choice| choice.set(id, seats)));
        view! { <SeatTypeRow seat_type terms=wish.terms chosen on_change /> }.into_any()
    };
    view! {
        <form
            class="seat-choice"
            novalidate
            aria-labelledby="seats-heading"
            on:submit=handler(move |event: SubmitEvent| {
                event.prevent_default();
                hold();
            })
        >
            <h2 id="seats-heading">"Seats"</h2>
            <ul class="seat-types">
                {move || ids.get().into_iter().map(row).collect_view()}
            </ul>
            <PromoCodes wish />
            {move || match placement.get() {
                Some(placement) => placement.run(),
                None => view! { <CommandNotice phase=wish.phase safe="No seats were held." /> }.into_any(),
            }}
            <If when=move || nothing_chosen.get()>
                <Alert test="error-summary">
                    <p>"Choose at least one seat first."</p>
                </Alert>
            </If>
            <If when=move || { seats.get() > 1 }>
                <label class="checkbox">
                    <input
                        type="checkbox"
                        data-test="partial"
                        prop:checked=move || choice.with(|choice| choice.partial)
                        on:change=handler(move |event: Event| {
                            let partial = event_target_checked(&event);
                            change(&|choice| choice.partial = partial);
                        })
                    />
                    <span>
                        "Fewer will do"
                        <span class="hint">"If not all of them are free any more, hold what is left."</span>
                    </span>
                </label>
            </If>
            <div class="total-bar">
                <p class="total" role="status">
                    <strong data-test="total">{total}</strong>
                    <span data-test="seat-count">
                        {move || match seats.get() {
                            0 => "No seats chosen".to_owned(),
                            seats => format::seats(seats),
                        }}
                    </span>
                </p>
                <CommandButton
                    phase=wish.phase
                    label="Hold seats"
                    busy_label="Holding…"
                    test="hold"
                />
            </div>
            <p class="hint">"Held for 15 minutes while you fill in names. Nothing is charged before you confirm."</p>
        </form>
    }
}
