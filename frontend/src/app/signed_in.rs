//! Where the identity provider sends people back to.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::use_client,
    auth::{self, SignInError},
    router::use_router,
    ui::{PageHeading, SignInButton, Skeleton},
};

/// Finishes the sign-in and goes on to where the person wanted to be.
#[component]
pub fn SignedInScreen() -> impl IntoView {
    let client = use_client();
    let failed = RwSignal::new(None);
    let router = use_router();
    let query = window().location().search().unwrap_or_default();
    spawn_local(async move {
        match auth::finish_sign_in(client, query).await {
            Ok(return_to) => {
                // Replaced: going back must not land on a code that is used up.
                router.replace(&return_to);
            }
            Err(error) => failed.set(Some(error)),
        }
    });
    move || match failed.get() {
        None => view! { <Skeleton label="Signing you in" /> }.into_any(),
        Some(error) => view! { <SignInFailed error /> }.into_any(),
    }
}

#[component]
fn SignInFailed(error: SignInError) -> impl IntoView {
    let text = match error {
        SignInError::Cancelled => "The sign-in was cancelled. Nothing has changed.",
        SignInError::NotAsked => {
            "This sign-in was begun in another tab, or too long ago. Please sign in again."
        }
        SignInError::Unreachable => {
            "The sign-in service did not answer as it should. Please try again in a moment."
        }
    };
    view! {
        <section class="narrow empty" data-test="sign-in-failed">
            <PageHeading title="You are not signed in" />
            <p>{text}</p>
            <p class="actions">
                <SignInButton test="sign-in-here" return_to="/" />
                <a class="button" href="/">
                    "See all conferences"
                </a>
            </p>
        </section>
    }
}
