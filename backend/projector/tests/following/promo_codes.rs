//! A promo code's row follows its stream.

use read_model::PromoCodeDoc;
use serde_json::json;
use shared::text::PromoCode;

use crate::world::{CONFERENCE, World, batch, commit};

#[tokio::test]
async fn a_promo_code_is_found_by_its_conference_and_counts_its_uses() {
    let world = World::new().await;
    let code: PromoCode = "EARLY-BIRD".parse().unwrap();
    let order = "00000000-0000-0000-0000-00000000000a";
    let terms = json!({
        "discount": { "percent": 20 }, "seat_type_ids": [], "max_uses": null, "valid_from": null,
        "valid_until": null, "combinable": false,
    });
    let added = json!({ "type": "PromoCodeAdded", "data": { "terms": terms } });
    let used = json!({ "type": "UseCommitted", "data": { "order_id": order } });
    let stream = format!("promo#{CONFERENCE}#{code}");
    let commits = [
        commit(stream.clone(), 1, &[added]),
        commit(stream.clone(), 2, &[used]),
    ];
    world.log(&commits).await;
    world.hand_over(batch(&[&commits[1]])).await;
    world.hand_over(batch(&[&commits[0], &commits[1]])).await;

    let by_conference = PromoCodeDoc::BY_CONFERENCE;
    let view = &world.views.promo_codes;
    let rows = view.find(by_conference, &CONFERENCE.to_string()).await;
    let row = rows.unwrap().pop().unwrap();
    assert_eq!((row.source, row.version), (stream, 2));
    assert_eq!((row.doc.code, row.doc.used), (code, 1));
}
