//! Whatever is sent, in whatever order, and however late: no pool is ever oversold, and pools and orders agree.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod world;

use domain::booking::{Command, State, StreamId};
use proptest::prelude::*;
use shared::{
    requests::ReviseSeatType,
    text::{Ordinal, Quota},
    views::SeatStatus,
};
use world::{ADA, BOB, ORGANIZER, World, ask, conference, order, pool, requested};

#[derive(Clone, Debug)]
enum Step {
    Wait(i64),
    Send(&'static str, Box<Command>),
    /// Confirm an order and charge its account.
    Pay(u128),
}

fn step() -> impl Strategy<Value = Step> {
    let person = prop_oneof![Just(ADA), Just(BOB)];
    let ordinal = |max: i64| (1..=max).prop_map(|number| Ordinal::try_from(number).unwrap());
    let lines = prop_oneof![
        (1..5u32).prop_map(|a| vec![(0, a)]),
        (1..5u32, 1..5u32).prop_map(|(a, b)| vec![(0, a), (1, b)]),
        (1..5u32, 1..5u32).prop_map(|(a, b)| vec![(1, a), (0, b)]),
    ];
    let command = prop_oneof![
        4 => (0..8u128, lines, any::<bool>()).prop_map(|(number, lines, partial)| ask(number, &lines, partial)),
        2 => (0..8u128).prop_map(|number| Command::Confirm(order(number))),
        1 => (0..8u128).prop_map(|number| Command::CancelWithConference(order(number))),
        1 => (0..2u128).prop_map(|number| Command::ReleaseDueHolds(conference(), pool(number))),
        1 => (0..8u128).prop_map(|number| Command::CancelOrder(order(number))),
        1 => (0..8u128).prop_map(|number| Command::ExtendHold(order(number))),
        2 => (0..8u128, ordinal(2), prop::collection::vec(ordinal(4), 1..3))
            .prop_map(|(number, line, seats)| Command::CancelSeats(order(number), line, seats)),
        1 => (0..2u128, 0..12i64).prop_map(|(number, quota)| {
            let quota = Quota::try_from(quota).ok();
            Command::ReviseSeatType(conference(), pool(number), ReviseSeatType { quota, ..Default::default() })
        }),
    ];
    prop_oneof![
        1 => (1..20i64).prop_map(Step::Wait),
        2 => (0..8u128).prop_map(Step::Pay),
        6 => (person, command).prop_map(|(person, command)| {
            let person = if matches!(command, Command::ReviseSeatType(..)) { ORGANIZER } else { person };
            Step::Send(person, Box::new(command))
        }),
    ]
}

/// Confirm an order and charge its account, where both are possible.
fn pay(world: &mut World, number: u128) {
    for person in [ADA, BOB] {
        let asked = world.send(person, Command::Confirm(order(number)));
        if let Some((payment_id, amount)) = asked.ok().as_ref().and_then(requested) {
            let settle = Command::SettlePayment(order(number), payment_id, amount);
            world.process(settle.clone());
            assert!(world.process(settle).is_empty());
        }
    }
}

/// What orders say they have, against what the pools say.
fn check(world: &World) {
    for number in 0..2 {
        let seats = world.seats(number);
        assert!(seats.taken() <= seats.quota(), "oversold: {seats:?}");
        assert_eq!(seats.remaining(), seats.quota() - seats.taken());
        let mut taken = 0;
        for (stream, state) in &world.streams {
            let (StreamId::Order(id), State::Order(order)) = (stream, state) else {
                continue;
            };
            let lines = order
                .lines()
                .iter()
                .filter(|line| line.seat_type_id == pool(number));
            let has = |status| {
                let count = |line| {
                    order
                        .seats(line)
                        .iter()
                        .filter(|seat| **seat == status)
                        .count() as u32
                };
                lines.clone().map(count).sum::<u32>()
            };
            // A confirmed seat is sold. A held one is held, or its hold ran out and was released.
            let confirmed = has(SeatStatus::Confirmed);
            let held = has(SeatStatus::Held);
            let in_pool = seats.of(*id);
            assert!(
                in_pool == confirmed + held || (confirmed == 0 && in_pool == 0),
                "{id}: {in_pool}"
            );
            taken += in_pool;
        }
        assert_eq!(seats.taken(), taken);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_sequence_of_commands_oversells_a_pool(
        quotas in prop::collection::vec(0..9u32, 2),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut world = World::on_sale(&quotas);
        for step in steps {
            match step {
                Step::Wait(minutes) => { world.later(minutes); }
                Step::Pay(number) => pay(&mut world, number),
                Step::Send(person, command) => {
                    let _ = world.send(person, (*command).clone());
                }
            }
            check(&world);
        }
    }

    #[test]
    fn every_accepted_command_sent_again_gives_nobody_more(
        quotas in prop::collection::vec(0..9u32, 2),
        steps in prop::collection::vec(step(), 1..30),
    ) {
        let mut world = World::on_sale(&quotas);
        for step in steps {
            match step {
                Step::Wait(minutes) => { world.later(minutes); }
                Step::Pay(number) => pay(&mut world, number),
                Step::Send(person, command) => {
                    if world.send(person, (*command).clone()).is_ok() {
                        let once = world.clone();
                        let _ = world.send(person, *command);
                        for number in 0..2 {
                            prop_assert_eq!(once.seats(number), world.seats(number));
                        }
                    }
                }
            }
        }
    }
}
