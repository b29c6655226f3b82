//! The views of the accounts context, which move together: an account's row, its entries, and what conferences took in.
//!
//! The proceeds of a conference are fed by the streams of many accounts, so no version of one stream can guard them. They
//! move in one transaction with the account's row, which is guarded: whatever was added stands in the row's version, and
//! nothing is added twice.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use shared::{ConferenceId, account::StatementEntry};

use crate::{
    AccountDoc, Day, Entries, Error, Generation, Proceeds, Row, Scope, Tables, Takings, View,
    Written, transaction,
};

/// How many movements are kept for one transaction: DynamoDB takes a hundred items, and one more commit's must fit.
const MANY: usize = 64;

/// The accounts, their entries, and the proceeds.
#[derive(Clone, Debug)]
pub struct Ledger {
    client: Client,
    /// Accounts, by currency and person.
    pub accounts: View<AccountDoc>,
    pub entries: Entries,
    pub proceeds: Proceeds,
}

/// Money that moved: what is written along with an account's row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Movements {
    entries: Vec<StatementEntry>,
    // A transaction can change a row once only.
    takings: BTreeMap<(ConferenceId, Day), Takings>,
}

impl Movements {
    /// An entry of the account.
    pub fn enter(&mut self, entry: StatementEntry) {
        self.entries.push(entry);
    }

    /// What a conference took in by it.
    pub fn take_in(&mut self, conference: ConferenceId, day: Day, more: Takings) {
        *self.takings.entry((conference, day)).or_default() += more;
    }

    /// The entries among them.
    pub fn entries(&self) -> &[StatementEntry] {
        &self.entries
    }

    /// Whether they should be written before more is added.
    pub fn are_many(&self) -> bool {
        self.entries.len() + self.takings.len() >= MANY
    }
}

impl Ledger {
    /// Over this DynamoDB and these tables.
    pub fn new(client: &Client, tables: &Tables, scope: Scope) -> Self {
        let (entries, proceeds) = (tables.entries.clone(), tables.proceeds.clone());
        Self {
            client: client.clone(),
            accounts: View::new(client.clone(), tables.accounts.clone(), scope.clone()),
            entries: Entries::new(client.clone(), entries, scope.clone()),
            proceeds: Proceeds::new(client.clone(), proceeds, scope),
        }
    }

    /// This generation of them.
    pub fn at(&self, generation: Generation) -> Self {
        Self {
            client: self.client.clone(),
            accounts: self.accounts.at(generation),
            entries: self.entries.at(generation),
            proceeds: self.proceeds.at(generation),
        }
    }

    /// Write an account's row over the version that was read, together with the money that moved since: all or nothing.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn put(
        &self,
        row: &Row<AccountDoc>,
        over: Option<u64>,
        moved: &Movements,
    ) -> Result<Written, Error> {
        let generation = self.accounts.generation().await?;
        let account = self.accounts.guarded(generation, row, over)?;
        let entries = moved.entries.iter();
        let entries = entries.map(|entry| self.entries.put(generation, &row.key, entry));
        let takings = moved
            .takings
            .iter()
            .map(|((conference, day), more)| self.proceeds.add(generation, *conference, day, more));
        transaction::write(
            &self.client,
            account,
            entries.collect::<Result<_, _>>()?,
            takings.collect::<Result<_, _>>()?,
        )
        .await
    }
}
