//! The rules of orders and pools, each shown saying yes and saying no.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod world;

use domain::booking::{
    Command, Event, Rejection, State, StreamId, order, person, seat_availability,
};
use shared::{
    PersonId,
    problem::Shortfall,
    requests::{AssignAttendees, AssignedSeat},
    text::Ordinal,
    views::{OrderStatus, SeatStatus},
};
use world::{ADA, BOB, ORGANIZER, World, ask, conference, place, pool};

fn n(number: i64) -> Ordinal {
    Ordinal::try_from(number).unwrap()
}

fn confirm(number: u128) -> Command {
    Command::Confirm(world::order(number))
}

fn cancel(number: u128) -> Command {
    Command::CancelOrder(world::order(number))
}

fn cancel_seats(number: u128, line: i64, seats: &[i64]) -> Command {
    Command::CancelSeats(
        world::order(number),
        n(line),
        seats.iter().map(|seat| n(*seat)).collect(),
    )
}

fn assign(number: u128, line: i64, seat: i64, name: &str) -> Command {
    let seat = AssignedSeat {
        line: n(line),
        seat: n(seat),
        name: name.parse().unwrap(),
        email: None,
    };
    Command::AssignAttendees(
        world::order(number),
        AssignAttendees {
            attendees: vec![seat],
        },
    )
}

fn remaining(rejection: Rejection) -> u32 {
    let Rejection::SeatsUnavailable(shortfalls) = rejection else {
        panic!("{rejection:?}")
    };
    shortfalls[0].remaining
}

#[test]
fn placing_holds_the_seats_for_fifteen_minutes_at_the_price_of_now() {
    let mut world = World::on_sale(&[10]);
    world.accept(ADA, place(1, 3));
    let order = world.order(1);
    assert_eq!(order.hold(), Some((world.now().plus_minutes(15), false)));
    assert_eq!(
        (order.status(), order.total().minor),
        (OrderStatus::Reserved, 30_000)
    );
    assert_eq!(world.seats(0).remaining(), 7);
}

#[test]
fn all_or_nothing_grants_nothing_where_one_seat_is_missing() {
    let mut world = World::on_sale(&[10, 2]);
    let rejection = world.refuse(ADA, ask(1, &[(0, 3), (1, 3)], false));
    let shortfall = Shortfall {
        seat_type_id: pool(1),
        requested: 3,
        remaining: 2,
        held: 0,
        next_release_at: None,
    };
    assert_eq!(rejection, Rejection::SeatsUnavailable(vec![shortfall]));
    assert_eq!(
        (world.seats(0).remaining(), world.seats(1).remaining()),
        (10, 2)
    );
}

#[test]
fn partial_grants_what_there_is() {
    let mut world = World::on_sale(&[10, 2]);
    world.accept(ADA, ask(1, &[(0, 3), (1, 3)], true));
    let order = world.order(1);
    let granted: Vec<_> = order
        .lines()
        .iter()
        .map(|line| order.seats(line).len())
        .collect();
    assert_eq!(
        (granted, order.status()),
        (vec![3, 2], OrderStatus::PartlyReserved)
    );
    assert_eq!(world.seats(1).remaining(), 0);
}

#[test]
fn partial_is_refused_where_no_seat_at_all_is_left() {
    let mut world = World::on_sale(&[1]);
    world.accept(ADA, place(1, 1));
    let rejection = world.refuse(BOB, ask(2, &[(0, 2)], true));
    let shortfall = Shortfall {
        seat_type_id: pool(0),
        requested: 2,
        remaining: 0,
        held: 1,
        next_release_at: Some(world.now().plus_minutes(15)),
    };
    assert_eq!(rejection, Rejection::SeatsUnavailable(vec![shortfall]));
}

