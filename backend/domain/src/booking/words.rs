//! What happened, as a sentence: for whoever reads the log. It names seats, numbers, amounts and times, and never a person.

use shared::{requests::Discount, views::RefundReason};

use crate::words::{count, list, money, time};

use super::{
    Event, conference,
    order::{self, PlacedLine},
    person, promo_code, seat_availability, slug,
};

/// An event of this context in one sentence.
///
/// ```
/// use domain::booking::{seat_availability::Event, words};
/// let event = Event::PoolOpened { quota: 120 };
/// assert_eq!(words(&event.into()), "The pool was opened with 120 seats.");
/// ```
pub fn words(event: &Event) -> String {
    match event {
        Event::Conference(event) => conference(event),
        Event::Seats(event) => seats(event),
        Event::Order(event) => order(event),
        Event::Slug(event) => slug(event),
        Event::Promo(event) => promo_code(event),
        Event::Person(event) => person(event),
    }
}

fn conference(event: &conference::Event) -> String {
    use conference::Event;
    match event {
        Event::ConferenceCreated { slug, details, .. } => format!(
            "The conference “{}” was created at /{slug}, from {} to {}.",
            details.name,
            time(details.starts_at),
            time(details.ends_at)
        ),
        Event::ConferenceRevised { details } => format!(
            "The conference is now “{}” in {}, from {} to {}.",
            details.name,
            details.city,
            time(details.starts_at),
            time(details.ends_at)
        ),
        // A price alone has no currency here: that stands in the conference's first event.
        Event::SeatTypeAdded { seat_type, .. } => format!(
            "The seat type “{}” was added with {}, at most {} per order.",
            seat_type.name,
            count(seat_type.quota.get(), "seat"),
            seat_type.max_per_order
        ),
        Event::SeatTypeRevised { seat_type, .. } => format!(
            "The seat type “{}” now has {}, at most {} per order.",
            seat_type.name,
            count(seat_type.quota.get(), "seat"),
            seat_type.max_per_order
        ),
        Event::ConferencePublished {} => "The conference went on sale.".to_owned(),
        Event::ConferenceUnpublished {} => "The conference was taken off sale.".to_owned(),
        Event::ConferenceCancelled {} => "The conference was cancelled for good.".to_owned(),
    }
}

fn seats(event: &seat_availability::Event) -> String {
    use seat_availability::Event;
    match event {
        Event::PoolOpened { quota } => {
            format!("The pool was opened with {}.", count(*quota, "seat"))
        }
        Event::QuotaChanged { from, quota } => match from {
            Some(from) => format!(
                "The pool was changed from {from} to {}.",
                count(*quota, "seat")
            ),
            None => format!("The pool was changed to {}.", count(*quota, "seat")),
        },
        Event::SeatsReserved {
            order_id,
            quantity,
            until,
        } => format!(
            "{} held for order {order_id} until {}.",
            were(*quantity),
            time(*until)
        ),
        Event::HoldExtended {
            order_id,
            quantity,
            until,
            ..
        } => format!(
            "{} held longer for order {order_id}, until {}.",
            were(*quantity),
            time(*until)
        ),
        Event::HoldExpired {
            order_id, quantity, ..
        } => format!(
            "The hold of order {order_id} ran out: {} free again.",
            are(*quantity)
        ),
        Event::HoldReleased {
            order_id, quantity, ..
        } => format!(
            "Order {order_id} gave its hold back: {} free again.",
            are(*quantity)
        ),
        Event::SeatsCommitted {
            order_id, quantity, ..
        } => format!("{} sold to order {order_id}.", were(*quantity)),
        Event::SeatsRecovered { order_id, quantity } => format!(
            "{} still free and sold to order {order_id}, whose hold had run out.",
            were(*quantity)
        ),
        Event::SeatsReturned { order_id, quantity } => format!(
            "Order {order_id} gave up what it had bought: {} free again.",
            are(*quantity)
        ),
    }
}

fn were(seats: u32) -> String {
    let verb = if seats == 1 { "was" } else { "were" };
    format!("{} {verb}", count(seats, "seat"))
}

fn are(seats: u32) -> String {
    let verb = if seats == 1 { "is" } else { "are" };
    format!("{} {verb}", count(seats, "seat"))
}

