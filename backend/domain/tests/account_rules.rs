//! The rules of accounts, each shown saying yes and saying no.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod accounts_world;

use accounts_world::{
    ADA, BOB, OLGA, SYSTEM, World, ada, charge, conference, credit, eur, fail, limit, order,
    payment, reason, refund, refund_id, reverse, start, top_up,
};
use domain::accounts::{Action, ClearingAccount, Event, Ledger, Rejection, TopUpState};
use shared::{
    Currency, Money, PersonId,
    account::{AccountStatus, DeclineReason, TopUpFailure},
};
use uuid::Uuid;

fn declined(events: &[Event]) -> (DeclineReason, i64) {
    let Some(Event::ChargeDeclined { decline, .. }) = events.last() else {
        panic!("{events:?}")
    };
    (decline.reason(), decline.shortfall(Currency::EUR).minor)
}

// Opening and standing

#[test]
fn an_account_is_opened_and_approved_by_its_first_top_up() {
    let mut world = World::new();
    let events = world.accept(ADA, start(1, 5000));
    assert_eq!(
        events[..2],
        [
            Event::AccountOpened {
                person: PersonId(ADA.into()),
                currency: Currency::EUR
            },
            Event::AccountApproved {}
        ]
    );
    assert_eq!(world.status(), Some(AccountStatus::Active));
    assert_eq!(world.accept(ADA, start(2, 5000)).len(), 1);
}

#[test]
fn an_account_is_opened_and_approved_by_its_first_charge() {
    let mut world = World::new();
    let events = world.accept(SYSTEM, charge(1, 5000));
    assert_eq!(
        declined(&events),
        (DeclineReason::InsufficientFunds, 5000),
        "nothing is on it yet"
    );
    assert_eq!(world.status(), Some(AccountStatus::Active));
}

#[test]
fn where_the_rules_say_so_an_operator_approves_first() {
    let mut world = World::pending();
    assert_eq!(world.status(), Some(AccountStatus::Pending));
    world.accept(SYSTEM, credit(0, 1000));
    let events = world.accept(SYSTEM, charge(1, 500));
    assert_eq!(declined(&events), (DeclineReason::AccountPending, 0));
    world.accept(OLGA, Action::Approve);
    world.accept(SYSTEM, charge(2, 500));
    assert_eq!(world.balance(), 500);
}

#[test]
fn a_denied_account_stays_denied() {
    let mut world = World::pending();
    world.accept(OLGA, Action::Deny(reason()));
    let no = Rejection::NotOpenToThis(AccountStatus::Denied);
    assert_eq!(world.refuse(OLGA, Action::Approve), no);
    assert_eq!(world.refuse(OLGA, Action::Block(reason())), no);
    assert_eq!(world.refuse(OLGA, Action::Unblock), no);
    assert_eq!(world.refuse(OLGA, limit(100)), no);
    assert_eq!(world.refuse(ADA, start(1, 5000)), no);
    let events = world.accept(SYSTEM, charge(1, 500));
    assert_eq!(declined(&events), (DeclineReason::AccountDenied, 0));
}

#[test]
fn only_a_pending_account_can_be_denied() {
    let mut world = World::with(1000);
    let no = Rejection::NotOpenToThis(AccountStatus::Active);
    assert_eq!(world.refuse(OLGA, Action::Deny(reason())), no);
}

#[test]
fn a_blocked_account_is_not_charged_and_takes_no_new_top_up_until_it_is_unblocked() {
    let mut world = World::with(1000);
    world.accept(OLGA, Action::Block(reason()));
    let no = Rejection::NotOpenToThis(AccountStatus::Blocked);
    assert_eq!(world.refuse(ADA, start(1, 5000)), no);
    assert_eq!(world.refuse(OLGA, Action::Approve), no);
    let events = world.accept(SYSTEM, charge(1, 500));
    assert_eq!(declined(&events), (DeclineReason::AccountBlocked, 0));
    world.accept(OLGA, Action::Unblock);
    world.accept(SYSTEM, charge(2, 500));
    assert_eq!(world.balance(), 500);
}