#[test]
fn an_order_is_placed_once() {
    let mut world = World::on_sale(&[10]);
    world.accept(ADA, place(1, 3));
    assert_eq!(world.refuse(ADA, place(1, 3)), Rejection::OrderExists);
    assert_eq!(world.refuse(BOB, place(1, 3)), Rejection::OrderExists);
}

#[test]
fn one_order_cannot_take_more_than_its_seat_type_allows() {
    let mut world = World::on_sale(&[100]);
    let refused = world.refuse(ADA, place(1, 11));
    assert_eq!(
        refused,
        Rejection::TooManyPerOrder {
            seat_type_id: pool(0),
            max_per_order: 10
        }
    );
}

#[test]
fn an_order_needs_lines_each_of_another_known_seat_type() {
    let mut world = World::on_sale(&[100]);
    assert_eq!(
        world.refuse(ADA, ask(1, &[], false)),
        Rejection::InvalidLines
    );
    assert_eq!(
        world.refuse(ADA, ask(1, &[(0, 1), (0, 1)], false)),
        Rejection::InvalidLines
    );
    let many: Vec<_> = (0..21).map(|number| (number, 1)).collect();
    assert_eq!(
        world.refuse(ADA, ask(1, &many, false)),
        Rejection::InvalidLines
    );
    assert_eq!(
        world.refuse(ADA, ask(1, &[(7, 1)], false)),
        Rejection::NoSuchSeatType(pool(7))
    );
}

#[test]
fn only_a_published_conference_sells() {
    let mut world = World::draft();
    assert_eq!(world.refuse(ADA, place(1, 1)), Rejection::NoSuchConference);
    let mut world = World::on_sale(&[10]);
    world.accept(ORGANIZER, Command::Unpublish(conference()));
    assert_eq!(world.refuse(ADA, place(1, 1)), Rejection::NotOnSale);
}

#[test]
fn an_expired_hold_is_released_inside_the_next_append() {
    let mut world = World::on_sale(&[2]);
    world.accept(ADA, place(1, 2));
    world.later(14);
    assert_eq!(remaining(world.refuse(BOB, place(2, 1))), 0);
    world.later(1);
    let events = world.accept(BOB, place(2, 1));
    let pool = &events[&StreamId::Seats(conference(), pool(0))];
    assert!(matches!(
        pool[0],
        Event::Seats(seat_availability::Event::HoldExpired { quantity: 2, .. })
    ));
    assert_eq!(world.seats(0).remaining(), 1);
}

#[test]
fn a_hold_is_extended_once_and_lasts_thirty_minutes_in_all() {
    let mut world = World::on_sale(&[2]);
    world.accept(ADA, place(1, 2));
    let placed = world.now();
    world
        .later(10)
        .accept(ADA, Command::ExtendHold(world::order(1)));
    assert_eq!(world.order(1).hold(), Some((placed.plus_minutes(30), true)));
    assert_eq!(
        world.refuse(ADA, Command::ExtendHold(world::order(1))),
        Rejection::AlreadyExtended
    );
    world.later(19);
    assert_eq!(remaining(world.refuse(BOB, place(2, 1))), 0);
    world.later(1);
    world.accept(BOB, place(2, 1));
}

#[test]
fn an_expired_hold_cannot_be_extended() {
    let mut world = World::on_sale(&[2]);
    world.accept(ADA, place(1, 2));
    world.later(15);
    assert_eq!(
        world.refuse(ADA, Command::ExtendHold(world::order(1))),
        Rejection::HoldExpired
    );
}

#[test]
fn a_closed_order_cannot_be_extended() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 2));
    world.pay(ADA, 1);
    assert!(matches!(
        world.refuse(ADA, Command::ExtendHold(world::order(1))),
        Rejection::OrderClosed(_)
    ));
    world.accept(ADA, cancel(1));
    assert!(matches!(
        world.refuse(ADA, Command::ExtendHold(world::order(1))),
        Rejection::OrderClosed(_)
    ));
}

