//! An account's row, its entries and its conference's proceeds move together, and each entry once.

use std::collections::BTreeMap;

use projector::Failure;
use read_model::{AccountDoc, Day, Row, Tables, Takings};
use serde_json::{Value, json};
use shared::{Currency, PersonId, account::StatementEntry};
use uuid::Uuid;

use crate::{
    faults::with_conflicts,
    world::{CONFERENCE, Commit, World, batch, commit, projector},
};

fn on_account(person: &str, version: u64, events: &[Value]) -> Commit {
    commit(format!("account#EUR#{person}"), version, events)
}

fn event(name: &str, data: Value) -> Value {
    json!({ "type": name, "data": data })
}

fn euros(minor: i64) -> Value {
    json!({ "minor": minor, "currency": "EUR" })
}

fn opened(person: &str) -> Value {
    event(
        "AccountOpened",
        json!({ "person": person, "currency": "EUR" }),
    )
}

fn credited(number: u128, minor: i64) -> Value {
    let data = json!({
        "top_up_id": Uuid::from_u128(number), "amount": euros(minor), "provider": "test", "order_id": null,
        "reference": "r",
    });
    event("TopUpCredited", data)
}

fn charged(number: u128, minor: i64) -> Value {
    let data = json!({
        "payment_id": Uuid::from_u128(number), "amount": euros(minor), "conference_id": CONFERENCE,
        "order_id": Uuid::from_u128(number),
    });
    event("ChargePosted", data)
}

fn refunded(number: u128, minor: i64) -> Value {
    let data = json!({
        "refund_id": Uuid::from_u128(number + 1), "payment_id": Uuid::from_u128(number), "amount": euros(minor),
        "conference_id": CONFERENCE, "order_id": Uuid::from_u128(number),
    });
    event("RefundPosted", data)
}

fn not_yet_invented() -> Value {
    event("InterestPaid", json!({}))
}

/// Money comes, most of it goes to the conference, and some of that comes back: four commits.
fn history(person: &str) -> Vec<Commit> {
    vec![
        on_account(
            person,
            1,
            &[opened(person), event("AccountApproved", json!({}))],
        ),
        on_account(person, 3, &[credited(1, 5_000)]),
        on_account(person, 4, &[charged(10, 3_000), charged(20, 1_500)]),
        on_account(person, 6, &[refunded(10, 1_000)]),
    ]
}

impl World {
    async fn account(&self, person: &str) -> Option<Row<AccountDoc>> {
        let key = AccountDoc::key(Currency::EUR, &PersonId(person.into()));
        self.views.ledger.accounts.get(&key).await.unwrap()
    }

    /// Version, amount and balance of each entry, the newest first.
    async fn entries(&self, person: &str) -> Vec<(u64, i64, i64)> {
        let key = AccountDoc::key(Currency::EUR, &PersonId(person.into()));
        let entries = self
            .views
            .ledger
            .entries
            .up_to(&key, u64::MAX >> 1, 1_000)
            .await;
        let line = |entry: StatementEntry| (entry.version, entry.amount.minor, entry.balance.minor);
        entries.unwrap().into_iter().map(line).collect()
    }

    async fn proceeds(&self) -> BTreeMap<Day, Takings> {
        self.views.ledger.proceeds.of(CONFERENCE).await.unwrap()
    }

    /// What the conference took in on the day of this history.
    async fn taken_in(&self) -> (i64, i64) {
        let days = self.proceeds().await.into_values();
        let sums: Vec<(i64, i64)> = days.map(|day| (day.charged, day.refunded)).collect();
        assert!(sums.len() <= 1, "all of it happened on one day");
        sums.first().copied().unwrap_or_default()
    }

    /// Every row that accounts feed.
    async fn ledger(&self) -> Vec<String> {
        let tables = Tables::default();
        let tables = [tables.accounts, tables.entries, tables.proceeds];
        self.items(&tables).await.into_iter().collect()
    }
}

/// Linear congruential: the same disorder each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.throw(place + 1));
        }
    }
}

