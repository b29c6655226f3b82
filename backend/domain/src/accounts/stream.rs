//! The names of streams: one account's history each.

use std::{fmt, str::FromStr};

use shared::{Currency, PersonId};

use crate::UnknownStream;

/// The stream of one account. Its text form is the event table's partition key, and so a storage format.
///
/// The person comes last because their id is opaque and may hold any character.
///
/// ```
/// use domain::accounts::StreamId;
/// let text = "account#EUR#auth0|5f7c#1";
/// assert_eq!(text.parse::<StreamId>().unwrap().to_string(), text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamId {
    /// `account#CUR#PERSON`; a person has one account per currency.
    Account {
        currency: Currency,
        person: PersonId,
    },
}

impl StreamId {
    /// The currency of the account.
    pub fn currency(&self) -> Currency {
        let Self::Account { currency, .. } = self;
        *currency
    }

    /// Whose account it is.
    pub fn person(&self) -> &PersonId {
        let Self::Account { person, .. } = self;
        person
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Account { currency, person } = self;
        write!(f, "account#{currency}#{person}")
    }
}

impl FromStr for StreamId {
    type Err = UnknownStream;

    fn from_str(text: &str) -> Result<Self, UnknownStream> {
        let parse = || {
            let (currency, person) = text.strip_prefix("account#")?.split_once('#')?;
            let currency = Currency::try_from(currency.to_owned()).ok()?;
            (!person.is_empty()).then(|| Self::Account {
                currency,
                person: PersonId(person.to_owned()),
            })
        };
        parse().ok_or_else(|| UnknownStream(text.to_owned()))
    }
}
