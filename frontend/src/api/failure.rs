//! Why there is no answer to show.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use shared::{
    Problem, ProblemType,
    problem::{Shortfall, Shortfalls},
};

/// Why a query or a command has nothing to show for.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Nobody answered in time. Whether a command arrived is not known.
    NoAnswer,
    /// The sign-in has ended, or there was none.
    SignedOut,
    /// The server said no, and why.
    Problem(Problem),
}

impl Failure {
    /// The type of problem, if it is one that this version knows.
    pub fn kind(&self) -> Option<ProblemType> {
        match self {
            Self::Problem(problem) => problem.kind(),
            Self::NoAnswer | Self::SignedOut => None,
        }
    }

    /// The extension members of a problem of this type, if it is one.
    pub fn extension<T: DeserializeOwned>(&self, kind: ProblemType) -> Option<T> {
        match self {
            Self::Problem(problem) if problem.kind() == Some(kind) => problem.extension(),
            Self::Problem(_) | Self::NoAnswer | Self::SignedOut => None,
        }
    }

    /// What is free instead, where seats were not.
    pub fn shortfalls(&self) -> Option<Vec<Shortfall>> {
        let Shortfalls { shortfalls } = self.extension(ProblemType::SeatsUnavailable)?;
        (!shortfalls.is_empty()).then_some(shortfalls)
    }

    /// Whether the thing asked for does not exist for this person. Somebody else's looks the same on purpose.
    pub fn is_not_found(&self) -> bool {
        matches!(
            self.kind(),
            Some(ProblemType::NotFound | ProblemType::Forbidden)
        )
    }

    /// What happened, as a sentence for the person.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoAnswer => "Plenary did not answer. Check your connection.".into(),
            Self::SignedOut => "Your sign-in has ended.".into(),
            Self::Problem(problem) if problem.detail.is_empty() => problem.title.clone(),
            Self::Problem(problem) => problem.detail.clone(),
        }
    }

    /// The problem that a body holds.
    pub(super) fn of_problem(body: &str) -> Self {
        read_problem(body).map_or_else(Self::unreadable, Self::Problem)
    }

    pub(super) fn unreadable() -> Self {
        let sentence = "Plenary gave an answer that this page does not understand. Reload the page to get its newest version.";
        Self::Problem(Problem::new(ProblemType::Fault, sentence))
    }
}

/// Takes a [`Problem`]'s own members out of the body and keeps the rest as its extensions: reading it whole goes through
/// serde's buffer for flattened fields, which would cost the app 5 KB.
fn read_problem(body: &str) -> Option<Problem> {
    let mut members: Map<String, Value> = serde_json::from_str(body).ok()?;
    let mut text = |name| match members.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (uri, title, detail) = (text("type")?, text("title")?, text("detail")?);
    let status = members.remove("status")?.as_u64()?.try_into().ok()?;
    Some(Problem {
        uri,
        title,
        status,
        detail,
        extensions: members,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_read_as_it_is_written() {
        let problem =
            Problem::new(ProblemType::SeatsUnavailable, "Only 1 is left.").with(Shortfalls {
                shortfalls: Vec::new(),
            });
        let body = serde_json::to_string(&problem).unwrap();
        assert_eq!(read_problem(&body), Some(problem));
        assert_eq!(read_problem("{}"), None);
    }
}
