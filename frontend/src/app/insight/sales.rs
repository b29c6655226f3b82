//! Sales over time, and other conferences of the same organizer beside them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{
    ConferenceId,
    analytics::{Analytics, DayOfSales},
    views::ConferencePage,
};

use super::days::{name, number, running_total};
use crate::{
    api::{AnalyticsOf, OwnConferences, live},
    browser::encode,
    router::use_router,
    ui::{
        Cell, Numbers, TableTwin,
        format::{self, counted},
        handler,
        plot::{LinesPlot, Unit},
    },
};

const POLLED_EVERY: Duration = Duration::from_secs(60);
/// More lines than this cannot be told apart.
const MOST_LINES: usize = 5;

/// A conference with what was sold of it.
type Known = (String, Arc<Analytics>);

/// The plot, its choice of conferences, and the days in a table.
#[component]
pub fn SalesSection(page: Arc<ConferencePage>, analytics: Memo<Arc<Analytics>>) -> impl IntoView {
    let id = page.conference_id;
    let router = use_router();
    let mine = live(Memo::new(|_| OwnConferences), POLLED_EVERY);
    let beside = Memo::new(move |_| beside(&router.parameter("with"), id));
    // One query for each conference beside this one; they are made anew with the choice.
    let others = Memo::new(move |_| {
        let queries = beside.get().into_iter();
        let queries = queries.map(|other| {
            (
                other,
                live(Memo::new(move |_| AnalyticsOf(other)), POLLED_EVERY),
            )
        });
        Others(queries.map(|(other, live)| (other, live.view)).collect())
    });
    let name_of = move |other: ConferenceId| {
        mine.view.with(|mine| {
            let mine = mine.as_ref()?;
            let mut known = mine.conferences.iter().map(|own| &own.summary);
            let own = known.find(|own| own.conference_id == other)?;
            Some(own.name.to_string())
        })
    };
    let this = page.name.to_string();
    let known = Memo::new(move |_| {
        let mut known = vec![(this.clone(), analytics.get())];
        others.with(|others| {
            for (other, view) in &others.0 {
                if let Some(analytics) = view.get() {
                    known.push((
                        name_of(*other).unwrap_or_else(|| other.to_string()),
                        analytics,
                    ));
                }
            }
        });
        known
    });
    let choice = move || {
        let mine = mine.view.get()?;
        let chosen = beside.get();
        let boxes = mine
            .conferences
            .iter()
            .filter(|own| own.summary.conference_id != id);
        let boxes = boxes.map(|own| {
            let other = own.summary.conference_id;
            let is_chosen = chosen.contains(&other);
            let is_full = !is_chosen && chosen.len() + 1 >= MOST_LINES;
            let chosen = chosen.clone();
            let choose = move |_| {
                let mut next = chosen.clone();
                match is_chosen {
                    true => next.retain(|known| *known != other),
                    false => next.push(other),
                }
                router.replace(&address(id, &next));
            };
            view! {
                <label class="checkbox">
                    <input
                        type="checkbox"
                        id=format!("beside-{other}")
                        data-test=format!("beside-{other}")
                        prop:checked=is_chosen
                        disabled=is_full
                        on:change=handler(choose)
                    />
                    {own.summary.name.to_string()}
                </label>
            }
        });
        let boxes = boxes.collect::<Vec<_>>();
        (!boxes.is_empty()).then(|| {
            view! {
                <fieldset class="beside">
                    <legend>"Beside it"</legend>
                    {boxes}
                </fieldset>
            }
        })
    };
    let has_days = Memo::new(move |_| {
        known.with(|known| {
            known
                .iter()
                .any(|(_, analytics)| !analytics.days.is_empty())
        })
    });
    let numbers = Signal::derive(move || known.with(|known| table(known)));
    let plotted = move || match has_days.get() {
        true => view! {
            {move || view! { <Plot known=known.get() /> }}
            <TableTwin numbers name="sales" />
        }
        .into_any(),
        false => {
            view! { <p class="hint" data-test="no-sales">"Nothing is sold yet."</p> }.into_any()
        }
    };
    view! {
        <section aria-labelledby="sales-title">
            <h2 id="sales-title">"Sales over time"</h2>
            {plotted}
            {choice}
        </section>
    }
}

/// The answers of other conferences, told apart by which conferences they are of.
#[derive(Clone)]
struct Others(Vec<(ConferenceId, RwSignal<Option<Arc<Analytics>>>)>);

impl PartialEq for Others {
    fn eq(&self, _other: &Self) -> bool {
        // Made anew, they are other queries even for the same conferences.
        false
    }
}

/// The conferences that the address names, without this one.
fn beside(with: &str, id: ConferenceId) -> Vec<ConferenceId> {
    let named = with.split(',').filter_map(|other| other.parse().ok());
    let mut others: Vec<_> = named.filter(|other| *other != id).collect();
    others.truncate(MOST_LINES - 1);
    others
}

