//! Check the answers, change what is wrong, and confirm.

use leptos::prelude::*;
use shared::{
    OrderId,
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    problem::Shortfall,
    requests::Nothing,
    views::{OrderView, SeatStatus},
};
use web_sys::SubmitEvent;

use super::{
    attendees::{all_named, name_id},
    hold::{HoldStrip, Steps},
    leave::LeaveQuestion,
};
use crate::{
    api::use_command,
    app::{
        conference::choice::Choice,
        stub::{OrderStub, current_seats},
        written::Written,
    },
    router::use_router,
    ui::{Alert, CommandButton, CommandNotice, PageHeading, handler, watch},
};

/// The last step before the ticket.
#[component]
pub fn CheckScreen(order: Memo<OrderView>) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let written = use_context::<Written>().unwrap_or_default();
    let router = use_router();
    watch(move || {
        if !order.with(all_named) {
            router.replace(&format!("/orders/{id}"));
        }
    });
    // Once confirmed, the order's screen leads on to its ticket by itself.
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        written.accepted(accepted, Vec::new());
    });
    let phase = command.phase();
    let shortfalls = Memo::new(move |_| phase.with(|phase| phase.failure()?.shortfalls()));
    view! {
        <HoldStrip order />
        <Steps current=2 />
        <PageHeading title="Check your booking" />
        <div class="columns">
            <div>
                <Answers order id />
                {move || match shortfalls.get() {
                    Some(shortfalls) => view! { <TakenMeanwhile order shortfalls /> }.into_any(),
                    None => {
                        view! { <CommandNotice phase safe="The booking is not confirmed yet. Nothing is charged." /> }
                            .into_any()
                    }
                }}
                <form
                    on:submit=handler(move |event: SubmitEvent| {
                        event.prevent_default();
                        command.send(Name::Confirm.path(&[&id]), &Nothing {});
                    })
                >
                    <p class="hint">"Nothing is charged today: payment is not part of Plenary yet."</p>
                    <p class="actions">
                        <CommandButton
                            phase
                            label="Confirm booking"
                            busy_label="Confirming…"
                            test="confirm"
                        />
                        <LeaveQuestion order />
                    </p>
                </form>
            </div>
            <OrderStub order />
        </div>
    }
}

#[component]
fn Answers(order: Memo<OrderView>, id: OrderId) -> impl IntoView {
    let rows = move || {
        let order = order.get();
        let mut rows = Vec::new();
        for line in &order.lines {
            for seat in line
                .seats
                .iter()
                .filter(|seat| seat.status != SeatStatus::Cancelled)
            {
                let title = match current_seats(line) {
                    1 => line.name.to_string(),
                    _ => format!("{}, seat {}", line.name, seat.seat),
                };
                let attendee = seat.attendee.clone();
                let name = attendee.as_ref().map(|attendee| attendee.name.to_string());
                let email = attendee
                    .and_then(|attendee| attendee.email)
                    .map(|email| email.to_string());
                rows.push(view! {
                    <div>
                        <dt>{title.clone()}</dt>
                        <dd>
                            <strong>{name}</strong>
                            <span class="hint">{email}</span>
                        </dd>
                        <dd>
                            <a href=format!("/orders/{id}#{}", name_id(line.line, seat.seat))>
                                "Change" <span class="visually-hidden">" the attendee of " {title}</span>
                            </a>
                        </dd>
                    </div>
                });
            }
        }
        rows.collect_view()
    };
    view! { <dl class="answers">{rows}</dl> }
}

/// The hold had run out, and others have taken seats since.
#[component]
fn TakenMeanwhile(order: Memo<OrderView>, shortfalls: Vec<Shortfall>) -> impl IntoView {
    let order = order.get_untracked();
    let wanted: Choice = order
        .lines
        .iter()
        .map(|line| (line.seat_type_id, current_seats(line)))
        .collect();
    let left = wanted.cut_to(&shortfalls);
    let sentences = shortfalls.iter().filter_map(|short| {
        let line = order
            .lines
            .iter()
            .find(|line| line.seat_type_id == short.seat_type_id)?;
        let name = line.name.as_str();
        Some(match short.remaining {
            0 => format!("{name}: none is free any more."),
            left => format!("{name}: {left} of {} still free.", short.requested),
        })
    });
    let sentences = sentences
        .map(|sentence| view! { <p>{sentence}</p> })
        .collect_view();
    let conference_id = order.conference.conference_id;
    view! {
        <Alert test="rejection">
            <p>
                <strong>"The hold had run out, and some of your seats were taken meanwhile."</strong>
                " Nothing was charged."
            </p>
            {sentences}
            <p>
                <a
                    class="button primary"
                    href=format!("/conferences/{}", order.conference.slug)
                    data-test="choose-again"
                    on:click=handler(move |_| left.keep(conference_id))
                >
                    "Choose from what is left"
                </a>
            </p>
        </Alert>
    }
}
