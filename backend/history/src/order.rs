//! An order as it was. Who sits on its seats is nothing that an operator looks up here.

use domain::booking::{
    Event, State, StreamId,
    order::{Line, Order, PlacedLine},
};
use plenary_http::{Call, Request, not_found};
use shared::{
    Money, Timestamp,
    history::{OrderThen, Reads},
    views::{LineDiscount, OrderLine, OrderStatus, OrderedSeat},
};

use crate::{
    History, Refusal,
    moment::{moment, time},
};

impl History {
    pub(crate) async fn order(&self, request: &Request, call: &Call) -> Result<OrderThen, Refusal> {
        let moment = moment(request)?;
        let stream = StreamId::Order(call.parameter(0)?);
        let mut reads = Reads::default();
        let latest = self.booking.now(&stream, &mut reads).await?;
        let then = self.booking.then(&stream, moment, &mut reads).await?;
        let (State::Order(order), Some(at)) = (&*then.state, then.at) else {
            return Err(not_found().into());
        };
        let Some((order_id, conference_id, locator)) = order.identity() else {
            return Err(not_found().into());
        };
        // What its seats are called, no decision needs: only the event says it.
        let placed = self.placed_lines(&stream, &mut reads).await?;
        let lines = (1..).zip(order.lines().iter().zip(&placed));
        Ok(OrderThen {
            order_id,
            conference_id,
            locator: locator.to_owned(),
            version: then.version,
            at,
            status: status(order, time(moment, at)),
            lines: lines
                .map(|(number, (line, placed))| order_line(number, order, line, placed))
                .collect(),
            latest_version: latest.version,
            reads,
        })
    }

    /// The lines that an order began with.
    pub(crate) async fn placed_lines(
        &self,
        stream: &StreamId,
        reads: &mut Reads,
    ) -> Result<Vec<PlacedLine>, Refusal> {
        use domain::booking::order::Event::OrderPlaced;

        let commit = self.booking.beginning(stream, reads).await?;
        let entries = commit.into_iter().flat_map(|commit| commit.entries);
        for event in entries.flat_map(|entry| entry.events) {
            if let Event::Order(OrderPlaced { lines, .. }) = event {
                return Ok(lines);
            }
        }
        Ok(Vec::new())
    }
}

fn order_line(number: u32, order: &Order, line: &Line, placed: &PlacedLine) -> OrderLine {
    let discounts = line.discounts.iter().map(|off| LineDiscount {
        code: off.code.clone(),
        per_seat: Money {
            minor: off.per_seat.into(),
            currency: line.unit_price.currency,
        },
    });
    let seats = (1..).zip(order.seats(line));
    OrderLine {
        line: number,
        seat_type_id: line.seat_type_id,
        name: placed.name.clone(),
        unit_price: line.unit_price,
        discounts: discounts.collect(),
        seat_price: line.seat_price(),
        requested: line.requested,
        seats: seats
            .map(|(seat, status)| OrderedSeat {
                seat,
                status,
                attendee: None,
            })
            .collect(),
    }
}

/// Where it stood at this time. That a hold ran out is no event of the order.
fn status(order: &Order, at: Timestamp) -> OrderStatus {
    match (order.status(), order.hold()) {
        (OrderStatus::Reserved | OrderStatus::PartlyReserved, Some((until, _))) if until <= at => {
            OrderStatus::Expired
        }
        (status, _) => status,
    }
}
