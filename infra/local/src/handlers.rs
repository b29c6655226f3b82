//! The functions' own handlers, made as their cold starts make them.

use aws_sdk_dynamodb::Client;
use plenary_http::start::local;

use crate::{
    bus,
    tables::{PUBLICATIONS, accounts_log, booking_log},
    test_provider,
};

/// The functions' own handlers.
pub struct Handlers {
    pub commands: commands::Commands,
    pub accounts: accounts::Accounts,
    pub queries: queries::Queries,
    pub projector: projector::Projector,
    pub publisher: publisher::Publisher,
    pub processes: processes::Processes,
}

impl Handlers {
    /// Over this DynamoDB, in the system at this address, with what `infra/aws/watch.env` tells the functions under cargo
    /// lambda.
    pub fn new(client: &Client, url: &str) -> Self {
        let (booking, accounts) = (booking_log(), accounts_log());
        let views = read_model::Tables::default();
        let checkout_url = format!("{url}{}", test_provider::PATH);
        let provider = accounts::provider::TestProvider::new(checkout_url, test_provider::SECRET);
        let events = aws_sdk_eventbridge::Client::new(&local(&format!("{url}{}", bus::PATH)));
        let places = publisher::Places {
            booking: booking.events.clone(),
            accounts: accounts.events.clone(),
            publications: PUBLICATIONS.to_owned(),
            bus: bus::NAME.to_owned(),
        };
        Self {
            commands: commands::Commands::new(client.clone(), booking.clone(), Default::default()),
            queries: queries::Queries::new(client, &views),
            publisher: publisher::Publisher::new(client, events, places),
            processes: processes::Processes::new(
                client,
                booking.events.clone(),
                &views.availability,
                Default::default(),
            ),
            projector: projector::Projector::new(
                client.clone(),
                booking,
                accounts.events.clone(),
                views,
            ),
            accounts: accounts::Accounts::new(
                client.clone(),
                accounts,
                Default::default(),
                Box::new(provider),
                url,
            ),
        }
    }
}
