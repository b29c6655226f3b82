//! The views and how they stand.

use lambda_http::http::StatusCode;
use plenary_http::{Call, Request, Response, body, idempotency_key, now, respond};
use read_model::{Current, DeadLetter, ViewName};
use shared::{
    answers::Accepted,
    operations::{Projection, Projections},
};

use crate::{Operations, Rebuilding, Refusal, WorkError};

impl Operations {
    /// `GET /api/projections`.
    pub(crate) async fn projections(&self) -> Result<Response, Refusal> {
        let mut projections = Vec::new();
        let letters = self
            .projector
            .dead_letters()
            .all()
            .await
            .map_err(WorkError::from)?;
        for view in ViewName::ALL {
            let (work, rebuilding) = self.rebuilding(view).await?;
            projections.push(projection(
                view,
                work.current,
                rebuilding.as_ref(),
                &letters,
            ));
        }
        let answer = Projections {
            projections,
            lag: self
                .projector
                .generations()
                .lag()
                .await
                .map_err(WorkError::from)?,
            as_of: now(),
        };
        Ok(respond::json(StatusCode::OK, &answer))
    }

    /// `POST /api/projections/{view}/rebuild`.
    pub(crate) async fn start_rebuild(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let view: ViewName = call.parameter(0)?;
        let asked = idempotency_key(request)?;
        let (current, rebuilding) = self.ask_for_rebuild(view, asked, body(request)?).await?;
        let letters = self
            .projector
            .dead_letters()
            .all()
            .await
            .map_err(WorkError::from)?;
        let answer = Accepted {
            answer: projection(view, current, Some(&rebuilding), &letters),
            wrote: Vec::new(),
        };
        Ok(respond::json(StatusCode::ACCEPTED, &answer))
    }
}

fn projection(
    view: ViewName,
    current: Current,
    rebuilding: Option<&Rebuilding>,
    letters: &[DeadLetter],
) -> Projection {
    let is_parked =
        |letter: &&DeadLetter| letter.view == view.text() && letter.generation == current.serving;
    Projection {
        view: view.text().to_owned(),
        about: view.about().to_owned(),
        generation: current.serving.0,
        parked: letters.iter().filter(is_parked).count() as u32,
        rebuild: rebuilding.map(Rebuilding::seen),
    }
}
