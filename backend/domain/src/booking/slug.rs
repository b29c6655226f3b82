//! An address in the catalogue, claimed for good by the conference that asked first.

use serde::{Deserialize, Serialize};
use shared::ConferenceId;

/// What happens to an address. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    SlugClaimed { conference_id: ConferenceId },
}

/// Which conference has the address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlugClaim {
    owner: Option<ConferenceId>,
}

impl SlugClaim {
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::SlugClaimed { conference_id } => self.owner = Some(*conference_id),
        }
    }

    /// Whether a conference has it.
    pub fn is_taken(&self) -> bool {
        self.owner.is_some()
    }
}
