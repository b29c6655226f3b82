//! Check the answers, and change what is wrong. What costs nothing is confirmed here.

use leptos::prelude::*;
use shared::{
    OrderId,
    answers::{Accepted, OrderAnswer},
    endpoint::Name,
    requests::Nothing,
    views::{OrderView, SeatStatus},
};

use super::{
    Step,
    attendees::{all_named, name_id},
    hold::{HoldStrip, Steps},
    leave::LeaveQuestion,
    taken::ConfirmNotice,
};
use crate::{
    api::use_command,
    app::{
        stub::{OrderStub, current_seats},
        written::Written,
    },
    router::use_router,
    ui::{CommandButton, PageHeading, watch},
};

/// The last look at what was entered.
#[component]
pub fn CheckScreen(order: Memo<OrderView>) -> impl IntoView {
    let (id, total) = order.with_untracked(|order| (order.order_id, order.total));
    let router = use_router();
    watch(move || {
        if !order.with(all_named) {
            router.replace(&Step::Attendees.path(id));
        }
    });
    view! {
        <HoldStrip order />
        <Steps order current=Step::Check />
        <PageHeading title="Check your booking" />
        <div class="columns">
            <div>
                <Answers order id />
                {match total.minor {
                    0 => view! { <ConfirmFree order /> }.into_any(),
                    _ => {
                        view! {
                            <p class="hint">"Nothing is charged yet: the next step shows your balance first."</p>
                            <p class="actions">
                                <a class="button primary" href=Step::Pay.path(id) data-test="to-payment">
                                    "Continue to payment"
                                </a>
                                <LeaveQuestion order />
                            </p>
                        }
                            .into_any()
                    }
                }}
            </div>
            <OrderStub order />
        </div>
    }
}

/// There is nothing to pay, so this is the last step before the ticket.
#[component]
fn ConfirmFree(order: Memo<OrderView>) -> impl IntoView {
    let id = order.with_untracked(|order| order.order_id);
    let written = use_context::<Written>().unwrap_or_default();
    // Once confirmed, the order's screen leads on to its ticket by itself.
    let command = use_command(move |accepted: Accepted<OrderAnswer>| {
        written.accepted(accepted, Vec::new());
    });
    let confirm = Callback::new(move |()| command.send(Name::Confirm.path(&[&id]), &Nothing {}));
    view! {
        <ConfirmNotice order phase=command.phase() safe="The booking is not confirmed yet." />
        <p class="actions">
            <CommandButton
                phase=command.phase()
                label="Confirm, nothing to pay"
                busy_label="Confirming…"
                test="confirm"
                on_press=confirm
            />
            <LeaveQuestion order />
        </p>
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
