//! The log by time, and what one click led to.

use plenary_http::{Call, Request, Response, Visibility, query, respond::cached_json};
use read_model::{EventsOf, NotAPlace, Place};
use serde::Deserialize;
use shared::{
    ConferenceId,
    history::{Correlation, LogPage, LoggedEvent},
};
use uuid::Uuid;

use crate::{Queries, Refusal};

/// The most events that are looked at for one page, where few of them are among those asked for.
const LOOKED_AT: usize = 2_000;
/// The most events of one correlation that are shown.
const CORRELATED: usize = 2_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(rename = "type")]
    name: Option<Word>,
    actor: Option<Word>,
    conference_id: Option<ConferenceId>,
    correlation_id: Option<Uuid>,
    stream: Option<Word>,
    before: Option<Before>,
    limit: Option<Limit>,
}

/// What a type, a person or a stream is called; no longer than a key can be.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Word(String);

impl Word {
    fn text(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Word {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        match text.len() {
            1..=512 => Ok(Self(text)),
            _ => Err("must have 1 to 512 characters"),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Before(Place);

impl TryFrom<String> for Before {
    type Error = NotAPlace;

    fn try_from(text: String) -> Result<Self, NotAPlace> {
        text.parse().map(Self)
    }
}

/// How many events a page has.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "usize")]
struct Limit(usize);

impl Limit {
    const MOST: usize = 200;
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<usize> for Limit {
    type Error = String;

    fn try_from(limit: usize) -> Result<Self, String> {
        let most = Self::MOST;
        match limit {
            1..=Self::MOST => Ok(Self(limit)),
            _ => Err(format!("must be a whole number from 1 to {most}")),
        }
    }
}

impl Asked {
    /// What the events asked for have in common: of the filters given, that which leaves the fewest.
    fn of(&self) -> EventsOf<'_> {
        let stream = self.stream.as_ref().map(Word::text);
        let actor = self.actor.as_ref().map(Word::text);
        let name = self.name.as_ref().map(Word::text);
        let mut of = stream.map(EventsOf::Stream);
        of = of.or(self.correlation_id.map(EventsOf::Correlation));
        of = of.or(actor.map(EventsOf::Actor));
        of = of.or(self.conference_id.map(EventsOf::Conference));
        of.or(name.map(EventsOf::Type)).unwrap_or(EventsOf::All)
    }

    /// Whether every filter lets an event through.
    fn allows(&self, event: &LoggedEvent) -> bool {
        let Self {
            name,
            actor,
            conference_id,
            correlation_id,
            stream,
            before: _,
            limit: _,
        } = self;
        let is = |word: &Option<Word>, text: &str| word.as_ref().is_none_or(|word| word.0 == text);
        is(name, &event.name)
            && is(actor, &event.actor.0)
            && is(stream, &event.stream)
            && conference_id.is_none_or(|id| event.conference_id == Some(id))
            && correlation_id.is_none_or(|id| event.correlation_id == id)
    }
}

impl Queries {
    /// A page. It has fewer events than asked for at the end of the log, and where few of those looked at are among them:
    /// `next` tells the one from the other.
    pub(crate) async fn log(&self, request: &Request) -> Result<Response, Refusal> {
        let asked: Asked = query(request)?;
        let Limit(limit) = asked.limit.unwrap_or_default();
        let mut before = asked.before.as_ref().map(|before| before.0.clone());
        let mut events = Vec::new();
        let (mut looked_at, mut size) = (0, limit + 1);
        let next = loop {
            let found = self.views.log.before(asked.of(), before.as_ref(), size);
            let found = found.await?;
            let is_last = found.len() < size;
            looked_at += found.len();
            before = found.last().map(Place::of).or(before);
            events.extend(found.into_iter().filter(|event| asked.allows(event)));
            if events.len() > limit {
                events.truncate(limit);
                break events.last().map(Place::of);
            }
            if is_last {
                break None;
            }
            if looked_at >= LOOKED_AT {
                break before;
            }
            size = Limit::MOST;
        };
        let page = LogPage {
            events,
            next: next.map(|place| place.text().to_owned()),
        };
        Ok(cached_json(request, Visibility::Private, &page))
    }

    pub(crate) async fn correlation(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let correlation_id = call.parameter(0)?;
        let events = self.views.log.correlation(correlation_id, CORRELATED);
        let correlation = Correlation {
            correlation_id,
            events: events.await?,
        };
        Ok(cached_json(request, Visibility::Private, &correlation))
    }
}
