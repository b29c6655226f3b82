//! Accounts as their owners see them, their entries, and what conferences took in by them.

use domain::accounts::{Accounts, ClearingAccount, Event, Posting, StreamId};
use event_store::Recorded;
use read_model::{AccountDoc, Day, Error, Ledger, Movements, Row, Takings, View, Written};
use shared::{
    ConferenceId, TopUpId,
    account::{AccountStatus, EntryKind, FailedTopUp, OpenTopUp, StatementEntry},
};

use crate::follower::Follower;

/// How many of the top-ups that brought nothing are shown.
const FAILED_SHOWN: usize = 5;

/// An account's row, with its entries and the proceeds.
pub(crate) struct Account {
    ledger: Ledger,
    key: String,
}

impl Account {
    pub(crate) fn new(ledger: Ledger, stream: &StreamId) -> Self {
        Self {
            ledger,
            key: AccountDoc::key(stream.currency(), stream.person()),
        }
    }
}

impl Follower<Accounts> for Account {
    type Doc = AccountDoc;
    type Along = Movements;

    fn row(&self) -> (&View<AccountDoc>, &str) {
        (&self.ledger.accounts, &self.key)
    }

    fn apply(
        &self,
        doc: Option<AccountDoc>,
        moved: &mut Movements,
        recorded: &Recorded<'_, Accounts>,
    ) -> Option<AccountDoc> {
        apply(doc, moved, recorded)
    }

    fn is_full(&self, moved: &Movements) -> bool {
        moved.are_many()
    }

    async fn write(
        &self,
        row: &Row<AccountDoc>,
        over: Option<u64>,
        moved: &Movements,
    ) -> Result<Written, Error> {
        self.ledger.put(row, over, moved).await
    }
}

/// The account after one more event, and the money that it moved; none before the account was opened.
fn apply(
    doc: Option<AccountDoc>,
    moved: &mut Movements,
    recorded: &Recorded<'_, Accounts>,
) -> Option<AccountDoc> {
    if let Event::AccountOpened { person, currency } = recorded.event {
        return Some(AccountDoc {
            person: person.clone(),
            currency: *currency,
            status: AccountStatus::Pending,
            reason: None,
            balance: 0,
            credit_limit: 0,
            open_top_ups: Vec::new(),
            failed_top_ups: Vec::new(),
        });
    }
    let mut doc = doc?;
    change(&mut doc, recorded);
    if let Some(entry) = entry(&mut doc, recorded) {
        if let Some((conference_id, takings)) = takings(&entry) {
            moved.take_in(conference_id, Day::of(entry.at), takings);
        }
        moved.enter(entry);
    }
    Some(doc)
}

/// Where the account stands after an event, but for its balance.
fn change(doc: &mut AccountDoc, recorded: &Recorded<'_, Accounts>) {
    let stand = |doc: &mut AccountDoc, status, reason| (doc.status, doc.reason) = (status, reason);
    match recorded.event.clone() {
        Event::AccountApproved {} | Event::AccountUnblocked {} => {
            stand(doc, AccountStatus::Active, None);
        }
        Event::AccountDenied { reason } => stand(doc, AccountStatus::Denied, Some(reason)),
        Event::AccountBlocked { reason } => stand(doc, AccountStatus::Blocked, Some(reason)),
        Event::AccountClosed {} => stand(doc, AccountStatus::Closed, None),
        Event::CreditLimitSet { limit } => doc.credit_limit = limit.minor,
        Event::TopUpStarted {
            top_up_id,
            amount,
            order_id,
            until,
            provider: _,
        } => doc.open_top_ups.push(OpenTopUp {
            top_up_id,
            amount,
            started_at: recorded.at,
            until,
            order_id,
        }),
        Event::TopUpCredited { top_up_id, .. } => {
            // A provider may report success after failure.
            doc.failed_top_ups
                .retain(|failed| failed.top_up_id != top_up_id);
            answered(doc, top_up_id);
        }
        Event::TopUpFailed { top_up_id, reason } => {
            if let Some(top_up) = answered(doc, top_up_id) {
                let failed = FailedTopUp {
                    top_up_id,
                    amount: top_up.amount,
                    failed_at: recorded.at,
                    reason,
                    order_id: top_up.order_id,
                };
                doc.failed_top_ups.insert(0, failed);
                doc.failed_top_ups.truncate(FAILED_SHOWN);
            }
        }
        Event::AccountOpened { .. }
        | Event::ChargePosted { .. }
        | Event::ChargeDeclined { .. }
        | Event::RefundPosted { .. }
        | Event::EntryReversed { .. } => {}
    }
}

