//! The view tables on a real engine: what is read is what was written, and nothing older overwrites what is newer.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use read_model::{
    AccountDoc, Day, DeadLetter, DeadLetters, Document, DuePools, Generation, Index, Movements,
    OrderDoc, OrderPhase, PoolDoc, Row, Scope, Tables, Takings, View, Views, Written,
    create_tables,
};
use shared::{
    ConferenceId, Currency, Money, OrderId, PersonId, SeatTypeId, Timestamp,
    account::{AccountStatus, EntryKind, StatementEntry},
};

async fn client() -> aws_sdk_dynamodb::Client {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_with_shutdown(
        listener,
        database,
        std::future::pending::<()>(),
    ));
    plenary_http::start::local_dynamodb(&endpoint)
}

async fn views() -> (Views, DeadLetters) {
    let client = client().await;
    create_tables(&client, &Tables::default()).await.unwrap();
    create_tables(&client, &Tables::default())
        .await
        .expect("twice is as good as once");
    let tables = Tables::default();
    (
        Views::new(&client, &tables),
        DeadLetters::new(client, tables.dead_letters),
    )
}

fn pool(version: u64, sold: u32) -> Row<PoolDoc> {
    Row {
        key: "conference#pool".into(),
        source: "seats#conference#pool".into(),
        version,
        doc: PoolDoc {
            quota: 10,
            sold,
            holds: [(60, 2)].into(),
        },
    }
}

#[tokio::test]
async fn a_row_is_written_only_over_the_version_that_was_read() {
    let (views, _) = views().await;
    let view = views.availability;
    assert_eq!(view.get("conference#pool").await.unwrap(), None);
    assert_eq!(view.put(&pool(2, 0), None).await.unwrap(), Written::Done);
    assert_eq!(view.put(&pool(1, 9), None).await.unwrap(), Written::Lost);
    assert_eq!(view.put(&pool(3, 1), Some(2)).await.unwrap(), Written::Done);
    assert_eq!(view.put(&pool(3, 9), Some(2)).await.unwrap(), Written::Lost);
    assert_eq!(view.get("conference#pool").await.unwrap(), Some(pool(3, 1)));
}

