//! What can go wrong with a view table. For operators; a caller never reads it.

use aws_sdk_dynamodb::error::DisplayErrorContext;

/// A request to a view table failed, or a row is not as this version writes it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused, did not answer, or did not do all of what was asked. Trying again may help.
    #[error("{operation} on {table}: {cause}")]
    Database {
        operation: &'static str,
        table: String,
        cause: String,
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
    pub(crate) fn database(
        operation: &'static str,
        table: &str,
        error: impl std::error::Error,
    ) -> Self {
        Self::Database {
            operation,
            table: table.to_owned(),
            // An SDK error alone says "service error"; its context says which.
            cause: DisplayErrorContext(error).to_string(),
        }
    }
}