#[test]
fn only_an_active_account_can_be_blocked() {
    let no = Rejection::NotOpenToThis(AccountStatus::Pending);
    assert_eq!(World::pending().refuse(OLGA, Action::Block(reason())), no);
    assert_eq!(World::pending().refuse(OLGA, Action::Unblock), no);
}

#[test]
fn an_account_is_closed_when_it_is_settled() {
    let mut world = World::with(1000);
    let no = Rejection::NotSettled {
        balance: eur(1000),
        open_top_ups: 0,
    };
    assert_eq!(world.refuse(OLGA, Action::Close), no);
    world.accept(SYSTEM, charge(1, 1000));
    world.accept(OLGA, Action::Close);
    assert_eq!(world.status(), Some(AccountStatus::Closed));

    let no = Rejection::NotOpenToThis(AccountStatus::Closed);
    assert_eq!(world.refuse(ADA, start(1, 5000)), no);
    assert_eq!(world.refuse(OLGA, Action::Approve), no);
    assert_eq!(world.refuse(OLGA, Action::Deny(reason())), no);
    assert_eq!(world.refuse(OLGA, Action::Block(reason())), no);
    assert_eq!(world.refuse(OLGA, Action::Unblock), no);
    assert_eq!(world.refuse(OLGA, limit(100)), no);
    let events = world.accept(SYSTEM, charge(2, 500));
    assert_eq!(declined(&events), (DeclineReason::AccountClosed, 0));
}

#[test]
fn an_account_is_not_closed_while_it_owes() {
    let mut world = World::with(1000);
    world.accept(OLGA, limit(500));
    world.accept(SYSTEM, charge(1, 1500));
    let no = Rejection::NotSettled {
        balance: eur(-500),
        open_top_ups: 0,
    };
    assert_eq!(world.refuse(OLGA, Action::Close), no);
}

#[test]
fn an_account_is_not_closed_while_a_top_up_can_still_be_paid() {
    let mut world = World::new();
    world.accept(ADA, start(1, 5000));
    let no = Rejection::NotSettled {
        balance: eur(0),
        open_top_ups: 1,
    };
    assert_eq!(world.refuse(OLGA, Action::Close), no);
    world.later(12 * 60);
    world.accept(OLGA, Action::Close);
}

#[test]
fn only_operators_decide_about_an_account() {
    let mut world = World::with(1000);
    for action in [
        Action::Approve,
        Action::Deny(reason()),
        Action::Block(reason()),
        Action::Unblock,
        Action::Close,
        limit(100),
        reverse(top_up(0).0),
    ] {
        assert_eq!(world.refuse(ADA, action.clone()), Rejection::NotYours);
        let unopened = World::new().refuse(OLGA, action);
        assert_eq!(unopened, Rejection::NoSuchAccount);
    }
}

// Top-ups

#[test]
fn only_its_owner_tops_an_account_up() {
    let mut world = World::with(1000);
    for person in [BOB, OLGA, SYSTEM] {
        assert_eq!(world.refuse(person, start(1, 5000)), Rejection::NotYours);
    }
}

#[test]
fn a_top_up_is_credited_when_the_provider_says_so_and_not_before() {
    let mut world = World::new();
    let events = world.accept(ADA, start(1, 5000));
    assert!(matches!(
        events.last(),
        Some(Event::TopUpStarted { until, .. }) if *until == world.now().plus_minutes(12 * 60)
    ));
    assert_eq!(world.balance(), 0);
    world.accept(SYSTEM, credit(1, 5000));
    assert_eq!(world.balance(), 5000);
}

