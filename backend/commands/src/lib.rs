//! Lambda: the booking context's commands.
//!
//! A request is read into a [`domain::Command`], decided and appended by the event store, and its outcome becomes the
//! answer. Each step is a module: `intent`, [`event_store::EventStore::execute`], `answer`; a no of the domain becomes a
//! problem in `refusal`.

mod answer;
mod intent;
mod refusal;

use domain::{Actor, Context, Rules};
use event_store::{Envelope, EventStore, ExecuteError, Fault, Tables};
use plenary_http::{Caller, Request, Response, fault, idempotency_key, now, respond, route};
use shared::{Problem, ProblemType, endpoint::Function, views::Attendee};

use crate::intent::Intent;

/// The command function.
pub struct Commands {
    store: EventStore,
    rules: Rules,
}

impl Commands {
    /// Over these tables of this DynamoDB, under these rules.
    pub fn new(client: aws_sdk_dynamodb::Client, tables: Tables, rules: Rules) -> Self {
        Self {
            store: EventStore::new(client, tables),
            rules,
        }
    }

    /// Answer one request.
    pub async fn handle(&self, request: Request) -> Response {
        self.answer(&request)
            .await
            .unwrap_or_else(|problem| respond::problem(&problem))
    }

    async fn answer(&self, request: &Request) -> Result<Response, Problem> {
        let call = route(Function::Commands, request)?;
        let caller = call.signed_in()?;
        let command_id = idempotency_key(request)?;
        let Intent { command, said } = Intent::read(&call, request, command_id)?;

        let fingerprint = self.store.keys().fingerprint(&caller.person, &said).await;
        let envelope = Envelope {
            context: Context {
                command_id,
                actor: actor(caller),
                at: now(),
                rules: self.rules,
            },
            fingerprint: fingerprint.map_err(|broken| broke(request, &broken))?,
            correlation_id: command_id.0,
            causation_id: None,
        };
        match self.store.execute(&command, &envelope).await {
            Ok(outcome) => Ok(answer::accepted(&call, &command, outcome)),
            Err(ExecuteError::Rejected(rejection)) => Err(refusal::problem(rejection)),
            Err(ExecuteError::KeyReused) => Err(Problem::new(
                ProblemType::IdempotencyKeyReused,
                "This Idempotency-Key came with another command before. Make a new one for a new intent.",
            )),
            Err(ExecuteError::Busy) => Err(respond::busy(1)),
            Err(ExecuteError::Fault(broken)) => Err(broke(request, &broken)),
        }
    }
}

/// A fault, logged and answered without its cause. Only too much at once is the caller's to know: to wait.
fn broke(request: &Request, broken: &Fault) -> Problem {
    match broken {
        Fault::Database {
            throttled: true, ..
        } => respond::busy(1),
        Fault::Database { .. } | Fault::Unreadable(_) | Fault::Crypto => fault(request, broken),
    }
}

fn actor(caller: &Caller) -> Actor {
    Actor {
        person: caller.person.clone(),
        is_operator: caller.is_operator,
        contact: caller.name.clone().map(|name| Attendee {
            name,
            email: caller.email.clone(),
        }),
    }
}
