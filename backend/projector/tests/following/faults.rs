//! Transactions that meet others, as AWS knows them and the embedded engine does not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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

const TARGET: &str = "x-amz-target";

/// Lets the next transactions be called off because others were at the same rows. For calls one after another.
#[derive(Debug)]
struct Conflicts {
    left: AtomicUsize,
    is_under_way: AtomicBool,
}

/// The same DynamoDB, of which the next transactions meet others.
pub fn with_conflicts(client: &Client, count: usize) -> Client {
    let conflicts = Conflicts {
        left: count.into(),
        is_under_way: false.into(),
    };
    let config = client.config().to_builder().interceptor(conflicts);
    Client::from_conf(config.build())
}

impl Intercept for Conflicts {
    fn name(&self) -> &'static str {
        "Conflicts"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        let target = headers.get(TARGET).unwrap_or_default();
        if !target.ends_with(".TransactWriteItems") {
            return Ok(());
        }
        let take = |left: usize| left.checked_sub(1);
        let order = Ordering::SeqCst;
        if self.left.fetch_update(order, order, take).is_ok() {
            self.is_under_way.store(true, order);
            // An operation that does not exist is certainly not carried out.
            headers.insert(TARGET, "DynamoDB_20120810.NotCarriedOut");
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.is_under_way.swap(false, Ordering::SeqCst) {
            let response = context.response_mut();
            for header in ["x-amz-crc32", "x-amzn-errortype"] {
                response.headers_mut().remove(header);
            }
            let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "CancellationReasons":[{"Code":"None"},{"Code":"None"},{"Code":"TransactionConflict"}]}"#;
            *response.body_mut() = body.into();
        }
        Ok(())
    }
}
