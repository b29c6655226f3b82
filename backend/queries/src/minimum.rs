//! `min_version`: a reader waits, for a moment, until the view shows what the reader has already seen.

use std::time::Duration;

use read_model::{Document, Error, Index, Row, View};
use serde::Deserialize;
use shared::{VersionToken, version::NotAToken};
use tokio::time::{Instant, sleep};

use crate::Refusal;

/// How long a query waits. After that it answers with what there is; `as_of` tells the truth.
const LONGEST_WAIT: Duration = Duration::from_millis(1500);
const FIRST_PAUSE: Duration = Duration::from_millis(15);
const LONGEST_PAUSE: Duration = Duration::from_millis(150);

/// The `min_version` parameter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Minimum {
    /// A bare number: the version of the stream of what is asked for.
    Own(u64),
    /// Versions by stream. Those that the query does not read are ignored.
    Token(VersionToken),
}

impl TryFrom<String> for Minimum {
    type Error = NotAToken;

    fn try_from(text: String) -> Result<Self, NotAToken> {
        match text.parse() {
            Ok(version) => Ok(Self::Own(version)),
            Err(_) => text.parse().map(Self::Token),
        }
    }
}

/// The parameters of a query that takes no others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnlyMinimum {
    pub(crate) min_version: Option<Minimum>,
}

/// What one look at the views gave.
#[derive(Debug)]
pub(crate) struct Reading<T> {
    pub(crate) value: T,
    /// The stream of what was asked for, where that is known.
    pub(crate) own: Option<String>,
    /// How far every stream that was looked at has come; zero where there was no row.
    pub(crate) seen: VersionToken,
}

impl<T> Reading<T> {
    fn reaches(&self, minimum: &Minimum) -> bool {
        match minimum {
            Minimum::Own(version) => {
                let own = self.own.as_ref();
                own.and_then(|own| self.seen.of(own)).unwrap_or(0) >= *version
            }
            Minimum::Token(token) => self.seen.covers(&token.only(|stream| {
                self.seen.of(stream).is_some() || self.own.as_deref() == Some(stream)
            })),
        }
    }
}

/// The ids of a kind of stream that a minimum names, such as all `order#…`.
pub(crate) fn named<'a>(
    minimum: Option<&'a Minimum>,
    prefix: &'a str,
) -> impl Iterator<Item = &'a str> {
    let streams = match minimum {
        Some(Minimum::Token(token)) => Some(token.0.keys()),
        Some(Minimum::Own(_)) | None => None,
    };
    streams
        .into_iter()
        .flatten()
        .filter_map(move |stream| stream.strip_prefix(prefix))
}

/// A row that the caller names: its stream, and its key.
pub(crate) type Named = (String, String);

/// The rows under one hash key of an index, and how far each has come. The index may be a moment behind, so those that
/// the caller names are read themselves; of these count the ones that belong there.
pub(crate) async fn found<D: Document>(
    view: &View<D>,
    (index, hash): (Index, &str),
    named: Vec<Named>,
    belongs: impl Fn(&D) -> bool,
) -> Result<(Vec<Row<D>>, VersionToken), Error> {
    let mut rows = view.find(index, hash).await?;
    let (streams, keys): (Vec<String>, Vec<String>) = named.into_iter().unzip();
    for row in view.get_all(keys).await? {
        rows.retain(|other| other.key != row.key);
        rows.push(row);
    }
    let mut seen = VersionToken::default();
    for stream in &streams {
        seen.advance(stream, 0);
    }
    for row in &rows {
        seen.advance(&row.source, row.version);
    }
    rows.retain(|row| belongs(&row.doc));
    Ok((rows, seen))
}

/// Look until the minimum is reached, or for as long as a person can be made to wait.
pub(crate) async fn wait<T, Look>(
    minimum: Option<&Minimum>,
    look: impl Fn() -> Look,
) -> Result<T, Refusal>
where
    Look: Future<Output = Result<Reading<T>, Refusal>>,
{
    let deadline = Instant::now() + LONGEST_WAIT;
    let mut pause = FIRST_PAUSE;
    loop {
        let reading = look().await?;
        let reached = minimum.is_none_or(|minimum| reading.reaches(minimum));
        if reached || Instant::now() + pause > deadline {
            return Ok(reading.value);
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(own: Option<&str>, seen: &str) -> Reading<()> {
        Reading {
            value: (),
            own: own.map(str::to_owned),
            seen: seen.parse().unwrap(),
        }
    }

    fn minimum(text: &str) -> Minimum {
        text.to_owned().try_into().unwrap()
    }

    #[test]
    fn a_bare_number_is_about_the_stream_of_what_is_asked_for() {
        assert!(reading(Some("order#a"), "order#a@3").reaches(&minimum("3")));
        assert!(!reading(Some("order#a"), "order#a@3,order#b@9").reaches(&minimum("4")));
        assert!(!reading(Some("order#a"), "").reaches(&minimum("1")));
        assert!(!reading(None, "").reaches(&minimum("1")));
    }

    #[test]
    fn streams_that_the_query_does_not_read_are_ignored() {
        let seen = reading(Some("order#a"), "order#a@3,conference#c@2");
        assert!(seen.reaches(&minimum("order#a@3,seats#c#p@99")));
        assert!(!seen.reaches(&minimum("order#a@3,conference#c@3")));
    }

    #[test]
    fn what_is_asked_for_is_waited_for_although_there_is_nothing_yet() {
        assert!(!reading(Some("order#a"), "").reaches(&minimum("order#a@1")));
    }

    #[test]
    fn what_is_neither_a_number_nor_a_token_is_refused() {
        for text in ["x", "-1", "order#a@x", "1.5"] {
            assert!(Minimum::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_query_waits_until_the_view_has_caught_up() {
        let minimum = minimum("3");
        let looks = std::cell::Cell::new(0);
        let version = wait(Some(&minimum), || async {
            looks.set(looks.get() + 1);
            let Reading { own, seen, .. } =
                reading(Some("order#a"), &format!("order#a@{}", looks.get()));
            let value = looks.get();
            Ok(Reading { value, own, seen })
        });
        assert_eq!(version.await.ok(), Some(3));
    }

    #[tokio::test]
    async fn a_query_answers_with_what_there_is_after_a_second_and_a_half() {
        let minimum = minimum("order#a@2");
        let begun = Instant::now();
        let answer = wait(Some(&minimum), || async { Ok(reading(None, "order#a@1")) });
        assert!(answer.await.is_ok());
        assert!(begun.elapsed() < LONGEST_WAIT * 2);
        assert!(begun.elapsed() > LONGEST_WAIT / 2);
    }
}
