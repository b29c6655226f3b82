//! The order that this tab holds seats for: whoever looks elsewhere meanwhile is reminded, and led back.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use shared::{
    OrderId, Timestamp,
    views::{OrderStatus, OrderView},
};

use crate::{
    browser::tab,
    router::use_router,
    ui::{Icon, If, format, use_remaining},
};

const KEPT_AS: &str = "held";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    order_id: OrderId,
    conference: String,
    until: Timestamp,
}

/// The order that this tab holds seats for, if any.
#[derive(Clone, Copy)]
pub struct HeldOrder(RwSignal<Option<Held>>);

impl HeldOrder {
    pub(super) fn resume() -> Self {
        Self(RwSignal::new(tab::get(KEPT_AS)))
    }

    /// An order was seen: from here on it is held, or no longer.
    pub fn saw(&self, order: &OrderView) {
        let is_held = matches!(
            order.status,
            OrderStatus::Reserved | OrderStatus::PartlyReserved
        );
        let held = order.held_until.filter(|_| is_held).map(|until| Held {
            order_id: order.order_id,
            conference: order.conference.name.to_string(),
            until,
        });
        let was_this = self.0.with_untracked(|held| {
            held.as_ref()
                .is_some_and(|held| held.order_id == order.order_id)
        });
        match held {
            Some(held) => {
                tab::set(KEPT_AS, &held);
                self.0.set(Some(held));
            }
            None if was_this => {
                tab::remove(KEPT_AS);
                self.0.set(None);
            }
            None => {}
        }
    }
}

/// "You are holding seats": on every screen but the order's own.
#[component]
pub fn HeldReminder() -> impl IntoView {
    let held = use_context::<HeldOrder>()
        .map(|held| held.0)
        .unwrap_or_default();
    let router = use_router();
    let remaining = use_remaining(Signal::derive(move || {
        held.with(|held| held.as_ref().map(|held| held.until))
    }));
    let address = move || {
        let id = held.with(|held| held.as_ref().map(|held| held.order_id))?;
        Some(format!("/orders/{id}"))
    };
    let shows = Memo::new(move |_| {
        remaining.get().is_some_and(|left| left > 0)
            && address().is_some_and(|address| !router.path().starts_with(&address))
    });
    view! {
        <If when=move || shows.get()>
            <aside class="reminder" aria-label="Seats on hold">
                <p class="wide">
                    <Icon name="clock" />
                    <span>
                        "You are holding seats for "
                        {move || held.get().map(|held| held.conference)} " for "
                        <span class="clock">{move || remaining.get().map(format::clock_face)}</span>
                    </span>
                    <a href=address data-test="resume">
                        "Return to your booking"
                    </a>
                </p>
            </aside>
        </If>
    }
}
