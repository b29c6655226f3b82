//! How it stands with paying for an order: worked out from the order, the person's account, and the top-up that this tab
//! sent them to the payment provider for.

use shared::{
    Money,
    account::{
        AccountStatus, AccountView, DeclineReason, MyAccounts, OpenTopUp, TopUpAmount, TopUpFailure,
    },
    views::{Happened, OrderView},
};

use super::top_up::TopUpNote;

/// An account as far as paying for an order is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub balance: Money,
    /// How far below zero the balance may go.
    pub credit_limit: Money,
    pub standing: Standing,
    /// Whether the top-up is on the account and the payment follows by itself.
    pub follows: bool,
    /// Why the last attempt came to nothing, as long as that matters.
    pub setback: Option<Setback>,
}

/// What the person can do about paying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The account has enough.
    Enough,
    /// So much is missing.
    Short(Money),
    /// So much is missing, and the provider has not said what became of this top-up.
    Waiting(Money, OpenTopUp),
    /// The account cannot be charged as it stands.
    Stopped(AccountStatus),
}

/// Why an attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setback {
    /// The account was asked, and so much was missing.
    NotEnough(Money),
    /// The provider brought nothing.
    TopUp(TopUpFailure),
}

/// How it stands; `note` is the top-up for this order that was begun in this tab.
pub fn payment(order: &OrderView, accounts: &MyAccounts, note: Option<&TopUpNote>) -> Payment {
    let currency = order.total.currency;
    let nothing = Money { minor: 0, currency };
    let mut known = accounts.accounts.iter();
    // None before its first use, which opens it.
    let account = known.find(|account| account.currency == currency);
    let follows = note.is_some_and(|note| {
        accounts.as_of.covers(&note.reached)
            && account.is_some_and(|account| is_credited(account, note))
            && !was_declined_since(order, note)
    });
    let missing = Money {
        minor: order.total.minor - account.map_or(0, |account| account.available.minor),
        currency,
    };
    let standing = match account.map(|account| account.status) {
        Some(
            stopped @ (AccountStatus::Pending
            | AccountStatus::Denied
            | AccountStatus::Blocked
            | AccountStatus::Closed),
        ) => Standing::Stopped(stopped),
        None | Some(AccountStatus::Active) if missing.minor <= 0 => Standing::Enough,
        None | Some(AccountStatus::Active) => {
            match account.and_then(|account| open(account, order)) {
                Some(open) => Standing::Waiting(missing, open.clone()),
                None => Standing::Short(missing),
            }
        }
    };
    let is_short = matches!(standing, Standing::Short(_));
    Payment {
        balance: account.map_or(nothing, |account| account.balance),
        credit_limit: account.map_or(nothing, |account| account.credit_limit),
        standing,
        follows,
        setback: setback(order, account, note).filter(|_| is_short && !follows),
    }
}

/// How much to top up for what is missing: no less than can be, and no more.
pub fn top_up_amount(missing: Money) -> Option<TopUpAmount> {
    let minor = missing.minor.clamp(TopUpAmount::MIN, TopUpAmount::MAX);
    TopUpAmount::try_from(Money { minor, ..missing }).ok()
}

/// A top-up that is neither open nor failed is on the account.
fn is_credited(account: &AccountView, note: &TopUpNote) -> bool {
    let (mut open, mut failed) = (account.open_top_ups.iter(), account.failed_top_ups.iter());
    !open.any(|open| open.top_up_id == note.top_up_id)
        && !failed.any(|failed| failed.top_up_id == note.top_up_id)
}

/// The newest top-up for the order that the provider has not answered. One that was given up for another, which then
/// failed, is not waited for.
fn open<'a>(account: &'a AccountView, order: &OrderView) -> Option<&'a OpenTopUp> {
    let id = Some(order.order_id);
    let mut failed = account.failed_top_ups.iter();
    let failed_at = failed
        .find(|failed| failed.order_id == id)
        .map(|failed| failed.failed_at);
    let mut newest_first = account.open_top_ups.iter().rev();
    let open = newest_first.find(|open| open.order_id == id)?;
    (Some(open.started_at) > failed_at).then_some(open)
}

fn was_declined_since(order: &OrderView, note: &TopUpNote) -> bool {
    order.timeline.iter().any(|entry| {
        entry.version > note.after && matches!(entry.what, Happened::PaymentDeclined { .. })
    })
}

