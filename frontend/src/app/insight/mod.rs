//! What the history of a conference tells its organizer: how bookings go, how its seats stood at any moment, and what
//! other rules would have done.

mod analytics;
mod cancellations;
mod days;
mod funnel;
mod popularity;
mod sales;
mod what_if;

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use shared::{ConferenceId, views::ConferencePage};

use self::{analytics::AnalyticsSections, what_if::WhatIfSection};
use super::{
    not_found::NotFound,
    role::{ForRole, Role},
    travel::AvailabilityTravel,
};
use crate::{
    api::{ConferenceAt, live},
    ui::{LoadFailure, PageHeading, Skeleton},
};

/// The name of a conference hardly ever changes.
const POLLED_EVERY: Duration = Duration::from_secs(60);

/// What is asked of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Analytics,
    TimeTravel,
    WhatIf,
}

impl Tool {
    /// As it stands in the address.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "analytics" => Some(Self::Analytics),
            "time-travel" => Some(Self::TimeTravel),
            "what-if" => Some(Self::WhatIf),
            _ => None,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Analytics => "Analytics",
            Self::TimeTravel => "Time travel",
            Self::WhatIf => "What if?",
        }
    }
}

/// One of the tools, for the conference with this id, as it stands in the address.
#[component]
pub fn InsightScreen(id: String, tool: Tool) -> impl IntoView {
    let id = id.parse::<ConferenceId>().ok();
    view! {
        <ForRole role=Role::Organizer>
            {match id {
                Some(id) => view! { <ById id tool /> }.into_any(),
                None => view! { <Missing /> }.into_any(),
            }}
        </ForRole>
    }
}

#[component]
fn ById(id: ConferenceId, tool: Tool) -> impl IntoView {
    let conference = live(
        Memo::new(move |_| ConferenceAt(id.to_string())),
        POLLED_EVERY,
    );
    let is_known = Memo::new(move |_| conference.view.with(Option::is_some));
    move || {
        match (is_known.get(), conference.upkeep.failure.get()) {
        (true, _) => match conference.view.get_untracked() {
            Some(page) => view! { <Screen page tool /> }.into_any(),
            None => ().into_any(),
        },
        (false, Some(failure)) if failure.is_not_found() => view! { <Missing /> }.into_any(),
        (false, Some(_)) => view! { <LoadFailure upkeep=conference.upkeep /> }.into_any(),
        (false, None) => view! {
            <Skeleton label="Loading the conference" blocks=&["title-block", "block", "seat-block"] />
        }
        .into_any(),
    }
    }
}

#[component]
fn Missing() -> impl IntoView {
    view! {
        <NotFound
            title="There is no such conference of yours"
            text="It does not exist, or somebody else runs it."
        />
    }
}

#[component]
fn Screen(page: Arc<ConferencePage>, tool: Tool) -> impl IntoView {
    let id = page.conference_id;
    let name = page.name.to_string();
    let content = match tool {
        Tool::Analytics => view! { <AnalyticsSections page /> }.into_any(),
        Tool::TimeTravel => view! { <AvailabilityTravel id /> }.into_any(),
        Tool::WhatIf => view! { <WhatIfSection page /> }.into_any(),
    };
    view! {
        <div class="insight">
            <header>
                <p class="back">
                    <a href=format!("/organize/{id}")>{name.clone()}</a>
                </p>
                <PageHeading title=format!("{} · {name}", tool.title())>{tool.title()}</PageHeading>
            </header>
            {content}
        </div>
    }
}
