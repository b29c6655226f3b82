//! Which events of the log are shown: the filter stands in the address, so that a link shows the same to everybody.

use leptos::prelude::*;
use web_sys::SubmitEvent;

use crate::{
    api::LogFilter,
    router::{Router, use_router},
    ui::{TextField, handler, watch},
};

/// The filter that the address names.
pub fn asked(router: Router) -> LogFilter {
    LogFilter {
        name: router.parameter("type"),
        actor: router.parameter("actor"),
        conference_id: router.parameter("conference_id"),
        correlation_id: router.parameter("correlation_id"),
        stream: router.parameter("stream"),
        before: router.parameter("before"),
    }
}

/// Where the log is shown through this filter.
pub fn log_address(filter: &LogFilter) -> String {
    format!("/operate/log{}", filter.query_string())
}

/// The fields. Nothing is asked before the person says so: half an id finds nothing.
#[component]
pub fn FilterForm() -> impl IntoView {
    let router = use_router();
    let problems = RwSignal::new(Vec::new());
    let fields = [(); 5].map(|()| RwSignal::new(String::new()));
    let [name, stream, actor, conference, correlation] = fields;
    // Going back, or following a link, changes what is asked without anybody typing.
    watch(move || {
        let asked = asked(router);
        for (field, value) in [
            (name, asked.name),
            (stream, asked.stream),
            (actor, asked.actor),
            (conference, asked.conference_id),
            (correlation, asked.correlation_id),
        ] {
            field.set(value);
        }
    });
    let typed = |field: RwSignal<String>| field.get_untracked().trim().to_owned();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        router.push(&log_address(&LogFilter {
            name: typed(name),
            actor: typed(actor),
            conference_id: typed(conference),
            correlation_id: typed(correlation),
            stream: typed(stream),
            ..LogFilter::default()
        }));
    };
    view! {
        <form class="log-filter" role="search" aria-label="The log" novalidate on:submit=handler(submit)>
            <TextField id="filter-type" label="Type" hint="such as SeatsReserved" autocomplete="off" value=name problems />
            <TextField id="filter-stream" label="Stream" hint="its whole name" autocomplete="off" value=stream problems />
            <TextField id="filter-actor" label="By" hint="a person's id" autocomplete="off" value=actor problems />
            <TextField id="filter-conference" label="Conference" hint="its id" autocomplete="off" value=conference problems />
            <TextField id="filter-correlation" label="Belongs to" hint="a correlation id" autocomplete="off" value=correlation problems />
            <div class="actions">
                <button class="button primary" type="submit" data-test="filter">
                    "Show these"
                </button>
                <a class="button" href="/operate/log">
                    "Show all"
                </a>
            </div>
        </form>
    }
}
