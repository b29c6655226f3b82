//! What this tab's commands did to orders, laid over the views until these show it themselves.

use leptos::prelude::*;
use shared::{
    OrderId, StreamVersion, VersionToken,
    answers::{Accepted, OrderAnswer},
    requests::AssignedSeat,
    views::{Attendee, OrderView},
};

use crate::browser::device_now;

/// How long a view may lag before the person is told.
const PATIENCE_MS: f64 = 10_000.0;

/// The newest accepted answer for each order; a tab writes to a handful of them.
#[derive(Clone, Copy, Default)]
pub struct Written(RwSignal<Vec<Note>>);

/// What is known of an order from the answers to this tab's commands.
#[derive(Clone, Debug)]
struct Note {
    answer: OrderAnswer,
    reached: VersionToken,
    /// The names given by commands that the view may not show yet.
    attendees: Vec<AssignedSeat>,
    /// The order as placed here, for as long as there is no view of it at all.
    placed: Option<OrderView>,
    at: f64,
}

impl Written {
    /// An order was placed here; `placed` is how it looks as far as this tab knows.
    pub fn placed(&self, accepted: Accepted<OrderAnswer>, placed: OrderView) {
        self.note(accepted, Vec::new(), Some(placed));
    }

    /// A command on an order was accepted; it named these attendees.
    pub fn accepted(&self, accepted: Accepted<OrderAnswer>, attendees: Vec<AssignedSeat>) {
        self.note(accepted, attendees, None);
    }

    fn note(
        &self,
        accepted: Accepted<OrderAnswer>,
        attendees: Vec<AssignedSeat>,
        placed: Option<OrderView>,
    ) {
        let id = accepted.answer.order_id;
        self.0.update(|notes| {
            let known = notes.iter().position(|note| note.answer.order_id == id);
            let before = known.map(|place| notes.swap_remove(place));
            let (mut named, placed_before) = before
                .map(|note| (note.attendees, note.placed))
                .unwrap_or_default();
            named.extend(attendees);
            let note = Note {
                reached: reached(id, &accepted.wrote),
                answer: accepted.answer,
                attendees: named,
                placed: placed.or(placed_before),
                at: device_now(),
            };
            notes.push(note);
        });
    }

    /// The order as it is now: the view, or what is newer than it.
    pub fn over(&self, id: OrderId, view: Option<&OrderView>) -> Option<OrderView> {
        self.0.with(|notes| match (of(notes, id), view) {
            (None, view) => view.cloned(),
            (Some(note), Some(view)) if view.as_of.covers(&note.reached) => Some(view.clone()),
            (Some(note), view) => view
                .or(note.placed.as_ref())
                .map(|view| note.laid_over(view)),
        })
    }

    /// When a command on this order was last accepted; zero where none was.
    pub fn last_accepted(&self, id: OrderId) -> f64 {
        self.0
            .with(|notes| of(notes, id).map_or(0.0, |note| note.at))
    }

    /// Whether the view lags behind an accepted command for longer than it should.
    pub fn lags(&self, id: OrderId, view: Option<&OrderView>) -> bool {
        self.0.with(|notes| {
            of(notes, id).is_some_and(|note| {
                device_now() - note.at > PATIENCE_MS
                    && !view.is_some_and(|view| view.as_of.covers(&note.reached))
            })
        })
    }
}

fn of(notes: &[Note], id: OrderId) -> Option<&Note> {
    notes.iter().find(|note| note.answer.order_id == id)
}

/// What an order's view must have reached to show a command; it is folded from the order's stream alone.
fn reached(id: OrderId, wrote: &[StreamVersion]) -> VersionToken {
    let mut token = VersionToken::default();
    token.advance_all(wrote);
    let stream = format!("order#{id}");
    token.only(|name| name == stream)
}

impl Note {
    fn laid_over(&self, view: &OrderView) -> OrderView {
        let mut order = view.clone();
        order.status = self.answer.status;
        order.total = self.answer.total;
        order.held_until = self.answer.held_until;
        order.can_extend = self.answer.can_extend;
        for line in &mut order.lines {
            let answered = self
                .answer
                .lines
                .iter()
                .find(|known| known.line == line.line);
            for (seat, status) in line
                .seats
                .iter_mut()
                .zip(answered.map_or([].as_slice(), |known| &known.seats))
            {
                seat.status = *status;
            }
            for named in self
                .attendees
                .iter()
                .filter(|named| named.line.get() == line.line)
            {
                if let Some(seat) = line
                    .seats
                    .iter_mut()
                    .find(|seat| seat.seat == named.seat.get())
                {
                    seat.attendee = Some(Attendee {
                        name: named.name.clone(),
                        email: named.email.clone(),
                    });
                }
            }
        }
        order
    }
}
