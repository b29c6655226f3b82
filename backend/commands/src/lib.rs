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
    booking::{Booking, Command, Context, Rules},
};
use event_store::{Envelope, EventStore, ExecuteError, Fault, Fingerprint, Tables, became};
use plenary_http::{
    Caller, Report, Request, Response, idempotency_key, now, request_id, respond, route,
};
use shared::{Problem, endpoint::Function, views::Attendee};

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
        let Intent { command, said } = Intent::read(&call, caller, request, command_id)?;

        let broke = |broken: Fault| respond::broke(request, &broken, broken.is_throttled());

        let fingerprint = if let Command::Forget(_) = command {
            // It says nothing but that it is sent, and sending it again must make no new key.
            Ok(Fingerprint(*command_id.0.as_bytes()))
        } else {
            let keys = self.store.keys();
            keys.fingerprint(&caller.person, said.bytes()).await
        };
        let envelope = Envelope {
            context: Context {
                command_id,
                actor: actor(caller),
                at: now(),
                rules: self.rules,
            },
            fingerprint: fingerprint.map_err(broke)?,
            correlation_id: command_id.0,
            causation_id: None,
        };
        let executed = self.store.execute(&command, &envelope).await;
        let (became, conflicts) = became(&executed);
        let report = Report {
            request_id: request_id(request),
            correlation_id: &envelope.correlation_id,
            command: &call.name,
            became,
            conflicts,
            received_at: envelope.context.at,
        };
        report.write();
        match executed {
            Ok(outcome) => Ok(answer::accepted(&call, &command, outcome)),
            Err(ExecuteError::Rejected(rejection)) => Err(refusal::problem(rejection)),
            Err(ExecuteError::KeyReused) => Err(respond::key_reused()),
            Err(ExecuteError::Busy) => Err(respond::busy(1)),
            Err(ExecuteError::Fault(broken)) => Err(broke(broken)),
        }
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
