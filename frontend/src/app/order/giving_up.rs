//! Giving up seats of a confirmed order: one, several or all. It asks first, and says what goes back and where.

use leptos::prelude::*;
use shared::{
    OrderId,
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    requests::{CancelSeats, Nothing},
    text::Ordinal,
    views::{OrderLine, OrderView, OrderedSeat, SeatStatus},
};
use web_sys::Event;

use super::refund::refund_of;
use crate::{
    api::{Command, use_command},
    app::written::Written,
    browser::focus,
    ui::{Alert, CommandButton, CommandNotice, Dialog, If, format, handler, use_announcer},
};

/// A seat by its line and its place there.
type SeatAt = (u32, u32);

/// The words that differ from question to question.
#[derive(Clone, Copy)]
struct Words {
    label: &'static str,
    test: &'static str,
    keep: &'static str,
    /// What is safe to assume when it failed.
    safe: &'static str,
}

/// The question about one seat.
#[component]
pub fn GiveUpSeat(
    order: Memo<OrderView>,
    open: RwSignal<bool>,
    line: OrderLine,
    seat: OrderedSeat,
) -> impl IntoView {
    let words = Words {
        label: "Cancel the seat",
        test: "confirm-cancel-seat",
        keep: "Keep the seat",
        safe: "Nothing was cancelled.",
    };
    let what = named(&line, &seat, " of ");
    let seats = Signal::stored(vec![(line.line, seat.seat)]);
    view! { <GiveUp order open seats what words /> }
}

/// The buttons that cancel several seats or the whole order, and their questions.
#[component]
pub fn GiveUpButtons(order: Memo<OrderView>) -> impl IntoView {
    let (several_open, all_open) = (RwSignal::new(false), RwSignal::new(false));
    // With fewer, it is one seat or all.
    let has_several = move || order.with(|order| current(order).len() > 2);
    view! {
        <p class="actions">
            <If when=has_several>
                <button
                    class="button danger"
                    type="button"
                    data-test="cancel-several"
                    on:click=handler(move |_| several_open.set(true))
                >
                    "Cancel several seats"
                </button>
            </If>
            <button
                class="button danger"
                type="button"
                data-test="cancel-order"
                on:click=handler(move |_| all_open.set(true))
            >
                "Cancel the whole booking"
            </button>
        </p>
        <Dialog open=several_open title="Cancel several seats?" id="cancel-several-title">
            <GiveUpSeveral order open=several_open />
        </Dialog>
        <Dialog open=all_open title="Cancel the whole booking?" id="cancel-order-title">
            <GiveUpAll order open=all_open />
        </Dialog>
    }
}

#[component]
fn GiveUpAll(order: Memo<OrderView>, open: RwSignal<bool>) -> impl IntoView {
    // Not tracked: a poll must not change a question that is being answered.
    let seats = order.with_untracked(current);
    let words = Words {
        label: "Cancel the booking",
        test: "confirm-cancel-order",
        keep: "Keep the booking",
        safe: "Nothing was cancelled.",
    };
    let what = format::seats(seats.len() as u32);
    view! { <GiveUp order open seats=Signal::stored(seats) what words /> }
}

#[component]
fn GiveUpSeveral(order: Memo<OrderView>, open: RwSignal<bool>) -> impl IntoView {
    let chosen = RwSignal::new(Vec::<SeatAt>::new());
    let words = Words {
        label: "Cancel these seats",
        test: "confirm-cancel-several",
        keep: "Keep all seats",
        safe: "Seats that this page still shows as yours were not cancelled.",
    };
    let box_of = |line: &OrderLine, seat: &OrderedSeat| {
        let at = (line.line, seat.seat);
        let choose = move |event: Event| {
            let is_chosen = event_target_checked(&event);
            chosen.update(|chosen| {
                chosen.retain(|known| *known != at);
                if is_chosen {
                    chosen.push(at);
                }
            });
        };
        view! {
            <label class="checkbox">
                <input
                    type="checkbox"
                    autofocus
                    data-test=format!("choose-seat-{}-{}", at.0, at.1)
                    on:change=handler(choose)
                />
                <span>{named(line, seat, ": ")}</span>
            </label>
        }
    };
    let boxes = order.with_untracked(|order| {
        let seats = current_seats(order).map(|(line, seat)| box_of(line, seat));
        seats.collect_view()
    });
    let what = Signal::derive(move || match chosen.with(Vec::len) {
        0 => "no seat yet".to_owned(),
        seats => format::seats(seats as u32),
    });
    view! {
        <fieldset class="choices">
            <legend class="visually-hidden">"Which seats?"</legend>
            {boxes}
        </fieldset>
        <GiveUp order open seats=chosen.into() what words />
    }
}

