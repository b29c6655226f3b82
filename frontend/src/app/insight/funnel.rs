//! How many orders came how far.

use std::sync::Arc;

use leptos::prelude::*;
use shared::analytics::{Analytics, Funnel};

use crate::ui::{Cell, Numbers, TableTwin, format::number};

/// What became of orders, each step as a bar and a number.
#[component]
pub fn FunnelSection(analytics: Memo<Arc<Analytics>>) -> impl IntoView {
    let funnel = Memo::new(move |_| analytics.with(|analytics| analytics.funnel));
    let numbers = Signal::derive(move || table(funnel.get()));
    let rows = move || {
        let funnel = funnel.get();
        let rows = steps(funnel).map(|(name, count, class)| {
            let share = share(count, funnel.held);
            let bar = (count > 0)
                .then(|| view! { <span class=class style:width=format!("{share}%")></span> });
            view! {
                <li data-test=format!("funnel-{class}")>
                    <span class="funnel-name">{name}</span>
                    <span class="funnel-bar" aria-hidden="true">{bar}</span>
                    <span class="funnel-count">{number(count.into())} <span class="hint">" " {share} " %"</span></span>
                </li>
            }
        });
        rows.collect_view()
    };
    view! {
        <section aria-labelledby="funnel-title">
            <h2 id="funnel-title">"From hold to ticket"</h2>
            <ul class="funnel">{rows}</ul>
            <TableTwin numbers name="funnel" />
        </section>
    }
}

fn table(funnel: Funnel) -> Numbers {
    let rows = steps(funnel).map(|(name, count, _)| {
        vec![
            Cell::Text(name.to_owned()),
            Cell::Number(count.into()),
            Cell::Number(share(count, funnel.held).into()),
        ]
    });
    Numbers {
        caption: "How many orders came how far".into(),
        head: ["Step", "Orders", "Of a hundred held"]
            .map(str::to_owned)
            .into(),
        rows: rows.into(),
    }
}

/// The way from a hold to a ticket first, and then where people left it.
fn steps(funnel: Funnel) -> [(&'static str, u32, &'static str); 6] {
    [
        ("Seats held", funnel.held, "held"),
        ("Asked to be paid", funnel.payment_requested, "requested"),
        ("Confirmed", funnel.confirmed, "confirmed"),
        ("Declined at least once", funnel.declined, "declined"),
        ("Hold ran out", funnel.expired, "expired"),
        ("Given back as a whole", funnel.cancelled, "cancelled"),
    ]
}

/// In hundredths, rounded.
fn share(count: u32, of: u32) -> u32 {
    let (count, of) = (u64::from(count), u64::from(of));
    u32::try_from((count * 100 + of / 2).checked_div(of).unwrap_or(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(share(0, 0), 0);
        assert_eq!(share(1, 3), 33);
        assert_eq!(share(2, 3), 67);
    }
}
