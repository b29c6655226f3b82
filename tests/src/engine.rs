//! A DynamoDB for a test: the embedded engine in memory, or the one that `PLENARY_TEST_DYNAMODB` names.

use std::path::Path;

use aws_sdk_dynamodb::Client;
use dynoxide::Database;
use plenary_http::start::local_dynamodb;
use tokio::net::TcpListener;

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
        let endpoint = match std::env::var("PLENARY_TEST_DYNAMODB") {
            Ok(endpoint) => endpoint,
            Err(_) => {
                let database = Database::memory().expect("a database in memory");
                serve(database).await.expect("the embedded engine starts")
            }
        };
        Self::at(endpoint).await
    }

    /// Start one on a data file, which is made if there is none.
    ///
    /// # Panics
    /// If it cannot be started.
    #[expect(clippy::expect_used, reason = "no test can go on without it")]
    pub async fn on(file: &Path) -> Self {
        let database = Database::new(&file.to_string_lossy()).expect("a database on a file");
        Self::at(serve(database).await.expect("the embedded engine starts")).await
    }

    #[expect(clippy::expect_used, reason = "no test can go on without it")]
    async fn at(endpoint: String) -> Self {
        let client = local_dynamodb(&endpoint);
        for log in [local::booking_log(), local::accounts_log()] {
            event_store::create_tables(&client, &log)
                .await
                .expect("the event tables can be made");
        }
        read_model::create_tables(&client, &read_model::Tables::default())
            .await
            .expect("the views can be made");
        Self { client, endpoint }
    }
}

/// Serve a database on a free port of this machine, as long as the test runs. Answers its address.
///
/// # Errors
/// No port is free.
pub async fn serve(database: Database) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(dynoxide::server::serve_with_shutdown(
        listener,
        database,
        std::future::pending(),
    ));
    Ok(format!("http://{address}"))
}
