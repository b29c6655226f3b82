//! From a request to an endpoint: which one, with which parameters, and whether the caller may.

use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::Serialize;
use shared::{
    Problem, ProblemType,
    endpoint::{Access, Function, Name, Resolved, resolve},
};

use crate::{Caller, Request};

/// A request that reached an endpoint and may be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub name: Name,
    /// Who calls; always there where the endpoint needs somebody signed in.
    pub caller: Option<Caller>,
    parameters: Vec<String>,
}

impl Call {
    /// The path's parameter at this place, decoded.
    pub fn text(&self, place: usize) -> &str {
        self.parameters.get(place).map_or("", String::as_str)
    }

    /// The path's parameter at this place, as an id or a number.
    ///
    /// # Errors
    /// Not found, where it is none: nothing can be at such an address.
    pub fn parameter<T: FromStr>(&self, place: usize) -> Result<T, Problem> {
        self.text(place).parse().map_err(|_| not_found())
    }

    /// Who calls.
    ///
    /// # Errors
    /// Unauthenticated, where nobody is signed in.
    pub fn signed_in(&self) -> Result<&Caller, Problem> {
        self.caller.as_ref().ok_or_else(unauthenticated)
    }
}

/// Extension of [`ProblemType::MethodNotAllowed`]; it also becomes the `Allow` header.
#[derive(Serialize)]
struct Allowed {
    allow: Vec<&'static str>,
}

/// Find what a request wants from this function.
///
/// # Errors
/// Not found or method not allowed, where this function answers no such request; unauthenticated or forbidden, where
/// the caller may not.
pub fn route(function: Function, request: &Request) -> Result<Call, Problem> {
    let (endpoint, parameters) = match resolve(request.method().as_str(), request.uri().path()) {
        Resolved::Endpoint(endpoint, parameters) if endpoint.function == function => {
            (endpoint, parameters)
        }
        Resolved::MethodNotAllowed(allow) => {
            let detail = format!("This address takes {}.", allow.join(", "));
            return Err(Problem::new(ProblemType::MethodNotAllowed, detail).with(Allowed { allow }));
        }
        Resolved::Endpoint(..) | Resolved::NotFound => return Err(not_found()),
    };
    let caller = Caller::of(request);
    match (endpoint.access, &caller) {
        (Access::Public, _) | (Access::SignedIn, Some(_)) => {}
        (Access::Organizer, Some(caller)) if caller.may_organize() => {}
        (Access::Organizer, Some(_)) => {
            let detail = "This is for organizers of conferences.";
            return Err(Problem::new(ProblemType::Forbidden, detail));
        }
        (Access::Operator, Some(caller)) if caller.is_operator => {}
        (Access::Operator, Some(_)) => {
            let detail = "This is for operators.";
            return Err(Problem::new(ProblemType::Forbidden, detail));
        }
        (Access::SignedIn | Access::Organizer | Access::Operator, None) => {
            return Err(unauthenticated());
        }
    }
    let decoded = parameters
        .into_iter()
        .map(|text| percent_decode_str(text).decode_utf8());
    let parameters = decoded
        .map(|text| text.map(Into::into).map_err(|_| not_found()))
        .collect::<Result<_, _>>()?;
    Ok(Call {
        name: endpoint.name,
        caller,
        parameters,
    })
}

/// Nothing is here, or nothing that the caller may know of: the two are never told apart.
pub fn not_found() -> Problem {
    Problem::new(ProblemType::NotFound, "There is nothing at this address.")
}

fn unauthenticated() -> Problem {
    Problem::new(
        ProblemType::Unauthenticated,
        "This needs a valid bearer token.",
    )
}

#[cfg(test)]
mod tests {
    use lambda_http::{
        Body, RequestExt, aws_lambda_events::apigw::ApiGatewayV2httpRequestContext, http,
        request::RequestContext,
    };
    use serde_json::json;

    use super::*;

    fn request(method: &str, path: &str, groups: Option<&str>) -> Request {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://plenary.example{path}"));
        let mut context = ApiGatewayV2httpRequestContext::default();
        if let Some(groups) = groups {
            let authorizer =
                json!({ "jwt": { "claims": { "sub": "ada", "cognito:groups": groups } } });
            context.authorizer = serde_json::from_value(authorizer).unwrap();
        }
        request
            .body(Body::Empty)
            .unwrap()
            .with_request_context(RequestContext::ApiGatewayV2(context))
    }

    fn refusal(function: Function, request: &Request) -> Option<ProblemType> {
        route(function, request).unwrap_err().kind()
    }

    #[test]
    fn a_request_reaches_its_endpoint_with_decoded_parameters() {
        let call = route(
            Function::Queries,
            &request("GET", "/api/conferences/caf%C3%A9?x=1", None),
        )
        .unwrap();
        assert_eq!((call.name, call.text(0)), (Name::ConferencePage, "café"));
        assert_eq!(call.caller, None);
        assert_eq!(
            call.parameter::<shared::OrderId>(0).unwrap_err().kind(),
            Some(ProblemType::NotFound)
        );
    }

    #[test]
    fn a_function_answers_only_for_its_own_endpoints() {
        let order = request("POST", "/api/orders", Some(""));
        assert!(route(Function::Commands, &order).is_ok());
        assert_eq!(
            refusal(Function::Queries, &order),
            Some(ProblemType::NotFound)
        );
    }

    #[test]
    fn who_is_not_signed_in_is_asked_to() {
        let orders = "/api/me/orders";
        assert_eq!(
            refusal(Function::Queries, &request("GET", orders, None)),
            Some(ProblemType::Unauthenticated)
        );
        assert!(route(Function::Queries, &request("GET", orders, Some(""))).is_ok());
    }

    #[test]
    fn only_organizers_and_operators_run_conferences() {
        let create = |groups| request("POST", "/api/conferences", groups);
        assert_eq!(
            refusal(Function::Commands, &create(Some("[]"))),
            Some(ProblemType::Forbidden)
        );
        assert_eq!(
            refusal(Function::Commands, &create(None)),
            Some(ProblemType::Unauthenticated)
        );
        assert!(route(Function::Commands, &create(Some("[organizer]"))).is_ok());
        assert!(route(Function::Commands, &create(Some("[operator]"))).is_ok());
    }

    #[test]
    fn only_operators_decide_about_accounts() {
        let block = |groups| request("POST", "/api/accounts/ada/EUR/block", groups);
        assert_eq!(
            refusal(Function::Accounts, &block(Some("[organizer]"))),
            Some(ProblemType::Forbidden)
        );
        assert_eq!(
            refusal(Function::Accounts, &block(None)),
            Some(ProblemType::Unauthenticated)
        );
        assert!(route(Function::Accounts, &block(Some("[operator]"))).is_ok());
    }

    #[test]
    fn another_method_is_told_which_ones_there_are() {
        let problem = route(
            Function::Queries,
            &request("DELETE", "/api/conferences", None),
        )
        .unwrap_err();
        assert_eq!(problem.kind(), Some(ProblemType::MethodNotAllowed));
        assert_eq!(problem.extensions["allow"], json!(["GET", "POST"]));
    }
}
