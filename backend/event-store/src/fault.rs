//! The world broke: not the domain's no, but a request to the database that failed, or an item that cannot be read.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::DecodeError;

/// What broke. Its text is for operators; a caller is told that it is safe to send the same again.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database refused or did not answer.
    #[error("{operation}: {cause}")]
    Database {
        /// Which call it was.
        operation: &'static str,
        /// The SDK's whole chain of causes.
        cause: String,
        /// Whether it was only too much at once.
        throttled: bool,
    },
    /// A stored commit that this version cannot read.
    #[error(transparent)]
    Unreadable(#[from] DecodeError),
    /// A cryptographic operation failed that cannot fail with sound keys.
    #[error("sealing or opening personal data failed")]
    Crypto,
}

impl Fault {
    /// Whether it was only too much at once: whoever sent the command can wait and send it again.
    pub fn is_throttled(&self) -> bool {
        matches!(
            self,
            Self::Database {
                throttled: true,
                ..
            }
        )
    }

    /// A call to the database that failed.
    pub fn database<E, R>(operation: &'static str, error: SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        let throttled = matches!(
            error.code(),
            Some(
                "ProvisionedThroughputExceededException"
                    | "ThrottlingException"
                    | "RequestLimitExceeded"
            )
        );
        Self::Database {
            operation,
            cause: DisplayErrorContext(error).to_string(),
            throttled,
        }
    }

    pub(crate) fn malformed(operation: &'static str, what: &str) -> Self {
        Self::Database {
            operation,
            cause: what.to_owned(),
            throttled: false,
        }
    }
}
