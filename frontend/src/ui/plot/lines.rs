//! Several lines over the same days, to be held against each other. Each has a colour, a dash of its own and its name at
//! its end, so that they can be told apart without the colours.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::{Axes, Scale, Unit, WHOLE, percent};

/// The room for a name at the end of a line, so that those of lines that end together stand beside each other.
const NAME: i64 = WHOLE / 40;

/// One of the lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    /// Where it jumps, by day since 1970, and what it is from there on; the earliest first.
    pub points: Vec<(i64, i64)>,
}

/// Step lines from zero. More than five cannot be told apart.
#[component]
pub fn LinesPlot(
    lines: Vec<Line>,
    unit: Unit,
    /// The first and the last day.
    days: (i64, i64),
    /// What stands below, from left to right.
    below: Vec<String>,
    /// The whole plot in a sentence.
    #[prop(into)]
    summary: String,
) -> impl IntoView {
    let values = lines.iter().flat_map(|line| line.points.iter());
    let scale = Scale::around(values.map(|(_, value)| *value), unit.least_step());
    let drawn = lines.iter().enumerate().map(|(number, line)| {
        view! { <path class=format!("plot-line line-{number}") d=path(line, scale, days) /> }
    });
    let drawn = drawn.collect_view();
    let names = lines.iter().enumerate().filter_map(|(number, line)| {
        let (_, value) = line.points.last()?;
        let title = format!("{}: {}", line.name, unit.label(*value));
        Some(view! {
            <span class=format!("plot-name at-end line-name-{number}") title=title style:left=percent(WHOLE - NAME * number as i64) style:top=percent(scale.down(*value))>
                {number + 1}
            </span>
        })
    });
    let over = view! { <div aria-hidden="true">{names.collect_view()}</div> };
    let key = lines.iter().enumerate().map(|(number, line)| {
        view! {
            <li>
                <svg viewBox="0 0 32 8" aria-hidden="true">
                    <path class=format!("plot-line line-{number}") d="M0 4H32" />
                </svg>
                {number + 1} ". " {line.name.clone()}
            </li>
        }
    });
    view! {
        <Axes scale unit below summary over=over.into_any()>
            {drawn}
        </Axes>
        <ul class="plot-key">{key.collect_view()}</ul>
    }
}

/// As the `d` of an SVG path, from zero at the left edge to the right edge.
fn path(line: &Line, scale: Scale, (first, last): (i64, i64)) -> String {
    let span = (last - first).max(1);
    let mut path = format!("M0 {}", scale.down(0));
    for (day, value) in &line.points {
        let x = (day - first).clamp(0, span) * WHOLE / span;
        _ = write!(path, "H{x}V{}", scale.down(*value));
    }
    path + &format!("H{WHOLE}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_at_zero_and_ends_at_the_right_edge() {
        let line = Line {
            name: "Rust Week".into(),
            points: vec![(10, 30), (15, 60)],
        };
        let scale = Scale::around([60], 1);
        assert_eq!(path(&line, scale, (10, 20)), "M0 10000H0V5000H5000V0H10000");
    }
}
