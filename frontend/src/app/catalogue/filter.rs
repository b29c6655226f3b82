//! Search and filters. What is chosen stands in the address, so that it can be shared, kept and gone back to.

use std::time::Duration;

use leptos::{leptos_dom::helpers::debounce, prelude::*};
use web_sys::{Event, SubmitEvent};

use crate::{
    api::CatalogueFilter,
    router::{Router, use_router},
    ui::{Icon, handler, watch},
};

/// The filter that an address asks for.
pub fn filter_of(router: Router) -> CatalogueFilter {
    let value = |name| router.parameter(name).trim().to_owned();
    CatalogueFilter {
        q: value("q"),
        city: value("city"),
        from: value("from"),
        to: value("to"),
        cursor: String::new(),
    }
}

/// The form. It applies each choice at once, and words after a pause.
#[component]
pub fn FilterForm(
    #[prop(into)] filter: Signal<CatalogueFilter>,
    #[prop(into)] cities: Signal<Vec<String>>,
) -> impl IntoView {
    let router = use_router();
    let change = move |edit: &dyn Fn(&mut CatalogueFilter)| {
        let before = filter.get_untracked();
        let mut wanted = before.clone();
        edit(&mut wanted);
        // Replaced, not pushed: the back button leads out of the catalogue, not through every letter typed.
        if wanted != before {
            router.replace(&format!("/{}", wanted.query_string()));
        }
    };
    let words = RwSignal::new(filter.with_untracked(|filter| filter.q.clone()));
    let search = move || {
        let q = words.get_untracked().trim().to_owned();
        change(&|filter| filter.q.clone_from(&q));
    };
    let mut search_soon = debounce(Duration::from_millis(300), move |_: ()| search());

    // Going back or following a link changes the address without the form.
    watch(move || {
        let q = filter.with(|filter| filter.q.clone());
        if words.with_untracked(|words| words.trim() != q) {
            words.set(q);
        }
    });

    let options = move || {
        let chosen = filter.with(|filter| filter.city.clone());
        let mut cities = cities.get();
        if !chosen.is_empty() && !cities.contains(&chosen) {
            cities.push(chosen.clone());
        }
        let option = |city: String| {
            let is_chosen = city == chosen;
            view! { <option value=city.clone() selected=is_chosen>{city.clone()}</option> }
        };
        cities.into_iter().map(option).collect_view()
    };
    view! {
        <form
            class="filters"
            role="search"
            action="/"
            on:submit=handler(move |event: SubmitEvent| {
                event.prevent_default();
                search();
            })
        >
            <div class="field filter-words">
                <label for="filter-q">"Search"</label>
                <div class="with-icon">
                    <Icon name="search" />
                    <input
                        id="filter-q"
                        data-test="filter-q"
                        name="q"
                        type="search"
                        placeholder="Topic or name"
                        prop:value=move || words.get()
                        on:input=handler(move |event: Event| {
                            words.set(event_target_value(&event));
                            search_soon(());
                        })
                    />
                </div>
            </div>
            <div class="field">
                <label for="filter-city">"City"</label>
                <select
                    id="filter-city"
                    data-test="filter-city"
                    name="city"
                    on:change=handler(move |event: Event| {
                        let city = event_target_value(&event);
                        change(&|filter| filter.city.clone_from(&city));
                    })
                >
                    <option value="" selected=move || filter.with(|filter| filter.city.is_empty())>
                        "All cities"
                    </option>
                    {options}
                </select>
            </div>
            <DayField
                label="From"
                name="from"
                day=Signal::derive(move || filter.with(|filter| filter.from.clone()))
                on_change=Callback::new(move |day| change(&|filter| filter.from.clone_from(&day)))
            />
            <DayField
                label="To"
                name="to"
                day=Signal::derive(move || filter.with(|filter| filter.to.clone()))
                on_change=Callback::new(move |day| change(&|filter| filter.to.clone_from(&day)))
            />
        </form>
    }
}

/// One end of the days that are looked for.
#[component]
fn DayField(
    label: &'static str,
    /// Its parameter in the address, and the last part of its id and hook.
    name: &'static str,
    day: Signal<String>,
    on_change: Callback<String>,
) -> impl IntoView {
    let id = format!("filter-{name}");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id.clone()
                data-test=id
                name=name
                type="date"
                prop:value=move || day.get()
                on:change=handler(move |event: Event| on_change.run(event_target_value(&event)))
            />
        </div>
    }
}
