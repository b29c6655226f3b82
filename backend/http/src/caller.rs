//! Who is calling: what API Gateway's JWT authorizer verified and handed on.

use std::collections::HashMap;

use lambda_http::{RequestExt, request::RequestContext};
use shared::{
    PersonId,
    text::{EmailAddress, PersonName},
};

use crate::Request;

/// The person whose valid token came with the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub person: PersonId,
    pub is_organizer: bool,
    pub is_operator: bool,
    /// As the token says it; none where that is not a name.
    pub name: Option<PersonName>,
    /// As the token says it; none where that is not an address.
    pub email: Option<EmailAddress>,
}

impl Caller {
    /// The caller of a request; none where it came without a token. Whether a token is valid was decided before: a
    /// function believes its authorizer and nothing that stands in a header.
    pub fn of(request: &Request) -> Option<Self> {
        let RequestContext::ApiGatewayV2(context) = request.request_context_ref()? else {
            return None;
        };
        Self::from_claims(&context.authorizer.as_ref()?.jwt.as_ref()?.claims)
    }

    fn from_claims(claims: &HashMap<String, String>) -> Option<Self> {
        let sub = claims.get("sub").filter(|sub| !sub.is_empty())?;
        let groups = claims.get("cognito:groups").map_or("", String::as_str);
        Some(Self {
            person: PersonId(sub.clone()),
            is_organizer: has_group(groups, "organizer"),
            is_operator: has_group(groups, "operator"),
            name: claims.get("name").and_then(|name| name.parse().ok()),
            email: claims.get("email").and_then(|email| email.parse().ok()),
        })
    }

    /// Whether they may run conferences.
    pub fn may_organize(&self) -> bool {
        self.is_organizer || self.is_operator
    }
}

/// API Gateway hands a list on as text: `[organizer operator]`.
fn has_group(groups: &str, name: &str) -> bool {
    groups
        .trim_matches(['[', ']'])
        .split([' ', ','])
        .any(|group| group == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect()
    }

    #[test]
    fn a_caller_is_who_the_claims_say() {
        let caller = Caller::from_claims(&claims(&[
            ("sub", "ada"),
            ("name", "Ada Lovelace"),
            ("email", "ada@example.org"),
            ("cognito:groups", "[organizer other]"),
        ]));
        assert_eq!(
            caller,
            Some(Caller {
                person: PersonId("ada".into()),
                is_organizer: true,
                is_operator: false,
                name: "Ada Lovelace".parse().ok(),
                email: "ada@example.org".parse().ok(),
            })
        );
    }

    #[test]
    fn a_malformed_name_or_address_is_none_at_all() {
        let caller =
            Caller::from_claims(&claims(&[("sub", "x"), ("name", ""), ("email", "nobody")]))
                .unwrap();
        assert_eq!((caller.name, caller.email), (None, None));
    }

    #[test]
    fn without_a_subject_there_is_no_caller() {
        assert_eq!(Caller::from_claims(&claims(&[("name", "Ada")])), None);
        assert_eq!(Caller::from_claims(&claims(&[("sub", "")])), None);
    }

    #[test]
    fn a_group_counts_by_its_whole_name() {
        assert!(has_group("[organizer operator]", "operator"));
        assert!(has_group("operator", "operator"));
        assert!(!has_group("[cooperator]", "operator"));
        assert!(!has_group("", "operator"));
    }
}
