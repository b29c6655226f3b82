//! What a conference took in: in all, and by day as bars, as a table, and as a file.

use std::sync::Arc;

use leptos::prelude::*;
use shared::{Money, views::Proceeds};

use super::days::{Spans, spans};
use crate::ui::{
    Cell, Numbers, TableTwin,
    format::{self, Style, time},
    plot::{Bar, BarPlot, Unit},
};

/// Days begin and end in UTC, as the server counts them.
const ZONE: &str = "UTC";

/// The sums, the plot and its table.
#[component]
pub fn ProceedsSection(proceeds: Memo<Arc<Proceeds>>) -> impl IntoView {
    let sum = move |sum: &dyn Fn(&Proceeds) -> Money| {
        format::amount(proceeds.with(|proceeds| sum(proceeds)))
    };
    let has_days = Memo::new(move |_| proceeds.with(|proceeds| !proceeds.days.is_empty()));
    let numbers = Signal::derive(move || proceeds.with(|proceeds| table(proceeds)));
    let by_day = move || match has_days.get() {
        true => view! {
            {move || view! { <Plot proceeds=proceeds.get() /> }}
            <TableTwin numbers name="proceeds" />
        }
        .into_any(),
        false => view! {
            <p class="hint" data-test="no-proceeds">
                "Nothing was paid yet. The days with payments and refunds are shown here."
            </p>
        }
        .into_any(),
    };
    view! {
        <section aria-labelledby="proceeds-title">
            <h2 id="proceeds-title">"Proceeds"</h2>
            <dl class="figures">
                <div>
                    <dt>"Charged"</dt>
                    <dd data-test="charged">{move || sum(&|proceeds| proceeds.charged)}</dd>
                    <dd class="hint">{move || format::counted(proceeds.with(|p| p.charges), "payment")}</dd>
                </div>
                <div>
                    <dt>"Refunded"</dt>
                    <dd data-test="refunded">{move || sum(&|proceeds| proceeds.refunded)}</dd>
                    <dd class="hint">{move || format::counted(proceeds.with(|p| p.refunds), "refund")}</dd>
                </div>
                <div class="net">
                    <dt>"Net"</dt>
                    <dd data-test="net">{move || sum(&|proceeds| proceeds.net)}</dd>
                </div>
            </dl>
            {by_day}
        </section>
    }
}

#[component]
fn Plot(proceeds: Arc<Proceeds>) -> impl IntoView {
    let currency = proceeds.net.currency;
    let Spans { days_each, spans } = spans(&proceeds.days);
    let amount = |minor| format::amount(Money { minor, currency });
    let date = |at| time(at, ZONE, Style::ShortDate);
    let bars = spans.iter().map(|span| Bar {
        title: format!(
            "{}: {} charged, {} refunded",
            date(span.from),
            amount(span.charged),
            amount(span.refunded)
        ),
        up: span.charged,
        down: span.refunded,
    });
    let bars: Vec<_> = bars.collect();
    let (first, last) = (spans.first().map(|s| s.from), spans.last().map(|s| s.from));
    let mut below: Vec<_> = first.into_iter().chain(last).collect();
    below.dedup();
    let best = spans.iter().max_by_key(|span| span.charged);
    let summary = best.map(|best| {
        let (by, on) = match days_each {
            1 => ("day".to_owned(), "on"),
            days => (format!("{days} days"), "from"),
        };
        let range: Vec<_> = below.iter().map(|at| date(*at)).collect();
        format!(
            "Charged (up) and refunded (down) by {by}, {}. The most was charged {on} {}: {}.",
            range.join(" to "),
            date(best.from),
            amount(best.charged),
        )
    });
    let summary = summary.unwrap_or_default();
    let caption = summary.clone();
    let below = below.iter().map(|at| date(*at)).collect();
    view! {
        <figure data-test="proceeds-plot">
            <BarPlot bars unit=Unit::Money(currency) below summary />
            <figcaption>{caption} " Days in UTC."</figcaption>
        </figure>
    }
}

fn table(proceeds: &Proceeds) -> Numbers {
    let currency = proceeds.net.currency;
    let rows = proceeds.days.iter().map(|day| {
        vec![
            Cell::Text(day.day.clone()),
            Cell::money(day.charged, currency),
            Cell::money(day.refunded, currency),
            Cell::money(day.charged - day.refunded, currency),
        ]
    });
    Numbers {
        caption: "Proceeds by day, in UTC".into(),
        head: ["Day", "Charged", "Refunded", "Net"]
            .map(|name| match name {
                "Day" => name.to_owned(),
                name => format!("{name} ({currency})"),
            })
            .into(),
        rows: rows.collect(),
    }
}
