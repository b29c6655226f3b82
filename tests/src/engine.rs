//! A DynamoDB for a test: the embedded engine in memory, or the one that `PLENARY_TEST_DYNAMODB` names.

use std::path::Path;

use aws_sdk_dynamodb::Client;

/// A DynamoDB with the event tables, the key table and the views. Where `PLENARY_TEST_DYNAMODB` names one, tests share
/// its tables; each makes ids of its own.
pub struct Engine {
    pub client: Client,
    /// Where it answers.
    pub endpoint: String,
}

impl Engine {
    /// Start one.
    ///
    /// # Panics
    /// If it cannot be started: no test can go on then.
    #[expect(clippy::expect_used, reason = "no test can go on without it")]
    pub async fn start() -> Self {
        let running = match std::env::var("PLENARY_TEST_DYNAMODB") {
            Ok(endpoint) => local::Engine::at(&endpoint).await,
            Err(_) => local::Engine::in_memory().await,
        };
        Self::with_tables(running.expect("the engine starts")).await
    }

    /// Start one on a data file, which is made if there is none.
    ///
    /// # Panics
    /// If it cannot be started.
    #[expect(clippy::expect_used, reason = "no test can go on without it")]
    pub async fn on(file: &Path) -> Self {
        let running = local::Engine::embedded(file, 0).await;
        Self::with_tables(running.expect("the engine starts")).await
    }

    #[expect(clippy::expect_used, reason = "no test can go on without it")]
    async fn with_tables(running: local::Engine) -> Self {
        let client = running.client();
        for log in [local::booking_log(), local::accounts_log()] {
            event_store::create_tables(&client, &log)
                .await
                .expect("the event tables can be made");
        }
        read_model::create_tables(&client, &read_model::Tables::default())
            .await
            .expect("the views can be made");
        let endpoint = running.endpoint().to_owned();
        // Whoever only keeps the client needs it as well: it ends with the test.
        std::mem::forget(running);
        Self { client, endpoint }
    }
}
