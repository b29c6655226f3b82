//! The functions, wherever they run: in this process, or under `cargo lambda watch`. Who calls them does not know which.
//!
//! They are called with the JSON that AWS calls them with, and in both places the same types read it.

use std::time::Duration;

use aws_lambda_events::event::{sqs::SqsBatchResponse, streams::DynamoDbEventResponse};
use integration::Subscriber;
use plenary_http::{Response, respond::chain};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::endpoint::Function;
use tokio::sync::watch;

use crate::{api_event, handlers::Handlers, watched::Watched};

/// How long operations works at a time.
const TURN: Duration = Duration::from_secs(5);

/// The functions.
pub struct Functions {
    place: Place,
    /// Told after each call that may have written events, so that the streams are read at once.
    written: watch::Sender<()>,
    /// Told after each call of operations, so that what was asked for is begun at once.
    operated: watch::Sender<()>,
}

/// Where the functions are.
pub enum Place {
    /// Their handlers, in this process.
    InProcess(Box<Handlers>),
    /// Processes of their own, which `cargo lambda watch` builds, runs and serves.
    Watched(Box<Watched>),
}

/// A function that follows the logs by their streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follower {
    Projector,
    Publisher,
    Eraser,
}

impl Follower {
    /// Those that follow the booking context's log: every one of them.
    pub const OF_BOOKING: [Self; 3] = [Self::Projector, Self::Publisher, Self::Eraser];
    /// Those that follow the accounts context's.
    pub const OF_ACCOUNTS: [Self; 2] = [Self::Projector, Self::Publisher];

    /// The function's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Projector => "projector",
            Self::Publisher => "publisher",
            Self::Eraser => "eraser",
        }
    }

    /// How the names of those streams begin that it is told of; none where it is told of all. Lambda has it as a filter of
    /// the mapping.
    pub fn filter(self) -> Option<&'static str> {
        match self {
            Self::Projector | Self::Publisher => None,
            Self::Eraser => Some("person#"),
        }
    }
}

/// A function that a schedule calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduled {
    Processes,
    Eraser,
}

impl Scheduled {
    /// Every one of them.
    pub const ALL: [Self; 2] = [Self::Processes, Self::Eraser];

    /// What the schedule sends it.
    pub fn event(self) -> Value {
        match self {
            Self::Processes => json!({ "schedule": "due-holds" }),
            Self::Eraser => json!({ "schedule": "erasures" }),
        }
    }
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
        Self {
            place,
            written: watch::Sender::new(()),
            operated: watch::Sender::new(()),
        }
    }

    /// Changes whenever events may have been written.
    pub fn written(&self) -> watch::Receiver<()> {
        self.written.subscribe()
    }

    /// Changes whenever operations may have been asked for something.
    pub fn operated(&self) -> watch::Receiver<()> {
        self.operated.subscribe()
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
                    Function::Accounts => handlers.accounts.handle(request).await,
                    Function::History => handlers.history.handle(request).await,
                    Function::Operations => handlers.operations.handle(request).await,
                })
            }
            Place::Watched(watched) => watched.answer(function, event).await,
        };
        if function != Function::Queries {
            self.written.send_replace(());
        }
        if function == Function::Operations {
            self.operated.send_replace(());
        }
        answered
    }

    /// Call a function on a stream with a batch of its records.
    ///
    /// # Errors
    ///
    /// Where it gives no report: all of the batch counts as failed.
    pub async fn follow(
        &self,
        follower: Follower,
        batch: &Value,
    ) -> Result<DynamoDbEventResponse, CallError> {
        match &self.place {
            Place::InProcess(handlers) => {
                let batch = read(batch)?;
                Ok(match follower {
                    Follower::Projector => handlers.projector.handle(batch).await,
                    Follower::Publisher => handlers.publisher.handle(batch).await,
                    Follower::Eraser => handlers.eraser.handle(batch).await,
                })
            }
            Place::Watched(watched) => watched.follow(follower, batch).await,
        }
    }

    /// Call a subscriber of the bus with a batch of messages from its queue.
    ///
    /// # Errors
    ///
    /// Where it gives no report: all of the batch counts as failed.
    pub async fn deliver(
        &self,
        subscriber: Subscriber,
        batch: &Value,
    ) -> Result<SqsBatchResponse, CallError> {
        let report = match &self.place {
            Place::InProcess(handlers) => {
                let batch = read(batch)?;
                Ok(match subscriber {
                    Subscriber::Accounts => handlers.accounts.deliver(batch).await,
                    Subscriber::Processes => handlers.processes.deliver(batch).await,
                })
            }
            Place::Watched(watched) => watched.deliver(subscriber, batch).await,
        };
        self.written.send_replace(());
        report
    }

    /// Call a function with its schedule's event.
    ///
    /// # Errors
    ///
    /// Where it fails.
    pub async fn tick(&self, function: Scheduled) -> Result<(), CallError> {
        let event = function.event();
        let done = match &self.place {
            Place::InProcess(handlers) => match function {
                Scheduled::Processes => done(handlers.processes.call(event).await),
                Scheduled::Eraser => done(handlers.eraser.call(event).await),
            },
            Place::Watched(watched) => watched.tick(function).await,
        };
        self.written.send_replace(());
        done
    }

    /// Call operations with the schedule's event. Answers whether there is more to do.
    ///
    /// # Errors
    ///
    /// Where it fails.
    pub async fn operate(&self) -> Result<bool, CallError> {
        let event = json!({ "schedule": "operations" });
        let answer = match &self.place {
            Place::InProcess(handlers) => {
                let worked = handlers.operations.call(event, TURN).await;
                worked.map_err(|error| CallError::Failed(chain(&error)))?
            }
            Place::Watched(watched) => watched.operate(&event).await?,
        };
        Ok(answer["more"] == true)
    }
}

/// Whether a scheduled call did its work.
fn done<T, E: std::error::Error>(called: Result<T, E>) -> Result<(), CallError> {
    called
        .map(drop)
        .map_err(|error| CallError::Failed(chain(&error)))
}

/// The event as the type that the function takes.
fn read<T: DeserializeOwned>(event: &Value) -> Result<T, CallError> {
    T::deserialize(event).map_err(CallError::Event)
}
