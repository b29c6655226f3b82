//! A stream, folded: its version and hash, its state, the commands it remembers, and what states stand in its log.

use std::{collections::VecDeque, fmt, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::BoundedContext;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use shared::{CommandId, Timestamp};

use crate::{
    Commit, Hash,
    embedded::{Embedded, Mark},
};

/// How many commands a stream remembers, the latest first to be kept. An order or a conference sees fewer in its whole
/// life; a pool is nobody's home stream, and there it only finds a key that was used for another order just now.
const REMEMBERED: usize = 512;

/// What a command said: the first half of an HMAC-SHA-256 under the actor's own key. It tells a retry from another
/// command under the same id, and means nothing to anybody without the key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map_err(de::Error::custom)?;
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| de::Error::custom("a fingerprint has 16 bytes"))
    }
}

/// A command that a stream has seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Remembered {
    pub(crate) command_id: CommandId,
    pub(crate) fingerprint: Fingerprint,
}

/// A stream up to a version.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Folded<C: BoundedContext> {
    /// The version of the last event; zero where there is none.
    pub(crate) version: u64,
    pub(crate) hash: Hash,
    /// When the last event happened; none where there is none.
    pub(crate) at: Option<Timestamp>,
    pub(crate) state: Arc<C::State>,
    pub(crate) commands: VecDeque<Remembered>,
    /// The state in the log that was read or written last.
    pub(crate) last: Mark<C>,
    /// How long it is, in bytes.
    pub(crate) last_weight: usize,
    /// The state that it is made of.
    pub(crate) base: Mark<C>,
    /// How long the events since it are, in bytes.
    pub(crate) weight: usize,
}

impl<C: BoundedContext> Folded<C> {
    pub(crate) fn nothing_yet(stream: &C::Stream) -> Self {
        Self {
            version: 0,
            hash: Hash::default(),
            at: None,
            state: Arc::new(C::initial(stream)),
            commands: VecDeque::new(),
            last: Mark::initial(stream),
            last_weight: 0,
            base: Mark::initial(stream),
            weight: 0,
        }
    }

    /// Fold the next commit. One that is not the next is left alone: it was folded before, or others are missing.
    pub(crate) fn fold(&mut self, commit: &Commit<C>) {
        if commit.version != self.version + 1 {
            return;
        }
        let state = Arc::make_mut(&mut self.state);
        for entry in &commit.entries {
            for event in &entry.events {
                C::evolve(state, event);
            }
            self.version += entry.events.len() as u64;
            self.at = Some(entry.at);
            if self.commands.len() == REMEMBERED {
                self.commands.pop_front();
            }
            self.commands.push_back(Remembered {
                command_id: entry.command_id,
                fingerprint: entry.fingerprint,
            });
        }
        self.hash = commit.hash;
        self.weight += commit.weight();
        if let Some(since) = Embedded::since(commit) {
            self.mark(commit, since);
        }
    }

    /// Fold what a commit holds up to this version, and nothing that came after it.
    pub(crate) fn fold_up_to(&mut self, commit: &Commit<C>, version: u64) {
        if commit.last_version() <= version {
            return self.fold(commit);
        }
        let state = Arc::make_mut(&mut self.state);
        for recorded in commit.events().take_while(|event| event.version <= version) {
            C::evolve(state, recorded.event);
            (self.version, self.at) = (recorded.version, Some(recorded.at));
        }
    }

    /// Note that the commit folded last carries a state, made of the one at `since`. One made of a state that is not known
    /// here is left alone: it cannot be gone on from.
    fn mark(&mut self, commit: &Commit<C>, since: u64) {
        if since == self.last.version {
            self.base = self.last.clone();
        } else if since == 0 {
            self.base = Mark::initial(&commit.stream);
        } else if since != self.base.version {
            return;
        }
        self.last = Mark {
            version: commit.version,
            state: self.state.clone(),
        };
        self.last_weight = commit.state.as_ref().map_or(0, String::len);
        self.weight = 0;
    }

    /// The command, if this stream has seen it.
    pub(crate) fn remembered(&self, id: CommandId) -> Option<Remembered> {
        self.commands
            .iter()
            .rev()
            .find(|remembered| remembered.command_id == id)
            .copied()
    }
}
