//! At which hours of the day the seats of a conference are taken.

use plenary_http::{Call, Request, Response, Visibility, query, respond::cached_json};
use read_model::popularity::HOURS;
use shared::analytics::Popularity;

use crate::{Queries, Refusal, minimum::OnlyMinimum, organizer::as_of};

impl Queries {
    pub(crate) async fn popularity(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let OnlyMinimum { min_version } = query(request)?;
        let conference = self.own_conference(call, min_version.as_ref()).await?;
        let conference_id = conference.doc.conference_id;
        let seats = self.views.popularity.of(conference_id, HOURS).await?;
        let popularity = Popularity {
            conference_id,
            hours: (0..24).map(|hour| seats.count(&hour.to_string())).collect(),
            as_of: as_of(&conference),
        };
        Ok(cached_json(request, Visibility::Private, &popularity))
    }
}
