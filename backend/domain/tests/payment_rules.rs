//! The rules of paying for an order and of getting money back, each shown saying yes and saying no.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod world;

use domain::{
    Decline,
    booking::{Command, Event, Rejection, StreamId, order},
};
use shared::{
    Currency, Money, PaymentId, PersonId, RefundId,
    requests::AddSeatType,
    text::{Ordinal, Price},
    views::{OrderStatus, RefundReason},
};
use uuid::Uuid;
use world::{ADA, BOB, ORGANIZER, World, conference, place, pool, refund_due, requested};

fn confirm() -> Command {
    Command::Confirm(world::order(1))
}

fn settle(payment_id: PaymentId, amount: Money) -> Command {
    Command::SettlePayment(world::order(1), payment_id, amount)
}

fn decline(payment_id: PaymentId) -> Command {
    let shortfall = euros(1_200);
    let decline = Decline::InsufficientFunds { shortfall };
    Command::DeclinePayment(world::order(1), payment_id, decline)
}

fn cancel_seats(seats: &[i64]) -> Command {
    let n = |number| Ordinal::try_from(number).unwrap();
    let seats = seats.iter().map(|seat| n(*seat)).collect();
    Command::CancelSeats(world::order(1), n(1), seats)
}

fn euros(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::EUR,
    }
}

fn resume(person: &str) -> Command {
    Command::ResumePayment(world::order(1), PersonId(person.into()))
}

/// Ada has three seats of four on hold, at 300.00 together.
fn held() -> World {
    let mut world = World::on_sale(&[4]);
    world.accept(ADA, place(1, 3));
    world
}

/// The same, and the account was asked.
fn awaited() -> (World, PaymentId, Money) {
    let mut world = held();
    let asked = world.accept(ADA, confirm());
    let (payment_id, amount) = requested(&asked).unwrap();
    (world, payment_id, amount)
}

#[test]
fn confirming_asks_the_account_for_the_price_and_holds_the_seats_on() {
    let (world, _, amount) = awaited();
    let order = world.order(1);
    assert_eq!(amount, euros(30_000));
    assert_eq!(order.status(), OrderStatus::AwaitingPayment);
    assert_eq!(order.hold(), Some((world.now().plus_minutes(15), false)));
}

#[test]
fn what_costs_nothing_is_confirmed_at_once() {
    let mut world = World::draft();
    let free = AddSeatType {
        price: Price::try_from(0).unwrap(),
        ..world::seat_type(4)
    };
    world.accept(ORGANIZER, Command::AddSeatType(conference(), pool(0), free));
    world.accept(ORGANIZER, Command::Publish(conference()));
    world.accept(ADA, place(1, 3));
    let events = world.accept(ADA, confirm());
    assert!(requested(&events).is_none());
    assert_eq!(world.order(1).status(), OrderStatus::Confirmed);
    assert!(refund_due(&world.accept(ADA, Command::CancelOrder(world::order(1)))).is_none());
}

#[test]
fn nobody_is_charged_for_seats_that_are_gone() {
    let mut world = held();
    world.later(20).accept(BOB, place(2, 4));
    let refused = world.refuse(ADA, confirm());
    assert!(matches!(refused, Rejection::SeatsUnavailable(_)));
}

#[test]
fn a_charge_sells_the_seats() {
    let (mut world, payment_id, amount) = awaited();
    world.process(settle(payment_id, amount));
    assert_eq!(world.order(1).status(), OrderStatus::Confirmed);
    world.later(1000);
    assert_eq!(world.seats(0).remaining(), 1);
}

#[test]
fn a_declined_payment_leaves_the_hold_as_it_was_and_can_be_tried_again() {
    let (mut world, payment_id, _) = awaited();
    let before = world.order(1).hold();
    world.process(decline(payment_id));
    assert_eq!(
        (world.order(1).status(), world.order(1).hold()),
        (OrderStatus::Reserved, before)
    );
    let (again, amount) = requested(&world.accept(ADA, confirm())).unwrap();
    assert_ne!(payment_id, again);
    world.process(settle(again, amount));
    assert_eq!(world.order(1).status(), OrderStatus::Confirmed);
}