#[tokio::test]
async fn an_account_its_entries_and_the_proceeds_follow_the_account() {
    let world = World::new().await;
    let commits = history("ada");
    let all: Vec<&Commit> = commits.iter().collect();
    // They came along: nothing is read from the event table.
    assert!(world.hand_over(batch(&all)).await.is_empty());
    let account = world.account("ada").await.unwrap();
    assert_eq!((account.version, account.doc.balance), (6, 1_500));
    assert_eq!(account.source, "account#EUR#ada");
    assert_eq!(
        world.entries("ada").await,
        [
            (6, 1_000, 1_500),
            (5, -1_500, 500),
            (4, -3_000, 2_000),
            (3, 5_000, 5_000)
        ]
    );
    let (day, takings) = world.proceeds().await.pop_first().unwrap();
    assert_eq!(day.text(), "2027-05-03");
    let expected = Takings {
        charged: 4_500,
        refunded: 1_000,
        charges: 2,
        refunds: 1,
    };
    assert_eq!(takings, expected);
}

#[tokio::test]
async fn accounts_of_one_person_in_two_currencies_are_two() {
    let world = World::new().await;
    let francs = event(
        "AccountOpened",
        json!({ "person": "a#b", "currency": "CHF" }),
    );
    let commits = [
        on_account("a#b", 1, &[opened("a#b")]),
        commit("account#CHF#a#b".into(), 1, &[francs]),
    ];
    world.hand_over(batch(&commits.each_ref())).await;
    let by_person = AccountDoc::BY_PERSON;
    let found = world.views.ledger.accounts.find(by_person, "a#b").await;
    let currencies: Vec<String> = found
        .unwrap()
        .iter()
        .map(|row| row.doc.currency.to_string())
        .collect();
    assert_eq!(currencies, ["CHF", "EUR"]);
}

