//! Which moment is asked for.

use event_store::Moment;
use plenary_http::{Request, query};
use serde::Deserialize;
use shared::{Problem, ProblemType, Timestamp};

/// `?at=` or `?version=`; now, where neither is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    at: Option<Timestamp>,
    version: Option<u64>,
}

/// The moment that a request asks for.
///
/// # Errors
/// It asks for two, or for none that there can be.
pub(crate) fn moment(request: &Request) -> Result<Moment, Problem> {
    match query(request)? {
        Asked {
            at: Some(_),
            version: Some(_),
        } => {
            let detail = "Send `at` or `version`, and not both.";
            Err(Problem::new(ProblemType::InvalidRequest, detail))
        }
        Asked { at: Some(at), .. } => Ok(Moment::At(at)),
        Asked { version, .. } => Ok(Moment::Version(version.unwrap_or(u64::MAX))),
    }
}

/// The time that a stream's state is looked at: the one that is asked for, or when the version that is asked for was the
/// latest, which is when its last event happened.
pub(crate) fn time(moment: Moment, last_event: Timestamp) -> Timestamp {
    match moment {
        Moment::At(at) => at,
        Moment::Version(u64::MAX) => plenary_http::now(),
        Moment::Version(_) => last_event,
    }
}
