//! Gaps are filled, the old is skipped, what can never be projected is parked, and what the database did not do comes
//! again.

use projector::Failure;
use read_model::{PoolDoc, Tables};
use serde_json::{Value, json};
use shared::SeatTypeId;
use uuid::Uuid;

use crate::world::{CONFERENCE, Commit, World, batch, batch_of, commit};

const ANOTHER_ORDER: &str = "00000000-0000-0000-0000-00000000000a";

fn pool(number: u128) -> SeatTypeId {
    SeatTypeId(Uuid::from_u128(number))
}

/// A commit on a pool's stream.
fn on_pool(number: u128, version: u64, events: &[Value]) -> Commit {
    commit(
        format!("seats#{CONFERENCE}#{}", pool(number)),
        version,
        events,
    )
}

fn quota(quota: u32) -> Value {
    json!({ "type": "QuotaChanged", "data": { "quota": quota } })
}

fn opened() -> Value {
    json!({ "type": "PoolOpened", "data": { "quota": 10 } })
}

fn not_yet_invented() -> Value {
    json!({ "type": "SeatsTeleported", "data": {} })
}

impl World {
    /// Version and quota of a pool's row.
    async fn row(&self, number: u128) -> Option<(u64, u32)> {
        let key = PoolDoc::key(CONFERENCE, pool(number));
        let row = self.views.availability.get(&key).await.unwrap();
        row.map(|row| (row.version, row.doc.quota))
    }
}

#[tokio::test]
async fn what_is_missing_is_read_from_the_event_table_first() {
    let world = World::new().await;
    let commits = [
        on_pool(1, 1, &[opened(), quota(20)]),
        on_pool(1, 3, &[quota(30)]),
        on_pool(1, 4, &[quota(40)]),
    ];
    world.log(&commits).await;
    assert!(world.hand_over(batch(&[&commits[2]])).await.is_empty());
    assert_eq!(world.row(1).await, Some((4, 40)));
}

#[tokio::test]
async fn commits_that_came_along_in_any_order_need_no_other_source() {
    let world = World::new().await;
    let commits = [
        on_pool(1, 1, &[opened(), quota(20)]),
        on_pool(1, 3, &[quota(30)]),
    ];
    // They are not in the event table.
    world.hand_over(batch(&[&commits[1], &commits[0]])).await;
    assert_eq!(world.row(1).await, Some((3, 30)));
}

#[tokio::test]
async fn what_was_applied_before_changes_nothing() {
    let world = World::new().await;
    let commits = [on_pool(1, 1, &[opened()]), on_pool(1, 2, &[quota(20)])];
    world.log(&commits).await;
    world.hand_over(batch(&[&commits[0], &commits[1]])).await;
    world.hand_over(batch(&[&commits[0], &commits[0]])).await;
    assert_eq!(world.row(1).await, Some((2, 20)));
}

#[tokio::test]
async fn only_appends_are_projected() {
    let world = World::new().await;
    let opened = on_pool(1, 1, &[opened()]);
    world.hand_over(batch_of("MODIFY", &[&opened])).await;
    world.hand_over(batch_of("REMOVE", &[&opened])).await;
    assert_eq!(world.row(1).await, None);
}

#[tokio::test]
async fn a_commit_that_cannot_be_projected_parks_its_stream_and_no_other() {
    let world = World::new().await;
    let commits = [
        on_pool(1, 1, &[opened()]),
        on_pool(1, 2, &[quota(20), not_yet_invented()]),
        on_pool(1, 4, &[quota(40)]),
        on_pool(2, 1, &[opened(), quota(50)]),
    ];
    world.log(&commits).await;
    let failures = world.hand_over(batch(&commits.each_ref())).await;
    assert!(failures.is_empty(), "it does not come again: {failures:?}");
    // Not even the first half of the commit is shown.
    assert_eq!(world.row(1).await, Some((1, 10)));
    assert_eq!(world.row(2).await, Some((2, 50)));
    let letter = |view: &str| (commits[0].stream.clone(), view.to_owned(), 2);
    assert_eq!(
        world.letters().await,
        ["availability", "log", "popularity"].map(letter),
        "one for each view that the stream feeds"
    );
    let cause = world.dead_letters.all().await.unwrap()[0].cause.clone();
    assert!(cause.contains("SeatsTeleported"), "{cause}");
}

