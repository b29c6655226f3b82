//! Orders that are over without a ticket: cancelled, or refunded because the payment came too late.

use leptos::prelude::*;
use shared::views::{Happened, OrderView, RefundReason};

use super::{
    refund::{RefundNotice, Refunds},
    timeline::Timeline,
};
use crate::ui::PageHeading;

/// The cancelled order.
#[component]
pub fn CancelledScreen(order: Memo<OrderView>) -> impl IntoView {
    let is_called_off = Memo::new(move |_| order.with(is_called_off));
    let title = Signal::derive(move || match is_called_off.get() {
        true => "The conference does not take place".to_owned(),
        false => "This booking is cancelled".to_owned(),
    });
    let name = order.with_untracked(|order| order.conference.name.to_string());
    let text = move || {
        let what = match is_called_off.get() {
            true => format!("{name} was cancelled, and your booking with it."),
            false => format!("Your seats for {name} are given up."),
        };
        let is_refunded = order.with(|order| Refunds::of(order).is_any());
        if is_refunded {
            what
        } else {
            what + " Nothing was charged."
        }
    };
    view! {
        <div class="settled" data-test="cancelled">
            <PageHeading title />
            <p class="lead">{text}</p>
            <RefundNotice order />
            <p class="actions">
                {move || {
                    (!is_called_off.get())
                        .then(|| view! {
                            <a class="button primary" href=conference_path(order)>
                                "Book again"
                            </a>
                        })
                }}
                <a class="button" href="/bookings">
                    "My bookings"
                </a>
            </p>
            <History order />
        </div>
    }
}

/// The payment arrived when there was nothing left to pay for.
#[component]
pub fn RefundedScreen(order: Memo<OrderView>) -> impl IntoView {
    let is_called_off = order.with_untracked(|order| {
        order.timeline.iter().any(|entry| {
            matches!(
                entry.what,
                Happened::RefundDue {
                    reason: RefundReason::ConferenceCancelled,
                    ..
                }
            )
        })
    });
    let text = match is_called_off {
        true => "When your payment arrived, the conference had been cancelled.",
        false => "Your payment arrived when the seats had been taken.",
    };
    view! {
        <div class="settled" data-test="refunded">
            <PageHeading title="Your payment came too late" />
            <p class="lead">{text}</p>
            <RefundNotice order />
            <p class="actions">
                <a class="button primary" href=conference_path(order)>
                    {if is_called_off { "See the conference" } else { "See what is left" }}
                </a>
                <a class="button" href="/account">
                    "My account"
                </a>
            </p>
            <History order />
        </div>
    }
}

/// Whether the order was cancelled because its conference does not take place.
pub fn is_called_off(order: &OrderView) -> bool {
    let mut happened = order.timeline.iter();
    happened.any(|entry| entry.what == Happened::ConferenceCancelled)
}

#[component]
fn History(order: Memo<OrderView>) -> impl IntoView {
    view! {
        <section aria-labelledby="history-title">
            <h2 id="history-title">"What happened"</h2>
            <Timeline order />
        </section>
    }
}

fn conference_path(order: Memo<OrderView>) -> String {
    order.with_untracked(|order| format!("/conferences/{}", order.conference.slug))
}
