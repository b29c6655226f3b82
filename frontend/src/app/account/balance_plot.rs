//! The balance over time. Its numbers stand in the statement right below.

use leptos::prelude::*;
use shared::{Currency, Money, Timestamp, account::StatementEntry};

use crate::{
    api::use_client,
    ui::{
        format::{self, Style, time},
        plot::{Point, StepLine, StepPlot, Unit},
    },
};

/// As far back as these entries go; nothing where there are none.
#[component]
pub fn BalancePlot(
    currency: Currency,
    /// The newest first.
    entries: Signal<Vec<StatementEntry>>,
) -> impl IntoView {
    let clock = use_client().clock;
    move || {
        let line = entries.with(|entries| line(entries, clock.now()))?;
        let summary = summary(&line, currency)?;
        let caption = summary.clone();
        Some(view! {
            <figure data-test="balance-plot">
                <StepPlot line unit=Unit::Money(currency) summary />
                <figcaption>{caption}</figcaption>
            </figure>
        })
    }
}

fn line(entries: &[StatementEntry], now: Timestamp) -> Option<StepLine> {
    let oldest = entries.last()?;
    let points = entries.iter().rev().map(|entry| Point {
        at: entry.at,
        value: entry.balance.minor,
    });
    Some(StepLine {
        before: oldest.balance.minor - oldest.amount.minor,
        points: points.collect(),
        until: now,
    })
}

/// What the plot shows, for those who listen as well as for those who look.
fn summary(line: &StepLine, currency: Currency) -> Option<String> {
    let amount = |minor| format::amount(Money { minor, currency });
    let (lowest, highest) = line.extremes()?;
    let (first, last) = (line.points.first()?, line.points.last()?);
    Some(format!(
        "Balance from {} on {} to {} today, lowest {}, highest {}.",
        amount(line.before),
        time(first.at, "", Style::ShortDate),
        amount(last.value),
        amount(lowest.value),
        amount(highest.value)
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_line_begins_with_what_was_before_the_oldest_entry() {
        let entry = |version, at: &str, amount: i64, balance: i64| -> StatementEntry {
            serde_json::from_value(json!({
                "entry_id": "00000000-0000-4000-8000-000000000001", "version": version, "at": at, "kind": "top_up",
                "amount": {"minor": amount, "currency": "EUR"}, "balance": {"minor": balance, "currency": "EUR"},
            }))
            .unwrap()
        };
        let newest_first = [
            entry(7, "2027-05-04T07:30:00Z", -12_000, 21_400),
            entry(4, "2027-05-03T07:30:00Z", 31_400, 33_400),
        ];
        let line = line(&newest_first, "2027-05-05T07:30:00Z".parse().unwrap()).unwrap();
        let values: Vec<_> = line.points.iter().map(|point| point.value).collect();
        assert_eq!((line.before, values), (2_000, vec![33_400, 21_400]));
    }
}
