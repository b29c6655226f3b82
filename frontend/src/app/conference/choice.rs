//! What a person has chosen on a conference's page. Kept in the tab, so that a refresh, the way back and a trip to the
//! sign-in page find it again.

use serde::{Deserialize, Serialize};
use shared::{
    ConferenceId, Money, SeatTypeId, pricing,
    problem::Shortfall,
    requests::RequestedLine,
    text::{PromoCode, Quantity},
    views::{ConferencePage, PromoTerms, SeatTypeOnSale},
};

use crate::browser::tab;

/// How many seats of which type, whether fewer will do, and what is to be taken off their prices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    quantities: Vec<(SeatTypeId, u32)>,
    /// Whether fewer seats than chosen will do.
    pub partial: bool,
    /// The promo codes entered.
    #[serde(default)]
    pub promo_codes: Vec<PromoCode>,
}

impl Choice {
    /// The choice kept for this conference.
    pub fn kept(conference: ConferenceId) -> Self {
        tab::get(&key(conference)).unwrap_or_default()
    }

    /// Keep it for this conference.
    pub fn keep(&self, conference: ConferenceId) {
        tab::set(&key(conference), self);
    }

    /// Forget the choice kept for this conference: it has become an order.
    pub fn forget(conference: ConferenceId) {
        tab::remove(&key(conference));
    }

    /// How many seats of this type.
    pub fn of(&self, seat_type: SeatTypeId) -> u32 {
        let mut chosen = self.quantities.iter();
        chosen
            .find(|(id, _)| *id == seat_type)
            .map_or(0, |(_, seats)| *seats)
    }

    /// Choose so many seats of this type.
    pub fn set(&mut self, seat_type: SeatTypeId, seats: u32) {
        self.quantities.retain(|(id, _)| *id != seat_type);
        if seats > 0 {
            // In one order, so that equal choices are equal.
            let place = self.quantities.partition_point(|(id, _)| *id < seat_type);
            self.quantities.insert(place, (seat_type, seats));
        }
    }

    /// All seats chosen that this conference sells.
    pub fn seats(&self, page: &ConferencePage) -> u32 {
        page.seat_types
            .iter()
            .map(|kind| self.of(kind.seat_type_id))
            .sum()
    }

    /// Whether any are chosen.
    pub fn has_seats(&self) -> bool {
        !self.quantities.is_empty()
    }

    /// What they cost with promo codes of these terms.
    pub fn total(&self, page: &ConferencePage, terms: &[PromoTerms]) -> Money {
        let minor = page
            .seat_types
            .iter()
            .map(|kind| price_after(kind, terms).minor * i64::from(self.of(kind.seat_type_id)));
        Money {
            minor: minor.sum(),
            currency: page.currency,
        }
    }

    /// The lines to ask for, in the page's order. What is no longer sold, or is more than any order may hold, is left
    /// out: the steppers do not lead there.
    pub fn lines(&self, page: &ConferencePage) -> Vec<RequestedLine> {
        let lines = page.seat_types.iter().filter_map(|kind| {
            let quantity = Quantity::try_from(i64::from(self.of(kind.seat_type_id))).ok()?;
            Some(RequestedLine {
                seat_type_id: kind.seat_type_id,
                quantity,
            })
        });
        lines.collect()
    }

    /// The promo codes to ask for: all but those that are known to lower the price of no chosen seat, which would be
    /// refused for it.
    pub fn useful_codes(&self, terms: &[PromoTerms]) -> Vec<PromoCode> {
        let is_useful = |code: &&PromoCode| {
            let known = terms.iter().find(|terms| terms.code == **code);
            known.is_none_or(|terms| self.is_lowered_by(terms))
        };
        self.promo_codes.iter().filter(is_useful).cloned().collect()
    }

    /// Whether a promo code lowers the price of a chosen seat.
    pub fn is_lowered_by(&self, terms: &PromoTerms) -> bool {
        let mut chosen = self.quantities.iter();
        chosen.any(|(seat_type, _)| pricing::lowers(&terms.seat_type_ids, *seat_type))
    }

    /// The same with no more of each type than is free.
    pub fn cut_to(&self, shortfalls: &[Shortfall]) -> Self {
        let mut cut = self.clone();
        for short in shortfalls {
            cut.set(
                short.seat_type_id,
                cut.of(short.seat_type_id).min(short.remaining),
            );
        }
        cut
    }
}

