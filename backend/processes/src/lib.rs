//! Lambda on the bus and on a schedule: what must happen next in the booking context.
//!
//! The registration process answers what the accounts context says with the next command, and the cancellation of a
//! conference with that of its orders; the schedule releases holds whose time is over. Nothing is remembered here: each
//! command's id follows from the event that caused it, so what comes twice is done once, and what the commands need to
//! know they find in the log.
//!
//! | module | holds |
//! |---|---|
//! | `registration` | what follows from an integration event: a pure function |
//! | `due_holds` | the schedule's work |

mod due_holds;
mod registration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_dynamodb::Client;
use domain::booking::{Booking, Command, Rejection, Rules, State, StreamId};
use event_store::{Envelope, EventStore, ExecuteError, Fault, Tables};
use integration::IntegrationEvent;
use plenary_http::now;
use read_model::DuePools;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{ConferenceId, OrderId};

pub use due_holds::Swept;
pub use registration::{NextStep, next_step};

/// The name under which these commands stand in the log, where a person's would.
const PROCESS: &str = "registration";

/// The processes function. Cheap to clone.
#[derive(Clone)]
pub struct Processes {
    store: EventStore<Booking>,
    due: DuePools,
    rules: Rules,
}

/// What the schedule asks for: `{"schedule": "due-holds"}`.
#[derive(Deserialize)]
#[serde(tag = "schedule", rename_all = "kebab-case")]
enum Scheduled {
    DueHolds,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("neither messages nor a schedule: {0}")]
    Event(#[from] serde_json::Error),
    #[error(transparent)]
    Views(#[from] read_model::Error),
}

/// Why an event could not be followed up.
#[derive(Debug, thiserror::Error)]
pub enum NotFollowedUp {
    /// The event contradicts the log.
    #[error("{0}")]
    Rejected(Rejection),
    /// Too many commands for the same streams.
    #[error("lost every race")]
    Busy,
    /// Two different commands under one id, which no event can cause.
    #[error("the command's id was used for another command")]
    KeyReused,
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<ExecuteError<Rejection>> for NotFollowedUp {
    fn from(error: ExecuteError<Rejection>) -> Self {
        match error {
            ExecuteError::Rejected(rejection) => Self::Rejected(rejection),
            ExecuteError::KeyReused => Self::KeyReused,
            ExecuteError::Busy => Self::Busy,
            ExecuteError::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Processes {
    /// Over this event table, this view of pools and its generations, under these rules.
    pub fn new(
        client: &Client,
        events: String,
        (availability, generations): (&str, &str),
        rules: Rules,
    ) -> Self {
        Self {
            store: EventStore::new(client.clone(), Tables::without_keys(events)),
            due: DuePools::new(client.clone(), availability, generations),
            rules,
        }
    }

    /// Answer one call, of the queue or of the schedule.
    ///
    /// # Errors
    /// The call is neither, or the sweep could not begin.
    pub async fn call(&self, event: Value) -> Result<Value, CallError> {
        if event.get("Records").is_some() {
            let batch = serde_json::from_value(event)?;
            return Ok(serde_json::to_value(self.deliver(batch).await)?);
        }
        let Scheduled::DueHolds = serde_json::from_value(event)?;
        let swept = self.release_due_holds().await?;
        Ok(json!({ "pools": swept.pools, "failed": swept.failed }))
    }

    /// Follow up a batch of integration events. Named in the answer is what must come again.
    pub async fn deliver(&self, batch: SqsEvent) -> SqsBatchResponse {
        integration::deliver(batch, |event| async move { self.follow_up(&event).await }).await
    }

    /// What follows from one event.
    async fn follow_up(&self, event: &IntegrationEvent) -> Result<(), NotFollowedUp> {
        match next_step(&event.data) {
            NextStep::Nothing => Ok(()),
            NextStep::Send(step, command) => self.send(event, step, &command).await,
            NextStep::CancelOrders(conference) => {
                for order in self.orders_of(conference).await? {
                    let step = format!("cancel {order}");
                    let cancel = Command::CancelWithConference(order);
                    self.send(event, &step, &cancel).await?;
                }
                Ok(())
            }
        }
    }

    async fn send(
        &self,
        event: &IntegrationEvent,
        step: &str,
        command: &Command,
    ) -> Result<(), NotFollowedUp> {
        let envelope = Envelope::follow_up(
            PROCESS,
            event.follow_up(step),
            (event.correlation_id, Some(event.id)),
            now(),
            self.rules,
        );
        self.store.execute(command, &envelope).await?;
        Ok(())
    }

    /// The orders that have seats of a conference. Each that is cancelled leaves its pools, so whoever begins again after
    /// a crash finds those that are left; and none comes new, because the conference was cancelled first.
    async fn orders_of(&self, id: ConferenceId) -> Result<Vec<OrderId>, Fault> {
        let mut orders = Vec::new();
        if let State::Conference(conference) =
            &*self.store.current(&StreamId::Conference(id)).await?
        {
            for pool in conference.seat_type_ids() {
                if let State::Seats(seats) =
                    &*self.store.current(&StreamId::Seats(id, pool)).await?
                {
                    orders.extend(seats.orders());
                }
            }
        }
        orders.sort();
        orders.dedup();
        Ok(orders)
    }
}