#[test]
fn a_late_charge_takes_free_seats_again() {
    let (mut world, payment_id, amount) = awaited();
    world.later(20).accept(BOB, place(2, 1));
    assert_eq!(world.seats(0).of(world::order(1)), 0);
    let events = world.process(settle(payment_id, amount));
    let recovered = Event::Order(order::Event::OrderSeatsRecovered { seats: 3 });
    assert_eq!(events[&StreamId::Order(world::order(1))][0], recovered);
    assert_eq!(world.order(1).status(), OrderStatus::Confirmed);
    assert_eq!(world.seats(0).remaining(), 0);
}

#[test]
fn a_late_charge_goes_back_where_the_seats_are_gone() {
    let (mut world, payment_id, amount) = awaited();
    world.later(20).accept(BOB, place(2, 2));
    let events = world.process(settle(payment_id, amount));
    let (_, of, back, reason) = refund_due(&events).unwrap();
    assert_eq!(
        (of, back, reason),
        (payment_id, 30_000, RefundReason::SeatsGone)
    );
    assert_eq!(world.order(1).status(), OrderStatus::Refunded);
    assert_eq!(world.seats(0).of(world::order(2)), 2);
    assert!(world.process(settle(payment_id, amount)).is_empty());
    for command in [confirm(), Command::ExtendHold(world::order(1))] {
        assert_eq!(
            world.refuse(ADA, command),
            Rejection::OrderClosed("refunded")
        );
    }
}

#[test]
fn a_charge_for_an_order_cancelled_meanwhile_goes_back() {
    let (mut world, payment_id, amount) = awaited();
    let cancelled = world.accept(ADA, Command::CancelOrder(world::order(1)));
    assert!(refund_due(&cancelled).is_none(), "nothing is charged yet");
    let events = world.process(settle(payment_id, amount));
    let (.., back, reason) = refund_due(&events).unwrap();
    assert_eq!((back, reason), (30_000, RefundReason::NotAwaited));
    assert_eq!(world.order(1).status(), OrderStatus::Cancelled);
    assert!(world.process(settle(payment_id, amount)).is_empty());
}

#[test]
fn a_decline_of_an_order_cancelled_meanwhile_changes_nothing_of_it() {
    let (mut world, payment_id, _) = awaited();
    world.accept(ADA, Command::CancelOrder(world::order(1)));
    world.process(decline(payment_id));
    assert_eq!(world.order(1).status(), OrderStatus::Cancelled);
}

#[test]
fn what_the_account_says_twice_or_of_an_unknown_payment_changes_nothing() {
    let (mut world, payment_id, amount) = awaited();
    world.process(settle(payment_id, amount));
    assert!(world.process(settle(payment_id, amount)).is_empty());
    assert!(world.process(decline(payment_id)).is_empty());
    let unknown = PaymentId(Uuid::from_u128(77));
    for command in [settle(unknown, amount), decline(unknown)] {
        assert_eq!(world.refuse(ADA, command), Rejection::NoSuchPayment);
    }
}

#[test]
fn seats_given_up_are_refunded_with_what_was_paid_for_them() {
    let mut world = held();
    world.pay(ADA, 1);
    let events = world.accept(ADA, cancel_seats(&[2]));
    let (refund_id, _, back, reason) = refund_due(&events).unwrap();
    assert_eq!((back, reason), (10_000, RefundReason::SeatsCancelled));
    let record = Command::RecordRefund(world::order(1), refund_id);
    assert!(!world.process(record.clone()).is_empty());
    assert!(world.process(record).is_empty());
    let (.., rest, _) = refund_due(&world.accept(ADA, cancel_seats(&[1, 3]))).unwrap();
    assert_eq!(rest, 20_000);
    let unknown = Command::RecordRefund(world::order(1), RefundId(Uuid::from_u128(77)));
    assert_eq!(world.refuse(ADA, unknown), Rejection::NoSuchRefund);
}

#[test]
fn an_order_cancelled_after_some_of_its_seats_is_refunded_with_the_rest() {
    let mut world = held();
    world.pay(ADA, 1);
    world.accept(ADA, cancel_seats(&[2]));
    let events = world.accept(ADA, Command::CancelOrder(world::order(1)));
    assert_eq!(refund_due(&events).unwrap().2, 20_000);
}

#[test]
fn seats_that_were_not_paid_for_are_given_up_without_a_refund() {
    let mut world = held();
    assert!(refund_due(&world.accept(ADA, cancel_seats(&[2]))).is_none());
    assert!(refund_due(&world.accept(ADA, Command::CancelOrder(world::order(1)))).is_none());
}

