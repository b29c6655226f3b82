//! What operators see: how the views stand, what stopped, the log and everything in it, and the proof that it is whole.
//!
//! All of it stands in one frame, which stays while the screens in it change.

mod commits;
mod correlation;
mod dead_letters;
mod event;
mod graph;
mod links;
mod log;
mod log_filter;
mod projections;
mod proof;
mod rebuild;
mod skip;
mod stream;

use leptos::prelude::*;

use self::{
    correlation::CorrelationScreen, dead_letters::DeadLettersScreen, event::EventScreen,
    log::LogScreen, projections::ProjectionsScreen, proof::ProofScreen, stream::StreamScreen,
};
use super::{
    not_found::NotFound,
    role::{ForRole, Role},
    travel::{AccountTravelScreen, OrderTravelScreen, TravelScreen},
};
use crate::{browser::decode, router::use_router};

/// Each address below `/operate`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Page {
    Projections,
    DeadLetters,
    Log,
    /// By its stream and version.
    Event(String, u64),
    Stream(String),
    Correlation(String),
    Proof,
    Travel,
    /// An order through time.
    Order(String),
    /// An account through time, by its person and currency.
    Account(String, String),
    Nowhere,
}

impl Page {
    /// The segments of the path, without `/operate`, as they are decoded.
    fn of(segments: &[&str]) -> Self {
        match *segments {
            [] => Self::Projections,
            ["dead-letters"] => Self::DeadLetters,
            ["log"] => Self::Log,
            ["events", stream, version] => match version.parse() {
                Ok(version) => Self::Event(stream.to_owned(), version),
                Err(_) => Self::Nowhere,
            },
            ["streams", stream] => Self::Stream(stream.to_owned()),
            ["correlations", id] => Self::Correlation(id.to_owned()),
            ["proof"] => Self::Proof,
            ["time-travel"] => Self::Travel,
            ["time-travel", "orders", id] => Self::Order(id.to_owned()),
            ["time-travel", "accounts", person, currency] => {
                Self::Account(person.to_owned(), currency.to_owned())
            }
            _ => Self::Nowhere,
        }
    }

    /// The entry of the rail that it belongs to.
    fn section(&self) -> &'static str {
        match self {
            Self::Projections => "/operate",
            Self::DeadLetters => "/operate/dead-letters",
            Self::Log | Self::Event(..) | Self::Stream(_) | Self::Correlation(_) => "/operate/log",
            Self::Proof => "/operate/proof",
            Self::Travel | Self::Order(_) | Self::Account(..) => "/operate/time-travel",
            Self::Nowhere => "",
        }
    }
}

/// The rail: where each entry leads, its name and its hook.
const RAIL: [(&str, &str, &str); 5] = [
    ("/operate", "Views", "rail-views"),
    ("/operate/dead-letters", "Dead letters", "rail-dead-letters"),
    ("/operate/log", "Log", "rail-log"),
    ("/operate/time-travel", "Time travel", "rail-time-travel"),
    ("/operate/proof", "Proof", "rail-proof"),
];

/// The rail, and beside it the screen that the address names.
#[component]
pub fn OperateScreen() -> impl IntoView {
    let router = use_router();
    let page = Memo::new(move |_| {
        let path = router.path();
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let segments: Vec<_> = segments.skip(1).map(decode).collect();
        let segments: Vec<_> = segments.iter().map(String::as_str).collect();
        Page::of(&segments)
    });
    view! {
        <ForRole role=Role::Operator>
            <div class="console">
                <Rail page />
                <div class="console-screen">{move || screen(page.get())}</div>
            </div>
        </ForRole>
    }
}

fn screen(page: Page) -> AnyView {
    match page {
        Page::Projections => view! { <ProjectionsScreen /> }.into_any(),
        Page::DeadLetters => view! { <DeadLettersScreen /> }.into_any(),
        Page::Log => view! { <LogScreen /> }.into_any(),
        Page::Event(stream, version) => view! { <EventScreen stream version /> }.into_any(),
        Page::Stream(stream) => view! { <StreamScreen stream /> }.into_any(),
        Page::Correlation(id) => view! { <CorrelationScreen id /> }.into_any(),
        Page::Proof => view! { <ProofScreen /> }.into_any(),
        Page::Travel => view! { <TravelScreen /> }.into_any(),
        Page::Order(id) => view! { <OrderTravelScreen id /> }.into_any(),
        Page::Account(person, currency) => {
            view! { <AccountTravelScreen person currency /> }.into_any()
        }
        Page::Nowhere => view! {
            <NotFound
                title="There is nothing at this address"
                text="The link may be old, or a letter may be missing."
            />
        }
        .into_any(),
    }
}

#[component]
fn Rail(page: Memo<Page>) -> impl IntoView {
    let entries = RAIL.map(|(href, name, test)| {
        let current = move || page.with(|page| (page.section() == href).then_some("page"));
        view! {
            <li>
                <a class="nav-link" href=href aria-current=current data-test=test>
                    {name}
                </a>
            </li>
        }
    });
    view! {
        <nav class="rail" aria-label="Operate">
            <ul>{entries.collect_view()}</ul>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_screen() {
        for (segments, page) in [
            (&[][..], Page::Projections),
            (&["log"], Page::Log),
            (
                &["events", "order#1", "3"],
                Page::Event("order#1".into(), 3),
            ),
            (&["events", "order#1", "x"], Page::Nowhere),
            (
                &["time-travel", "accounts", "ada", "EUR"],
                Page::Account("ada".into(), "EUR".into()),
            ),
            (&["nothing"], Page::Nowhere),
        ] {
            assert_eq!(Page::of(segments), page, "{segments:?}");
        }
    }

    #[test]
    fn each_entry_of_the_rail_leads_to_its_section() {
        for (href, ..) in RAIL {
            let segments: Vec<_> = href.split('/').skip(2).collect();
            assert_eq!(Page::of(&segments).section(), href);
        }
    }
}
