//! A slider over time with a tick for each thing that happened, steps from one to the next, and play.

use std::{fmt::Write as _, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use web_sys::{Event, KeyboardEvent};

use super::moments::{Moment, WHOLE, nearest, place};
use crate::{
    browser::sleep,
    ui::{
        format::{Style, time},
        handler, watch,
    },
};

/// How long play stays at a moment: enough to read a number that changed.
const STAY: Duration = Duration::from_millis(900);
/// How far the keys for pages go.
const PAGE: usize = 10;

/// Chooses one of the moments, or now.
#[component]
pub fn Timeline(
    /// The earliest first.
    moments: Memo<Vec<Moment>>,
    /// The one that is looked at; none for now.
    chosen: Memo<Option<usize>>,
    /// Go to one of them; none for now.
    choose: Callback<Option<usize>>,
) -> impl IntoView {
    let playing = RwSignal::new(false);
    let count = move || moments.with(Vec::len);
    // Past the last moment there is now.
    let step = Callback::new(move |by: isize| {
        let index = chosen
            .get_untracked()
            .unwrap_or_else(|| moments.with_untracked(Vec::len));
        let next = index.saturating_add_signed(by);
        choose.run((next < moments.with_untracked(Vec::len)).then_some(next));
    });
    let go = Callback::new(move |to: Option<usize>| {
        playing.set(false);
        choose.run(to);
    });
    let walk = Callback::new(move |by: isize| {
        playing.set(false);
        step.run(by);
    });

    let round = StoredValue::new(0_u32);
    watch(move || {
        round.update_value(|round| *round += 1);
        let mine = round.get_value();
        if playing.get() {
            spawn_local(async move {
                loop {
                    sleep(STAY).await;
                    if round.try_get_value() != Some(mine) {
                        return;
                    }
                    step.run(1);
                    if chosen.get_untracked().is_none() {
                        playing.set(false);
                        return;
                    }
                }
            });
        }
    });
    let play = handler(move |_| {
        // From now there is nowhere to go: play begins at the beginning.
        if !playing.get_untracked() && chosen.get_untracked().is_none() {
            choose.run((moments.with_untracked(Vec::len) > 0).then_some(0));
        }
        playing.update(|playing| *playing = !*playing);
    });

    // While the slider is being dragged it shows where it is; it asks when it is let go.
    let dragged = RwSignal::new(None::<i64>);
    let shown = Memo::new(move |_| match dragged.get() {
        Some(place) => moments.with(|moments| nearest(moments, place)),
        None => chosen.get(),
    });
    let value = move || match (dragged.get(), chosen.get()) {
        (Some(place), _) => place,
        (None, Some(index)) => moments.with(|moments| place(moments, index)),
        (None, None) => WHOLE,
    };
    let told = move || {
        shown.get().and_then(|index| {
            moments.with(|moments| moments.get(index).map(|moment| (index, moment.clone())))
        })
    };
    let spoken = move || match told() {
        Some((_, moment)) => format!("{}: {}", time(moment.at, "", Style::Exact), moment.words),
        None => "Now".into(),
    };
    let on_key = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => -1,
            "ArrowRight" | "ArrowUp" => 1,
            "PageDown" => -(PAGE as isize),
            "PageUp" => PAGE as isize,
            "Home" => isize::MIN,
            "End" => isize::MAX,
            _ => return,
        };
        event.prevent_default();
        walk.run(by);
    };
    let position = |event: &Event| event_target_value(event).parse::<i64>().ok();
    let on_drag = move |event: Event| dragged.set(position(&event));
    let on_drop = move |event: Event| {
        dragged.set(None);
        if let Some(place) = position(&event) {
            go.run(moments.with_untracked(|moments| nearest(moments, place)));
        }
    };
    let ticks = move || moments.with(|moments| ticks(moments));
    let is_first = move || chosen.get() == Some(0) || count() == 0;
    let is_now = move || chosen.get().is_none();
    view! {
        <div class="timeline-box" data-test="timeline">
            <p class="moment" data-test="moment">
                {move || match told() {
                    Some((index, moment)) => view! {
                        <time datetime=moment.at.to_string()>{time(moment.at, "", Style::Exact)}</time>
                        <span class="hint">" " {index + 1} " of " {count()}</span>
                        <span class="words">{moment.words}</span>
                    }
                    .into_any(),
                    None => view! { <strong>"Now"</strong> }.into_any(),
                }}
            </p>
            <div class="slider">
                <svg viewBox=format!("0 0 {WHOLE} 10") preserveAspectRatio="none" aria-hidden="true">
                    <path class="tick" d=ticks />
                </svg>
                <input
                    type="range"
                    min="0"
                    max=WHOLE.to_string()
                    aria-label="Moment"
                    aria-valuetext=spoken
                    prop:value=move || value().to_string()
                    data-test="slider"
                    on:keydown=handler(on_key)
                    on:input=handler(on_drag)
                    on:change=handler(on_drop)
                />
            </div>
            <div class="actions">
                <button class="button" type="button" data-test="step-back" aria-disabled=move || is_first().then_some("true")
                    on:click=handler(move |_| walk.run(-1))>
                    "Step back"
                </button>
                <button class="button" type="button" data-test="play" on:click=play>
                    {move || if playing.get() { "Pause" } else { "Play" }}
                </button>
                <button class="button" type="button" data-test="step-on" aria-disabled=move || is_now().then_some("true")
                    on:click=handler(move |_| walk.run(1))>
                    "Step on"
                </button>
                <button class="button" type="button" data-test="to-now" aria-disabled=move || is_now().then_some("true")
                    on:click=handler(move |_| go.run(None))>
                    "Now"
                </button>
            </div>
        </div>
    }
}

/// A stroke for each moment, as the `d` of an SVG path. Those that fall together are one.
fn ticks(moments: &[Moment]) -> String {
    let mut path = String::new();
    let mut last = None;
    for index in 0..moments.len() {
        let place = place(moments, index);
        if last.replace(place) != Some(place) {
            _ = write!(path, "M{place} 0V10");
        }
    }
    path
}
