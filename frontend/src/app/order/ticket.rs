//! The order is confirmed: the ticket stub, what is next, the seats, and everything that happened.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use shared::{endpoint::Name, views::OrderView};
use web_sys::Url;

use super::{giving_up::GiveUpButtons, refund::RefundNotice, seats::SeatList, timeline::Timeline};
use crate::{
    api::{Failure, download, file_url, use_client},
    app::{stub::current_seats, when::When},
    browser::sleep,
    ui::{Icon, If, PageHeading, format, handler},
};

/// The confirmed order.
#[component]
pub fn TicketScreen(order: Memo<OrderView>) -> impl IntoView {
    view! {
        <div class="settled" data-test="confirmed">
            <PageHeading title="Your booking is confirmed" />
            <p class="lead no-print">
                "Show the code at the entrance, or say the six letters and digits. " {move || order.with(paid)}
            </p>
            <Ticket order />
            <TicketActions order />
            <section class="no-print" aria-labelledby="seats-title">
                <h2 id="seats-title" tabindex="-1">
                    "Seats"
                </h2>
                <RefundNotice order />
                <SeatList order />
                <GiveUpButtons order />
            </section>
            <section class="no-print" aria-labelledby="history-title">
                <h2 id="history-title">"What happened"</h2>
                <Timeline order />
            </section>
        </div>
    }
}

/// What it cost, in a sentence.
fn paid(order: &OrderView) -> String {
    match order.paid {
        Some(_) => format!("{} is paid.", format::amount(order.total)),
        None => "It is free; nothing was charged.".to_owned(),
    }
}

#[component]
fn Ticket(order: Memo<OrderView>) -> impl IntoView {
    let first = order.get_untracked();
    let conference = first.conference;
    let lines = move || {
        order.with(|order| {
            let lines = order
                .lines
                .iter()
                .map(|line| (current_seats(line), line.name.to_string()));
            let lines = lines
                .filter(|(seats, _)| *seats > 0)
                .map(|(seats, name)| format!("{seats} × {name}"));
            lines.collect::<Vec<_>>().join(", ")
        })
    };
    view! {
        <div class="torn">
        <section class="ticket-stub" aria-label="Ticket">
            <div class="ticket-main">
                <p class="overline">"Admission"</p>
                <h2>{conference.name.to_string()}</h2>
                <dl>
                    <div>
                        <dt>"When"</dt>
                        <dd>
                            <When
                                starts_at=conference.starts_at
                                ends_at=conference.ends_at
                                zone=conference.time_zone
                            />
                        </dd>
                    </div>
                    <div>
                        <dt>"Where"</dt>
                        <dd>{conference.venue.to_string()} ", " {conference.city.to_string()}</dd>
                    </div>
                    <div>
                        <dt>"Seats"</dt>
                        <dd>{lines}</dd>
                    </div>
                    <div>
                        <dt>"Price"</dt>
                        <dd data-test="order-total">{move || order.with(|order| format::amount(order.total))}</dd>
                    </div>
                </dl>
            </div>
            <div class="ticket-tear">
                <QrCode order />
                <p class="overline">"Reference"</p>
                <p class="locator" data-test="locator">
                    {first.locator}
                </p>
            </div>
        </section>
        </div>
    }
}

/// Seconds between the attempts to fetch the code.
const PAUSES: [u64; 4] = [1, 2, 4, 8];

/// The code is an image that only its owner may fetch, so it comes with the bearer token and not by an address.
#[component]
fn QrCode(order: Memo<OrderView>) -> impl IntoView {
    let client = use_client();
    let url = RwSignal::new(None::<String>);
    let (id, locator) = order.with_untracked(|order| (order.order_id, order.locator.clone()));
    let failed = RwSignal::new(false);
    spawn_local(async move {
        // Right after the confirmation the code may not be there yet.
        for pause in PAUSES {
            match file_url(client, Name::OrderTicket, id).await {
                Ok(found) => {
                    url.try_set(Some(found));
                    return;
                }
                Err(_) => sleep(Duration::from_secs(pause)).await,
            }
        }
        failed.try_set(true);
    });
    on_cleanup(move || {
        if let Some(url) = url.try_get_untracked().flatten() {
            _ = Url::revoke_object_url(&url);
        }
    });
    view! {
        <div class="qr">
            <If when=move || failed.get()>
                <p>"The code could not be loaded. The reference below is just as good."</p>
            </If>
            {move || {
                url.get()
                    .map(|url| {
                        view! {
                            <img
                                src=url
                                width="168"
                                height="168"
                                alt=format!("Ticket code of booking {locator}")
                                data-test="qr"
                            />
                        }
                    })
            }}
        </div>
    }
}

#[component]
fn TicketActions(order: Memo<OrderView>) -> impl IntoView {
    let client = use_client();
    let (id, locator) = order.with_untracked(|order| (order.order_id, order.locator.clone()));
    let failure = RwSignal::new(None::<Failure>);
    let save_calendar = move |_| {
        let name = format!("plenary-{locator}.ics");
        spawn_local(async move {
            let saved = download(client, Name::OrderCalendar, id, &name).await;
            failure.try_set(saved.err());
        });
    };
    view! {
        <p class="actions no-print">
            <button class="button" type="button" data-test="calendar" on:click=handler(save_calendar)>
                <Icon name="calendar" />
                "Add to calendar"
            </button>
            <button class="button" type="button" data-test="print" on:click=handler(|_| _ = window().print())>
                <Icon name="printer" />
                "Print"
            </button>
            <a class="button quiet" href="/bookings">
                "My bookings"
            </a>
        </p>
        <p role="status">
            {move || failure.get().map(|failure| format!("{} The file was not saved.", failure.sentence()))}
        </p>
    }
}
