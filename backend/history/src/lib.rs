//! Lambda: reads the logs themselves: streams, and how things stood at any moment. It writes nothing.

use aws_sdk_dynamodb::Client;
use domain::{accounts::Accounts, booking::Booking};
use event_store::{EventStore, Tables};
use plenary_http::{Request, Response, not_found, respond, route};
use shared::{Problem, endpoint::Function};

/// The history function. Cheap to clone.
#[derive(Clone)]
pub struct History {
    _booking: EventStore<Booking>,
    _accounts: EventStore<Accounts>,
}

impl History {
    /// Over both contexts' event tables.
    pub fn new(client: &Client, events: String, account_events: String) -> Self {
        let store = Tables::without_keys;
        Self {
            _booking: EventStore::new(client.clone(), store(events)),
            _accounts: EventStore::new(client.clone(), store(account_events)),
        }
    }

    /// Answer one request.
    pub async fn handle(&self, request: Request) -> Response {
        let answered = self.answer(&request).await;
        answered.unwrap_or_else(|problem| respond::problem(&problem))
    }

    async fn answer(&self, request: &Request) -> Result<Response, Problem> {
        route(Function::History, request)?;
        Err(not_found())
    }
}