#[test]
fn a_top_up_in_another_currency_is_another_accounts() {
    let mut world = World::with(1000);
    let dollars = Money {
        minor: 5000,
        currency: Currency::try_from("USD".to_owned()).unwrap(),
    };
    let start = Action::StartTopUp {
        top_up_id: top_up(1),
        amount: dollars.try_into().unwrap(),
        provider: "test".into(),
        order_id: None,
    };
    assert_eq!(world.refuse(ADA, start), Rejection::InvalidAmount);
    world.accept(ADA, accounts_world::start(2, 5000));
    let credit = Action::CreditTopUp {
        top_up_id: top_up(2),
        amount: dollars,
        reference: "pi".into(),
    };
    assert_eq!(world.refuse(SYSTEM, credit), Rejection::InvalidAmount);
}

#[test]
fn two_successes_credit_once() {
    let mut world = World::with(1000);
    assert_eq!(world.accept(SYSTEM, credit(0, 1000)), []);
    assert_eq!(world.balance(), 1000);
    let other = world.refuse(SYSTEM, credit(0, 2000));
    assert_eq!(other, Rejection::EntryDiffers);
}

#[test]
fn a_success_after_a_failure_still_credits() {
    let mut world = World::new();
    world.accept(ADA, start(1, 5000));
    let failed = world.accept(SYSTEM, fail(1));
    assert_eq!(
        failed,
        [Event::TopUpFailed {
            top_up_id: top_up(1),
            reason: TopUpFailure::Declined
        }]
    );
    world.accept(SYSTEM, credit(1, 5000));
    assert_eq!(world.balance(), 5000);
}

#[test]
fn a_failure_after_a_success_is_old_news() {
    let mut world = World::with(1000);
    assert_eq!(world.accept(SYSTEM, fail(0)), []);
    assert_eq!(world.balance(), 1000);
}

#[test]
fn what_is_credited_is_what_the_provider_says_it_took() {
    let mut world = World::new();
    world.accept(ADA, start(1, 5000));
    world.accept(SYSTEM, credit(1, 4900));
    assert_eq!(world.balance(), 4900);
    for minor in [0, -1, i64::MIN] {
        world.accept(ADA, start(2, 5000));
        let refused = world.refuse(SYSTEM, credit(2, minor));
        assert_eq!(refused, Rejection::InvalidAmount);
    }
}

#[test]
fn a_late_success_credits_however_the_account_stands_by_then() {
    let mut blocked = World::new();
    blocked.accept(ADA, start(1, 5000));
    blocked.accept(OLGA, Action::Block(reason()));
    blocked.accept(SYSTEM, credit(1, 5000));
    assert_eq!(blocked.balance(), 5000);

    let mut closed = World::new();
    closed.accept(ADA, start(1, 5000));
    closed.later(24 * 60).accept(OLGA, Action::Close);
    closed.accept(SYSTEM, credit(1, 5000));
    assert_eq!(closed.balance(), 5000);

    let mut denied = World::pending();
    denied.accept(OLGA, Action::Deny(reason()));
    denied.accept(SYSTEM, credit(0, 1000));
    assert_eq!(denied.balance(), 1000);
}

#[test]
fn a_top_up_that_was_never_started_is_not_credited() {
    let mut world = World::with(1000);
    assert_eq!(world.refuse(SYSTEM, credit(9, 1)), Rejection::NoSuchTopUp);
    assert_eq!(world.refuse(SYSTEM, fail(9)), Rejection::NoSuchTopUp);
}

#[test]
fn a_top_up_says_which_order_waits_for_it() {
    let mut world = World::new();
    let start = Action::StartTopUp {
        top_up_id: top_up(1),
        amount: eur(5000).try_into().unwrap(),
        provider: "test".into(),
        order_id: Some(order(7)),
    };
    world.accept(ADA, start);
    let credited = world.accept(SYSTEM, credit(1, 5000));
    assert!(matches!(
        credited[..],
        [Event::TopUpCredited { order_id: Some(id), .. }] if id == order(7)
    ));
}