#[tokio::test]
async fn a_parked_stream_goes_on_after_the_fix_with_its_next_commit() {
    let world = World::new().await;
    let broken = on_pool(1, 2, &[not_yet_invented()]);
    let commits = [on_pool(1, 1, &[opened()]), on_pool(1, 3, &[quota(30)])];
    world.log(&commits).await;
    world.log(std::slice::from_ref(&broken)).await;
    world
        .hand_over(batch(&[&commits[0], &broken, &commits[1]]))
        .await;
    assert_eq!(world.row(1).await, Some((1, 10)));

    let next = [on_pool(1, 2, &[quota(20)]), on_pool(1, 4, &[quota(40)])];
    world.log(&next).await;
    world.hand_over(batch(&[&next[1]])).await;
    assert_eq!(world.row(1).await, Some((4, 40)));
    assert!(world.letters().await.is_empty());
}

#[tokio::test]
async fn a_dead_letter_is_replayed_once_its_cause_is_gone() {
    let world = World::new().await;
    let commits = [
        on_pool(1, 1, &[opened()]),
        on_pool(1, 2, &[not_yet_invented()]),
    ];
    let stream = commits[0].stream.clone();
    world.log(&commits).await;
    world.hand_over(batch(&commits.each_ref())).await;
    let still = world.projector.replay(&stream).await;
    assert!(matches!(still, Err(Failure::Parked(_))), "{still:?}");
    assert_eq!(world.letters().await.len(), 3);

    world.log(&[on_pool(1, 2, &[quota(20)])]).await;
    assert_eq!(world.projector.replay(&stream).await, Ok(()));
    assert_eq!(world.row(1).await, Some((2, 20)));
    assert!(world.letters().await.is_empty());
}

#[tokio::test]
async fn a_stream_of_an_unknown_kind_waits_for_a_version_that_knows_it() {
    let world = World::new().await;
    let unknown = commit("waitlist#1".into(), 1, &[opened()]);
    let known = on_pool(1, 1, &[opened()]);
    let failures = world.hand_over(batch(&[&unknown, &known])).await;
    assert!(failures.is_empty());
    assert_eq!(world.row(1).await, Some((1, 10)));
    assert_eq!(
        world.letters().await,
        [("waitlist#1".to_owned(), "*".to_owned(), 1)]
    );
}

#[tokio::test]
async fn what_the_database_did_not_do_comes_again_and_the_rest_goes_on() {
    let world = World::new().await;
    let orders = Tables::default().orders;
    world
        .client
        .delete_table()
        .table_name(orders)
        .send()
        .await
        .unwrap();
    let placed = json!({ "type": "OrderPlaced", "data": {
        "order_id": ANOTHER_ORDER, "conference_id": CONFERENCE, "booked_by": "ada", "contact": null,
        "locator": "K7QX2M", "currency": "EUR", "lines": [],
    } });
    let confirmed = json!({ "type": "OrderConfirmed", "data": {} });
    let order = |version, event: &Value| {
        let stream = format!("order#{ANOTHER_ORDER}");
        commit(stream, version, std::slice::from_ref(event))
    };
    let commits = [
        order(1, &placed),
        on_pool(1, 1, &[opened()]),
        order(2, &confirmed),
        on_pool(1, 2, &[quota(20)]),
    ];
    assert_eq!(
        world.hand_over(batch(&commits.each_ref())).await,
        ["1", "3"]
    );
    assert_eq!(world.row(1).await, Some((2, 20)));
    assert!(world.letters().await.is_empty());

    read_model::create_tables(&world.client, &read_model::Tables::default())
        .await
        .unwrap();
    assert!(world.hand_over(batch(&commits.each_ref())).await.is_empty());
}
