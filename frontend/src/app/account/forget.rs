//! Being forgotten: it says what goes and what stays, and ends the session when it is done.

use leptos::{prelude::*, task::spawn_local};
use shared::{
    answers::{Accepted, PersonAnswer},
    endpoint::Name,
    requests::Nothing,
};

use crate::{
    api::{use_client, use_command},
    auth,
    ui::{CommandButton, CommandNotice, Dialog, handler},
};

/// The button, and the question that it leads to.
#[component]
pub fn ForgetSection() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <section class="forget" aria-labelledby="forget-section-title">
            <h2 id="forget-section-title">"Your personal data"</h2>
            <p>
                "Your name and e-mail address are kept under a key of your own, with the names that you gave for your \
                 seats. Ask to be forgotten, and that key is destroyed."
            </p>
            <p class="actions">
                <button class="button danger" type="button" data-test="forget-me" on:click=handler(move |_| open.set(true))>
                    "Forget me"
                </button>
            </p>
            <Dialog open title="Forget you?" id="forget-title">
                <Question open />
            </Dialog>
        </section>
    }
}

#[component]
fn Question(open: RwSignal<bool>) -> impl IntoView {
    let client = use_client();
    let command = use_command(move |_: Accepted<PersonAnswer>| {
        spawn_local(auth::sign_out(client));
    });
    let send = move |()| command.send(Name::Forget.path(&[]), &Nothing {});
    view! {
        <h3>"What goes"</h3>
        <ul class="consequences" data-test="what-goes">
            <li>
                "Your name and e-mail address go, and each name that you gave for a seat, those of your guests included. \
                 Nobody can read them any more, wherever they were recorded."
            </li>
            <li>"Your tickets show no name from then on."</li>
        </ul>
        <h3>"What stays"</h3>
        <ul class="consequences" data-test="what-stays">
            <li>
                "Your bookings, payments and balance stay, without a name: seats that are taken must stay taken, and money \
                 must add up. To give seats back, cancel their booking first."
            </li>
            <li>"A name that somebody else gave for you stays on their booking; ask them to take it off."</li>
            <li>"How you sign in is known to the sign-in service, which this does not touch."</li>
        </ul>
        <p>
            <strong>"This cannot be undone."</strong>
            " You are signed out at once. Within a few minutes nothing shows a name of yours."
        </p>
        <CommandNotice phase=command.phase() safe="Nothing was forgotten." />
        <div class="actions">
            <button class="button" type="button" data-test="keep" on:click=handler(move |_| open.set(false))>
                "Keep my data"
            </button>
            <CommandButton
                phase=command.phase()
                label="Forget me"
                busy_label="Forgetting…"
                class="button danger"
                test="confirm-forget"
                on_press=send
            />
        </div>
    }
}
