//! A person's orders. Somebody else's order is not there at all.

use std::collections::BTreeMap;

use plenary_http::{Call, Request, Response, Visibility, not_found, query, respond::cached_json};
use read_model::{ConferenceDoc, LineDoc, OrderDoc, OrderPhase, Row};
use shared::{
    ConferenceId, Money, OrderId, Timestamp, VersionToken,
    views::{MyOrders, OrderLine, OrderStatus, OrderView, OrderedConference},
};

use crate::{
    Queries, Refusal,
    minimum::{Minimum, OnlyMinimum, Reading, found, named, wait},
};

/// The conferences that orders are for.
type Conferences = BTreeMap<ConferenceId, Row<ConferenceDoc>>;

impl Queries {
    pub(crate) async fn order(&self, request: &Request, call: &Call) -> Result<Response, Refusal> {
        let order = self.own_order(request, call).await?;
        Ok(cached_json(request, Visibility::Private, &order))
    }

    pub(crate) async fn my_orders(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let OnlyMinimum { min_version } = query(request)?;
        let owner = &call.signed_in()?.person;
        let minimum = min_version.as_ref();
        let orders = wait(minimum, || self.look_for_all(&owner.0, minimum)).await?;
        Ok(cached_json(request, Visibility::Private, &orders))
    }

    /// The caller's order that the path names.
    pub(crate) async fn own_order(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<OrderView, Refusal> {
        let order_id: OrderId = call.parameter(0)?;
        let owner = &call.signed_in()?.person;
        let OnlyMinimum { min_version } = query(request)?;
        let found = wait(min_version.as_ref(), || self.look_for(order_id, &owner.0));
        found.await?.ok_or_else(|| not_found().into())
    }

    async fn look_for(
        &self,
        order_id: OrderId,
        owner: &str,
    ) -> Result<Reading<Option<OrderView>>, Refusal> {
        let own = Some(format!("order#{order_id}"));
        let row = self.views.orders.get(&OrderDoc::key(order_id)).await?;
        let Some(row) = row.filter(|row| row.doc.owner.0 == owner) else {
            return Ok(Reading {
                value: None,
                own,
                seen: VersionToken::default(),
            });
        };
        let conferences = self.conferences(std::slice::from_ref(&row)).await?;
        let mut seen = VersionToken::default();
        seen.advance(&row.source, row.version);
        let value = view(row, &conferences, plenary_http::now());
        for (stream, version) in value.iter().flat_map(|order| &order.as_of.0) {
            seen.advance(stream, *version);
        }
        Ok(Reading { value, own, seen })
    }

    async fn look_for_all(
        &self,
        owner: &str,
        minimum: Option<&Minimum>,
    ) -> Result<Reading<MyOrders>, Refusal> {
        let named = named(minimum, "order#")
            .filter_map(|id| id.parse().ok())
            .map(|id: OrderId| (format!("order#{id}"), OrderDoc::key(id)));
        let is_theirs = |doc: &OrderDoc| doc.owner.0 == owner;
        let by_owner = (OrderDoc::BY_OWNER, owner);
        let orders = &self.views.orders;
        let (mut rows, mut seen) = found(orders, by_owner, named.collect(), is_theirs).await?;
        rows.sort_by_key(|row| std::cmp::Reverse((row.doc.placed_at, row.doc.order_id)));

        let conferences = self.conferences(&rows).await?;
        let now = plenary_http::now();
        let orders: Vec<OrderView> = rows
            .into_iter()
            .filter_map(|row| view(row, &conferences, now))
            .collect();
        let mut as_of = VersionToken::default();
        for (stream, version) in orders.iter().flat_map(|order| &order.as_of.0) {
            as_of.advance(stream, *version);
            seen.advance(stream, *version);
        }
        Ok(Reading {
            value: MyOrders { orders, as_of },
            own: None,
            seen,
        })
    }

    async fn conferences(&self, orders: &[Row<OrderDoc>]) -> Result<Conferences, Refusal> {
        let keys = orders.iter();
        let keys = keys.map(|order| ConferenceDoc::key(order.doc.conference_id));
        let keys = keys.collect();
        let rows = self.views.catalogue.get_all(keys).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.doc.conference_id, row))
            .collect())
    }
}

/// The order as it stands now. None while its conference is not projected: the order's page shows both or nothing.
fn view(row: Row<OrderDoc>, conferences: &Conferences, now: Timestamp) -> Option<OrderView> {
    let conference = conferences.get(&row.doc.conference_id)?;
    let mut as_of = VersionToken::default();
    as_of.advance(&row.source, row.version);
    as_of.advance(&conference.source, conference.version);
    let doc = row.doc;
    let (held_until, can_extend) = match doc.phase {
        OrderPhase::Held { until, extended } => (Some(until), !extended && until > now),
        OrderPhase::AwaitingPayment { until, .. } => (Some(until), false),
        OrderPhase::Asked
        | OrderPhase::Confirmed
        | OrderPhase::Cancelled
        | OrderPhase::Refunded => (None, false),
    };
    let price = |line: &LineDoc| line.seat_price().minor * line.live() as i64;
    let paid = doc.payment.filter(|payment| payment.taken);
    Some(OrderView {
        status: status(&doc, now),
        conference: ordered(&conference.doc),
        total: Money {
            minor: doc.lines.iter().map(price).sum(),
            currency: doc.currency,
        },
        paid: paid.map(|payment| payment.amount),
        held_until,
        can_extend,
        as_of,
        order_id: doc.order_id,
        locator: doc.locator,
        lines: doc.lines.into_iter().map(line).collect(),
        placed_at: doc.placed_at,
        timeline: doc.timeline,
    })
}

fn status(doc: &OrderDoc, now: Timestamp) -> OrderStatus {
    let requested: u32 = doc.lines.iter().map(|line| line.requested).sum();
    let granted: usize = doc.lines.iter().map(|line| line.seats.len()).sum();
    match doc.phase {
        OrderPhase::Held { until, .. } if until <= now => OrderStatus::Expired,
        OrderPhase::Asked | OrderPhase::Held { .. } if granted < requested as usize => {
            OrderStatus::PartlyReserved
        }
        OrderPhase::Asked | OrderPhase::Held { .. } => OrderStatus::Reserved,
        OrderPhase::Confirmed => OrderStatus::Confirmed,
        OrderPhase::AwaitingPayment { .. } => OrderStatus::AwaitingPayment,
        OrderPhase::Cancelled => OrderStatus::Cancelled,
        OrderPhase::Refunded => OrderStatus::Refunded,
    }
}

fn line(line: LineDoc) -> OrderLine {
    OrderLine {
        seat_price: line.seat_price(),
        line: line.line,
        seat_type_id: line.seat_type_id,
        name: line.name,
        unit_price: line.unit_price,
        discounts: line.discounts,
        requested: line.requested,
        seats: line.seats,
    }
}

fn ordered(conference: &ConferenceDoc) -> OrderedConference {
    let conference = conference.clone();
    OrderedConference {
        conference_id: conference.conference_id,
        slug: conference.slug,
        name: conference.name,
        venue: conference.venue,
        city: conference.city,
        time_zone: conference.time_zone,
        starts_at: conference.starts_at,
        ends_at: conference.ends_at,
    }
}
