//! An order at its own address, `/orders/{id}`: what is shown there follows from where the order stands, so going back,
//! a refresh and a second tab all lead to the right step.

mod attendees;
mod check;
mod closed;
mod giving_up;
mod hold;
mod leave;
mod pay;
mod paying;
mod payment;
mod refund;
mod seats;
mod taken;
mod ticket;
mod timeline;
mod top_up;

use std::time::Duration;

use leptos::prelude::*;
use shared::{
    OrderId,
    views::{OrderStatus, OrderView},
};

use self::{
    check::CheckScreen,
    closed::{CancelledScreen, RefundedScreen},
    hold::HoldScreen,
    pay::PayScreen,
    paying::{PayingScreen, use_is_late},
    refund::Refunds,
    ticket::TicketScreen,
    top_up::{TopUpNote, comes_back},
};
pub use self::{closed::is_called_off, timeline::Timeline};
use super::{held::HeldOrder, not_found::NotFound, written::Written};
use crate::{
    api::{Live, OrderAt, live, use_client},
    router::use_router,
    ui::{Freshness, If, LoadFailure, PageHeading, SignInButton, Skeleton, use_second, watch},
};

const POLLED_EVERY: Duration = Duration::from_secs(5);
/// While money is on its way, for as long as it usually takes, and then.
const HURRIED: Duration = Duration::from_millis(500);
const PATIENT: Duration = Duration::from_secs(3);

/// The step that the address names. It counts only while the order is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// `/orders/{id}`: naming the attendees.
    Attendees,
    /// `/orders/{id}/check`: checking the answers.
    Check,
    /// `/orders/{id}/pay`: paying.
    Pay,
}

impl Step {
    /// Its address.
    pub fn path(self, order: OrderId) -> String {
        let step = match self {
            Self::Attendees => "",
            Self::Check => "/check",
            Self::Pay => "/pay",
        };
        format!("/orders/{order}{step}")
    }
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
    Pay,
    Paying,
    Ticket,
    Cancelled,
    Refunded,
    /// What the order has come to stands at another step's address.
    At(Step),
}

/// What is shown of an order at a step's address.
fn shown(status: OrderStatus, is_free: bool, step: Step) -> Shown {
    match (status, step) {
        (OrderStatus::Confirmed, Step::Attendees) => Shown::Ticket,
        (OrderStatus::Cancelled, Step::Attendees) => Shown::Cancelled,
        (OrderStatus::Refunded, Step::Attendees) => Shown::Refunded,
        // An order that is settled has no steps left: its address is the plain one.
        (OrderStatus::Confirmed | OrderStatus::Cancelled | OrderStatus::Refunded, _) => {
            Shown::At(Step::Attendees)
        }
        (OrderStatus::AwaitingPayment, Step::Pay) => Shown::Paying,
        (OrderStatus::AwaitingPayment, _) => Shown::At(Step::Pay),
        (OrderStatus::Reserved | OrderStatus::PartlyReserved | OrderStatus::Expired, step) => {
            match step {
                Step::Attendees => Shown::Attendees,
                Step::Check => Shown::Check,
                Step::Pay if is_free => Shown::At(Step::Check),
                Step::Pay => Shown::Pay,
            }
        }
    }
}

