//! The rules of promo codes, each shown saying yes and saying no.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod world;

use domain::booking::{Command, Rejection};
use proptest::prelude::*;
use shared::{
    problem::PromoRefusal,
    requests::{AddPromoCode, AddSeatType, Discount, PlaceOrder},
    text::{AmountOff, MaxUses, Percent, Price, PromoCode},
};
use world::{ADA, BOB, ORGANIZER, World, ask, conference, pool, refund_due, requested};

fn code(text: &str) -> PromoCode {
    text.parse().unwrap()
}

fn percent(percent: i64) -> Discount {
    Discount::Percent(Percent::try_from(percent).unwrap())
}

fn amount(minor: i64) -> Discount {
    Discount::Amount(AmountOff::try_from(minor).unwrap())
}

/// A code for all seats, for everybody, for ever, that may be used with others.
fn terms(text: &str, discount: Discount) -> AddPromoCode {
    AddPromoCode {
        code: code(text),
        discount,
        seat_type_ids: Vec::new(),
        max_uses: None,
        valid_from: None,
        valid_until: None,
        combinable: true,
    }
}

fn once(text: &str) -> AddPromoCode {
    AddPromoCode {
        max_uses: MaxUses::try_from(1).ok(),
        ..terms(text, percent(50))
    }
}

/// Two pools of ten seats each at this price, and these codes.
fn world(price: i64, codes: impl IntoIterator<Item = AddPromoCode>) -> World {
    let mut world = World::draft();
    for number in 0..2 {
        let seats = AddSeatType {
            price: Price::try_from(price).unwrap(),
            ..world::seat_type(10)
        };
        let add = Command::AddSeatType(conference(), pool(number), seats);
        world.accept(ORGANIZER, add);
    }
    world.accept(ORGANIZER, Command::Publish(conference()));
    for code in codes {
        world.accept(ORGANIZER, Command::AddPromoCode(conference(), code));
    }
    world
}

fn place(number: u128, lines: &[(u128, u32)], codes: &[&str]) -> Command {
    let Command::PlaceOrder(request) = ask(number, lines, false) else {
        unreachable!()
    };
    Command::PlaceOrder(PlaceOrder {
        promo_codes: codes.iter().map(|text| code(text)).collect(),
        ..request
    })
}

/// What one seat costs with these codes.
fn price_with(price: i64, codes: impl IntoIterator<Item = AddPromoCode>, used: &[&str]) -> i64 {
    let mut world = world(price, codes);
    world.accept(ADA, place(1, &[(0, 1)], used));
    world.order(1).total().minor
}

fn refused(code_text: &str, reason: PromoRefusal) -> Rejection {
    Rejection::PromoCodeRefused(code(code_text), reason)
}

#[test]
fn a_percentage_is_rounded_half_up_for_each_seat() {
    for (price, percentage, costs) in [
        (10_000, 20, 8_000),
        (5, 10, 4),
        (4, 10, 4),
        (1, 50, 0),
        (3, 50, 1),
        (999, 33, 669),
        (10_000, 100, 0),
    ] {
        let codes = [terms("OFF", percent(percentage))];
        assert_eq!(
            price_with(price, codes, &["OFF"]),
            costs,
            "{price} less {percentage} %"
        );
    }
    let mut world = world(999, [terms("OFF", percent(33))]);
    world.accept(ADA, place(1, &[(0, 3)], &["OFF"]));
    assert_eq!(world.order(1).total().minor, 3 * 669);
}

#[test]
fn an_amount_never_takes_more_than_the_price() {
    assert_eq!(
        price_with(1_000, [terms("OFF", amount(300))], &["OFF"]),
        700
    );
    assert_eq!(
        price_with(1_000, [terms("OFF", amount(5_000))], &["OFF"]),
        0
    );
}

#[test]
fn percentages_come_before_amounts_and_the_order_of_entry_does_not_matter() {
    let codes = || {
        [
            terms("TEN", amount(1_000)),
            terms("HALF", percent(50)),
            terms("FIFTH", percent(20)),
        ]
    };
    // 100.00, less 20 % is 80.00, less 50 % is 40.00, less 10.00 is 30.00.
    for used in [
        ["TEN", "HALF", "FIFTH"],
        ["FIFTH", "TEN", "HALF"],
        ["HALF", "FIFTH", "TEN"],
    ] {
        assert_eq!(price_with(10_000, codes(), &used), 3_000);
    }
}