fn order(event: &order::Event) -> String {
    use order::Event;
    match event {
        Event::OrderPlaced { locator, lines, .. } => {
            format!(
                "Order {locator} was placed for {}.",
                list(lines.iter().map(line))
            )
        }
        Event::OrderReserved { granted, until } => format!(
            "All {} asked for {} held until {}.",
            count(granted.iter().sum(), "seat"),
            if granted.iter().sum::<u32>() == 1 {
                "is"
            } else {
                "are"
            },
            time(*until)
        ),
        Event::OrderPartlyReserved { granted, until } => format!(
            "Only {} of those asked for {} held, until {}.",
            count(granted.iter().sum(), "seat"),
            if granted.iter().sum::<u32>() == 1 {
                "is"
            } else {
                "are"
            },
            time(*until)
        ),
        Event::OrderHoldExtended { until } => {
            format!("The hold was extended until {}.", time(*until))
        }
        Event::AttendeeAssigned { line, seat, .. } => {
            format!("Seat {seat} of line {line} was given to an attendee.")
        }
        Event::OrderSeatsRecovered { seats } => {
            format!("The hold had run out; {} taken again.", were(*seats))
        }
        Event::OrderPaymentRequested { amount, .. } => {
            format!("The account was asked for {}.", money(*amount))
        }
        Event::OrderFunded {} => {
            "Money for the order arrived while its payment was awaited.".to_owned()
        }
        Event::OrderPaymentDeclined { decline, .. } => {
            format!("The account did not pay: {}.", decline.words())
        }
        Event::OrderConfirmed {
            payment_id: Some(_),
        } => "The order was paid and confirmed.".to_owned(),
        Event::OrderConfirmed { payment_id: None } => {
            "The order was confirmed free of charge.".to_owned()
        }
        Event::OrderSeatsCancelled { line, seats } => format!(
            "{} {} of line {line} {} given up.",
            if seats.len() == 1 { "Seat" } else { "Seats" },
            list(seats.iter().map(u32::to_string)),
            if seats.len() == 1 { "was" } else { "were" },
        ),
        Event::OrderCancelled {
            with_conference: true,
        } => "The order was cancelled together with its conference.".to_owned(),
        Event::OrderCancelled {
            with_conference: false,
        } => "The order was cancelled.".to_owned(),
        Event::OrderRefundDue { amount, reason, .. } => {
            let because = match reason {
                RefundReason::SeatsCancelled => "seats were given up",
                RefundReason::ConferenceCancelled => "the conference does not take place",
                RefundReason::SeatsGone => "the seats were gone when the payment arrived",
                RefundReason::NotAwaited => "the payment was no longer awaited",
            };
            format!("{} must go back because {because}.", money(*amount))
        }
        Event::OrderRefunded { amount, .. } => {
            format!("{} went back to the account.", money(*amount))
        }
    }
}

fn line(line: &PlacedLine) -> String {
    let discounts = line.discounts.iter().map(|off| off.code.to_string());
    let with = match line.discounts.is_empty() {
        true => String::new(),
        false => format!(" with {}", list(discounts)),
    };
    format!("{} of “{}”{with}", count(line.requested, "seat"), line.name)
}

fn slug(event: &slug::Event) -> String {
    match event {
        slug::Event::SlugClaimed { conference_id } => {
            format!("The address was claimed for conference {conference_id}.")
        }
    }
}

fn person(event: &person::Event) -> String {
    match event {
        person::Event::PersonForgotten {} => {
            "The person was forgotten: nothing opens what was said under their key.".to_owned()
        }
    }
}

fn promo_code(event: &promo_code::Event) -> String {
    use promo_code::Event;
    match event {
        Event::PromoCodeAdded { terms } => {
            let off = match terms.discount {
                Discount::Percent(percent) => format!("{percent} % off"),
                Discount::Amount(_) => "an amount off".to_owned(),
            };
            let uses = match terms.max_uses {
                Some(uses) => format!("for {}", count(uses.get(), "order")),
                None => "for any number of orders".to_owned(),
            };
            format!("The promo code was added: {off}, {uses}.")
        }
        Event::PromoCodeWithdrawn {} => "The promo code was withdrawn.".to_owned(),
        Event::UseReserved { order_id, until } => {
            format!("A use is held for order {order_id} until {}.", time(*until))
        }
        Event::UseExtended { order_id, until } => format!(
            "Order {order_id}'s use is held longer, until {}.",
            time(*until)
        ),
        Event::UseExpired { order_id } => {
            format!("The hold of order {order_id} ran out, and its use is free again.")
        }
        Event::UseCommitted { order_id } => format!("Order {order_id} used it for good."),
        Event::UseReleased { order_id } => format!("Order {order_id} gave its use back."),
    }
}