fn address(id: ConferenceId, beside: &[ConferenceId]) -> String {
    let named: Vec<_> = beside.iter().map(ToString::to_string).collect();
    match named.is_empty() {
        true => format!("/organize/{id}/analytics"),
        false => format!("/organize/{id}/analytics?with={}", encode(&named.join(","))),
    }
}

fn left(day: &DayOfSales) -> i64 {
    i64::from(day.sold) - i64::from(day.cancelled)
}

#[component]
fn Plot(known: Vec<Known>) -> impl IntoView {
    let days = known.iter().flat_map(|(_, analytics)| &analytics.days);
    let numbers: Vec<_> = days.filter_map(|day| number(&day.day)).collect();
    let (Some(first), Some(last)) = (numbers.iter().min(), numbers.iter().max()) else {
        return ().into_any();
    };
    let below = vec![name(*first), name(*last)];
    let range = below.join(" to ");
    let lines = known
        .iter()
        .map(|(name, analytics)| running_total(name.clone(), &analytics.days, left));
    let lines: Vec<_> = lines.collect();
    let ends = lines.iter().map(|line| {
        let sold = line.points.last().map_or(0, |(_, sold)| *sold);
        format!("{}: {}", line.name, counted(sold, "seat"))
    });
    let summary = format!(
        "Seats sold, less those given up, {range}. {}.",
        ends.collect::<Vec<_>>().join("; ")
    );
    view! {
        <figure data-test="sales-plot">
            <LinesPlot lines unit=Unit::Count days=(*first, *last) below summary=summary.clone() />
            <figcaption>{summary} " Days in UTC."</figcaption>
        </figure>
    }
    .into_any()
}

/// A row for each day with sales of any of them, with what was sold and given up, and the money of it.
fn table(known: &[Known]) -> Numbers {
    let mut head = vec!["Day".to_owned()];
    let is_alone = known.len() == 1;
    let mut days: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
    for (place, (name, analytics)) in known.iter().enumerate() {
        let titles = ["Sold", "Given up", "Revenue"].map(|title| match is_alone {
            true => title.to_owned(),
            false => format!("{title}, {name}"),
        });
        head.extend(titles);
        for day in &analytics.days {
            let cells = days.entry(&day.day).or_default();
            fill(cells, place, known);
            cells.extend([
                Cell::Number(day.sold.into()),
                Cell::Number(day.cancelled.into()),
                Cell::money(day.revenue, analytics.currency),
            ]);
        }
    }
    let rows = days.into_iter().map(|(day, mut cells)| {
        fill(&mut cells, known.len(), known);
        cells.insert(0, Cell::Text(day.to_owned()));
        cells
    });
    Numbers {
        caption: format!(
            "Sales by day of {}",
            format::counted(i64::try_from(known.len()).unwrap_or(0), "conference")
        ),
        head,
        rows: rows.collect(),
    }
}

/// Nothing in the columns of the conferences before this one that sold nothing on a day.
fn fill(cells: &mut Vec<Cell>, until: usize, known: &[Known]) {
    while cells.len() / 3 < until {
        let currency = known
            .get(cells.len() / 3)
            .map(|(_, analytics)| analytics.currency);
        let Some(currency) = currency else { return };
        cells.extend([Cell::Number(0), Cell::Number(0), Cell::money(0, currency)]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0b8c9c1e-0000-4000-8000-000000000001";
    const OTHER: &str = "0b8c9c1e-0000-4000-8000-000000000002";

    fn known(name: &str, days: &[(&str, u32)]) -> Known {
        let days: Vec<_> = days
            .iter()
            .map(|(day, sold)| json!({"day": day, "sold": sold, "cancelled": 0, "revenue": 100 * sold}))
            .collect();
        let analytics = json!({
            "conference_id": ID, "currency": "EUR", "days": days, "cancellations": [], "as_of": {},
            "funnel": {"held": 0, "payment_requested": 0, "declined": 0, "confirmed": 0, "expired": 0, "cancelled": 0},
        });
        (
            name.into(),
            Arc::new(serde_json::from_value(analytics).unwrap()),
        )
    }

    #[test]
    fn a_day_without_sales_of_one_conference_has_zeros_there() {
        let known = [
            known("A", &[("2027-05-01", 2)]),
            known("B", &[("2027-05-01", 1), ("2027-05-02", 3)]),
        ];
        let table = table(&known);
        assert_eq!(table.head.len(), 7);
        assert!(table.rows.iter().all(|row| row.len() == 7));
        assert_eq!(table.rows[1][1], Cell::Number(0));
        assert_eq!(table.rows[1][4], Cell::Number(3));
    }

    #[test]
    fn the_conferences_beside_it_stand_in_the_address() {
        let (id, other) = (ID.parse().unwrap(), OTHER.parse().unwrap());
        assert_eq!(beside(&format!("{OTHER},{ID},x"), id), [other]);
        assert_eq!(beside("", id), []);
    }
}
