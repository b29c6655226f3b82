//! Placing an order: from "Hold seats" to the order's own page, over a refresh or a trip to the sign-in page.

use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId,
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    requests::PlaceOrder,
    views::{ConferencePage, OrderLine, OrderView, OrderedConference, OrderedSeat, PromoTerms},
};

use super::{choice::Choice, form::Wish, rejection::Rejection};
use crate::{
    api::{Client, Command, Failure, Intent, Phase, use_client, use_command},
    app::written::Written,
    auth,
    browser::{current_path, random_uuid, tab},
    router::use_router,
    ui::{If, watch},
};

const KEPT_AS: &str = "placing";

/// An order on its way. It is kept in the tab until it is accepted or rejected: whatever interrupts it, the same order
/// is sent again under the same key.
#[derive(Clone, Serialize, Deserialize)]
struct Placing {
    conference_id: ConferenceId,
    intent: Intent,
}

/// Places the order as soon as the form wishes it, and says why if it does not come about. An order that was interrupted
/// goes on by itself.
#[component]
pub fn Placing(wish: Wish) -> impl IntoView {
    let client = use_client();
    let written = use_context::<Written>().unwrap_or_default();
    let router = use_router();
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        let order_id = accepted.answer.order_id;
        tab::remove(KEPT_AS);
        Choice::forget(accepted.answer.conference_id);
        let placed = as_placed(&accepted.answer, &wish.page.get_untracked(), client);
        written.placed(accepted, placed);
        router.push(&format!("/orders/{order_id}"));
    });
    let placement = Placement {
        client,
        command,
        sign_in_failed: RwSignal::new(false),
    };
    let phase = command.phase();
    watch(move || {
        if wish.is_wanted.get() {
            wish.is_wanted.set(false);
            let page = wish.page.get_untracked();
            let terms = wish.terms.get_untracked();
            wish.choice
                .with_untracked(|choice| placement.place(choice, &page, &terms));
        }
        wish.phase.set(phase.get());
    });
    watch(move || placement.settle(&phase.get()));
    placement.resume(wish.page.with_untracked(|page| page.conference_id));
    view! {
        <Rejection wish />
        <If when=move || placement.sign_in_failed.get()>
            <p class="notice bad" role="alert">
                "The sign-in service did not answer. Your choice is kept; try again in a moment."
            </p>
        </If>
    }
}

/// An order on its way from this page.
#[derive(Clone, Copy)]
struct Placement {
    client: Client,
    command: Command,
    /// Whether the way to the sign-in page could not be found.
    sign_in_failed: RwSignal<bool>,
}

impl Placement {
    /// Hold these seats; whoever is not signed in is sent to do so first, and the seats are held on the way back.
    fn place(&self, choice: &Choice, page: &ConferencePage, terms: &[PromoTerms]) {
        if self.command.phase().with_untracked(Phase::is_open) {
            return;
        }
        self.command.clear();
        let Some(order_id) = random_uuid() else {
            return;
        };
        let request = PlaceOrder {
            order_id,
            conference_id: page.conference_id,
            lines: choice.lines(page),
            partial: choice.partial,
            promo_codes: choice.useful_codes(terms),
        };
        let Some(intent) = Intent::new(Name::PlaceOrder.path(&[]), &request) else {
            return;
        };
        tab::set(
            KEPT_AS,
            &Placing {
                conference_id: page.conference_id,
                intent: intent.clone(),
            },
        );
        if self
            .client
            .session
            .access_token(self.client.clock)
            .is_some()
        {
            self.command.send_intent(intent);
        } else {
            self.sign_in_first();
        }
    }

    fn resume(&self, conference_id: ConferenceId) {
        let kept: Option<Placing> = tab::get(KEPT_AS);
        let Some(placing) = kept.filter(|placing| placing.conference_id == conference_id) else {
            return;
        };
        if self
            .client
            .session
            .access_token(self.client.clock)
            .is_some()
        {
            self.command.send_intent(placing.intent);
        } else {
            // Back without having signed in: the seats are no longer wanted, the choice stays.
            tab::remove(KEPT_AS);
        }
    }

    fn settle(&self, phase: &Phase) {
        match phase {
            Phase::Failed(Failure::SignedOut) => self.sign_in_first(),
            Phase::Failed(Failure::Problem(problem)) if problem.status < 500 => {
                tab::remove(KEPT_AS)
            }
            Phase::Failed(_) | Phase::Idle | Phase::Sending | Phase::Checking | Phase::Waiting => {}
        }
    }

    fn sign_in_first(&self) {
        let failed = self.sign_in_failed;
        failed.set(false);
        spawn_local(async move {
            if auth::sign_in(current_path()).await.is_err() {
                failed.try_set(true);
            }
        });
    }
}

/// The order as it looks from its answer and the page it was placed on, before any view shows it.
fn as_placed(answer: &OrderAnswer, page: &ConferencePage, client: Client) -> OrderView {
    let lines = answer.lines.iter().filter_map(|line| {
        let kind = page
            .seat_types
            .iter()
            .find(|kind| kind.seat_type_id == line.seat_type_id)?;
        let seats = line
            .seats
            .iter()
            .zip(1..)
            .map(|(status, seat)| OrderedSeat {
                seat,
                status: *status,
                attendee: None,
            });
        Some(OrderLine {
            line: line.line,
            seat_type_id: line.seat_type_id,
            name: kind.name.clone(),
            unit_price: line.unit_price,
            discounts: line.discounts.clone(),
            seat_price: line.seat_price,
            requested: line.requested,
            seats: seats.collect(),
        })
    });
    OrderView {
        order_id: answer.order_id,
        locator: answer.locator.clone(),
        status: answer.status,
        conference: OrderedConference {
            conference_id: page.conference_id,
            slug: page.slug.clone(),
            name: page.name.clone(),
            venue: page.venue.clone(),
            city: page.city.clone(),
            time_zone: page.time_zone.clone(),
            starts_at: page.starts_at,
            ends_at: page.ends_at,
        },
        lines: lines.collect(),
        total: answer.total,
        paid: None,
        placed_at: client.clock.now(),
        held_until: answer.held_until,
        can_extend: answer.can_extend,
        timeline: Vec::new(),
        as_of: shared::VersionToken::default(),
    }
}
