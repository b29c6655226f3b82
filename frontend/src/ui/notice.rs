//! What went wrong, or is taking its time, in words: never only a colour, and always with what is safe to assume.

use leptos::{html, prelude::*, task::spawn_local};

use super::{format, use_second};
use crate::{
    api::{Failure, Live, Phase},
    auth,
    browser::{current_path, device_now},
};

/// What is known of a command while it is not simply done. A failure takes the focus.
#[component]
pub fn CommandNotice(
    #[prop(into)] phase: Signal<Phase>,
    /// What is safe to assume when it failed, such as "Nothing was booked."
    safe: &'static str,
) -> impl IntoView {
    let phase = Memo::new(move |_| phase.get());
    move || match phase.get() {
        Phase::Idle | Phase::Sending => ().into_any(),
        Phase::Checking => view! {
            <div class="notice" role="status" data-test="checking">
                <p>
                    <strong>"Checking whether it went through."</strong>
                    " There was no answer yet. This page keeps asking; it cannot happen twice."
                </p>
            </div>
        }
        .into_any(),
        Phase::Waiting => view! {
            <div class="notice" role="status" data-test="waiting">
                <p>
                    <strong>"Many people are booking right now."</strong>
                    " Your turn is coming: this page tries again by itself."
                </p>
            </div>
        }
        .into_any(),
        Phase::Failed(failure) => view! { <FailureNotice failure safe /> }.into_any(),
    }
}

#[component]
fn FailureNotice(failure: Failure, safe: &'static str) -> impl IntoView {
    let notice = NodeRef::<html::Div>::new();
    notice.on_load(|notice| request_animation_frame(move || _ = notice.focus()));
    let signed_out = failure == Failure::SignedOut;
    view! {
        <div class="notice bad" role="alert" tabindex="-1" node_ref=notice data-test="failure">
            <p>
                <strong>{failure.sentence()}</strong>
                " "
                {safe}
            </p>
            {signed_out
                .then(|| {
                    view! {
                        <p>"Sign in again and you come back to this page with what you entered."</p>
                        <SignInAgain />
                    }
                })}
        </div>
    }
}

#[component]
fn SignInAgain() -> impl IntoView {
    view! {
        <button
            class="button"
            type="button"
            data-test="sign-in-again"
            on:click=|_| spawn_local(async { _ = auth::sign_in(current_path()).await })
        >
            "Sign in again"
        </button>
    }
}

/// A screen's content could not be loaded, and there is nothing older to show.
#[component]
pub fn LoadFailure<V: Send + Sync + 'static>(live: Live<V>) -> impl IntoView {
    view! {
        <div class="notice bad" role="alert" data-test="load-failure">
            <p>
                <strong>{move || live.failure.get().map(|failure| failure.sentence())}</strong>
                " Nothing has changed. This page tries again by itself."
            </p>
            <button class="button" type="button" on:click=move |_| live.refresh()>
                "Try now"
            </button>
        </div>
    }
}

/// How old the numbers are, once they are older than they should be.
#[component]
pub fn Freshness<V: Send + Sync + 'static>(live: Live<V>) -> impl IntoView {
    let second = use_second();
    let age = move || {
        second.track();
        (device_now() - live.fresh_at.get()) as i64
    };
    view! {
        <Show when=move || live.failure.with(Option::is_some) && live.fresh_at.get() != 0.0>
            <p class="freshness" data-test="freshness">
                "Updated " {move || format::spoken_age(age())} " ago. Trying again…"
            </p>
        </Show>
    }
}
