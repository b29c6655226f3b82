//! Events as they are stored, and back: the current shapes are written, every shape ever stored is read.
//!
//! An additive change is a serde default in the domain. A restructured event gets the next schema number and an upcast, in
//! [`upcast`](crate::upcast). A changed meaning is a new event. Each shape ever stored has a file under `golden/`, and a test
//! reads them all; docs/EVENTS.md has the recipes.

use domain::BoundedContext;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::upcast::{schema, upcast};

/// An event as it stands in a commit. A storage format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    pub id: Uuid,
    /// The event's type, such as `SeatsReserved`.
    #[serde(rename = "type")]
    pub name: String,
    /// The version of its data's shape.
    pub schema: u32,
    pub data: Value,
}

/// A stored item that this version cannot read. It names what it met and never guesses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The stream's name is of no known kind.
    #[error("{0}")]
    Stream(#[from] domain::UnknownStream),
    /// The item has not the attributes of a commit.
    #[error("commit {stream}@{version}: {cause}")]
    Commit {
        stream: String,
        version: u64,
        cause: String,
    },
    /// An event of a type, or of a schema version, that this version of the code does not know.
    #[error("{stream}: unknown event {name} of schema {schema}: {cause}")]
    Event {
        stream: String,
        name: String,
        schema: u32,
        cause: String,
    },
}

/// An event as it will be stored.
pub(crate) fn encode<C: BoundedContext>(
    id: Uuid,
    event: &C::Event,
) -> Result<StoredEvent, serde_json::Error> {
    #[derive(Deserialize)]
    struct Tagged {
        #[serde(rename = "type")]
        name: String,
        #[serde(default)]
        data: Value,
    }
    let Tagged { name, data } = serde_json::from_value(serde_json::to_value(event)?)?;
    Ok(StoredEvent {
        id,
        schema: schema(&name),
        name,
        data,
    })
}

/// An event that was stored.
pub(crate) fn decode<C: BoundedContext>(
    stream: &C::Stream,
    stored: StoredEvent,
) -> Result<C::Event, DecodeError> {
    let StoredEvent {
        name, schema, data, ..
    } = stored;
    let event = upcast(&name, schema, data).and_then(|data| {
        let tagged = json!({ "type": name, "data": data });
        C::read(stream, tagged).map_err(|error| error.to_string())
    });
    event.map_err(|cause| DecodeError::Event {
        stream: stream.to_string(),
        name,
        schema,
        cause,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::{
        accounts::{self, Accounts},
        booking::{
            Booking, StreamId, conference, order, person, promo_code, seat_availability, slug,
        },
    };
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::golden;

    const ID: &str = "0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10";

    fn stream(kind: &str) -> StreamId {
        match kind {
            "seats" => format!("seats#{ID}#{ID}"),
            "slug" => "slug#rust-week".into(),
            "promo" => format!("promo#{ID}#EARLY-BIRD"),
            kind => format!("{kind}#{ID}"),
        }
        .parse()
        .unwrap()
    }

    /// The types that an aggregate's events can have: serde names them when it meets another.
    fn types<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(error) = serde_json::from_value::<T>(json!({ "type": "?", "data": {} })) else {
            panic!()
        };
        error
            .to_string()
            .split('`')
            .skip(3)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    }

    /// Read every golden file of a kind of stream; each of these types must have one of its current schema.
    fn check<C: BoundedContext>(kind: &str, stream: &C::Stream, mut unseen: BTreeSet<String>) {
        for stored in golden::events(kind).into_values() {
            let event =
                decode::<C>(stream, stored.clone()).unwrap_or_else(|error| panic!("{error}"));
            if stored.schema == schema(&stored.name) {
                assert_eq!(
                    encode::<C>(Uuid::nil(), &event).unwrap(),
                    stored,
                    "{} is written as it was stored",
                    stored.name
                );
                unseen.remove(&stored.name);
            }
        }
        assert_eq!(
            unseen,
            BTreeSet::new(),
            "these events of {kind} have no golden file"
        );
    }

    #[test]
    fn every_event_ever_stored_is_read_and_every_type_has_its_golden_file() {
        for (kind, types) in [
            ("conference", types::<conference::Event>()),
            ("seats", types::<seat_availability::Event>()),
            ("order", types::<order::Event>()),
            ("slug", types::<slug::Event>()),
            ("person", types::<person::Event>()),
            ("promo", types::<promo_code::Event>()),
        ] {
            check::<Booking>(kind, &stream(kind), types);
        }
        let account = "account#EUR#ada".parse().unwrap();
        check::<Accounts>("account", &account, types::<accounts::Event>());
    }

    #[test]
    fn the_list_of_events_in_the_docs_is_that_of_the_code() {
        let page = include_str!("../../../docs/EVENTS.md");
        let rows = page.lines().filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split("` | ");
            let (name, rest) = (cells.next()?, cells.next()?);
            let number = rest.split(" |").next()?.parse().ok()?;
            Some((name.to_owned(), number))
        });
        let known = [
            types::<conference::Event>(),
            types::<slug::Event>(),
            types::<person::Event>(),
            types::<seat_availability::Event>(),
            types::<order::Event>(),
            types::<promo_code::Event>(),
            types::<accounts::Event>(),
        ];
        let known = known.into_iter().flatten();
        let known: BTreeSet<(String, u32)> = known
            .map(|name| {
                let number = schema(&name);
                (name, number)
            })
            .collect();
        assert_eq!(rows.collect::<BTreeSet<_>>(), known);
    }

    #[test]
    fn an_unknown_type_or_schema_is_an_error_that_names_it() {
        let stored = |name: &str, schema| StoredEvent {
            id: Uuid::nil(),
            name: name.into(),
            schema,
            data: json!({}),
        };
        let unknown = decode::<Booking>(&stream("order"), stored("OrderTeleported", 1))
            .unwrap_err()
            .to_string();
        assert!(
            unknown.contains("unknown event OrderTeleported of schema 1"),
            "{unknown}"
        );
        let newer = decode::<Booking>(&stream("order"), stored("OrderConfirmed", 2))
            .unwrap_err()
            .to_string();
        assert!(
            newer.contains("unknown event OrderConfirmed of schema 2"),
            "{newer}"
        );
    }

    #[test]
    fn a_field_that_a_newer_version_added_is_passed_over() {
        let data = json!({ "quota": 5, "colour": "petrol" });
        let stored = StoredEvent {
            id: Uuid::nil(),
            name: "PoolOpened".into(),
            schema: 1,
            data,
        };
        assert_eq!(
            decode::<Booking>(&stream("seats"), stored),
            Ok(seat_availability::Event::PoolOpened { quota: 5 }.into())
        );
    }

    #[test]
    fn an_event_of_another_aggregate_is_not_read_from_this_stream() {
        let stored = StoredEvent {
            id: Uuid::nil(),
            name: "PoolOpened".into(),
            schema: 1,
            data: json!({ "quota": 5 }),
        };
        assert!(decode::<Booking>(&stream("order"), stored).is_err());
    }
}
