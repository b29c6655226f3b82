//! The two contexts together: whatever happens in whatever order, money is conserved and orders agree with accounts.
//!
//! The first part goes through *every* order in which messages can come, each of them twice, with the people's own
//! commands at any moment between them. A step that fails once is part of that: before it took effect it is a message
//! that comes later, after it took effect one that comes again. The second part lets chance decide over longer histories.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::{
    accounts::{self, Action},
    booking::{self, Command, Rejection},
};
use proptest::prelude::*;
use shared::{
    ConferenceId, Currency, Money, OrderId, PaymentId, PersonId, SeatTypeId, TopUpId,
    account::{TopUpAmount, TopUpFailure},
    requests::{AddSeatType, CreateConference, PlaceOrder, RequestedLine},
    text::{MaxPerOrder, Ordinal, Price, Quantity, Quota},
    views::{OrderStatus, SeatStatus},
};
use tests::{schemas::assert_conforms, simulation::Contexts};
use uuid::Uuid;

const PRICE: i64 = 10_000;
const ADA: &str = "ada";
const BOB: &str = "bob";
const ORGANIZER: &str = "otto";

fn conference() -> ConferenceId {
    ConferenceId(Uuid::from_u128(1))
}

fn pool() -> SeatTypeId {
    SeatTypeId(Uuid::from_u128(2))
}

fn order(number: u128) -> OrderId {
    OrderId(Uuid::from_u128(100 + number))
}

fn euros(minor: i64) -> Money {
    let currency = Currency::EUR;
    Money { minor, currency }
}

