//! The key table: one data key per person, made when it is first needed, and destroyed when the person is forgotten.
//!
//! Where a key was destroyed stays how far its person's stream had come. Hearing of the same erasure again then destroys
//! nothing that the person, back since, has been given anew.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_lc_rs::rand;
use aws_sdk_dynamodb::{
    Client,
    operation::put_item::{PutItemError, builders::PutItemFluentBuilder},
    primitives::Blob,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use lru::LruCache;
use serde::{Deserialize, Serialize};
use shared::PersonId;
use tokio::time::Instant;

use crate::{Fault, Restored, base64_text, scan::SCAN_PAGE};

/// How long a process goes by a key that it has read: so long after an erasure, something may still be sealed or opened
/// under a key that is destroyed.
pub const KEY_KEPT: Duration = Duration::from_secs(60);
/// How many people's keys a process keeps.
const CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

pub(crate) type DataKey = [u8; 32];
type Item = HashMap<String, AttributeValue>;

/// A person's key as it is stored. As JSON, a line of a log that is exported with its keys: whoever has it can read what
/// is sealed under it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredKey {
    pub person: PersonId,
    #[serde(with = "base64_text")]
    key: DataKey,
    /// How far the person's stream had come when an earlier key of theirs was destroyed; zero where none ever was.
    #[serde(default, skip_serializing_if = "is_zero")]
    forgotten: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Where a person's key is, or was.
#[derive(Default)]
struct Place {
    key: Option<DataKey>,
    forgotten: u64,
}

/// The table, and the keys that this process keeps for a while. Cheap to clone; clones share what is kept.
#[derive(Clone)]
pub(crate) struct KeyTable {
    client: Client,
    name: String,
    kept: Arc<Mutex<Kept>>,
}

impl KeyTable {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self {
            client,
            name,
            kept: Arc::default(),
        }
    }

    /// The person's key; none where there never was one or it was destroyed.
    pub(crate) async fn get(&self, person: &PersonId) -> Result<Option<DataKey>, Fault> {
        let now = Instant::now();
        if let Some(key) = self.kept().get(person, now) {
            return Ok(Some(key));
        }
        let key = self.read(person).await?.key;
        if let Some(key) = key {
            self.kept().put(person, key, now);
        }
        Ok(key)
    }

    /// The person's key, which is made where there is none.
    pub(crate) async fn get_or_make(&self, person: &PersonId) -> Result<DataKey, Fault> {
        let now = Instant::now();
        if let Some(key) = self.kept().get(person, now) {
            return Ok(key);
        }
        let mut place = self.read(person).await?;
        loop {
            if let Some(key) = place.key {
                self.kept().put(person, key, now);
                return Ok(key);
            }
            let mut made = DataKey::default();
            rand::fill(&mut made).map_err(|_| Fault::Crypto)?;
            place.key = Some(made);
            // Where somebody else made one first, theirs is the person's key.
            if let Some(theirs) = self.put(person, &place, place.forgotten).await? {
                place = theirs;
            }
        }
    }

    /// Destroy the key that a person had when their stream was at this version. One that was made later stays.
    ///
    /// The one update there is: who makes keys needs no permission for it, and who destroys them none to put any.
    pub(crate) async fn destroy(&self, person: &PersonId, version: u64) -> Result<(), Fault> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("person", AttributeValue::S(person.0.clone()))
            .update_expression("SET forgotten = :version REMOVE #key")
            .condition_expression("attribute_not_exists(forgotten) OR forgotten < :version")
            .expression_attribute_names("#key", "key")
            .expression_attribute_values(":version", AttributeValue::N(version.to_string()))
            .send()
            .await;
        self.kept().remove(person);
        match updated {
            Ok(_) => Ok(()),
            // That was done before.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(())
            }
            Err(error) => Err(Fault::database("UpdateItem", error)),
        }
    }

    async fn read(&self, person: &PersonId) -> Result<Place, Fault> {
        let found = self
            .client
            .get_item()
            .table_name(&self.name)
            .consistent_read(true)
            .key("person", AttributeValue::S(person.0.clone()))
            .send()
            .await
            .map_err(|error| Fault::database("GetItem", error))?;
        Place::read(&found.item.unwrap_or_default())
    }

    /// Put a key where there is none, if the person was forgotten as often as is known. Answers what is there otherwise.
    async fn put(
        &self,
        person: &PersonId,
        place: &Place,
        forgotten: u64,
    ) -> Result<Option<Place>, Fault> {
        let mut put = self
            .client
            .put_item()
            .table_name(&self.name)
            .item("person", AttributeValue::S(person.0.clone()));
        if let Some(key) = place.key {
            put = put.item("key", AttributeValue::B(Blob::new(key)));
        }
        if place.forgotten > 0 {
            let version = AttributeValue::N(place.forgotten.to_string());
            put = put.item("forgotten", version);
        }
        let put = match forgotten {
            0 => put.condition_expression("attribute_not_exists(person)"),
            version => put
                .condition_expression("attribute_not_exists(#key) AND forgotten = :version")
                .expression_attribute_names("#key", "key")
                .expression_attribute_values(":version", AttributeValue::N(version.to_string())),
        };
        let there = put_unless_refused(put).await?;
        there.map(|item| Place::read(&item)).transpose()
    }

    /// The keys as they are stored, some at a time, from after this person on: for moving a system, and for nothing else.
    /// An empty page is the last.
    pub(crate) async fn stored(&self, after: Option<&PersonId>) -> Result<Vec<StoredKey>, Fault> {
        let mut start = after.map(|person| {
            let person = AttributeValue::S(person.0.clone());
            Item::from([("person".to_owned(), person)])
        });
        loop {
            let page = self
                .client
                .scan()
                .table_name(&self.name)
                .consistent_read(true)
                .limit(SCAN_PAGE)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| Fault::database("Scan", error))?;
            let stored = page
                .items()
                .iter()
                .filter_map(|item| stored(item).transpose());
            let stored = stored.collect::<Result<Vec<_>, _>>()?;
            start = page.last_evaluated_key;
            if !stored.is_empty() || start.is_none() {
                return Ok(stored);
            }
        }
    }

    /// Put a person's key back where it was, unless the person has one, or had one that was destroyed.
    pub(crate) async fn restore(&self, stored: &StoredKey) -> Result<Restored, Fault> {
        let place = Place {
            key: Some(stored.key),
            forgotten: stored.forgotten,
        };
        Ok(match self.put(&stored.person, &place, 0).await? {
            None => Restored::Done,
            Some(there) if there.key == place.key => Restored::Before,
            Some(_) => Restored::Taken,
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn read(item: &Item) -> Result<Self, Fault> {
        let forgotten = item.get("forgotten").map(|value| {
            let number = value.as_n().ok().and_then(|number| number.parse().ok());
            number.ok_or(Fault::Crypto)
        });
        let key = item.get("key").map(|value| {
            let bytes = value.as_b().ok().map(Blob::as_ref);
            bytes
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or(Fault::Crypto)
        });
        Ok(Self {
            key: key.transpose()?,
            forgotten: forgotten.transpose()?.unwrap_or(0),
        })
    }
}

/// A key; none where an item says only that one was destroyed.
fn stored(item: &Item) -> Result<Option<StoredKey>, Fault> {
    let person = item.get("person").and_then(|value| value.as_s().ok());
    let person = PersonId(person.ok_or(Fault::Crypto)?.clone());
    let Place { key, forgotten } = Place::read(item)?;
    Ok(key.map(|key| StoredKey {
        person,
        key,
        forgotten,
    }))
}

/// Answers what is there, where the condition does not hold.
async fn put_unless_refused(put: PutItemFluentBuilder) -> Result<Option<Item>, Fault> {
    let put = put
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .send()
        .await;
    let Err(error) = put else { return Ok(None) };
    match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => {
            Ok(Some(failed.item().cloned().unwrap_or_default()))
        }
        _ => Err(Fault::database("PutItem", error)),
    }
}

/// What a process keeps, each since when it was read.
struct Kept(LruCache<PersonId, (DataKey, Instant)>);

impl Default for Kept {
    fn default() -> Self {
        Self(LruCache::new(CAPACITY))
    }
}

impl Kept {
    fn get(&mut self, person: &PersonId, now: Instant) -> Option<DataKey> {
        let (key, since) = self.0.get(person)?;
        (now.duration_since(*since) < KEY_KEPT).then_some(*key)
    }

    fn put(&mut self, person: &PersonId, key: DataKey, since: Instant) {
        self.0.put(person.clone(), (key, since));
    }

    fn remove(&mut self, person: &PersonId) {
        self.0.pop(person);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_for_a_while_and_then_read_again() {
        let (mut kept, ada, read) = (Kept::default(), PersonId("ada".into()), Instant::now());
        kept.put(&ada, [7; 32], read);
        let just_before = read + KEY_KEPT - Duration::from_millis(1);
        assert_eq!(kept.get(&ada, just_before), Some([7; 32]));
        assert_eq!(kept.get(&ada, read + KEY_KEPT), None);
    }
}
