//! What to look at through time: a conference, an order or an account.

use std::time::Duration;

use leptos::prelude::*;
use shared::{Currency, OrderId};
use web_sys::SubmitEvent;

use crate::{
    api::{CatalogueFilter, live},
    browser::encode,
    router::use_router,
    ui::{ErrorSummary, FieldProblem, LoadFailure, PageHeading, Skeleton, TextField, handler},
};

const POLLED_EVERY: Duration = Duration::from_secs(60);

/// The ways to go.
#[component]
pub fn TravelScreen() -> impl IntoView {
    view! {
        <PageHeading title="Time travel" />
        <p class="lead">"How something stood at any moment, folded from the events up to it."</p>
        <div class="pair">
            <OrderForm />
            <AccountForm />
        </div>
        <h2>"A conference's seats"</h2>
        <Conferences />
    }
}

#[component]
fn OrderForm() -> impl IntoView {
    let router = use_router();
    let id = RwSignal::new(String::new());
    let problems = RwSignal::new(Vec::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed =
            id.with_untracked(|id| id.trim().trim_start_matches("order#").parse::<OrderId>());
        match typed {
            Ok(order) => router.push(&format!("/operate/time-travel/orders/{order}")),
            Err(_) => problems.set(vec![FieldProblem {
                id: "travel-order".into(),
                message: "The order's id must be a whole UUID".into(),
            }]),
        }
    };
    view! {
        <form class="sheet" novalidate on:submit=handler(submit)>
            <h2>"An order"</h2>
            <ErrorSummary problems />
            <TextField id="travel-order" label="Its id" autocomplete="off" value=id problems />
            <p class="actions">
                <button class="button" type="submit" data-test="travel-to-order">"Look at it"</button>
            </p>
        </form>
    }
}

#[component]
fn AccountForm() -> impl IntoView {
    let router = use_router();
    let person = RwSignal::new(String::new());
    let currency = RwSignal::new("EUR".to_owned());
    let problems = RwSignal::new(Vec::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let person = person.get_untracked().trim().to_owned();
        let code = currency.get_untracked().trim().to_uppercase();
        let mut found = Vec::new();
        if person.is_empty() {
            found.push(FieldProblem {
                id: "travel-person".into(),
                message: "The person's id must not be empty".into(),
            });
        }
        let currency = Currency::try_from(code);
        if currency.is_err() {
            found.push(FieldProblem {
                id: "travel-currency".into(),
                message: "The currency must be three letters, such as EUR".into(),
            });
        }
        if let (Ok(currency), true) = (currency, found.is_empty()) {
            let person = encode(&person);
            router.push(&format!(
                "/operate/time-travel/accounts/{person}/{currency}"
            ));
        }
        problems.set(found);
    };
    view! {
        <form class="sheet" novalidate on:submit=handler(submit)>
            <h2>"An account"</h2>
            <ErrorSummary problems />
            <TextField id="travel-person" label="The person's id" autocomplete="off" value=person problems />
            <TextField id="travel-currency" label="Currency" autocomplete="off" value=currency problems />
            <p class="actions">
                <button class="button" type="submit" data-test="travel-to-account">"Look at it"</button>
            </p>
        </form>
    }
}

#[component]
fn Conferences() -> impl IntoView {
    let catalogue = live(Memo::new(|_| CatalogueFilter::default()), POLLED_EVERY);
    move || match (catalogue.view.get(), catalogue.upkeep.failure.get()) {
        (Some(catalogue), _) => {
            let rows = catalogue.conferences.iter().map(|conference| {
                let id = conference.conference_id;
                view! {
                    <li>
                        <a href=format!("/organize/{id}/time-travel") data-test=format!("travel-{id}")>
                            {conference.name.to_string()}
                        </a>
                        <span class="hint">" " {conference.city.to_string()}</span>
                    </li>
                }
            });
            view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
        }
        (None, Some(_)) => view! { <LoadFailure upkeep=catalogue.upkeep /> }.into_any(),
        (None, None) => {
            view! { <Skeleton label="Loading the conferences" blocks=&["block"] /> }.into_any()
        }
    }
}
