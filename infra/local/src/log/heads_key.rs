//! The key that signs heads: made when it is first asked for, kept in the data folder. In AWS it is a key of KMS.

use std::str::FromStr;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use event_store::{PublicKey, Signature};

use super::{LogError, file_error};
use crate::{StartError, data_folder::DataFolder};

const FILE: &str = "heads-key.pk8";

/// The key.
pub struct HeadsKey(Ed25519KeyPair);

impl HeadsKey {
    /// The data folder's key; none where none was made yet.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read or holds something else.
    pub fn load(folder: &DataFolder) -> Result<Option<Self>, LogError> {
        let file = folder.file(FILE);
        if !file.exists() {
            return Ok(None);
        }
        let pkcs8 = std::fs::read(&file).map_err(file_error(&file))?;
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| LogError::HeadsKey(file))?;
        Ok(Some(Self(pair)))
    }

    /// The data folder's key, made if there is none.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written to, or the file holds something else.
    pub fn load_or_make(folder: &DataFolder) -> Result<Self, LogError> {
        if let Some(key) = Self::load(folder)? {
            return Ok(key);
        }
        let no_key = |_| LogError::Start(StartError::NoSigningKey);
        let pair = Ed25519KeyPair::generate().map_err(no_key)?;
        let pkcs8 = pair.to_pkcs8().map_err(no_key)?;
        folder
            .write_private(FILE, pkcs8.as_ref())
            .map_err(file_error(folder.file(FILE)))?;
        Ok(Self(pair))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        let mut public = PublicKey::default();
        public.copy_from_slice(self.0.public_key().as_ref());
        public
    }

    /// Sign these bytes. None only where the cryptographic library fails.
    pub fn sign(&self, bytes: &[u8]) -> Option<Signature> {
        self.0.try_sign(bytes).ok()?.as_ref().try_into().ok()
    }
}

/// A public key on the command line: base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenKey(pub PublicKey);

impl FromStr for GivenKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = BASE64_STANDARD.decode(text).ok();
        let key = bytes.and_then(|bytes| bytes.try_into().ok());
        key.map(Self)
            .ok_or("it is not a public key: 32 bytes as base64")
    }
}

/// A public key as it is written.
pub fn text(key: &PublicKey) -> String {
    BASE64_STANDARD.encode(key)
}
