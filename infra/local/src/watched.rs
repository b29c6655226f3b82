//! Functions under `cargo lambda watch`, called as Lambda's Invoke operation calls them.

use std::time::Duration;

use aws_lambda_events::event::{sqs::SqsBatchResponse, streams::DynamoDbEventResponse};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use integration::Subscriber;
use plenary_http::{Response, now};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::endpoint::Function;
use tokio::sync::Semaphore;

use crate::{
    StartError,
    api_event::{self, Incoming},
    functions::{CallError, Follower, Scheduled},
};

/// How many calls of one function are under way at once; more wait here. `cargo lambda watch` hands them one by one to
/// each process of the function (`--concurrency` says how many those are, at first one), and stands still for good when
/// a hundred wait for it.
const AT_ONCE: usize = 8;
/// How long a function may take, waiting for its turn included: the longest limit of `template.yaml`.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// Lambda's limit on an answer.
const LONGEST_ANSWER: usize = 6 * 1024 * 1024;

/// The functions that one `cargo lambda watch` serves.
pub struct Watched {
    address: String,
    http: Client<HttpConnector, Full<Bytes>>,
    commands: Callee,
    queries: Callee,
    accounts: Callee,
    projector: Callee,
    publisher: Callee,
    processes: Callee,
    history: Callee,
    operations: Callee,
    eraser: Callee,
}

/// One function.
struct Callee {
    url: Uri,
    turns: Semaphore,
}

impl Watched {
    /// Those that are served at this address.
    ///
    /// # Errors
    ///
    /// Where it is not a plain HTTP address.
    pub fn at(address: &str) -> Result<Self, StartError> {
        let callee = |name| Callee::at(address, name);
        Ok(Self {
            address: address.to_owned(),
            http: Client::builder(TokioExecutor::new()).build_http(),
            commands: callee("commands")?,
            queries: callee("queries")?,
            accounts: callee("accounts")?,
            projector: callee("projector")?,
            publisher: callee("publisher")?,
            processes: callee("processes")?,
            history: callee("history")?,
            operations: callee("operations")?,
            eraser: callee("eraser")?,
        })
    }

    /// Wait until each function answers. `cargo lambda watch` builds a function when it is first called, which may take
    /// minutes.
    ///
    /// # Errors
    ///
    /// Where nothing answers at the address, or what answers does not serve the functions.
    pub async fn wait(&self) -> Result<(), StartError> {
        let nothing = json!({ "Records": [] });
        let nowhere = Incoming {
            method: &Method::GET,
            uri: &Uri::from_static("/"),
            headers: &HeaderMap::new(),
            body: b"",
            claims: None,
            route_key: "$default".to_owned(),
            request_id: "",
            source_ip: "127.0.0.1".to_owned(),
            domain_name: "127.0.0.1",
            received_at: now(),
        };
        let nowhere = nowhere.event();
        let asked = tokio::try_join!(
            self.ask(&self.commands, &nowhere),
            self.ask(&self.queries, &nowhere),
            self.ask(&self.accounts, &nowhere),
            self.ask(&self.history, &nowhere),
            self.ask(&self.operations, &nowhere),
            self.ask(&self.projector, &nothing),
            self.ask(&self.publisher, &nothing),
            self.ask(&self.processes, &nothing),
            self.ask(&self.eraser, &nothing),
        );
        asked.map(|_| ()).map_err(|cause| StartError::Functions {
            address: self.address.clone(),
            cause,
        })
    }

    /// Call a function with an HTTP face.
    pub async fn answer(&self, function: Function, event: &Value) -> Result<Response, CallError> {
        let callee = match function {
            Function::Commands => &self.commands,
            Function::Queries => &self.queries,
            Function::Accounts => &self.accounts,
            Function::History => &self.history,
            Function::Operations => &self.operations,
        };
        let answer = self.call(callee, event).await?;
        api_event::response(&answer).map_err(CallError::Answer)
    }

    /// Call a function on a stream.
    pub async fn follow(
        &self,
        follower: Follower,
        batch: &Value,
    ) -> Result<DynamoDbEventResponse, CallError> {
        let callee = match follower {
            Follower::Projector => &self.projector,
            Follower::Publisher => &self.publisher,
            Follower::Eraser => &self.eraser,
        };
        report(&self.call(callee, batch).await?)
    }

