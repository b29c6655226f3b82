//! The rules of conferences and their seat types, each shown saying yes and saying no.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod world;

use domain::booking::{
    Command, Event, Rejection, StreamId, conference::Event as Happened, seat_availability,
};
use shared::{
    ConferenceId,
    requests::{ReviseConference, ReviseSeatType},
    text::{Price, Quota},
    views::ConferenceStatus,
};
use uuid::Uuid;
use world::{ADA, ORGANIZER, World, add_seat_type, conference, create, place, pool};

fn revise_seat_type(price: Option<i64>, quota: Option<i64>) -> Command {
    let request = ReviseSeatType {
        price: price.map(|price| Price::try_from(price).unwrap()),
        quota: quota.map(|quota| Quota::try_from(quota).unwrap()),
        ..ReviseSeatType::default()
    };
    Command::ReviseSeatType(conference(), pool(0), request)
}

fn revise(request: ReviseConference) -> Command {
    Command::ReviseConference(conference(), request)
}

#[test]
fn an_address_belongs_to_the_conference_that_asked_first() {
    let mut world = World::draft();
    let other = ConferenceId(Uuid::from_u128(2));
    let refused = world.refuse(ADA, Command::CreateConference(other, create("rust-week")));
    assert_eq!(refused, Rejection::SlugTaken("rust-week".into()));
    world.accept(ADA, Command::CreateConference(other, create("rust-week-2")));
}

#[test]
fn a_conference_cannot_end_before_it_starts() {
    let mut world = World::default();
    let mut request = create("rust-week");
    request.ends_at = "2027-05-18T06:59:59Z".parse().unwrap();
    let refused = world.refuse(
        ORGANIZER,
        Command::CreateConference(conference(), request.clone()),
    );
    assert_eq!(refused, Rejection::EndsBeforeStart);
    request.ends_at = request.starts_at;
    world.accept(ORGANIZER, Command::CreateConference(conference(), request));

    let request = ReviseConference {
        ends_at: "2027-05-01T00:00:00Z".parse().ok(),
        ..Default::default()
    };
    assert_eq!(
        world.refuse(ORGANIZER, revise(request)),
        Rejection::EndsBeforeStart
    );
}

#[test]
fn its_time_zone_must_exist() {
    let mut world = World::default();
    for zone in ["Europe/Atlantis", "europe/amsterdam", "CET+1"] {
        let mut request = create("rust-week");
        request.time_zone = zone.parse().unwrap();
        let refused = world.refuse(ORGANIZER, Command::CreateConference(conference(), request));
        assert_eq!(refused, Rejection::UnknownTimeZone(zone.into()));
    }
}

#[test]
fn what_is_left_out_of_a_revision_stays() {
    let mut world = World::draft();
    let request = ReviseConference {
        city: "Delft".parse().ok(),
        ..Default::default()
    };
    let events = world.accept(ORGANIZER, revise(request.clone()));
    let Event::Conference(Happened::ConferenceRevised { details }) =
        &events[&StreamId::Conference(conference())][0]
    else {
        panic!()
    };
    assert_eq!(
        (details.city.as_str(), details.name.as_str()),
        ("Delft", "Rust Week")
    );
    assert!(world.accept(ORGANIZER, revise(request)).is_empty());
}

#[test]
fn a_conference_without_seats_is_not_published() {
    let mut world = World::draft();
    assert_eq!(
        world.refuse(ORGANIZER, Command::Publish(conference())),
        Rejection::NothingToSell
    );
    world.accept(ORGANIZER, add_seat_type(pool(0), 10));
    world.accept(ORGANIZER, Command::Publish(conference()));
}

#[test]
fn publishing_and_unpublishing_twice_changes_nothing_the_second_time() {
    let mut world = World::on_sale(&[10]);
    assert!(
        world
            .accept(ORGANIZER, Command::Publish(conference()))
            .is_empty()
    );
    assert!(
        !world
            .accept(ORGANIZER, Command::Unpublish(conference()))
            .is_empty()
    );
    assert!(
        world
            .accept(ORGANIZER, Command::Unpublish(conference()))
            .is_empty()
    );
    assert!(
        !world
            .accept(ORGANIZER, Command::Publish(conference()))
            .is_empty()
    );
}

