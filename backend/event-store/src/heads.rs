//! Heads: how far each stream had come at some moment, signed, to be kept where whoever can write the log cannot.
//!
//! A chain proves everything before its last commit. That the last one is still there, or the stream at all, only somebody
//! can say who saw it: a document of signed heads. It is signed with Ed25519 and not with a shared secret, because whoever
//! checks it, an auditor or another machine, must be able to with a public key and so unable to make another; AWS KMS signs
//! the same (`ECC_NIST_EDWARDS25519`), which is why a digest is signed and not the document: KMS takes 4 KB.
//!
//! The document is lines of JSON: what it is, one head each, and the signature over all lines before it.

use std::io::{self, BufRead, Seek, Write};

use aws_lc_rs::{
    digest::{Context, SHA256},
    signature::{ED25519, UnparsedPublicKey},
};
use domain::BoundedContext;
use serde::{Deserialize, Serialize};
use shared::Timestamp;

use crate::{
    EventStore, Fault, Hash, Misfit, ReadError, StoredCommit, Wrong, base64_text,
    verify::last_version,
};

/// The document's form; it stands in its first line and in what is signed.
const FORM: &str = "plenary heads 1";

/// An Ed25519 public key.
pub type PublicKey = [u8; 32];
/// An Ed25519 signature.
pub type Signature = [u8; 64];

/// How far a stream had come: the last event of a commit, and the chain's hash there. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub stream: String,
    /// The version of the commit's last event.
    pub version: u64,
    #[serde(with = "base64_text")]
    pub hash: Hash,
}

impl Head {
    /// The stream's head when this commit was its last.
    pub(crate) fn of(commit: &StoredCommit) -> Self {
        Self {
            stream: commit.stream.clone(),
            version: last_version(commit),
            // A hash of another length follows from nothing, and nothing follows from it.
            hash: commit.hash.as_slice().try_into().unwrap_or_default(),
        }
    }
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Opening {
    form: String,
    at: Timestamp,
    #[serde(with = "base64_text")]
    public_key: PublicKey,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct Closing {
    #[serde(with = "base64_text")]
    signature: Signature,
}

/// Why a document of heads is not believed.
#[derive(Debug, thiserror::Error)]
pub enum HeadsError {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A line is not what it should be.
    #[error("it is not a document of heads: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is of another form than this version reads.
    #[error("it is of the form `{0}`, and this version reads `{FORM}`")]
    Form(String),
    /// It was changed, is not whole, or was signed by somebody else.
    #[error("its signature is not valid under the given key")]
    Signature,
}

/// Writes a document of heads, one by one.
pub struct HeadsWriter<W> {
    file: W,
    digest: Context,
}

impl<W: Write> HeadsWriter<W> {
    /// Begin it. It names the key that will sign it, and the moment.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(file: W, public_key: PublicKey, at: Timestamp) -> Result<Self, HeadsError> {
        let digest = Context::new(&SHA256);
        let mut writer = Self { file, digest };
        let form = FORM.to_owned();
        writer.line(&Opening {
            form,
            at,
            public_key,
        })?;
        Ok(writer)
    }

    /// Add a head. The same stream may be named again, at another version.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, head: &Head) -> Result<(), HeadsError> {
        self.line(head)
    }

    /// Sign it. What is signed is 47 bytes long: a name for its purpose and the digest of all lines.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn sign(mut self, sign: impl FnOnce(&[u8]) -> Option<Signature>) -> Result<W, HeadsError> {
        let signature = sign(&signed(self.digest.clone())).ok_or(HeadsError::Signature)?;
        self.line(&Closing { signature })?;
        self.file.flush()?;
        Ok(self.file)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), HeadsError> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.digest.update(&line);
        Ok(self.file.write_all(&line)?)
    }
}

/// The heads of a document whose signature was found valid.
pub struct Heads<R> {
    lines: io::Lines<R>,
    count: u64,
    at: Timestamp,
}

impl<R: BufRead + Seek> Heads<R> {
    /// Check a document's signature, and only then read it: it is gone through twice, and no more than a line is kept.
    ///
    /// # Errors
    /// It cannot be read, or is not to be believed.
    pub fn open(mut file: R, trusted: &PublicKey) -> Result<Self, HeadsError> {
        let mut digest = Context::new(&SHA256);
        let (mut opening, mut count) = (None, 0);
        let (mut line, mut last) = (Vec::new(), Vec::new());
        while file.read_until(b'\n', &mut line)? > 0 {
            digest.update(&last);
            if opening.is_none() {
                opening = Some(serde_json::from_slice::<Opening>(&line)?);
            }
            std::mem::swap(&mut line, &mut last);
            line.clear();
            count += 1;
        }
        let opening = opening.ok_or(HeadsError::Signature)?;
        if opening.form != FORM {
            return Err(HeadsError::Form(opening.form));
        }
        let Closing { signature } =
            serde_json::from_slice(&last).map_err(|_| HeadsError::Signature)?;
        UnparsedPublicKey::new(&ED25519, trusted)
            .verify(&signed(digest), &signature)
            .map_err(|_| HeadsError::Signature)?;
        file.rewind()?;
        let mut lines = file.lines();
        lines.next().transpose()?;
        Ok(Self {
            lines,
            count: count - 2,
            at: opening.at,
        })
    }
}

