//! At which hours of the day the seats of a conference are taken.

use domain::booking::{Booking, Event, seat_availability::Event::SeatsReserved};
use event_store::Recorded;
use read_model::{Counts, popularity::HOURS};
use shared::ConferenceId;

/// What one more event of a pool of seats adds to the hours of its conference.
pub(crate) fn count(of: ConferenceId, counts: &mut Counts, recorded: &Recorded<'_, Booking>) {
    if let Event::Seats(SeatsReserved { quantity, .. }) = recorded.event {
        let hour = recorded.at.hour().to_string();
        counts.add(of, HOURS, &hour, *quantity);
    }
}
