//! From an outcome to an answer: always worked out from the home stream as it was right after the command.

use domain::booking::{Booking, Command, State, conference::Conference, order::Order};
use event_store::Outcome;
use lambda_http::http::StatusCode;
use plenary_http::{Call, Response, not_found, respond};
use shared::{
    ConferenceId, Money, OrderId, PersonId, SeatTypeId,
    answers::{
        Accepted, AnsweredLine, ConferenceAnswer, OrderAnswer, PersonAnswer, PromoCodeAnswer,
    },
    endpoint::Name,
    text::PromoCode,
    views::LineDiscount,
};

/// The answer to an accepted command.
pub(crate) fn accepted(call: &Call, command: &Command, outcome: Outcome<Booking>) -> Response {
    let makes_something = matches!(
        call.name,
        Name::CreateConference | Name::AddSeatType | Name::AddPromoCode | Name::PlaceOrder
    );
    let status = if makes_something {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let Outcome { home, wrote, .. } = outcome;
    let answered = match (&home, subject(command)) {
        (State::Conference(conference), Subject::Conference(id, seat_type)) => {
            conference_answer(conference, id, seat_type)
                .map(|answer| respond::json(status, &Accepted { answer, wrote }))
        }
        (State::Order(order), Subject::Order(id)) => {
            order_answer(order, id).map(|answer| respond::json(status, &Accepted { answer, wrote }))
        }
        (State::Promo(promo_code), Subject::PromoCode(conference_id, code)) => {
            let answer = PromoCodeAnswer {
                conference_id,
                code,
                withdrawn: promo_code.is_withdrawn(),
            };
            Some(respond::json(status, &Accepted { answer, wrote }))
        }
        (State::Person(_), Subject::Person(person)) => {
            let answer = PersonAnswer { person };
            Some(respond::json(status, &Accepted { answer, wrote }))
        }
        _ => None,
    };
    answered.unwrap_or_else(|| respond::problem(&not_found()))
}

/// What a command is about.
enum Subject {
    Conference(ConferenceId, Option<SeatTypeId>),
    Order(OrderId),
    PromoCode(ConferenceId, PromoCode),
    Person(PersonId),
    /// A pool: nobody asks for an answer.
    Pool,
}

fn subject(command: &Command) -> Subject {
    match command {
        Command::AddSeatType(id, seat_type, _) | Command::ReviseSeatType(id, seat_type, _) => {
            Subject::Conference(*id, Some(*seat_type))
        }
        Command::CreateConference(id, _)
        | Command::ReviseConference(id, _)
        | Command::Publish(id)
        | Command::Unpublish(id)
        | Command::CancelConference(id) => Subject::Conference(*id, None),
        Command::AddPromoCode(id, request) => Subject::PromoCode(*id, request.code.clone()),
        Command::WithdrawPromoCode(id, code) => Subject::PromoCode(*id, code.clone()),
        Command::Forget(person) => Subject::Person(person.clone()),
        Command::ReleaseDueHolds(..) => Subject::Pool,
        Command::PlaceOrder(request) => Subject::Order(request.order_id),
        Command::ExtendHold(id)
        | Command::AssignAttendees(id, _)
        | Command::Confirm(id)
        | Command::CancelSeats(id, ..)
        | Command::CancelOrder(id)
        | Command::ResumePayment(id, _)
        | Command::SettlePayment(id, ..)
        | Command::DeclinePayment(id, ..)
        | Command::RecordRefund(id, _)
        | Command::CancelWithConference(id) => Subject::Order(*id),
    }
}

fn conference_answer(
    conference: &Conference,
    conference_id: ConferenceId,
    seat_type_id: Option<SeatTypeId>,
) -> Option<ConferenceAnswer> {
    let slug = conference.slug()?.clone();
    Some(ConferenceAnswer {
        conference_id,
        slug,
        status: conference.status(),
        seat_type_id,
    })
}

fn order_answer(order: &Order, order_id: OrderId) -> Option<OrderAnswer> {
    let (_, conference_id, locator) = order.identity()?;
    let lines = (1..).zip(order.lines()).map(|(line, ordered)| {
        let seats = order.seats(ordered);
        AnsweredLine {
            line,
            seat_type_id: ordered.seat_type_id,
            unit_price: ordered.unit_price,
            discounts: ordered
                .discounts
                .iter()
                .map(|off| LineDiscount {
                    code: off.code.clone(),
                    per_seat: Money {
                        minor: off.per_seat.into(),
                        ..ordered.unit_price
                    },
                })
                .collect(),
            seat_price: ordered.seat_price(),
            requested: ordered.requested,
            granted: seats.len() as u32,
            seats,
        }
    });
    Some(OrderAnswer {
        order_id,
        conference_id,
        locator: locator.to_owned(),
        status: order.status(),
        lines: lines.collect(),
        total: order.total(),
        held_until: order.hold().map(|(until, _)| until),
        can_extend: order.hold().is_some_and(|(_, extended)| !extended),
    })
}
