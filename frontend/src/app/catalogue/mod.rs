//! The catalogue: every conference on sale, by month, filtered by what stands in the address.

mod filter;
mod ticket;

use std::{sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use shared::views::{Catalogue, ConferenceSummary};

use self::filter::{FilterForm, filter_of};
pub use self::ticket::{ConferenceTicket, FEW};
use crate::{
    api::{CatalogueFilter, Failure, live, use_client},
    router::use_router,
    ui::{
        Freshness, If, LoadFailure, PageHeading, Skeleton,
        format::{Style, time},
        handler, watch,
    },
};

const POLLED_EVERY: Duration = Duration::from_secs(10);

/// Find a conference.
#[component]
pub fn CatalogueScreen() -> impl IntoView {
    let router = use_router();
    let filter = Memo::new(move |_| filter_of(router));
    let first_page = live(filter, POLLED_EVERY);
    let cities = Memo::new(move |known: Option<&Vec<String>>| {
        let page = first_page.view.get();
        match page {
            Some(page) => page.cities.iter().map(ToString::to_string).collect(),
            None => known.cloned().unwrap_or_default(),
        }
    });
    let further_pages = RwSignal::new(Vec::new());
    watch(move || {
        filter.track();
        further_pages.set(Vec::new());
    });
    view! {
        <section class="hero">
            <PageHeading title="Conferences">"Take a seat."</PageHeading>
            <p class="lead">
                "Conferences worth the journey. Pick your seats, and they are yours for fifteen minutes while you decide."
            </p>
            <FilterForm filter cities />
        </section>
        <Freshness upkeep=first_page.upkeep />
        {move || match (first_page.view.get(), first_page.upkeep.failure.get()) {
            (Some(page), _) => view! { <Results page further_pages filter /> }.into_any(),
            (None, Some(_)) => view! { <LoadFailure upkeep=first_page.upkeep /> }.into_any(),
            (None, None) => {
                view! {
                    <Skeleton
                        label="Loading the conferences"
                        blocks=&["line", "ticket-block", "ticket-block", "ticket-block"]
                    />
                }
                    .into_any()
            }
        }}
    }
}

#[component]
fn Results(
    page: Arc<Catalogue>,
    /// What "Show more" has added to the first page.
    further_pages: RwSignal<Vec<Arc<Catalogue>>>,
    filter: Memo<CatalogueFilter>,
) -> impl IntoView {
    let pages = Memo::new(move |_| {
        let mut pages = vec![page.clone()];
        pages.extend(further_pages.get());
        pages
    });
    let cursor = move || pages.with(|pages| pages.last()?.next_cursor.clone());
    let months = move || pages.with(|pages| by_month(pages));
    let is_empty = move || pages.with(|pages| pages.iter().all(|page| page.conferences.is_empty()));
    let count = move || {
        let count = pages.with(|pages| pages.iter().map(|page| page.conferences.len()).sum());
        match count {
            0_usize => "No conferences".to_owned(),
            1 => "1 conference".to_owned(),
            more => format!("{more} conferences"),
        }
    };
    view! {
        <p class="result-count" role="status" data-test="result-count">
            {count}
            {move || cursor().is_some().then_some(", and more")}
        </p>
        <If when=is_empty>
            <NoResults is_filtered=filter.with(|filter| !filter.query_string().is_empty()) />
        </If>
        {move || months().into_iter().map(Month::into_view).collect_view()}
        <If when=move || cursor().is_some()>
            <ShowMore filter cursor=Signal::derive(cursor) further_pages />
        </If>
    }
}

#[component]
fn NoResults(is_filtered: bool) -> impl IntoView {
    let (text, action) = match is_filtered {
        true => (
            "Nothing matches. Try fewer words, another city or other dates.",
            Some("Show all conferences"),
        ),
        false => ("Nothing is on sale at the moment. Come back soon.", None),
    };
    view! {
        <div class="empty" data-test="no-results">
            <p>{text}</p>
            {action
                .map(|action| {
                    view! {
                        <a class="button" href="/">
                            {action}
                        </a>
                    }
                })}
        </div>
    }
}

#[component]
fn ShowMore(
    filter: Memo<CatalogueFilter>,
    cursor: Signal<Option<String>>,
    further_pages: RwSignal<Vec<Arc<Catalogue>>>,
) -> impl IntoView {
    let client = use_client();
    let failure = RwSignal::new(None::<Failure>);
    let is_loading = RwSignal::new(false);
    let show_more = move |_| {
        let Some(cursor) = cursor
            .get_untracked()
            .filter(|_| !is_loading.get_untracked())
        else {
            return;
        };
        let asked = filter.get_untracked();
        let next = CatalogueFilter {
            cursor,
            ..asked.clone()
        };
        is_loading.set(true);
        spawn_local(async move {
            let answer = client.read(&next).await;
            is_loading.try_set(false);
            match answer {
                // The filter may have changed meanwhile: this page belongs to the old one.
                Ok(page) if filter.try_get_untracked().as_ref() == Some(&asked) => {
                    failure.try_set(None);
                    further_pages.try_update(|pages| pages.push(page));
                }
                Ok(_) => {}
                Err(reason) => {
                    failure.try_set(Some(reason));
                }
            }
        });
    };
    view! {
        <p class="more">
            <button class="button" type="button" data-test="show-more" on:click=handler(show_more)>
                "Show more"
            </button>
            <span role="status">{move || failure.get().map(|failure| failure.sentence())}</span>
        </p>
    }
}

/// The conferences that begin in one month, in their venues' time.
struct Month {
    name: String,
    conferences: Vec<ConferenceSummary>,
}

fn by_month(pages: &[Arc<Catalogue>]) -> Vec<Month> {
    let mut months: Vec<Month> = Vec::new();
    for conference in pages.iter().flat_map(|page| &page.conferences) {
        let name = time(
            conference.starts_at,
            conference.time_zone.as_str(),
            Style::Month,
        );
        match months.last_mut().filter(|month| month.name == name) {
            Some(month) => month.conferences.push(conference.clone()),
            None => months.push(Month {
                name,
                conferences: vec![conference.clone()],
            }),
        }
    }
    months
}

impl Month {
    fn into_view(self) -> impl IntoView {
        let tickets = self.conferences.into_iter();
        view! {
            <section class="month">
                <h2>{self.name}</h2>
                <ul class="tickets">
                    {tickets
                        .map(|conference| view! { <li><ConferenceTicket conference /></li> })
                        .collect_view()}
                </ul>
            </section>
        }
    }
}
