//! A stream, commit by commit: who, what, when, because of what; and whether each fits where it stands.

use domain::{BoundedContext, accounts, booking};
use event_store::{Chain, EventStore, StoredCommit, Wrong};
use plenary_http::{Call, Request, not_found, query};
use serde::Deserialize;
use shared::history::{StoredCommitView, StoredEntryView, StoredEventView, StreamPage};

use crate::{History, Refusal};

/// How many commits a page has, unless fewer are asked for.
const PAGE: u16 = 100;

/// The parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    from: Option<u64>,
    limit: Option<u16>,
}

impl History {
    pub(crate) async fn stream(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<StreamPage, Refusal> {
        let Asked { from, limit } = query(request)?;
        let from = from.unwrap_or(1).max(1);
        let limit = limit.unwrap_or(PAGE).clamp(1, PAGE);
        let stream = call.text(0);
        if stream.parse::<accounts::StreamId>().is_ok() {
            page(&self.accounts, stream, (from, limit), accounts::words).await
        } else if stream.parse::<booking::StreamId>().is_ok() {
            page(&self.booking, stream, (from, limit), booking::words).await
        } else {
            Err(not_found().into())
        }
    }
}

async fn page<C: BoundedContext>(
    store: &EventStore<C>,
    stream: &str,
    (from, limit): (u64, u16),
    words: fn(&C::Event) -> String,
) -> Result<StreamPage, Refusal> {
    let (from, before) = match from {
        1 => (1, None),
        from => {
            let from = beginning(store, stream, from).await?;
            (from, store.stored_up_to(stream, from - 1).await?)
        }
    };
    // One more than is shown tells whether there is a next page.
    let found = store.stored_at_most(stream, from, Some(limit + 1)).await?;
    let (shown, beyond) = found
        .commits
        .split_at(found.commits.len().min(limit.into()));
    if before.is_none() && shown.is_empty() {
        return Err(not_found().into());
    }
    let mut chain: Chain<C> = before.as_ref().map(Chain::after).unwrap_or_default();
    Ok(StreamPage {
        stream: stream.to_owned(),
        commits: shown
            .iter()
            .map(|stored| commit(&mut chain, stored, words))
            .collect(),
        next: beyond.first().map(|commit| commit.version).or(found.next),
    })
}

/// Where the commit begins that holds this version: every event has a version and an address, also one in the midst of a
/// commit.
async fn beginning<C: BoundedContext>(
    store: &EventStore<C>,
    stream: &str,
    version: u64,
) -> Result<u64, Refusal> {
    let Some(commit) = store.stored_up_to(stream, version).await? else {
        return Ok(version);
    };
    let entries = commit.entries().unwrap_or_default();
    let events: u64 = entries.iter().map(|entry| entry.events.len() as u64).sum();
    let is_within = version < commit.version + events;
    Ok(if is_within { commit.version } else { version })
}

/// A commit as it is stored. One that this version cannot read is shown without words; one that is no JSON, without
/// entries.
fn commit<C: BoundedContext>(
    chain: &mut Chain<C>,
    stored: &StoredCommit,
    words: fn(&C::Event) -> String,
) -> StoredCommitView {
    // What a newer version of the code wrote may well be right; and a state is only a copy.
    let fits = match chain.check(stored) {
        Ok(_) => true,
        Err(misfit) => matches!(misfit.wrong, Wrong::Unreadable(_) | Wrong::State),
    };
    let read = stored.decode::<C>().ok();
    let words: Vec<String> = read
        .iter()
        .flat_map(|commit| commit.events())
        .map(|recorded| words(recorded.event))
        .collect();
    let mut words = words.into_iter();
    let mut versions = stored.version..;
    let entries = stored.entries().unwrap_or_default().into_iter();
    let entries = entries.map(|entry| StoredEntryView {
        command_id: entry.command_id,
        correlation_id: entry.correlation_id,
        causation_id: entry.causation_id,
        actor: entry.actor,
        at: entry.at,
        events: (entry.events.into_iter().zip(versions.by_ref()))
            .map(|(event, version)| StoredEventView {
                id: event.id,
                version,
                name: event.name,
                schema: event.schema,
                data: event.data,
                words: words.next().unwrap_or_default(),
            })
            .collect(),
    });
    StoredCommitView {
        version: stored.version,
        entries: entries.collect(),
        hash: stored
            .hash
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect(),
        fits,
    }
}