#[test]
fn confirming_sells_what_is_held() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    world.pay(ADA, 1);
    assert_eq!(world.order(1).status(), OrderStatus::Confirmed);
    world.later(1000);
    assert_eq!(remaining(world.refuse(BOB, place(2, 2))), 1);
}

#[test]
fn a_late_confirm_succeeds_while_nobody_took_the_seats() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    world.later(600).pay(ADA, 1);
    assert_eq!(world.seats(0).remaining(), 1);
}

#[test]
fn a_late_confirm_takes_released_seats_again_and_says_so() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    world.later(20).accept(BOB, place(2, 1));
    assert_eq!(world.seats(0).of(world::order(1)), 0);
    let events = world.pay(ADA, 1);
    let recovered = Event::Order(order::Event::OrderSeatsRecovered { seats: 3 });
    assert_eq!(events[&StreamId::Order(world::order(1))][0], recovered);
    let recovered = seat_availability::Event::SeatsRecovered {
        order_id: world::order(1),
        quantity: 3,
    };
    // Nobody could take them for seats that somebody reserved at that moment.
    assert_eq!(
        events[&StreamId::Seats(conference(), pool(0))],
        [recovered.into()]
    );
    assert_eq!(
        (
            world.seats(0).of(world::order(1)),
            world.seats(0).remaining()
        ),
        (3, 0)
    );
}

#[test]
fn seats_that_were_recovered_when_that_took_two_events_are_sold_all_the_same() {
    use seat_availability::Event::{PoolOpened, SeatsCommitted, SeatsRecovered, SeatsReserved};
    let (order_id, quantity, until) = (world::order(1), 3, World::draft().now());
    let fold = |events: &[seat_availability::Event]| {
        let mut pool = State::Seats(Default::default());
        let all = [PoolOpened { quota: 4 }].into_iter().chain(events.to_vec());
        all.for_each(|event| pool.evolve(&event.into()));
        pool
    };
    let before = [
        SeatsReserved {
            order_id,
            quantity,
            until,
        },
        SeatsCommitted {
            order_id,
            quantity,
            until,
        },
    ];
    let now = [SeatsRecovered { order_id, quantity }];
    assert_eq!(fold(&before), fold(&now));
}

#[test]
fn a_late_confirm_is_refused_with_what_is_left_where_others_took_the_seats() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    world.later(20).accept(BOB, place(2, 2));
    assert_eq!(remaining(world.refuse(ADA, confirm(1))), 2);
    world.accept(BOB, cancel(2));
    world.pay(ADA, 1);
}

#[test]
fn a_cancelled_order_cannot_be_confirmed() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    world.accept(ADA, cancel(1));
    assert_eq!(
        world.refuse(ADA, confirm(1)),
        Rejection::OrderClosed("cancelled")
    );
}

#[test]
fn cancelling_an_order_frees_its_seats_held_or_sold() {
    for confirmed in [false, true] {
        let mut world = World::on_sale(&[4, 4]);
        world.accept(ADA, ask(1, &[(0, 3), (1, 1)], false));
        if confirmed {
            world.pay(ADA, 1);
        }
        world.accept(ADA, cancel(1));
        assert_eq!(
            (world.seats(0).remaining(), world.seats(1).remaining()),
            (4, 4)
        );
        assert_eq!(
            (world.order(1).status(), world.order(1).total().minor),
            (OrderStatus::Cancelled, 0)
        );
    }
}

#[test]
fn cancelling_one_seat_frees_that_seat_and_leaves_the_others() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    world.pay(ADA, 1);
    world.accept(ADA, cancel_seats(1, 1, &[2]));
    let order = world.order(1);
    let (kept, given_up) = (SeatStatus::Confirmed, SeatStatus::Cancelled);
    assert_eq!(order.seats(&order.lines()[0]), [kept, given_up, kept]);
    assert_eq!(
        (world.seats(0).remaining(), order.total().minor),
        (2, 20_000)
    );
}

