//! A commit: what one append put on one stream; one item of the event table.

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};
use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::BoundedContext;
use serde::{Deserialize, Serialize};
use shared::{CommandId, PersonId, StreamVersion, Timestamp};
use uuid::Uuid;

use crate::{
    DecodeError, Fingerprint,
    codec::{self, StoredEvent},
};

/// SHA-256 over the previous commit's hash and this commit's content. Before the first commit: zeros.
pub type Hash = [u8; 32];

/// One append on one stream.
///
/// As an item: `stream` (S) and `version` (N) are the key, `entries` (S) is JSON, `hash` (B), and now and then `state` (S).
/// The entries are one text, not a DynamoDB list, so that the hash is taken over exactly what is stored and no canonical
/// form can be got wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit<C: BoundedContext> {
    /// The stream it is on.
    pub stream: C::Stream,
    /// The version of its first event.
    pub version: u64,
    /// What each command put in, in order.
    pub entries: Vec<Entry<C>>,
    /// The chain's hash up to and including it.
    pub hash: Hash,
    text: String,
    /// The state that it carries, as it is stored. A cache, and in no hash.
    pub(crate) state: Option<String>,
}

/// What one command put into a commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<C: BoundedContext> {
    pub command_id: CommandId,
    /// What the command said, keyed by the actor's own key: the same id with another body is told apart by it.
    pub fingerprint: Fingerprint,
    /// The command that began it all; the same in everything that follows from it.
    pub correlation_id: Uuid,
    /// The event or command that this one follows from; none where a person began it.
    pub causation_id: Option<Uuid>,
    pub actor: PersonId,
    /// When the command was received.
    pub at: Timestamp,
    /// Every stream that the command wrote, this one included, with the version of its last event there.
    pub wrote: Vec<StreamVersion>,
    pub events: Vec<C::Event>,
}

/// An entry as it is stored: JSON inside `entries`. A storage format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredEntry {
    pub command_id: CommandId,
    pub fingerprint: Fingerprint,
    pub correlation_id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<Uuid>,
    pub actor: PersonId,
    pub at: Timestamp,
    pub wrote: Vec<StreamVersion>,
    pub events: Vec<StoredEvent>,
}

/// One event, with where and when it happened and because of whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recorded<'a, C: BoundedContext> {
    pub version: u64,
    pub at: Timestamp,
    pub actor: &'a PersonId,
    pub command_id: CommandId,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    /// The event's own id: the same command always makes the same, on each of its streams.
    pub id: Uuid,
    pub event: &'a C::Event,
}

impl<C: BoundedContext> Commit<C> {
    /// A commit that follows on `previous`. The events' personal data must be sealed.
    pub(crate) fn new(
        stream: C::Stream,
        version: u64,
        entries: Vec<Entry<C>>,
        previous: &Hash,
    ) -> Result<Self, serde_json::Error> {
        let name = stream.to_string();
        let store = |entry: &Entry<C>| -> Result<StoredEntry, serde_json::Error> {
            let events = entry.events.iter().enumerate().map(|(index, event)| {
                codec::encode::<C>(event_id(entry.command_id, &name, index), event)
            });
            Ok(StoredEntry {
                command_id: entry.command_id,
                fingerprint: entry.fingerprint,
                correlation_id: entry.correlation_id,
                causation_id: entry.causation_id,
                actor: entry.actor.clone(),
                at: entry.at,
                wrote: entry.wrote.clone(),
                events: events.collect::<Result<_, _>>()?,
            })
        };
        let stored = entries.iter().map(store).collect::<Result<Vec<_>, _>>()?;
        let text = serde_json::to_string(&stored)?;
        let hash = chain(previous, &name, version, &text);
        Ok(Self {
            stream,
            version,
            entries,
            hash,
            text,
            state: None,
        })
    }

