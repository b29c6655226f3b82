//! A conference in the catalogue, as a ticket: the date on its stub.

use leptos::prelude::*;
use shared::views::ConferenceSummary;

use crate::ui::format::{self, Style, date_range, time};

/// So few seats that it is worth saying with weight.
pub const FEW: u32 = 12;

/// One conference; its name is the link.
#[component]
pub fn ConferenceTicket(conference: ConferenceSummary) -> impl IntoView {
    let ConferenceSummary {
        slug,
        name,
        description,
        venue,
        city,
        time_zone,
        starts_at,
        ends_at,
        from_price,
        remaining,
        conference_id: _,
    } = conference;
    let zone = time_zone.as_str();
    let left = match remaining {
        0 => "Sold out".to_owned(),
        left => format!("{left} left"),
    };
    let price = from_price.map(|price| match price.minor {
        0 => "Free seats".to_owned(),
        _ => format!("from {}", format::amount(price)),
    });
    view! {
        <article class="ticket" data-test=format!("conference-{slug}")>
            // The same date stands in words beside it.
            <div class="ticket-date" aria-hidden="true">
                <span class="ticket-month">{time(starts_at, zone, Style::ShortMonth)}</span>
                <span class="ticket-day">{time(starts_at, zone, Style::Day)}</span>
                <span class="ticket-month">{time(starts_at, zone, Style::Weekday)}</span>
            </div>
            <div class="ticket-body">
                <h3>
                    <a href=format!("/conferences/{slug}")>{name.to_string()}</a>
                </h3>
                <p class="ticket-facts">
                    <time datetime=starts_at.to_string()>{date_range(starts_at, ends_at, zone)}</time>
                    " · "
                    {venue.to_string()}
                    ", "
                    {city.to_string()}
                </p>
                <p class="ticket-text">{description.to_string()}</p>
            </div>
            <div class="ticket-sale">
                <span class="price">{price}</span>
                <span class="left" class:few=remaining <= FEW>
                    {left}
                </span>
            </div>
        </article>
    }
}
