//! Versions of streams, and the token by which a reader sees its own writes.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where a command wrote: a stream and the version of the last event it appended there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamVersion {
    /// The stream's name, such as `order#0b8c…`.
    pub stream: String,
    /// The version of the last event; versions count 1, 2, 3 … per stream.
    pub version: u64,
}

/// The versions that a reader has seen, per stream: `stream@version` pairs, separated by commas.
///
/// A command's answer names what it wrote; a query given that as `min_version` waits until its view shows it.
///
/// ```
/// use shared::VersionToken;
/// let token: VersionToken = "order#a@3,seats#c#p@17".parse().unwrap();
/// assert_eq!(token.of("order#a"), Some(3));
/// assert_eq!(token.to_string(), "order#a@3,seats#c#p@17");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionToken(pub BTreeMap<String, u64>);

impl VersionToken {
    /// The version named for this stream.
    pub fn of(&self, stream: &str) -> Option<u64> {
        self.0.get(stream).copied()
    }

    /// Keep the higher version of each stream.
    pub fn advance(&mut self, stream: &str, version: u64) {
        let known = self.0.entry(stream.to_owned()).or_default();
        *known = version.max(*known);
    }

    /// Keep the higher version of each stream that a command wrote.
    pub fn advance_all(&mut self, wrote: &[StreamVersion]) {
        for StreamVersion { stream, version } in wrote {
            self.advance(stream, *version);
        }
    }

    /// Only the streams whose names pass.
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        let mut kept = Self::default();
        for (stream, version) in self.0.iter().filter(|(stream, _)| keep(stream)) {
            kept.advance(stream, *version);
        }
        kept
    }

    /// Whether every stream named in `min` has been reached here.
    pub fn covers(&self, min: &VersionToken) -> bool {
        min.0
            .iter()
            .all(|(stream, version)| self.of(stream).unwrap_or(0) >= *version)
    }
}

impl fmt::Display for VersionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (stream, version)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{stream}@{version}")?;
        }
        Ok(())
    }
}

/// A text that is not a version token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAToken;

impl fmt::Display for NotAToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is not a version token: stream@version pairs separated by commas, as a command's `wrote` names them")
    }
}

impl std::error::Error for NotAToken {}

impl FromStr for VersionToken {
    type Err = NotAToken;

    fn from_str(text: &str) -> Result<Self, NotAToken> {
        let mut token = Self::default();
        for pair in text.split(',').filter(|pair| !pair.is_empty()) {
            let (stream, version) = pair.rsplit_once('@').ok_or(NotAToken)?;
            token.advance(stream, version.parse().map_err(|_| NotAToken)?);
        }
        Ok(token)
    }
}
