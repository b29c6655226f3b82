//! Where the money came from and went: the entries of one account, the newest first, and the balance after each.

use std::{sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use shared::{
    Currency, OrderId,
    account::{AccountView, EntryKind, Statement, StatementEntry},
    views::MyOrders,
};

use super::balance_plot::BalancePlot;
use crate::{
    api::{Failure, MyBookings, StatementOf, live, use_client},
    ui::{
        Freshness, If, LoadFailure, Skeleton,
        format::{self, Style, time},
        handler, watch,
    },
};

/// An account that moved is asked about at once; this is for what nothing tells of.
const POLLED_EVERY: Duration = Duration::from_secs(15);
/// Bookings only lend their names.
const NAMES_EVERY: Duration = Duration::from_secs(120);

/// As much of the statement as was asked for. Entries never change, so pages only add to it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    /// The newest first.
    entries: Vec<StatementEntry>,
    /// Where the oldest page ended.
    cursor: Option<String>,
}

impl Known {
    /// The first page came, perhaps with entries that are newer than those known.
    fn renew(&mut self, page: &Statement) {
        let newest = self.entries.first().map_or(0, |entry| entry.version);
        if self.entries.is_empty() {
            self.cursor.clone_from(&page.next_cursor);
        }
        let newer = page
            .entries
            .iter()
            .take_while(|entry| entry.version > newest);
        self.entries.splice(0..0, newer.cloned());
    }

    /// The next page came.
    fn extend(&mut self, page: &Statement) {
        self.entries.extend(page.entries.iter().cloned());
        self.cursor.clone_from(&page.next_cursor);
    }
}

