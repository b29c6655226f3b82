//! When a conference is: in the venue's time first, and in the viewer's own where that differs.

use leptos::prelude::*;
use shared::Timestamp;

use crate::ui::format::{Style, date_range, time};

/// The days, and the hour at which the doors open.
#[component]
pub fn When(starts_at: Timestamp, ends_at: Timestamp, #[prop(into)] zone: String) -> impl IntoView {
    let at_venue = time(starts_at, &zone, Style::Moment);
    let for_viewer = time(starts_at, "", Style::Moment);
    let own_time = (at_venue != for_viewer).then(|| {
        let own_zone = time(starts_at, "", Style::ZoneName);
        view! { <span class="own-time">"Starts " {for_viewer} " " {own_zone} " your time"</span> }
    });
    view! {
        <span class="when">
            <time datetime=starts_at.to_string()>{date_range(starts_at, ends_at, &zone)}</time>
            ", from "
            {time(starts_at, &zone, Style::Clock)}
            " "
            {time(starts_at, &zone, Style::ZoneName)}
            {own_time}
        </span>
    }
}
