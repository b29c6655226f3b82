//! A person's accounts and statements: their own, and nobody else's.

use std::time::Duration;

use read_model::{AccountDoc, Movements, Row, Written};
use shared::{
    Currency, OrderId, PersonId, ProblemType, TopUpId,
    account::{
        AccountStatus, EntryKind, FailedTopUp, MyAccounts, OpenTopUp, Statement, StatementEntry,
        TopUpFailure,
    },
    problem::FieldErrors,
};
use uuid::Uuid;

use crate::world::{ADA, BOB, NOBODY, OPERATOR, World, euros, in_minutes, request};

fn francs() -> Currency {
    Currency::try_from("CHF".to_owned()).unwrap()
}

/// An account that was topped up by a hundred, `version` times.
fn account(person: &str, currency: Currency, version: u64) -> Row<AccountDoc> {
    let person = PersonId(person.into());
    let key = AccountDoc::key(currency, &person);
    Row {
        source: format!("account#{key}"),
        key,
        version,
        doc: AccountDoc {
            person,
            currency,
            status: AccountStatus::Active,
            reason: None,
            balance: version as i64 * 100,
            credit_limit: 5_000,
            open_top_ups: Vec::new(),
            failed_top_ups: Vec::new(),
        },
    }
}

fn entry(version: u64) -> StatementEntry {
    StatementEntry {
        entry_id: Uuid::from_u128(version.into()),
        version,
        at: in_minutes(0),
        kind: EntryKind::TopUp,
        amount: euros(100),
        balance: euros(version as i64 * 100),
        order_id: None,
        conference_id: None,
        reverses: None,
    }
}

impl World {
    /// Bring an account this far, with an entry for each of its versions.
    async fn has_account(&self, row: Row<AccountDoc>) {
        let ledger = &self.views.ledger;
        let before = ledger.accounts.get(&row.key).await.unwrap();
        let mut over = before.map(|row| row.version);
        for version in over.unwrap_or(0) + 1..=row.version {
            let mut moved = Movements::default();
            moved.enter(entry(version));
            let row = Row {
                version,
                ..row.clone()
            };
            let written = ledger.put(&row, over, &moved).await.unwrap();
            assert_eq!(written, Written::Done);
            over = Some(version);
        }
    }
}

fn versions(statement: &Statement) -> Vec<u64> {
    statement
        .entries
        .iter()
        .map(|entry| entry.version)
        .collect()
}

#[tokio::test]
async fn accounts_are_there_for_their_owner_alone() {
    let world = World::new().await;
    let mut row = account("ada", Currency::EUR, 2);
    row.doc.open_top_ups = vec![OpenTopUp {
        top_up_id: TopUpId(Uuid::from_u128(1)),
        amount: euros(5_000),
        started_at: in_minutes(-1),
        until: in_minutes(30),
        order_id: None,
    }];
    row.doc.failed_top_ups = vec![FailedTopUp {
        top_up_id: TopUpId(Uuid::from_u128(2)),
        amount: euros(5_000),
        failed_at: in_minutes(-1),
        reason: TopUpFailure::Declined,
        order_id: Some(OrderId(Uuid::from_u128(3))),
    }];
    let AccountDoc {
        open_top_ups,
        failed_top_ups,
        ..
    } = row.doc.clone();
    world.has_account(row).await;
    world.has_account(account("ada", francs(), 1)).await;
    world.has_account(account("bob", Currency::EUR, 1)).await;

    let mine: MyAccounts = world.ask("/api/account", ADA).await;
    let currencies: Vec<Currency> = mine.accounts.iter().map(|one| one.currency).collect();
    assert_eq!(currencies, [francs(), Currency::EUR]);
    let shown = &mine.accounts[1];
    assert_eq!((shown.balance, shown.available), (euros(200), euros(5_200)));
    assert_eq!(shown.open_top_ups, open_top_ups);
    assert_eq!(shown.failed_top_ups, failed_top_ups);
    assert_eq!(
        mine.as_of.to_string(),
        "account#CHF#ada@1,account#EUR#ada@2"
    );

    let none: MyAccounts = world.ask("/api/account", OPERATOR).await;
    assert!(none.accounts.is_empty());
    let refusal = world.refusal("/api/account", NOBODY).await;
    assert_eq!(refusal.kind(), Some(ProblemType::Unauthenticated));
}