    /// Read a commit from the values of its item's attributes.
    ///
    /// # Errors
    /// It is not a commit, or one that this version cannot read.
    pub fn decode(
        stream: &str,
        version: u64,
        entries: &str,
        hash: &[u8],
    ) -> Result<Self, DecodeError> {
        let malformed = |cause: String| DecodeError::Commit {
            stream: stream.to_owned(),
            version,
            cause,
        };
        let id: C::Stream = stream.parse()?;
        let stored: Vec<StoredEntry> =
            serde_json::from_str(entries).map_err(|error| malformed(error.to_string()))?;
        let read = |stored: StoredEntry| -> Result<Entry<C>, DecodeError> {
            Ok(Entry {
                command_id: stored.command_id,
                fingerprint: stored.fingerprint,
                correlation_id: stored.correlation_id,
                causation_id: stored.causation_id,
                actor: stored.actor,
                at: stored.at,
                wrote: stored.wrote,
                events: stored
                    .events
                    .into_iter()
                    .map(|event| codec::decode::<C>(&id, event))
                    .collect::<Result<_, _>>()?,
            })
        };
        let commit = Self {
            entries: stored.into_iter().map(read).collect::<Result<_, _>>()?,
            hash: hash
                .try_into()
                .map_err(|_| malformed("a hash has 32 bytes".into()))?,
            text: entries.to_owned(),
            state: None,
            stream: id,
            version,
        };
        if commit.length() == 0 {
            return Err(malformed("it holds no event".into()));
        }
        Ok(commit)
    }

    /// Read a commit from an item of the event table.
    pub(crate) fn from_item(item: &HashMap<String, AttributeValue>) -> Result<Self, DecodeError> {
        let text = |name: &str| {
            item.get(name)
                .and_then(|value| value.as_s().ok())
                .map_or("", String::as_str)
        };
        let version = item
            .get("version")
            .and_then(|value| value.as_n().ok()?.parse().ok())
            .unwrap_or(0);
        let hash = item
            .get("hash")
            .and_then(|value| value.as_b().ok())
            .map_or(&[][..], Blob::as_ref);
        let mut commit = Self::decode(text("stream"), version, text("entries"), hash)?;
        commit.state = item
            .get("state")
            .and_then(|value| value.as_s().ok())
            .cloned();
        Ok(commit)
    }

    /// As an item of the event table.
    pub(crate) fn to_item(&self) -> HashMap<String, AttributeValue> {
        let mut item = HashMap::from([
            ("stream".into(), AttributeValue::S(self.stream.to_string())),
            (
                "version".into(),
                AttributeValue::N(self.version.to_string()),
            ),
            ("entries".into(), AttributeValue::S(self.text.clone())),
            ("hash".into(), AttributeValue::B(Blob::new(self.hash))),
        ]);
        if let Some(state) = &self.state {
            item.insert("state".into(), AttributeValue::S(state.clone()));
        }
        item
    }

    /// How long what is stored of its events is, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.text.len()
    }

    /// How many events it holds.
    fn length(&self) -> u64 {
        self.entries
            .iter()
            .map(|entry| entry.events.len() as u64)
            .sum()
    }

    /// The version of its last event.
    pub fn last_version(&self) -> u64 {
        self.version + self.length() - 1
    }

    /// Whether its hash follows from the previous commit's.
    pub fn follows(&self, previous: &Hash) -> bool {
        self.hash == chain(previous, &self.stream.to_string(), self.version, &self.text)
    }

    /// Its events in order, each with its version.
    pub fn events(&self) -> impl Iterator<Item = Recorded<'_, C>> {
        let name = self.stream.to_string();
        let events = self
            .entries
            .iter()
            .flat_map(|entry| (0..).zip(&entry.events).map(move |event| (entry, event)));
        (self.version..)
            .zip(events)
            .map(move |(version, (entry, (index, event)))| Recorded {
                version,
                at: entry.at,
                actor: &entry.actor,
                command_id: entry.command_id,
                correlation_id: entry.correlation_id,
                causation_id: entry.causation_id,
                id: event_id(entry.command_id, &name, index),
                event,
            })
    }
}

