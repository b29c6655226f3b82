//! Who the person is: OpenID Connect, authorization code flow with PKCE. There is no secret and no server session; the
//! token lives as long as this tab.
//!
//! The road to the identity provider and back ([`oidc`]) is a download of its own: most who look at conferences do not
//! take it.

mod oidc;
mod token;

use std::pin::Pin;

use leptos::{
    prelude::*,
    wasm_split::{SplitLoaderError, wasm_split},
};
use serde::{Deserialize, Serialize};

use crate::{
    api::Client,
    browser::{origin, tab},
    clock::Clock,
};

const KEPT_AS: &str = "session";

/// A signed-in person, as the identity provider named them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub name: String,
    pub email: String,
    /// Whether they may run conferences. It only decides what is offered; what is allowed, each function decides.
    #[serde(default)]
    pub organizes: bool,
    /// The same of operators, who may see the system itself.
    #[serde(default)]
    pub operates: bool,
    access_token: String,
    id_token: String,
    /// Milliseconds since the epoch.
    expires_at: i64,
}

/// Who is signed in in this tab.
#[derive(Clone, Copy)]
pub struct Session(RwSignal<Option<Identity>>);

impl Session {
    /// The session that this tab had before it was refreshed.
    pub(crate) fn resume() -> Self {
        Self(RwSignal::new(tab::get(KEPT_AS)))
    }

    /// The signed-in person.
    pub fn identity(&self) -> Option<Identity> {
        self.0.get()
    }

    /// Whether somebody is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.0.with(Option::is_some)
    }

    /// The token to call with, unless its time is over.
    pub(crate) fn access_token(&self, clock: Clock) -> Option<String> {
        let now = clock.now().millis();
        self.0.with_untracked(|identity| {
            let identity = identity.as_ref().filter(|who| who.expires_at > now)?;
            Some(identity.access_token.clone())
        })
    }

    /// The server did not accept the token. What the person typed stays, so that they can come back to it.
    pub(crate) fn expire(&self) {
        tab::remove(KEPT_AS);
        if self.0.with_untracked(Option::is_some) {
            self.0.set(None);
        }
    }

    /// The person is done: nothing of theirs stays in this tab.
    pub(crate) fn end(&self) {
        tab::clear();
        self.0.set(None);
    }

    fn begin(&self, identity: Identity) {
        tab::set(KEPT_AS, &identity);
        self.0.set(Some(identity));
    }
}

/// Why a sign-in did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// The person, or the identity provider, said no.
    Cancelled,
    /// This tab did not ask for it, or it took too long.
    NotAsked,
    /// The identity provider could not be reached, or its answer is not to be trusted.
    Unreachable,
}

impl From<SplitLoaderError> for SignInError {
    fn from(_: SplitLoaderError) -> Self {
        Self::Unreachable
    }
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, SignInError>>>>;

/// Send the person to the identity provider; they come back to `return_to`, a path of this site.
#[wasm_split(
    sign_in,
    wasm_split_path = leptos::wasm_split,
    return_wrapper(let answer = _; { answer.await } -> Result<(), SignInError>),
    fallible
)]
pub fn sign_in(return_to: String) -> Answer<()> {
    Box::pin(oidc::sign_in(return_to))
}

/// The person is back with this query string: get their token, and say where they wanted to go.
#[wasm_split(
    sign_in,
    wasm_split_path = leptos::wasm_split,
    return_wrapper(let answer = _; { answer.await } -> Result<String, SignInError>),
    fallible
)]
pub fn finish_sign_in(client: Client, query: String) -> Answer<String> {
    Box::pin(oidc::finish_sign_in(client, query))
}

/// Where the identity provider forgets the person, and sends them to the front page.
#[wasm_split(
    sign_in,
    wasm_split_path = leptos::wasm_split,
    return_wrapper(let answer = _; { answer.await } -> Result<String, SignInError>),
    fallible
)]
fn sign_out_address(id_token: String) -> Answer<String> {
    Box::pin(oidc::sign_out_address(id_token))
}

/// Forget the person here and at the identity provider, and show the front page.
pub async fn sign_out(client: Client) {
    let Some(identity) = client.session.0.get_untracked() else {
        return;
    };
    client.forget_person();
    let address = sign_out_address(identity.id_token).await;
    _ = go(&address.unwrap_or_else(|_| front_page()));
}

fn front_page() -> String {
    format!("{}/", origin())
}

fn go(address: &str) -> Result<(), SignInError> {
    let gone = window().location().assign(address);
    gone.map_err(|_| SignInError::Unreachable)
}