#[test]
fn adding_the_same_seat_type_twice_adds_it_once() {
    let mut world = World::draft();
    assert!(
        !world
            .accept(ORGANIZER, add_seat_type(pool(0), 10))
            .is_empty()
    );
    assert!(
        world
            .accept(ORGANIZER, add_seat_type(pool(0), 10))
            .is_empty()
    );
    assert_eq!(world.seats(0).quota(), 10);
}

#[test]
fn a_price_is_fixed_while_the_conference_is_published() {
    let mut world = World::on_sale(&[10]);
    assert_eq!(
        world.refuse(ORGANIZER, revise_seat_type(Some(1), None)),
        Rejection::PriceFixed
    );
    world.accept(ORGANIZER, Command::Unpublish(conference()));
    world.accept(ORGANIZER, revise_seat_type(Some(1), None));
    assert!(
        world
            .accept(ORGANIZER, revise_seat_type(Some(1), None))
            .is_empty()
    );
}

#[test]
fn a_placed_order_keeps_its_price() {
    let mut world = World::on_sale(&[10]);
    world.accept(ADA, place(1, 2));
    world.accept(ORGANIZER, Command::Unpublish(conference()));
    world.accept(ORGANIZER, revise_seat_type(Some(1), None));
    assert_eq!(world.order(1).total().minor, 20_000);
}

#[test]
fn a_quota_never_goes_below_what_is_held_and_sold() {
    let mut world = World::on_sale(&[10]);
    world.accept(ADA, place(1, 3));
    world.accept(ADA, place(2, 2));
    world.pay(ADA, 1);
    let refused = world.refuse(ORGANIZER, revise_seat_type(None, Some(4)));
    assert_eq!(refused, Rejection::QuotaBelowTaken { taken: 5 });
    let events = world.accept(ORGANIZER, revise_seat_type(None, Some(5)));
    let changed = seat_availability::Event::QuotaChanged {
        from: Some(10),
        quota: 5,
    };
    assert_eq!(
        events[&StreamId::Seats(conference(), pool(0))],
        [changed.into()]
    );
    assert_eq!(world.seats(0).remaining(), 0);
    // The hold of two runs out; only what is sold binds.
    world
        .later(15)
        .accept(ORGANIZER, revise_seat_type(None, Some(3)));
    assert_eq!((world.seats(0).remaining(), world.seats(0).taken()), (0, 3));
}

#[test]
fn an_unknown_seat_type_cannot_be_revised() {
    let mut world = World::draft();
    let refused = world.refuse(ORGANIZER, revise_seat_type(None, Some(4)));
    assert_eq!(refused, Rejection::NoSuchSeatType(pool(0)));
}

#[test]
fn a_conference_is_its_organizers_and_the_operators() {
    let mut world = World::on_sale(&[10]);
    let all = [
        revise(ReviseConference::default()),
        add_seat_type(pool(5), 1),
        revise_seat_type(None, Some(20)),
        Command::Publish(conference()),
        Command::Unpublish(conference()),
    ];
    for command in all {
        assert_eq!(world.refuse(ADA, command.clone()), Rejection::NotYours);
        world.accept("olga", command);
    }
}

#[test]
fn a_conference_that_was_never_created_cannot_be_changed() {
    let mut world = World::default();
    for command in [
        revise(ReviseConference::default()),
        add_seat_type(pool(5), 1),
        Command::Publish(conference()),
    ] {
        assert_eq!(
            world.refuse(ORGANIZER, command),
            Rejection::NoSuchConference
        );
    }
    let state = world.streams.get(&StreamId::Conference(conference()));
    assert!(state.is_none());
    assert_eq!(ConferenceStatus::default(), ConferenceStatus::Draft);
}
