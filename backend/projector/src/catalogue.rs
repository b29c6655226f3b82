//! Conferences as people read of them.

use domain::booking::conference::{Event, SeatType};
use read_model::{ConferenceDoc, SeatTypeDoc};
use shared::{ConferenceId, SeatTypeId, views::ConferenceStatus};

/// The conference after one more event; none before it was created.
pub(crate) fn apply(
    doc: Option<ConferenceDoc>,
    conference_id: ConferenceId,
    event: &Event,
) -> Option<ConferenceDoc> {
    if let Event::ConferenceCreated {
        organizer,
        slug,
        currency,
        details,
    } = event
    {
        let details = details.clone();
        return Some(ConferenceDoc {
            conference_id,
            organizer: organizer.clone(),
            status: ConferenceStatus::Draft,
            slug: slug.clone(),
            name: details.name,
            description: details.description,
            venue: details.venue,
            city: details.city,
            time_zone: details.time_zone,
            starts_at: details.starts_at,
            ends_at: details.ends_at,
            currency: *currency,
            seat_types: Vec::new(),
        });
    }
    let mut doc = doc?;
    match event.clone() {
        Event::ConferenceCreated { .. } => {}
        Event::ConferenceRevised { details } => {
            doc.name = details.name;
            doc.description = details.description;
            doc.venue = details.venue;
            doc.city = details.city;
            doc.time_zone = details.time_zone;
            doc.starts_at = details.starts_at;
            doc.ends_at = details.ends_at;
        }
        Event::SeatTypeAdded {
            seat_type_id,
            seat_type,
        } => doc.seat_types.push(shown(seat_type_id, seat_type)),
        Event::SeatTypeRevised {
            seat_type_id,
            seat_type,
        } => {
            for known in &mut doc.seat_types {
                if known.seat_type_id == seat_type_id {
                    *known = shown(seat_type_id, seat_type.clone());
                }
            }
        }
        Event::ConferencePublished {} => doc.status = ConferenceStatus::Published,
        Event::ConferenceUnpublished {} => doc.status = ConferenceStatus::Unpublished,
        Event::ConferenceCancelled {} => doc.status = ConferenceStatus::Cancelled,
    }
    Some(doc)
}

fn shown(seat_type_id: SeatTypeId, seat_type: SeatType) -> SeatTypeDoc {
    SeatTypeDoc {
        seat_type_id,
        name: seat_type.name,
        description: seat_type.description,
        price: seat_type.price,
        quota: seat_type.quota,
        max_per_order: seat_type.max_per_order,
    }
}

#[cfg(test)]
mod tests {
    use domain::booking::conference::Details;
    use shared::{Currency, PersonId, Timestamp, text::Price};
    use uuid::Uuid;

    use super::*;

    const ID: ConferenceId = ConferenceId(Uuid::from_u128(1));
    const STANDARD: SeatTypeId = SeatTypeId(Uuid::from_u128(2));

    fn details(name: &str) -> Details {
        Details {
            name: name.parse().unwrap(),
            description: "".parse().unwrap(),
            venue: "Hall".parse().unwrap(),
            city: "Berlin".parse().unwrap(),
            time_zone: "Europe/Berlin".parse().unwrap(),
            starts_at: Timestamp::from_millis(1),
            ends_at: Timestamp::from_millis(2),
        }
    }

    fn seat_type(price: i64) -> SeatType {
        SeatType {
            name: "Standard".parse().unwrap(),
            description: "".parse().unwrap(),
            price: Price::try_from(price).unwrap(),
            quota: 10.try_into().unwrap(),
            max_per_order: 4.try_into().unwrap(),
        }
    }

    fn created() -> Event {
        Event::ConferenceCreated {
            organizer: PersonId("olga".into()),
            slug: "rust-week".parse().unwrap(),
            currency: Currency::EUR,
            details: details("Rust Week"),
        }
    }

    fn given(events: &[Event]) -> Option<ConferenceDoc> {
        events.iter().fold(None, |doc, event| apply(doc, ID, event))
    }

    #[test]
    fn nothing_is_shown_before_it_was_created() {
        assert_eq!(given(&[Event::ConferencePublished {}]), None);
    }

    #[test]
    fn a_conference_begins_as_a_draft() {
        let doc = given(&[created()]).unwrap();
        assert_eq!(doc.status, ConferenceStatus::Draft);
        assert_eq!(doc.name.as_str(), "Rust Week");
        assert_eq!(doc.organizer, PersonId("olga".into()));
        assert!(doc.seat_types.is_empty());
    }

    #[test]
    fn a_revision_replaces_what_people_read_and_nothing_else() {
        let revised = Event::ConferenceRevised {
            details: details("Rust Week 2027"),
        };
        let doc = given(&[created(), Event::ConferencePublished {}, revised]).unwrap();
        assert_eq!(doc.name.as_str(), "Rust Week 2027");
        assert_eq!(doc.slug.as_str(), "rust-week");
        assert_eq!(doc.status, ConferenceStatus::Published);
    }

    #[test]
    fn seat_types_stand_in_the_order_in_which_they_were_added() {
        let other = SeatTypeId(Uuid::from_u128(3));
        let added = |seat_type_id, price| Event::SeatTypeAdded {
            seat_type_id,
            seat_type: seat_type(price),
        };
        let revised = Event::SeatTypeRevised {
            seat_type_id: STANDARD,
            seat_type: seat_type(300),
        };
        let doc = given(&[created(), added(STANDARD, 100), added(other, 200), revised]).unwrap();
        let shown = |doc: &SeatTypeDoc| (doc.seat_type_id, doc.price.get());
        assert_eq!(
            doc.seat_types.iter().map(shown).collect::<Vec<_>>(),
            [(STANDARD, 300), (other, 200)]
        );
    }

    #[test]
    fn taken_off_sale_it_is_still_known() {
        let published = Event::ConferencePublished {};
        let doc = given(&[created(), published, Event::ConferenceUnpublished {}]).unwrap();
        assert_eq!(doc.status, ConferenceStatus::Unpublished);
    }

    #[test]
    fn a_cancelled_conference_is_still_known() {
        let published = Event::ConferencePublished {};
        let doc = given(&[created(), published, Event::ConferenceCancelled {}]).unwrap();
        assert_eq!(doc.status, ConferenceStatus::Cancelled);
    }
}
