//! What led to what, as a drawing: a lane for each stream, a row for each event, and a line from each cause to what
//! followed from it.

use std::collections::HashMap;

use leptos::prelude::*;
use shared::history::LoggedEvent;
use uuid::Uuid;

use super::links::{event_address, short};

/// Pixels: the drawing keeps its size and its frame scrolls, because names must stay readable.
const LANE: usize = 210;
const ROW: usize = 44;
/// The lanes' names.
const HEAD: usize = 40;
const MARGIN: usize = 16;

/// Where each event stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Layout {
    /// The streams, in the order in which they first appear.
    lanes: Vec<String>,
    /// For each event its lane, and the place of its cause among the events; none where it is not here.
    nodes: Vec<(usize, Option<usize>)>,
}

/// The events are in their order, from which causes come before what follows from them.
fn layout(events: &[LoggedEvent]) -> Layout {
    let places: HashMap<Uuid, usize> = events.iter().map(|event| event.id).zip(0..).collect();
    let mut lanes: Vec<String> = Vec::new();
    let nodes = events.iter().enumerate().map(|(place, event)| {
        let known = lanes.iter().position(|lane| *lane == event.stream);
        let lane = known.unwrap_or_else(|| {
            lanes.push(event.stream.clone());
            lanes.len() - 1
        });
        let cause = event.causation_id.and_then(|cause| places.get(&cause));
        // A line upwards would say that time went back.
        (lane, cause.copied().filter(|cause| *cause < place))
    });
    let nodes = nodes.collect();
    Layout { lanes, nodes }
}

/// The drawing. Its events are links; the same stands in the table below it.
#[component]
pub fn Graph(events: Vec<LoggedEvent>) -> impl IntoView {
    let Layout { lanes, nodes } = layout(&events);
    let (width, height) = (
        lanes.len() * LANE + MARGIN,
        HEAD + events.len() * ROW + MARGIN,
    );
    let x = |lane: usize| MARGIN + lane * LANE;
    let y = |row: usize| HEAD + row * ROW + ROW / 2;
    let edges = nodes.iter().enumerate().filter_map(|(row, (lane, cause))| {
        let cause = (*cause)?;
        let (from_lane, _) = nodes.get(cause)?;
        let (x1, y1, x2, y2) = (x(*from_lane), y(cause), x(*lane), y(row));
        // Down to just above the effect first, then across: names stand to the right of each dot.
        let turn = y2 - ROW / 2;
        Some(view! { <path class="edge" d=format!("M{x1} {y1}V{turn}H{x2}V{y2}") /> })
    });
    let edges = edges.collect_view();
    let rules = (0..lanes.len()).map(|lane| {
        view! { <path class="lane" d=format!("M{} {HEAD}V{height}", x(lane)) /> }
    });
    let rules = rules.collect_view();
    let names = lanes.iter().enumerate().map(|(lane, stream)| {
        view! {
            <p class="lane-name code" title=stream.clone() style:left=pixels(x(lane) - 8)>
                {short(stream)}
            </p>
        }
    });
    let names = names.collect_view();
    let dots = nodes.iter().zip(&events).enumerate();
    let dots = dots.map(|(row, ((lane, cause), event))| {
        let class = match cause {
            Some(_) => "node",
            None => "node root",
        };
        view! {
            <a
                class=class
                href=event_address(&event.stream, event.version)
                title=event.words.clone()
                style:left=pixels(x(*lane) - 8)
                style:top=pixels(y(row) - 14)
            >
                {event.name.clone()}
            </a>
        }
    });
    let dots = dots.collect_view();
    let label = format!(
        "{} in {}, each below what led to it",
        crate::ui::format::counted(i64::try_from(events.len()).unwrap_or(i64::MAX), "event"),
        crate::ui::format::counted(i64::try_from(lanes.len()).unwrap_or(i64::MAX), "stream"),
    );
    view! {
        <div class="scrolls graph-frame" role="region" aria-label=label tabindex="0" data-test="graph">
            <div class="graph" style:width=pixels(width) style:height=pixels(height)>
                <svg width=width.to_string() height=height.to_string() aria-hidden="true">
                    {rules}
                    {edges}
                </svg>
                {names}
                {dots}
            </div>
        </div>
    }
}

fn pixels(length: usize) -> String {
    format!("{length}px")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(number: u8) -> Uuid {
        Uuid::from_bytes([number; 16])
    }

    fn event(number: u8, stream: &str, cause: Option<u8>) -> LoggedEvent {
        serde_json::from_value(json!({
            "id": id(number), "stream": stream, "version": 1, "name": "Happened", "at": "2027-05-03T07:30:00Z",
            "actor": "ada", "command_id": id(9), "correlation_id": id(9), "causation_id": cause.map(id),
            "conference_id": null, "words": "It happened.",
        }))
        .unwrap()
    }

    #[test]
    fn each_stream_has_a_lane_and_each_effect_its_cause() {
        let events = [
            event(1, "order#a", None),
            event(2, "seats#b", Some(1)),
            event(3, "order#a", Some(2)),
            // Its cause is the command, which is no event.
            event(4, "seats#b", Some(9)),
        ];
        assert_eq!(
            layout(&events),
            Layout {
                lanes: vec!["order#a".into(), "seats#b".into()],
                nodes: vec![(0, None), (1, Some(0)), (0, Some(1)), (1, None)],
            }
        );
    }

    #[test]
    fn a_cause_that_comes_later_is_not_drawn() {
        let events = [event(1, "a", Some(2)), event(2, "a", None)];
        assert_eq!(layout(&events).nodes, [(0, None), (0, None)]);
    }
}