impl<R> Heads<R> {
    /// How many there are, of those that were not taken yet.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// When the document was begun.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

impl<R: BufRead> Heads<R> {
    /// The next head.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn next_head(&mut self) -> Result<Option<Head>, HeadsError> {
        if self.count == 0 {
            return Ok(None);
        }
        self.count -= 1;
        let Some(line) = self.lines.next().transpose()? else {
            return Ok(None);
        };
        Ok(Some(serde_json::from_str(&line)?))
    }
}

fn signed(digest: Context) -> Vec<u8> {
    [FORM.as_bytes(), digest.finish().as_ref()].concat()
}

impl<C: BoundedContext> EventStore<C> {
    /// Whether the log still holds what it held when a head was signed. It may have gone on since.
    ///
    /// # Errors
    /// The database refused or did not answer.
    pub async fn still_holds(&self, head: &Head) -> Result<Option<Misfit>, Fault> {
        let found = match self.stored_up_to(&head.stream, head.version).await {
            Ok(found) => found,
            Err(ReadError::Misfit(misfit)) => return Ok(Some(misfit)),
            Err(ReadError::Fault(fault)) => return Err(fault),
        };
        Ok(head.compare(found.as_ref()).err().map(|wrong| Misfit {
            stream: head.stream.clone(),
            version: head.version.to_string(),
            wrong,
        }))
    }
}

impl Head {
    /// Hold it against the last commit of its stream that begins no later than where it stands.
    ///
    /// # Errors
    /// What is wrong with that commit.
    pub fn compare(&self, found: Option<&StoredCommit>) -> Result<(), Wrong> {
        let Some(found) = found.map(Self::of) else {
            return Err(Wrong::Removed);
        };
        match found.version {
            version if version < self.version => Err(Wrong::CutOff(version)),
            version if version == self.version && found.hash == self.hash => Ok(()),
            _ => Err(Wrong::Rewritten),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    fn head(version: u64) -> Head {
        let stream = "slug#rust-week".to_owned();
        Head {
            stream,
            version,
            hash: [version as u8; 32],
        }
    }

    fn public(pair: &Ed25519KeyPair) -> PublicKey {
        pair.public_key().as_ref().try_into().unwrap()
    }

    fn document(pair: &Ed25519KeyPair, heads: &[Head]) -> Vec<u8> {
        let at = Timestamp::default();
        let mut writer = HeadsWriter::begin(Vec::new(), public(pair), at).unwrap();
        for head in heads {
            writer.add(head).unwrap();
        }
        writer
            .sign(|bytes| pair.sign(bytes).as_ref().try_into().ok())
            .unwrap()
    }

    fn read(document: &[u8], key: &PublicKey) -> Result<Vec<Head>, HeadsError> {
        let mut heads = Heads::open(Cursor::new(document), key)?;
        let mut read = Vec::new();
        while let Some(head) = heads.next_head()? {
            read.push(head);
        }
        Ok(read)
    }

    #[test]
    fn a_signed_document_is_read_back() {
        let pair = Ed25519KeyPair::generate().unwrap();
        for heads in [vec![], vec![head(1), head(2), head(1)]] {
            let document = document(&pair, &heads);
            assert_eq!(read(&document, &public(&pair)).unwrap(), heads);
        }
    }

    #[test]
    fn a_document_that_was_changed_anywhere_is_not_believed() {
        let pair = Ed25519KeyPair::generate().unwrap();
        let whole = document(&pair, &[head(1), head(2)]);
        for at in 0..whole.len() - 1 {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(read(&changed, &public(&pair)).is_err(), "byte {at}");
            assert!(read(&whole[..at], &public(&pair)).is_err(), "up to {at}");
        }
        let text = String::from_utf8(whole).unwrap();
        for missing in 0..text.lines().count() {
            let rest: String = (0..)
                .zip(text.lines())
                .filter(|(number, _)| *number != missing)
                .map(|(_, line)| format!("{line}\n"))
                .collect();
            assert!(read(rest.as_bytes(), &public(&pair)).is_err());
        }
    }

    #[test]
    fn a_document_signed_by_somebody_else_is_not_believed() {
        let (ours, theirs) = (
            Ed25519KeyPair::generate().unwrap(),
            Ed25519KeyPair::generate().unwrap(),
        );
        let document = document(&theirs, &[head(1)]);
        assert!(matches!(
            read(&document, &public(&ours)),
            Err(HeadsError::Signature)
        ));
    }
}