/// Take a top-up from those that are open.
fn answered(doc: &mut AccountDoc, id: TopUpId) -> Option<OpenTopUp> {
    let open = &mut doc.open_top_ups;
    let place = open.iter().position(|top_up| top_up.top_up_id == id)?;
    Some(open.remove(place))
}

/// The entry that an event is, put on the balance; none where it moves no money.
fn entry(doc: &mut AccountDoc, recorded: &Recorded<'_, Accounts>) -> Option<StatementEntry> {
    let (entry_id, kind, order_id, reverses) = match recorded.event {
        Event::TopUpCredited {
            top_up_id,
            order_id,
            ..
        } => (top_up_id.0, EntryKind::TopUp, *order_id, None),
        Event::ChargePosted {
            payment_id,
            order_id,
            ..
        } => (payment_id.0, EntryKind::Charge, Some(*order_id), None),
        Event::RefundPosted {
            refund_id,
            order_id,
            ..
        } => (refund_id.0, EntryKind::Refund, Some(*order_id), None),
        Event::EntryReversed {
            entry_id,
            reverses,
            order_id,
            ..
        } => (*entry_id, EntryKind::Reversal, *order_id, Some(*reverses)),
        Event::AccountOpened { .. }
        | Event::AccountApproved {}
        | Event::AccountDenied { .. }
        | Event::AccountBlocked { .. }
        | Event::AccountUnblocked {}
        | Event::AccountClosed {}
        | Event::CreditLimitSet { .. }
        | Event::TopUpStarted { .. }
        | Event::TopUpFailed { .. }
        | Event::ChargeDeclined { .. } => return None,
    };
    let Posting { gain, clearing } = recorded.event.posting()?;
    // The domain refuses what would be more than can be counted.
    doc.balance = doc.balance.saturating_add(gain.minor);
    Some(StatementEntry {
        entry_id,
        version: recorded.version,
        at: recorded.at,
        kind,
        amount: gain,
        balance: doc.money(doc.balance),
        order_id,
        conference_id: match clearing {
            ClearingAccount::Conference(conference_id) => Some(conference_id),
            ClearingAccount::Provider(_) => None,
        },
        reverses,
    })
}

/// What a conference took in by an entry. Whatever the kind, `charged - refunded` is what the account lost by it.
fn takings(entry: &StatementEntry) -> Option<(ConferenceId, Takings)> {
    let gain = entry.amount.minor;
    let charged = |charges| Takings {
        charged: -gain,
        charges,
        ..Takings::default()
    };
    let refunded = |refunds| Takings {
        refunded: gain,
        refunds,
        ..Takings::default()
    };
    let takings = match entry.kind {
        EntryKind::TopUp => return None,
        EntryKind::Charge => charged(1),
        EntryKind::Refund => refunded(1),
        // What the account gains is a charge taken back, and what it loses a refund.
        EntryKind::Reversal if gain > 0 => charged(-1),
        EntryKind::Reversal => refunded(-1),
    };
    Some((entry.conference_id?, takings))
}

#[cfg(test)]
mod tests {
    use domain::Decline;
    use shared::{
        CommandId, Currency, Money, OrderId, PaymentId, PersonId, RefundId, Timestamp,
        account::TopUpFailure,
    };
    use uuid::Uuid;

    use super::*;

    const ORDER: OrderId = OrderId(Uuid::from_u128(1));
    const CONFERENCE: ConferenceId = ConferenceId(Uuid::from_u128(2));

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    fn euros(minor: i64) -> Money {
        Money {
            minor,
            currency: Currency::EUR,
        }
    }

    fn top_up(number: u128) -> TopUpId {
        TopUpId(Uuid::from_u128(number))
    }

    fn opened() -> Event {
        Event::AccountOpened {
            person: PersonId("ada".into()),
            currency: Currency::EUR,
        }
    }

    fn started(number: u128) -> Event {
        Event::TopUpStarted {
            top_up_id: top_up(number),
            amount: euros(5_000),
            provider: "test".into(),
            order_id: Some(ORDER),
            until: at(60),
        }
    }