#[tokio::test]
async fn shuffled_duplicated_and_dropped_records_lead_to_the_same_rows() {
    let people = ["ada", "bob", "eve", "kim"];
    let commits: Vec<Commit> = people.iter().flat_map(|person| history(person)).collect();
    let world = World::new().await;
    world.log(&commits).await;
    for commit in &commits {
        world.hand_over(batch(&[commit])).await;
    }
    assert_eq!(world.taken_in().await, (4 * 4_500, 4 * 1_000));
    let expected = world.ledger().await;
    assert_eq!(expected.len(), 4 + 4 * 4 + 1);

    for seed in 0..6 {
        let mut dice = Dice(seed);
        let world = World::new().await;
        world.log(&commits).await;
        let mut handed_on: Vec<&Commit> = Vec::new();
        for commit in &commits {
            // A stream's last is never dropped: nothing would say that it has come so far.
            let copies = match dice.throw(5) {
                0 | 1 if commit.version != 6 => 0,
                2 | 3 => 2,
                _ => 1,
            };
            handed_on.extend(std::iter::repeat_n(commit, copies));
        }
        dice.shuffle(&mut handed_on);
        for batch_of_some in handed_on.chunks(1 + dice.throw(5)) {
            assert!(world.hand_over(batch(batch_of_some)).await.is_empty());
        }
        // And all of it once more, as after a checkpoint that was lost.
        let again: Vec<&Commit> = commits.iter().rev().collect();
        world.hand_over(batch(&again)).await;
        assert_eq!(world.ledger().await, expected, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projectors_that_work_on_the_same_accounts_at_once_count_everything_once() {
    let people = ["ada", "bob", "eve", "kim"];
    let commits: Vec<Commit> = people.iter().flat_map(|person| history(person)).collect();
    let world = World::new().await;
    world.log(&commits).await;
    let mut workers = tokio::task::JoinSet::new();
    for seed in 0..4 {
        let (mut mine, projector) = (commits.clone(), projector(&world.client));
        Dice(seed).shuffle(&mut mine);
        workers.spawn(async move {
            for some in mine.chunks(3) {
                let some: Vec<&Commit> = some.iter().collect();
                // As Lambda would: what failed comes again.
                while !projector
                    .handle(batch(&some))
                    .await
                    .batch_item_failures
                    .is_empty()
                {}
            }
        });
    }
    workers.join_all().await;
    assert_eq!(world.taken_in().await, (4 * 4_500, 4 * 1_000));
    assert_eq!(world.ledger().await.len(), 4 + 4 * 4 + 1);
}

#[tokio::test]
async fn what_fails_in_between_leaves_nothing_behind_and_is_done_when_it_comes_again() {
    let world = World::new().await;
    let commits = history("ada");
    world.log(&commits).await;
    world.hand_over(batch(&[&commits[0], &commits[1]])).await;
    let before = world.ledger().await;

    let proceeds = Tables::default().proceeds;
    world
        .client
        .delete_table()
        .table_name(proceeds)
        .send()
        .await
        .unwrap();
    let rest = batch(&[&commits[2], &commits[3]]);
    assert_eq!(world.hand_over(rest).await, ["1", "2"]);
    assert_eq!(world.account("ada").await.unwrap().version, 3);
    assert_eq!(world.entries("ada").await.len(), 1);

    read_model::create_tables(&world.client, &Tables::default())
        .await
        .unwrap();
    assert_eq!(world.ledger().await, before);
    for _ in 0..2 {
        let rest = batch(&[&commits[2], &commits[3]]);
        assert!(world.hand_over(rest).await.is_empty());
        assert_eq!(world.taken_in().await, (4_500, 1_000));
    }
}

#[tokio::test]
async fn transactions_that_meet_others_are_tried_again() {
    let world = World::new().await;
    let commits = history("ada");
    let all: Vec<&Commit> = commits.iter().collect();
    let unlucky = projector(&with_conflicts(&world.client, 3));
    let answer = unlucky.handle(batch(&all)).await;
    assert!(answer.batch_item_failures.is_empty());
    assert_eq!(world.taken_in().await, (4_500, 1_000));

    let hopeless = projector(&with_conflicts(&world.client, 1_000));
    let commits = history("bob");
    let all: Vec<&Commit> = commits.iter().collect();
    let answer = hopeless.handle(batch(&all)).await;
    assert_eq!(answer.batch_item_failures.len(), 4, "all of it comes again");
    assert_eq!(world.account("bob").await, None);
}

#[tokio::test]
async fn a_history_longer_than_a_transaction_is_written_piece_by_piece() {
    let world = World::new().await;
    let mut commits = vec![on_account("ada", 1, &[opened("ada")])];
    commits.extend(
        (2..=230).map(|version| on_account("ada", version, &[credited(version.into(), 100)])),
    );
    world.log(&commits).await;
    let last = commits.last().unwrap();
    assert!(world.hand_over(batch(&[last])).await.is_empty());
    let account = world.account("ada").await.unwrap();
    assert_eq!((account.version, account.doc.balance), (230, 22_900));
    let entries = world.entries("ada").await;
    let balances: Vec<i64> = entries.iter().map(|entry| entry.2).rev().collect();
    assert_eq!(
        balances,
        (1..=229).map(|number| number * 100).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn an_account_that_cannot_go_on_is_a_dead_letter_until_it_is_replayed() {
    let world = World::new().await;
    let mut commits = history("ada");
    commits[2] = on_account("ada", 4, &[charged(10, 3_000), not_yet_invented()]);
    world.log(&commits).await;
    let all: Vec<&Commit> = commits.iter().collect();
    assert!(
        world.hand_over(batch(&all)).await.is_empty(),
        "it does not come again"
    );
    assert_eq!(world.account("ada").await.unwrap().version, 3);
    // Not even the first half of the commit counts.
    assert_eq!(world.taken_in().await, (0, 0));
    let stream = "account#EUR#ada".to_owned();
    let letter = |view: &str| (stream.clone(), view.to_owned(), 4);
    assert_eq!(world.letters().await, ["accounts", "log"].map(letter));
    let still = world.projector.replay(&stream).await;
    assert!(matches!(still, Err(Failure::Parked(_))), "{still:?}");

    world.log(&history("ada")).await;
    assert_eq!(world.projector.replay(&stream).await, Ok(()));
    assert_eq!(world.taken_in().await, (4_500, 1_000));
    assert!(world.letters().await.is_empty());
}
