//! DynamoDB on this machine: the embedded engine on a loopback socket of this process, or one that runs elsewhere.
//!
//! The functions reach it through the same SDK as in AWS, over HTTP, so that what they meet here is the protocol they
//! meet there.

use std::{path::Path, time::Duration};

use plenary_http::start::{local, local_dynamodb};
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{StartError, background::Background, data_file, listen};

/// A DynamoDB that answers.
pub struct Engine {
    endpoint: String,
    embedded: Option<Embedded>,
}

struct Embedded {
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
    /// What goes on beside it, where it has a file.
    beside: Option<Background>,
}

impl Engine {
    /// Open the embedded engine on this data file, which is made if there is none, and serve it on this port, or with 0
    /// on any.
    ///
    /// # Errors
    ///
    /// Where the file is not one of the engine's, or cannot be opened, or the port is taken.
    pub async fn embedded(file: &Path, port: u16) -> Result<Self, StartError> {
        let unreadable = || StartError::DataFile(file.to_owned());
        let path = file.to_str().ok_or_else(unreadable)?;
        let database = dynoxide::Database::new(path).map_err(|error| {
            tracing::info!(%error, "the engine cannot open the data file");
            unreadable()
        })?;
        data_file::index(file).map_err(|error| {
            tracing::info!(%error, "the stream's records in the data file cannot be indexed");
            unreadable()
        })?;
        let mut engine = Self::serve(database, port).await?;
        if let Some(embedded) = &mut engine.embedded {
            embedded.beside = Some(data_file::keep_empty(file.to_owned()));
        }
        Ok(engine)
    }

    /// Open an embedded engine that keeps everything in memory, and serve it on any port.
    ///
    /// # Errors
    ///
    /// Where it cannot be opened.
    pub async fn in_memory() -> Result<Self, StartError> {
        let database =
            dynoxide::Database::memory().map_err(|error| StartError::Tables(error.to_string()))?;
        Self::serve(database, 0).await
    }

    async fn serve(database: dynoxide::Database, port: u16) -> Result<Self, StartError> {
        let listener = listen(port, "--dynamodb-port").await?;
        let address = listener
            .local_addr()
            .map_err(|error| StartError::CannotListen(port, error))?;
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(dynoxide::server::serve_with_shutdown(
            listener,
            database,
            async move {
                let _ = stopped.await;
            },
        ));
        Ok(Self {
            endpoint: format!("http://{address}"),
            embedded: Some(Embedded {
                stop,
                server,
                beside: None,
            }),
        })
    }

    /// Use the DynamoDB at this address.
    ///
    /// # Errors
    ///
    /// Where it is not a plain HTTP address, or nothing like DynamoDB answers there.
    pub async fn at(endpoint: &str) -> Result<Self, StartError> {
        let is_plain_http = endpoint
            .strip_prefix("http://")
            .is_some_and(|rest| !rest.is_empty() && endpoint.parse::<axum::http::Uri>().is_ok());
        if !is_plain_http {
            return Err(StartError::EndpointAddress(endpoint.to_owned()));
        }
        let engine = Self {
            endpoint: endpoint.to_owned(),
            embedded: None,
        };
        let client = engine.client();
        let answer = client.list_tables().limit(1).send();
        match tokio::time::timeout(Duration::from_secs(10), answer).await {
            Ok(Ok(_)) => Ok(engine),
            Ok(Err(_)) | Err(_) => Err(StartError::EndpointSilent(endpoint.to_owned())),
        }
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A client of its tables.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        local_dynamodb(&self.endpoint)
    }

    /// A client of its streams, with the region and the credentials of the other: some emulators keep data apart by them.
    pub fn streams_client(&self) -> aws_sdk_dynamodbstreams::Client {
        aws_sdk_dynamodbstreams::Client::new(&local(&self.endpoint))
    }

    /// Finish the requests that are running, and close the data file.
    pub async fn stop(self) {
        if let Some(Embedded {
            stop,
            server,
            beside,
        }) = self.embedded
        {
            if let Some(beside) = beside {
                beside.stop().await;
            }
            let _ = stop.send(());
            // The engine waits for clients to hang up; the file is safe without that.
            let _ = tokio::time::timeout(Duration::from_secs(2), server).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        std::fs::write(
            &file,
            "not a database, and longer than its header".repeat(99),
        )
        .unwrap();
        assert!(matches!(
            Engine::embedded(&file, 0).await,
            Err(StartError::DataFile(_))
        ));
    }

    #[tokio::test]
    async fn an_endpoint_that_is_none_or_silent_is_refused() {
        for address in ["localhost:8000", "https://127.0.0.1:8000", "http://"] {
            assert!(matches!(
                Engine::at(address).await,
                Err(StartError::EndpointAddress(_))
            ));
        }
        let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        assert!(matches!(
            Engine::at(&address).await,
            Err(StartError::EndpointSilent(_))
        ));
    }
}
