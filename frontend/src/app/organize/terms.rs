//! What a promo code does, in words.

use shared::{
    Currency, Money, Timestamp,
    requests::Discount,
    views::{PromoCodeView, SeatTypeOnSale},
};

use crate::ui::format::{self, Style, time};

/// Whether a code can be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Usable,
    NotYet,
    Over,
    UsedUp,
    Withdrawn,
}

impl State {
    /// Where a code stands at this moment.
    pub fn of(code: &PromoCodeView, now: Timestamp) -> Self {
        if code.withdrawn {
            Self::Withdrawn
        } else if code.terms.valid_until.is_some_and(|until| until <= now) {
            Self::Over
        } else if code.max_uses.is_some_and(|most| code.used >= most) {
            Self::UsedUp
        } else if code.valid_from.is_some_and(|from| now < from) {
            Self::NotYet
        } else {
            Self::Usable
        }
    }

    /// Its word, and the class of its chip.
    pub fn chip(self) -> (&'static str, &'static str) {
        match self {
            Self::Usable => ("In use", "chip ok"),
            Self::NotYet => ("Not yet", "chip"),
            Self::Over => ("Over", "chip"),
            Self::UsedUp => ("Used up", "chip"),
            Self::Withdrawn => ("Withdrawn", "chip"),
        }
    }
}

/// `20 % off each seat`, `€5.00 off each seat`.
pub fn discount(discount: Discount, currency: Currency) -> String {
    match discount {
        Discount::Percent(percent) => format!("{percent} % off each seat"),
        Discount::Amount(amount) => {
            let minor = amount.get().into();
            format!(
                "{} off each seat",
                format::amount(Money { minor, currency })
            )
        }
    }
}

/// Everything else, in the order in which it matters.
pub fn details(code: &PromoCodeView, seat_types: &[SeatTypeOnSale], zone: &str) -> Vec<String> {
    let at = |moment| time(moment, zone, Style::Moment);
    let terms = &code.terms;
    let mut details = vec![for_what(code, seat_types), uses(code)];
    if let Some(from) = code.valid_from {
        details.push(format!("from {}", at(from)));
    }
    if let Some(until) = terms.valid_until {
        details.push(format!("until {}", at(until)));
    }
    if terms.combinable {
        details.push("together with others".into());
    }
    details
}

fn for_what(code: &PromoCodeView, seat_types: &[SeatTypeOnSale]) -> String {
    let ids = &code.terms.seat_type_ids;
    if ids.is_empty() {
        return "all seat types".into();
    }
    let named = seat_types
        .iter()
        .filter(|kind| ids.contains(&kind.seat_type_id));
    let names: Vec<_> = named.map(|kind| kind.name.to_string()).collect();
    format!("only {}", names.join(" and "))
}

fn uses(code: &PromoCodeView) -> String {
    let used = match (code.max_uses, code.used) {
        (Some(most), used) => format!("{used} of {most} used"),
        (None, 0) => "not used yet".into(),
        (None, 1) => "used once".into(),
        (None, used) => format!("used {used} times"),
    };
    match code.held {
        0 => used,
        held => format!("{used}, {held} on hold"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";

    fn code(changes: Value) -> PromoCodeView {
        let mut code = json!({
            "terms": {"code": "EARLY-BIRD", "discount": {"percent": 20}, "seat_type_ids": [], "valid_until": null,
                "combinable": false},
            "valid_from": null, "max_uses": 50, "used": 12, "held": 0, "withdrawn": false,
        });
        for (name, value) in changes.as_object().unwrap() {
            code[name] = value.clone();
        }
        serde_json::from_value(code).unwrap()
    }

    fn standard() -> SeatTypeOnSale {
        serde_json::from_value(json!({
            "seat_type_id": ID, "name": "Standard", "description": "", "price": {"minor": 1, "currency": "EUR"},
            "quota": 1, "remaining": 1, "held": 0, "max_per_order": 1,
        }))
        .unwrap()
    }

    #[test]
    fn the_terms_are_told_in_words() {
        let all = details(&code(json!({})), &[standard()], "Europe/Berlin");
        assert_eq!(all, ["all seat types", "12 of 50 used"]);
        let some = code(json!({
            "terms": {"code": "EARLY-BIRD", "discount": {"percent": 20}, "seat_type_ids": [ID],
                "valid_until": null, "combinable": true},
            "max_uses": null, "held": 2,
        }));
        let some = details(&some, &[standard()], "Europe/Berlin");
        assert_eq!(
            some,
            [
                "only Standard",
                "used 12 times, 2 on hold",
                "together with others"
            ]
        );
        assert_eq!(
            discount(code(json!({})).terms.discount, Currency::EUR),
            "20 % off each seat"
        );
    }

    #[test]
    fn a_code_is_usable_until_something_ends_it() {
        let now: Timestamp = "2027-05-03T07:30:00Z".parse().unwrap();
        let state = |changes| State::of(&code(changes), now);
        assert_eq!(state(json!({})), State::Usable);
        assert_eq!(state(json!({"used": 50})), State::UsedUp);
        assert_eq!(
            state(json!({"valid_from": "2027-06-01T00:00:00Z"})),
            State::NotYet
        );
        assert_eq!(
            state(json!({"withdrawn": true, "used": 50})),
            State::Withdrawn
        );
    }
}
