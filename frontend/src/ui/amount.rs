//! Amounts of money as people type them.

/// What was typed, in minor units of a currency with so many decimals; none where it is not an amount.
///
/// A point and a comma both stand before the decimals. So a thousand is typed without a mark: `1,000` would be one to
/// some and a thousand to others, and is refused.
///
/// ```
/// use frontend::ui::minor_units;
/// assert_eq!(minor_units("25", 2), Some(2_500));
/// assert_eq!(minor_units(" 25,5 ", 2), Some(2_550));
/// assert_eq!(minor_units("1,000", 2), None);
/// ```
pub fn minor_units(text: &str, decimals: u32) -> Option<i64> {
    let text = text.trim();
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_amount = !whole.is_empty()
        && are_digits(whole)
        && are_digits(part)
        && part.len() <= decimals as usize
        // "25." is still being typed.
        && part.is_empty() != text.contains(['.', ',']);
    if !is_amount {
        return None;
    }
    let missing = decimals as usize - part.len();
    format!("{whole}{part}{}", "0".repeat(missing)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_as_many_decimals_as_its_currency() {
        for (text, decimals, minor) in [
            ("25", 2, Some(2_500)),
            ("25.00", 2, Some(2_500)),
            ("0.5", 2, Some(50)),
            ("007", 2, Some(700)),
            ("1200", 0, Some(1_200)),
            ("12.5", 0, None),
            ("25.", 2, None),
            (".5", 2, None),
            ("25.001", 2, None),
            ("1.000,00", 2, None),
            ("-5", 2, None),
            ("€5", 2, None),
            ("1e3", 2, None),
            ("", 2, None),
            ("99999999999999999999", 2, None),
        ] {
            assert_eq!(minor_units(text, decimals), minor, "{text:?}");
        }
    }
}
