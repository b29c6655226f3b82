//! The names that a person types for the seats they hold. Kept in the tab until they are sent, so that nothing typed is
//! lost over a refresh, the way back, or a sign-in that has ended meanwhile.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use shared::{
    OrderId,
    requests::AssignedSeat,
    text::{EmailAddress, Ordinal, PersonName},
    views::{OrderView, SeatStatus},
};

use crate::{browser::tab, ui::FieldProblem};

/// What is typed for one seat.
#[derive(Clone, Copy)]
pub struct Entry {
    pub line: u32,
    pub seat: u32,
    pub name: RwSignal<String>,
    pub email: RwSignal<String>,
}

/// A kept entry: line, seat, name, e-mail.
#[derive(Serialize, Deserialize)]
struct KeptEntry(u32, u32, String, String);

impl Entry {
    /// An entry for a seat, beginning with what is known of it.
    pub fn new(line: u32, seat: &shared::views::OrderedSeat) -> Self {
        let attendee = seat.attendee.as_ref();
        let name = attendee.map(|known| known.name.to_string());
        let email = attendee.and_then(|known| known.email.as_ref().map(ToString::to_string));
        Self {
            line,
            seat: seat.seat,
            name: RwSignal::new(name.unwrap_or_default()),
            email: RwSignal::new(email.unwrap_or_default()),
        }
    }

    /// The id of its name's field; also where a "Change" link leads.
    pub fn name_id(&self) -> String {
        name_id(self.line, self.seat)
    }

    /// The id of its e-mail's field.
    pub fn email_id(&self) -> String {
        format!("attendee-{}-{}-email", self.line, self.seat)
    }

    /// As it is to be sent, or what is wrong with it; `title` names the seat.
    pub fn parse(&self, title: &str) -> Result<AssignedSeat, Vec<FieldProblem>> {
        let (name, email) = (self.name.get_untracked(), self.email.get_untracked());
        parse(self.line, self.seat, &name, &email).map_err(|wrong| {
            let problem = |(is_name, reason): (bool, String)| FieldProblem {
                id: if is_name {
                    self.name_id()
                } else {
                    self.email_id()
                },
                message: match is_name {
                    true => format!("{title}: the name {reason}"),
                    false => format!("{title}: the e-mail {reason}"),
                },
            };
            wrong.into_iter().map(problem).collect()
        })
    }
}

/// The id of a seat's name field.
pub fn name_id(line: u32, seat: u32) -> String {
    format!("attendee-{line}-{seat}-name")
}

/// Each mistake says whether it is the name's, and why it was refused.
fn parse(
    line: u32,
    seat: u32,
    name: &str,
    email: &str,
) -> Result<AssignedSeat, Vec<(bool, String)>> {
    let name = name
        .parse::<PersonName>()
        .map_err(|invalid| (true, invalid.0));
    let email = match email.trim() {
        "" => Ok(None),
        email => email
            .parse::<EmailAddress>()
            .map(Some)
            .map_err(|invalid| (false, invalid.0)),
    };
    let place =
        |number: u32| Ordinal::try_from(i64::from(number)).map_err(|invalid| (true, invalid.0));
    match (name, email, place(line), place(seat)) {
        (Ok(name), Ok(email), Ok(line), Ok(seat)) => Ok(AssignedSeat {
            line,
            seat,
            name,
            email,
        }),
        (name, email, line, seat) => {
            let mistakes = [name.err(), email.err(), line.err(), seat.err()];
            Err(mistakes.into_iter().flatten().collect())
        }
    }
}

/// An entry for each seat that the person has, beginning with what was typed and not yet sent.
pub fn entries(order: &OrderView) -> Vec<Entry> {
    let kept: Vec<KeptEntry> = tab::get(&key(order.order_id)).unwrap_or_default();
    let mut entries = Vec::new();
    for line in &order.lines {
        for seat in line
            .seats
            .iter()
            .filter(|seat| seat.status != SeatStatus::Cancelled)
        {
            let entry = Entry::new(line.line, seat);
            let typed = kept
                .iter()
                .find(|kept| (kept.0, kept.1) == (line.line, seat.seat));
            if let Some(KeptEntry(_, _, name, email)) = typed {
                entry.name.set(name.clone());
                entry.email.set(email.clone());
            }
            entries.push(entry);
        }
    }
    entries
}

/// Keep what is typed, as it is typed.
pub fn keep(order: OrderId, entries: &[Entry]) {
    let kept = entries
        .iter()
        .map(|entry| KeptEntry(entry.line, entry.seat, entry.name.get(), entry.email.get()));
    tab::set(&key(order), &kept.collect::<Vec<_>>());
}

/// It was sent.
pub fn forget(order: OrderId) {
    tab::remove(&key(order));
}

/// Whether each seat that the person has was given a name.
pub fn all_named(order: &OrderView) -> bool {
    let mut seats = order.lines.iter().flat_map(|line| &line.seats);
    seats.all(|seat| seat.status == SeatStatus::Cancelled || seat.attendee.is_some())
}

fn key(order: OrderId) -> String {
    format!("attendees {order}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_needed_and_an_email_is_not() {
        let seat = parse(1, 2, " Ada Lovelace ", "").unwrap();
        assert_eq!((seat.line.get(), seat.seat.get()), (1, 2));
        assert_eq!(seat.name.as_str(), "Ada Lovelace");
        assert_eq!(seat.email, None);
    }

    #[test]
    fn each_mistake_is_told() {
        let mistakes = parse(1, 1, " ", "ada").unwrap_err();
        assert_eq!(mistakes.len(), 2);
        assert_eq!(mistakes[0], (true, "must not be empty".to_owned()));
        assert!(!mistakes[1].0);
    }
}