#[test]
fn while_an_order_is_being_paid_its_price_and_its_hold_stay() {
    let (mut world, ..) = awaited();
    for command in [cancel_seats(&[1]), Command::ExtendHold(world::order(1))] {
        let refused = world.refuse(ADA, command);
        assert!(matches!(refused, Rejection::OrderClosed(_)), "{refused}");
    }
}

#[test]
fn money_that_arrives_asks_for_the_payment_again_however_late() {
    let (mut world, payment_id, _) = awaited();
    world.process(decline(payment_id));
    world.later(20).accept(BOB, place(2, 4));
    let (late, amount) = requested(&world.process(resume(ADA))).unwrap();
    let events = world.process(settle(late, amount));
    assert_eq!(refund_due(&events).unwrap().3, RefundReason::SeatsGone);
}

#[test]
fn money_that_arrives_while_the_account_is_asked_has_it_asked_again_after_a_decline() {
    let (mut world, payment_id, _) = awaited();
    assert!(!world.process(resume(ADA)).is_empty());
    assert!(world.process(resume(ADA)).is_empty());
    let (again, amount) = requested(&world.process(decline(payment_id))).unwrap();
    assert_eq!(world.order(1).status(), OrderStatus::AwaitingPayment);
    assert!(requested(&world.process(decline(again))).is_none(), "once");
    assert_eq!(world.order(1).status(), OrderStatus::Reserved);
    assert!(world.process(settle(again, amount)).is_empty());
}

#[test]
fn money_of_somebody_else_asks_for_nothing() {
    let mut world = held();
    assert!(world.process(resume(BOB)).is_empty());
    assert_eq!(world.order(1).status(), OrderStatus::Reserved);
}

#[test]
fn money_for_an_order_that_does_not_exist_asks_for_nothing() {
    let mut world = World::on_sale(&[4]);
    assert!(world.process(resume(ADA)).is_empty());
}

#[test]
fn money_for_an_order_that_is_paid_or_cancelled_asks_for_nothing() {
    let (mut world, payment_id, amount) = awaited();
    world.process(settle(payment_id, amount));
    assert!(world.process(resume(ADA)).is_empty());
    world.accept(ADA, Command::CancelOrder(world::order(1)));
    assert!(world.process(resume(ADA)).is_empty());
}

#[test]
fn a_cancelled_conference_sells_nothing_and_refunds_what_arrives() {
    let (mut world, payment_id, amount) = awaited();
    world.accept(BOB, place(2, 1));
    let cancel = Command::CancelConference(conference());
    assert_eq!(world.refuse(ADA, cancel.clone()), Rejection::NotYours);
    world.accept(ORGANIZER, cancel.clone());
    assert!(world.accept(ORGANIZER, cancel).is_empty());
    assert_eq!(
        world.refuse(BOB, place(3, 1)),
        Rejection::ConferenceCancelled
    );
    assert_eq!(
        world.refuse(BOB, Command::Confirm(world::order(2))),
        Rejection::ConferenceCancelled
    );
    assert_eq!(
        world.refuse(ORGANIZER, Command::Publish(conference())),
        Rejection::ConferenceCancelled
    );
    let events = world.process(settle(payment_id, amount));
    let (.., back, reason) = refund_due(&events).unwrap();
    assert_eq!((back, reason), (30_000, RefundReason::ConferenceCancelled));
}

#[test]
fn with_its_conference_an_order_is_cancelled_and_refunded_once() {
    let mut world = held();
    world.pay(ADA, 1);
    world.accept(ORGANIZER, Command::CancelConference(conference()));
    let orders: Vec<_> = world.seats(0).orders().collect();
    assert_eq!(orders, [world::order(1)]);
    let cancel = Command::CancelWithConference(world::order(1));
    let events = world.process(cancel.clone());
    let (.., back, reason) = refund_due(&events).unwrap();
    assert_eq!((back, reason), (30_000, RefundReason::ConferenceCancelled));
    assert!(world.process(cancel).is_empty());
    assert_eq!(world.seats(0).orders().count(), 0);
}

#[test]
fn due_holds_are_released_and_the_others_are_not() {
    let mut world = held();
    world.later(10).accept(BOB, place(2, 1));
    let release = Command::ReleaseDueHolds(conference(), pool(0));
    assert!(world.process(release.clone()).is_empty());
    world.later(5);
    assert!(!world.process(release.clone()).is_empty());
    assert_eq!(world.seats(0).of(world::order(1)), 0);
    assert_eq!(world.seats(0).of(world::order(2)), 1);
    assert!(world.process(release).is_empty());
}