#[test]
fn a_code_for_one_seat_type_leaves_the_others_as_they_are() {
    let vip = AddPromoCode {
        seat_type_ids: vec![pool(1)],
        ..terms("VIP", percent(50))
    };
    let mut world = world(1_000, [vip]);
    world.accept(ADA, place(1, &[(0, 1), (1, 1)], &["VIP"]));
    let prices: Vec<_> = world
        .order(1)
        .lines()
        .iter()
        .map(|line| line.seat_price().minor)
        .collect();
    assert_eq!(prices, [1_000, 500]);
    assert_eq!(
        world.refuse(ADA, place(2, &[(0, 1)], &["VIP"])),
        refused("VIP", PromoRefusal::NotForTheseSeats)
    );
}

#[test]
fn an_exclusive_code_is_used_alone_and_no_code_twice() {
    let alone = AddPromoCode {
        combinable: false,
        ..terms("ALONE", percent(10))
    };
    let others = ["ONE", "TWO", "THREE", "FOUR"].map(|text| terms(text, percent(10)));
    let mut world = world(1_000, others.into_iter().chain([alone]));
    world.accept(ADA, place(1, &[(0, 1)], &["ALONE"]));
    for (used, named) in [
        (&["ONE", "ALONE"][..], "ALONE"),
        (&["ONE", "ONE"], "ONE"),
        (&["ONE", "TWO", "THREE", "FOUR"], "FOUR"),
    ] {
        assert_eq!(
            world.refuse(ADA, place(2, &[(0, 1)], used)),
            refused(named, PromoRefusal::NotCombinable)
        );
    }
}

#[test]
fn a_code_is_valid_from_its_first_moment_to_before_its_last() {
    let start = World::draft().now();
    let limited = AddPromoCode {
        valid_from: Some(start.plus_minutes(10)),
        valid_until: Some(start.plus_minutes(20)),
        ..terms("NOW", percent(10))
    };
    let mut world = world(1_000, [limited]);
    let order = |number| place(number, &[(0, 1)], &["NOW"]);
    world.later(9);
    assert_eq!(
        world.refuse(ADA, order(1)),
        refused("NOW", PromoRefusal::NotYetValid)
    );
    world.later(1).accept(ADA, order(1));
    world.later(9).accept(ADA, order(2));
    world.later(1);
    assert_eq!(
        world.refuse(ADA, order(3)),
        refused("NOW", PromoRefusal::NoLongerValid)
    );
    // What was placed in time keeps its price.
    let (_, amount) = requested(&world.accept(ADA, Command::Confirm(world::order(2)))).unwrap();
    assert_eq!(amount.minor, 900);
}

#[test]
fn an_unknown_or_withdrawn_code_is_refused_and_orders_that_have_it_keep_it() {
    let mut world = world(1_000, [terms("OFF", percent(10))]);
    assert_eq!(
        world.refuse(ADA, place(1, &[(0, 1)], &["NONE"])),
        refused("NONE", PromoRefusal::Unknown)
    );
    world.accept(ADA, place(1, &[(0, 1)], &["OFF"]));
    let withdraw = Command::WithdrawPromoCode(conference(), code("OFF"));
    assert_eq!(world.refuse(ADA, withdraw.clone()), Rejection::NotYours);
    world.accept(ORGANIZER, withdraw.clone());
    assert!(world.accept(ORGANIZER, withdraw).is_empty());
    assert_eq!(
        world.refuse(BOB, place(2, &[(0, 1)], &["OFF"])),
        refused("OFF", PromoRefusal::Unknown)
    );
    world.pay(ADA, 1);
    assert_eq!(world.order(1).total().minor, 900);
}