/// What somebody does, or the time.
#[derive(Clone, Debug)]
enum Step {
    Place(&'static str, u128, u32),
    Pay(&'static str, u128),
    CancelSeat(&'static str, u128, i64),
    Cancel(&'static str, u128),
    CancelConference,
    Later(i64),
    StartTopUp(&'static str, u128, i64, Option<u128>),
    Credit(&'static str, u128, i64),
    Fail(&'static str, u128),
    Block(&'static str),
    Unblock(&'static str),
}

use Step::*;

/// Do it. A no is an answer as good as any here; what is refused changes nothing.
fn act(world: &mut Contexts, step: &Step) {
    let account = |person: &str| accounts::StreamId::Account {
        currency: Currency::EUR,
        person: PersonId(person.to_owned()),
    };
    let of = |person: &str, action| accounts::Command {
        account: account(person),
        action,
    };
    let top_up = |number: &u128| TopUpId(Uuid::from_u128(500 + number));
    match step {
        Place(person, number, quantity) => {
            let quantity = Quantity::try_from(i64::from(*quantity)).unwrap();
            let seat_type_id = pool();
            let place = PlaceOrder {
                order_id: order(*number),
                conference_id: conference(),
                lines: vec![RequestedLine {
                    seat_type_id,
                    quantity,
                }],
                partial: false,
                promo_codes: Vec::new(),
            };
            let _ = world.book(person, &Command::PlaceOrder(place));
        }
        Pay(person, number) => {
            let _ = world.book(person, &Command::Confirm(order(*number)));
        }
        CancelSeat(person, number, seat) => {
            let n = |number| Ordinal::try_from(number).unwrap();
            let cancel = Command::CancelSeats(order(*number), n(1), vec![n(*seat)]);
            let _ = world.book(person, &cancel);
        }
        Cancel(person, number) => {
            let _ = world.book(person, &Command::CancelOrder(order(*number)));
        }
        CancelConference => {
            let cancel = Command::CancelConference(conference());
            let _ = world.book(ORGANIZER, &cancel);
        }
        Later(minutes) => world.minute += minutes,
        StartTopUp(person, number, amount, order_number) => {
            let start = Action::StartTopUp {
                top_up_id: top_up(number),
                amount: TopUpAmount::try_from(euros(*amount)).unwrap(),
                provider: "test".to_owned(),
                order_id: order_number.map(order),
            };
            let _ = world.account(person, &of(person, start));
        }
        Credit(person, number, amount) => {
            let credit = Action::CreditTopUp {
                top_up_id: top_up(number),
                amount: euros(*amount),
                reference: "reference".to_owned(),
            };
            let _ = world.account("plenary:payments", &of(person, credit));
        }
        Fail(person, number) => {
            let fail = Action::FailTopUp {
                top_up_id: top_up(number),
                reason: TopUpFailure::Declined,
            };
            let _ = world.account("plenary:payments", &of(person, fail));
        }
        Block(person) => {
            let block = Action::Block("a check".parse().unwrap());
            let _ = world.account("olga", &of(person, block));
        }
        Unblock(person) => {
            let _ = world.account("olga", &of(person, Action::Unblock));
        }
    }
}

/// A published conference with so many seats at 100.00.
fn on_sale(quota: i64) -> Contexts {
    let mut world = Contexts::default();
    let create = CreateConference {
        name: "Rust Week".parse().unwrap(),
        slug: "rust-week".parse().unwrap(),
        description: "".parse().unwrap(),
        venue: "Jaarbeurs".parse().unwrap(),
        city: "Utrecht".parse().unwrap(),
        time_zone: "Europe/Amsterdam".parse().unwrap(),
        starts_at: "2027-05-18T07:00:00Z".parse().unwrap(),
        ends_at: "2027-05-22T15:00:00Z".parse().unwrap(),
        currency: Currency::EUR,
    };
    let seats = AddSeatType {
        name: "Standard".parse().unwrap(),
        description: "".parse().unwrap(),
        price: Price::try_from(PRICE).unwrap(),
        quota: Quota::try_from(quota).unwrap(),
        max_per_order: MaxPerOrder::try_from(10).unwrap(),
    };
    for command in [
        Command::CreateConference(conference(), create),
        Command::AddSeatType(conference(), pool(), seats),
        Command::Publish(conference()),
    ] {
        world.book(ORGANIZER, &command).unwrap();
    }
    world
}

fn after(quota: i64, steps: &[Step]) -> Contexts {
    let mut world = on_sale(quota);
    for step in steps {
        act(&mut world, step);
    }
    world
}

fn order_in(world: &Contexts, number: u128) -> booking::order::Order {
    let stream = booking::StreamId::Order(order(number));
    let state = world.booking.state(&stream);
    let booking::State::Order(order) = &*state else {
        panic!("{state:?}")
    };
    order.clone()
}

fn status(world: &Contexts, number: u128) -> OrderStatus {
    order_in(world, number).status()
}

fn balance(world: &Contexts, person: &str) -> i64 {
    let stream = accounts::StreamId::Account {
        currency: Currency::EUR,
        person: PersonId(person.to_owned()),
    };
    world.accounts.state(&stream).balance().minor
}

/// What holds at every moment.
fn always(world: &Contexts) {
    for (stream, state) in world.booking.streams() {
        if let booking::State::Seats(seats) = state {
            assert!(seats.taken() <= seats.quota(), "{stream} is oversold");
        }
    }
    // Each entry has two legs, so all ledgers together hold nothing; and each account is the sum of its own.
    let mut ledgers: BTreeMap<String, i64> = BTreeMap::new();
    for (stream, event) in world.accounts.events.iter().map(AsRef::as_ref) {
        if let Some(posting) = event.posting() {
            let [(_, own), (clearing, other)] = posting.legs();
            *ledgers.entry(stream.to_string()).or_default() += own;
            *ledgers.entry(format!("{clearing:?}")).or_default() += other;
        }
    }
    assert_eq!(ledgers.values().sum::<i64>(), 0);
    for (stream, account) in world.accounts.streams() {
        let own = ledgers.get(&stream.to_string()).copied().unwrap_or(0);
        assert_eq!(account.balance().minor, own, "{stream}");
        assert!(own >= 0, "{stream} is prepaid");
    }
}

/// What holds once nothing is under way: every charge has bought the seats of its order that are left, and the rest of
/// it went back.
fn once_quiet(world: &Contexts) {
    assert!(world.messages.is_empty());
    for event in &world.told {
        assert_conforms(&serde_json::to_value(event.as_ref()).unwrap());
    }
    let mut kept: BTreeMap<PaymentId, i64> = BTreeMap::new();
    for (_, event) in world.accounts.events.iter().map(AsRef::as_ref) {
        if let accounts::Event::ChargePosted {
            payment_id, amount, ..
        } = event
        {
            *kept.entry(*payment_id).or_default() += amount.minor;
        }
        if let accounts::Event::RefundPosted {
            payment_id, amount, ..
        } = event
        {
            *kept.entry(*payment_id).or_default() -= amount.minor;
        }
    }
    let mut bought = BTreeSet::new();
    for (stream, state) in world.booking.streams() {
        let booking::State::Order(order) = state else {
            continue;
        };
        assert_ne!(order.status(), OrderStatus::AwaitingPayment, "{stream}");
        if order.status() == OrderStatus::Confirmed {
            let payment = order.bought_with().expect("these seats cost something");
            assert_eq!(kept.get(&payment), Some(&order.total().minor), "{stream}");
            bought.insert(payment);
            let has_one = order
                .lines()
                .iter()
                .any(|line| order.seats(line).contains(&SeatStatus::Confirmed));
            assert!(has_one, "{stream}");
        }
    }
    for (payment, rest) in kept {
        assert!(rest == 0 || bought.contains(&payment), "{payment}: {rest}");
    }
    let mut due = BTreeSet::new();
    let mut posted = BTreeSet::new();
    for (_, event) in world.booking.events.iter().map(AsRef::as_ref) {
        let booking::Event::Order(event) = event else {
            continue;
        };
        if let booking::order::Event::OrderRefundDue { refund_id, .. } = event {
            due.insert(*refund_id);
        }
        if let booking::order::Event::OrderRefunded { refund_id, .. } = event {
            assert!(posted.insert(*refund_id), "told once");
        }
    }
    assert_eq!(due, posted, "every refund that is due is posted");
}

/// Every end that these steps can come to, whatever comes in whatever order between them.
struct Ends {
    worlds: Vec<Contexts>,
    /// How many different points were seen on the way.
    points: usize,
}

fn every_order(start: Contexts, steps: &[Step]) -> Ends {
    let mut seen = HashSet::new();
    let mut ends: BTreeMap<String, Contexts> = BTreeMap::new();
    let mut open = vec![(start, 0)];
    while let Some((world, next)) = open.pop() {
        if !seen.insert((world.digest(), next)) {
            continue;
        }
        always(&world);
        if let Some(step) = steps.get(next) {
            let mut then = world.clone();
            act(&mut then, step);
            open.push((then, next + 1));
        } else if world.messages.is_empty() {
            once_quiet(&world);
            ends.insert(world.state(), world);
            continue;
        }
        for key in world.messages.keys() {
            let mut then = world.clone();
            then.deliver(*key);
            open.push((then, next));
        }
    }
    Ends {
        worlds: ends.into_values().collect(),
        points: seen.len(),
    }
}

/// The one end of steps that all happen before any message comes.
fn one_end(start: Contexts) -> Contexts {
    let mut ends = every_order(start, &[]);
    assert_eq!(ends.worlds.len(), 1, "every order leads to the same end");
    ends.worlds.remove(0)
}

fn funded(quota: i64) -> Contexts {
    after(
        quota,
        &[
            StartTopUp(ADA, 1, 50_000, None),
            Credit(ADA, 1, 50_000),
            Place(ADA, 1, 3),
        ],
    )
}

#[test]
fn a_paid_order_is_confirmed_and_charged_once() {
    let mut world = funded(4);
    act(&mut world, &Pay(ADA, 1));
    let end = one_end(world);
    assert_eq!(status(&end, 1), OrderStatus::Confirmed);
    assert_eq!(balance(&end, ADA), 20_000);
}

#[test]
fn a_declined_order_keeps_its_hold_and_costs_nothing() {
    let end = one_end(after(4, &[Place(ADA, 1, 3), Pay(ADA, 1)]));
    assert_eq!(status(&end, 1), OrderStatus::Reserved);
    assert_eq!(balance(&end, ADA), 0);
}

#[test]
fn money_that_arrives_for_an_order_pays_it_wherever_its_payment_stands() {
    let start = after(4, &[Place(ADA, 1, 3)]);
    let steps = [
        Pay(ADA, 1),
        StartTopUp(ADA, 1, 30_000, Some(1)),
        Credit(ADA, 1, 30_000),
        Credit(ADA, 1, 30_000),
    ];
    for end in every_order(start, &steps).worlds {
        assert_eq!(status(&end, 1), OrderStatus::Confirmed);
        assert_eq!(balance(&end, ADA), 0);
    }
}

#[test]
fn money_that_arrives_twenty_minutes_late_buys_the_seats_while_they_are_free() {
    let mut world = after(4, &[Place(ADA, 1, 3), StartTopUp(ADA, 1, 30_000, Some(1))]);
    for step in [Later(20), Place(BOB, 2, 1), Credit(ADA, 1, 30_000)] {
        act(&mut world, &step);
    }
    let end = one_end(world);
    assert_eq!(status(&end, 1), OrderStatus::Confirmed);
    assert_eq!(balance(&end, ADA), 0);
}

#[test]
fn money_that_arrives_twenty_minutes_late_is_refunded_where_the_seats_are_gone() {
    let mut world = after(4, &[Place(ADA, 1, 3), StartTopUp(ADA, 1, 30_000, Some(1))]);
    for step in [Later(20), Place(BOB, 2, 2), Credit(ADA, 1, 30_000)] {
        act(&mut world, &step);
    }
    let end = one_end(world);
    assert_eq!(status(&end, 1), OrderStatus::Refunded);
    assert_eq!(balance(&end, ADA), 30_000);
}

#[test]
fn seats_given_up_at_any_moment_after_paying_are_refunded() {
    let mut world = funded(4);
    act(&mut world, &Pay(ADA, 1));
    let steps = [CancelSeat(ADA, 1, 2), CancelSeat(ADA, 1, 3)];
    let ends = every_order(world, &steps);
    for end in &ends.worlds {
        let left = order_in(end, 1).total().minor;
        assert_eq!(balance(end, ADA), 50_000 - left);
    }
    // While the account is asked, seats cannot be given up: both are refused, or the first, or neither.
    assert_eq!(ends.worlds.len(), 3);
}

#[test]
fn an_order_cancelled_at_any_moment_costs_nothing_in_the_end() {
    let ends = every_order(funded(4), &[Pay(ADA, 1), Cancel(ADA, 1)]);
    for end in &ends.worlds {
        assert_eq!(status(end, 1), OrderStatus::Cancelled);
        assert_eq!(balance(end, ADA), 50_000);
    }
}

#[test]
fn a_hold_that_runs_out_at_any_moment_ends_in_seats_or_in_a_refund() {
    let steps = [Pay(ADA, 1), Later(20), Place(BOB, 2, 2)];
    let ends = every_order(funded(4), &steps);
    let statuses: BTreeSet<_> = ends
        .worlds
        .iter()
        .map(|end| (format!("{:?}", status(end, 1)), balance(end, ADA)))
        .collect();
    let expected = [
        ("Confirmed".to_owned(), 20_000),
        ("Refunded".to_owned(), 50_000),
    ];
    assert_eq!(statuses, BTreeSet::from(expected));
}

#[test]
fn a_conference_cancelled_at_any_moment_refunds_everybody() {
    let start = after(
        6,
        &[
            StartTopUp(ADA, 1, 50_000, None),
            Credit(ADA, 1, 50_000),
            StartTopUp(BOB, 2, 50_000, None),
            Credit(BOB, 2, 50_000),
            Place(ADA, 1, 3),
            Place(BOB, 2, 2),
        ],
    );
    let steps = [Pay(ADA, 1), Pay(BOB, 2), CancelConference];
    let ends = every_order(start, &steps);
    for end in &ends.worlds {
        assert_eq!((balance(end, ADA), balance(end, BOB)), (50_000, 50_000));
        for number in [1, 2] {
            let status = status(end, number);
            assert!(
                matches!(status, OrderStatus::Cancelled | OrderStatus::Refunded),
                "{status:?}"
            );
        }
    }
    assert!(ends.points > 1_000, "{} points", ends.points);
}

#[test]
fn a_blocked_account_is_not_charged_and_still_gets_its_money_back() {
    let mut world = funded(4);
    act(&mut world, &Pay(ADA, 1));
    let steps = [Block(ADA), Cancel(ADA, 1)];
    for end in every_order(world, &steps).worlds {
        assert_eq!(status(&end, 1), OrderStatus::Cancelled);
        assert_eq!(balance(&end, ADA), 50_000);
    }
}

#[test]
fn somebody_elses_money_never_pays_for_an_order() {
    let mut world = funded(4);
    act(&mut world, &StartTopUp(BOB, 2, 30_000, Some(1)));
    act(&mut world, &Credit(BOB, 2, 30_000));
    let end = one_end(world);
    assert_eq!(status(&end, 1), OrderStatus::Reserved);
    assert_eq!((balance(&end, ADA), balance(&end, BOB)), (50_000, 30_000));
    let paid = after(4, &[Place(ADA, 1, 3)]).book(BOB, &Command::Confirm(order(1)));
    assert_eq!(paid, Err(Rejection::NoSuchOrder));
}

/// Something that happens, or a message that comes: the one at this place among those under way.
#[derive(Clone, Debug)]
enum Chance {
    Do(Step),
    Deliver(usize),
}

fn chance() -> impl Strategy<Value = Chance> {
    let person = || prop_oneof![Just(ADA), Just(BOB)];
    let number = || 0..5u128;
    let step = prop_oneof![
        3 => (person(), number(), 1..5u32).prop_map(|(p, n, q)| Place(p, n, q)),
        4 => (person(), number()).prop_map(|(p, n)| Pay(p, n)),
        2 => (person(), number(), 1..5i64).prop_map(|(p, n, s)| CancelSeat(p, n, s)),
        1 => (person(), number()).prop_map(|(p, n)| Cancel(p, n)),
        1 => Just(CancelConference),
        2 => (1..20i64).prop_map(Later),
        2 => (person(), number(), 100..60_000i64, proptest::option::of(number()))
            .prop_map(|(p, n, a, o)| StartTopUp(p, n, a, o)),
        3 => (person(), number(), 100..60_000i64).prop_map(|(p, n, a)| Credit(p, n, a)),
        1 => (person(), number()).prop_map(|(p, n)| Fail(p, n)),
        1 => person().prop_map(Block),
        1 => person().prop_map(Unblock),
    ];
    prop_oneof![3 => step.prop_map(Chance::Do), 4 => (0..100usize).prop_map(Chance::Deliver)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn money_is_conserved_and_every_charge_ends_in_a_confirmed_order_or_a_refund(
        quota in 0..12i64,
        history in prop::collection::vec(chance(), 1..80),
        rest in prop::collection::vec(0..100usize, 400),
    ) {
        let mut world = on_sale(quota);
        let deliver = |world: &mut Contexts, place: usize| {
            let keys: Vec<_> = world.messages.keys().copied().collect();
            if !keys.is_empty() {
                world.deliver(keys[place % keys.len()]);
            }
        };
        for chance in &history {
            match chance {
                Chance::Do(step) => act(&mut world, step),
                Chance::Deliver(place) => deliver(&mut world, *place),
            }
            always(&world);
        }
        for place in rest {
            deliver(&mut world, place);
        }
        prop_assert!(world.messages.is_empty(), "{} are left", world.messages.len());
        once_quiet(&world);
    }
}
