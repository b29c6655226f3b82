//! Whatever is asked of an account, in whatever order: the balance is what its entries say, no money is made or lost,
//! and no payment gives back more than it took.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod accounts_world;

use std::collections::BTreeMap;

use accounts_world::{
    ADA, OLGA, SYSTEM, World, charge, credit, eur, fail, limit, payment, reason, refund, refund_id,
    reverse, start, top_up,
};
use domain::accounts::{Action, Event, Ledger};
use proptest::prelude::*;
use shared::PaymentId;

fn step() -> impl Strategy<Value = (&'static str, Action)> {
    let number = || 0..4u128;
    let amount =
        || prop_oneof![9 => 1..900i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => Just(0)];
    let by = |person: &'static str| move |action: Action| (person, action);
    prop_oneof![
        4 => (number(), 100..900i64).prop_map(|(n, minor)| start(n, minor)).prop_map(by(ADA)),
        6 => (number(), amount()).prop_map(|(n, minor)| credit(n, minor)).prop_map(by(SYSTEM)),
        2 => number().prop_map(fail).prop_map(by(SYSTEM)),
        6 => (number(), amount()).prop_map(|(n, minor)| charge(n, minor)).prop_map(by(SYSTEM)),
        6 => (number(), number(), amount()).prop_map(|(n, of, minor)| refund(n, of, minor)).prop_map(by(SYSTEM)),
        2 => (0..900i64).prop_map(limit).prop_map(by(OLGA)),
        1 => prop_oneof![
            Just(Action::Approve),
            Just(Action::Deny(reason())),
            Just(Action::Block(reason())),
            Just(Action::Unblock),
            Just(Action::Unblock),
            Just(Action::Close),
        ].prop_map(by(OLGA)),
        3 => (number(), 0..3u8).prop_map(|(n, kind)| match kind {
            0 => top_up(n).0,
            1 => payment(n).0,
            _ => refund_id(n).0,
        }).prop_map(reverse).prop_map(by(OLGA)),
    ]
}

/// What every ledger holds, by the log alone.
fn ledgers(log: &[Event]) -> BTreeMap<String, i128> {
    let mut ledgers = BTreeMap::new();
    for posting in log.iter().filter_map(Event::posting) {
        for (ledger, gain) in posting.legs() {
            let name = match ledger {
                Ledger::Account => "ada".to_owned(),
                Ledger::Clearing(clearing) => clearing.to_string(),
            };
            *ledgers.entry(name).or_default() += i128::from(gain);
        }
    }
    ledgers
}

/// What a payment took from the account in all, by the log alone.
fn paid(log: &[Event], id: PaymentId) -> i128 {
    let mut entries = vec![id.0];
    entries.extend(log.iter().filter_map(|event| {
        let Event::RefundPosted {
            refund_id,
            payment_id,
            ..
        } = event
        else {
            return None;
        };
        (*payment_id == id).then_some(refund_id.0)
    }));
    let is_about = |event: &&Event| {
        matches!(event, Event::ChargePosted { payment_id, .. } | Event::RefundPosted { payment_id, .. } if *payment_id == id)
            || matches!(event, Event::EntryReversed { reverses, .. } if entries.contains(reverses))
    };
    log.iter()
        .filter(is_about)
        .filter_map(Event::posting)
        .map(|posting| -i128::from(posting.gain.minor))
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn money_only_moves(
        approve in any::<bool>(),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut world = World::new();
        world.rules.approve_prepaid = approve;
        for (person, action) in steps {
            let before = world.account.clone();
            let events = world.send(person, action.clone()).unwrap_or_default();
            if events.iter().any(|event| matches!(event, Event::ChargePosted { .. })) {
                prop_assert!(world.account.available().minor >= 0, "charged below the limit");
                let is_active = Some(shared::account::AccountStatus::Active);
                prop_assert_eq!(world.account.status(), is_active);
            }
            if events.is_empty() {
                prop_assert_eq!(&before, &world.account);
            }
            let again = world.send(person, action).unwrap_or_default();
            prop_assert_eq!(again, [], "the same again changes nothing");
        }
        let ledgers = ledgers(&world.log);
        prop_assert_eq!(ledgers.values().sum::<i128>(), 0);
        let held = ledgers.get("ada").copied().unwrap_or(0);
        prop_assert_eq!(i128::from(world.balance()), held);
        prop_assert_eq!(world.account.balance(), eur(world.balance()));
        for number in 0..4 {
            prop_assert!(paid(&world.log, payment(number)) >= 0, "more was given back than was taken");
        }
    }
}