#[test]
fn a_code_for_one_order_is_not_used_by_two() {
    let mut world = world(1_000, [once("ONCE")]);
    let used_up = refused("ONCE", PromoRefusal::UsedUp);
    world.accept(ADA, place(1, &[(0, 1)], &["ONCE"]));
    assert_eq!(world.refuse(BOB, place(2, &[(0, 1)], &["ONCE"])), used_up);
    world.pay(ADA, 1);
    world.later(1_000);
    assert_eq!(world.refuse(BOB, place(2, &[(0, 1)], &["ONCE"])), used_up);
    world.accept(ADA, Command::CancelOrder(world::order(1)));
    world.accept(BOB, place(2, &[(0, 1)], &["ONCE"]));
}

#[test]
fn a_use_runs_out_with_its_hold_and_is_extended_with_it() {
    let mut world = world(1_000, [once("ONCE")]);
    world.accept(ADA, place(1, &[(0, 1)], &["ONCE"]));
    world.accept(ADA, Command::ExtendHold(world::order(1)));
    world.later(29);
    assert_eq!(
        world.refuse(BOB, place(2, &[(0, 1)], &["ONCE"])),
        refused("ONCE", PromoRefusal::UsedUp)
    );
    world.later(1).accept(BOB, place(2, &[(0, 1)], &["ONCE"]));
    // Ada's price rested on a code that Bob has now.
    assert_eq!(
        world.refuse(ADA, Command::Confirm(world::order(1))),
        refused("ONCE", PromoRefusal::UsedUp)
    );
    world.accept(BOB, Command::CancelOrder(world::order(2)));
    world.pay(ADA, 1);
}

#[test]
fn seats_are_refunded_with_what_they_cost_after_discounts() {
    let mut world = world(999, [terms("OFF", percent(33))]);
    world.accept(ADA, place(1, &[(0, 3)], &["OFF"]));
    world.pay(ADA, 1);
    let events = world.accept(ADA, Command::CancelOrder(world::order(1)));
    assert_eq!(refund_due(&events).unwrap().2, 3 * 669);
}

#[test]
fn a_code_is_added_once_by_the_organizer_for_seat_types_that_exist() {
    let mut world = world(1_000, [terms("OFF", percent(10))]);
    let add = |terms| Command::AddPromoCode(conference(), terms);
    assert_eq!(
        world.refuse(ADA, add(terms("NEW", percent(1)))),
        Rejection::NotYours
    );
    assert_eq!(
        world.refuse(ORGANIZER, add(terms("OFF", percent(10)))),
        Rejection::PromoCodeExists(code("OFF"))
    );
    let elsewhere = AddPromoCode {
        seat_type_ids: vec![pool(9)],
        ..terms("NEW", percent(1))
    };
    assert_eq!(
        world.refuse(ORGANIZER, add(elsewhere)),
        Rejection::NoSuchSeatType(pool(9))
    );
    let now = world.now();
    let backwards = AddPromoCode {
        valid_from: Some(now),
        valid_until: Some(now),
        ..terms("NEW", percent(1))
    };
    assert_eq!(
        world.refuse(ORGANIZER, add(backwards)),
        Rejection::EndsBeforeStart
    );
    assert_eq!(
        world.refuse(
            ORGANIZER,
            Command::WithdrawPromoCode(conference(), code("NEW"))
        ),
        Rejection::NoSuchPromoCode
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_the_codes_a_seat_costs_from_nothing_to_its_price_and_lines_add_up(
        price in 0..100_000i64,
        first in 1..=100i64,
        second in 1..=100i64,
        off in 1..200_000i64,
        seats in 1..=10u32,
    ) {
        let codes = [terms("ONE", percent(first)), terms("TWO", percent(second)), terms("SUM", amount(off))];
        let mut world = world(price, codes);
        world.accept(ADA, place(1, &[(0, seats)], &["ONE", "TWO", "SUM"]));
        let order = world.order(1);
        let line = &order.lines()[0];
        let costs = line.seat_price().minor;
        prop_assert!((0..=price).contains(&costs));
        let taken: i64 = line.discounts.iter().map(|off| i64::from(off.per_seat)).sum();
        prop_assert_eq!(costs + taken, price);
        prop_assert_eq!(order.total().minor, costs * i64::from(seats));
    }
}
