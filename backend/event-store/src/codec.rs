//! Events as they are stored, and back: the current shapes are written, every shape ever stored is read.
//!
//! An additive change needs nothing here (a serde default). A restructured event gets the next schema number in
//! [`schema`] and an arm in [`upcast`] that turns the old data into the new. A changed meaning is a new event. Each
//! shape ever stored has a file under `golden/`, and a test reads them all.

use domain::{Event, StreamId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

/// An event as it stands in a commit. A storage format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredEvent {
    pub(crate) id: Uuid,
    #[serde(rename = "type")]
    pub(crate) name: String,
    pub(crate) schema: u32,
    pub(crate) data: Value,
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

/// The schema number under which an event is written today.
fn schema(_name: &str) -> u32 {
    1
}

/// Turn the data of an older schema into the current one's.
fn upcast(name: &str, stored: u32, data: Value) -> Result<Value, String> {
    if stored == schema(name) {
        Ok(data)
    } else {
        Err("no upcast reads this schema".into())
    }
}

/// An event as it will be stored.
pub(crate) fn encode(id: Uuid, event: &Event) -> Result<StoredEvent, serde_json::Error> {
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
pub(crate) fn decode(stream: &StreamId, stored: StoredEvent) -> Result<Event, DecodeError> {
    let StoredEvent {
        name, schema, data, ..
    } = stored;
    let event = upcast(&name, schema, data).and_then(|data| {
        let tagged = json!({ "type": name, "data": data });
        match stream {
            StreamId::Conference(_) => parse(tagged).map(Event::Conference),
            StreamId::Seats(..) => parse(tagged).map(Event::Seats),
            StreamId::Order(_) => parse(tagged).map(Event::Order),
            StreamId::Slug(_) => parse(tagged).map(Event::Slug),
        }
    });
    event.map_err(|cause| DecodeError::Event {
        stream: stream.to_string(),
        name,
        schema,
        cause,
    })
}

fn parse<T: DeserializeOwned>(tagged: Value) -> Result<T, String> {
    serde_json::from_value(tagged).map_err(|error| error.to_string())
}
