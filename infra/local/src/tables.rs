//! The tables, by the names that they have on a machine that holds only one Plenary, and their making. In AWS the stack
//! does this.

use aws_sdk_dynamodb::Client;
use plenary_http::respond::chain;

use crate::{StartError, local_table, queue};

/// How far the publisher has come.
pub const PUBLICATIONS: &str = "plenary-publications";
/// Which erasures are not finished.
pub const ERASURES: &str = "plenary-erasures";

/// The booking context's log.
pub fn booking_log() -> event_store::Tables {
    event_store::Tables::default()
}

/// The accounts context's log. The key of a person is one in both contexts.
pub fn accounts_log() -> event_store::Tables {
    event_store::Tables {
        events: "plenary-account-events".to_owned(),
        ..event_store::Tables::default()
    }
}

/// Make those that are missing.
pub async fn create(client: &Client) -> Result<(), StartError> {
    let failed = |error: &dyn std::error::Error| StartError::Tables(chain(error));
    let views = read_model::Tables::default();
    let created = read_model::create_tables(client, &views).await;
    created.map_err(|error| failed(&error))?;
    for created in [
        event_store::create_tables(client, &booking_log()).await,
        event_store::create_tables(client, &accounts_log()).await,
        publisher::create_table(client, PUBLICATIONS).await,
        eraser::create_table(client, ERASURES).await,
        local_table::create(client).await,
        queue::create_table(client).await,
    ] {
        created.map_err(|error| failed(&error))?;
    }
    Ok(())
}
