//! Who can sign in on this machine: three people of the house, and anybody else as an attendee.

use shared::text::{EmailAddress, PersonName};
use uuid::Uuid;

/// Somebody who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub email: EmailAddress,
    pub name: PersonName,
    pub roles: Vec<String>,
}

/// Somebody whom the sign-in page offers.
pub struct Offered {
    pub name: &'static str,
    pub email: &'static str,
    pub role: &'static str,
    /// What this person is for, in two or three words.
    pub does: &'static str,
}

/// The people whom the sign-in page offers.
pub const OFFERED: [Offered; 3] = [
    Offered {
        name: "Ada Attendee",
        email: "ada@example.org",
        role: "attendee",
        does: "books seats",
    },
    Offered {
        name: "Otto Organizer",
        email: "otto@example.org",
        role: "organizer",
        does: "runs conferences",
    },
    Offered {
        name: "Olga Operator",
        email: "olga@example.org",
        role: "operator",
        does: "keeps the system",
    },
];

impl Person {
    /// The person with this address: one of those offered, or an attendee of this name.
    pub fn with_email(email: EmailAddress, name: PersonName) -> Self {
        let offered = OFFERED
            .iter()
            .find(|offered| offered.email.eq_ignore_ascii_case(email.as_str()));
        let role = offered.map_or("attendee", |offered| offered.role);
        let name = offered
            .and_then(|offered| offered.name.parse().ok())
            .unwrap_or(name);
        Self {
            email,
            name,
            roles: vec![role.to_owned()],
        }
    }

    /// The subject: opaque, and the same for the same address however it is capitalized.
    pub fn subject(&self) -> Uuid {
        let email = format!("mailto:{}", self.email.as_str().to_lowercase());
        Uuid::new_v5(&Uuid::NAMESPACE_URL, email.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(email: &str, name: &str) -> Person {
        Person::with_email(email.parse().unwrap(), name.parse().unwrap())
    }

    #[test]
    fn an_address_is_one_person_however_it_is_capitalized() {
        assert_eq!(
            person("Eve@example.org", "Eve").subject(),
            person("eve@EXAMPLE.org", "Eve").subject()
        );
    }

    #[test]
    fn only_the_people_of_the_house_have_more_than_the_attendees_role() {
        assert_eq!(person("OTTO@example.org", "Otto").roles, ["organizer"]);
        assert_eq!(
            person("eve@example.org", "Otto Organizer").roles,
            ["attendee"]
        );
        for offered in OFFERED {
            assert_eq!(person(offered.email, "x").name.as_str(), offered.name);
        }
    }
}
