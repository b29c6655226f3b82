//! What became of a command, for logs and metrics.

use domain::BoundedContext;

use crate::{ATTEMPTS, ExecuteError, Outcome};

/// In a word, and how often another command was faster.
pub fn became<C: BoundedContext, R>(
    executed: &Result<Outcome<C>, ExecuteError<R>>,
) -> (&'static str, u32) {
    match executed {
        Ok(Outcome { again: true, .. }) => ("answered again", 0),
        Ok(Outcome { conflicts, .. }) => ("accepted", *conflicts),
        Err(ExecuteError::Rejected(_)) => ("rejected", 0),
        Err(ExecuteError::KeyReused) => ("key reused", 0),
        Err(ExecuteError::Busy) => ("busy", ATTEMPTS),
        Err(ExecuteError::Fault(_)) => ("fault", 0),
    }
}
