//! Lambda: reads the logs themselves: streams, and how things stood at any moment. It writes nothing.
//!
//! | module | answers |
//! |---|---|
//! | `stream` | a stream, commit by commit, each held against the one before it |
//! | `availability` | how a conference's seats stood |
//! | `seat_moments` | when they changed |
//! | `order`, `account` | an order, an account as it was |
//! | `what_if` | a seat type's history under other rules |
//! | `moment` | which moment is asked for |

mod account;
mod availability;
mod moment;
mod order;
mod seat_moments;
mod stream;
mod what_if;

use aws_sdk_dynamodb::Client;
use domain::{
    accounts::Accounts,
    booking::{Booking, State, StreamId, conference::Conference},
};
use event_store::{EventStore, Fault, ReadError, Tables};
use plenary_http::{
    Call, Request, Response, Visibility, not_found, respond,
    respond::{broke, cached_json},
    route,
};
use serde::Serialize;
use shared::{
    ConferenceId, Problem,
    endpoint::{Function, Name},
    history::Reads,
};

/// The history function. Cheap to clone.
#[derive(Clone)]
pub struct History {
    booking: EventStore<Booking>,
    accounts: EventStore<Accounts>,
}

/// Why there is no answer.
enum Refusal {
    /// What the caller asked for cannot be answered.
    Problem(Problem),
    /// The database did not do its part, or something in the log cannot be read.
    Fault(Fault),
    /// An item of the log is no commit.
    Misfit(event_store::Misfit),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Fault(fault) => Self::Fault(fault),
            ReadError::Misfit(misfit) => Self::Misfit(misfit),
        }
    }
}

impl History {
    /// Over both contexts' event tables.
    pub fn new(client: &Client, events: String, account_events: String) -> Self {
        let store = Tables::without_keys;
        Self {
            booking: EventStore::new(client.clone(), store(events)),
            accounts: EventStore::new(client.clone(), store(account_events)),
        }
    }

    /// Answer one request.
    pub async fn handle(&self, request: Request) -> Response {
        let problem = match self.answer(&request).await {
            Ok(answer) => return answer,
            Err(Refusal::Problem(problem)) => problem,
            Err(Refusal::Fault(fault)) => broke(&request, &fault, fault.is_throttled()),
            Err(Refusal::Misfit(misfit)) => broke(&request, &misfit, false),
        };
        respond::problem(&problem)
    }

    async fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        fn shown(request: &Request, view: &impl Serialize) -> Response {
            cached_json(request, Visibility::Private, view)
        }
        let call = route(Function::History, request)?;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the endpoints of other functions do not lead here"
        )]
        Ok(match call.name {
            Name::Stream => shown(request, &self.stream(request, &call).await?),
            Name::AvailabilityThen => shown(request, &self.availability(request, &call).await?),
            Name::OrderThen => shown(request, &self.order(request, &call).await?),
            Name::AccountThen => shown(request, &self.account(request, &call).await?),
            Name::SeatMoments => shown(request, &self.seat_moments(request, &call).await?),
            Name::WhatIf => shown(request, &self.what_if(request, &call).await?),
            _ => return Err(not_found().into()),
        })
    }

    /// The conference whose id the path begins with, as it is now, if the caller runs it. Who that is, the log says.
    async fn own_conference(
        &self,
        call: &Call,
        reads: &mut Reads,
    ) -> Result<(ConferenceId, Conference), Refusal> {
        let id: ConferenceId = call.parameter(0)?;
        let caller = call.signed_in()?;
        let now = self.booking.now(&StreamId::Conference(id), reads).await?;
        let State::Conference(conference) = &*now.state else {
            return Err(not_found().into());
        };
        let organizer = conference.organizer().ok_or_else(not_found)?;
        if !caller.is_operator && caller.person != *organizer {
            return Err(not_found().into());
        }
        Ok((id, conference.clone()))
    }
}
