//! Every address of the HTTP interface, once: the browser builds paths from it, the functions and the gateways route by
//! it, and the deployment is tested against it.

/// Which function answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    Commands,
    Queries,
    Accounts,
    History,
    Operations,
}

impl Function {
    /// Every function with an HTTP face.
    pub const ALL: [Self; 5] = [
        Self::Commands,
        Self::Queries,
        Self::Accounts,
        Self::History,
        Self::Operations,
    ];

    /// The function's name, wherever it runs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Queries => "queries",
            Self::Accounts => "accounts",
            Self::History => "history",
            Self::Operations => "operations",
        }
    }
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Anyone; a token is read where there is one.
    Public,
    /// Anyone with a valid token. What belongs to somebody else is refused by the function.
    SignedIn,
    /// Only tokens with the organizer (or operator) role.
    Organizer,
    /// Only tokens with the operator role.
    Operator,
}

/// One method on one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub name: Name,
    pub method: &'static str,
    /// Segments in braces are parameters.
    pub path: &'static str,
    pub function: Function,
    pub access: Access,
}

macro_rules! endpoints {
    ($($name:ident = $method:literal $path:literal $function:ident $access:ident;)*) => {
        /// The endpoints by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Name { $($name),* }

        /// Every endpoint. Where two paths match, the one with more literal segments stands first.
        pub const ENDPOINTS: &[Endpoint] = &[$(Endpoint {
            name: Name::$name,
            method: $method,
            path: $path,
            function: Function::$function,
            access: Access::$access,
        }),*];
    };
}

endpoints! {
    Catalogue        = "GET"   "/api/conferences"                                      Queries  Public;
    ConferencePage   = "GET"   "/api/conferences/{slug_or_id}"                         Queries  Public;
    Availability     = "GET"   "/api/conferences/{conference_id}/availability"         Queries  Public;
    PromoCodes       = "GET"   "/api/conferences/{conference_id}/promo-codes"          Queries  Organizer;
    PromoTerms       = "GET"   "/api/conferences/{conference_id}/promo-codes/{code}"   Queries  Public;
    Proceeds         = "GET"   "/api/conferences/{conference_id}/proceeds"             Queries  Organizer;
    MyConferences    = "GET"   "/api/me/conferences"                                   Queries  Organizer;
    MyOrders         = "GET"   "/api/me/orders"                                        Queries  SignedIn;
    Order            = "GET"   "/api/orders/{order_id}"                                Queries  SignedIn;
    OrderTicket      = "GET"   "/api/orders/{order_id}/ticket.svg"                     Queries  SignedIn;
    OrderCalendar    = "GET"   "/api/orders/{order_id}/calendar.ics"                   Queries  SignedIn;

    CreateConference = "POST"  "/api/conferences"                                      Commands Organizer;
    ReviseConference = "PATCH" "/api/conferences/{conference_id}"                      Commands Organizer;
    AddSeatType      = "POST"  "/api/conferences/{conference_id}/seat-types"           Commands Organizer;
    ReviseSeatType   = "PATCH" "/api/conferences/{conference_id}/seat-types/{seat_type_id}" Commands Organizer;
    Publish          = "POST"  "/api/conferences/{conference_id}/publish"              Commands Organizer;
    CancelConference = "POST"  "/api/conferences/{conference_id}/cancel"               Commands Organizer;
    AddPromoCode     = "POST"  "/api/conferences/{conference_id}/promo-codes"          Commands Organizer;
    WithdrawPromoCode = "POST" "/api/conferences/{conference_id}/promo-codes/{code}/withdraw" Commands Organizer;
    Unpublish        = "POST"  "/api/conferences/{conference_id}/unpublish"            Commands Organizer;

    Forget           = "POST"  "/api/me/forget"                                        Commands SignedIn;

    PlaceOrder       = "POST"  "/api/orders"                                           Commands SignedIn;
    ExtendHold       = "POST"  "/api/orders/{order_id}/extend"                         Commands SignedIn;
    AssignAttendees  = "POST"  "/api/orders/{order_id}/attendees"                      Commands SignedIn;
    Confirm          = "POST"  "/api/orders/{order_id}/confirm"                        Commands SignedIn;
    CancelOrder      = "POST"  "/api/orders/{order_id}/cancel"                         Commands SignedIn;
    CancelSeats      = "POST"  "/api/orders/{order_id}/lines/{line}/cancel"            Commands SignedIn;

    MyAccounts       = "GET"   "/api/account"                                          Queries  SignedIn;
    Statement        = "GET"   "/api/account/statement"                                Queries  SignedIn;
    StartTopUp       = "POST"  "/api/account/top-ups"                                  Accounts SignedIn;
    PaymentCallback  = "POST"  "/api/payments/{provider}/callback"                     Accounts Public;
    ApproveAccount   = "POST"  "/api/accounts/{person}/{currency}/approve"             Accounts Operator;
    DenyAccount      = "POST"  "/api/accounts/{person}/{currency}/deny"                Accounts Operator;
    BlockAccount     = "POST"  "/api/accounts/{person}/{currency}/block"               Accounts Operator;
    UnblockAccount   = "POST"  "/api/accounts/{person}/{currency}/unblock"             Accounts Operator;
    CloseAccount     = "POST"  "/api/accounts/{person}/{currency}/close"               Accounts Operator;
    SetCreditLimit   = "PUT"   "/api/accounts/{person}/{currency}/credit-limit"        Accounts Operator;
    ReverseEntry     = "POST"  "/api/accounts/{person}/{currency}/entries/{entry_id}/reverse" Accounts Operator;

    Analytics        = "GET"   "/api/conferences/{conference_id}/analytics"            Queries  Organizer;
    Popularity       = "GET"   "/api/conferences/{conference_id}/popularity"           Queries  Organizer;
    Log              = "GET"   "/api/log"                                              Queries  Operator;
    Correlation      = "GET"   "/api/correlations/{correlation_id}"                    Queries  Operator;

    Stream           = "GET"   "/api/streams/{stream}"                                 History  Operator;
    AvailabilityThen = "GET"   "/api/history/conferences/{conference_id}/availability" History  Organizer;
    SeatMoments      = "GET"   "/api/history/conferences/{conference_id}/moments"      History  Organizer;
    WhatIf           = "GET"   "/api/history/conferences/{conference_id}/what-if"      History  Organizer;
    OrderThen        = "GET"   "/api/history/orders/{order_id}"                        History  Operator;
    AccountThen      = "GET"   "/api/history/accounts/{person}/{currency}"             History  Operator;

    Projections      = "GET"   "/api/projections"                                      Operations Operator;
    StartRebuild     = "POST"  "/api/projections/{view}/rebuild"                       Operations Operator;
    DeadLetters      = "GET"   "/api/dead-letters"                                     Operations Operator;
    ReplayDeadLetter = "POST"  "/api/dead-letters/{view}/{stream}/replay"              Operations Operator;
    SkipDeadLetter   = "POST"  "/api/dead-letters/{view}/{stream}/skip"                Operations Operator;
    Verification     = "GET"   "/api/verification"                                     Operations Operator;
    StartVerification = "POST" "/api/verification"                                     Operations Operator;
}

