//! What every function with an HTTP face shares: problem+json, caller, idempotency key, tracing.
