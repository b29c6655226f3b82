//! Faults between a function and DynamoDB, as the SDK meets them: an answer that is lost, a server error, a refusal
//! that the embedded engine never gives of itself.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
        },
    },
    error::BoxError,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is carried out, and its answer never arrives.
    AnswerLost,
    /// It is carried out, and a 500 arrives instead of its answer: the SDK sends it again by itself.
    ServerError,
    /// It is not carried out: another transaction was at the same items.
    TransactionConflict,
    /// It is not carried out: too much at once.
    Throttled,
}

/// Lets the next calls of one operation go wrong.
#[derive(Clone, Debug)]
pub struct Faults {
    operation: &'static str,
    fault: Fault,
    left: Arc<AtomicUsize>,
    hit: Arc<AtomicUsize>,
}

impl Faults {
    /// The next `count` calls of this operation, such as `PutItem`.
    pub fn next(count: usize, operation: &'static str, fault: Fault) -> Self {
        Self {
            operation,
            fault,
            left: Arc::new(AtomicUsize::new(count)),
            hit: Arc::default(),
        }
    }

    /// The same DynamoDB, through these faults.
    pub fn before(&self, client: &Client) -> Client {
        Client::from_conf(
            client
                .config()
                .to_builder()
                .interceptor(self.clone())
                .build(),
        )
    }

    /// How many calls went wrong.
    pub fn hits(&self) -> usize {
        self.hit.load(Ordering::SeqCst)
    }
}

/// Whether the attempt under way goes wrong.
#[derive(Debug)]
struct GoesWrong(bool);

impl Storable for GoesWrong {
    type Storer = StoreReplace<Self>;
}

const TARGET: &str = "x-amz-target";

impl Intercept for Faults {
    fn name(&self) -> &'static str {
        "Faults"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        let is_meant = headers
            .get(TARGET)
            .is_some_and(|target| target.ends_with(&format!(".{}", self.operation)));
        let take = |left: usize| left.checked_sub(1);
        let goes_wrong = is_meant
            && self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
                .is_ok();
        config.interceptor_state().store_put(GoesWrong(goes_wrong));
        if goes_wrong {
            self.hit.fetch_add(1, Ordering::SeqCst);
            if matches!(self.fault, Fault::TransactionConflict | Fault::Throttled) {
                // An operation that does not exist is certainly not carried out.
                headers.insert(TARGET, "DynamoDB_20120810.NotCarriedOut");
            }
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if !config.load::<GoesWrong>().is_some_and(|wrong| wrong.0) {
            return Ok(());
        }
        let (status, body) = match self.fault {
            Fault::AnswerLost => return Err("the connection broke".into()),
            Fault::ServerError => (
                500,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}"#,
            ),
            Fault::Throttled => (
                400,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#,
            ),
            Fault::TransactionConflict => (
                400,
                r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                    "CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"},{"Code":"None"}]}"#,
            ),
        };
        let response = context.response_mut();
        *response.status_mut() = u16::try_into(status)?;
        // The real one's checksum and error would give the other body away.
        for header in ["x-amz-crc32", "x-amzn-errortype"] {
            response.headers_mut().remove(header);
        }
        *response.body_mut() = body.into();
        Ok(())
    }
}
