//! An integration event as it travels: a CloudEvent 1.0 in JSON, whole in one document (structured mode).

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use shared::{CommandId, Timestamp};
use uuid::Uuid;

use crate::{Data, EventType, UnknownType};

/// What one context tells the others.
///
/// ```
/// use integration::{ConferenceCancelled, Data, IntegrationEvent};
/// # let conference_id = "5a3c0c52-8b0e-4d57-9c9c-0c8f6f0b2f11".parse()?;
/// # let (id, correlation_id) = (uuid::Uuid::from_u128(7), uuid::Uuid::from_u128(8));
/// let event = IntegrationEvent {
///     id,
///     subject: format!("conference#{conference_id}"),
///     time: "2027-05-03T09:30:00Z".parse()?,
///     sequence: 9,
///     correlation_id,
///     causation_id: None,
///     data: ConferenceCancelled { conference_id }.into(),
/// };
/// let detail = serde_json::to_string(&event)?;
/// assert_eq!(serde_json::from_str::<IntegrationEvent>(&detail)?, event);
/// assert_eq!(event.source(), "plenary.booking");
/// assert_eq!(event.detail_type(), "conference.cancelled.v1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct IntegrationEvent {
    /// The id of the domain event that it tells of: the same whenever and however often it is published.
    pub id: Uuid,
    /// The name of the stream that the domain event stands in. Opaque outside the sending context.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// The domain event's version in its stream: the order among events of one subject. Not every version is told of.
    pub sequence: u64,
    /// What began it all; the same in everything that follows from it.
    pub correlation_id: Uuid,
    /// The event or command that it follows from; none where a person began it.
    pub causation_id: Option<Uuid>,
    /// What happened.
    pub data: Data,
}

/// Why something is not an integration event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// What surrounds the data is not one of our CloudEvents.
    #[error("not a CloudEvent of Plenary: {field}: {cause}")]
    Envelope {
        /// Where, such as `sequence`.
        field: String,
        /// What is wrong there.
        cause: String,
    },
    /// It is a CloudEvent of another type; perhaps of a version of this system that is newer than the reader.
    #[error(transparent)]
    Type(#[from] UnknownType),
    /// The data is not what events of this type say.
    #[error("{event_type}: {field}: {cause}")]
    Data {
        /// The type it claims to be.
        event_type: EventType,
        /// Where, such as `data.amount.currency`.
        field: String,
        /// What is wrong there.
        cause: String,
    },
}

impl IntegrationEvent {
    /// Its type.
    pub const fn event_type(&self) -> EventType {
        self.data.event_type()
    }

    /// EventBridge's `Source`: the context it comes from, such as `plenary.booking`.
    pub const fn source(&self) -> &'static str {
        self.event_type().sender().bus_source()
    }

    /// EventBridge's `DetailType`: its type's name. The `Detail` is the event itself, as JSON.
    pub const fn detail_type(&self) -> &'static str {
        self.event_type().name()
    }

    /// The id of the command that a subscriber sends for this step of what follows. The same event and step always make
    /// the same id (UUIDv5), so an event delivered twice commands once.
    pub fn follow_up(&self, step: &str) -> CommandId {
        CommandId::derived(self.id, step)
    }

    /// Read the body of a queue's record, which EventBridge has put the event in as `detail`.
    ///
    /// # Errors
    /// There is no integration event in it.
    pub fn from_bus(body: &str) -> Result<Self, Unreadable> {
        /// EventBridge's envelope; what else it holds repeats the event.
        #[derive(Deserialize)]
        struct BusEvent {
            detail: Value,
        }
        let mut json = serde_json::Deserializer::from_str(body);
        let on_bus: BusEvent = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| envelope(&error.path().to_string(), error.inner()))?;
        on_bus.detail.try_into()
    }
}

const SPEC_VERSION: &str = "1.0";
const CONTENT_TYPE: &str = "application/json";

fn data_schema(of: EventType) -> String {
    format!("urn:plenary:schema:{of}")
}

/// The CloudEvents JSON format: the attributes in the order in which they are written.
#[derive(Serialize, Deserialize)]
struct CloudEvent<'a, D> {
    specversion: Cow<'a, str>,
    id: Uuid,
    source: Cow<'a, str>,
    #[serde(rename = "type")]
    event_type: Cow<'a, str>,
    subject: Cow<'a, str>,
    time: Timestamp,
    datacontenttype: Cow<'a, str>,
    dataschema: Cow<'a, str>,
    /// Padded with zeros, as the extension wants its values ordered as texts.
    sequence: Cow<'a, str>,
    correlationid: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causationid: Option<Uuid>,
    data: D,
}

impl Serialize for IntegrationEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of = self.event_type();
        CloudEvent {
            specversion: SPEC_VERSION.into(),
            id: self.id,
            source: of.sender().source().into(),
            event_type: of.name().into(),
            subject: self.subject.as_str().into(),
            time: self.time,
            datacontenttype: CONTENT_TYPE.into(),
            dataschema: data_schema(of).into(),
            sequence: format!("{:020}", self.sequence).into(),
            correlationid: self.correlation_id,
            causationid: self.causation_id,
            data: &self.data,
        }
        .serialize(serializer)
    }
}

impl TryFrom<Value> for IntegrationEvent {
    type Error = Unreadable;

    fn try_from(json: Value) -> Result<Self, Unreadable> {
        let read: CloudEvent<'static, Value> = serde_path_to_error::deserialize(json)
            .map_err(|error| envelope(&error.path().to_string(), error.inner()))?;
        let of: EventType = read.event_type.parse()?;
        for (field, value, expected) in [
            ("specversion", &read.specversion, SPEC_VERSION),
            ("source", &read.source, of.sender().source()),
            ("datacontenttype", &read.datacontenttype, CONTENT_TYPE),
            ("dataschema", &read.dataschema, &data_schema(of)),
        ] {
            if value != expected {
                let cause = format!("is {value:?} where a {of} has {expected:?}");
                return Err(envelope(field, &cause));
            }
        }
        Ok(Self {
            id: read.id,
            subject: read.subject.into_owned(),
            time: read.time,
            sequence: read
                .sequence
                .parse()
                .map_err(|error| envelope("sequence", &error))?,
            correlation_id: read.correlationid,
            causation_id: read.causationid,
            data: Data::read(of, read.data).map_err(|error| Unreadable::Data {
                event_type: of,
                field: match error.path().to_string().as_str() {
                    "." => "data".to_owned(),
                    path => format!("data.{path}"),
                },
                cause: error.inner().to_string(),
            })?,
        })
    }
}

fn envelope(field: &str, cause: &dyn ToString) -> Unreadable {
    Unreadable::Envelope {
        field: field.to_owned(),
        cause: cause.to_string(),
    }
}