    /// Call a subscriber of the bus.
    pub async fn deliver(
        &self,
        subscriber: Subscriber,
        batch: &Value,
    ) -> Result<SqsBatchResponse, CallError> {
        let callee = match subscriber {
            Subscriber::Accounts => &self.accounts,
            Subscriber::Processes => &self.processes,
        };
        report(&self.call(callee, batch).await?)
    }

    /// Call a function as its schedule does.
    pub async fn tick(&self, function: Scheduled) -> Result<(), CallError> {
        let callee = match function {
            Scheduled::Processes => &self.processes,
            Scheduled::Eraser => &self.eraser,
        };
        self.call(callee, &function.event()).await.map(|_| ())
    }

    /// Call operations as the schedule does.
    pub async fn operate(&self, event: &Value) -> Result<Value, CallError> {
        report(&self.call(&self.operations, event).await?)
    }

    /// Call a function when its turn comes; no longer than it may take.
    async fn call(&self, callee: &Callee, event: &Value) -> Result<Bytes, CallError> {
        let called = async {
            // The semaphore is never closed, so that there is always a turn.
            let _turn = callee.turns.acquire().await;
            self.ask(callee, event).await
        };
        let answered = tokio::time::timeout(TIME_LIMIT, called).await;
        answered.map_err(|_| CallError::TooSlow)?
    }

    async fn ask(&self, callee: &Callee, event: &Value) -> Result<Bytes, CallError> {
        let mut request = Request::new(Full::from(event.to_string()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = callee.url.clone();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let answer = self.http.request(request).await;
        let (parts, body) = answer
            .map_err(|error| CallError::NoAnswer(error.into()))?
            .into_parts();
        let body = Limited::new(body, LONGEST_ANSWER).collect().await;
        let body = body.map_err(CallError::NoAnswer)?.to_bytes();
        // Invoke says by a header that the function failed, and `cargo lambda watch` by the status.
        let failed = parts.headers.contains_key("x-amz-function-error");
        if failed || parts.status != StatusCode::OK {
            return Err(CallError::Failed(kind(parts.status, &body)));
        }
        Ok(body)
    }
}

impl Callee {
    fn at(address: &str, name: &'static str) -> Result<Self, StartError> {
        let not_an_address = || StartError::FunctionsAddress(address.to_owned());
        let root = address
            .strip_prefix("http://")
            .map(|rest| rest.trim_end_matches('/'))
            .filter(|rest| !rest.is_empty())
            .ok_or_else(not_an_address)?;
        let url = format!("http://{root}/2015-03-31/functions/{name}/invocations");
        Ok(Self {
            url: url.parse().map_err(|_| not_an_address())?,
            turns: Semaphore::new(AT_ONCE),
        })
    }
}

/// A function's report.
fn report<T: DeserializeOwned>(answer: &[u8]) -> Result<T, CallError> {
    serde_json::from_slice(answer).map_err(|error| CallError::Answer(error.into()))
}

/// What kind of failure it is. The message beside it may quote what was sent, and stays in the function's own log.
fn kind(status: StatusCode, body: &[u8]) -> String {
    let error: Value = serde_json::from_slice(body).unwrap_or_default();
    match error["errorType"].as_str() {
        Some(kind) => kind.to_owned(),
        None => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    };

    use axum::{Json, Router, extract::Path, routing::post};
    use plenary_http::respond::chain;
    use tokio::net::TcpListener;

    use super::*;

    /// Functions that all answer so, when called by name with an event.
    async fn functions<F: Future<Output = (StatusCode, Value)> + Send>(
        answer: impl Fn(String, Value) -> F + Clone + Send + Sync + 'static,
    ) -> Watched {
        let called = |Path(name): Path<String>, Json(event): Json<Value>| async move {
            let (status, answer) = answer(name, event).await;
            (status, Json(answer))
        };
        let invocations = "/2015-03-31/functions/{name}/invocations";
        let router = Router::new().route(invocations, post(called));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, router).into_future());
        Watched::at(&format!("http://{address}/")).unwrap()
    }

