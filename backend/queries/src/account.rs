//! A person's accounts and their entries. Nobody else's are ever looked at.

use std::str::FromStr;

use plenary_http::{Call, Request, Response, Visibility, query, respond::cached_json};
use read_model::{AccountDoc, Row};
use serde::Deserialize;
use shared::{
    Currency, PersonId, VersionToken,
    account::{AccountView, MyAccounts, Statement},
    text::Invalid,
};

use crate::{
    Queries, Refusal,
    minimum::{Minimum, Named, OnlyMinimum, Reading, found, named, wait},
};

/// How many entries a page of a statement has.
const PAGE: usize = 50;

/// The parameters of a statement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    currency: Currency,
    cursor: Option<Cursor>,
    min_version: Option<Minimum>,
}

/// The place of an entry in its account's stream: the next page goes on below it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Cursor(u64);

impl TryFrom<String> for Cursor {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let version = u64::from_str(&text).map(Self);
        version.map_err(|_| Invalid("is not a cursor: send a page's next_cursor as it is".into()))
    }
}

impl Queries {
    pub(crate) async fn my_accounts(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let OnlyMinimum { min_version } = query(request)?;
        let person = &call.signed_in()?.person;
        let minimum = min_version.as_ref();
        let accounts = wait(minimum, || self.look_for_accounts(person, minimum)).await?;
        Ok(cached_json(request, Visibility::Private, &accounts))
    }

    pub(crate) async fn statement(
        &self,
        request: &Request,
        call: &Call,
    ) -> Result<Response, Refusal> {
        let asked: Asked = query(request)?;
        let person = &call.signed_in()?.person;
        let minimum = asked.min_version.as_ref();
        let statement = wait(minimum, || self.look_at_entries(&asked, person)).await?;
        Ok(cached_json(request, Visibility::Private, &statement))
    }

    async fn look_for_accounts(
        &self,
        person: &PersonId,
        minimum: Option<&Minimum>,
    ) -> Result<Reading<MyAccounts>, Refusal> {
        let accounts = &self.views.ledger.accounts;
        let by_person = (AccountDoc::BY_PERSON, person.0.as_str());
        let is_theirs = |doc: &AccountDoc| doc.person == *person;
        let named = own(minimum, person);
        let (mut rows, seen) = found(accounts, by_person, named, is_theirs).await?;
        rows.sort_by_key(|row| row.doc.currency);
        let mut as_of = VersionToken::default();
        for row in &rows {
            as_of.advance(&row.source, row.version);
        }
        let accounts = rows.into_iter().map(|row| view(row.doc)).collect();
        Ok(Reading {
            value: MyAccounts { accounts, as_of },
            own: None,
            seen,
        })
    }

    /// The account's row says how far it has come; its entries are read up to there.
    async fn look_at_entries(
        &self,
        asked: &Asked,
        person: &PersonId,
    ) -> Result<Reading<Statement>, Refusal> {
        let ledger = &self.views.ledger;
        let key = AccountDoc::key(asked.currency, person);
        let row = ledger.accounts.get(&key).await?;
        let version = row.as_ref().map_or(0, |Row { version, .. }| *version);
        let up_to = asked.cursor.map_or(version, |cursor| {
            let below = cursor.0.saturating_sub(1);
            below.min(version)
        });
        let mut entries = ledger.entries.up_to(&key, up_to, PAGE + 1).await?;
        let has_more = entries.len() > PAGE;
        entries.truncate(PAGE);
        let last = entries.last().map(|entry| entry.version.to_string());

        let mut as_of = VersionToken::default();
        if let Some(row) = &row {
            as_of.advance(&row.source, row.version);
        }
        Ok(Reading {
            own: Some(format!("account#{key}")),
            seen: as_of.clone(),
            value: Statement {
                currency: asked.currency,
                entries,
                next_cursor: last.filter(|_| has_more),
                as_of,
            },
        })
    }
}

/// Those of the accounts that the caller names which are theirs: nobody waits for another person's account, and so
/// learns whether there is one.
fn own(minimum: Option<&Minimum>, person: &PersonId) -> Vec<Named> {
    named(minimum, "account#")
        .filter_map(|key| {
            let (currency, of) = key.split_once('#')?;
            let currency = Currency::try_from(currency.to_owned()).ok()?;
            let key = AccountDoc::key(currency, person);
            (of == person.0).then(|| (format!("account#{key}"), key))
        })
        .collect()
}

fn view(doc: AccountDoc) -> AccountView {
    AccountView {
        currency: doc.currency,
        status: doc.status,
        balance: doc.money(doc.balance),
        credit_limit: doc.money(doc.credit_limit),
        available: doc.money(doc.balance.saturating_add(doc.credit_limit)),
        reason: doc.reason,
        open_top_ups: doc.open_top_ups,
        failed_top_ups: doc.failed_top_ups,
    }
}
