//! Promo codes: to everybody what one does, to the organizer all of their conference's.

use std::time::Duration;

use read_model::{ConferenceDoc, PromoCodeDoc, Row};
use shared::{
    OrderId, ProblemType,
    problem::{PromoCodeRefusal, PromoRefusal},
    requests::Discount,
    views::{ConferenceStatus, PromoCodes, PromoTerms},
};
use uuid::Uuid;

use crate::world::{
    ADA, NOBODY, OLGA, OPERATOR, PAUL, STANDARD, World, conference, conference_id, in_minutes, put,
    with,
};

/// A code of the first conference for ten orders: one was confirmed, one holds it, and the hold of one is over.
fn code(name: &str, change: impl FnOnce(&mut PromoCodeDoc)) -> Row<PromoCodeDoc> {
    let code = name.parse().unwrap();
    let key = PromoCodeDoc::key(conference_id(1), &code);
    let order = |number| OrderId(Uuid::from_u128(number));
    let mut doc = PromoCodeDoc {
        conference_id: conference_id(1),
        code,
        discount: Discount::Percent(20.try_into().unwrap()),
        seat_type_ids: vec![STANDARD],
        max_uses: Some(10.try_into().unwrap()),
        valid_from: Some(in_minutes(-10)),
        valid_until: Some(in_minutes(10)),
        combinable: true,
        withdrawn: false,
        used: 1,
        holds: [(order(1), in_minutes(5)), (order(2), in_minutes(-5))].into(),
    };
    change(&mut doc);
    Row {
        source: format!("promo#{key}"),
        key,
        version: 1,
        doc,
    }
}

fn path(number: u128, rest: &str) -> String {
    format!(
        "/api/conferences/{}/promo-codes{rest}",
        conference_id(number)
    )
}

impl World {
    async fn has_code(&self, name: &str, change: impl FnOnce(&mut PromoCodeDoc)) {
        put(&self.views.promo_codes, &code(name, change)).await;
    }
}

#[tokio::test]
async fn a_code_says_what_it_does_however_it_is_typed() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    world.has_code("EARLY-BIRD", |_| {}).await;
    for name in ["/EARLY-BIRD", "/early-bird"] {
        let terms: PromoTerms = world.ask(&path(1, name), NOBODY).await;
        assert_eq!(terms.code.as_str(), "EARLY-BIRD");
        assert_eq!(terms.discount, Discount::Percent(20.try_into().unwrap()));
        assert_eq!(
            (terms.seat_type_ids, terms.combinable),
            (vec![STANDARD], true)
        );
    }
    let answer = world.get(&path(1, "/EARLY-BIRD"), ADA).await;
    let text = String::from_utf8(answer.body().to_vec()).unwrap();
    assert!(
        !text.contains("used") && !text.contains("max_uses"),
        "{text}"
    );
}

#[tokio::test]
async fn a_code_that_cannot_be_used_now_says_why() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    let early = |doc: &mut PromoCodeDoc| doc.valid_from = Some(in_minutes(1));
    let late = |doc: &mut PromoCodeDoc| doc.valid_until = Some(in_minutes(-1));
    let full = |doc: &mut PromoCodeDoc| doc.max_uses = Some(2.try_into().unwrap());
    let nearly = |doc: &mut PromoCodeDoc| doc.max_uses = Some(3.try_into().unwrap());
    world.has_code("TOO-EARLY", early).await;
    world.has_code("TOO-LATE", late).await;
    world.has_code("FULL", full).await;
    world.has_code("NEARLY-FULL", nearly).await;
    for (name, reason) in [
        ("/TOO-EARLY", PromoRefusal::NotYetValid),
        ("/TOO-LATE", PromoRefusal::NoLongerValid),
        ("/FULL", PromoRefusal::UsedUp),
    ] {
        let problem = world.refusal(&path(1, name), ADA).await;
        assert_eq!(
            problem.kind(),
            Some(ProblemType::PromoCodeRefused),
            "{name}"
        );
        let refusal = problem.extension::<PromoCodeRefusal>().unwrap();
        assert_eq!(refusal.reason, reason);
        assert_eq!(refusal.promo_code.as_str(), &name[1..]);
    }
    let _: PromoTerms = world.ask(&path(1, "/NEARLY-FULL"), ADA).await;
}

#[tokio::test]
async fn a_code_that_is_unknown_withdrawn_or_of_a_draft_is_not_there() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    world.has_code("GONE", |doc| doc.withdrawn = true).await;
    for name in ["/GONE", "/UNKNOWN", "/x", "/a%20b"] {
        assert!(world.is_not_found(&path(1, name), OLGA).await, "{name}");
    }
    world.has_code("EARLY-BIRD", |_| {}).await;
    assert!(world.is_not_found(&path(2, "/EARLY-BIRD"), NOBODY).await);

    let draft = |doc: &mut ConferenceDoc| doc.status = ConferenceStatus::Draft;
    let mut row = with(conference(1, 10), draft);
    row.version = 2;
    world.has(row).await;
    for caller in [NOBODY, ADA, PAUL] {
        assert!(world.is_not_found(&path(1, "/EARLY-BIRD"), caller).await);
    }
    let _: PromoTerms = world.ask(&path(1, "/EARLY-BIRD"), OLGA).await;
}

#[tokio::test]
async fn an_organizer_sees_all_codes_of_their_own_conference() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    world.has_code("ZULU", |doc| doc.withdrawn = true).await;
    world.has_code("ALPHA", |_| {}).await;
    for caller in [OLGA, OPERATOR] {
        let codes: PromoCodes = world.ask(&path(1, ""), caller).await;
        let listed = codes.promo_codes.iter();
        let listed: Vec<_> = listed
            .map(|one| (one.terms.code.as_str(), one.withdrawn))
            .collect();
        assert_eq!(listed, [("ALPHA", false), ("ZULU", true)]);
        let alpha = &codes.promo_codes[0];
        assert_eq!((alpha.used, alpha.held, alpha.max_uses), (1, 1, Some(10)));
        assert_eq!(codes.as_of.0.len(), 3);
    }
    assert!(world.is_not_found(&path(1, ""), PAUL).await);
    assert!(world.is_not_found(&path(2, ""), OLGA).await);
    let refusal = world.refusal(&path(1, ""), ADA).await;
    assert_eq!(refusal.kind(), Some(ProblemType::Forbidden));
}

#[tokio::test]
async fn an_organizer_waits_for_the_code_that_they_have_just_added() {
    let world = World::new().await;
    world.has(conference(1, 10)).await;
    let late = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        world.has_code("ALPHA", |_| {}).await;
    };
    let token = format!("promo%23{}%23ALPHA@1", conference_id(1));
    let all = path(1, &format!("?min_version={token}"));
    let one = path(1, &format!("/ALPHA?min_version={token}"));
    let (all, _, ()) = tokio::join!(
        world.ask::<PromoCodes>(&all, OLGA),
        world.ask::<PromoTerms>(&one, OLGA),
        late
    );
    assert_eq!(all.promo_codes.len(), 1);
}
