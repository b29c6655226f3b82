//! A table of numbers, on the screen and as a file: the twin of a plot, and the way to take its numbers along.

use leptos::prelude::*;
use shared::{Currency, Money};

use super::{format, handler};
use crate::api::save_text;

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Number(i64),
    /// How much more, or less.
    Change(i64),
    Money(Money),
}

impl Cell {
    /// So much of a currency.
    pub fn money(minor: i64, currency: Currency) -> Self {
        Self::Money(Money { minor, currency })
    }

    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => format::number(*number),
            Self::Change(change) if *change > 0 => format!("+{}", format::number(*change)),
            Self::Change(change) => format::number(*change),
            Self::Money(money) => format::amount(*money),
        }
    }

    /// For a machine: money as units of its currency, without its sign.
    fn plain(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number) | Self::Change(number) => number.to_string(),
            Self::Money(money) => in_units(money.minor, format::decimals(money.currency)),
        }
    }
}

/// A table. The first cell of each row is its heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// What it shows, as its caption.
    pub caption: String,
    pub head: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
}

impl Numbers {
    /// As CSV (RFC 4180).
    pub fn csv(&self) -> String {
        let head = self
            .head
            .iter()
            .map(|name| quoted(name))
            .collect::<Vec<_>>();
        let rows = self.rows.iter();
        let rows = rows.map(|row| row.iter().map(Cell::plain).collect::<Vec<_>>());
        let lines = std::iter::once(head).chain(rows);
        lines.map(|fields| fields.join(",") + "\r\n").collect()
    }
}

/// Quoted where it must be. What a spreadsheet would take for a formula is kept a text.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    match text.contains(['"', ',', '\r', '\n']) {
        true => format!("\"{guard}{}\"", text.replace('"', "\"\"")),
        false => format!("{guard}{text}"),
    }
}

/// `-5` with two decimals is `-0.05`.
fn in_units(minor: i64, decimals: u32) -> String {
    let one = 10_u64.pow(decimals);
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, part) = (minor.unsigned_abs() / one, minor.unsigned_abs() % one);
    match decimals {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{part:0width$}", width = decimals as usize),
    }
}

/// The table.
#[component]
pub fn NumberTable(
    numbers: Numbers,
    /// The hook of the browser tests.
    #[prop(into)]
    test: String,
) -> impl IntoView {
    let head = numbers.head.into_iter();
    let head = head.map(|name| view! { <th scope="col">{name}</th> });
    let rows = numbers.rows.iter().map(|row| {
        let cells = row.iter().enumerate().map(|(place, cell)| match place {
            0 => view! { <th scope="row">{cell.shown()}</th> }.into_any(),
            _ => view! { <td>{cell.shown()}</td> }.into_any(),
        });
        view! { <tr>{cells.collect_view()}</tr> }
    });
    view! {
        <table class="numbers" data-test=test>
            <caption class="visually-hidden">{numbers.caption}</caption>
            <thead>
                <tr>{head.collect_view()}</tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

/// Below a plot: its numbers as a table that can be opened, and as a file. An opened one stays open while they change.
#[component]
pub fn TableTwin(
    #[prop(into)] numbers: Signal<Numbers>,
    /// The file's name without its ending; the hooks of the browser tests begin with it.
    name: &'static str,
) -> impl IntoView {
    let save = handler(move |_| {
        let text = numbers.with_untracked(Numbers::csv);
        _ = save_text(&text, "text/csv;charset=utf-8", &format!("{name}.csv"));
    });
    let caption = move || {
        let caption = numbers.with(|numbers| format!(": {}", numbers.caption));
        view! { <span class="visually-hidden">{caption}</span> }
    };
    let table = move || {
        view! { <NumberTable numbers=numbers.get() test=format!("{name}-table") /> }
    };
    view! {
        <details class="twin">
            <summary data-test=format!("{name}-table-toggle")>"The same as a table" {caption}</summary>
            {table}
        </details>
        <p class="actions">
            <button class="button" type="button" data-test=format!("{name}-csv") on:click=save>
                "Download as CSV" {caption}
            </button>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_for_machines_as_it_is_shown_to_people() {
        let numbers = Numbers {
            caption: String::new(),
            head: vec!["day".into(), "seats".into()],
            rows: vec![
                vec![Cell::Text("Fri, 1 May".into()), Cell::Number(1_200)],
                vec![Cell::Text("the \"best\"".into()), Cell::Number(-3)],
                vec![Cell::Text("=1+1".into()), Cell::Number(0)],
            ],
        };
        assert_eq!(
            numbers.csv(),
            "day,seats\r\n\"Fri, 1 May\",1200\r\n\"the \"\"best\"\"\",-3\r\n'=1+1,0\r\n"
        );
    }

    #[test]
    fn money_is_written_in_whole_units() {
        assert_eq!(in_units(-5, 2), "-0.05");
        assert_eq!(in_units(24_005, 2), "240.05");
        assert_eq!(in_units(-1_200, 0), "-1200");
    }
}
