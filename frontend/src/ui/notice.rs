//! What went wrong, or is taking its time, in words: never only a colour, and always with what is safe to assume.

use leptos::prelude::*;

use super::{Alert, If, SignInButton, format, handler, use_second};
use crate::{
    api::{Failure, Phase, Upkeep},
    browser::device_now,
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
    let signed_out = failure == Failure::SignedOut;
    view! {
        <Alert test="failure">
            <p>
                <strong>{failure.sentence()}</strong>
                " "
                {safe}
            </p>
            {signed_out
                .then(|| {
                    view! {
                        <p>"Sign in again and you come back to this page with what you entered."</p>
                        <SignInButton label="Sign in again" class="button" test="sign-in-again" />
                    }
                })}
        </Alert>
    }
}

/// A screen's content could not be loaded, and there is nothing older to show.
#[component]
pub fn LoadFailure(upkeep: Upkeep) -> impl IntoView {
    view! {
        <div class="notice bad" role="alert" data-test="load-failure">
            <p>
                <strong>{move || upkeep.failure.get().map(|failure| failure.sentence())}</strong>
                " Nothing has changed. This page tries again by itself."
            </p>
            <button class="button" type="button" on:click=handler(move |_| upkeep.refresh())>
                "Try now"
            </button>
        </div>
    }
}

/// How old the numbers are, once they are older than they should be.
#[component]
pub fn Freshness(upkeep: Upkeep) -> impl IntoView {
    let second = use_second();
    let age = move || {
        second.track();
        (device_now() - upkeep.fresh_at.get()) as i64
    };
    view! {
        <If when=move || upkeep.failure.with(Option::is_some) && upkeep.fresh_at.get() != 0.0>
            <p class="freshness" data-test="freshness">
                "Updated " {move || format::spoken_age(age())} " ago. Trying again…"
            </p>
        </If>
    }
}
