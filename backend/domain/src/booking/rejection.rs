//! The domain says no: why, and what the person needs to go on. Rejections know nothing of HTTP and are never retried.

use shared::{
    SeatTypeId,
    problem::{PromoRefusal, Shortfall},
    text::PromoCode,
};

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("There is no such conference.")]
    NoSuchConference,
    #[error("There is no such order.")]
    NoSuchOrder,
    #[error("The conference has no such seat type.")]
    NoSuchSeatType(SeatTypeId),
    #[error("The order has no such seat.")]
    NoSuchSeat,
    #[error("This conference belongs to another organizer.")]
    NotYours,
    #[error("Another conference has the address “{0}”.")]
    SlugTaken(String),
    #[error("The end would come before the start.")]
    EndsBeforeStart,
    #[error("“{0}” is not an IANA time zone, such as Europe/Berlin.")]
    UnknownTimeZone(String),
    #[error("Add a seat type first; then the conference can be published.")]
    NothingToSell,
    #[error("The conference is published; take it off sale to change a price.")]
    PriceFixed,
    /// `taken` seats are held or sold.
    #[error("{taken} seats are held or sold; the quota cannot go below that.")]
    QuotaBelowTaken { taken: u32 },
    #[error("The conference is not on sale.")]
    NotOnSale,
    /// An order needs one to twenty lines, each of another seat type.
    #[error("An order needs 1 to 20 lines, each of another seat type.")]
    InvalidLines,
    #[error("One order can hold at most {max_per_order} of these seats.")]
    TooManyPerOrder {
        seat_type_id: SeatTypeId,
        max_per_order: u32,
    },
    /// What is free instead, for each seat type that falls short.
    #[error("{}", seats_unavailable(.0))]
    SeatsUnavailable(Vec<Shortfall>),
    #[error("The conference was cancelled.")]
    ConferenceCancelled,
    #[error("{}", promo_code_refused(.0, *.1))]
    PromoCodeRefused(PromoCode, PromoRefusal),
    #[error("The conference has a promo code {0} already.")]
    PromoCodeExists(PromoCode),
    #[error("The conference has no such promo code.")]
    NoSuchPromoCode,
    /// The order never asked for this payment: a message that contradicts the log.
    #[error("The order has no such payment.")]
    NoSuchPayment,
    /// The order never owed this refund: a message that contradicts the log.
    #[error("The order has no such refund.")]
    NoSuchRefund,
    #[error("This order was already placed.")]
    OrderExists,
    #[error("The order is {0}.")]
    OrderClosed(&'static str),
    #[error("The hold was already extended; it cannot be extended twice.")]
    AlreadyExtended,
    #[error("The hold has run out. The order can still be confirmed while its seats are free.")]
    HoldExpired,
}

fn seats_unavailable(shortfalls: &[Shortfall]) -> String {
    match shortfalls {
        [one] if one.remaining == 0 => "No seats of this type are left.".into(),
        [one] => format!(
            "Only {} of the {} seats are left.",
            one.remaining, one.requested
        ),
        _ => "Not enough seats of several types are left.".into(),
    }
}

fn promo_code_refused(code: &PromoCode, reason: PromoRefusal) -> String {
    match reason {
        PromoRefusal::Unknown => format!("There is no promo code {code} for this conference."),
        PromoRefusal::NotYetValid => format!("The promo code {code} is not valid yet."),
        PromoRefusal::NoLongerValid => format!("The promo code {code} is no longer valid."),
        PromoRefusal::UsedUp => format!("The promo code {code} is used up."),
        PromoRefusal::NotForTheseSeats => {
            format!("The promo code {code} does not lower the price of these seats.")
        }
        PromoRefusal::NotCombinable => {
            format!("The promo code {code} cannot be used together with the others.")
        }
    }
}
