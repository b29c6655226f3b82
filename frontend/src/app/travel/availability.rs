//! A conference's seats at any moment, and how they differ from now.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{
    ConferenceId, Timestamp,
    history::{AvailabilityThen, PoolThen},
    views::PoolAvailability,
};

use super::{
    ReadsNote,
    moments::{Moment, by_time, latest_until},
    timeline::Timeline,
};
use crate::{
    api::{AnalyticsOf, AvailabilityAt, LogFilter, live, use_client},
    browser::encode,
    router::use_router,
    ui::{Freshness, LoadFailure, Skeleton, format::number},
};

const POLLED_EVERY: Duration = Duration::from_secs(10);
/// What was is not going to change.
const SETTLED: Duration = Duration::from_secs(60);
/// Events on one timeline.
const PAGE: &str = "200";

/// The timeline, and the seats at the moment in the address. Operators stop at each event; organizers, who do not see the
/// log, at the end of each day with sales.
#[component]
pub fn AvailabilityTravel(id: ConferenceId) -> impl IntoView {
    let session = use_client().session;
    let is_operator = untrack(|| session.identity().is_some_and(|person| person.operates));
    match is_operator {
        true => view! { <ByEvents id /> }.into_any(),
        false => view! { <ByDays id /> }.into_any(),
    }
}

#[component]
fn ByEvents(id: ConferenceId) -> impl IntoView {
    let router = use_router();
    let filter = Memo::new(move |_| LogFilter {
        conference_id: id.to_string(),
        before: router.parameter("before"),
        limit: PAGE.into(),
        ..LogFilter::default()
    });
    let log = live(filter, POLLED_EVERY);
    let moments = Memo::new(move |_| {
        let log = log.view.get();
        // The log begins with the latest.
        let events = log.iter().flat_map(|log| log.events.iter().rev());
        by_time(events.map(|event| (event.at, event.words.clone())))
    });
    let pages = move || {
        let next = log
            .view
            .with(|log| log.as_ref().and_then(|log| log.next.clone()));
        let earlier = next.map(|before| {
            let to = format!("/organize/{id}/time-travel?before={}", encode(&before));
            view! { <a class="button" href=to data-test="earlier">"Earlier events"</a> }
        });
        let is_latest = router.parameter("before").is_empty();
        let latest = (!is_latest).then(|| {
            let to = format!("/organize/{id}/time-travel");
            view! { <a class="button" href=to>"The latest events"</a> }
        });
        view! { <p class="actions">{latest} {earlier}</p> }
    };
    view! {
        <Freshness upkeep=log.upkeep />
        <Travel id moments />
        {pages}
    }
}

#[component]
fn ByDays(id: ConferenceId) -> impl IntoView {
    let clock = use_client().clock;
    let analytics = live(Memo::new(move |_| AnalyticsOf(id)), SETTLED);
    let moments = Memo::new(move |_| {
        let analytics = analytics.view.get();
        let days = analytics.iter().flat_map(|analytics| &analytics.days);
        let ends = days.filter_map(|day| {
            let end: Timestamp = format!("{}T23:59:59.999Z", day.day).parse().ok()?;
            let words = format!(
                "Sold on this day: {}; given up: {}.",
                day.sold, day.cancelled
            );
            (end <= clock.now()).then_some((end, words))
        });
        by_time(ends)
    });
    view! {
        <Freshness upkeep=analytics.upkeep />
        <Travel id moments />
        <p class="hint">"Stops at the end of each day with sales, in UTC."</p>
    }
}

