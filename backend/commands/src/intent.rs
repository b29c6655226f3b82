//! From a request to a command.

use domain::booking::Command;
use plenary_http::{Call, Caller, Request, Said, not_found};
use shared::{
    CommandId, ConferenceId, Problem, SeatTypeId,
    endpoint::Name,
    requests::{CancelSeats, Nothing},
    text::Ordinal,
};

/// What a request wants.
pub(crate) struct Intent<'a> {
    pub(crate) command: Command,
    pub(crate) said: Said<'a>,
}

impl<'a> Intent<'a> {
    /// Read it. New conferences and seat types get ids that follow from the command's, so that the same command twice
    /// cannot make two.
    pub(crate) fn read(
        call: &Call,
        caller: &Caller,
        request: &'a Request,
        id: CommandId,
    ) -> Result<Self, Problem> {
        let mut said = Said::by(request);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the endpoints of other functions do not lead here"
        )]
        let command = match call.name {
            Name::CreateConference => {
                Command::CreateConference(ConferenceId::derived(id.0, "conference"), said.body()?)
            }
            Name::ReviseConference => Command::ReviseConference(call.parameter(0)?, said.body()?),
            Name::AddSeatType => {
                let seat_type = SeatTypeId::derived(id.0, "seat type");
                Command::AddSeatType(call.parameter(0)?, seat_type, said.body()?)
            }
            Name::ReviseSeatType => {
                Command::ReviseSeatType(call.parameter(0)?, call.parameter(1)?, said.body()?)
            }
            Name::Publish => {
                let Nothing {} = said.body()?;
                Command::Publish(call.parameter(0)?)
            }
            Name::Unpublish => {
                let Nothing {} = said.body()?;
                Command::Unpublish(call.parameter(0)?)
            }
            Name::CancelConference => {
                let Nothing {} = said.body()?;
                Command::CancelConference(call.parameter(0)?)
            }
            Name::AddPromoCode => Command::AddPromoCode(call.parameter(0)?, said.body()?),
            Name::WithdrawPromoCode => {
                let Nothing {} = said.body()?;
                Command::WithdrawPromoCode(call.parameter(0)?, call.parameter(1)?)
            }
            Name::PlaceOrder => Command::PlaceOrder(said.body()?),
            Name::ExtendHold => {
                let Nothing {} = said.body()?;
                Command::ExtendHold(call.parameter(0)?)
            }
            Name::AssignAttendees => Command::AssignAttendees(call.parameter(0)?, said.body()?),
            Name::Confirm => {
                let Nothing {} = said.body()?;
                Command::Confirm(call.parameter(0)?)
            }
            Name::CancelSeats => {
                let CancelSeats { seats } = said.body()?;
                let line = call.parameter::<i64>(1)?;
                Command::CancelSeats(
                    call.parameter(0)?,
                    Ordinal::try_from(line).map_err(|_| not_found())?,
                    seats,
                )
            }
            Name::CancelOrder => {
                let Nothing {} = said.body()?;
                Command::CancelOrder(call.parameter(0)?)
            }
            Name::Forget => {
                let Nothing {} = said.body()?;
                Command::Forget(caller.person.clone())
            }
            _ => return Err(not_found()),
        };
        Ok(Self { command, said })
    }
}
