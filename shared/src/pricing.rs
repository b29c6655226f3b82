//! What promo codes take off a seat's price. The browser shows it before an order is placed and the domain fixes it when
//! it is, by this one rule.

use crate::{SeatTypeId, requests::Discount, text::PromoCode};

/// How many promo codes one order may use.
pub const MAX_PROMO_CODES: usize = 3;

/// Whether a code that names these seat types lowers the price of this one; a code that names none lowers all.
pub fn lowers(seat_type_ids: &[SeatTypeId], seat_type: SeatTypeId) -> bool {
    seat_type_ids.is_empty() || seat_type_ids.contains(&seat_type)
}

/// What each code takes off a seat of this price, in minor units, in the order in which they are applied.
///
/// Percentages come first, in the alphabetical order of their codes, each on what is left, each rounded half up to a
/// whole minor unit; then amounts, in the same order. A price is never below zero, and a code that takes nothing is left
/// out. It is the same for every seat, so that a seat given up is refunded with exactly what was paid for it.
///
/// ```
/// use shared::{pricing::discounts, requests::Discount, text::{AmountOff, Percent, PromoCode}};
/// let early: PromoCode = "EARLY-BIRD".parse().unwrap();
/// let friend: PromoCode = "A-FRIEND".parse().unwrap();
/// let codes = [
///     (&friend, Discount::Amount(AmountOff::try_from(500).unwrap())),
///     (&early, Discount::Percent(Percent::try_from(20).unwrap())),
/// ];
/// // 20 % of 124.99 is 24.998, so 25.00; then 5.00.
/// assert_eq!(discounts(12_499, codes), [(&early, 2_500), (&friend, 500)]);
/// ```
pub fn discounts<'a>(
    price: i64,
    codes: impl IntoIterator<Item = (&'a PromoCode, Discount)>,
) -> Vec<(&'a PromoCode, i64)> {
    // Put in order one by one: there are a handful, and sorting is code that the browser would have to download.
    let rank = |(code, discount): &(&'a PromoCode, Discount)| {
        (matches!(discount, Discount::Amount(_)), *code)
    };
    let mut ordered = Vec::new();
    for code in codes {
        let place = ordered.partition_point(|known| rank(known) < rank(&code));
        ordered.insert(place, code);
    }
    let mut left = price;
    let mut discounts = Vec::new();
    for (code, discount) in ordered {
        let off = match discount {
            Discount::Percent(percent) => (left * i64::from(percent.get()) + 50) / 100,
            Discount::Amount(amount) => i64::from(amount.get()).min(left),
        };
        left -= off;
        if off > 0 {
            discounts.push((code, off));
        }
    }
    discounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{AmountOff, Percent};

    fn code(name: &str) -> PromoCode {
        name.parse().unwrap()
    }

    fn percent(percent: i64) -> Discount {
        Discount::Percent(Percent::try_from(percent).unwrap())
    }

    fn amount(minor: i64) -> Discount {
        Discount::Amount(AmountOff::try_from(minor).unwrap())
    }

    #[test]
    fn half_a_minor_unit_is_rounded_up_and_less_is_not() {
        let half = code("HALF");
        assert_eq!(discounts(101, [(&half, percent(50))]), [(&half, 51)]);
        assert_eq!(discounts(149, [(&half, percent(1))]), [(&half, 1)]);
        assert_eq!(discounts(49, [(&half, percent(1))]), []);
    }

    #[test]
    fn percentages_come_first_each_on_what_is_left_in_alphabetical_order() {
        let (a, b, c) = (code("AAA"), code("BBB"), code("CCC"));
        let codes = [(&c, percent(10)), (&a, amount(500)), (&b, percent(50))];
        assert_eq!(
            discounts(10_000, codes),
            [(&b, 5_000), (&c, 500), (&a, 500)]
        );
    }

    #[test]
    fn a_price_is_never_below_zero_and_a_code_that_takes_nothing_is_left_out() {
        let (a, b) = (code("AAA"), code("BBB"));
        let codes = [(&a, amount(900)), (&b, amount(300))];
        assert_eq!(discounts(1_000, codes), [(&a, 900), (&b, 100)]);
        assert_eq!(
            discounts(1_000, [(&a, percent(100)), (&b, amount(1))]),
            [(&a, 1_000)]
        );
        assert_eq!(discounts(0, [(&a, percent(50))]), []);
    }

    #[test]
    fn a_code_lowers_the_seat_types_that_it_names_or_all() {
        let [standard, student] = [1, 2].map(|n| SeatTypeId(uuid::Uuid::from_u128(n)));
        assert!(lowers(&[], student));
        assert!(lowers(&[student], student));
        assert!(!lowers(&[standard], student));
    }
}
