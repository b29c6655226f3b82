//! Calls out of a function, to servers that are not ours.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, Error},
    rt::TokioExecutor,
};
use lambda_http::http::{Request, Response};

/// What is asked for is small: key sets, discovery documents, a payment page's address.
const LONGEST_ANSWER: usize = 256 * 1024;

#[cfg(feature = "aws")]
type Connector = hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>;
#[cfg(not(feature = "aws"))]
type Connector = hyper_util::client::legacy::connect::HttpConnector;

/// An HTTP client. In the deployed functions it speaks TLS and nothing else.
pub struct Outbound {
    http: Client<Connector, Full<Bytes>>,
    time_limit: Duration,
}

/// No answer was had. What was sent may have been carried out all the same.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error("the server did not answer")]
    Failed(#[from] Error),
    #[error("the server did not answer in time")]
    TooSlow,
    #[error("the answer was cut off or too long: {0}")]
    CutOff(String),
}

impl Outbound {
    /// A client that waits this long for an answer.
    ///
    /// # Errors
    /// This machine has no certificates to verify servers by.
    pub fn new(time_limit: Duration) -> std::io::Result<Self> {
        Ok(Self {
            http: Client::builder(TokioExecutor::new()).build(connector()?),
            time_limit,
        })
    }

    /// Send a request and read its answer whole, whatever its status.
    ///
    /// # Errors
    /// See [`NoAnswer`].
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, NoAnswer> {
        let asked = async {
            let (parts, body) = self.http.request(request).await?.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await;
            let body = body.map_err(|error| NoAnswer::CutOff(error.to_string()))?;
            Ok(Response::from_parts(parts, body.to_bytes()))
        };
        tokio::time::timeout(self.time_limit, asked)
            .await
            .map_err(|_| NoAnswer::TooSlow)?
    }
}

#[cfg(feature = "aws")]
fn connector() -> std::io::Result<Connector> {
    let https = hyper_rustls::HttpsConnectorBuilder::new().with_native_roots()?;
    Ok(https.https_only().enable_http1().build())
}

#[cfg(not(feature = "aws"))]
#[expect(clippy::unnecessary_wraps, reason = "the one with TLS can fail")]
fn connector() -> std::io::Result<Connector> {
    Ok(Connector::new())
}

#[cfg(test)]
#[cfg(not(feature = "aws"))]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    /// A server that writes this to whoever connects, and leaves the connection open.
    async fn ask(answer: &str) -> Result<Response<Bytes>, NoAnswer> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = answer.to_owned();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // An answer before its question would be an error of its own.
            stream.read_u8().await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        });
        let request = Request::get(format!("http://{address}/")).body(Full::default());
        let outbound = Outbound::new(Duration::from_millis(100)).unwrap();
        outbound.send(request.unwrap()).await
    }

    #[tokio::test]
    async fn an_answer_is_read_whole_whatever_its_status() {
        let answer = ask("HTTP/1.1 418 \r\ncontent-length: 3\r\n\r\ntea").await;
        let answer = answer.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.body()[..]),
            (418, &b"tea"[..])
        );
    }

    #[tokio::test]
    async fn a_server_that_does_not_finish_is_not_waited_for() {
        for answer in [
            "",
            "HTTP/1.1 200 \r\n",
            "HTTP/1.1 200 \r\ncontent-length: 3\r\n\r\nte",
        ] {
            assert!(
                matches!(ask(answer).await, Err(NoAnswer::TooSlow)),
                "{answer}"
            );
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_is_not_read() {
        let long = "x".repeat(LONGEST_ANSWER + 1);
        let head = format!("HTTP/1.1 200 \r\ncontent-length: {}\r\n\r\n", long.len());
        let answer = ask(&(head + &long)).await;
        assert!(matches!(answer, Err(NoAnswer::CutOff(_))));
    }
}
