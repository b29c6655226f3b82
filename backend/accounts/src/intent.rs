//! From a request to a command.

use domain::accounts::{Action, Command, StreamId};
use plenary_http::{Call, Caller, Request, Said, not_found};
use shared::{
    CommandId, Currency, PersonId, Problem, TopUpId,
    account::{Because, SetCreditLimit, StartTopUp},
    endpoint::Name,
    requests::Nothing,
};
use uuid::Uuid;

/// What a request wants.
pub(crate) struct Intent<'a> {
    pub(crate) command: Command,
    pub(crate) said: Said<'a>,
}

impl<'a> Intent<'a> {
    /// Read it. New entries get ids that follow from the command's, so that the same command twice cannot make two.
    pub(crate) fn read(
        call: &Call,
        caller: &Caller,
        request: &'a Request,
        id: CommandId,
        provider: &str,
    ) -> Result<Self, Problem> {
        let mut said = Said::by(request);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the endpoints of other functions do not lead here"
        )]
        let action = match call.name {
            Name::StartTopUp => {
                let StartTopUp { amount, order_id } = said.body()?;
                let account = StreamId::Account {
                    currency: amount.get().currency,
                    person: caller.person.clone(),
                };
                let action = Action::StartTopUp {
                    top_up_id: TopUpId::derived(id.0, "top-up"),
                    amount,
                    provider: provider.to_owned(),
                    order_id,
                };
                let command = Command { account, action };
                return Ok(Self { command, said });
            }
            Name::ApproveAccount => {
                let Nothing {} = said.body()?;
                Action::Approve
            }
            Name::DenyAccount => {
                let Because { reason } = said.body()?;
                Action::Deny(reason)
            }
            Name::BlockAccount => {
                let Because { reason } = said.body()?;
                Action::Block(reason)
            }
            Name::UnblockAccount => {
                let Nothing {} = said.body()?;
                Action::Unblock
            }
            Name::CloseAccount => {
                let Nothing {} = said.body()?;
                Action::Close
            }
            Name::SetCreditLimit => {
                let SetCreditLimit { limit } = said.body()?;
                Action::SetCreditLimit(limit)
            }
            Name::ReverseEntry => {
                let Because { reason } = said.body()?;
                Action::ReverseEntry {
                    entry_id: Uuid::new_v5(&id.0, b"reversal"),
                    reverses: call.parameter(2)?,
                    reason,
                }
            }
            _ => return Err(not_found()),
        };
        let command = Command {
            account: named(call)?,
            action,
        };
        Ok(Self { command, said })
    }
}

/// The account that the address names.
fn named(call: &Call) -> Result<StreamId, Problem> {
    let currency = Currency::try_from(call.text(1).to_owned());
    Ok(StreamId::Account {
        currency: currency.map_err(|_| not_found())?,
        person: PersonId(call.text(0).to_owned()),
    })
}