#[tokio::test]
async fn a_statement_has_the_entries_of_ones_own_account_the_newest_first() {
    let world = World::new().await;
    world.has_account(account("ada", Currency::EUR, 3)).await;
    world.has_account(account("bob", Currency::EUR, 1)).await;
    let path = "/api/account/statement?currency=EUR";
    let mine: Statement = world.ask(path, ADA).await;
    assert_eq!(versions(&mine), [3, 2, 1]);
    assert_eq!(mine.entries[0].balance, euros(300));
    assert_eq!(
        (mine.next_cursor, mine.as_of.to_string()),
        (None, "account#EUR#ada@3".into())
    );
    let theirs: Statement = world.ask(path, BOB).await;
    assert_eq!(versions(&theirs), [1]);

    // An account is opened by its first use: before that it is empty.
    let unopened: Statement = world.ask("/api/account/statement?currency=CHF", ADA).await;
    assert_eq!(
        (versions(&unopened), unopened.as_of.to_string()),
        (vec![], String::new())
    );
    let refusal = world.refusal(path, NOBODY).await;
    assert_eq!(refusal.kind(), Some(ProblemType::Unauthenticated));
}

#[tokio::test]
async fn a_long_statement_comes_page_by_page() {
    let world = World::new().await;
    world.has_account(account("ada", Currency::EUR, 120)).await;
    let mut seen = Vec::new();
    let mut pages = 0;
    let mut cursor = String::new();
    loop {
        let path = format!("/api/account/statement?currency=EUR{cursor}");
        let page: Statement = world.ask(&path, ADA).await;
        seen.extend(versions(&page));
        pages += 1;
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((seen, pages), ((1..=120).rev().collect(), 3));
    for beyond in [0, 1, u64::MAX] {
        let path = format!("/api/account/statement?currency=EUR&cursor={beyond}");
        let page: Statement = world.ask(&path, ADA).await;
        assert_eq!(page.entries.is_empty(), beyond < 2, "{beyond}");
    }
}

#[tokio::test]
async fn a_statement_is_asked_for_by_a_currency_and_a_cursor_that_was_given_out() {
    let world = World::new().await;
    for (parameters, field) in [
        ("", "currency"),
        ("?currency=euro", "currency"),
        ("?currency=eur", "currency"),
        ("?currency=EUR&cursor=abc", "cursor"),
        ("?currency=EUR&cursor=-1", "cursor"),
        ("?currency=EUR&person=bob", "person"),
    ] {
        let path = format!("/api/account/statement{parameters}");
        let problem = world.refusal(&path, ADA).await;
        assert_eq!(problem.kind(), Some(ProblemType::InvalidRequest), "{path}");
        let errors = problem.extension::<FieldErrors>().unwrap().errors;
        assert_eq!(errors[0].field, field);
    }
}

#[tokio::test]
async fn a_reader_waits_for_their_own_account_and_for_nobody_elses() {
    let world = World::new().await;
    world.has_account(account("ada", Currency::EUR, 1)).await;
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.has_account(account("ada", Currency::EUR, 2)).await;
    };
    let all = "/api/account?min_version=account%23EUR%23ada@2";
    let one = "/api/account/statement?currency=EUR&min_version=account%23EUR%23ada@2";
    let bare = "/api/account/statement?currency=EUR&min_version=2";
    let (all, one, bare, ()) = tokio::join!(
        world.ask::<MyAccounts>(all, ADA),
        world.ask::<Statement>(one, ADA),
        world.ask::<Statement>(bare, ADA),
        late
    );
    assert_eq!(all.accounts[0].balance, euros(200));
    assert_eq!((versions(&one), versions(&bare)), (vec![2, 1], vec![2, 1]));

    world.has_account(account("bob", Currency::EUR, 1)).await;
    let begun = tokio::time::Instant::now();
    let theirs = "account%23EUR%23bob@99";
    for path in [
        format!("/api/account?min_version={theirs}"),
        format!("/api/account/statement?currency=EUR&min_version={theirs}"),
    ] {
        let answer = world.get(&path, ADA).await;
        assert_eq!(answer.status(), 200);
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        assert!(!text.contains("bob"), "{text}");
    }
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "nothing was waited for"
    );
}

#[tokio::test]
async fn a_statement_that_the_caller_has_already_is_not_sent_again() {
    let world = World::new().await;
    world.has_account(account("ada", Currency::EUR, 1)).await;
    let path = "/api/account/statement?currency=EUR";
    let answer = world.get(path, ADA).await;
    assert_eq!(answer.headers()["cache-control"], "private, no-cache");
    let etag = answer.headers()["etag"].clone();
    let again = || {
        let mut again = request(path, ADA);
        again.headers_mut().insert("if-none-match", etag.clone());
        world.queries.handle(again)
    };
    assert_eq!(again().await.status(), 304);
    world.has_account(account("ada", Currency::EUR, 2)).await;
    assert_eq!(again().await.status(), 200);
}
