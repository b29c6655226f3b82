//! The functions, wherever they run: in this process, or under `cargo lambda watch`. Who calls them does not know which.
//!
//! They are called with the JSON that AWS calls them with, and in both places the same types read it.

use aws_lambda_events::event::streams::DynamoDbEventResponse;
use plenary_http::{Response, not_found, respond};
use serde_json::Value;
use shared::endpoint::Function;
use tokio::sync::watch;

use crate::{api_event, watched::Watched};

/// The functions.
pub struct Functions {
    place: Place,
    /// Told after each call that may have written events, so that the streams are read at once.
    written: watch::Sender<()>,
}

/// Where the functions are.
#[expect(
    clippy::large_enum_variant,
    reason = "a running system has one of these"
)]
pub enum Place {
    /// Their handlers, in this process.
    InProcess(Handlers),
    /// Processes of their own, which `cargo lambda watch` builds, runs and serves.
    Watched(Watched),
}

/// The functions' own handlers.
pub struct Handlers {
    pub commands: commands::Commands,
    pub queries: queries::Queries,
    pub projector: projector::Projector,
}

/// Why a call of a function came to nothing. It is for the log: the caller learns only that there was a fault.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("it does not take the event")]
    Event(#[source] serde_json::Error),
    #[error("nothing answers where it should be")]
    NoAnswer(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("it did not answer in time")]
    TooSlow,
    #[error("it failed with {0}")]
    Failed(String),
    #[error("its answer cannot be read")]
    Answer(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Functions {
    /// Those that are there.
    pub fn new(place: Place) -> Self {
        let written = watch::Sender::new(());
        Self { place, written }
    }

    /// Changes whenever events may have been written.
    pub fn written(&self) -> watch::Receiver<()> {
        self.written.subscribe()
    }

    /// Call a function with an HTTP face with API Gateway's event.
    ///
    /// # Errors
    ///
    /// Where it gives no answer. It may have done its work all the same.
    pub async fn answer(&self, function: Function, event: &Value) -> Result<Response, CallError> {
        let answered = match &self.place {
            Place::InProcess(handlers) => {
                let request = api_event::request(event).map_err(CallError::Event)?;
                Ok(match function {
                    Function::Commands => handlers.commands.handle(request).await,
                    Function::Queries => handlers.queries.handle(request).await,
                    Function::Accounts => respond::problem(&not_found()),
                })
            }
            Place::Watched(watched) => watched.answer(function, event).await,
        };
        if function != Function::Queries {
            self.written.send_replace(());
        }
        answered
    }

    /// Call the projector with a batch of stream records.
    ///
    /// # Errors
    ///
    /// Where it gives no report: all of the batch counts as failed.
    pub async fn project(&self, batch: &Value) -> Result<DynamoDbEventResponse, CallError> {
        match &self.place {
            Place::InProcess(handlers) => {
                let batch = serde::Deserialize::deserialize(batch).map_err(CallError::Event)?;
                Ok(handlers.projector.handle(batch).await)
            }
            Place::Watched(watched) => watched.project(batch).await,
        }
    }
}
