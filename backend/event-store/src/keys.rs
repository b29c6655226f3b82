//! Personal data under a key per person: sealed before it is stored, opened for a view.
//!
//! Destroying a person's key makes everything that was sealed under it unreadable, wherever a copy of it is; the log
//! stays whole, because its hashes are taken over what was sealed.

use std::{
    collections::HashMap,
    fmt::Display,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac, rand,
};
use aws_sdk_dynamodb::{
    Client,
    operation::put_item::PutItemError,
    primitives::Blob,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Personal, Sealed};
use lru::LruCache;
use serde::{Deserialize, Serialize};
use shared::{PersonId, views::Attendee};

use crate::{Fault, Fingerprint, Restored, base64_text};

/// How many people's keys a process keeps.
const KEPT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);
/// The first bytes of a key's digest: they tell a key from the one that a forgotten person got when coming back.
const KEY_MARK: usize = 8;

type DataKey = [u8; 32];

/// A person's key as it is stored. As JSON, a line of a log that is exported with its keys: whoever has it can read what
/// is sealed under it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredKey {
    pub person: PersonId,
    #[serde(with = "base64_text")]
    key: DataKey,
}

/// The key table. Cheap to clone.
#[derive(Clone)]
pub struct PersonKeys {
    client: Client,
    table: String,
    kept: Arc<Mutex<LruCache<PersonId, DataKey>>>,
}

