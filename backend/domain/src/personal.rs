//! Personal data inside events: in clear while it is on its way, sealed wherever it is stored.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use shared::{PersonId, views::Attendee};

/// A person's data in an event.
///
/// A decision puts it in clear; the event store seals it under the person's own key before it is written, and what is
/// loaded comes back sealed. The domain never needs to read it. Storing it in clear is impossible: `Clear` does not
/// serialize.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Personal {
    /// Not yet stored: whose key will seal it, and what.
    Clear(PersonId, Attendee),
    /// As it is stored.
    Sealed(Sealed),
}

/// Personal data as it is stored. A storage format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The person whose data key opens it; once that key is destroyed, nothing does.
    pub under: PersonId,
    /// Nonce and ciphertext, base64.
    pub sealed: String,
}

impl Serialize for Personal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Clear(..) => Err(ser::Error::custom(
                "personal data must be sealed before it is stored",
            )),
            Self::Sealed(sealed) => sealed.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Personal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Sealed::deserialize(deserializer).map(Self::Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_in_clear_cannot_be_written() {
        let name = "Ada Lovelace".parse().unwrap();
        let clear = Personal::Clear(PersonId("ada".into()), Attendee { name, email: None });
        assert!(
            serde_json::to_string(&clear)
                .unwrap_err()
                .to_string()
                .contains("must be sealed")
        );
    }
}
