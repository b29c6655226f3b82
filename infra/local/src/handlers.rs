//! The functions' own handlers, made as their cold starts make them.

use aws_sdk_dynamodb::Client;
use plenary_http::start::local;

use crate::{
    bus,
    tables::{ERASURES, PUBLICATIONS, accounts_log, booking_log},
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
    pub history: history::History,
    pub operations: operations::Operations,
    pub eraser: eraser::Eraser,
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
        let projector = projector::Projector::new(
            client.clone(),
            booking.clone(),
            accounts.events.clone(),
            views.clone(),
        );
        Self {
            history: history::History::new(client, booking.events.clone(), accounts.events.clone()),
            operations: operations::Operations::new(projector.clone()),
            eraser: eraser::Eraser::new(
                client,
                booking.events.clone(),
                projector.clone(),
                ERASURES.to_owned(),
            ),
            commands: commands::Commands::new(client.clone(), booking.clone(), Default::default()),
            queries: queries::Queries::new(client, &views),
            publisher: publisher::Publisher::new(client, events, places),
            processes: processes::Processes::new(
                client,
                booking.events.clone(),
                (&views.availability, &views.generations),
                Default::default(),
            ),
            projector,
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::issuer::CLIENT_ID;

    #[test]
    fn the_functions_under_cargo_lambda_are_told_the_same() {
        let told: HashMap<&str, &str> = include_str!("../../aws/watch.env")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .collect();
        let url = "http://127.0.0.1:3000";
        let (booking, accounts) = (booking_log(), accounts_log());
        let views = read_model::Tables::default();
        let (bus_at, checkout_at) = (bus::PATH, test_provider::PATH);
        for (name, value) in [
            ("EVENTS_TABLE", booking.events),
            ("ACCOUNT_EVENTS_TABLE", accounts.events),
            ("KEYS_TABLE", accounts.keys),
            ("CATALOGUE_TABLE", views.catalogue),
            ("AVAILABILITY_TABLE", views.availability),
            ("ORDERS_TABLE", views.orders),
            ("PROMO_CODES_TABLE", views.promo_codes),
            ("ACCOUNTS_TABLE", views.accounts),
            ("ENTRIES_TABLE", views.entries),
            ("PROCEEDS_TABLE", views.proceeds),
            ("LOG_TABLE", views.log),
            ("ANALYTICS_TABLE", views.analytics),
            ("POPULARITY_TABLE", views.popularity),
            ("DEAD_LETTERS_TABLE", views.dead_letters),
            ("GENERATIONS_TABLE", views.generations),
            ("PUBLICATIONS_TABLE", PUBLICATIONS.to_owned()),
            ("ERASURES_TABLE", ERASURES.to_owned()),
            ("EVENTBRIDGE_ENDPOINT", format!("{url}{bus_at}")),
            ("EVENT_BUS", bus::NAME.to_owned()),
            ("TOKEN_ISSUER", url.to_owned()),
            ("TOKEN_AUDIENCE", CLIENT_ID.to_owned()),
            ("PUBLIC_URL", url.to_owned()),
            ("PAYMENT_CHECKOUT_URL", format!("{url}{checkout_at}")),
            ("PAYMENT_SECRET", test_provider::SECRET.to_owned()),
        ] {
            assert_eq!(told.get(name).copied(), Some(value.as_str()), "{name}");
        }
    }
}