#[test]
fn with_the_last_seat_goes_the_order() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 2));
    world.accept(ADA, cancel_seats(1, 1, &[1]));
    assert_eq!(world.order(1).status(), OrderStatus::Reserved);
    world.accept(ADA, cancel_seats(1, 1, &[2]));
    assert_eq!(world.order(1).status(), OrderStatus::Cancelled);
    assert_eq!(world.seats(0).remaining(), 4);
}

#[test]
fn cancelling_a_seat_after_the_hold_was_released_frees_nothing_twice() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    world.later(20).accept(BOB, place(2, 4));
    world.accept(ADA, cancel_seats(1, 1, &[1]));
    world.accept(ADA, cancel(1));
    assert_eq!(
        (
            world.seats(0).remaining(),
            world.seats(0).of(world::order(2))
        ),
        (0, 4)
    );
}

#[test]
fn a_seat_that_is_not_there_cannot_be_cancelled() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 2));
    assert_eq!(
        world.refuse(ADA, cancel_seats(1, 1, &[3])),
        Rejection::NoSuchSeat
    );
    assert_eq!(
        world.refuse(ADA, cancel_seats(1, 2, &[1])),
        Rejection::NoSuchSeat
    );
}

#[test]
fn attendees_are_named_and_named_anew_on_held_and_confirmed_seats() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 2));
    world.accept(ADA, assign(1, 1, 1, "Grace Hopper"));
    world.pay(ADA, 1);
    world.accept(ADA, assign(1, 1, 1, "Barbara Liskov"));
}

#[test]
fn nobody_can_be_named_on_a_seat_that_is_not_there_or_given_up() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 2));
    assert_eq!(
        world.refuse(ADA, assign(1, 1, 3, "Grace Hopper")),
        Rejection::NoSuchSeat
    );
    world.accept(ADA, cancel_seats(1, 1, &[2]));
    assert_eq!(
        world.refuse(ADA, assign(1, 1, 2, "Grace Hopper")),
        Rejection::NoSuchSeat
    );
    world.accept(ADA, cancel(1));
    assert_eq!(
        world.refuse(ADA, assign(1, 1, 1, "Grace Hopper")),
        Rejection::OrderClosed("cancelled")
    );
}

#[test]
fn somebody_elses_order_does_not_exist_for_you() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 2));
    let commands = [
        confirm(1),
        cancel(1),
        cancel_seats(1, 1, &[1]),
        assign(1, 1, 1, "Eve"),
        Command::ExtendHold(world::order(1)),
    ];
    for command in commands {
        assert_eq!(world.refuse(BOB, command), Rejection::NoSuchOrder);
    }
}

#[test]
fn every_order_command_sent_twice_changes_nothing_the_second_time() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    let asked = world.accept(ADA, confirm(1));
    assert!(world.accept(ADA, confirm(1)).is_empty());
    let (payment_id, amount) = world::requested(&asked).unwrap();
    world.process(Command::SettlePayment(world::order(1), payment_id, amount));
    for command in [confirm(1), cancel_seats(1, 1, &[1, 1]), cancel(1)] {
        world.accept(ADA, command.clone());
        assert!(world.accept(ADA, command.clone()).is_empty(), "{command:?}");
    }
}

#[test]
fn nothing_stands_against_being_forgotten_and_whoever_comes_back_can_be_forgotten_again() {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 2));
    let (ada, order) = (PersonId(ADA.to_owned()), world.order(1));
    for _ in 0..2 {
        let decided = world.accept(ADA, Command::Forget(ada.clone()));
        let forgotten = Event::Person(person::Event::PersonForgotten {});
        let stream = StreamId::Person(ada.clone());
        assert_eq!(decided, [(stream, vec![forgotten])].into());
    }
    assert_eq!(world.order(1), order, "the booking stands");
    world.accept(ADA, cancel(1));
}
