//! The seats are held: say who will sit there, while the time runs.

use leptos::prelude::*;
use shared::{
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    requests::{AssignAttendees, AssignedSeat, Nothing},
    views::{OrderStatus, OrderView},
};
use web_sys::SubmitEvent;

use super::{
    Step,
    attendees::{self, Entry},
    leave::LeaveQuestion,
};
use crate::{
    api::{use_client, use_command},
    app::{
        stub::{OrderStub, current_seats},
        written::Written,
    },
    router::use_router,
    ui::{
        CommandButton, CommandNotice, CountdownStrip, ErrorSummary, FieldProblem, Icon, If,
        PageHeading, TextField, format, handler, watch,
    },
};

/// Name the attendees.
#[component]
pub fn HoldScreen(order: Memo<OrderView>) -> impl IntoView {
    let first = order.get_untracked();
    let id = first.order_id;
    let written = use_context::<Written>().unwrap_or_default();
    let problems = RwSignal::new(Vec::new());
    let entries = StoredValue::new(attendees::entries(&first));
    watch(move || entries.with_value(|entries| attendees::keep(id, entries)));

    let router = use_router();
    let go_on = move || router.push(&Step::Check.path(id));
    let sent = StoredValue::new(Vec::<AssignedSeat>::new());
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        attendees::forget(id);
        written.accepted(accepted, sent.get_value());
        go_on();
    });
    let submit = move || {
        let parsed: Vec<_> = entries.with_value(|entries| {
            entries
                .iter()
                .map(|entry| entry.parse(&seat_title(&order.get_untracked(), *entry)))
                .collect()
        });
        let wrong: Vec<FieldProblem> = parsed
            .iter()
            .flat_map(|entry| entry.as_ref().err().cloned().unwrap_or_default())
            .collect();
        let is_valid = wrong.is_empty();
        problems.set(wrong);
        if !is_valid {
            return;
        }
        let attendees: Vec<_> = parsed.into_iter().flatten().collect();
        let known = order
            .with_untracked(|order| attendees.iter().all(|attendee| stands_in(order, attendee)));
        if known {
            go_on();
        } else {
            sent.set_value(attendees.clone());
            command.send(
                Name::AssignAttendees.path(&[&id]),
                &AssignAttendees { attendees },
            );
        }
    };

    let granted = first.lines.iter().map(current_seats).sum::<u32>();
    let requested = first.lines.iter().map(|line| line.requested).sum::<u32>();
    let heading = match granted {
        1 => "Who is the seat for?",
        _ => "Who are the seats for?",
    };
    let fields = entries.with_value(|entries| {
        let field = |entry: &Entry| view! { <SeatFields entry=*entry title=seat_title(&first, *entry) problems is_first=entry.line == 1 && entry.seat == 1 /> };
        entries.iter().map(field).collect_view()
    });
    view! {
        <HoldStrip order />
        <Steps order current=Step::Attendees />
        <PageHeading title=heading />
        <div class="columns">
            <div>
                {(granted < requested)
                    .then(|| {
                        view! {
                            <p class="notice" data-test="partly">
                                <strong>{format!("{} of {requested} are held for you.", format::seats(granted))}</strong>
                                " That is all that was free. Go on with these, or release them."
                            </p>
                        }
                    })}
                <form
                    novalidate
                    on:submit=handler(move |event: SubmitEvent| {
                        event.prevent_default();
                        submit();
                    })
                >
                    <ErrorSummary problems />
                    {fields}
                    <CommandNotice phase=command.phase() safe="Your seats are still held and what you typed is kept." />
                    <p class="actions">
                        <CommandButton
                            phase=command.phase()
                            label="Continue"
                            busy_label="Saving…"
                            test="continue"
                        />
                        <LeaveQuestion order />
                    </p>
                </form>
            </div>
            <OrderStub order />
        </div>
    }
}

/// How a seat is called where there may be several.
fn seat_title(order: &OrderView, entry: Entry) -> String {
    let line = order.lines.iter().find(|line| line.line == entry.line);
    match line {
        Some(line) if current_seats(line) > 1 => format!("{}, seat {}", line.name, entry.seat),
        Some(line) => line.name.to_string(),
        None => format!("Seat {}", entry.seat),
    }
}

fn stands_in(order: &OrderView, attendee: &AssignedSeat) -> bool {
    let mut lines = order
        .lines
        .iter()
        .filter(|line| line.line == attendee.line.get());
    let known = lines
        .next()
        .and_then(|line| {
            line.seats
                .iter()
                .find(|seat| seat.seat == attendee.seat.get())
        })
        .and_then(|seat| seat.attendee.as_ref());
    known.is_some_and(|known| known.name == attendee.name && known.email == attendee.email)
}

#[component]
fn SeatFields(
    entry: Entry,
    title: String,
    problems: RwSignal<Vec<FieldProblem>>,
    /// The first seat is often the person's own.
    is_first: bool,
) -> impl IntoView {
    let session = use_client().session;
    let use_mine = move |_| {
        if let Some(identity) = session.identity() {
            entry.name.set(identity.name);
            entry.email.set(identity.email);
        }
    };
    view! {
        <fieldset class="seat-fields">
            <legend>{title}</legend>
            <TextField id=entry.name_id() label="Full name" value=entry.name problems />
            <TextField
                id=entry.email_id()
                label="E-mail"
                hint="(optional)"
                kind="email"
                value=entry.email
                problems
            />
            {is_first
                .then(|| {
                    view! {
                        <button class="link-button" type="button" data-test="use-mine" on:click=handler(use_mine)>
                            <Icon name="user" />
                            "This seat is for me"
                        </button>
                    }
                })}
        </fieldset>
    }
}

/// The time left, with the button that extends it.
#[component]
pub fn HoldStrip(order: Memo<OrderView>) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let written = use_context::<Written>().unwrap_or_default();
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        written.accepted(accepted, Vec::new());
    });
    let until = Signal::derive(move || {
        order.with(|order| {
            let is_over = order.status == OrderStatus::Expired;
            order.held_until.or(is_over.then_some(order.placed_at))
        })
    });
    let can_extend =
        move || order.with(|order| order.can_extend && order.status != OrderStatus::Expired);
    let extend = Callback::new(move |()| command.send(Name::ExtendHold.path(&[&id]), &Nothing {}));
    view! {
        <CountdownStrip until since=Signal::derive(move || order.with(|order| order.placed_at))>
            <If when=can_extend>
                <CommandButton
                    phase=command.phase()
                    label="I need more time"
                    busy_label="Extending…"
                    class="button"
                    test="extend"
                    on_press=extend
                />
            </If>
        </CountdownStrip>
        <CommandNotice phase=command.phase() safe="The hold is as it was." />
    }
}

/// Where the person is on the way to their ticket. What costs nothing has no payment on the way.
#[component]
pub fn Steps(order: Memo<OrderView>, current: Step) -> impl IntoView {
    let is_free = order.with_untracked(|order| order.total.minor == 0);
    let steps = [
        (Some(Step::Attendees), "Names"),
        (Some(Step::Check), "Check"),
        (Some(Step::Pay), "Pay"),
        (None, "Ticket"),
    ];
    let is_done = |step: Option<Step>| step.is_some_and(|step| step < current);
    let step = |(step, name)| {
        view! {
            <li class:done=is_done(step) aria-current=(step == Some(current)).then_some("step")>
                {name}
            </li>
        }
    };
    let shown = steps
        .into_iter()
        .filter(|(step, _)| !is_free || *step != Some(Step::Pay));
    view! { <ol class="steps" aria-label="Steps">{shown.map(step).collect_view()}</ol> }
}