#[component]
fn Travel(id: ConferenceId, moments: Memo<Vec<Moment>>) -> impl IntoView {
    let router = use_router();
    let at = Memo::new(move |_| router.parameter("at"));
    let chosen = Memo::new(move |_| {
        let at = at.get().parse().ok()?;
        // A moment before the first that is known is still not now.
        moments.with(|moments| latest_until(moments, at).or((!moments.is_empty()).then_some(0)))
    });
    let choose = Callback::new(move |index: Option<usize>| {
        let key = index.and_then(|index| {
            moments.with_untracked(|moments| moments.get(index).map(|moment| moment.key.clone()))
        });
        let pairs = [
            ("at", key.unwrap_or_default()),
            ("before", untrack(|| router.parameter("before"))),
        ];
        let pairs = pairs
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let query = crate::api::query_string(&pairs);
        router.replace(&format!("/organize/{id}/time-travel{query}"));
    });
    let query = Memo::new(move |_| AvailabilityAt {
        conference_id: id,
        at: at.get(),
    });
    let every = Signal::derive(move || match at.with(String::is_empty) {
        true => POLLED_EVERY,
        false => SETTLED,
    });
    let seats = live(query, every);
    view! {
        <Timeline moments chosen choose />
        {move || match (seats.view.get(), seats.upkeep.failure.get()) {
            (Some(seats), _) => view! { <Seats seats /> }.into_any(),
            (None, Some(_)) => view! { <LoadFailure upkeep=seats.upkeep /> }.into_any(),
            (None, None) => view! { <Skeleton label="Loading the seats" blocks=&["seat-block", "seat-block"] /> }.into_any(),
        }}
    }
}

#[component]
fn Seats(seats: Arc<AvailabilityThen>) -> impl IntoView {
    let bars = seats
        .pools
        .iter()
        .map(|pool| view! { <Pool pool=pool.clone() /> });
    let bars = bars.collect_view();
    let rows = seats
        .pools
        .iter()
        .map(|pool| view! { <Row pool=pool.clone() /> });
    view! {
        <ul class="pools" aria-hidden="true">{bars}</ul>
        <p class="legend" aria-hidden="true">
            <span class="sold-key">"Sold"</span>
            <span class="held-key">"On hold"</span>
            <span class="free-key">"Free"</span>
        </p>
        <div class="scrolls" role="region" aria-label="Seats then and now" tabindex="0">
            <table class="numbers then-now" data-test="then-now">
                <caption class="visually-hidden">"Seats at the chosen moment; the difference to now in brackets"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Seat type"</th>
                        <th scope="col">"Sold"</th>
                        <th scope="col">"On hold"</th>
                        <th scope="col">"Free"</th>
                        <th scope="col">"In all"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
        <p class="hint">"In brackets: what has come or gone since."</p>
        <ReadsNote reads=seats.reads />
    }
}

#[component]
fn Pool(pool: PoolThen) -> impl IntoView {
    let PoolAvailability {
        quota, held, sold, ..
    } = pool.then;
    let share = |seats: u32| format!("{}%", u64::from(seats) * 100 / u64::from(quota.max(1)));
    view! {
        <li>
            <span>{pool.name}</span>
            <span class="pool-bar">
                <span class="sold-part" style:width=share(sold)></span>
                <span class="held-part" style:width=share(held)></span>
            </span>
        </li>
    }
}

#[component]
fn Row(pool: PoolThen) -> impl IntoView {
    let id = pool.then.seat_type_id;
    let cell = |word: &str, then: u32, now: u32| {
        let since = i64::from(now) - i64::from(then);
        let difference = (since != 0).then(|| {
            let sign = if since > 0 { "+" } else { "−" };
            let text = format!(" ({sign}{})", number(since.abs()));
            view! { <span class="since">{text}</span> }
        });
        let class = if since == 0 { "" } else { "changed" };
        view! {
            <td class=class data-test=format!("{word}-{id}")>
                {number(then.into())}
                {difference}
            </td>
        }
    };
    let (then, now) = (&pool.then, &pool.now);
    view! {
        <tr>
            <th scope="row">{pool.name.clone()} <span class="hint">" version " {pool.version}</span></th>
            {cell("sold", then.sold, now.sold)}
            {cell("held", then.held, now.held)}
            {cell("free", then.remaining, now.remaining)}
            {cell("quota", then.quota, now.quota)}
        </tr>
    }
}