#[test]
fn a_balance_that_could_not_be_counted_is_refused() {
    let mut world = World::with(1000);
    world.accept(ADA, start(1, 5000));
    let refused = world.refuse(SYSTEM, credit(1, i64::MAX));
    assert_eq!(refused, Rejection::BalanceTooLarge);
    world.accept(SYSTEM, credit(1, i64::MAX - 1000));
    let refused = world.refuse(ADA, start(2, 5000));
    assert_eq!(refused, Rejection::BalanceTooLarge);
}

// Charges

#[test]
fn a_charge_takes_no_more_than_there_is() {
    let mut world = World::with(1000);
    let events = world.accept(SYSTEM, charge(1, 1001));
    assert_eq!(declined(&events), (DeclineReason::InsufficientFunds, 1));
    assert_eq!(world.balance(), 1000);
    world.accept(SYSTEM, charge(2, 1000));
    assert_eq!(world.balance(), 0);
}

#[test]
fn a_credit_limit_can_be_spent_and_not_exceeded() {
    let mut world = World::with(1000);
    world.accept(OLGA, limit(500));
    world.accept(SYSTEM, charge(1, 1400));
    let events = world.accept(SYSTEM, charge(2, 101));
    assert_eq!(declined(&events), (DeclineReason::InsufficientFunds, 1));
    world.accept(SYSTEM, charge(3, 100));
    assert_eq!(world.balance(), -500);
}

#[test]
fn a_credit_limit_below_what_is_used_stops_further_charges() {
    let mut world = World::with(1000);
    world.accept(OLGA, limit(500));
    world.accept(SYSTEM, charge(1, 1500));
    world.accept(OLGA, limit(0));
    assert_eq!(world.account.available().minor, -500);
    let events = world.accept(SYSTEM, charge(2, 1));
    assert_eq!(declined(&events), (DeclineReason::InsufficientFunds, 501));
}

#[test]
fn a_decline_is_remembered_and_comes_to_the_same_when_it_is_asked_again() {
    let mut world = World::new();
    world.accept(SYSTEM, charge(1, 500));
    world.accept(ADA, start(1, 1000));
    world.accept(SYSTEM, credit(1, 1000));
    assert_eq!(world.accept(SYSTEM, charge(1, 500)), []);
    assert_eq!(world.balance(), 1000);
    world.accept(SYSTEM, charge(2, 500));
    assert_eq!(world.balance(), 500);
}

#[test]
fn one_payment_is_one_charge() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 300));
    assert_eq!(world.accept(SYSTEM, charge(1, 300)), []);
    assert_eq!(world.balance(), 700);
    assert_eq!(
        world.refuse(SYSTEM, charge(1, 301)),
        Rejection::EntryDiffers
    );
    let elsewhere = Action::Charge {
        payment_id: payment(1),
        amount: eur(300),
        conference_id: conference(),
        order_id: order(9),
    };
    assert_eq!(world.refuse(SYSTEM, elsewhere), Rejection::EntryDiffers);
}

#[test]
fn a_charge_is_above_zero_and_in_the_accounts_currency() {
    let mut world = World::with(1000);
    for minor in [0, -1, i64::MIN] {
        let refused = world.refuse(SYSTEM, charge(1, minor));
        assert_eq!(refused, Rejection::InvalidAmount);
    }
    let events = world.accept(SYSTEM, charge(2, i64::MAX));
    assert_eq!(declined(&events).1, i64::MAX - 1000);
}

// Refunds

#[test]
fn refunds_of_a_payment_never_exceed_its_charge() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 900));
    world.accept(SYSTEM, refund(1, 1, 300));
    assert_eq!(
        world.refuse(SYSTEM, refund(2, 1, 601)),
        Rejection::RefundTooHigh { left: eur(600) }
    );
    world.accept(SYSTEM, refund(3, 1, 600));
    assert_eq!(
        world.refuse(SYSTEM, refund(4, 1, 1)),
        Rejection::RefundTooHigh { left: eur(0) }
    );
    assert_eq!(world.balance(), 1000);
}

