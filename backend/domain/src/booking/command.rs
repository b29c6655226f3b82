//! Every command of the booking context, and the one place that decides them.

use shared::{
    ConferenceId, OrderId, SeatTypeId,
    requests::{
        AddSeatType, AssignAttendees, CreateConference, PlaceOrder, ReviseConference,
        ReviseSeatType,
    },
    text::Ordinal,
};

use super::{Changes, Context, Rejection, States, StreamId, conference, placing};

/// Something a person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    CreateConference(ConferenceId, CreateConference),
    ReviseConference(ConferenceId, ReviseConference),
    AddSeatType(ConferenceId, SeatTypeId, AddSeatType),
    ReviseSeatType(ConferenceId, SeatTypeId, ReviseSeatType),
    Publish(ConferenceId),
    Unpublish(ConferenceId),
    PlaceOrder(PlaceOrder),
    ExtendHold(OrderId),
    AssignAttendees(OrderId, AssignAttendees),
    Confirm(OrderId),
    CancelSeats(OrderId, Ordinal, Vec<Ordinal>),
    CancelOrder(OrderId),
}

/// What whoever runs the system sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long seats are held for a person who is booking, in minutes.
    pub hold_minutes: i64,
    /// How long a hold can last in all, extension included, in minutes.
    pub hold_cap_minutes: i64,
}

impl Default for Rules {
    /// A quarter of an hour, extended to half an hour.
    fn default() -> Self {
        Self {
            hold_minutes: 15,
            hold_cap_minutes: 30,
        }
    }
}

impl Command {
    /// The stream that the command is about. It remembers the command's id, and the answer is worked out from it.
    pub fn home(&self) -> StreamId {
        match self {
            Self::CreateConference(id, _)
            | Self::ReviseConference(id, _)
            | Self::AddSeatType(id, ..)
            | Self::ReviseSeatType(id, ..)
            | Self::Publish(id)
            | Self::Unpublish(id) => StreamId::Conference(*id),
            Self::PlaceOrder(PlaceOrder { order_id: id, .. })
            | Self::ExtendHold(id)
            | Self::AssignAttendees(id, _)
            | Self::Confirm(id)
            | Self::CancelSeats(id, ..)
            | Self::CancelOrder(id) => StreamId::Order(*id),
        }
    }

    /// The streams that must be known to decide, given what is known already: asked again until it names nothing new.
    pub fn streams(&self, known: &States) -> Vec<StreamId> {
        match self {
            Self::CreateConference(id, request) => {
                vec![
                    StreamId::Conference(*id),
                    StreamId::Slug(request.slug.clone()),
                ]
            }
            Self::AddSeatType(id, pool, _) | Self::ReviseSeatType(id, pool, _) => {
                vec![StreamId::Conference(*id), StreamId::Seats(*id, *pool)]
            }
            Self::PlaceOrder(request) => placing::placing_reads(request),
            Self::ExtendHold(id)
            | Self::Confirm(id)
            | Self::CancelSeats(id, ..)
            | Self::CancelOrder(id) => [StreamId::Order(*id)]
                .into_iter()
                .chain(placing::pools_of(*id, known))
                .collect(),
            Self::ReviseConference(..)
            | Self::Publish(_)
            | Self::Unpublish(_)
            | Self::AssignAttendees(..) => {
                vec![self.home()]
            }
        }
    }
}

/// Decide a command on what is known.
///
/// # Errors
/// Why it is refused, with what the person needs to go on.
pub fn decide(command: &Command, states: &States, context: &Context) -> Result<Changes, Rejection> {
    match command {
        Command::CreateConference(id, request) => conference::create(*id, request, states, context),
        Command::ReviseConference(id, request) => conference::revise(*id, request, states, context),
        Command::AddSeatType(id, pool, request) => {
            conference::add_seat_type(*id, *pool, request, states, context)
        }
        Command::ReviseSeatType(id, pool, request) => {
            conference::revise_seat_type(*id, *pool, request, states, context)
        }
        Command::Publish(id) => conference::publish(*id, states, context),
        Command::Unpublish(id) => conference::unpublish(*id, states, context),
        Command::PlaceOrder(request) => placing::place(request, states, context),
        Command::ExtendHold(id) => placing::extend_hold(*id, states, context),
        Command::AssignAttendees(id, request) => {
            placing::assign_attendees(*id, request, states, context)
        }
        Command::Confirm(id) => placing::confirm(*id, states, context),
        Command::CancelSeats(id, line, seats) => {
            placing::cancel_seats(*id, *line, seats, states, context)
        }
        Command::CancelOrder(id) => placing::cancel_order(*id, states, context),
    }
}
