//! Links between the things of the log, and how they are called in few words.

use leptos::prelude::*;
use shared::Timestamp;
use uuid::Uuid;

use crate::{
    browser::encode,
    ui::format::{Style, time},
};

/// Where an event has its address for ever.
pub fn event_address(stream: &str, version: u64) -> String {
    format!("/operate/events/{}/{version}", encode(stream))
}

/// Where a stream is shown, from this version on.
pub fn stream_address(stream: &str, from: u64) -> String {
    let from = match from {
        ..=1 => String::new(),
        from => format!("?from={from}"),
    };
    format!("/operate/streams/{}{from}", encode(stream))
}

/// Where everything is shown that one command led to.
pub fn correlation_address(id: Uuid) -> String {
    format!("/operate/correlations/{id}")
}

/// Where the thing that a stream tells of can be seen through time, if it can.
pub fn travel_address(stream: &str) -> Option<String> {
    let mut parts = stream.split('#');
    let address = match (parts.next()?, parts.next()?, parts.next()) {
        ("order", id, None) => format!("/operate/time-travel/orders/{id}"),
        ("account", currency, Some(person)) => {
            format!(
                "/operate/time-travel/accounts/{}/{currency}",
                encode(person)
            )
        }
        ("seats" | "conference", conference, _) => format!("/organize/{conference}/time-travel"),
        _ => return None,
    };
    Some(address)
}

/// The beginning of an id, or of each id in a stream's name: enough to tell one from another on a screen.
///
/// The whole stands beside it as a title, and where the link leads.
pub fn short(name: &str) -> String {
    let parts = name.split('#').map(|part| match part.parse::<Uuid>() {
        Ok(_) => part.chars().take(8).chain(['…']).collect(),
        Err(_) => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("#")
}

/// A stream's short name, leading to it.
#[component]
pub fn StreamLink(#[prop(into)] stream: String, #[prop(default = 1)] from: u64) -> impl IntoView {
    view! {
        <a class="code" href=stream_address(&stream, from) title=stream.clone()>
            {short(&stream)}
        </a>
    }
}

/// A moment to the second, in the viewer's own time; whole to machines and as a title.
#[component]
pub fn Exactly(at: Timestamp) -> impl IntoView {
    view! {
        <time datetime=at.to_string() title=at.to_string()>
            {time(at, "", Style::Exact)}
        </time>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b8c9c1e-0000-4000-8000-000000000001";

    #[test]
    fn only_ids_are_shortened() {
        assert_eq!(
            short(&format!("seats#{ID}#{ID}")),
            "seats#0b8c9c1e…#0b8c9c1e…"
        );
        assert_eq!(short("promo#x#EARLY-BIRD"), "promo#x#EARLY-BIRD");
    }

    #[test]
    fn what_can_be_seen_through_time_has_an_address() {
        let order = travel_address(&format!("order#{ID}"));
        assert_eq!(order, Some(format!("/operate/time-travel/orders/{ID}")));
        let pool = travel_address(&format!("seats#{ID}#pool"));
        assert_eq!(pool, Some(format!("/organize/{ID}/time-travel")));
        assert_eq!(travel_address("promo#x#EARLY-BIRD"), None);
    }
}
