//! Plots as plain SVG: a step line, several of them, and bars.
//!
//! The drawing is stretched to whatever room there is, so everything that must keep its shape stands over it as HTML:
//! labels and dots. Places are whole numbers, ten-thousandths of the width and the height, because formatting fractions
//! would cost the app 15 KB. Each plot is an image with a sentence for those who do not see it; its numbers stand in a
//! table or a list beside it, which is the caller's to show.

mod bars;
mod lines;
mod scale;
mod step_line;
mod unit;

use leptos::prelude::*;

pub use self::{
    bars::{Bar, BarPlot},
    lines::{Line, LinesPlot},
    scale::Scale,
    step_line::{Point, StepLine, StepPlot},
    unit::Unit,
};

/// The width and the height of a drawing.
const WHOLE: i64 = 10_000;

/// A place as a share of the drawing: `12.5` hundredths of it are `12.50%`.
fn percent(place: i64) -> String {
    format!("{}.{:02}%", place / 100, place % 100)
}

/// The frame around a drawing: the values at its left, with a line for each, and what stands below.
#[component]
fn Axes(
    /// The scale of the values.
    scale: Scale,
    unit: Unit,
    /// What stands below, from left to right, spread evenly.
    below: Vec<String>,
    /// Whether that is a name for each place of the drawing instead of its edges.
    #[prop(optional)]
    is_each: bool,
    /// The whole plot in a sentence.
    #[prop(into)]
    summary: String,
    /// The drawing's own parts.
    children: Children,
    /// What stands over it.
    over: AnyView,
) -> impl IntoView {
    let ticks = scale.ticks();
    let names = ticks.iter().rev().map(|tick| unit.label(*tick));
    let names = names
        .map(|name| view! { <span>{name}</span> })
        .collect_view();
    let lines = ticks.iter().map(|tick| {
        let class = if *tick == 0 { "plot-zero" } else { "plot-rule" };
        let y = scale.down(*tick);
        view! { <path class=class d=format!("M0 {y}H{WHOLE}") /> }
    });
    let lines = lines.collect_view();
    let below = below.into_iter().map(|name| view! { <span>{name}</span> });
    view! {
        <div class="plot">
            <div class="plot-values" aria-hidden="true">
                {names}
            </div>
            <div class="plot-drawing">
                <svg
                    viewBox=format!("0 0 {WHOLE} {WHOLE}")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=summary
                >
                    {lines}
                    {children()}
                </svg>
                {over}
            </div>
            <div class="plot-below" class:each=is_each aria-hidden="true">
                {below.collect_view()}
            </div>
        </div>
    }
}
