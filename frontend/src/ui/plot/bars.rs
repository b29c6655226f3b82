//! Two values for each of a row of days, one up from zero and one down, so that they differ by more than their colour.

use leptos::prelude::*;

use super::{Axes, Scale, Unit, WHOLE, percent};

/// What stands above and below zero at one place of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The place's name, and what its values are.
    pub title: String,
    /// Both are zero or more.
    pub up: i64,
    pub down: i64,
}

/// The bars, in their order from left to right.
#[component]
pub fn BarPlot(
    bars: Vec<Bar>,
    unit: Unit,
    /// What stands below, from left to right.
    below: Vec<String>,
    /// The whole plot in a sentence.
    #[prop(into)]
    summary: String,
) -> impl IntoView {
    let is_each = bars.len() == below.len();
    let values = bars.iter().flat_map(|bar| [bar.up, -bar.down]);
    let scale = Scale::around(values, unit.least_step());
    let slot = WHOLE / (bars.len().max(1) as i64);
    let drawn = bars.iter().zip(0..).map(|(bar, n)| {
        // A fifth of the slot is the gap; a lone bar is no wall.
        let width = (slot * 4 / 5).min(WHOLE / 8);
        let x = slot * n + (slot - width) / 2;
        let zero = scale.down(0);
        let (top, bottom) = (scale.down(bar.up), scale.down(-bar.down));
        // An empty bar would still draw its outline.
        let path = |class, end, value: i64| {
            (value > 0).then(|| {
                view! { <path class=class d=format!("M{x} {zero}V{end}h{width}V{zero}Z") /> }
            })
        };
        view! { {path("plot-up", top, bar.up)} {path("plot-down", bottom, bar.down)} }
    });
    let drawn = drawn.collect_view();
    let slots = bars.iter().zip(0..).map(|(bar, n)| {
        let title = bar.title.clone();
        view! {
            <span class="plot-slot" title=title style:left=percent(slot * n) style:width=percent(slot)></span>
        }
    });
    let over = view! { <div aria-hidden="true">{slots.collect_view()}</div> };
    view! {
        <Axes scale unit below is_each summary over=over.into_any()>
            {drawn}
        </Axes>
    }
}
