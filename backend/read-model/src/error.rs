//! What can go wrong with a view table. For operators; a caller never reads it.

use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// A request to a view table failed, or a row is not as this version writes it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused, did not answer, or did not do all of what was asked. Trying again may help.
    #[error("{operation} on {table}: {cause}")]
    Database {
        operation: &'static str,
        table: String,
        /// The SDK's whole chain of causes.
        cause: String,
        /// Whether it was only too much at once.
        throttled: bool,
    },
    /// A row that this version cannot read; trying again does not help, rebuilding the view does.
    #[error("row {key} of {table}: {cause}")]
    Unreadable {
        table: String,
        key: String,
        cause: String,
    },
}

impl Error {
    pub(crate) fn database<E, R>(
        operation: &'static str,
        table: &str,
        error: SdkError<E, R>,
    ) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        const THROTTLED: [&str; 3] = [
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
        ];
        Self::Database {
            operation,
            table: table.to_owned(),
            throttled: error.code().is_some_and(|code| THROTTLED.contains(&code)),
            // An SDK error alone says "service error"; its context says which.
            cause: DisplayErrorContext(error).to_string(),
        }
    }

    /// A request that could not even be put together.
    pub(crate) fn unbuilt(operation: &'static str, table: &str, error: &BuildError) -> Self {
        Self::Database {
            operation,
            table: table.to_owned(),
            cause: error.to_string(),
            throttled: false,
        }
    }

    /// Whether the database only had too much to do.
    pub fn is_throttled(&self) -> bool {
        matches!(
            self,
            Self::Database {
                throttled: true,
                ..
            }
        )
    }
}