/// The plot and the entries.
#[component]
pub fn StatementSection(currency: Currency, account: Memo<Option<AccountView>>) -> impl IntoView {
    let query = Memo::new(move |_| StatementOf {
        currency,
        cursor: String::new(),
    });
    let first_page = live(query, POLLED_EVERY);
    let known = RwSignal::new(Known::default());
    watch(move || {
        if let Some(page) = first_page.view.get() {
            known.update(|known| known.renew(&page));
        }
    });
    // The account's balance and its statement are two views; the one that moves first wakes the other.
    let balance = Memo::new(move |_| account.with(|account| account.as_ref().map(|a| a.balance)));
    let mut before = None;
    watch(move || {
        let now = balance.get();
        if before.replace(now).is_some_and(|before| before != now) {
            first_page.upkeep.refresh();
        }
    });

    let entries = Signal::derive(move || known.with(|known| known.entries.clone()));
    let is_known = Memo::new(move |_| first_page.view.with(Option::is_some));
    let has_failed = Memo::new(move |_| first_page.upkeep.failure.with(Option::is_some));
    view! {
        <section class="statement" aria-labelledby="statement-title">
            <h2 id="statement-title" tabindex="-1">"Statement"</h2>
            <Freshness upkeep=first_page.upkeep />
            {move || match (is_known.get(), has_failed.get()) {
                (true, _) => {
                    view! {
                        <BalancePlot currency entries />
                        <Entries entries />
                        <ShowMore currency known />
                    }
                        .into_any()
                }
                (false, true) => view! { <LoadFailure upkeep=first_page.upkeep /> }.into_any(),
                (false, false) => {
                    view! { <Skeleton label="Loading your statement" blocks=&["block", "seat-block"] /> }.into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Entries(entries: Signal<Vec<StatementEntry>>) -> impl IntoView {
    let is_empty = Memo::new(move |_| entries.with(Vec::is_empty));
    let bookings = live(Memo::new(|_| MyBookings), NAMES_EVERY).view;
    let rows = move || {
        let bookings = bookings.get();
        let rows = entries.get().into_iter();
        rows.map(|entry| row(&entry, bookings.as_ref()))
            .collect_view()
    };
    view! {
        <If when=move || is_empty.get()>
            <p class="empty" data-test="no-entries">
                "Nothing has come or gone yet. Top-ups, payments and refunds are listed here."
            </p>
        </If>
        <If when=move || !is_empty.get()>
            <table class="numbers" data-test="statement">
                <caption class="visually-hidden">"Entries, the newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Entry"</th>
                        <th scope="col">"Amount"</th>
                        <th scope="col">"Balance"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </If>
    }
}

fn row(entry: &StatementEntry, bookings: Option<&Arc<MyOrders>>) -> impl IntoView + use<> {
    let (before, after) = words(entry.kind, entry.order_id.is_some());
    let order = entry.order_id.map(|id| {
        let name = booking_name(id, bookings);
        view! { <a href=format!("/orders/{id}")>{name}</a> }
    });
    let class = if entry.amount.minor < 0 {
        "went"
    } else {
        "came"
    };
    view! {
        <tr data-test=format!("entry-{}", entry.entry_id)>
            <th scope="row">
                {before} {order} {after}
                <time class="hint" datetime=entry.at.to_string()>
                    {time(entry.at, "", Style::Moment)}
                </time>
            </th>
            <td class=class>{format::signed(entry.amount)}</td>
            <td>{format::amount(entry.balance)}</td>
        </tr>
    }
}

/// What an entry was, before and after the name of the booking that it belongs to, if it does.
fn words(kind: EntryKind, has_order: bool) -> (&'static str, &'static str) {
    match (kind, has_order) {
        (EntryKind::TopUp, false) => ("Top-up", ""),
        (EntryKind::TopUp, true) => ("Top-up for ", ""),
        (EntryKind::Charge, false) => ("Paid", ""),
        (EntryKind::Charge, true) => ("Paid for ", ""),
        (EntryKind::Refund, false) => ("Refund", ""),
        (EntryKind::Refund, true) => ("Refund for ", ""),
        (EntryKind::Reversal, false) => ("Taken back by an operator", ""),
        (EntryKind::Reversal, true) => ("Taken back by an operator (", ")"),
    }
}

fn booking_name(id: OrderId, bookings: Option<&Arc<MyOrders>>) -> String {
    let mut orders = bookings.iter().flat_map(|bookings| &bookings.orders);
    match orders.find(|order| order.order_id == id) {
        Some(order) => format!("{}, {}", order.locator, order.conference.name),
        None => "a booking".to_owned(),
    }
}

#[component]
fn ShowMore(currency: Currency, known: RwSignal<Known>) -> impl IntoView {
    let client = use_client();
    let failure = RwSignal::new(None::<Failure>);
    let is_loading = RwSignal::new(false);
    let has_more = Memo::new(move |_| known.with(|known| known.cursor.is_some()));
    let show_more = move |_| {
        let cursor = known.with_untracked(|known| known.cursor.clone());
        let Some(cursor) = cursor.filter(|_| !is_loading.get_untracked()) else {
            return;
        };
        is_loading.set(true);
        spawn_local(async move {
            let answer = client.read(&StatementOf { currency, cursor }).await;
            is_loading.try_set(false);
            match answer {
                Ok(page) => {
                    failure.try_set(None);
                    known.try_update(|known| known.extend(&page));
                }
                Err(reason) => {
                    failure.try_set(Some(reason));
                }
            }
        });
    };
    view! {
        <If when=move || has_more.get()>
            <p class="more">
                <button class="button" type="button" data-test="show-more" on:click=handler(show_more)>
                    "Show older entries"
                </button>
                <span role="status">{move || failure.get().map(|failure| failure.sentence())}</span>
            </p>
        </If>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn page(versions: &[u64], next_cursor: Option<&str>) -> Statement {
        let euros = json!({"minor": 100, "currency": "EUR"});
        let entry = |version: &u64| {
            json!({"entry_id": "00000000-0000-4000-8000-000000000001", "version": version,
                "at": "2027-05-03T07:30:00Z", "kind": "top_up", "amount": euros, "balance": euros})
        };
        serde_json::from_value(json!({
            "currency": "EUR", "entries": versions.iter().map(entry).collect::<Vec<_>>(),
            "next_cursor": next_cursor, "as_of": {},
        }))
        .unwrap()
    }

    fn versions(known: &Known) -> Vec<u64> {
        known.entries.iter().map(|entry| entry.version).collect()
    }

    #[test]
    fn newer_entries_stand_in_front_and_older_pages_behind() {
        let mut known = Known::default();
        known.renew(&page(&[9, 7], Some("7")));
        known.extend(&page(&[5, 3], None));
        known.renew(&page(&[12, 9], Some("9")));
        assert_eq!(versions(&known), [12, 9, 7, 5, 3]);
        assert_eq!(known.cursor, None);
    }

    #[test]
    fn the_same_page_twice_adds_nothing() {
        let mut known = Known::default();
        known.renew(&page(&[9, 7], Some("7")));
        known.renew(&page(&[9, 7], Some("7")));
        assert_eq!(versions(&known), [9, 7]);
        assert_eq!(known.cursor.as_deref(), Some("7"));
    }

    #[test]
    fn an_entry_says_what_it_was() {
        assert_eq!(words(EntryKind::Charge, true), ("Paid for ", ""));
        assert_eq!(
            words(EntryKind::Reversal, true),
            ("Taken back by an operator (", ")")
        );
        assert_eq!(words(EntryKind::TopUp, false), ("Top-up", ""));
    }
}