/// Whether money is on its way to or from an order, so that something will happen by itself.
fn is_moving(order: &OrderView) -> bool {
    match order.status {
        OrderStatus::AwaitingPayment => true,
        OrderStatus::Reserved | OrderStatus::PartlyReserved | OrderStatus::Expired => {
            TopUpNote::kept(order.order_id).is_some()
        }
        OrderStatus::Confirmed | OrderStatus::Cancelled | OrderStatus::Refunded => {
            Refunds::of(order).is_on_its_way()
        }
    }
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
    let router = use_router();
    // The provider sends people back to the order's plain address.
    if comes_back(id) && step == Step::Attendees {
        router.replace(&Step::Pay.path(id));
    }

    let moving = RwSignal::new(false);
    let is_late = use_is_late(moving.into());
    let pace = Memo::new(move |_| match (moving.get(), is_late.get()) {
        (false, _) => POLLED_EVERY,
        (true, false) => HURRIED,
        (true, true) => PATIENT,
    });
    let live = live(Memo::new(move |_| OrderAt(id)), pace);
    let order = Memo::new(move |_| written.over(id, live.view.get().as_deref()));
    watch(move || moving.set(order.with(|order| order.as_ref().is_some_and(is_moving))));
    let shown = Memo::new(move |_| {
        let failure = live.upkeep.failure.get();
        let known = order.with(|order| {
            let known = order.as_ref();
            known.map(|order| shown(order.status, order.total.minor == 0, step))
        });
        match (known, failure) {
            _ if !client.session.is_signed_in() => Shown::SignInFirst,
            (Some(known), _) => known,
            (None, None) => Shown::Loading,
            (None, Some(failure)) if failure.is_not_found() => Shown::NotFound,
            (None, Some(_)) => Shown::LoadFailure,
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
    watch(move || match shown.get() {
        Shown::At(step) => router.replace(&step.path(id)),
        Shown::Ticket | Shown::Cancelled | Shown::Refunded => TopUpNote::forget(id),
        Shown::SignInFirst
        | Shown::Loading
        | Shown::NotFound
        | Shown::LoadFailure
        | Shown::Attendees
        | Shown::Check
        | Shown::Pay
        | Shown::Paying => {}
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
            Shown::Pay => view! { <PayScreen order pace /> }.into_any(),
            Shown::Paying => view! { <PayingScreen order /> }.into_any(),
            Shown::Ticket => view! { <TicketScreen order /> }.into_any(),
            Shown::Cancelled => view! { <CancelledScreen order /> }.into_any(),
            Shown::Refunded => view! { <RefundedScreen order /> }.into_any(),
            Shown::SignInFirst
            | Shown::Loading
            | Shown::NotFound
            | Shown::LoadFailure
            | Shown::At(_) => ().into_any(),
        }
    };
    move || {
        match shown.get() {
        Shown::SignInFirst => view! { <SignInFirst text="Bookings are shown only to whoever made them." /> }.into_any(),
        Shown::Loading | Shown::At(_) => {
            view! { <Skeleton label="Loading your booking" blocks=&["title-block", "seat-block", "seat-block"] /> }
                .into_any()
        }
        Shown::NotFound => view! { <NoSuchOrder /> }.into_any(),
        Shown::LoadFailure => view! { <LoadFailure upkeep=live.upkeep /> }.into_any(),
        Shown::Attendees
        | Shown::Check
        | Shown::Pay
        | Shown::Paying
        | Shown::Ticket
        | Shown::Cancelled
        | Shown::Refunded => view! {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_shown_where_it_stands() {
        for (status, is_free, step, expected) in [
            (
                OrderStatus::Reserved,
                false,
                Step::Attendees,
                Shown::Attendees,
            ),
            (
                OrderStatus::PartlyReserved,
                false,
                Step::Check,
                Shown::Check,
            ),
            (OrderStatus::Expired, false, Step::Pay, Shown::Pay),
            (
                OrderStatus::Reserved,
                true,
                Step::Pay,
                Shown::At(Step::Check),
            ),
            (
                OrderStatus::AwaitingPayment,
                false,
                Step::Pay,
                Shown::Paying,
            ),
            (
                OrderStatus::AwaitingPayment,
                false,
                Step::Attendees,
                Shown::At(Step::Pay),
            ),
            (
                OrderStatus::Confirmed,
                false,
                Step::Attendees,
                Shown::Ticket,
            ),
            (
                OrderStatus::Confirmed,
                false,
                Step::Pay,
                Shown::At(Step::Attendees),
            ),
            (
                OrderStatus::Cancelled,
                false,
                Step::Check,
                Shown::At(Step::Attendees),
            ),
            (
                OrderStatus::Refunded,
                false,
                Step::Attendees,
                Shown::Refunded,
            ),
        ] {
            assert!(
                shown(status, is_free, step) == expected,
                "{status:?} at {step:?}"
            );
        }
    }
}
