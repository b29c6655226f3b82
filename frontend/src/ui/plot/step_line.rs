//! A value over time that stays until it jumps, such as a balance.

use std::fmt::Write as _;

use leptos::prelude::*;
use shared::Timestamp;

use super::{Axes, Scale, Unit, WHOLE, percent};
use crate::ui::format::{Style, time};

/// More dots than this would hide the line; it is then drawn without.
const MOST_DOTS: usize = 24;

/// From a moment on, a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub at: Timestamp,
    pub value: i64,
}

/// Where a line jumps, and what it was before. Never without a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepLine {
    /// The value before the first point.
    pub before: i64,
    /// The earliest first.
    pub points: Vec<Point>,
    /// Where the line ends, which is now.
    pub until: Timestamp,
}

impl StepLine {
    /// The lowest and the highest point, `before` included with the time of the first jump. Of equals the newest.
    pub fn extremes(&self) -> Option<(Point, Point)> {
        let first = Point {
            value: self.before,
            ..*self.points.first()?
        };
        let (mut lowest, mut highest) = (first, first);
        for point in &self.points {
            if point.value <= lowest.value {
                lowest = *point;
            }
            if point.value >= highest.value {
                highest = *point;
            }
        }
        Some((lowest, highest))
    }

    /// The times at the left and at the right edge. The first jump stands a little inside, to be seen as one.
    fn edges(&self) -> (i64, i64) {
        let first = self.points.first().map_or(0, |point| point.at.millis());
        let last = self.points.last().map_or(0, |point| point.at.millis());
        let end = self.until.millis().max(last);
        let span = (end - first).max(1000);
        (first - span / 24, first + span)
    }

    fn across(&self, at: Timestamp) -> i64 {
        let (left, right) = self.edges();
        let place = i128::from(at.millis() - left) * i128::from(WHOLE) / i128::from(right - left);
        place as i64
    }

    /// As the `d` of an SVG path.
    fn path(&self, scale: Scale) -> String {
        let mut path = format!("M0 {}", scale.down(self.before));
        for point in &self.points {
            _ = write!(
                path,
                "H{}V{}",
                self.across(point.at),
                scale.down(point.value)
            );
        }
        path + &format!("H{WHOLE}")
    }
}

/// The line, its area down to zero, and a dot where it jumps; the highest and the lowest say their value.
#[component]
pub fn StepPlot(
    line: StepLine,
    unit: Unit,
    /// The whole plot in a sentence.
    #[prop(into)]
    summary: String,
) -> impl IntoView {
    let Some((lowest, highest)) = line.extremes() else {
        return ().into_any();
    };
    let scale = Scale::around([lowest.value, highest.value], unit.least_step());
    let path = line.path(scale);
    let zero = scale.down(0);
    let area = format!("{path}V{zero}H0Z");

    let place = |point: Point| (line.across(point.at), scale.down(point.value));
    let has_dots = line.points.len() <= MOST_DOTS;
    let dots = line.points.iter().filter(|_| has_dots).map(|point| {
        let (x, y) = place(*point);
        let title = format!(
            "{}: {}",
            time(point.at, "", Style::Moment),
            unit.label(point.value)
        );
        view! { <span class="plot-dot" title=title style:left=percent(x) style:top=percent(y)></span> }
    });
    let named = |point: Point, class: &'static str| {
        let (x, y) = place(point);
        // Near an edge the label stands to the inner side, so that it is not cut off.
        let side = match x {
            ..2_000 => "at-start",
            8_000.. => "at-end",
            _ => "",
        };
        view! {
            <span class=format!("plot-name {class} {side}") style:left=percent(x) style:top=percent(y)>
                {unit.label(point.value)}
            </span>
        }
    };
    // At the bottom there is no room below the line: the times stand there.
    let is_low = scale.down(lowest.value) > WHOLE * 4 / 5;
    let class = if is_low { "above" } else { "below" };
    let lowest_name = (lowest.value != highest.value).then(|| named(lowest, class));
    let over = view! {
        <div aria-hidden="true">
            {dots.collect_view()} {named(highest, "above")} {lowest_name}
        </div>
    };
    view! {
        <Axes scale unit below=times(&line) summary over=over.into_any()>
            <path class="plot-area" d=area />
            <path class="plot-line" d=path />
        </Axes>
    }
    .into_any()
}

/// When the line begins and ends; within a day the clock says more than the date.
fn times(line: &StepLine) -> Vec<String> {
    const DAY_MS: i64 = 86_400_000;
    let (left, right) = line.edges();
    let first = line.points.first().map_or(line.until, |point| point.at);
    match right - left {
        ..DAY_MS => vec![time(first, "", Style::Clock), "now".into()],
        span => {
            let middle = Timestamp::from_millis(left + span / 2);
            vec![
                time(first, "", Style::ShortDay),
                time(middle, "", Style::ShortDay),
                "today".into(),
            ]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(points: &[(i64, i64)]) -> StepLine {
        let point = |(at, value): &(i64, i64)| Point {
            at: Timestamp::from_millis(*at),
            value: *value,
        };
        StepLine {
            before: 0,
            points: points.iter().map(point).collect(),
            until: Timestamp::from_millis(24_000),
        }
    }

    #[test]
    fn a_line_stays_until_it_jumps_and_ends_now() {
        let line = line(&[(0, 30_000), (12_000, 10_000)]);
        let scale = Scale::around([0, 30_000], 100);
        // The left edge is a twenty-fourth before the first jump.
        assert_eq!(line.path(scale), "M0 10000H400V0H5200V6666H10000");
    }

    #[test]
    fn the_extremes_know_what_was_before_the_first_jump() {
        let values = |line: StepLine| {
            let (lowest, highest) = line.extremes().unwrap();
            (lowest.value, highest.value)
        };
        assert_eq!(values(line(&[(0, 300), (1, 100)])), (0, 300));
        assert_eq!(values(line(&[(0, -300)])), (-300, 0));
        assert_eq!(line(&[]).extremes(), None);
    }

    #[test]
    fn everything_at_one_moment_still_has_a_width() {
        let mut line = line(&[(24_000, 100), (24_000, 200)]);
        line.before = 50;
        let places = line.points.iter().map(|point| line.across(point.at));
        assert!(places.clone().all(|place| (0..=WHOLE).contains(&place)));
    }
}