impl<C: BoundedContext> Recorded<'_, C> {
    /// The event's type, such as `SeatsReserved`; empty where personal data stands in it in clear, as it never does in a
    /// stored event.
    pub fn name(&self) -> String {
        codec::encode::<C>(self.id, self.event).map_or_else(|_| String::new(), |stored| stored.name)
    }
}

/// The id of a command's event: by its stream and its place there.
fn event_id(command: CommandId, stream: &str, index: usize) -> Uuid {
    Uuid::new_v5(&command.0, format!("{stream}/{index}").as_bytes())
}

/// Each part with its length before it, so that no two different commits hash the same bytes.
pub(crate) fn chain(previous: &Hash, stream: &str, version: u64, entries: &str) -> Hash {
    let mut context = Context::new(&SHA256);
    context.update(previous);
    context.update(&(stream.len() as u64).to_be_bytes());
    context.update(stream.as_bytes());
    context.update(&version.to_be_bytes());
    context.update(&(entries.len() as u64).to_be_bytes());
    context.update(entries.as_bytes());
    let mut hash = Hash::default();
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use domain::booking::{Booking, StreamId, seat_availability};

    use super::*;

    fn commit(version: u64, quota: u32, previous: &Hash) -> Commit<Booking> {
        let id = "0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10";
        let stream: StreamId = format!("seats#{id}#{id}").parse().unwrap();
        let entry = Entry {
            command_id: id.parse().unwrap(),
            fingerprint: Fingerprint([7; 16]),
            correlation_id: id.parse().unwrap(),
            causation_id: None,
            actor: PersonId("otto".into()),
            at: "2027-05-03T09:30:00Z".parse().unwrap(),
            wrote: vec![StreamVersion {
                stream: stream.to_string(),
                version: version + 1,
            }],
            events: vec![
                seat_availability::Event::PoolOpened { quota }.into(),
                seat_availability::Event::QuotaChanged {
                    from: None,
                    quota: quota + 1,
                }
                .into(),
            ],
        };
        Commit::new(stream, version, vec![entry], previous).unwrap()
    }

    #[test]
    fn what_is_stored_is_read_back() {
        let commit = commit(5, 10, &[9; 32]);
        assert_eq!(Commit::from_item(&commit.to_item()), Ok(commit.clone()));
        assert_eq!((commit.version, commit.last_version()), (5, 6));
        assert_eq!(
            commit
                .events()
                .map(|event| event.version)
                .collect::<Vec<_>>(),
            [5, 6]
        );
    }

    #[test]
    fn the_stored_form_of_a_commit_never_changes() {
        let golden = include_str!("../golden/commit.json").trim_end();
        assert_eq!(commit(5, 10, &[9; 32]).text, golden);
    }

    #[test]
    fn a_commit_follows_only_on_the_one_before_it() {
        let first = commit(1, 10, &Hash::default());
        let second = commit(3, 10, &first.hash);
        assert!(first.follows(&Hash::default()) && second.follows(&first.hash));
        assert!(!second.follows(&Hash::default()));
        let mut changed = second.clone();
        changed.text = changed.text.replace("10", "11");
        assert!(!changed.follows(&first.hash));
        let mut moved = second;
        moved.version = 4;
        assert!(!moved.follows(&first.hash));
    }

    #[test]
    fn an_item_that_is_no_commit_is_an_error_that_names_it() {
        let stream = "slug#rust-week";
        for (entries, hash) in [
            ("", &[0; 32][..]),
            ("[]", &[0; 32]),
            ("{}", &[0; 32]),
            ("[]", &[0; 31]),
        ] {
            let error = Commit::<Booking>::decode(stream, 7, entries, hash)
                .unwrap_err()
                .to_string();
            assert!(error.contains("slug#rust-week@7"), "{error}");
        }
        assert!(
            Commit::<Booking>::decode("nonsense", 7, "[]", &[0; 32])
                .unwrap_err()
                .to_string()
                .contains("nonsense")
        );
    }
}
