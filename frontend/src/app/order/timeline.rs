//! What happened to an order: one line for each of its events.

use leptos::prelude::*;
use shared::{
    account::DeclineReason,
    views::{Happened, OrderView, RefundReason},
};

use crate::ui::format::{self, Style, time};

/// The order's history, in order.
#[component]
pub fn Timeline(#[prop(into)] order: Signal<OrderView>) -> impl IntoView {
    let entries = move || {
        let order = order.get();
        let entries = order.timeline.iter().map(|entry| {
            view! {
                <li>
                    <time datetime=entry.at.to_string()>{time(entry.at, "", Style::Exact)}</time>
                    <span>{sentence(&entry.what, &order)}</span>
                </li>
            }
        });
        entries.collect_view()
    };
    view! {
        <ol class="timeline" data-test="timeline">
            {entries}
        </ol>
    }
}

fn sentence(what: &Happened, order: &OrderView) -> String {
    let seat_of = |line: u32, seat: u32| {
        let known = order.lines.iter().find(|known| known.line == line);
        match known {
            Some(known) => format!("{}, seat {seat}", known.name),
            None => format!("seat {seat}"),
        }
    };
    match what {
        Happened::Placed { requested } => format!("You asked for {}", format::seats(*requested)),
        Happened::SeatsHeld { seats, until } => format!(
            "{} held for you until {}",
            format::seats(*seats),
            time(*until, "", Style::Clock)
        ),
        Happened::HoldExtended { until } => {
            format!("Hold extended until {}", time(*until, "", Style::Clock))
        }
        Happened::AttendeeAssigned {
            line,
            seat,
            again: false,
        } => {
            format!("Attendee named: {}", seat_of(*line, *seat))
        }
        Happened::AttendeeAssigned {
            line,
            seat,
            again: true,
        } => {
            format!("Attendee changed: {}", seat_of(*line, *seat))
        }
        Happened::SeatsRecovered { seats } => format!(
            "The hold had run out; {} still free and taken again",
            format::seats(*seats)
        ),
        Happened::Confirmed if order.paid.is_some() => {
            "Paid, and the booking is confirmed".to_owned()
        }
        Happened::Confirmed => "You confirmed the booking".to_owned(),
        Happened::SeatsCancelled { line, seats, value } => {
            let seats: Vec<_> = seats.iter().map(|seat| seat_of(*line, *seat)).collect();
            format!(
                "You gave up {}, worth {}",
                seats.join(" and "),
                format::amount(*value)
            )
        }
        Happened::Cancelled => "The booking was cancelled".to_owned(),
        Happened::ConferenceCancelled => {
            "The conference was cancelled, and the booking with it".to_owned()
        }
        Happened::PaymentRequested { amount } => {
            format!("Your account was asked for {}", format::amount(*amount))
        }
        Happened::MoneyArrived => "Money for it arrived on your account".to_owned(),
        Happened::PaymentDeclined { reason, shortfall } => match reason {
            DeclineReason::InsufficientFunds => format!(
                "Not paid: your balance was {} short",
                format::amount(*shortfall)
            ),
            DeclineReason::AccountPending => {
                "Not paid: your account was not approved yet".to_owned()
            }
            DeclineReason::AccountDenied => "Not paid: your account was not approved".to_owned(),
            DeclineReason::AccountBlocked => "Not paid: your account was blocked".to_owned(),
            DeclineReason::AccountClosed => "Not paid: your account was closed".to_owned(),
        },
        Happened::RefundDue { amount, reason } => {
            let amount = format::amount(*amount);
            match reason {
                RefundReason::SeatsCancelled => format!("{amount} goes back to your balance"),
                RefundReason::ConferenceCancelled => format!(
                    "The conference does not take place: {amount} goes back to your balance"
                ),
                RefundReason::SeatsGone => format!(
                    "The payment came after the hold, and the seats were gone: {amount} goes back to your balance"
                ),
                RefundReason::NotAwaited => format!(
                    "The booking was no longer waiting for the payment: {amount} goes back to your balance"
                ),
            }
        }
        Happened::Refunded { amount } => {
            format!("{} is back on your balance", format::amount(*amount))
        }
    }
}
