//! Money that goes back: what cancelling would bring, and what became of it.

use leptos::prelude::*;
use shared::{
    Money,
    views::{Happened, OrderView},
};

use crate::ui::format;

/// What goes back for seats that are given up: what was paid for them. None where nothing was paid.
pub fn refund_of(order: &OrderView, seats: impl Iterator<Item = (u32, u32)>) -> Option<Money> {
    order.paid?;
    Some(value_of(order, seats))
}

/// What seats are worth, each given by its line and its place there.
pub fn value_of(order: &OrderView, seats: impl Iterator<Item = (u32, u32)>) -> Money {
    let price = |(line, _)| {
        let known = order.lines.iter().find(|known| known.line == line);
        known.map_or(0, |known| known.seat_price.minor)
    };
    Money {
        minor: seats.map(price).sum(),
        ..order.total
    }
}

/// What is on its way back to the account, and what has arrived there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refunds {
    pub on_its_way: Money,
    pub arrived: Money,
}

impl Refunds {
    /// As an order's history tells it.
    pub fn of(order: &OrderView) -> Self {
        let (mut due, mut arrived) = (0, 0);
        for entry in &order.timeline {
            if let Happened::RefundDue { amount, .. } = &entry.what {
                due += amount.minor;
            } else if let Happened::Refunded { amount } = &entry.what {
                arrived += amount.minor;
            }
        }
        let money = |minor| Money {
            minor,
            ..order.total
        };
        Self {
            on_its_way: money(due - arrived),
            arrived: money(arrived),
        }
    }

    /// Whether there are any.
    pub fn is_any(&self) -> bool {
        self.is_on_its_way() || self.arrived.minor > 0
    }

    /// Whether some has not arrived yet.
    pub fn is_on_its_way(&self) -> bool {
        self.on_its_way.minor > 0
    }

    fn sentence(&self) -> String {
        if self.is_on_its_way() {
            let amount = format::amount(self.on_its_way);
            return format!("{amount} is on its way back to your balance.");
        }
        format!("{} is back on your balance.", format::amount(self.arrived))
    }
}

/// Where the money is that goes back, as long as there is any to tell of.
#[component]
pub fn RefundNotice(order: Memo<OrderView>) -> impl IntoView {
    let refunds = Memo::new(move |_| order.with(Refunds::of));
    // The region stands before it has something to say: one that appears with its text is not read out.
    view! {
        <p class="refund" role="status" data-test="refund">
            {move || {
                let refunds = refunds.get();
                refunds
                    .is_any()
                    .then(|| view! { <strong>{refunds.sentence()}</strong> " " <a href="/account">"See your account"</a> })
            }}
        </p>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";
    const AT: &str = "2027-05-03T07:30:00Z";

    fn euros(minor: i64) -> Value {
        json!({"minor": minor, "currency": "EUR"})
    }

    fn order(paid: Option<i64>, happened: &[Value]) -> OrderView {
        let line = |line, price| {
            json!({"line": line, "seat_type_id": ID, "name": "Any", "unit_price": euros(12_000), "discounts": [],
                "seat_price": euros(price), "requested": 2, "seats": []})
        };
        let entry = |what| json!({"version": 1, "at": AT, "what": what});
        serde_json::from_value(json!({
            "order_id": ID, "locator": "ABC234", "status": "confirmed", "total": euros(28_000),
            "lines": [line(1, 8_000), line(2, 12_000)], "paid": paid.map(euros), "placed_at": AT, "held_until": null,
            "can_extend": false, "timeline": happened.iter().map(entry).collect::<Vec<_>>(), "as_of": {},
            "conference": {"conference_id": ID, "slug": "rust-week", "name": "Rust Week", "venue": "Hall",
                "city": "Utrecht", "time_zone": "Europe/Amsterdam", "starts_at": AT, "ends_at": AT},
        }))
        .unwrap()
    }

    #[test]
    fn seats_are_refunded_with_what_was_paid_for_them() {
        let seats = || [(1, 1), (1, 2), (2, 1)].into_iter();
        let minor = |order: &OrderView| refund_of(order, seats()).map(|money| money.minor);
        assert_eq!(minor(&order(Some(28_000), &[])), Some(28_000));
        assert_eq!(minor(&order(None, &[])), None);
        assert_eq!(value_of(&order(None, &[]), seats()).minor, 28_000);
    }

    #[test]
    fn a_refund_is_on_its_way_until_it_is_posted() {
        let due =
            |minor| json!({"refund_due": {"amount": euros(minor), "reason": "seats_cancelled"}});
        let posted = |minor| json!({"refunded": {"amount": euros(minor)}});
        let refunds = |happened: &[Value]| {
            let refunds = Refunds::of(&order(Some(1), happened));
            (refunds.on_its_way.minor, refunds.arrived.minor)
        };
        assert_eq!(refunds(&[]), (0, 0));
        assert_eq!(refunds(&[due(8_000)]), (8_000, 0));
        assert_eq!(
            refunds(&[due(8_000), posted(8_000), due(100)]),
            (100, 8_000)
        );
        assert_eq!(refunds(&[due(8_000), posted(8_000)]), (0, 8_000));
    }
}