#[tokio::test]
async fn many_rows_are_read_at_once_and_missing_ones_are_left_out() {
    let (views, _) = views().await;
    let row = |number: u32| Row {
        key: number.to_string(),
        ..pool(1, number)
    };
    for number in 0..130 {
        let written = views.availability.put(&row(number), None).await.unwrap();
        assert_eq!(written, Written::Done);
    }
    let keys = (0..140)
        .chain(0..10)
        .map(|number| number.to_string())
        .collect();
    let mut found = views.availability.get_all(keys).await.unwrap();
    found.sort_by_key(|row| row.doc.sold);
    assert_eq!(found, (0..130).map(row).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_person_finds_their_own_orders_by_when_they_were_placed() {
    let (views, _) = views().await;
    let row = |number: u128, owner: &str, placed: i64| {
        let order_id = OrderId(uuid::Uuid::from_u128(number));
        Row {
            key: OrderDoc::key(order_id),
            source: format!("order#{order_id}"),
            version: 2,
            doc: OrderDoc {
                order_id,
                conference_id: ConferenceId(uuid::Uuid::from_u128(7)),
                owner: PersonId(owner.into()),
                locator: "ABCDEF".into(),
                currency: Currency::EUR,
                placed_at: Timestamp::from_millis(placed),
                phase: OrderPhase::Confirmed,
                lines: Vec::new(),
                payment: None,
                timeline: Vec::new(),
            },
        }
    };
    let rows = [row(1, "ada", 20), row(2, "bob", 15), row(3, "ada", 10)];
    for row in &rows {
        assert_eq!(views.orders.put(row, None).await.unwrap(), Written::Done);
    }
    let found = views.orders.find(OrderDoc::BY_OWNER, "ada").await.unwrap();
    assert_eq!(found, [rows[2].clone(), rows[0].clone()]);
}

#[tokio::test]
async fn pools_are_due_once_their_first_hold_has_run_out_and_no_longer_than_it_is_there() {
    let client = client().await;
    let tables = Tables::default();
    create_tables(&client, &tables).await.unwrap();
    let view = Views::new(&client, &tables).availability;
    let due = DuePools::new(client, &tables.availability, &tables.generations);
    let at = |second: i64| Timestamp::from_millis(second * 1000);
    let conference = ConferenceId(uuid::Uuid::from_u128(1));
    let id = |number: u128| SeatTypeId(uuid::Uuid::from_u128(number));
    let row = |number: u128, version: u64, deadlines: &[i64]| {
        let mut row = pool(version, 0);
        row.key = PoolDoc::key(conference, id(number));
        row.doc.holds.clear();
        for deadline in deadlines {
            row.doc.hold(1, at(*deadline));
        }
        row
    };
    for row in [row(1, 1, &[60, 90]), row(2, 1, &[30]), row(3, 1, &[])] {
        assert_eq!(view.put(&row, None).await.unwrap(), Written::Done);
    }
    let before = async |second| due.before(at(second)).await.unwrap();
    assert_eq!(before(29).await, []);
    assert_eq!(before(30).await, [(conference, id(2))]);
    // The longest overdue first.
    assert_eq!(before(60).await, [(conference, id(2)), (conference, id(1))]);

    for row in [row(1, 2, &[90]), row(2, 2, &[])] {
        assert_eq!(view.put(&row, Some(1)).await.unwrap(), Written::Done);
    }
    assert_eq!(before(60).await, []);
    assert_eq!(before(90).await, [(conference, id(1))]);
}

#[tokio::test]
async fn what_moves_with_an_account_is_written_with_its_row_or_not_at_all() {
    let (views, _) = views().await;
    let ledger = views.ledger;
    let conference = ConferenceId(uuid::Uuid::from_u128(1));
    let day = || Day::of("2027-05-18T23:59:59.999Z".parse().unwrap());
    let euros = |minor| Money {
        minor,
        currency: Currency::EUR,
    };
    let person = PersonId("ada".into());
    let key = AccountDoc::key(Currency::EUR, &person);
    let row = |version: u64| Row {
        key: key.clone(),
        source: format!("account#{key}"),
        version,
        doc: AccountDoc {
            person: person.clone(),
            currency: Currency::EUR,
            status: AccountStatus::Active,
            reason: None,
            balance: -300,
            credit_limit: 0,
            open_top_ups: Vec::new(),
            failed_top_ups: Vec::new(),
        },
    };
    let charged = |version: u64| {
        let mut moved = Movements::default();
        moved.enter(StatementEntry {
            entry_id: uuid::Uuid::from_u128(version.into()),
            version,
            at: Timestamp::from_millis(0),
            kind: EntryKind::Charge,
            amount: euros(-300),
            balance: euros(-300),
            order_id: None,
            conference_id: Some(conference),
            reverses: None,
        });
        let takings = Takings {
            charged: 300,
            charges: 1,
            ..Takings::default()
        };
        moved.take_in(conference, day(), takings);
        moved
    };
    let put = async |version, over| ledger.put(&row(version), over, &charged(version)).await;
    assert_eq!(put(2, None).await.unwrap(), Written::Done);
    assert_eq!(put(2, None).await.unwrap(), Written::Lost);
    assert_eq!(put(3, Some(1)).await.unwrap(), Written::Lost);
    assert_eq!(put(3, Some(2)).await.unwrap(), Written::Done);

    let versions = async |up_to, limit| {
        let entries = ledger.entries.up_to(&key, up_to, limit).await.unwrap();
        let versions = entries.into_iter().map(|entry| entry.version);
        versions.collect::<Vec<_>>()
    };
    assert_eq!(versions(9, 10).await, [3, 2]);
    assert_eq!(versions(9, 1).await, [3]);
    assert_eq!(versions(2, 10).await, [2]);
    let days = ledger.proceeds.of(conference).await.unwrap();
    assert_eq!(days.len(), 1);
    assert_eq!((days[&day()].charged, days[&day()].charges), (600, 2));
    assert_eq!(day().text(), "2027-05-18");
}

#[tokio::test]
async fn a_row_of_another_shape_is_named_and_never_guessed() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Other {
        colour: String,
    }
    impl Document for Other {
        const INDEXES: &'static [Index] = &[];
        fn index_attributes(&self) -> Vec<(&'static str, String)> {
            Vec::new()
        }
    }
    let client = client().await;
    create_tables(&client, &Tables::default()).await.unwrap();
    let table = Tables::default().availability;
    let scope = Scope::One(Generation::FIRST);
    let doc = Other {
        colour: "red".into(),
    };
    let row = Row {
        key: "x".into(),
        source: "seats#x".into(),
        version: 1,
        doc,
    };
    let other: View<Other> = View::new(client.clone(), table.clone(), scope.clone());
    assert_eq!(other.put(&row, None).await.unwrap(), Written::Done);
    let error = View::<PoolDoc>::new(client, table, scope)
        .get("x")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("row x of plenary-availability"));
}

#[tokio::test]
async fn a_stream_has_one_dead_letter_per_view_until_it_goes_on() {
    let (_, letters) = views().await;
    let letter = |version| DeadLetter {
        stream: "order#1".into(),
        view: "orders".into(),
        generation: Generation::FIRST,
        version,
        cause: "unknown event".into(),
        at: Timestamp::from_millis(5),
    };
    letters.put(&letter(3)).await.unwrap();
    letters.put(&letter(4)).await.unwrap();
    assert_eq!(letters.all().await.unwrap(), [letter(4)]);
    letters
        .remove("order#1", ("orders", Generation::FIRST))
        .await
        .unwrap();
    assert_eq!(letters.all().await.unwrap(), []);
}
