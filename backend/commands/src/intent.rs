//! From a request to a command.

use domain::booking::Command;
use plenary_http::{Call, Request, body, not_found};
use serde::{Serialize, de::DeserializeOwned};
use shared::{
    CommandId, ConferenceId, Problem, SeatTypeId,
    endpoint::Name,
    requests::{CancelSeats, Nothing},
    text::Ordinal,
};

/// What a request wants.
pub(crate) struct Intent {
    pub(crate) command: Command,
    /// Method, path and body in one canonical form: two requests that say the same have the same.
    pub(crate) said: Vec<u8>,
}

impl Intent {
    /// Read it. New conferences and seat types get ids that follow from the command's, so that the same command twice
    /// cannot make two.
    pub(crate) fn read(call: &Call, request: &Request, id: CommandId) -> Result<Self, Problem> {
        let mut said = format!("{} {}\n", request.method(), request.uri().path()).into_bytes();
        let command = match call.name {
            Name::CreateConference => Command::CreateConference(
                ConferenceId::derived(id.0, "conference"),
                read(request, &mut said)?,
            ),
            Name::ReviseConference => {
                Command::ReviseConference(call.parameter(0)?, read(request, &mut said)?)
            }
            Name::AddSeatType => {
                let seat_type = SeatTypeId::derived(id.0, "seat type");
                Command::AddSeatType(call.parameter(0)?, seat_type, read(request, &mut said)?)
            }
            Name::ReviseSeatType => Command::ReviseSeatType(
                call.parameter(0)?,
                call.parameter(1)?,
                read(request, &mut said)?,
            ),
            Name::Publish => {
                let Nothing {} = read(request, &mut said)?;
                Command::Publish(call.parameter(0)?)
            }
            Name::Unpublish => {
                let Nothing {} = read(request, &mut said)?;
                Command::Unpublish(call.parameter(0)?)
            }
            Name::CancelConference => {
                let Nothing {} = read(request, &mut said)?;
                Command::CancelConference(call.parameter(0)?)
            }
            Name::AddPromoCode => {
                Command::AddPromoCode(call.parameter(0)?, read(request, &mut said)?)
            }
            Name::WithdrawPromoCode => {
                let Nothing {} = read(request, &mut said)?;
                Command::WithdrawPromoCode(call.parameter(0)?, call.parameter(1)?)
            }
            Name::PlaceOrder => Command::PlaceOrder(read(request, &mut said)?),
            Name::ExtendHold => {
                let Nothing {} = read(request, &mut said)?;
                Command::ExtendHold(call.parameter(0)?)
            }
            Name::AssignAttendees => {
                Command::AssignAttendees(call.parameter(0)?, read(request, &mut said)?)
            }
            Name::Confirm => {
                let Nothing {} = read(request, &mut said)?;
                Command::Confirm(call.parameter(0)?)
            }
            Name::CancelSeats => {
                let CancelSeats { seats } = read(request, &mut said)?;
                let line = call.parameter::<i64>(1)?;
                Command::CancelSeats(
                    call.parameter(0)?,
                    Ordinal::try_from(line).map_err(|_| not_found())?,
                    seats,
                )
            }
            Name::CancelOrder => {
                let Nothing {} = read(request, &mut said)?;
                Command::CancelOrder(call.parameter(0)?)
            }
            Name::Catalogue
            | Name::ConferencePage
            | Name::Availability
            | Name::MyOrders
            | Name::Order
            | Name::OrderTicket
            | Name::OrderCalendar
            | Name::PromoCodes
            | Name::PromoTerms
            | Name::Proceeds
            | Name::MyConferences
            | Name::MyAccounts
            | Name::Statement
            | Name::StartTopUp
            | Name::PaymentCallback
            | Name::ApproveAccount
            | Name::DenyAccount
            | Name::BlockAccount
            | Name::UnblockAccount
            | Name::CloseAccount
            | Name::SetCreditLimit
            | Name::ReverseEntry => return Err(not_found()),
        };
        Ok(Self { command, said })
    }
}

/// The body, which is also what the request said.
fn read<T: Serialize + DeserializeOwned>(
    request: &Request,
    said: &mut Vec<u8>,
) -> Result<T, Problem> {
    let value = body(request)?;
    // What was read can be written: these types are plain data.
    said.extend(serde_json::to_vec(&value).unwrap_or_default());
    Ok(value)
}
