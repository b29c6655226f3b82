//! Every command of the booking context, and the one place that decides them.

use shared::{
    ConferenceId, Money, OrderId, PaymentId, PersonId, RefundId, SeatTypeId,
    requests::{
        AddPromoCode, AddSeatType, AssignAttendees, CreateConference, PlaceOrder, ReviseConference,
        ReviseSeatType,
    },
    text::{Ordinal, PromoCode},
};

use crate::Decline;

use super::{
    Changes, Context, Rejection, States, StreamId, cancelling, conference, holding, payment,
    person, placed_order::PlacedOrder, placing, promo_code,
};

/// Something that a person wants, or that the registration process does because of what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    CreateConference(ConferenceId, CreateConference),
    ReviseConference(ConferenceId, ReviseConference),
    AddSeatType(ConferenceId, SeatTypeId, AddSeatType),
    ReviseSeatType(ConferenceId, SeatTypeId, ReviseSeatType),
    Publish(ConferenceId),
    Unpublish(ConferenceId),
    CancelConference(ConferenceId),
    AddPromoCode(ConferenceId, AddPromoCode),
    WithdrawPromoCode(ConferenceId, PromoCode),
    PlaceOrder(PlaceOrder),
    ExtendHold(OrderId),
    AssignAttendees(OrderId, AssignAttendees),
    Confirm(OrderId),
    CancelSeats(OrderId, Ordinal, Vec<Ordinal>),
    CancelOrder(OrderId),
    /// This person wants to be forgotten.
    Forget(PersonId),

    /// Money for the order has arrived on this person's account: ask for it again.
    ResumePayment(OrderId, PersonId),
    /// The account was charged.
    SettlePayment(OrderId, PaymentId, Money),
    /// The account was not charged.
    DeclinePayment(OrderId, PaymentId, Decline),
    /// The refund is on the account.
    RecordRefund(OrderId, RefundId),
    /// The order's conference was cancelled.
    CancelWithConference(OrderId),
    /// It is time to look for holds that ran out.
    ReleaseDueHolds(ConferenceId, SeatTypeId),
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
            | Self::Unpublish(id)
            | Self::CancelConference(id) => StreamId::Conference(*id),
            Self::AddPromoCode(id, AddPromoCode { code, .. })
            | Self::WithdrawPromoCode(id, code) => StreamId::Promo(*id, code.clone()),
            Self::Forget(person) => StreamId::Person(person.clone()),
            Self::ReleaseDueHolds(id, pool) => StreamId::Seats(*id, *pool),
            Self::PlaceOrder(PlaceOrder { order_id: id, .. })
            | Self::ExtendHold(id)
            | Self::AssignAttendees(id, _)
            | Self::Confirm(id)
            | Self::CancelSeats(id, ..)
            | Self::CancelOrder(id)
            | Self::ResumePayment(id, _)
            | Self::SettlePayment(id, ..)
            | Self::DeclinePayment(id, ..)
            | Self::RecordRefund(id, _)
            | Self::CancelWithConference(id) => StreamId::Order(*id),
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
            Self::AddPromoCode(id, _) | Self::WithdrawPromoCode(id, _) => {
                vec![StreamId::Conference(*id), self.home()]
            }
            Self::ExtendHold(id)
            | Self::CancelSeats(id, ..)
            | Self::CancelOrder(id)
            | Self::CancelWithConference(id) => PlacedOrder::streams(*id, known),
            Self::Confirm(id) | Self::SettlePayment(id, ..) => {
                PlacedOrder::streams_with_conference(*id, known)
            }
            Self::ReviseConference(..)
            | Self::Publish(_)
            | Self::Unpublish(_)
            | Self::CancelConference(_)
            | Self::AssignAttendees(..)
            | Self::ResumePayment(..)
            | Self::DeclinePayment(..)
            | Self::RecordRefund(..)
            | Self::ReleaseDueHolds(..)
            | Self::Forget(_) => {
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
        Command::CancelConference(id) => conference::cancel(*id, states, context),
        Command::AddPromoCode(id, request) => promo_code::add(*id, request, states, context),
        Command::WithdrawPromoCode(id, code) => promo_code::withdraw(*id, code, states, context),
        Command::PlaceOrder(request) => placing::place(request, states, context),
        Command::ExtendHold(id) => holding::extend_hold(*id, states, context),
        Command::AssignAttendees(id, request) => {
            holding::assign_attendees(*id, request, states, context)
        }
        Command::Confirm(id) => payment::confirm(*id, states, context),
        Command::CancelSeats(id, line, seats) => {
            cancelling::cancel_seats(*id, *line, seats, states, context)
        }
        Command::CancelOrder(id) => cancelling::cancel_order(*id, states, context),
        Command::Forget(person) => Ok(person::forget(person)),
        Command::ResumePayment(id, payer) => payment::resume(*id, payer, states, context),
        Command::SettlePayment(id, payment_id, amount) => {
            payment::settle(*id, *payment_id, *amount, states, context)
        }
        Command::DeclinePayment(id, payment_id, decline) => {
            payment::decline(*id, *payment_id, *decline, states, context)
        }
        Command::RecordRefund(id, refund_id) => payment::record_refund(*id, *refund_id, states),
        Command::CancelWithConference(id) => {
            cancelling::cancel_with_conference(*id, states, context)
        }
        Command::ReleaseDueHolds(id, pool) => {
            let due = states.seats(*id, *pool).expire(context.at, None);
            Ok(Changes::default().with(StreamId::Seats(*id, *pool), due))
        }
    }
}
