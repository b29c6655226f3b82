//! What was given up how long before the conference began.

use std::sync::Arc;

use leptos::prelude::*;
use shared::analytics::{Analytics, LeadTime};

use crate::ui::{
    Cell, Numbers, TableTwin,
    format::seats,
    plot::{Bar, BarPlot, Unit},
};

/// A bar for each group of days.
#[component]
pub fn CancellationsSection(analytics: Memo<Arc<Analytics>>) -> impl IntoView {
    let groups = Memo::new(move |_| analytics.with(|analytics| analytics.cancellations.clone()));
    let has_some =
        Memo::new(move |_| groups.with(|groups| groups.iter().any(|group| group.seats > 0)));
    let numbers = Signal::derive(move || groups.with(|groups| table(groups)));
    let content = move || {
        match has_some.get() {
        true => view! {
            {move || view! { <Plot groups=groups.get() /> }}
            <TableTwin numbers name="cancellations" />
        }
        .into_any(),
        false => view! {
            <p class="hint" data-test="no-cancellations">"Nobody gave up a seat that was bought."</p>
        }
        .into_any(),
    }
    };
    view! {
        <section aria-labelledby="cancellations-title">
            <h2 id="cancellations-title">"Seats given up"</h2>
            {content}
        </section>
    }
}

#[component]
fn Plot(groups: Vec<LeadTime>) -> impl IntoView {
    let bars = groups.iter().map(|group| Bar {
        title: format!("{}: {}", span(*group), seats(group.seats)),
        up: group.seats.into(),
        down: 0,
    });
    let bars = bars.collect();
    let below = groups.iter().map(|group| short_span(*group)).collect();
    let most = groups.iter().max_by_key(|group| group.seats);
    let most = most.map(|most| format!(" Most of them {}: {}.", span(*most), most.seats));
    let total = groups.iter().map(|group| group.seats).sum();
    let summary = format!("{} given up.{}", seats(total), most.unwrap_or_default());
    view! {
        <figure data-test="cancellations-plot">
            <BarPlot bars unit=Unit::Count below summary=summary.clone() />
            <figcaption>{summary} " Days before the conference began."</figcaption>
        </figure>
    }
}

fn table(groups: &[LeadTime]) -> Numbers {
    let rows = groups.iter();
    let rows = rows.map(|group| vec![Cell::Text(span(*group)), Cell::Number(group.seats.into())]);
    Numbers {
        caption: "Seats given up by days before the conference".into(),
        head: ["Before it began", "Seats"].map(str::to_owned).into(),
        rows: rows.collect(),
    }
}

/// In words.
fn span(group: LeadTime) -> String {
    match (group.from_days, group.to_days) {
        (0, Some(1)) => "less than a day before".into(),
        (from, Some(to)) => format!("{from} to {to} days before"),
        (from, None) => format!("{from} days before or earlier"),
    }
}

fn short_span(group: LeadTime) -> String {
    match (group.from_days, group.to_days) {
        (from, Some(to)) => format!("{from}–{to}"),
        (from, None) => format!("{from}+"),
    }
}
