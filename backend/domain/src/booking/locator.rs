//! The locator: six characters by which people name an order on the telephone.

use shared::OrderId;
use uuid::Uuid;

/// Letters and digits that cannot be taken for one another: no 0 and O, no 1 and I.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// The locator of an order: 30 bits that follow from its id.
///
/// A billion locators make two orders of one conference with the same one unlikely, not impossible: it names an order
/// together with a conference or a person, and is never a key.
pub fn locator(order: OrderId) -> String {
    let bits = Uuid::new_v5(&order.0, b"locator").as_u128();
    (0..6)
        .map(|place| ALPHABET[((bits >> (5 * place)) & 31) as usize] as char)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_has_one_locator_of_six_clear_characters() {
        let order = OrderId(Uuid::from_u128(42));
        assert_eq!(locator(order), locator(order));
        assert_eq!(locator(order).len(), 6);
        assert!(!locator(order).contains(['0', 'O', '1', 'I']));
        assert_ne!(locator(order), locator(OrderId(Uuid::from_u128(43))));
    }
}
