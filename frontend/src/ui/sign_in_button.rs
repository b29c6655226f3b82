//! The way to the identity provider.

use leptos::{prelude::*, task::spawn_local};

use super::handler;
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
    let sign_in = move |_| {
        let return_to = return_to.map_or_else(current_path, str::to_owned);
        spawn_local(async { _ = auth::sign_in(return_to).await });
    };
    view! {
        <button class=class type="button" data-test=test on:click=handler(sign_in)>
            {label}
        </button>
    }
}
