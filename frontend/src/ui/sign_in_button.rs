//! The way to the identity provider.

use leptos::{prelude::*, task::spawn_local};

use super::{handler, use_announcer};
use crate::{auth, browser::current_path};

/// Sends the person to sign in; they come back to where they are.
#[component]
pub fn SignInButton(
    #[prop(default = "Sign in")] label: &'static str,
    #[prop(default = "button primary")] class: &'static str,
    /// The hook of the browser tests.
    test: &'static str,
    /// Where to come back to, if not here.
    #[prop(optional)]
    return_to: Option<&'static str>,
) -> impl IntoView {
    let announcer = use_announcer();
    let failed = RwSignal::new(false);
    let sign_in = move |_| {
        let return_to = return_to.map_or_else(current_path, str::to_owned);
        spawn_local(async move {
            if auth::sign_in(return_to).await.is_err() {
                failed.try_set(true);
                announcer.say("The sign-in service did not answer.");
            }
        });
    };
    view! {
        <button class=class type="button" data-test=test on:click=handler(sign_in)>
            {move || if failed.get() { "No answer. Try again" } else { label }}
        </button>
    }
}
