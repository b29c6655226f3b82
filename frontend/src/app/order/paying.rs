//! The account was asked for the money, and has not answered yet.

use leptos::prelude::*;
use shared::views::OrderView;

use super::{Step, hold::Steps};
use crate::{
    app::stub::OrderStub,
    browser::device_now,
    ui::{If, PageHeading, format, use_second},
};

/// What usually takes no longer than this.
const USUAL_MS: f64 = 10_000.0;

/// Calm: there is nothing to do but wait a moment, or leave.
#[component]
pub fn PayingScreen(order: Memo<OrderView>) -> impl IntoView {
    let total = order.with_untracked(|order| format::amount(order.total));
    let is_late = use_is_late(Signal::stored(true));
    view! {
        <Steps order current=Step::Pay />
        <PageHeading title="Paying…" />
        <div class="columns">
            <div class="paying" data-test="paying">
                <div class="under-way" aria-hidden="true"></div>
                <p class="lead">
                    {total} " is being taken from your balance. The seats are held meanwhile, and your ticket appears here by itself."
                </p>
                <If when=move || is_late.get()>
                    <p class="notice" role="status" data-test="takes-longer">
                        <strong>"This takes longer than usual."</strong>
                        " You can leave: we go on, and you find the booking under My bookings."
                    </p>
                </If>
                <p class="hint">"Seats can be cancelled as soon as the payment is settled."</p>
                <p class="actions">
                    <a class="button" href="/bookings">
                        "My bookings"
                    </a>
                </p>
            </div>
            <OrderStub order />
        </div>
    }
}

/// Whether something that is under way takes longer than usual.
pub fn use_is_late(is_under_way: Signal<bool>) -> Memo<bool> {
    let second = use_second();
    let since = StoredValue::new(None::<f64>);
    Memo::new(move |_| {
        second.track();
        if !is_under_way.get() {
            since.set_value(None);
            return false;
        }
        let since = since.try_update_value(|since| *since.get_or_insert_with(device_now));
        since.is_some_and(|since| device_now() - since > USUAL_MS)
    })
}
