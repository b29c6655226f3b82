//! A conference's seats at any moment, and how they differ from now.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{
    ConferenceId,
    history::{AvailabilityThen, PoolThen},
    views::PoolAvailability,
};

use super::{
    ReadsNote,
    moments::{Moment, by_time, latest_until},
    timeline::Timeline,
};
use crate::{
    api::{AvailabilityAt, SeatMomentsUntil, live},
    browser::encode,
    router::use_router,
    ui::{Freshness, LoadFailure, Skeleton, format::number},
};

const POLLED_EVERY: Duration = Duration::from_secs(10);
/// What was is not going to change.
const SETTLED: Duration = Duration::from_secs(60);
/// The timeline, which stops wherever a seat changed hands, and the seats at the moment in the address.
#[component]
pub fn AvailabilityTravel(id: ConferenceId) -> impl IntoView {
    let router = use_router();
    let query = Memo::new(move |_| SeatMomentsUntil {
        conference_id: id,
        until: router.parameter("until"),
    });
    let history = live(query, POLLED_EVERY);
    let moments = Memo::new(move |_| {
        let history = history.view.get();
        let moments = history.iter().flat_map(|history| &history.moments);
        by_time(moments.map(|moment| (moment.at, moment.words.clone())))
    });
    let pages = move || {
        let earlier = history
            .view
            .with(|history| history.as_ref().and_then(|history| history.earlier));
        let earlier = earlier.map(|until| {
            let until = encode(&until.to_string());
            let to = format!("/organize/{id}/time-travel?until={until}");
            view! { <a class="button" href=to data-test="earlier">"Earlier"</a> }
        });
        let is_latest = router.parameter("until").is_empty();
        let latest = (!is_latest).then(|| {
            let to = format!("/organize/{id}/time-travel");
            view! { <a class="button" href=to data-test="latest">"The latest"</a> }
        });
        view! { <p class="actions">{latest} {earlier}</p> }
    };
    view! {
        <Freshness upkeep=history.upkeep />
        <Travel id moments />
        {pages}
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
            ("until", untrack(|| router.parameter("until"))),
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
