//! An account as it was.

use domain::accounts::StreamId;
use plenary_http::{Call, Request, not_found};
use shared::{
    Currency, PersonId,
    history::{AccountThen, Reads},
};

use crate::{
    History, Refusal,
    moment::{moment, time},
};

impl History {
    pub(crate) async fn account(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<AccountThen, Refusal> {
        let moment = moment(request)?;
        let person = PersonId(call.text(0).to_owned());
        let currency = Currency::try_from(call.text(1).to_owned()).map_err(|_| not_found())?;
        let stream = StreamId::Account { currency, person };
        let mut reads = Reads::default();
        let latest = self.accounts.now(&stream, &mut reads).await?;
        let then = self.accounts.then(&stream, moment, &mut reads).await?;
        let account = &then.state;
        let (Some(status), Some(at)) = (account.status(), then.at) else {
            return Err(not_found().into());
        };
        let open_top_ups = account.open_top_ups(time(moment, at));
        Ok(AccountThen {
            person: stream.person().clone(),
            status,
            balance: account.balance(),
            credit_limit: account.credit_limit(),
            available: account.available(),
            open_top_ups: u32::try_from(open_top_ups).unwrap_or(u32::MAX),
            version: then.version,
            at,
            latest_version: latest.version,
            reads,
        })
    }
}
