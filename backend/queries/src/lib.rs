//! Lambda: reads. It answers from the views, never from the event table, and cannot link the domain.
//!
//! | module | answers |
//! |---|---|
//! | `catalogue` | what is on sale, filtered |
//! | `conference` | one conference's page, and how its seats stand |
//! | `promo_code` | what a promo code does; all of a conference's |
//! | `organizer` | an organizer's own conferences, and what each took in |
//! | `analytics`, `popularity` | how bookings of a conference go; at which hours |
//! | `log` | every event by time, and what one click led to, for operators |
//! | `account` | a person's accounts and their entries |
//! | `order` | a person's orders |
//! | `ticket`, `calendar` | what a person takes along of an order |
//! | `minimum` | waiting until a view shows what the caller has already seen |

mod account;
mod analytics;
mod calendar;
mod catalogue;
mod conference;
mod log;
mod minimum;
mod order;
mod organizer;
mod popularity;
mod promo_code;
mod ticket;

use plenary_http::{Request, Response, fault, not_found, respond, route};
use read_model::{Tables, Views};
use shared::{
    Problem,
    endpoint::{Function, Name},
};

/// The query function. Cheap to clone.
#[derive(Clone)]
pub struct Queries {
    views: Views,
}

/// Why there is no answer.
enum Refusal {
    /// What the caller asked for cannot be answered.
    Problem(Problem),
    /// The database did not do its part.
    Fault(read_model::Error),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<read_model::Error> for Refusal {
    fn from(error: read_model::Error) -> Self {
        Self::Fault(error)
    }
}

impl Queries {
    /// Over these tables of this DynamoDB.
    pub fn new(client: &aws_sdk_dynamodb::Client, tables: &Tables) -> Self {
        Self {
            views: Views::new(client, tables),
        }
    }

    /// Answer one request.
    pub async fn handle(&self, request: Request) -> Response {
        match self.answer(&request).await {
            Ok(answer) => answer,
            Err(Refusal::Problem(problem)) => respond::problem(&problem),
            Err(Refusal::Fault(error)) if error.is_throttled() => {
                tracing::warn!(%error, "too much at once");
                respond::problem(&respond::busy(1))
            }
            Err(Refusal::Fault(error)) => respond::problem(&fault(&request, &error)),
        }
    }

    async fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        let call = route(Function::Queries, request)?;
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the endpoints of other functions do not lead here"
        )]
        match call.name {
            Name::Catalogue => self.catalogue(request).await,
            Name::ConferencePage => self.conference_page(request, &call).await,
            Name::Availability => self.availability(request, &call).await,
            Name::MyOrders => self.my_orders(request, &call).await,
            Name::Order => self.order(request, &call).await,
            Name::OrderTicket => self.ticket(request, &call).await,
            Name::OrderCalendar => self.calendar(request, &call).await,
            Name::PromoTerms => self.promo_terms(request, &call).await,
            Name::PromoCodes => self.promo_codes(request, &call).await,
            Name::MyConferences => self.my_conferences(request, &call).await,
            Name::Proceeds => self.proceeds(request, &call).await,
            Name::Analytics => self.analytics(request, &call).await,
            Name::Popularity => self.popularity(request, &call).await,
            Name::Log => self.log(request).await,
            Name::Correlation => self.correlation(request, &call).await,
            Name::MyAccounts => self.my_accounts(request, &call).await,
            Name::Statement => self.statement(request, &call).await,
            _ => Err(not_found().into()),
        }
    }
}
