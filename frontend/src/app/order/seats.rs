//! The seats of a confirmed order: rename an attendee, give up a seat, cancel all. Giving up asks first, and says what is
//! given up and what it is worth.

use leptos::prelude::*;
use shared::{
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    requests::{AssignAttendees, AssignedSeat, CancelSeats, Nothing},
    text::Ordinal,
    views::{OrderLine, OrderView, OrderedSeat, SeatStatus},
};

use super::attendees::Entry;
use crate::{
    api::use_command,
    app::{stub::current_seats, written::Written},
    browser::focus,
    ui::{CommandButton, CommandNotice, Dialog, ErrorSummary, TextField, format, use_announcer},
};

/// What a question is about: one seat of a line.
type SeatOf = (OrderLine, OrderedSeat);

/// Every seat of the order, given up ones included.
#[component]
pub fn SeatList(order: Memo<OrderView>) -> impl IntoView {
    let renaming = RwSignal::new(None::<SeatOf>);
    let giving_up = RwSignal::new(None::<SeatOf>);
    let rename_open = RwSignal::new(false);
    let give_up_open = RwSignal::new(false);
    let row = move |line: &OrderLine, seat: &OrderedSeat| {
        let id = format!("{}-{}", line.line, seat.seat);
        let title = format!("{}, seat {}", line.name, seat.seat);
        let is_current = seat.status != SeatStatus::Cancelled;
        let name = seat
            .attendee
            .as_ref()
            .map(|attendee| attendee.name.to_string());
        let email = seat
            .attendee
            .as_ref()
            .and_then(|attendee| attendee.email.as_ref().map(ToString::to_string));
        let to_rename = (line.clone(), seat.clone());
        let to_give_up = to_rename.clone();
        let actions = is_current.then(|| {
            view! {
                <div class="actions">
                    <button
                        class="button"
                        type="button"
                        data-test=format!("rename-{id}")
                        on:click=move |_| {
                            renaming.set(Some(to_rename.clone()));
                            rename_open.set(true);
                        }
                    >
                        "Rename"
                        <span class="visually-hidden">" the attendee of " {title.clone()}</span>
                    </button>
                    <button
                        class="button danger"
                        type="button"
                        data-test=format!("cancel-seat-{id}")
                        on:click=move |_| {
                            giving_up.set(Some(to_give_up.clone()));
                            give_up_open.set(true);
                        }
                    >
                        "Cancel seat"
                        <span class="visually-hidden">": " {title.clone()}</span>
                    </button>
                </div>
            }
        });
        view! {
            <li class:given-up=!is_current data-test=format!("seat-{id}")>
                <div>
                    <strong>{name.unwrap_or_else(|| "Nobody named".into())}</strong>
                    <span class="hint">{email}</span>
                    <span class="hint">
                        {line.name.to_string()} ", seat " {seat.seat} ", " {format::price(line.unit_price)}
                    </span>
                </div>
                {match is_current {
                    true => actions.into_any(),
                    false => view! { <span class="stamp">"Cancelled"</span> }.into_any(),
                }}
            </li>
        }
    };
    let rows = move || {
        order.with(|order| {
            let seats = order
                .lines
                .iter()
                .flat_map(|line| line.seats.iter().map(move |seat| row(line, seat)));
            seats.collect_view()
        })
    };
    view! {
        <ul class="seats">{rows}</ul>
        <Dialog open=rename_open title="Rename the attendee" id="rename-title">
            {move || {
                renaming.get().map(|seat| view! { <RenameAttendee order seat open=rename_open /> })
            }}
        </Dialog>
        <Dialog open=give_up_open title="Cancel this seat?" id="give-up-title">
            {move || {
                giving_up.get().map(|seat| view! { <GiveUpSeat order seat open=give_up_open /> })
            }}
        </Dialog>
    }
}