fn setback(
    order: &OrderView,
    account: Option<&AccountView>,
    note: Option<&TopUpNote>,
) -> Option<Setback> {
    let mut failed = account.iter().flat_map(|account| &account.failed_top_ups);
    let failed = failed.find(|failed| match note {
        Some(note) => failed.top_up_id == note.top_up_id,
        None => failed.order_id == Some(order.order_id),
    });
    let failed = failed.map(|failed| (failed.failed_at, Setback::TopUp(failed.reason)));
    let declined = order
        .timeline
        .iter()
        .filter_map(|entry| {
            let Happened::PaymentDeclined {
                reason: DeclineReason::InsufficientFunds,
                shortfall,
            } = entry.what
            else {
                return None;
            };
            Some((entry.at, Setback::NotEnough(shortfall)))
        })
        .next_back();
    let newest = failed.into_iter().chain(declined).max_by_key(|(at, _)| *at);
    newest.map(|(_, setback)| setback)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ORDER: &str = "00000000-0000-4000-8000-000000000001";
    const TOP_UP: &str = "00000000-0000-4000-8000-000000000002";
    const AT: &str = "2027-05-03T07:30:00Z";

    fn euros(minor: i64) -> Value {
        json!({"minor": minor, "currency": "EUR"})
    }

    fn order(timeline: Value) -> OrderView {
        serde_json::from_value(json!({
            "order_id": ORDER, "locator": "ABC234", "status": "reserved", "lines": [], "total": euros(30_000),
            "paid": null, "placed_at": AT, "held_until": AT, "can_extend": true, "timeline": timeline, "as_of": {},
            "conference": {"conference_id": ORDER, "slug": "rust-week", "name": "Rust Week", "venue": "Hall",
                "city": "Utrecht", "time_zone": "Europe/Amsterdam", "starts_at": AT, "ends_at": AT},
        }))
        .unwrap()
    }

    fn accounts(balance: i64, status: &str, open: Value, failed: Value) -> MyAccounts {
        serde_json::from_value(json!({"accounts": [{
            "currency": "EUR", "status": status, "balance": euros(balance), "credit_limit": euros(0),
            "available": euros(balance), "open_top_ups": open, "failed_top_ups": failed,
        }], "as_of": {"account#EUR#ada": 4}}))
        .unwrap()
    }

    fn with_balance(balance: i64) -> MyAccounts {
        accounts(balance, "active", json!([]), json!([]))
    }

    fn note(reached: u64) -> TopUpNote {
        serde_json::from_value(json!({
            "top_up_id": TOP_UP, "checkout_url": "/pay", "reached": {"account#EUR#ada": reached},
            "after": 2, "away": false,
        }))
        .unwrap()
    }

    fn open_top_up() -> Value {
        json!([{"top_up_id": TOP_UP, "amount": euros(12_000), "started_at": AT, "until": AT, "order_id": ORDER}])
    }

    fn failed_top_up() -> Value {
        json!([{"top_up_id": TOP_UP, "amount": euros(12_000), "failed_at": AT, "reason": "declined",
            "order_id": ORDER}])
    }

    fn declined(version: u64) -> Value {
        json!([{"version": version, "at": AT, "what":
            {"payment_declined": {"reason": "insufficient_funds", "shortfall": euros(5_000)}}}])
    }

    fn missing(minor: i64) -> Money {
        serde_json::from_value(euros(minor)).unwrap()
    }

    #[test]
    fn an_account_pays_with_what_it_has_and_is_short_of_the_rest() {
        let order = order(json!([]));
        for (balance, standing) in [
            (30_000, Standing::Enough),
            (29_999, Standing::Short(missing(1))),
            (18_000, Standing::Short(missing(12_000))),
        ] {
            assert_eq!(
                payment(&order, &with_balance(balance), None).standing,
                standing
            );
        }
        let nobody = MyAccounts {
            accounts: Vec::new(),
            as_of: Default::default(),
        };
        assert_eq!(
            payment(&order, &nobody, None).standing,
            Standing::Short(missing(30_000))
        );
    }

    #[test]
    fn an_account_that_is_stopped_does_not_pay() {
        let blocked = accounts(30_000, "blocked", json!([]), json!([]));
        let payment = payment(&order(json!([])), &blocked, None);
        assert_eq!(payment.standing, Standing::Stopped(AccountStatus::Blocked));
    }

    #[test]
    fn a_top_up_is_waited_for_in_every_tab_and_followed_in_its_own() {
        let order = order(json!([]));
        let open = accounts(18_000, "active", open_top_up(), json!([]));
        for note in [None, Some(&note(4))] {
            let payment = payment(&order, &open, note);
            assert!(
                matches!(payment.standing, Standing::Waiting(short, _) if short == missing(12_000))
            );
            assert!(!payment.follows);
        }
        let credited = with_balance(30_000);
        assert!(payment(&order, &credited, Some(&note(4))).follows);
        assert!(!payment(&order, &credited, None).follows);
        // The charge may show before the order says so.
        assert!(payment(&order, &with_balance(0), Some(&note(4))).follows);
    }

    #[test]
    fn a_top_up_has_not_arrived_while_the_account_does_not_show_it_yet() {
        assert!(!payment(&order(json!([])), &with_balance(18_000), Some(&note(5))).follows);
    }

    #[test]
    fn a_payment_that_was_declined_after_the_top_up_is_no_longer_on_its_way() {
        let payment = payment(&order(declined(3)), &with_balance(25_000), Some(&note(4)));
        assert!(!payment.follows);
        assert_eq!(payment.standing, Standing::Short(missing(5_000)));
        assert_eq!(payment.setback, Some(Setback::NotEnough(missing(5_000))));
    }

    #[test]
    fn a_top_up_that_was_given_up_for_one_that_failed_is_not_waited_for() {
        let accounts = accounts(18_000, "active", open_top_up(), failed_top_up());
        let payment = payment(&order(json!([])), &accounts, None);
        assert_eq!(payment.standing, Standing::Short(missing(12_000)));
        assert_eq!(
            payment.setback,
            Some(Setback::TopUp(TopUpFailure::Declined))
        );
    }

    #[test]
    fn a_setback_is_told_until_it_no_longer_matters() {
        let failed = |balance| accounts(balance, "active", json!([]), failed_top_up());
        let order = order(json!([]));
        let setback = |accounts, note| payment(&order, &accounts, note).setback;
        let told = Some(Setback::TopUp(TopUpFailure::Declined));
        assert_eq!(setback(failed(18_000), None), told);
        let noted = note(4);
        assert_eq!(setback(failed(18_000), Some(&noted)), told);
        assert_eq!(setback(failed(30_000), None), None);
        assert_eq!(setback(with_balance(18_000), None), None);
    }

    #[test]
    fn what_is_topped_up_is_within_what_can_be() {
        let amount = |minor| top_up_amount(missing(minor)).map(|amount| amount.get().minor);
        assert_eq!(amount(12_000), Some(12_000));
        assert_eq!(amount(1), Some(TopUpAmount::MIN));
        assert_eq!(amount(i64::MAX), Some(TopUpAmount::MAX));
    }
}
