//! A number chosen with − and +.

use leptos::prelude::*;

use super::{handler, use_announcer};

/// Chooses a number of seats. Both buttons name what they count, so that a list of buttons can be told apart.
#[component]
pub fn Stepper(
    /// What is counted, such as the name of a seat type.
    #[prop(into)]
    name: String,
    /// The last part of the ids and hooks of its elements.
    #[prop(into)]
    id: String,
    #[prop(into)] value: Signal<u32>,
    #[prop(into)] max: Signal<u32>,
    #[prop(into)] on_change: Callback<u32>,
) -> impl IntoView {
    let announcer = use_announcer();
    let spoken_name = name.clone();
    let step = move |new: Option<u32>| {
        if let Some(new) = new {
            on_change.run(new);
            announcer.say(format!("{new} {spoken_name}"));
        }
    };
    let (fewer, more) = (step.clone(), step);
    let next = move || value.get().checked_add(1).filter(|next| *next <= max.get());
    let before = move || value.get().checked_sub(1);
    // `aria-disabled` instead of `disabled`: at the limit the button keeps the focus and can say that it is there.
    view! {
        <div class="stepper" role="group" aria-label=format!("Number of seats: {name}")>
            <button
                type="button"
                data-test=format!("fewer-{id}")
                aria-label=format!("One {name} fewer")
                aria-disabled=move || before().is_none().then_some("true")
                on:click=handler(move |_| fewer(before()))
            >
                <super::Icon name="minus" />
            </button>
            <output id=format!("quantity-{id}") data-test=format!("quantity-{id}")>
                {move || value.get()}
            </output>
            <button
                type="button"
                data-test=format!("more-{id}")
                aria-label=format!("One {name} more")
                aria-disabled=move || next().is_none().then_some("true")
                on:click=handler(move |_| more(next()))
            >
                <super::Icon name="plus" />
            </button>
        </div>
    }
}
