//! The authorization request of the code flow (OpenID Connect core, RFC 7636): what a client must ask for, and what it
//! is told where it did not.

use serde::Deserialize;

/// The parameters of `/oidc/authorize`, as they came.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    pub response_type: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub scope: String,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub code_challenge: String,
    pub code_challenge_method: String,
}

/// Why an authorization request is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not from our client, or would lead elsewhere: the person is told here, and sent nowhere.
    Untrusted(&'static str),
    /// It is from our client, which is told by a redirect: an error code of RFC 6749, and a sentence.
    Told(&'static str, &'static str),
}

impl Parameters {
    /// Whether a person may be asked to sign in for this.
    pub fn check(&self, client_id: &str, redirect_uri: &str) -> Result<(), Refusal> {
        if self.client_id != client_id {
            return Err(Refusal::Untrusted("The client_id is not known here."));
        }
        if self.redirect_uri != redirect_uri {
            return Err(Refusal::Untrusted(
                "The redirect_uri is not the one registered for this client.",
            ));
        }
        if self.response_type != "code" {
            return Err(Refusal::Told(
                "unsupported_response_type",
                "Only the code flow is offered.",
            ));
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            return Err(Refusal::Told(
                "invalid_scope",
                "The scope must hold openid.",
            ));
        }
        // 43 characters: the base64url form of a SHA-256 digest.
        if self.code_challenge_method != "S256" || self.code_challenge.len() != 43 {
            return Err(Refusal::Told(
                "invalid_request",
                "PKCE with code_challenge_method S256 is required.",
            ));
        }
        Ok(())
    }

    /// The parameters that the sign-in form carries along.
    pub fn carried(&self) -> [(&'static str, &str); 8] {
        [
            ("response_type", &self.response_type),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", self.state.as_deref().unwrap_or_default()),
            ("nonce", self.nonce.as_deref().unwrap_or_default()),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REDIRECT: &str = "http://127.0.0.1:3000/signed-in";

    fn good() -> Parameters {
        Parameters {
            response_type: "code".into(),
            client_id: "plenary-web".into(),
            redirect_uri: REDIRECT.into(),
            scope: "openid email profile".into(),
            code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
            code_challenge_method: "S256".into(),
            ..Parameters::default()
        }
    }

    fn check(change: impl Fn(&mut Parameters)) -> Result<(), Refusal> {
        let mut parameters = good();
        change(&mut parameters);
        parameters.check("plenary-web", REDIRECT)
    }

    #[test]
    fn nobody_is_sent_to_an_address_that_is_not_ours() {
        assert_eq!(check(|_| ()), Ok(()));
        for elsewhere in [
            "http://evil.example/signed-in",
            "http://127.0.0.1:3000/signed-in/",
            "",
        ] {
            assert!(matches!(
                check(|p| p.redirect_uri = elsewhere.into()),
                Err(Refusal::Untrusted(_))
            ));
        }
        assert!(matches!(
            check(|p| p.client_id = "other".into()),
            Err(Refusal::Untrusted(_))
        ));
    }

    #[test]
    fn only_the_code_flow_with_pkce_s256_is_offered() {
        for change in [
            |p: &mut Parameters| p.response_type = "token".into(),
            |p: &mut Parameters| p.code_challenge_method = "plain".into(),
            |p: &mut Parameters| p.code_challenge = String::new(),
            |p: &mut Parameters| p.scope = "email".into(),
        ] {
            assert!(matches!(check(change), Err(Refusal::Told(..))));
        }
    }
}
