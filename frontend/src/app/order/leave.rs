//! Leaving a hold asks first: stay, or release the seats for others.

use leptos::prelude::*;
use shared::{
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    requests::Nothing,
    views::{OrderStatus, OrderView},
};

use super::attendees;
use crate::{
    api::use_command,
    app::{frame::LeaveGuard, written::Written},
    router::use_router,
    ui::{CommandButton, CommandNotice, Dialog, handler},
};

/// The button that gives the seats back, and the question that it, and every link away, leads to.
#[component]
pub fn LeaveQuestion(order: Memo<OrderView>) -> impl IntoView {
    let open = RwSignal::new(false);
    let destination = RwSignal::new(String::new());
    let ask = Callback::new(move |to: String| {
        destination.set(to);
        open.set(true);
    });
    let guard = use_context::<LeaveGuard>().unwrap_or_default();
    // Once the hold is over there is nothing to lose by leaving.
    if order.with_untracked(|order| order.status != OrderStatus::Expired) {
        guard.ask(ask);
    }
    let conference =
        order.with_untracked(|order| format!("/conferences/{}", order.conference.slug));
    view! {
        <button
            class="button quiet"
            type="button"
            data-test="release"
            on:click=handler(move |_| ask.run(conference.clone()))
        >
            "Release seats"
        </button>
        <Dialog open title="Release your seats?" id="leave-title">
            <LeaveAnswer order open destination />
        </Dialog>
    }
}

#[component]
fn LeaveAnswer(
    order: Memo<OrderView>,
    open: RwSignal<bool>,
    destination: RwSignal<String>,
) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let guard = use_context::<LeaveGuard>().unwrap_or_default();
    let written = use_context::<Written>().unwrap_or_default();
    let router = use_router();
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        attendees::forget(id);
        guard.release();
        let to = destination.get_untracked();
        router.push(&to);
        written.accepted(accepted, Vec::new());
    });
    let release =
        Callback::new(move |()| command.send(Name::CancelOrder.path(&[&id]), &Nothing {}));
    view! {
        <p>
            "Your seats go back on sale, and somebody else may take them. Nothing was charged."
        </p>
        <CommandNotice phase=command.phase() safe="Your seats are still held." />
        <div class="actions">
            <button
                class="button primary"
                type="button"
                data-test="stay"
                autofocus
                on:click=handler(move |_| open.set(false))
            >
                "Stay"
            </button>
            <CommandButton
                phase=command.phase()
                label="Release seats and leave"
                busy_label="Releasing…"
                class="button danger"
                test="release-and-leave"
                on_press=release
            />
        </div>
    }
}
