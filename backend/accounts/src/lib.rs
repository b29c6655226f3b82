//! Lambda: the accounts context. It is called by people and operators over HTTP, by payment providers at their callback's
//! address, and by the queue that brings integration events; all three lead to a [`Command`], decided and appended by
//! the event store.
//!
//! | module | holds |
//! |---|---|
//! | `intent` | from a request to a command |
//! | `answer`, `refusal` | from an outcome, or the domain's no, to what is answered |
//! | [`provider`] | payment providers: their pages, and their signed word |
//! | `reaction` | from an integration event to a command |

mod answer;
mod intent;
pub mod provider;
mod reaction;
mod refusal;

use std::fmt;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use domain::{
    Actor,
    accounts::{self as context, Action, Command, Context, Rejection, Rules, StreamId},
};
use event_store::{Envelope, EventStore, ExecuteError, Fault, Tables, became};
use integration::IntegrationEvent;
use lambda_http::http::StatusCode;
use plenary_http::{
    Call, Caller, Report, Request, Response, idempotency_key, not_found, now, raw_body, request_id,
    respond, route,
};
use serde_json::json;
use shared::{
    CommandId, Problem, ProblemType, TopUpId,
    endpoint::{Function, Name},
};

use intent::Intent;
use provider::{PaymentResult, Provider, ProviderAnswer};
pub use reaction::reaction;

type Outcome = event_store::Outcome<context::Accounts>;
type Refused = ExecuteError<Rejection>;

/// The accounts function.
pub struct Accounts {
    store: EventStore<context::Accounts>,
    rules: Rules,
    provider: Box<dyn Provider>,
    /// Where the web app is: a provider's page sends people back there.
    public_url: String,
}

/// For operators: what a command was, and which invocation or message brought it.
struct Origin<'a> {
    name: &'a (dyn fmt::Debug + Sync),
    request_id: &'a str,
}

impl Accounts {
    /// Over these tables of this DynamoDB, under these rules, with this provider for people who come from `public_url`.
    pub fn new(
        client: aws_sdk_dynamodb::Client,
        tables: Tables,
        rules: Rules,
        provider: Box<dyn Provider>,
        public_url: &str,
    ) -> Self {
        Self {
            store: EventStore::new(client, tables),
            rules,
            provider,
            public_url: public_url.trim_end_matches('/').to_owned(),
        }
    }

    /// Answer one request.
    pub async fn handle(&self, request: Request) -> Response {
        let answered = match route(Function::Accounts, &request) {
            Ok(call) if call.name == Name::PaymentCallback => {
                self.called_back(&call, &request).await
            }
            Ok(call) => self.command(&call, &request).await,
            Err(problem) => Err(problem),
        };
        answered.unwrap_or_else(|problem| respond::problem(&problem))
    }

    /// A person's or an operator's command.
    async fn command(&self, call: &Call, request: &Request) -> Result<Response, Problem> {
        let caller = call.signed_in()?;
        let id = idempotency_key(request)?;
        let Intent { command, said } =
            Intent::read(call, caller, request, id, self.provider.name())?;
        let fingerprint = self.store.keys().fingerprint(&caller.person, said.bytes());
        let fingerprint = fingerprint
            .await
            .map_err(|broken| problem(request, broken.into()))?;
        let envelope = Envelope {
            context: Context {
                command_id: id,
                actor: actor(caller),
                at: now(),
                rules: self.rules,
            },
            fingerprint,
            correlation_id: id.0,
            causation_id: None,
        };
        let origin = Origin {
            name: &call.name,
            request_id: request_id(request),
        };
        let outcome = self.execute(&command, &envelope, &origin).await;
        let outcome = outcome.map_err(|refused| problem(request, refused))?;
        let Action::StartTopUp { top_up_id, .. } = command.action else {
            return Ok(answer::account(&outcome));
        };
        // The start is in the log before the provider hears of it, so that no payment can come for a top-up that nobody
        // knows. If this breaks off in between, the same request leads to the same page.
        let page = self.checkout(id, &command.account, top_up_id, &outcome)?;
        let opened = self.provider.checkout(&page).await;
        let url = opened.map_err(|none| refusal::no_checkout(request, &none))?;
        Ok(answer::top_up(&page, url, outcome.wrote))
    }

