//! Lambda: running the system: rebuilding views, dead letters, the proof of the log.

use plenary_http::{Request, Response, not_found, respond, route};
use projector::Projector;
use shared::{Problem, endpoint::Function};

/// The operations function. Cheap to clone.
#[derive(Clone)]
pub struct Operations {
    _projector: Projector,
}

impl Operations {
    /// With this projector's logs and views.
    pub fn new(projector: Projector) -> Self {
        Self {
            _projector: projector,
        }
    }

    /// Answer one request.
    pub async fn handle(&self, request: Request) -> Response {
        let answered = self.answer(&request).await;
        answered.unwrap_or_else(|problem| respond::problem(&problem))
    }

    async fn answer(&self, request: &Request) -> Result<Response, Problem> {
        route(Function::Operations, request)?;
        Err(not_found())
    }
}