#[test]
fn one_refund_is_posted_once() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 900));
    world.accept(SYSTEM, charge(2, 100));
    world.accept(SYSTEM, refund(1, 1, 100));
    assert_eq!(world.accept(SYSTEM, refund(1, 1, 100)), []);
    assert_eq!(world.balance(), 100);
    let no = Rejection::EntryDiffers;
    assert_eq!(world.refuse(SYSTEM, refund(1, 1, 101)), no);
    assert_eq!(world.refuse(SYSTEM, refund(1, 2, 100)), no);
}

#[test]
fn what_was_never_charged_is_not_refunded() {
    let mut world = World::with(100);
    let no = Rejection::NoSuchCharge;
    assert_eq!(world.refuse(SYSTEM, refund(1, 1, 50)), no);
    world.accept(SYSTEM, charge(1, 200));
    assert_eq!(world.refuse(SYSTEM, refund(1, 1, 50)), no);
    for minor in [0, -50] {
        let refused = world.refuse(SYSTEM, refund(1, 1, minor));
        assert_eq!(refused, Rejection::InvalidAmount);
    }
}

#[test]
fn a_refund_is_posted_however_the_account_stands() {
    let mut blocked = World::with(1000);
    blocked.accept(SYSTEM, charge(1, 1000));
    let mut closed = blocked.clone();
    blocked.accept(OLGA, Action::Block(reason()));
    closed.accept(OLGA, Action::Close);
    for mut world in [blocked, closed] {
        world.accept(SYSTEM, refund(1, 1, 1000));
        assert_eq!(world.balance(), 1000);
    }
}

// Reversals

#[test]
fn a_reversal_posts_the_opposite_once() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 400));
    let events = world.accept(OLGA, reverse(payment(1).0));
    let entry_id = Uuid::new_v5(&payment(1).0, b"reversal");
    assert_eq!(
        events,
        [Event::EntryReversed {
            entry_id,
            reverses: payment(1).0,
            amount: eur(400),
            clearing: ClearingAccount::Conference(conference()),
            order_id: Some(order(1)),
            reason: reason(),
        }]
    );
    assert_eq!(world.balance(), 1000);
    let again = Action::ReverseEntry {
        entry_id: Uuid::from_u128(9),
        reverses: payment(1).0,
        reason: reason(),
    };
    assert_eq!(world.accept(OLGA, again), []);
}

#[test]
fn a_top_up_that_the_bank_called_back_may_leave_less_than_nothing() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 400));
    world.accept(OLGA, reverse(top_up(0).0));
    assert_eq!(world.balance(), -400);
    assert_eq!(world.accept(SYSTEM, credit(0, 1000)), []);
    assert_eq!(world.accept(SYSTEM, fail(0)), []);
    assert_eq!(
        world.account.top_up(top_up(0)).unwrap().state,
        TopUpState::Reversed(eur(1000))
    );
}

#[test]
fn a_reversed_charge_is_not_refunded_again() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 400));
    world.accept(OLGA, reverse(payment(1).0));
    let refused = world.refuse(SYSTEM, refund(1, 1, 400));
    assert_eq!(refused, Rejection::ChargeReversed);
}

#[test]
fn a_refunded_charge_is_reversed_only_after_its_refunds() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 400));
    world.accept(SYSTEM, refund(1, 1, 100));
    let refused = world.refuse(OLGA, reverse(payment(1).0));
    assert_eq!(refused, Rejection::ChargeRefunded);
    world.accept(OLGA, reverse(refund_id(1).0));
    assert_eq!(world.balance(), 600);
    world.accept(OLGA, reverse(payment(1).0));
    assert_eq!(world.balance(), 1000);
}

#[test]
fn what_a_reversed_refund_gave_back_can_be_refunded_anew() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 400));
    world.accept(SYSTEM, refund(1, 1, 400));
    world.accept(OLGA, reverse(refund_id(1).0));
    assert_eq!(world.accept(OLGA, reverse(refund_id(1).0)), []);
    assert_eq!(world.accept(SYSTEM, refund(1, 1, 400)), []);
    world.accept(SYSTEM, refund(2, 1, 400));
    assert_eq!(world.balance(), 1000);
}