    /// What is to be paid at the provider's page: always worked out from the account as it was right after the command.
    fn checkout(
        &self,
        command_id: CommandId,
        account: &StreamId,
        top_up_id: TopUpId,
        outcome: &Outcome,
    ) -> Result<provider::Checkout, Problem> {
        let top_up = outcome.home.top_up(top_up_id).ok_or_else(not_found)?;
        if top_up.until <= now() {
            let detail = "The time to pay this top-up has run out. Start a new one.";
            return Err(Problem::new(ProblemType::CheckoutExpired, detail));
        }
        let back_to = match top_up.order_id {
            Some(order_id) => format!("/orders/{order_id}"),
            None => "/account".to_owned(),
        };
        Ok(provider::Checkout {
            command_id,
            top_up_id,
            account: account.clone(),
            amount: top_up.amount,
            description: "Top-up of your Plenary account".to_owned(),
            return_url: format!("{}{back_to}", self.public_url),
            until: top_up.until,
        })
    }

    /// A provider's word on a top-up. It is acknowledged once it is in the log; until then the provider sends it again.
    async fn called_back(&self, call: &Call, request: &Request) -> Result<Response, Problem> {
        if call.text(0) != self.provider.name() {
            return Err(not_found());
        }
        let read = self
            .provider
            .read(request.headers(), raw_body(request)?, now());
        let acknowledged = || respond::json(StatusCode::OK, &json!({}));
        let Some(answer) = read.map_err(|bad| refusal::bad_callback(request, &bad))? else {
            return Ok(acknowledged());
        };
        let command = concluded(&answer);
        let id = CommandId::derived(answer.top_up_id.0, &answer.id);
        let envelope = Envelope::follow_up(
            "payments",
            id,
            (answer.top_up_id.0, None),
            now(),
            self.rules,
        );
        let origin = Origin {
            name: &call.name,
            request_id: request_id(request),
        };
        match self.execute(&command, &envelope, &origin).await {
            Ok(_) => Ok(acknowledged()),
            Err(refused) => {
                if let ExecuteError::Rejected(rejection) = &refused {
                    // The provider may have taken money that is on no account: somebody has to look.
                    tracing::error!(
                        request_id = request_id(request),
                        top_up_id = %answer.top_up_id,
                        callback = answer.id,
                        cause = %rejection,
                        "a payment provider's word was refused"
                    );
                }
                Err(problem(request, refused))
            }
        }
    }

    /// Carry out what follows from a batch of integration events. Named in the answer is what must come again.
    pub async fn deliver(&self, batch: SqsEvent) -> SqsBatchResponse {
        integration::deliver(batch, |event| async move { self.follow_up(&event).await }).await
    }

    /// What follows from one event.
    async fn follow_up(&self, event: &IntegrationEvent) -> Result<(), Refused> {
        let Some((id, command)) = reaction(event) else {
            return Ok(());
        };
        let follows = (event.correlation_id, Some(event.id));
        let envelope = Envelope::follow_up("accounts", id, follows, now(), self.rules);
        let origin = Origin {
            name: &event.event_type(),
            request_id: &event.id.to_string(),
        };
        // What is refused contradicts the ledger: it comes again until it is a dead letter, where a person looks.
        self.execute(&command, &envelope, &origin).await?;
        Ok(())
    }

    /// Decide a command, append what it decides, and report what became of it.
    async fn execute(
        &self,
        command: &Command,
        envelope: &Envelope<Rules>,
        origin: &Origin<'_>,
    ) -> Result<Outcome, Refused> {
        let executed = self.store.execute(command, envelope).await;
        let (became, conflicts) = became(&executed);
        let report = Report {
            request_id: origin.request_id,
            correlation_id: &envelope.correlation_id,
            command: origin.name,
            became,
            conflicts,
            received_at: envelope.context.at,
        };
        report.write();
        executed
    }
}

/// The command that a provider's word comes to.
fn concluded(answer: &ProviderAnswer) -> Command {
    let top_up_id = answer.top_up_id;
    let action = match &answer.result {
        PaymentResult::Succeeded { amount, reference } => Action::CreditTopUp {
            top_up_id,
            amount: *amount,
            reference: reference.clone(),
        },
        PaymentResult::Failed { reason } => Action::FailTopUp {
            top_up_id,
            reason: *reason,
        },
    };
    Command {
        account: answer.account.clone(),
        action,
    }
}

/// What an operator or a person is told of a command that was not carried out.
fn problem(request: &Request, refused: Refused) -> Problem {
    match refused {
        ExecuteError::Rejected(rejection) => refusal::problem(&rejection),
        ExecuteError::KeyReused => respond::key_reused(),
        ExecuteError::Busy => respond::busy(1),
        ExecuteError::Fault(broken) => {
            respond::broke(request, &broken, Fault::is_throttled(&broken))
        }
    }
}

fn actor(caller: &Caller) -> Actor {
    Actor {
        person: caller.person.clone(),
        is_operator: caller.is_operator,
        contact: None,
    }
}