/// What a seat costs with promo codes of these terms.
pub fn price_after(kind: &SeatTypeOnSale, terms: &[PromoTerms]) -> Money {
    let terms = terms
        .iter()
        .filter(|terms| pricing::lowers(&terms.seat_type_ids, kind.seat_type_id));
    let codes = terms.map(|terms| (&terms.code, terms.discount));
    let off = pricing::discounts(kind.price.minor, codes);
    Money {
        minor: kind.price.minor - off.iter().map(|(_, off)| off).sum::<i64>(),
        ..kind.price
    }
}

impl FromIterator<(SeatTypeId, u32)> for Choice {
    fn from_iter<I: IntoIterator<Item = (SeatTypeId, u32)>>(seats: I) -> Self {
        let mut choice = Self::default();
        for (seat_type, count) in seats {
            choice.set(seat_type, choice.of(seat_type) + count);
        }
        choice
    }
}

fn key(conference: ConferenceId) -> String {
    format!("choice {conference}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STANDARD: &str = "00000000-0000-4000-8000-00000000000a";
    const STUDENT: &str = "00000000-0000-4000-8000-00000000000b";

    fn page() -> ConferencePage {
        let seat_type = |id: &str, price: i64| {
            json!({"seat_type_id": id, "name": "Any", "description": "", "quota": 10, "remaining": 5, "held": 0,
                "max_per_order": 4, "price": {"minor": price, "currency": "EUR"}})
        };
        serde_json::from_value(json!({
            "conference_id": "00000000-0000-4000-8000-000000000001", "status": "published", "slug": "rust-week",
            "name": "Rust Week", "description": "", "venue": "Hall", "city": "Utrecht",
            "time_zone": "Europe/Amsterdam", "starts_at": "2027-05-03T07:30:00Z", "ends_at": "2027-05-05T15:00:00Z",
            "currency": "EUR", "seat_types": [seat_type(STANDARD, 12_000), seat_type(STUDENT, 4_500)], "as_of": {},
        }))
        .unwrap()
    }

    fn choice(standard: u32, student: u32) -> Choice {
        [(STANDARD, standard), (STUDENT, student)]
            .map(|(id, seats)| (id.parse().unwrap(), seats))
            .into_iter()
            .collect()
    }

    #[test]
    fn the_total_is_what_the_chosen_seats_cost() {
        let choice = choice(2, 1);
        assert_eq!(choice.seats(&page()), 3);
        assert_eq!(choice.total(&page(), &[]).minor, 28_500);
    }

    #[test]
    fn promo_codes_lower_the_seats_that_they_are_for() {
        let terms = |code: &str, percent: u32, seat_types: &[&str]| -> PromoTerms {
            serde_json::from_value(json!({"code": code, "discount": {"percent": percent},
                "seat_type_ids": seat_types, "valid_until": null, "combinable": true}))
            .unwrap()
        };
        let terms = [
            terms("EARLY-BIRD", 20, &[STANDARD]),
            terms("FRIENDS", 10, &[]),
        ];
        let prices = page()
            .seat_types
            .iter()
            .map(|kind| price_after(kind, &terms).minor)
            .collect::<Vec<_>>();
        assert_eq!(prices, [8_640, 4_050]);
        assert_eq!(choice(2, 1).total(&page(), &terms).minor, 21_330);

        let codes = ["EARLY-BIRD", "FRIENDS", "UNKNOWN"].map(|code| code.parse().unwrap());
        let mut students = choice(0, 1);
        students.promo_codes = codes.to_vec();
        assert_eq!(students.useful_codes(&terms), codes[1..]);
        students.set(STANDARD.parse().unwrap(), 1);
        assert_eq!(students.useful_codes(&terms), codes);
    }

    #[test]
    fn only_chosen_types_become_lines() {
        let lines = choice(0, 2).lines(&page());
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].seat_type_id, STUDENT.parse().unwrap());
        assert!(choice(0, 0).lines(&page()).is_empty());
    }

    #[test]
    fn a_shortfall_cuts_what_is_short_and_nothing_else() {
        let shortfall = |remaining| Shortfall {
            seat_type_id: STANDARD.parse().unwrap(),
            requested: 4,
            remaining,
            held: 0,
            next_release_at: None,
        };
        assert_eq!(choice(4, 1).cut_to(&[shortfall(3)]), choice(3, 1));
        assert_eq!(choice(4, 1).cut_to(&[shortfall(0)]), choice(0, 1));
        // More may have come free since: the choice does not grow by itself.
        assert_eq!(choice(2, 1).cut_to(&[shortfall(3)]), choice(2, 1));
    }
}
