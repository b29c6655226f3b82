//! The domain's no as a problem: its type, its sentence, and what the person needs to go on.

use domain::booking::Rejection;
use shared::{
    Problem, ProblemType,
    problem::{FieldError, FieldErrors, PerOrder, PromoCodeRefusal, Shortfalls, Taken},
};

/// The problem that a rejection becomes.
pub(crate) fn problem(rejection: Rejection) -> Problem {
    let problem = Problem::new(kind(&rejection), rejection.to_string());
    match rejection {
        Rejection::SeatsUnavailable(shortfalls) => problem.with(Shortfalls { shortfalls }),
        Rejection::QuotaBelowTaken { taken } => problem.with(Taken { taken }),
        Rejection::TooManyPerOrder {
            seat_type_id,
            max_per_order,
        } => problem.with(PerOrder {
            seat_type_id,
            max_per_order,
        }),
        Rejection::PromoCodeRefused(promo_code, reason) => {
            problem.with(PromoCodeRefusal { promo_code, reason })
        }
        Rejection::InvalidLines => at(
            problem,
            "lines",
            "must be 1 to 20, each of another seat type",
        ),
        Rejection::EndsBeforeStart => at(problem, "ends_at", "must not be before starts_at"),
        Rejection::UnknownTimeZone(_) => at(
            problem,
            "time_zone",
            "must be an IANA time zone, such as Europe/Berlin",
        ),
        Rejection::SlugTaken(_) => at(problem, "slug", "is taken"),
        Rejection::NoSuchConference
        | Rejection::NoSuchOrder
        | Rejection::NoSuchSeatType(_)
        | Rejection::NoSuchSeat
        | Rejection::NotYours
        | Rejection::NothingToSell
        | Rejection::PriceFixed
        | Rejection::NotOnSale
        | Rejection::OrderExists
        | Rejection::OrderClosed(_)
        | Rejection::AlreadyExtended
        | Rejection::HoldExpired
        | Rejection::ConferenceCancelled
        | Rejection::PromoCodeExists(_)
        | Rejection::NoSuchPromoCode
        | Rejection::NoSuchPayment
        | Rejection::NoSuchRefund => problem,
    }
}

fn kind(rejection: &Rejection) -> ProblemType {
    match rejection {
        Rejection::NoSuchConference
        | Rejection::NoSuchOrder
        | Rejection::NoSuchSeatType(_)
        | Rejection::NoSuchPromoCode
        | Rejection::NoSuchPayment
        | Rejection::NoSuchRefund => ProblemType::NotFound,
        Rejection::NoSuchSeat => ProblemType::NoSuchSeat,
        Rejection::NotYours => ProblemType::Forbidden,
        Rejection::SlugTaken(_) => ProblemType::SlugTaken,
        Rejection::EndsBeforeStart => ProblemType::EndsBeforeStart,
        Rejection::UnknownTimeZone(_) => ProblemType::UnknownTimeZone,
        Rejection::NothingToSell => ProblemType::NothingToSell,
        Rejection::PriceFixed => ProblemType::PriceFixed,
        Rejection::QuotaBelowTaken { .. } => ProblemType::QuotaBelowTaken,
        Rejection::NotOnSale => ProblemType::NotOnSale,
        Rejection::InvalidLines => ProblemType::InvalidRequest,
        Rejection::TooManyPerOrder { .. } => ProblemType::TooManyPerOrder,
        Rejection::SeatsUnavailable(_) => ProblemType::SeatsUnavailable,
        Rejection::OrderExists => ProblemType::OrderExists,
        Rejection::OrderClosed(_) => ProblemType::OrderClosed,
        Rejection::AlreadyExtended => ProblemType::AlreadyExtended,
        Rejection::HoldExpired => ProblemType::HoldExpired,
        Rejection::ConferenceCancelled => ProblemType::ConferenceCancelled,
        Rejection::PromoCodeRefused(..) => ProblemType::PromoCodeRefused,
        Rejection::PromoCodeExists(_) => ProblemType::PromoCodeExists,
    }
}

fn at(problem: Problem, field: &str, detail: &str) -> Problem {
    problem.with(FieldErrors {
        errors: vec![FieldError {
            field: field.into(),
            detail: detail.into(),
        }],
    })
}
