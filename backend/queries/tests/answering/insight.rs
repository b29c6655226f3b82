//! What organizers learn from what was counted of their conferences.

use read_model::{
    Counts, Document, Row, Tallies, Written,
    analytics::{
        CANCELLED, CONFIRMED, FUNNEL, GIVEN_UP, HELD, HOLDS, REVENUE, SOLD, UNSETTLED, day, minute,
    },
    popularity::HOURS,
};
use shared::analytics::{Analytics, DayOfSales, Popularity};

use crate::world::{ADA, OLGA, OPERATOR, PAUL, World, conference, conference_id, in_minutes};

/// A stream was counted.
async fn counted<D: Document>(tallies: &Tallies<D>, stream: &str, doc: D, counts: &Counts) {
    let source = Row {
        key: stream.to_owned(),
        source: stream.to_owned(),
        version: 1,
        doc,
    };
    let written = tallies.put(&source, None, counts).await.unwrap();
    assert_eq!(written, Written::Done);
}

fn analytics_path(number: u128) -> String {
    format!("/api/conferences/{}/analytics", conference_id(number))
}

fn popularity_path(number: u128) -> String {
    format!("/api/conferences/{}/popularity", conference_id(number))
}

#[tokio::test]
async fn what_many_streams_counted_is_added_up() {
    let world = World::new().await;
    world.has(conference(1, 20)).await;
    for (stream, hour) in (0..40).zip([7, 7, 23].into_iter().cycle()) {
        let mut counts = Counts::default();
        counts.add(conference_id(1), HOURS, &hour.to_string(), 2);
        let stream = format!("seats#{stream}");
        counted(&world.views.popularity, &stream, (), &counts).await;
    }
    let popularity: Popularity = world.ask(&popularity_path(1), OLGA).await;
    assert_eq!((popularity.hours[7], popularity.hours[23]), (54, 26));
    assert_eq!(popularity.hours.len(), 24);
    assert_eq!(popularity.hours.iter().sum::<u32>(), 80);
}

#[tokio::test]
async fn a_stream_that_is_counted_again_changes_nothing() {
    let world = World::new().await;
    world.has(conference(1, 20)).await;
    let mut counts = Counts::default();
    counts.add(conference_id(1), HOURS, "7", 2);
    let tallies = &world.views.popularity;
    counted(tallies, "seats#a", (), &counts).await;
    let source = tallies.sources.get("seats#a").await.unwrap().unwrap();
    for over in [None, Some(0), Some(2)] {
        let again = tallies.put(&source, over, &counts).await.unwrap();
        assert_eq!(again, Written::Lost);
    }
    let popularity: Popularity = world.ask(&popularity_path(1), OLGA).await;
    assert_eq!(popularity.hours[7], 2);
}

#[tokio::test]
async fn analytics_tell_how_far_orders_came_and_what_was_sold_when() {
    let world = World::new().await;
    let starts_at = world_with_conference(&world).await;
    let mut counts = Counts::default();
    let mut add = |part: &str, name, by: i64| counts.add(conference_id(1), part, name, by);
    add(FUNNEL, HELD, 9);
    add(FUNNEL, CONFIRMED, 4);
    add(FUNNEL, CANCELLED, 2);
    add(FUNNEL, UNSETTLED, 3);
    // Of the three that are not settled, one is held still.
    add(&minute(in_minutes(-5)), HOLDS, 2);
    add(&minute(in_minutes(5)), HOLDS, 1);
    let sold_on = starts_at.plus_minutes(-10 * 24 * 60);
    add(&day(sold_on), SOLD, 8);
    add(&day(sold_on), GIVEN_UP, 3);
    add(&day(sold_on), REVENUE, 60_000);
    counts_of_an_order(&world, &counts).await;

    let analytics: Analytics = world.ask(&analytics_path(1), OLGA).await;
    let funnel = analytics.funnel;
    assert_eq!((funnel.held, funnel.confirmed, funnel.cancelled), (9, 4, 2));
    assert_eq!(funnel.expired, 2, "the one that is held still is not");
    let day = sold_on.to_string()[..10].to_owned();
    let sold = DayOfSales {
        day,
        sold: 8,
        cancelled: 3,
        revenue: 60_000,
    };
    assert_eq!(analytics.days, [sold]);
    let given_up: Vec<_> = analytics
        .cancellations
        .iter()
        .filter(|group| group.seats > 0)
        .collect();
    assert_eq!(given_up.len(), 1);
    assert_eq!((given_up[0].from_days, given_up[0].to_days), (7, Some(14)));
}

async fn world_with_conference(world: &World) -> shared::Timestamp {
    let conference = conference(1, 20);
    let starts_at = conference.doc.starts_at;
    world.has(conference).await;
    starts_at
}

async fn counts_of_an_order(world: &World, counts: &Counts) {
    let order = read_model::analytics::CountedOrder {
        conference_id: conference_id(1),
        lines: Vec::new(),
        held_until: None,
        payment_requested: false,
        declined: false,
        confirmed: false,
    };
    counted(&world.views.analytics, "order#a", order, counts).await;
}

#[tokio::test]
async fn a_conference_of_which_nothing_is_counted_yet_has_nothing() {
    let world = World::new().await;
    world.has(conference(1, 20)).await;
    let analytics: Analytics = world.ask(&analytics_path(1), OLGA).await;
    assert_eq!(analytics.funnel, Default::default());
    assert!(analytics.days.is_empty());
    let popularity: Popularity = world.ask(&popularity_path(1), OLGA).await;
    assert_eq!(popularity.hours, [0; 24]);
}

#[tokio::test]
async fn only_who_runs_a_conference_learns_how_it_goes() {
    let world = World::new().await;
    world.has(conference(1, 20)).await;
    for path in [analytics_path(1), popularity_path(1)] {
        assert_eq!(world.get(&path, OLGA).await.status(), 200);
        assert_eq!(world.get(&path, OPERATOR).await.status(), 200);
        assert_eq!(world.get(&path, ADA).await.status(), 403);
        assert!(world.is_not_found(&path, PAUL).await);
    }
    assert!(world.is_not_found(&analytics_path(2), OLGA).await);
}
