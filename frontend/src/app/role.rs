//! Screens that are not for everybody.

use leptos::prelude::*;

use super::order::SignInFirst;
use crate::{api::use_client, ui::PageHeading};

/// Whom a screen is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Whoever runs conferences; operators may see what they see.
    Organizer,
    Operator,
}

/// Who looks at it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visitor {
    Unknown,
    Other,
    Member,
}

/// Its children, to people with this role only. What they may see and do, the server decides; this says it sooner and
/// kinder.
#[component]
pub fn ForRole(role: Role, children: ChildrenFn) -> impl IntoView {
    let session = use_client().session;
    let visitor = Memo::new(move |_| {
        let is_member = session.identity().map(|identity| match role {
            Role::Organizer => identity.organizes,
            Role::Operator => identity.operates,
        });
        match is_member {
            None => Visitor::Unknown,
            Some(false) => Visitor::Other,
            Some(true) => Visitor::Member,
        }
    });
    let sign_in_first = match role {
        Role::Organizer => "Conferences are shown here to whoever runs them.",
        Role::Operator => "The system is shown here to whoever keeps it.",
    };
    move || match visitor.get() {
        Visitor::Unknown => view! { <SignInFirst text=sign_in_first /> }.into_any(),
        Visitor::Other => view! { <Forbidden role /> }.into_any(),
        Visitor::Member => children().into_any(),
    }
}

#[component]
fn Forbidden(role: Role) -> impl IntoView {
    let identity = untrack(|| use_client().session.identity());
    let (title, cannot) = match role {
        Role::Organizer => (
            "This is for organizers",
            ", and this account does not run conferences.",
        ),
        Role::Operator => (
            "This is for operators",
            ", and this account does not keep the system.",
        ),
    };
    view! {
        <section class="narrow empty" data-test="forbidden">
            <PageHeading title />
            <p>
                "You are signed in as " {identity.map(|identity| identity.email)} {cannot}
                " If it should, ask whoever keeps Plenary for you; then sign out and in again."
            </p>
            <p>
                <a class="button primary" href="/">
                    "See all conferences"
                </a>
            </p>
        </section>
    }
}
