//! The ticket's code: what is shown at the entrance.

use fast_qr::{
    QRBuilder,
    convert::{Builder, svg::SvgBuilder},
};
use lambda_http::http::HeaderValue;
use plenary_http::{Call, Request, Response, Visibility, respond::cached};
use shared::{
    Problem, ProblemType,
    views::{OrderStatus, OrderView},
};

use crate::{Queries, Refusal};

const SVG: HeaderValue = HeaderValue::from_static("image/svg+xml");

impl Queries {
    pub(crate) async fn ticket(&self, request: &Request, call: &Call) -> Result<Response, Refusal> {
        let order = self.own_order(request, call).await?;
        only_confirmed(&order)?;
        let svg = svg(&order).ok_or_else(|| {
            Problem::new(ProblemType::Fault, "The ticket's code could not be drawn.")
        })?;
        Ok(cached(request, Visibility::Private, SVG, svg.into_bytes()))
    }
}

/// What a person takes along is there once the order is confirmed, and for as long as it is.
pub(crate) fn only_confirmed(order: &OrderView) -> Result<(), Problem> {
    match order.status {
        OrderStatus::Confirmed => Ok(()),
        OrderStatus::Reserved
        | OrderStatus::PartlyReserved
        | OrderStatus::Expired
        | OrderStatus::AwaitingPayment
        | OrderStatus::Cancelled
        | OrderStatus::Refunded => Err(Problem::new(
            ProblemType::NotFound,
            "There is no ticket, for the order is not confirmed.",
        )),
    }
}

/// Dark on white whatever the page's colours: scanners read nothing else. The margin of four modules is the quiet zone
/// that the standard asks for.
fn svg(order: &OrderView) -> Option<String> {
    let text = format!("plenary:{}:{}", order.locator, order.order_id);
    let code = QRBuilder::new(text).build().ok()?;
    Some(SvgBuilder::default().margin(4).to_str(&code))
}

#[cfg(test)]
pub(crate) mod tests {
    use shared::{
        ConferenceId, Currency, Money, OrderId, Timestamp, VersionToken, views::OrderedConference,
    };
    use uuid::Uuid;

    use super::*;

    pub(crate) fn order(status: OrderStatus) -> OrderView {
        OrderView {
            order_id: OrderId(Uuid::from_u128(1)),
            locator: "ABC234".into(),
            status,
            conference: OrderedConference {
                conference_id: ConferenceId(Uuid::from_u128(2)),
                slug: "rust-week".parse().unwrap(),
                name: "Rust Week, 2027".parse().unwrap(),
                venue: "Hall; North".parse().unwrap(),
                city: "Berlin".parse().unwrap(),
                time_zone: "Europe/Berlin".parse().unwrap(),
                starts_at: "2027-05-03T07:30:00Z".parse().unwrap(),
                ends_at: "2027-05-05T15:00:00Z".parse().unwrap(),
            },
            lines: Vec::new(),
            total: Money {
                minor: 0,
                currency: Currency::EUR,
            },
            placed_at: Timestamp::from_millis(0),
            paid: None,
            held_until: None,
            can_extend: false,
            timeline: Vec::new(),
            as_of: VersionToken::default(),
        }
    }

    #[test]
    fn there_is_no_ticket_before_an_order_is_confirmed_nor_after_it_was_cancelled() {
        assert!(only_confirmed(&order(OrderStatus::Confirmed)).is_ok());
        for status in [
            OrderStatus::Reserved,
            OrderStatus::Expired,
            OrderStatus::AwaitingPayment,
            OrderStatus::Cancelled,
            OrderStatus::Refunded,
        ] {
            assert!(only_confirmed(&order(status)).is_err());
        }
    }

    #[test]
    fn the_code_is_dark_on_white_with_a_quiet_zone() {
        let svg = svg(&order(OrderStatus::Confirmed)).unwrap();
        assert!(svg.starts_with("<svg "), "{svg}");
        assert!(svg.contains(r##"fill="#ffffff"##), "{svg}");
        assert!(svg.contains(r##"fill="#000000"##), "{svg}");
        // Some fifty bytes make a code of 37 modules a side; four more on each side are the quiet zone.
        assert!(svg.contains(r#"viewBox="0 0 45 45""#), "{svg}");
    }
}
