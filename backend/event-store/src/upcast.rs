//! Older shapes of events as today's. The domain knows one shape; whatever was stored in another is turned into it here, on
//! its way in, by pure functions of its data. What was stored stays as it is.
//!
//! docs/EVENTS.md says when an event gets the next schema number and when it becomes another event.

use serde_json::{Value, json};

/// The schema number under which an event is written today.
pub(crate) fn schema(name: &str) -> u32 {
    match name {
        "ChargeDeclined" | "OrderPaymentDeclined" => 2,
        _ => 1,
    }
}

/// Turn the data of an older schema into the current one's, schema by schema.
pub(crate) fn upcast(name: &str, stored: u32, data: Value) -> Result<Value, String> {
    if stored > schema(name) {
        return Err("it was written by a newer version".into());
    }
    (stored..schema(name)).try_fold(data, |data, from| next(name, from, data))
}

/// Data of one schema as the next one's.
fn next(name: &str, from: u32, data: Value) -> Result<Value, String> {
    match (name, from) {
        ("ChargeDeclined" | "OrderPaymentDeclined", 1) => with_decline(data),
        _ => Err("no upcast reads this schema".into()),
    }
}

/// Schema 1 had `reason` and `shortfall` beside each other, and a shortfall of zero where money was not the reason. Since
/// schema 2 a `decline` is one thing, and has a shortfall where there is one.
fn with_decline(mut data: Value) -> Result<Value, String> {
    let fields = data.as_object_mut().ok_or("its data is no object")?;
    let mut take = |field: &str| fields.shift_remove(field).ok_or(format!("no `{field}`"));
    let (reason, shortfall) = (take("reason")?, take("shortfall")?);
    let decline = match reason.as_str() {
        Some("insufficient_funds") => json!({ "insufficient_funds": { "shortfall": shortfall } }),
        _ => reason,
    };
    fields.insert("decline".into(), decline);
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decline_for_want_of_money_keeps_its_shortfall_and_any_other_has_none() {
        let declined = |reason: &str, minor: i64| {
            let shortfall = json!({ "minor": minor, "currency": "EUR" });
            let stored = json!({ "amount": 7, "reason": reason, "shortfall": shortfall });
            upcast("ChargeDeclined", 1, stored)
        };
        let shortfall = json!({ "minor": 500, "currency": "EUR" });
        assert_eq!(
            declined("insufficient_funds", 500),
            Ok(
                json!({ "amount": 7, "decline": { "insufficient_funds": { "shortfall": shortfall } } })
            )
        );
        assert_eq!(
            declined("account_blocked", 0),
            Ok(json!({ "amount": 7, "decline": "account_blocked" }))
        );
    }

    #[test]
    fn what_lacks_a_field_of_its_schema_is_an_error_that_names_it() {
        let lacking = json!({ "reason": "account_closed" });
        assert_eq!(
            upcast("OrderPaymentDeclined", 1, lacking),
            Err("no `shortfall`".into())
        );
    }

    #[test]
    fn a_schema_from_before_the_first_or_after_the_last_is_not_read() {
        assert!(upcast("SeatsReserved", 0, json!({})).is_err());
        assert!(upcast("SeatsReserved", 2, json!({})).is_err());
    }
}
