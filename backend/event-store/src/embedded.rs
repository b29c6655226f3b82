//! States in the log: now and then a commit carries the state that its stream has after it, so that nobody has to fold a
//! long history from its beginning.
//!
//! It is a copy of what the events say, and no part of the chain. A state that cannot be read, was changed, or is of another
//! schema is passed over, and nothing is lost but time. Each is bound to its commit by a digest of its own.
//!
//! A state is stored as the JSON merge patch that makes it of an earlier one (of the initial one at first), because a pool
//! with tens of thousands of orders outgrows DynamoDB's 400 KB an item: a patch is made of the same state as the last one
//! while it fits, and of the last one itself from then on. So the patches that a state is made of are about as long as it
//! is, all but the last are never written again, and a commit is never long.

use std::{collections::VecDeque, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::BoundedContext;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::Value;
use shared::CommandId;
use uuid::Uuid;

use crate::{
    Commit, Fingerprint, Hash,
    commit::chain,
    folded::{Folded, Remembered},
    merge_patch,
};

/// Events of less than this, in bytes, are read about as quickly as a state.
const LEAST: usize = 32 * 1024;
/// The longest patch that is made of an earlier state than the last one, in bytes.
const LONGEST: usize = 192 * 1024;
/// What an item may hold, in bytes, with some room for its keys: DynamoDB's limit is 400 KB.
const ITEM: usize = 390_000;
/// How many characters the digest before the JSON has: 32 bytes in base64.
const DIGEST: usize = 43;

/// A state in the log that others are made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark<C: BoundedContext> {
    /// The version of the commit that carries it; zero is the initial state, which no commit carries.
    pub(crate) version: u64,
    pub(crate) state: Arc<C::State>,
}

impl<C: BoundedContext> Mark<C> {
    pub(crate) fn initial(stream: &C::Stream) -> Self {
        Self {
            version: 0,
            state: Arc::new(C::initial(stream)),
        }
    }
}

/// What a commit carries, as JSON behind the digest. A storage format.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stored<Patch> {
    /// [`BoundedContext::STATE_SCHEMA`] of whoever wrote it.
    schema: u32,
    /// The version of the commit that carries the state of which this one is made.
    since: u64,
    /// The latest commands, each 16 bytes of id and 16 of fingerprint, base64.
    commands: String,
    patch: Patch,
}

/// A state that was found in the log: how to make it of the one at `since`.
pub(crate) struct Embedded {
    pub(crate) since: u64,
    pub(crate) commands: VecDeque<Remembered>,
    pub(crate) patch: Value,
}

/// Why a state is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsound;

impl Embedded {
    /// Read what a commit carries; none where it is to be passed over.
    pub(crate) fn read<C: BoundedContext>(
        text: &str,
        stream: &str,
        version: u64,
        hash: &Hash,
    ) -> Option<Self> {
        let stored: Stored<Value> = stored::<C, _>(text, stream, version, hash).ok()??;
        Some(Self {
            since: stored.since,
            commands: unpack(&stored.commands)?,
            patch: stored.patch,
        })
    }

    /// The version of the state that this one is made of; none where it is to be passed over.
    pub(crate) fn since<C: BoundedContext>(commit: &Commit<C>) -> Option<u64> {
        let (text, stream) = (commit.state.as_ref()?, commit.stream.to_string());
        let stored = stored::<C, IgnoredAny>(text, &stream, commit.version, &commit.hash);
        Some(stored.ok()??.since)
    }
}

/// The state that a commit is to carry, if one is due: when the events since the last one outweigh it. What is folded is
/// without the commit yet.
pub(crate) fn due<C: BoundedContext>(before: &Folded<C>, commit: &Commit<C>) -> Option<String> {
    if before.weight + commit.weight() < before.last_weight.max(LEAST) {
        return None;
    }
    let mut after = before.clone();
    after.fold(commit);
    let room = ITEM.saturating_sub(commit.weight());
    let made_of = [(&before.base, room.min(LONGEST)), (&before.last, room)];
    let made = made_of.into_iter().find_map(|(mark, room)| {
        let stored = make(&after, mark).and_then(|stored| serde_json::to_string(&stored));
        match stored {
            Ok(json) => Some(json).filter(|json| json.len() + DIGEST <= room),
            Err(error) => {
                tracing::error!(%error, "a state cannot be stored");
                None
            }
        }
    });
    let stream = commit.stream.to_string();
    made.map(|json| digest(&commit.hash, &stream, commit.version, &json) + &json)
}

