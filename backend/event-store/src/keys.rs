//! Personal data under a key per person: sealed before it is stored, opened for a view.
//!
//! Destroying a person's key makes everything that was sealed under it unreadable, wherever a copy of it is; the log
//! stays whole, because its hashes are taken over what was sealed.

use std::fmt::Display;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use aws_sdk_dynamodb::Client;
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::{Personal, Sealed};
use shared::{PersonId, views::Attendee};

use crate::{
    Fault, Fingerprint, Restored, StoredKey,
    key_table::{DataKey, KeyTable},
};

/// The first bytes of a key's digest: they tell a key from the one that a forgotten person got when coming back.
const KEY_MARK: usize = 8;

/// People's keys, and what is done with them. Cheap to clone; clones share what they keep.
#[derive(Clone)]
pub struct PersonKeys {
    table: KeyTable,
}

impl PersonKeys {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self {
            table: KeyTable::new(client, table),
        }
    }

    /// What a command said, so that only the person's own key can compare it.
    ///
    /// # Errors
    /// The key table refused or did not answer.
    pub async fn fingerprint(&self, person: &PersonId, said: &[u8]) -> Result<Fingerprint, Fault> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.table.get_or_make(person).await?);
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
        let data_key = self.table.get_or_make(person).await?;
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
        let Some(data_key) = self.table.get(under).await? else {
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

    /// Destroy the key that a person had when their stream was at this version: nothing opens any more what was sealed
    /// under it, and no fingerprint tells what a command said. Other processes may go by it for [`KEY_KEPT`](crate::KEY_KEPT).
    ///
    /// Doing it again destroys nothing that was made since.
    ///
    /// # Errors
    /// The key table refused or did not answer.
    pub async fn destroy(&self, person: &PersonId, version: u64) -> Result<(), Fault> {
        self.table.destroy(person, version).await
    }

    /// The keys as they are stored, some at a time, from after this person on: for moving a system, and for nothing else.
    /// An empty page is the last.
    ///
    /// # Errors
    /// The key table refused or did not answer, or holds something else.
    pub async fn stored(&self, after: Option<&PersonId>) -> Result<Vec<StoredKey>, Fault> {
        self.table.stored(after).await
    }

    /// Put a person's key back where it was, unless the person has one, or had one that was destroyed.
    ///
    /// # Errors
    /// The key table refused or did not answer.
    pub async fn restore(&self, stored: &StoredKey) -> Result<Restored, Fault> {
        self.table.restore(stored).await
    }
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