/// What a method and path lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// An endpoint, with its parameters in the order in which they stand in the path, still percent-encoded.
    Endpoint(&'static Endpoint, Vec<&'a str>),
    /// The path exists, with these methods.
    MethodNotAllowed(Vec<&'static str>),
    NotFound,
}

/// Find the endpoint of a request.
///
/// ```
/// use shared::endpoint::{Name, Resolved, resolve};
/// let Resolved::Endpoint(endpoint, parameters) = resolve("POST", "/api/orders/42/lines/1/cancel") else { panic!() };
/// assert_eq!((endpoint.name, parameters), (Name::CancelSeats, vec!["42", "1"]));
/// ```
pub fn resolve<'a>(method: &str, path: &'a str) -> Resolved<'a> {
    let mut allowed = Vec::new();
    for endpoint in ENDPOINTS {
        if let Some(parameters) = parameters(endpoint.path, path) {
            if endpoint.method == method {
                return Resolved::Endpoint(endpoint, parameters);
            }
            allowed.push(endpoint.method);
        }
    }
    if allowed.is_empty() {
        Resolved::NotFound
    } else {
        Resolved::MethodNotAllowed(allowed)
    }
}

fn parameters<'a>(template: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let mut parameters = Vec::new();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let segment = segments.next()?;
        if expected.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            parameters.push(segment);
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(parameters)
}

impl Name {
    /// The endpoint of this name.
    pub fn endpoint(self) -> &'static Endpoint {
        // The enum and the list come from one macro, in one order.
        &ENDPOINTS[self as usize]
    }

    /// Its path, with the parameters put in the order in which they stand.
    ///
    /// ```
    /// use shared::endpoint::Name;
    /// assert_eq!(Name::Confirm.path(&[&"42"]), "/api/orders/42/confirm");
    /// ```
    pub fn path(self, parameters: &[&dyn std::fmt::Display]) -> String {
        let mut parameters = parameters.iter();
        let segments =
            self.endpoint()
                .path
                .split('/')
                .map(|segment| match segment.starts_with('{') {
                    true => parameters
                        .next()
                        .map(|parameter| parameter.to_string())
                        .unwrap_or_default(),
                    false => segment.to_owned(),
                });
        segments.collect::<Vec<_>>().join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_resolves_to_itself() {
        for endpoint in ENDPOINTS {
            assert_eq!(endpoint.name.endpoint(), endpoint);
            let path = endpoint.path.replace(['{', '}'], "");
            assert!(
                matches!(resolve(endpoint.method, &path), Resolved::Endpoint(found, _) if found == endpoint),
                "{path}"
            );
        }
    }

    #[test]
    fn a_known_path_with_another_method_names_the_allowed_ones() {
        assert_eq!(
            resolve("DELETE", "/api/orders"),
            Resolved::MethodNotAllowed(vec!["POST"])
        );
        assert_eq!(resolve("GET", "/api/nothing"), Resolved::NotFound);
        assert_eq!(resolve("GET", "/api/orders/"), Resolved::NotFound);
    }
}