/// What is given up, what goes back for it, and the last word.
#[component]
fn GiveUp(
    order: Memo<OrderView>,
    open: RwSignal<bool>,
    seats: Signal<Vec<SeatAt>>,
    /// Such as "Standard, seat 2 of Ada Lovelace".
    #[prop(into)]
    what: Signal<String>,
    words: Words,
) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let written = use_context::<Written>().unwrap_or_default();
    let announcer = use_announcer();
    let nothing_chosen = RwSignal::new(false);
    // One command gives up seats of one line; with several lines, the next follows when the one before is accepted.
    let rest = StoredValue::new(Vec::<Step>::new());
    let sender = StoredValue::new(None::<Command>);
    let send_next = move || match (
        sender.get_value(),
        rest.try_update_value(Vec::pop).flatten(),
    ) {
        (Some(command), Some(step)) => {
            step.send(id, command);
            true
        }
        _ => false,
    };
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        written.accepted(accepted, Vec::new());
        if !send_next() {
            open.set(false);
            announcer.say("Cancelled.");
            // The button that opened the question is gone with the seat.
            focus("seats-title");
        }
    });
    sender.set_value(Some(command));
    let give_up = Callback::new(move |()| {
        if command.is_open() {
            return;
        }
        let steps = order.with_untracked(|order| steps(order, &seats.get_untracked()));
        nothing_chosen.set(steps.is_empty());
        rest.set_value(steps);
        send_next();
    });
    let back = move || {
        let back = order.with_untracked(|order| refund_of(order, seats.get().into_iter()));
        match back {
            Some(amount) => view! {
                <strong data-test="refund-preview">{format::amount(amount)}</strong>
                " goes back to your balance."
            }
            .into_any(),
            None => "It was free, so nothing goes back.".into_any(),
        }
    };
    view! {
        <p>"You give up " <strong>{move || what.get()}</strong> ". " {back}</p>
        <p>"What you give up goes back on sale at once; this cannot be undone."</p>
        <If when=move || nothing_chosen.get()>
            <Alert test="error-summary">
                <p>"Choose at least one seat first."</p>
            </Alert>
        </If>
        <CommandNotice phase=command.phase() safe=words.safe />
        <div class="actions">
            <CommandButton
                phase=command.phase()
                label=words.label
                busy_label="Cancelling…"
                class="button danger"
                test=words.test
                on_press=give_up
            />
            <KeepButton label=words.keep open />
        </div>
    }
}

/// The button that closes a question and changes nothing.
#[component]
pub fn KeepButton(label: &'static str, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <button class="button" type="button" data-test="keep" autofocus on:click=handler(move |_| open.set(false))>
            {label}
        </button>
    }
}

/// A command that gives up some of what is to be given up.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Line(u32, Vec<Ordinal>),
    Order,
}

impl Step {
    fn send(self, id: OrderId, command: Command) {
        match self {
            Self::Line(line, seats) => {
                command.send(
                    Name::CancelSeats.path(&[&id, &line]),
                    &CancelSeats { seats },
                );
            }
            Self::Order => command.send(Name::CancelOrder.path(&[&id]), &Nothing {}),
        }
    }
}

/// The commands that give up these seats, as far as they are not given up already: one for each line, or one for all.
fn steps(order: &OrderView, seats: &[SeatAt]) -> Vec<Step> {
    let current = current(order);
    if current.iter().all(|at| seats.contains(at)) {
        return vec![Step::Order];
    }
    let lines = order.lines.iter().filter_map(|line| {
        let of_line = current
            .iter()
            .filter(|at| at.0 == line.line && seats.contains(at));
        let seats: Vec<_> = of_line
            .filter_map(|(_, seat)| Ordinal::try_from(i64::from(*seat)).ok())
            .collect();
        (!seats.is_empty()).then_some(Step::Line(line.line, seats))
    });
    lines.collect()
}

/// The seats that the person has.
fn current(order: &OrderView) -> Vec<SeatAt> {
    current_seats(order)
        .map(|(line, seat)| (line.line, seat.seat))
        .collect()
}

fn current_seats(order: &OrderView) -> impl Iterator<Item = (&OrderLine, &OrderedSeat)> {
    let seats = order
        .lines
        .iter()
        .flat_map(|line| line.seats.iter().map(move |seat| (line, seat)));
    seats.filter(|(_, seat)| seat.status != SeatStatus::Cancelled)
}

fn named(line: &OrderLine, seat: &OrderedSeat, joint: &str) -> String {
    let whose = seat
        .attendee
        .as_ref()
        .map(|attendee| format!("{joint}{}", attendee.name));
    format!(
        "{}, seat {}{}",
        line.name,
        seat.seat,
        whose.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";
    const AT: &str = "2027-05-03T07:30:00Z";

    /// Two lines of two seats; the first of the second line was given up.
    fn order() -> OrderView {
        let euros = |minor: i64| json!({"minor": minor, "currency": "EUR"});
        let seat = |seat, status| json!({"seat": seat, "status": status, "attendee": null});
        let line = |line, first| {
            json!({"line": line, "seat_type_id": ID, "name": "Any", "unit_price": euros(1), "discounts": [],
                "seat_price": euros(1), "requested": 2, "seats": [seat(1, first), seat(2, "confirmed")]})
        };
        serde_json::from_value(json!({
            "order_id": ID, "locator": "ABC234", "status": "confirmed", "total": euros(3), "paid": euros(3),
            "lines": [line(1, "confirmed"), line(2, "cancelled")], "placed_at": AT, "held_until": null,
            "can_extend": false, "timeline": [], "as_of": {},
            "conference": {"conference_id": ID, "slug": "rust-week", "name": "Rust Week", "venue": "Hall",
                "city": "Utrecht", "time_zone": "Europe/Amsterdam", "starts_at": AT, "ends_at": AT},
        }))
        .unwrap()
    }

    fn line(line: u32, seats: &[i64]) -> Step {
        let seats = seats.iter().map(|seat| Ordinal::try_from(*seat).unwrap());
        Step::Line(line, seats.collect())
    }

    #[test]
    fn seats_are_given_up_line_by_line_and_all_at_once() {
        let steps = |seats: &[SeatAt]| steps(&order(), seats);
        assert_eq!(steps(&[(1, 2)]), [line(1, &[2])]);
        assert_eq!(steps(&[(2, 2), (1, 1)]), [line(1, &[1]), line(2, &[2])]);
        assert_eq!(steps(&[(1, 1), (1, 2), (2, 2)]), [Step::Order]);
        assert_eq!(steps(&[(2, 1)]), []);
        assert_eq!(steps(&[]), []);
    }
}
