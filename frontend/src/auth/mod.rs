//! Who the person is: OpenID Connect, authorization code flow with PKCE. There is no secret and no server session; the
//! token lives as long as this tab.

mod oidc;
mod token;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::oidc::{SignInError, finish_sign_in, sign_in, sign_out};
use crate::{browser::tab, clock::Clock};

const KEPT_AS: &str = "session";

/// A signed-in person, as the identity provider named them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub name: String,
    pub email: String,
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
