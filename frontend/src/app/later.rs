//! Screens that are downloaded when they are first shown, so that the first download is the catalogue and a conference's
//! page, and nothing else.
//!
//! A function marked `wasm_split` is a seam: the builder (`infra/local/src/site`) cuts the compiled app there and puts
//! what only functions behind the seam need into a file of its own, named after the first word in the brackets. Calling
//! the function downloads the file first. Functions with the same word share a file, and what two files need, but the
//! first download does not, becomes a file that both load.

use std::pin::Pin;

use leptos::{
    ev,
    prelude::*,
    task::spawn_local,
    wasm_split::{SplitLoaderError, wasm_split},
};

use super::{
    account::AccountScreen,
    bookings::BookingsScreen,
    conference::{Placing, PromoBox, Wish},
    insight::{InsightScreen, Tool},
    operate::OperateScreen,
    order::{OrderScreen, Step},
    organize::{OrganizeScreen, OwnConferenceScreen},
};
use crate::ui::{PageHeading, Skeleton, handler, stylesheet};

/// Places orders for the form of a conference's page.
#[wasm_split(orders, wasm_split_path = leptos::wasm_split, fallible)]
pub fn placing(wish: Wish) -> Result<ViewFn, SplitLoaderError> {
    Ok((move || view! { <Placing wish /> }).into())
}

/// Promo codes for the form of a conference's page.
#[wasm_split(promo_codes, wasm_split_path = leptos::wasm_split, fallible)]
pub fn promo_box(wish: Wish) -> Result<ViewFn, SplitLoaderError> {
    Ok((move || view! { <PromoBox wish /> }).into())
}

/// An order, at one of its steps.
#[wasm_split(orders, wasm_split_path = leptos::wasm_split, fallible)]
pub fn order_screen(id: String, step: Step) -> Result<ViewFn, SplitLoaderError> {
    Ok((move || view! { <OrderScreen id=id.clone() step /> }).into())
}

/// Everything that the person booked.
#[wasm_split(orders, wasm_split_path = leptos::wasm_split, fallible)]
pub fn bookings_screen() -> Result<ViewFn, SplitLoaderError> {
    Ok((|| view! { <BookingsScreen /> }).into())
}

/// The person's money.
#[wasm_split(account, wasm_split_path = leptos::wasm_split, fallible)]
pub fn account_screen() -> Result<ViewFn, SplitLoaderError> {
    Ok((|| view! { <AccountScreen /> }).into())
}

/// The conferences that the person runs.
#[wasm_split(organize, wasm_split_path = leptos::wasm_split, fallible)]
pub fn organize_screen() -> Result<ViewFn, SplitLoaderError> {
    Ok((|| view! { <OrganizeScreen /> }).into())
}

/// One of them.
#[wasm_split(organize, wasm_split_path = leptos::wasm_split, fallible)]
pub fn own_conference_screen(id: String) -> Result<ViewFn, SplitLoaderError> {
    Ok((move || view! { <OwnConferenceScreen id=id.clone() /> }).into())
}

/// What the history of one of the person's conferences tells.
#[wasm_split(insight, wasm_split_path = leptos::wasm_split, fallible)]
pub fn insight_screen(id: String, tool: Tool) -> Result<ViewFn, SplitLoaderError> {
    Ok((move || view! { <InsightScreen id=id.clone() tool /> }).into())
}

/// Everything for operators.
#[wasm_split(operate, wasm_split_path = leptos::wasm_split, fallible)]
pub fn operate_screen() -> Result<ViewFn, SplitLoaderError> {
    Ok((|| view! { <OperateScreen /> }).into())
}

/// A screen of the console, with the console's own style sheet.
pub async fn console(
    screen: impl Future<Output = Result<ViewFn, SplitLoaderError>>,
) -> Result<ViewFn, SplitLoaderError> {
    stylesheet("/console.css").await;
    screen.await
}

type Loading = Pin<Box<dyn Future<Output = Result<ViewFn, SplitLoaderError>>>>;

/// What there is to show.
#[derive(Clone)]
enum Shown {
    Loading,
    Screen(ViewFn),
    Failure,
}

/// A screen, as soon as it is here. Until then blocks of these classes stand in its place, as in a [`Skeleton`].
pub fn later<F>(
    blocks: &'static [&'static str],
    load: impl Fn() -> F + Send + Sync + 'static,
) -> AnyView
where
    F: Future<Output = Result<ViewFn, SplitLoaderError>> + 'static,
{
    let load = Callback::new(move |()| -> Loading { Box::pin(load()) });
    view! { <Later blocks load /> }.into_any()
}

#[component]
fn Later(blocks: &'static [&'static str], load: Callback<(), Loading>) -> impl IntoView {
    let shown = RwSignal::new(Shown::Loading);
    let attempt = Callback::new(move |()| {
        let loading = load.run(());
        shown.set(Shown::Loading);
        spawn_local(async move {
            shown.try_set(match loading.await {
                Ok(screen) => Shown::Screen(screen),
                Err(_) => Shown::Failure,
            });
        });
    });
    attempt.run(());
    move || match shown.get() {
        Shown::Loading => view! { <Skeleton label="Loading this page" blocks /> }.into_any(),
        Shown::Screen(screen) => screen.run(),
        Shown::Failure => view! { <CouldNotLoad attempt /> }.into_any(),
    }
}

/// The download failed: the connection is gone, or a newer version has taken the place of the one that is running here.
#[component]
fn CouldNotLoad(attempt: Callback<()>) -> impl IntoView {
    let back_online = window_event_listener(ev::online, move |_| attempt.run(()));
    on_cleanup(move || back_online.remove());
    view! {
        <section class="narrow empty" role="alert" data-test="part-failure">
            <PageHeading title="This page could not be loaded" />
            <p>"Check your connection. Nothing has changed, and what you entered is kept."</p>
            <p class="actions">
                <button class="button primary" type="button" data-test="try-again" on:click=handler(move |_| attempt.run(()))>
                    "Try again"
                </button>
                <a class="button" href="" rel="external">
                    "Load the page anew"
                </a>
            </p>
        </section>
    }
}
