//! How bookings of a conference go: what became of orders, sales over time, what was given up when, and at which hours.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::views::ConferencePage;

use super::{
    cancellations::CancellationsSection, funnel::FunnelSection, popularity::PopularitySection,
    sales::SalesSection,
};
use crate::{
    api::{AnalyticsOf, PopularityOf, live},
    ui::{Freshness, LoadFailure, Skeleton},
};

const POLLED_EVERY: Duration = Duration::from_secs(10);

/// All of it.
#[component]
pub fn AnalyticsSections(page: Arc<ConferencePage>) -> impl IntoView {
    let id = page.conference_id;
    let analytics = live(Memo::new(move |_| AnalyticsOf(id)), POLLED_EVERY);
    let popularity = live(Memo::new(move |_| PopularityOf(id)), POLLED_EVERY);
    let is_known = Memo::new(move |_| analytics.view.with(Option::is_some));
    let known = move || {
        let Some(first) = analytics.view.get_untracked() else {
            return ().into_any();
        };
        let analytics = Memo::new(move |_| analytics.view.get().unwrap_or_else(|| first.clone()));
        view! {
            <FunnelSection analytics />
            <SalesSection page=page.clone() analytics />
            <CancellationsSection analytics />
        }
        .into_any()
    };
    let is_popular = Memo::new(move |_| popularity.view.with(Option::is_some));
    let popular = move || {
        is_popular.get();
        let first = popularity.view.get_untracked()?;
        let popularity = Memo::new(move |_| popularity.view.get().unwrap_or_else(|| first.clone()));
        Some(view! { <PopularitySection popularity /> })
    };
    view! {
        <Freshness upkeep=analytics.upkeep />
        {move || match (is_known.get(), analytics.upkeep.failure.get()) {
            (true, _) => known(),
            (false, Some(_)) => view! { <LoadFailure upkeep=analytics.upkeep /> }.into_any(),
            (false, None) => view! { <Skeleton label="Loading the numbers" blocks=&["block", "seat-block"] /> }.into_any(),
        }}
        {popular}
    }
}