impl PersonKeys {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table,
            kept: Arc::new(Mutex::new(LruCache::new(KEPT))),
        }
    }

    /// What a command said, so that only the person's own key can compare it.
    ///
    /// # Errors
    /// The key table refused or did not answer.
    pub async fn fingerprint(&self, person: &PersonId, said: &[u8]) -> Result<Fingerprint, Fault> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.get_or_make(person).await?);
        let tag = hmac::sign(&key, said);
        let mut half = [0; 16];
        half.copy_from_slice(&tag.as_ref()[..16]);
        Ok(Fingerprint(half))
    }

    /// Seal what stands in clear, bound to its place: it opens nowhere else.
    pub(crate) async fn seal(
        &self,
        personal: &mut Personal,
        stream: &impl Display,
        version: u64,
        field: &str,
    ) -> Result<(), Fault> {
        let Personal::Clear(person, attendee) = &*personal else {
            return Ok(());
        };
        let data_key = self.get_or_make(person).await?;
        let mut text = serde_json::to_vec(attendee).map_err(|_| Fault::Crypto)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &data_key).map_err(|_| Fault::Crypto)?;
        let nonce = key
            .seal_in_place_append_tag(Aad::from(place(stream, version, field)), &mut text)
            .map_err(|_| Fault::Crypto)?;
        let sealed = [&mark(&data_key)[..], nonce.as_ref(), &text].concat();
        *personal = Personal::Sealed(Sealed {
            under: person.clone(),
            sealed: BASE64_STANDARD.encode(sealed),
        });
        Ok(())
    }

    /// Open sealed data at its place; none where its person was forgotten.
    ///
    /// # Errors
    /// The key table did not answer, or what was sealed was tampered with or stands at another place.
    pub async fn open(
        &self,
        personal: &Personal,
        stream: &impl Display,
        version: u64,
        field: &str,
    ) -> Result<Option<Attendee>, Fault> {
        let Sealed { under, sealed } = match personal {
            Personal::Clear(_, attendee) => return Ok(Some(attendee.clone())),
            Personal::Sealed(sealed) => sealed,
        };
        let Some(data_key) = self.get(under).await? else {
            return Ok(None);
        };
        let sealed = BASE64_STANDARD.decode(sealed).map_err(|_| Fault::Crypto)?;
        let (key_mark, rest) = sealed.split_at_checked(KEY_MARK).ok_or(Fault::Crypto)?;
        if key_mark != mark(&data_key) {
            return Ok(None);
        }
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_LEN).ok_or(Fault::Crypto)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Fault::Crypto)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &data_key).map_err(|_| Fault::Crypto)?;
        let mut text = ciphertext.to_vec();
        let opened = key
            .open_in_place(nonce, Aad::from(place(stream, version, field)), &mut text)
            .map_err(|_| Fault::Crypto)?;
        serde_json::from_slice(opened)
            .map(Some)
            .map_err(|_| Fault::Crypto)
    }

    /// The person's key; none where there never was one or it was destroyed.
    async fn get(&self, person: &PersonId) -> Result<Option<DataKey>, Fault> {
        if let Some(key) = self.kept().get(person) {
            return Ok(Some(*key));
        }
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true);
        let found = request
            .key("person", AttributeValue::S(person.0.clone()))
            .send()
            .await
            .map_err(|error| Fault::database("GetItem", error))?;
        let Some(item) = found.item else {
            return Ok(None);
        };
        let key = data_key(item.get("key"))?;
        self.kept().put(person.clone(), key);
        Ok(Some(key))
    }

    async fn get_or_make(&self, person: &PersonId) -> Result<DataKey, Fault> {
        if let Some(key) = self.get(person).await? {
            return Ok(key);
        }
        let mut made = DataKey::default();
        rand::fill(&mut made).map_err(|_| Fault::Crypto)?;
        // Where somebody else made it first, theirs is the person's key.
        let key = self.put_if_none(person, made).await?.unwrap_or(made);
        self.kept().put(person.clone(), key);
        Ok(key)
    }

    /// Put a key where there is none. Answers the one that is there, if one is.
    async fn put_if_none(&self, person: &PersonId, key: DataKey) -> Result<Option<DataKey>, Fault> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("person", AttributeValue::S(person.0.clone()))
            .item("key", AttributeValue::B(Blob::new(key)))
            .condition_expression("attribute_not_exists(person)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(None) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                data_key(failed.item().and_then(|item| item.get("key"))).map(Some)
            }
            _ => Err(Fault::database("PutItem", error)),
        }
    }

    /// The keys as they are stored, some at a time, from after this person on: for moving a system, and for nothing else.
    /// An empty page is the last.
    ///
    /// # Errors
    /// The key table refused or did not answer, or holds something else.
    pub async fn stored(&self, after: Option<&PersonId>) -> Result<Vec<StoredKey>, Fault> {
        let start = after.map(|person| {
            let person = AttributeValue::S(person.0.clone());
            HashMap::from([("person".to_owned(), person)])
        });
        let page = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| Fault::database("Scan", error))?;
        let stored = |item: &HashMap<String, AttributeValue>| {
            let person = item.get("person").and_then(|value| value.as_s().ok());
            Ok(StoredKey {
                person: PersonId(person.ok_or(Fault::Crypto)?.clone()),
                key: data_key(item.get("key"))?,
            })
        };
        page.items().iter().map(stored).collect()
    }

    /// Put a person's key back where it was, unless the person has one.
    ///
    /// # Errors
    /// The key table refused or did not answer.
    pub async fn restore(&self, stored: &StoredKey) -> Result<Restored, Fault> {
        let there = self.put_if_none(&stored.person, stored.key).await?;
        Ok(match there {
            None => Restored::Done,
            Some(key) if key == stored.key => Restored::Before,
            Some(_) => Restored::Taken,
        })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, LruCache<PersonId, DataKey>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn data_key(value: Option<&AttributeValue>) -> Result<DataKey, Fault> {
    let bytes = value.and_then(|value| value.as_b().ok()).map(Blob::as_ref);
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(Fault::Crypto)
}

fn mark(key: &DataKey) -> [u8; KEY_MARK] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key);
    let mut mark = [0; KEY_MARK];
    mark.copy_from_slice(&digest.as_ref()[..KEY_MARK]);
    mark
}

fn place(stream: &impl Display, version: u64, field: &str) -> String {
    format!("{stream}@{version}/{field}")
}