/// Fold the next commit, and hold the state that it carries against the fold.
///
/// # Errors
/// It was changed, is made of nothing that is there, or is not what the events fold to.
pub(crate) fn fold_checked<C: BoundedContext>(
    folded: &mut Folded<C>,
    commit: &Commit<C>,
) -> Result<(), Unsound> {
    let Some(text) = &commit.state else {
        folded.fold(commit);
        return Ok(());
    };
    let stream = commit.stream.to_string();
    let stored = stored::<C, Value>(text, &stream, commit.version, &commit.hash)?;
    let initial = Mark::initial(&commit.stream);
    let known = [folded.last.clone(), folded.base.clone(), initial];
    folded.fold(commit);
    let Some(stored) = stored else { return Ok(()) };
    let mark = known.iter().find(|mark| mark.version == stored.since);
    let made = make(folded, mark.ok_or(Unsound)?);
    let is_so = made.is_ok_and(|made| made == stored);
    is_so.then_some(()).ok_or(Unsound)
}

/// Whether what a commit carries is what was written, if not whether that is right.
///
/// # Errors
/// It was changed.
pub(crate) fn check_digest<C: BoundedContext>(commit: &Commit<C>) -> Result<(), Unsound> {
    let Some(text) = &commit.state else {
        return Ok(());
    };
    let stream = commit.stream.to_string();
    stored::<C, IgnoredAny>(text, &stream, commit.version, &commit.hash).map(drop)
}

/// What a text holds; none where it is of another schema.
fn stored<'a, C: BoundedContext, Patch: Deserialize<'a>>(
    text: &'a str,
    stream: &str,
    version: u64,
    hash: &Hash,
) -> Result<Option<Stored<Patch>>, Unsound> {
    #[derive(Deserialize)]
    struct Schema {
        schema: u32,
    }
    let (digested, json) = text.split_at_checked(DIGEST).ok_or(Unsound)?;
    if digested != digest(hash, stream, version, json) {
        return Err(Unsound);
    }
    let Schema { schema } = serde_json::from_str(json).map_err(|_| Unsound)?;
    if schema != C::STATE_SCHEMA {
        return Ok(None);
    }
    serde_json::from_str(json).map(Some).map_err(|_| Unsound)
}

fn digest(hash: &Hash, stream: &str, version: u64, json: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(chain(hash, stream, version, json))
}

fn make<C: BoundedContext>(
    folded: &Folded<C>,
    of: &Mark<C>,
) -> Result<Stored<Value>, serde_json::Error> {
    let (from, to) = (&*of.state, &*folded.state);
    Ok(Stored {
        schema: C::STATE_SCHEMA,
        since: of.version,
        commands: pack(&folded.commands),
        patch: merge_patch::difference(&serde_json::to_value(from)?, &serde_json::to_value(to)?),
    })
}

fn pack(commands: &VecDeque<Remembered>) -> String {
    let mut bytes = Vec::with_capacity(commands.len() * 32);
    for command in commands {
        bytes.extend(command.command_id.0.as_bytes());
        bytes.extend(command.fingerprint.0);
    }
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn unpack(text: &str) -> Option<VecDeque<Remembered>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let (commands, rest) = bytes.as_chunks::<32>();
    let command = |bytes: &[u8; 32]| {
        let (id, fingerprint) = bytes.split_at(16);
        Some(Remembered {
            command_id: CommandId(Uuid::from_slice(id).ok()?),
            fingerprint: Fingerprint(fingerprint.try_into().ok()?),
        })
    };
    let commands = commands.iter().map(command).collect();
    rest.is_empty().then_some(commands)?
}

#[cfg(test)]
mod tests {
    use domain::booking::{Booking, Event, StreamId, seat_availability::Event as Seats};
    use shared::{OrderId, PersonId, StreamVersion, Timestamp};

    use super::*;
    use crate::{Entry, StoredCommit, Wrong, verify::Chain};

    const ID: Uuid = Uuid::from_u128(7);

    fn pool() -> StreamId {
        format!("seats#{ID}#{ID}").parse().unwrap()
    }

