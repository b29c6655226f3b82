//! The seats of a confirmed order: who sits there, to be renamed, and each to be given up.

use leptos::prelude::*;
use shared::{
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    requests::{AssignAttendees, AssignedSeat},
    views::{OrderLine, OrderView, OrderedSeat, SeatStatus},
};
use web_sys::SubmitEvent;

use super::{
    attendees::Entry,
    giving_up::{GiveUpSeat, KeepButton},
};
use crate::{
    api::use_command,
    app::written::Written,
    ui::{CommandButton, CommandNotice, Dialog, ErrorSummary, TextField, format, handler},
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
                        on:click=handler(move |_| {
                            renaming.set(Some(to_rename.clone()));
                            rename_open.set(true);
                        })
                    >
                        "Rename"
                        <span class="visually-hidden">" the attendee of " {title.clone()}</span>
                    </button>
                    <button
                        class="button danger"
                        type="button"
                        data-test=format!("cancel-seat-{id}")
                        on:click=handler(move |_| {
                            giving_up.set(Some(to_give_up.clone()));
                            give_up_open.set(true);
                        })
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
                        {line.name.to_string()} ", seat " {seat.seat} ", " {format::price(line.seat_price)}
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
                let (line, seat) = giving_up.get()?;
                Some(view! { <GiveUpSeat order open=give_up_open line seat /> }.into_any())
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
            on:submit=handler(move |event: SubmitEvent| {
                event.prevent_default();
                submit();
            })
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
