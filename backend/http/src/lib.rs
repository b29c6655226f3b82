//! What every function with an HTTP face shares: [`route`] finds the endpoint and the [`Caller`], [`body`] and [`query`]
//! read what was sent into types that cannot be wrong, and [`respond`] makes answers and problems of what came out.
//! [`Tokens`] verify who calls, in the function as at the gateway;
//! [`start`] is the cold start of any function, with or without an HTTP face.
//!
//! It knows the wire contract and nothing of the domain.

mod caller;
pub mod clock;
mod input;
pub mod metrics;
mod outbound;
mod report;
pub mod respond;
mod route;
mod said;
pub mod start;
pub mod token;
mod vouch;

pub use caller::Caller;
pub use clock::now;
pub use input::{body, idempotency_key, query, raw_body};
pub use outbound::{NoAnswer, Outbound};
pub use report::Report;
pub use respond::{Visibility, fault, request_id};
pub use route::{Call, not_found, route};
pub use said::Said;
pub use vouch::Tokens;

/// A request, as API Gateway's HTTP API hands it to a function.
pub type Request = lambda_http::Request;
/// An answer.
pub type Response = lambda_http::Response<lambda_http::Body>;