    /// A pool that is booked, each order a commit, with the states that are due. What is folded of it ends it.
    fn booked(orders: u32) -> (Vec<Commit<Booking>>, Folded<Booking>) {
        let mut folded = Folded::nothing_yet(&pool());
        let mut commits = Vec::new();
        let mut append = |events: Vec<Event>| {
            let first = folded.version + 1;
            let id = Uuid::from_u128(u128::from(first) << 64 | 0x0F5C_1B6E_6A3E);
            let entry = Entry {
                command_id: CommandId(id),
                fingerprint: Fingerprint([7; 16]),
                correlation_id: id,
                causation_id: None,
                actor: PersonId("ada".into()),
                at: Timestamp::default(),
                wrote: vec![StreamVersion {
                    stream: pool().to_string(),
                    version: folded.version + events.len() as u64,
                }],
                events,
            };
            let mut commit = Commit::new(pool(), first, vec![entry], &folded.hash).unwrap();
            commit.state = due(&folded, &commit);
            folded.fold(&commit);
            commits.push(commit);
        };
        append(vec![Seats::PoolOpened { quota: 100_000 }.into()]);
        for number in 0..orders {
            let (order_id, quantity) = (OrderId(Uuid::from_u128(number.into())), 2);
            let until = Timestamp::default();
            let reserved = Seats::SeatsReserved {
                order_id,
                quantity,
                until,
            };
            let sold = Seats::SeatsCommitted {
                order_id,
                quantity,
                until,
            };
            append(vec![reserved.into(), sold.into()]);
        }
        (commits, folded)
    }

    fn stored(commit: &Commit<Booking>) -> StoredCommit {
        StoredCommit::from_item(&commit.to_item()).unwrap()
    }

    #[test]
    fn states_outweigh_neither_the_events_between_them_nor_what_an_item_can_hold() {
        let (commits, folded) = booked(10_000);
        let (mut since_last, mut last, mut count, mut all, mut events) = (0, 0, 0, 0, 0);
        for commit in &commits {
            since_last += commit.weight();
            events += commit.weight();
            if let Some(state) = &commit.state {
                assert!(since_last >= last, "{since_last} bytes after {last}");
                assert!(state.len() + commit.weight() < ITEM);
                (since_last, last) = (0, state.len());
                (count, all) = (count + 1, all + state.len());
            }
            assert!(since_last <= last.max(LEAST));
        }
        assert!(
            all < events,
            "{count} states of {all} bytes, {events} of events"
        );
        // It has outgrown what is written again and again.
        assert!(folded.base.version > 0);
    }

    #[test]
    fn a_log_with_states_is_sound_and_a_state_of_another_commit_or_with_another_content_is_not() {
        let (commits, _) = booked(300);
        let judge = |commits: &[StoredCommit]| {
            let mut chain = Chain::<Booking>::default();
            commits
                .iter()
                .find_map(|commit| chain.check(commit).err())
                .map(|misfit| (misfit.version, misfit.wrong))
        };
        let sound: Vec<_> = commits.iter().map(stored).collect();
        assert_eq!(judge(&sound), None);
        let carrying: Vec<_> = (0..sound.len())
            .filter(|at| sound[*at].state.is_some())
            .collect();
        let (first, second) = (carrying[0], carrying[1]);
        let found = Some((sound[second].version.to_string(), Wrong::State));

        let mut moved = sound.clone();
        moved[second].state = sound[first].state.clone();
        assert_eq!(judge(&moved), found);

        // Whoever can make the digest as well is found by the fold.
        let mut forged = sound.clone();
        let json = &sound[second].state.as_ref().unwrap()[DIGEST..];
        let json = json.replacen("\"sold_total\":", "\"sold_total\":1", 1);
        let (commit, name) = (&commits[second], pool().to_string());
        let digest = digest(&commit.hash, &name, commit.version, &json);
        forged[second].state = Some(digest + &json);
        assert_eq!(judge(&forged), found);

        // What a newer version of the code wrote is nothing to judge here.
        let json = json.replacen("\"schema\":1", "\"schema\":2", 1);
        let digest = super::digest(&commit.hash, &name, commit.version, &json);
        let mut newer = sound.clone();
        newer[second].state = Some(digest + &json);
        newer.truncate(second + 1);
        assert_eq!(judge(&newer), None);
    }
}
