//! Lambda: the booking context's commands.
//!
//! A request is read into a [`domain::booking::Command`], decided and appended by the event store, and its outcome becomes the
//! answer. Each step is a module: `intent`, [`event_store::EventStore::execute`], `answer`; a no of the domain becomes a
//! problem in `refusal`.

mod answer;
mod intent;
mod refusal;

use domain::{
    Actor,
    booking::{Booking, Context, Rejection, Rules},
};
use event_store::{Envelope, EventStore, ExecuteError, Fault, Outcome, Tables};
use plenary_http::{
    Call, Caller, Request, Response, fault, idempotency_key,
    metrics::{self, Metric},
    now, request_id, respond, route,
};
use shared::{Problem, ProblemType, endpoint::Function, views::Attendee};

use crate::intent::Intent;

/// The command function.
pub struct Commands {
    store: EventStore<Booking>,
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
        let executed = self.store.execute(&command, &envelope).await;
        report(request, &call, &envelope, &executed);
        match executed {
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

/// One log line and one set of metrics for each command: what became of it, never what it said.
fn report(
    request: &Request,
    call: &Call,
    envelope: &Envelope<Rules>,
    executed: &Result<Outcome<Booking>, ExecuteError<Rejection>>,
) {
    let (became, conflicts) = match executed {
        Ok(Outcome { again: true, .. }) => ("answered again", 0),
        Ok(Outcome { conflicts, .. }) => ("accepted", *conflicts),
        Err(ExecuteError::Rejected(_)) => ("rejected", 0),
        Err(ExecuteError::KeyReused) => ("key reused", 0),
        Err(ExecuteError::Busy) => ("busy", event_store::ATTEMPTS),
        Err(ExecuteError::Fault(_)) => ("fault", 0),
    };
    let took = now().millis() - envelope.context.at.millis();
    tracing::info!(
        request_id = request_id(request),
        correlation_id = %envelope.correlation_id,
        command = ?call.name,
        became,
        conflicts,
        took_ms = took,
        "a command"
    );
    let count = |name, is: bool| Metric::Count(name, u32::from(is));
    metrics::emit(&[
        Metric::Count("Commands", 1),
        count("Rejections", became == "rejected"),
        count("AnsweredAgain", became == "answered again"),
        count("Busy", became == "busy"),
        Metric::Count("Conflicts", conflicts),
        Metric::Millis("Took", took),
    ]);
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