    fn credited(number: u128, minor: i64) -> Event {
        Event::TopUpCredited {
            top_up_id: top_up(number),
            amount: euros(minor),
            provider: "test".into(),
            order_id: Some(ORDER),
            reference: "r".into(),
        }
    }

    fn top_up_failed(number: u128) -> Event {
        Event::TopUpFailed {
            top_up_id: top_up(number),
            reason: TopUpFailure::Declined,
        }
    }

    fn charged(minor: i64) -> Event {
        Event::ChargePosted {
            payment_id: PaymentId(Uuid::from_u128(3)),
            amount: euros(minor),
            conference_id: CONFERENCE,
            order_id: ORDER,
        }
    }

    fn refunded(minor: i64) -> Event {
        Event::RefundPosted {
            refund_id: RefundId(Uuid::from_u128(4)),
            payment_id: PaymentId(Uuid::from_u128(3)),
            amount: euros(minor),
            conference_id: CONFERENCE,
            order_id: ORDER,
        }
    }

    fn reversed(reverses: u128, gain: i64, clearing: ClearingAccount) -> Event {
        Event::EntryReversed {
            entry_id: Uuid::from_u128(5),
            reverses: Uuid::from_u128(reverses),
            amount: euros(gain),
            clearing,
            order_id: Some(ORDER),
            reason: "a mistake".parse().unwrap(),
        }
    }

    /// The account after these events, one a minute, and its entries.
    fn given(events: &[Event]) -> (Option<AccountDoc>, Vec<StatementEntry>) {
        let (mut doc, mut entries) = (None, Vec::new());
        let person = PersonId("ada".into());
        for (version, event) in (1..).zip(events) {
            let mut moved = Movements::default();
            let recorded = Recorded {
                version,
                at: at(version as i64),
                actor: &person,
                command_id: CommandId(Uuid::nil()),
                correlation_id: Uuid::nil(),
                causation_id: None,
                id: Uuid::nil(),
                event,
            };
            doc = apply(doc, &mut moved, &recorded);
            entries.extend(moved.entries().to_vec());
        }
        (doc, entries)
    }

    fn stands(events: &[Event]) -> (AccountStatus, Option<String>) {
        let doc = given(events).0.unwrap();
        (doc.status, doc.reason.map(|reason| reason.to_string()))
    }

    #[test]
    fn nothing_is_shown_before_it_was_opened() {
        assert_eq!(given(&[credited(1, 5_000)]), (None, Vec::new()));
    }

    #[test]
    fn an_account_says_where_it_stands_and_why() {
        let why = |text: &str| text.parse().unwrap();
        let denied = Event::AccountDenied { reason: why("no") };
        let blocked = Event::AccountBlocked {
            reason: why("odd payments"),
        };
        let approved = Event::AccountApproved {};
        assert_eq!(stands(&[opened()]), (AccountStatus::Pending, None));
        let mut events = vec![opened(), approved];
        assert_eq!(stands(&events), (AccountStatus::Active, None));
        events.push(blocked);
        let odd = Some("odd payments".to_owned());
        assert_eq!(stands(&events), (AccountStatus::Blocked, odd));
        events.push(Event::AccountUnblocked {});
        assert_eq!(stands(&events), (AccountStatus::Active, None));
        events.push(Event::AccountClosed {});
        assert_eq!(stands(&events), (AccountStatus::Closed, None));
        let no = Some("no".to_owned());
        assert_eq!(stands(&[opened(), denied]), (AccountStatus::Denied, no));
    }

    #[test]
    fn a_credit_limit_moves_no_money() {
        let limit = Event::CreditLimitSet {
            limit: euros(10_000),
        };
        let (doc, entries) = given(&[opened(), limit]);
        let doc = doc.unwrap();
        assert_eq!((doc.credit_limit, doc.balance), (10_000, 0));
        assert!(entries.is_empty());
    }

    #[test]
    fn a_top_up_is_open_until_the_provider_answers() {
        let (doc, _) = given(&[opened(), started(7), started(8)]);
        let open = doc.unwrap().open_top_ups;
        let ids: Vec<TopUpId> = open.iter().map(|open| open.top_up_id).collect();
        assert_eq!(ids, [top_up(7), top_up(8)]);
        assert_eq!((open[0].started_at, open[0].until), (at(2), at(60)));

        let (doc, _) = given(&[opened(), started(7), started(8), credited(7, 5_000)]);
        assert_eq!(doc.unwrap().open_top_ups[0].top_up_id, top_up(8));
    }

