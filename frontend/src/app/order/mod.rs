//! An order at its own address, `/orders/{id}`: what is shown there follows from where the order stands, so going back,
//! a refresh and a second tab all lead to the right step.

mod attendees;
mod check;
mod hold;
mod leave;
mod seats;
mod ticket;
mod timeline;

use std::time::Duration;

use leptos::prelude::*;
use shared::{
    OrderId,
    views::{OrderStatus, OrderView},
};

pub use self::timeline::Timeline;
use self::{
    check::CheckScreen,
    hold::HoldScreen,
    ticket::{CancelledScreen, TicketScreen},
};
use super::{held::HeldOrder, not_found::NotFound, written::Written};
use crate::{
    api::{Live, OrderAt, live, use_client},
    router::use_router,
    ui::{Freshness, If, LoadFailure, PageHeading, SignInButton, Skeleton, use_second, watch},
};

const POLLED_EVERY: Duration = Duration::from_secs(5);

/// The step that the address names. It counts only while the seats are held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `/orders/{id}`: naming the attendees.
    Attendees,
    /// `/orders/{id}/check`: checking the answers.
    Check,
}

/// What there is to show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    SignInFirst,
    Loading,
    NotFound,
    LoadFailure,
    Attendees,
    Check,
    Ticket,
    Cancelled,
    Elsewhere,
}

/// The order with this id, as it stands in the address.
#[component]
pub fn OrderScreen(id: String, step: Step) -> impl IntoView {
    let id = id.parse::<OrderId>().ok();
    match id {
        Some(id) => view! { <OrderById id step /> }.into_any(),
        None => view! { <NoSuchOrder /> }.into_any(),
    }
}

#[component]
fn OrderById(id: OrderId, step: Step) -> impl IntoView {
    let client = use_client();
    let written = use_context::<Written>().unwrap_or_default();
    let live = live(Memo::new(move |_| OrderAt(id)), POLLED_EVERY);
    let order = Memo::new(move |_| written.over(id, live.view.get().as_deref()));
    let shown = Memo::new(move |_| {
        let failure = live.upkeep.failure.get();
        let status = order.with(|order| order.as_ref().map(|order| order.status));
        match (status, failure) {
            _ if !client.session.is_signed_in() => Shown::SignInFirst,
            (None, None) => Shown::Loading,
            (None, Some(failure)) if failure.is_not_found() => Shown::NotFound,
            (None, Some(_)) => Shown::LoadFailure,
            // An order that is confirmed or cancelled has no steps left: its address is the plain one.
            (Some(OrderStatus::Confirmed | OrderStatus::Cancelled | OrderStatus::Refunded), _)
                if step == Step::Check =>
            {
                Shown::Elsewhere
            }
            (Some(OrderStatus::Confirmed), _) => Shown::Ticket,
            (Some(OrderStatus::Cancelled | OrderStatus::Refunded), _) => Shown::Cancelled,
            (Some(OrderStatus::AwaitingPayment), _) => Shown::Check,
            (
                Some(OrderStatus::Reserved | OrderStatus::PartlyReserved | OrderStatus::Expired),
                _,
            ) => match step {
                Step::Attendees => Shown::Attendees,
                Step::Check => Shown::Check,
            },
        }
    });

    // An accepted command has more to show than its answer says: the history, above all.
    let last_accepted = Memo::new(move |_| written.last_accepted(id));
    let mut before = None;
    watch(move || {
        let now = last_accepted.get();
        if before.replace(now).is_some_and(|before| before != now) {
            live.upkeep.refresh();
        }
    });
    if let Some(held) = use_context::<HeldOrder>() {
        watch(move || order.with(|order| order.iter().for_each(|order| held.saw(order))));
    }
    let router = use_router();
    watch(move || {
        if shown.get() == Shown::Elsewhere {
            router.replace(&format!("/orders/{id}"));
        }
    });

    let screen = move || {
        let Some(first) = order.get_untracked() else {
            return ().into_any();
        };
        // A screen stands on an order for as long as it is shown, also while that is being loaded anew.
        let order = Memo::new(move |_| order.get().unwrap_or_else(|| first.clone()));
        match shown.get_untracked() {
            Shown::Attendees => view! { <HoldScreen order /> }.into_any(),
            Shown::Check => view! { <CheckScreen order /> }.into_any(),
            Shown::Ticket => view! { <TicketScreen order /> }.into_any(),
            Shown::Cancelled => view! { <CancelledScreen order /> }.into_any(),
            Shown::SignInFirst
            | Shown::Loading
            | Shown::NotFound
            | Shown::LoadFailure
            | Shown::Elsewhere => ().into_any(),
        }
    };
    move || {
        match shown.get() {
        Shown::SignInFirst => view! { <SignInFirst text="Bookings are shown only to whoever made them." /> }.into_any(),
        Shown::Loading | Shown::Elsewhere => {
            view! { <Skeleton label="Loading your booking" blocks=&["title-block", "seat-block", "seat-block"] /> }
                .into_any()
        }
        Shown::NotFound => view! { <NoSuchOrder /> }.into_any(),
        Shown::LoadFailure => view! { <LoadFailure upkeep=live.upkeep /> }.into_any(),
        Shown::Attendees | Shown::Check | Shown::Ticket | Shown::Cancelled => view! {
            <Freshness upkeep=live.upkeep />
            <CatchingUp id live />
            {screen()}
        }
        .into_any(),
    }
    }
}

#[component]
fn NoSuchOrder() -> impl IntoView {
    let identity = untrack(|| use_client().session.identity());
    let text = match identity {
        Some(identity) => format!(
            "It does not exist, or it was made with another account. You are signed in as {}.",
            identity.email
        ),
        None => "It does not exist, or it was made with another account.".to_owned(),
    };
    view! { <NotFound title="There is no such booking" text /> }
}

/// This needs a signed-in person.
#[component]
pub fn SignInFirst(text: &'static str) -> impl IntoView {
    view! {
        <section class="narrow empty" data-test="sign-in-first">
            <PageHeading title="Sign in to see this" />
            <p>{text} " You come back to this page, with what you entered."</p>
            <p>
                <SignInButton test="sign-in-here" />
            </p>
        </section>
    }
}

/// An accepted command is never taken back on the screen; but whoever waits for the rest is told.
#[component]
fn CatchingUp(id: OrderId, live: Live<OrderView>) -> impl IntoView {
    let written = use_context::<Written>().unwrap_or_default();
    let second = use_second();
    let lags = Memo::new(move |_| {
        second.track();
        written.lags(id, live.view.get().as_deref())
    });
    view! {
        <If when=move || lags.get()>
            <p class="notice" role="status" data-test="catching-up">
                "Your change went through and is safe. The history and the lists are still catching up."
            </p>
        </If>
    }
}