    fn said(body: &str) -> (StatusCode, Value) {
        let answer = json!({ "statusCode": 200, "headers": {}, "cookies": [], "body": body, "isBase64Encoded": false });
        (StatusCode::OK, answer)
    }

    #[tokio::test]
    async fn each_function_is_called_by_its_name_with_the_event() {
        let watched =
            functions(async |name, event| said(&format!("{name} {}", event["rawPath"]))).await;
        let event = json!({ "rawPath": "/" });
        for (function, expected) in [
            (Function::Commands, "commands \"/\""),
            (Function::Queries, "queries \"/\""),
            (Function::Accounts, "accounts \"/\""),
            (Function::History, "history \"/\""),
            (Function::Operations, "operations \"/\""),
        ] {
            let answer = watched.answer(function, &event).await.unwrap();
            assert_eq!(answer.body().as_ref(), expected.as_bytes());
        }

        let watched = functions(async |name, _| {
            let failures = json!([{ "itemIdentifier": name }]);
            (StatusCode::OK, json!({ "batchItemFailures": failures }))
        });
        let (watched, batch) = (watched.await, json!({ "Records": [] }));
        for follower in Follower::OF_BOOKING {
            let report = watched.follow(follower, &batch).await.unwrap();
            let failed = report.batch_item_failures[0].item_identifier.as_deref();
            assert_eq!(failed, Some(follower.name()));
        }
        for subscriber in Subscriber::ALL {
            let report = watched.deliver(*subscriber, &batch).await.unwrap();
            let failed = &report.batch_item_failures[0].item_identifier;
            assert_eq!(failed, subscriber.name());
        }
    }

    #[tokio::test]
    async fn a_function_that_fails_gives_no_answer_and_its_message_stays_where_it_is() {
        let watched = functions(async |_, _| {
            let error = json!({ "errorType": "Panic", "errorMessage": "ada@example.org" });
            (StatusCode::INTERNAL_SERVER_ERROR, error)
        });
        let watched = watched.await;
        let error = watched.answer(Function::Queries, &json!({})).await;
        assert_eq!(chain(&error.unwrap_err()), "it failed with Panic");
        for follower in Follower::OF_BOOKING {
            assert!(watched.follow(follower, &json!({})).await.is_err());
        }
        for function in Scheduled::ALL {
            assert!(watched.tick(function).await.is_err());
        }
        assert!(watched.wait().await.is_err());
    }

    #[tokio::test]
    async fn a_report_that_cannot_be_read_is_none() {
        let watched = functions(async |_, _| (StatusCode::OK, json!({ "batchItemFailures": 1 })));
        let watched = watched.await;
        let followed = watched.follow(Follower::Projector, &json!({})).await;
        assert!(matches!(followed, Err(CallError::Answer(_))));
        let delivered = watched.deliver(Subscriber::Accounts, &json!({})).await;
        assert!(matches!(delivered, Err(CallError::Answer(_))));
    }

    #[tokio::test]
    async fn no_more_calls_are_under_way_than_a_queue_of_cargo_lambda_bears() {
        let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = (under_way.clone(), most.clone());
        let watched = functions(move |_, _| {
            let (under_way, most) = counted.clone();
            async move {
                most.fetch_max(under_way.fetch_add(1, SeqCst) + 1, SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                under_way.fetch_sub(1, SeqCst);
                said("done")
            }
        });
        let watched = Arc::new(watched.await);
        let calls = (0..5 * AT_ONCE).map(|_| {
            let watched = watched.clone();
            tokio::spawn(async move { watched.answer(Function::Queries, &json!({})).await })
        });
        for call in calls.collect::<Vec<_>>() {
            assert!(call.await.unwrap().is_ok());
        }
        assert_eq!(most.load(SeqCst), AT_ONCE);
    }

    #[tokio::test]
    async fn an_address_that_is_none_or_silent_is_refused() {
        for address in ["localhost:9000", "https://127.0.0.1:9000", "http://"] {
            assert!(matches!(
                Watched::at(address),
                Err(StartError::FunctionsAddress(_))
            ));
        }
        let free = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", free.local_addr().unwrap());
        drop(free);
        let silent = Watched::at(&address).unwrap().wait().await;
        assert!(matches!(silent, Err(StartError::Functions { .. })));
    }
}
