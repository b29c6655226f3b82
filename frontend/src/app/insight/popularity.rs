//! At which hours of the day seats are taken.

use std::sync::Arc;

use leptos::prelude::*;
use shared::analytics::Popularity;

use crate::ui::{
    Cell, Numbers, TableTwin,
    format::seats,
    plot::{Bar, BarPlot, Unit},
};

/// A bar for each hour.
#[component]
pub fn PopularitySection(popularity: Memo<Arc<Popularity>>) -> impl IntoView {
    let hours = Memo::new(move |_| popularity.with(|popularity| popularity.hours.clone()));
    let has_some = Memo::new(move |_| hours.with(|hours| hours.iter().any(|taken| *taken > 0)));
    let numbers = Signal::derive(move || hours.with(|hours| table(hours)));
    let content = move || match has_some.get() {
        true => view! {
            {move || view! { <Plot hours=hours.get() /> }}
            <TableTwin numbers name="popularity" />
        }
        .into_any(),
        false => view! { <p class="hint" data-test="no-popularity">"No seat was taken yet."</p> }
            .into_any(),
    };
    view! {
        <section aria-labelledby="popularity-title">
            <h2 id="popularity-title">"By hour of the day"</h2>
            {content}
        </section>
    }
}

#[component]
fn Plot(hours: Vec<u32>) -> impl IntoView {
    let bars = hours.iter().enumerate().map(|(hour, taken)| Bar {
        title: format!("{}: {}", span(hour), seats(*taken)),
        up: (*taken).into(),
        down: 0,
    });
    let bars = bars.collect();
    let below = [0, 6, 12, 18, 24].map(|hour| format!("{hour}:00")).into();
    let most = hours.iter().enumerate().max_by_key(|(_, taken)| **taken);
    let summary =
        most.map(|(hour, taken)| format!("Most seats are taken at {}: {taken}.", span(hour)));
    let summary = summary.unwrap_or_default();
    view! {
        <figure data-test="popularity-plot">
            <BarPlot bars unit=Unit::Count below summary=summary.clone() />
            <figcaption>{summary} " Hours in UTC."</figcaption>
        </figure>
    }
}

fn table(hours: &[u32]) -> Numbers {
    let rows = hours.iter().enumerate();
    let rows =
        rows.map(|(hour, taken)| vec![Cell::Text(span(hour)), Cell::Number((*taken).into())]);
    Numbers {
        caption: "Seats taken by hour of the day, in UTC".into(),
        head: ["Hour (UTC)", "Seats"].map(str::to_owned).into(),
        rows: rows.collect(),
    }
}

fn span(hour: usize) -> String {
    format!("{hour:02}:00 to {:02}:00", hour + 1)
}
