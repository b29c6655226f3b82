//! The key that signs heads: made when it is first asked for, and kept in the data folder; or one that somebody else keeps,
//! such as KMS, and that a command signs with.

use std::{
    io::Write,
    process::{Command, Stdio},
    str::FromStr,
};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use event_store::{PublicKey, Signature};

use super::{LogError, file_error};
use crate::{StartError, data_folder::DataFolder};

const FILE: &str = "heads-key.pk8";

/// Whoever signs heads.
pub enum Signer {
    /// The data folder's key.
    Own(HeadsKey),
    /// A command of the shell, which signs under another's key.
    Command { command: String, public: PublicKey },
}

impl Signer {
    /// One that signs by this command, under the key with this public half.
    pub fn command(command: &str, public: PublicKey) -> Self {
        let command = command.to_owned();
        Self::Command { command, public }
    }

    /// The public half of its key.
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Own(key) => key.public(),
            Self::Command { public, .. } => *public,
        }
    }

    /// Sign these bytes. None where that fails, or the signature is not valid under the key: what nobody can check later
    /// is not written.
    pub fn sign(&self, bytes: &[u8]) -> Option<Signature> {
        match self {
            Self::Own(key) => key.sign(bytes),
            Self::Command { command, public } => {
                let signature = run(command, bytes)?;
                let public = UnparsedPublicKey::new(&ED25519, public);
                public.verify(bytes, &signature).ok().map(|()| signature)
            }
        }
    }
}

/// What a command answers when it is given these bytes: base64. What it complains of, the person at the terminal reads.
fn run(command: &str, bytes: &[u8]) -> Option<Signature> {
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", command]);
    let shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = shell.spawn().ok()?;
    // It is dropped at once, which is the end of what the command reads.
    running.stdin.take()?.write_all(bytes).ok()?;
    let answer = running.wait_with_output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    BASE64_STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// The data folder's key.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_signs_under_the_given_key_and_under_no_other() {
        let key = HeadsKey(Ed25519KeyPair::generate().unwrap());
        let signature = BASE64_STANDARD.encode(key.sign(b"heads").unwrap());
        let by = |command: &str, public| Signer::command(command, public).sign(b"heads");
        let command = format!("[ \"$(cat)\" = heads ] && echo {signature}");
        assert_eq!(by(&command, key.public()), key.sign(b"heads"));
        assert_eq!(by(&command, [7; 32]), None);
        for useless in ["exit 1", "cat", "echo"] {
            assert_eq!(by(useless, key.public()), None, "{useless}");
        }
    }
}
