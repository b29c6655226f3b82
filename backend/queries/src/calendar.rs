//! The conference of an order, for a person's calendar.

use icalendar::{Calendar, Component, Event, EventLike};
use lambda_http::http::{HeaderValue, header::CONTENT_DISPOSITION};
use plenary_http::{Call, Request, Response, Visibility, respond::cached};
use shared::{Timestamp, views::OrderView};

use crate::{Queries, Refusal, ticket::only_confirmed};

const ICALENDAR: HeaderValue = HeaderValue::from_static("text/calendar; charset=utf-8");
const AS_FILE: HeaderValue = HeaderValue::from_static("attachment; filename=\"conference.ics\"");

impl Queries {
    pub(crate) async fn calendar(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let order = self.own_order(request, call).await?;
        only_confirmed(&order)?;
        let text = ics(&order).into_bytes();
        let mut answer = cached(request, Visibility::Private, ICALENDAR, text);
        answer.headers_mut().insert(CONTENT_DISPOSITION, AS_FILE);
        Ok(answer)
    }
}

/// One event. Its UID is the order's, so that a calendar that reads the file again changes the event it has.
fn ics(order: &OrderView) -> String {
    let conference = &order.conference;
    // When this was last true, not when it was asked for: the same order always makes the same file.
    let changed_at = order
        .timeline
        .last()
        .map_or(order.placed_at, |last| last.at);
    let event = Event::new()
        .uid(&format!("{}@plenary", order.order_id))
        .summary(conference.name.as_str())
        .location(&format!("{}, {}", conference.venue, conference.city))
        .description(&format!("Your booking: {}", order.locator))
        .add_property("DTSTAMP", utc(changed_at))
        .add_property("DTSTART", utc(conference.starts_at))
        .add_property("DTEND", utc(conference.ends_at))
        .done();
    let mut calendar = Calendar::new();
    calendar.append_property(("PRODID", "-//Plenary//Plenary//EN"));
    calendar.push(event).to_string()
}

/// RFC 5545's form: `20270503T093000Z`.
fn utc(at: Timestamp) -> String {
    let text = at.to_string();
    let to_the_second = text.split('.').next().unwrap_or_default();
    to_the_second.replace(['-', ':'], "") + "Z"
}

#[cfg(test)]
mod tests {
    use shared::views::OrderStatus;

    use super::*;
    use crate::ticket::tests::order;

    #[test]
    fn the_event_is_the_conference_in_utc_with_the_bookings_locator() {
        let text = ics(&order(OrderStatus::Confirmed));
        for line in [
            "PRODID:-//Plenary//Plenary//EN",
            "UID:00000000-0000-0000-0000-000000000001@plenary",
            "DTSTAMP:19700101T000000Z",
            "DTSTART:20270503T073000Z",
            "DTEND:20270505T150000Z",
            r"SUMMARY:Rust Week\, 2027",
            r"LOCATION:Hall\; North\, Berlin",
            "DESCRIPTION:Your booking: ABC234",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        assert_eq!(text.matches("BEGIN:VEVENT\r\n").count(), 1);
    }
}