    #[test]
    fn a_top_up_that_brought_nothing_says_why_until_it_does_bring_something() {
        let mut events = vec![opened(), started(7), top_up_failed(7)];
        let (doc, entries) = given(&events);
        let doc = doc.unwrap();
        assert!(doc.open_top_ups.is_empty() && entries.is_empty());
        let failed = &doc.failed_top_ups[0];
        assert_eq!(
            (failed.reason, failed.failed_at),
            (TopUpFailure::Declined, at(3))
        );
        assert_eq!(failed.order_id, Some(ORDER));

        events.push(credited(7, 5_000));
        let doc = given(&events).0.unwrap();
        assert_eq!((doc.failed_top_ups.len(), doc.balance), (0, 5_000));
    }

    #[test]
    fn only_the_last_few_failures_are_shown_the_newest_first() {
        let both = |number| [started(number), top_up_failed(number)];
        let events: Vec<Event> = [opened()]
            .into_iter()
            .chain((1..9).flat_map(both))
            .collect();
        let failed = given(&events).0.unwrap().failed_top_ups;
        let ids: Vec<TopUpId> = failed.iter().map(|failed| failed.top_up_id).collect();
        assert_eq!(ids, [8, 7, 6, 5, 4].map(top_up));
    }

    #[test]
    fn each_entry_says_what_it_is_and_the_balance_after_it() {
        let declined = Event::ChargeDeclined {
            payment_id: PaymentId(Uuid::from_u128(9)),
            amount: euros(90_000),
            conference_id: CONFERENCE,
            order_id: ORDER,
            decline: Decline::InsufficientFunds {
                shortfall: euros(85_000),
            },
        };
        let events = [
            opened(),
            started(1),
            credited(1, 5_000),
            declined,
            charged(3_000),
            refunded(1_000),
            reversed(1, -5_000, ClearingAccount::Provider("test".into())),
        ];
        let (doc, entries) = given(&events);
        assert_eq!(doc.unwrap().balance, -2_000);
        let line = |entry: &StatementEntry| {
            let StatementEntry { version, kind, .. } = *entry;
            (version, kind, entry.amount.minor, entry.balance.minor)
        };
        assert_eq!(
            entries.iter().map(line).collect::<Vec<_>>(),
            [
                (3, EntryKind::TopUp, 5_000, 5_000),
                (5, EntryKind::Charge, -3_000, 2_000),
                (6, EntryKind::Refund, 1_000, 3_000),
                (7, EntryKind::Reversal, -5_000, -2_000),
            ]
        );
        assert!(entries.iter().all(|entry| entry.order_id == Some(ORDER)));
        let conferences: Vec<_> = entries.iter().map(|entry| entry.conference_id).collect();
        assert_eq!(
            conferences,
            [None, Some(CONFERENCE), Some(CONFERENCE), None]
        );
        assert_eq!(entries[3].reverses, Some(Uuid::from_u128(1)));
    }

    #[test]
    fn a_conference_takes_in_what_accounts_lose_to_it() {
        let conference = || ClearingAccount::Conference(CONFERENCE);
        let counts = |events: &[Event]| {
            let (_, entries) = given(&[&[opened()], events].concat());
            let mut sum = Takings::default();
            for (id, more) in entries.iter().filter_map(takings) {
                assert_eq!(id, CONFERENCE);
                sum += more;
            }
            (sum.charged, sum.charges, sum.refunded, sum.refunds)
        };
        assert_eq!(counts(&[credited(1, 5_000)]), (0, 0, 0, 0));
        let both = [charged(3_000), refunded(1_000)];
        assert_eq!(counts(&both), (3_000, 1, 1_000, 1));
        let refund_reversed = reversed(4, -1_000, conference());
        assert_eq!(
            counts(&[&both[..], &[refund_reversed]].concat()),
            (3_000, 1, 0, 0)
        );
        let charge_reversed = reversed(3, 3_000, conference());
        assert_eq!(counts(&[charged(3_000), charge_reversed]), (0, 0, 0, 0));
    }
}
