//! The issuer's RSA key: made on the first start, kept in the data folder, used to sign RS256 tokens.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{StartError, data_folder::DataFolder};

const FILE: &str = "issuer-key.pk8";

/// The key that signs tokens.
pub struct SigningKey {
    pair: KeyPair,
    id: String,
}

impl SigningKey {
    /// The data folder's key, made if there is none.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written to, or the file holds something else.
    pub fn load_or_make(folder: &DataFolder) -> Result<Self, StartError> {
        let file = folder.file(FILE);
        let unusable = |cause| StartError::DataFolder {
            path: file.clone(),
            cause,
        };
        let pair = if file.exists() {
            let pkcs8 = std::fs::read(&file).map_err(unusable)?;
            KeyPair::from_pkcs8(&pkcs8).map_err(|_| StartError::SigningKey(file))?
        } else {
            let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| StartError::NoSigningKey)?;
            let pkcs8 = pair.as_der().map_err(|_| StartError::NoSigningKey)?;
            folder
                .write_private(FILE, pkcs8.as_ref())
                .map_err(unusable)?;
            pair
        };
        Ok(Self::of(pair))
    }

    fn of(pair: KeyPair) -> Self {
        let digest =
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, pair.public_key().as_ref());
        let id = URL_SAFE_NO_PAD.encode(&digest.as_ref()[..12]);
        Self { pair, id }
    }

    /// A key that is kept nowhere.
    #[cfg(test)]
    pub fn throwaway() -> Self {
        Self::of(KeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// This key, passed off as another.
    #[cfg(test)]
    pub fn under_the_name_of(self, other: &Self) -> Self {
        Self {
            pair: self.pair,
            id: other.id.clone(),
        }
    }

    /// Its public half as a JSON Web Key Set.
    pub fn jwks(&self) -> Value {
        let public = self.pair.public_key();
        json!({ "keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        }] })
    }

    /// These claims as a signed token. None only where the cryptographic library fails.
    pub fn sign(&self, claims: &impl Serialize) -> Option<String> {
        // Signed here and not by jsonwebtoken: it would parse the private key again for each token, and only from
        // PKCS#1, which aws-lc-rs does not write.
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.id });
        let part = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
        let signed = format!(
            "{}.{}",
            part(serde_json::to_vec(&header).ok()?),
            part(serde_json::to_vec(claims).ok()?)
        );
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_kept_and_a_broken_one_is_named() {
        let parent = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(parent.path()).unwrap();
        let made = SigningKey::load_or_make(&folder).unwrap();
        let loaded = SigningKey::load_or_make(&folder).unwrap();
        assert_eq!(made.jwks(), loaded.jwks());

        std::fs::write(folder.file(FILE), "not a key").unwrap();
        assert!(matches!(
            SigningKey::load_or_make(&folder),
            Err(StartError::SigningKey(_))
        ));
    }
}
