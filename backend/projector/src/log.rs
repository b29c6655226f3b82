//! The log by time: a row for every event of every stream, in words.

use domain::{
    BoundedContext,
    accounts::{self, ClearingAccount},
    booking::{self, order::Event::OrderPlaced},
};
use event_store::Recorded;
use read_model::{Error, Log, LogSource, Row, View, Written};
use shared::{ConferenceId, history::LoggedEvent};

use crate::follower::Follower;

/// How many events are written before how far they are is.
const MANY: usize = 100;

/// The events of a stream, on their way into the log.
pub(crate) struct Logged<F> {
    log: Log,
    stream: String,
    /// The conference that an event is about, given the one that the event before it was about.
    conference: F,
}

impl<F> Logged<F> {
    pub(crate) fn new<C: BoundedContext>(log: Log, stream: &C::Stream, conference: F) -> Self
    where
        F: Fn(Option<ConferenceId>, &C::Event) -> Option<ConferenceId> + Sync,
    {
        Self {
            log,
            stream: stream.to_string(),
            conference,
        }
    }
}

impl<C, F> Follower<C> for Logged<F>
where
    C: BoundedContext,
    F: Fn(Option<ConferenceId>, &C::Event) -> Option<ConferenceId> + Sync,
{
    type Doc = LogSource;
    type Along = Vec<LoggedEvent>;

    fn row(&self) -> (&View<LogSource>, &str) {
        (&self.log.sources, &self.stream)
    }

    fn apply(
        &self,
        doc: Option<LogSource>,
        events: &mut Vec<LoggedEvent>,
        recorded: &Recorded<'_, C>,
    ) -> Option<LogSource> {
        let before = doc.and_then(|source| source.conference_id);
        let conference_id = (self.conference)(before, recorded.event);
        events.push(LoggedEvent {
            id: recorded.id,
            stream: self.stream.clone(),
            version: recorded.version,
            name: recorded.name(),
            at: recorded.at,
            actor: recorded.actor.clone(),
            command_id: recorded.command_id,
            correlation_id: recorded.correlation_id,
            causation_id: recorded.causation_id,
            conference_id,
            words: C::words(recorded.event),
        });
        Some(LogSource { conference_id })
    }

    fn is_full(&self, events: &Vec<LoggedEvent>) -> bool {
        events.len() >= MANY
    }

    async fn write(
        &self,
        row: &Row<LogSource>,
        over: Option<u64>,
        events: &Vec<LoggedEvent>,
    ) -> Result<Written, Error> {
        self.log.put(row, over, events).await
    }
}

/// The conference that an event of booking is about. Most streams say it in their name; an order says it when it is placed.
pub(crate) fn of_booking(
    stream: &booking::StreamId,
    before: Option<ConferenceId>,
    event: &booking::Event,
) -> Option<ConferenceId> {
    use booking::{Event, StreamId, slug::Event::SlugClaimed};
    if let StreamId::Conference(id) | StreamId::Seats(id, _) | StreamId::Promo(id, _) = stream {
        return Some(*id);
    }
    if let Event::Order(OrderPlaced { conference_id, .. })
    | Event::Slug(SlugClaimed { conference_id }) = event
    {
        return Some(*conference_id);
    }
    before
}

/// The conference that an event of an account is about: what is charged and refunded is; the account itself is about none.
pub(crate) fn of_accounts(event: &accounts::Event) -> Option<ConferenceId> {
    use accounts::Event;
    match event {
        Event::ChargePosted { conference_id, .. }
        | Event::ChargeDeclined { conference_id, .. }
        | Event::RefundPosted { conference_id, .. } => Some(*conference_id),
        Event::EntryReversed { clearing, .. } => match clearing {
            ClearingAccount::Conference(id) => Some(*id),
            ClearingAccount::Provider(_) => None,
        },
        Event::AccountOpened { .. }
        | Event::AccountApproved {}
        | Event::AccountDenied { .. }
        | Event::AccountBlocked { .. }
        | Event::AccountUnblocked {}
        | Event::AccountClosed {}
        | Event::CreditLimitSet { .. }
        | Event::TopUpStarted { .. }
        | Event::TopUpCredited { .. }
        | Event::TopUpFailed { .. } => None,
    }
}