#[test]
fn what_moved_no_money_cannot_be_reversed() {
    let mut world = World::with(1000);
    world.accept(ADA, start(1, 5000));
    world.accept(ADA, start(2, 5000));
    world.accept(SYSTEM, fail(2));
    world.accept(SYSTEM, charge(1, 2000));
    for id in [top_up(1).0, top_up(2).0, payment(1).0, Uuid::from_u128(9)] {
        let refused = world.refuse(OLGA, reverse(id));
        assert_eq!(refused, Rejection::NoSuchEntry);
    }
    world.accept(OLGA, reverse(top_up(0).0));
    let reversal = Uuid::new_v5(&top_up(0).0, b"reversal");
    let refused = world.refuse(OLGA, reverse(reversal));
    assert_eq!(refused, Rejection::NoSuchEntry);
}

// All of it

#[test]
fn every_command_sent_twice_is_harmless() {
    let steps = [
        (ADA, start(0, 1000)),
        (OLGA, Action::Approve),
        (SYSTEM, fail(0)),
        (SYSTEM, credit(0, 1000)),
        (OLGA, limit(500)),
        (SYSTEM, charge(1, 1200)),
        (SYSTEM, charge(2, 5000)),
        (SYSTEM, refund(1, 1, 200)),
        (OLGA, reverse(refund_id(1).0)),
        (OLGA, Action::Block(reason())),
        (OLGA, Action::Unblock),
        (SYSTEM, refund(2, 1, 200)),
        (SYSTEM, charge(3, 0)),
        (OLGA, Action::Close),
    ];
    let mut world = World::pending();
    for (person, action) in steps {
        let once = world.send(person, action.clone());
        let after = world.clone();
        match world.send(person, action.clone()) {
            Ok(events) => assert_eq!(events, [], "{action:?}"),
            Err(again) => assert_eq!(once, Err(again), "{action:?}"),
        }
        assert_eq!(world.account, after.account, "{action:?}");
    }
    let mut denied = World::pending();
    denied.accept(OLGA, Action::Deny(reason()));
    assert_eq!(denied.accept(OLGA, Action::Deny(reason())), []);
    let mut closed = World::new();
    closed.accept(SYSTEM, charge(1, 100));
    closed.accept(OLGA, Action::Close);
    assert_eq!(closed.accept(OLGA, Action::Close), []);
}

#[test]
fn each_posting_has_two_sides_and_their_sum_is_zero() {
    let mut world = World::with(1000);
    world.accept(SYSTEM, charge(1, 400));
    let postings: Vec<_> = world.log.iter().filter_map(Event::posting).collect();
    let legs: Vec<_> = postings.iter().flat_map(|posting| posting.legs()).collect();
    let provider = ClearingAccount::Provider("test".into());
    let conference = ClearingAccount::Conference(conference());
    assert_eq!(
        legs,
        [
            (Ledger::Account, 1000),
            (Ledger::Clearing(&provider), -1000),
            (Ledger::Account, -400),
            (Ledger::Clearing(&conference), 400),
        ]
    );
}

#[test]
fn a_stream_is_read_as_it_is_written_and_nothing_else_is_one() {
    assert_eq!(ada().to_string(), "account#EUR#ada");
    assert_eq!("account#EUR#ada".parse(), Ok(ada()));
    for text in ["account#EUR#", "account#eur#ada", "account#EUR", "order#1"] {
        assert!(
            text.parse::<domain::accounts::StreamId>().is_err(),
            "{text}"
        );
    }
    for text in [
        "provider:test",
        "conference:0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10",
    ] {
        let account: ClearingAccount = text.parse().unwrap();
        assert_eq!(account.to_string(), text);
    }
    assert!("conference:x".parse::<ClearingAccount>().is_err());
}