#[component]
fn RenameAttendee(order: Memo<OrderView>, seat: SeatOf, open: RwSignal<bool>) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let written = use_context::<Written>().unwrap_or_default();
    let (line, seat) = seat;
    let title = format!("{}, seat {}", line.name, seat.seat);
    let entry = Entry::new(line.line, &seat);
    let problems = RwSignal::new(Vec::new());
    let sent = StoredValue::new(Vec::<AssignedSeat>::new());
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        written.accepted(accepted, sent.get_value());
        open.set(false);
    });
    let hint = title.clone();
    let submit = move || match entry.parse(&title) {
        Ok(attendee) => {
            problems.set(Vec::new());
            sent.set_value(vec![attendee.clone()]);
            let request = AssignAttendees {
                attendees: vec![attendee],
            };
            command.send(Name::AssignAttendees.path(&[&id]), &request);
        }
        Err(wrong) => problems.set(wrong),
    };
    view! {
        <form
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                submit();
            }
        >
            <p>{hint} ". The ticket's code stays the same."</p>
            <ErrorSummary problems />
            <TextField id=entry.name_id() label="Full name" value=entry.name problems />
            <TextField
                id=entry.email_id()
                label="E-mail"
                hint="(optional)"
                kind="email"
                value=entry.email
                problems
            />
            <CommandNotice phase=command.phase() safe="The name is as it was." />
            <div class="actions">
                <CommandButton
                    phase=command.phase()
                    label="Save"
                    busy_label="Saving…"
                    test="save-attendee"
                />
                <KeepButton label="Keep as it is" open />
            </div>
        </form>
    }
}

#[component]
fn GiveUpSeat(order: Memo<OrderView>, seat: SeatOf, open: RwSignal<bool>) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let written = use_context::<Written>().unwrap_or_default();
    let (line, seat) = seat;
    let announcer = use_announcer();
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        open.set(false);
        written.accepted(accepted, Vec::new());
        announcer.say("The seat is cancelled.");
        // The button that opened the question is gone with the seat.
        focus("seats-title");
    });
    let (line_number, seat_number) = (line.line, seat.seat);
    let give_up = Callback::new(move |()| {
        if let Ok(seat) = Ordinal::try_from(i64::from(seat_number)) {
            let path = Name::CancelSeats.path(&[&id, &line_number]);
            command.send(path, &CancelSeats { seats: vec![seat] });
        }
    });
    let whose = seat
        .attendee
        .map(|attendee| format!(" of {}", attendee.name));
    view! {
        <p>
            "You give up "
            <strong>{line.name.to_string()} ", seat " {seat_number}</strong>
            {whose}
            ", worth "
            <strong data-test="given-up-value">{format::amount(line.unit_price)}</strong>
            "."
        </p>
        <p>
            "Nothing was charged, so there is nothing to refund. The seat goes back on sale at once; this cannot be undone."
        </p>
        <CommandNotice phase=command.phase() safe="The seat is still yours." />
        <div class="actions">
            <CommandButton
                phase=command.phase()
                label="Cancel the seat"
                busy_label="Cancelling…"
                class="button danger"
                test="confirm-cancel-seat"
                on_press=give_up
            />
            <KeepButton label="Keep the seat" open />
        </div>
    }
}

/// The button that cancels the whole order, and its question.
#[component]
pub fn CancelOrder(order: Memo<OrderView>) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <p>
            <button
                class="button danger"
                type="button"
                data-test="cancel-order"
                on:click=move |_| open.set(true)
            >
                "Cancel the whole booking"
            </button>
        </p>
        <Dialog open title="Cancel the whole booking?" id="cancel-order-title">
            <GiveUpOrder order open />
        </Dialog>
    }
}

#[component]
fn GiveUpOrder(order: Memo<OrderView>, open: RwSignal<bool>) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let written = use_context::<Written>().unwrap_or_default();
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        open.set(false);
        written.accepted(accepted, Vec::new());
    });
    let give_up =
        Callback::new(move |()| command.send(Name::CancelOrder.path(&[&id]), &Nothing {}));
    let seats = move || order.with(|order| order.lines.iter().map(current_seats).sum::<u32>());
    view! {
        <p>
            "You give up "
            <strong>{move || format::seats(seats())}</strong>
            ", worth "
            <strong data-test="given-up-value">
                {move || order.with(|order| format::amount(order.total))}
            </strong>
            "."
        </p>
        <p>
            "Nothing was charged, so there is nothing to refund. The seats go back on sale at once; this cannot be undone."
        </p>
        <CommandNotice phase=command.phase() safe="The booking stands." />
        <div class="actions">
            <CommandButton
                phase=command.phase()
                label="Cancel the booking"
                busy_label="Cancelling…"
                class="button danger"
                test="confirm-cancel-order"
                on_press=give_up
            />
            <KeepButton label="Keep the booking" open />
        </div>
    }
}

#[component]
fn KeepButton(label: &'static str, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <button class="button" type="button" data-test="keep" on:click=move |_| open.set(false)>
            {label}
        </button>
    }
}
