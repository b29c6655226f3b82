//! Problems: `application/problem+json` (RFC 9457), with stable `type` URIs and typed extension members.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{Money, SeatTypeId, Timestamp, account::AccountStatus, text::PromoCode};

macro_rules! problem_types {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:literal, $title:literal;)*) => {
        /// The kinds of problem. Their URIs never change and never change meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemType { $($(#[$doc])* $name),* }

        impl ProblemType {
            /// Every type, for documentation and tests.
            pub const ALL: &'static [ProblemType] = &[$(Self::$name),*];

            /// The stable `type` URI.
            pub fn uri(self) -> &'static str {
                match self { $(Self::$name => concat!("urn:plenary:problem:", $slug)),* }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// What it is in general; `detail` says what it was this time.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
    };
}

problem_types! {
    /// The body is not JSON at all.
    MalformedJson = "malformed-json", 400, "The body is not valid JSON";
    /// A field, a parameter or the whole is not as it must be; `errors` lists where and why.
    InvalidRequest = "invalid-request", 422, "The request is not valid";
    /// A command without a usable `Idempotency-Key`.
    IdempotencyKeyMissing = "idempotency-key-missing", 400, "An Idempotency-Key is needed";
    /// The key was used for another command.
    IdempotencyKeyReused = "idempotency-key-reused", 422, "The Idempotency-Key was used for another command";
    /// No token, or one that is not valid.
    Unauthenticated = "unauthenticated", 401, "Sign in first";
    /// The token is valid, and this is not for its owner.
    Forbidden = "forbidden", 403, "This is not yours to do";
    /// Nothing is here, or nothing that the caller may know of.
    NotFound = "not-found", 404, "Not found";
    MethodNotAllowed = "method-not-allowed", 405, "This method is not allowed here";
    BodyTooLarge = "body-too-large", 413, "The body is too large";
    UnsupportedMediaType = "unsupported-media-type", 415, "The body must be application/json";
    /// Fewer seats are free than were asked for; `shortfalls` says what is free instead.
    SeatsUnavailable = "seats-unavailable", 409, "Not enough seats are free";
    /// More seats than one order may hold.
    TooManyPerOrder = "too-many-per-order", 409, "One order cannot hold so many seats";
    SlugTaken = "slug-taken", 409, "This address is taken";
    /// The quota cannot go below what is held and sold; `taken` says how many that is.
    QuotaBelowTaken = "quota-below-taken", 409, "The quota is below what is held and sold";
    /// Prices stand while a conference is published.
    PriceFixed = "price-fixed", 409, "The price is fixed while the conference is published";
    /// The end would come before the start.
    EndsBeforeStart = "ends-before-start", 422, "A conference cannot end before it starts";
    UnknownTimeZone = "unknown-time-zone", 422, "There is no such time zone";
    /// Publishing needs a seat type.
    NothingToSell = "nothing-to-sell", 409, "A conference needs a seat type before it is published";
    /// The conference is a draft or was taken off sale.
    NotOnSale = "not-on-sale", 409, "This conference is not on sale";
    /// The order was already placed, by another command.
    OrderExists = "order-exists", 409, "This order was already placed";
    /// The order is confirmed or cancelled, and this needs a held one.
    OrderClosed = "order-closed", 409, "The order no longer allows this";
    /// A hold can be extended once.
    AlreadyExtended = "already-extended", 409, "The hold was already extended";
    /// The hold's time is over.
    HoldExpired = "hold-expired", 409, "The hold has run out";
    /// The conference does not take place.
    ConferenceCancelled = "conference-cancelled", 409, "The conference was cancelled";
    /// A promo code cannot be used so; `promo_code` and `reason` say which and why.
    PromoCodeRefused = "promo-code-refused", 409, "The promo code cannot be used here";
    /// The conference has this promo code already.
    PromoCodeExists = "promo-code-exists", 409, "The promo code exists already";
    /// The order has no such line or seat, or the seat was given up.
    NoSuchSeat = "no-such-seat", 409, "The order has no such seat";
    /// The account is pending, denied, blocked or closed; `status` says which.
    AccountNotOpenToThis = "account-not-open-to-this", 409, "The account does not allow this as it stands";
    /// An account with money on it, debts, or an open top-up cannot be closed.
    AccountNotSettled = "account-not-settled", 409, "The account is not settled";
    /// The balance would be more than can be counted.
    BalanceTooLarge = "balance-too-large", 409, "The balance would become too large";
    /// An entry stands on the account under this id, with another amount or another purpose.
    EntryDiffers = "entry-differs", 409, "Another entry stands under this id";
    /// The entry cannot be taken back, or no longer be refunded, as the account stands.
    EntryFixed = "entry-fixed", 409, "The entry does not allow this as it stands";
    /// The payment provider's page can no longer be paid at.
    CheckoutExpired = "checkout-expired", 409, "The time to pay has run out";
    /// A payment provider's message without a valid signature of now.
    InvalidSignature = "invalid-signature", 400, "The signature is not valid";
    /// The stream does not stand still at this commit, or it is no commit that stops it.
    NotSkippable = "not-skippable", 409, "This cannot be passed over";
    /// Too many at once; `Retry-After` says when to try again. Nothing was changed.
    Busy = "busy", 503, "Too many people at once";
    /// Something broke on our side. Sending the same again is safe.
    Fault = "fault", 500, "Something went wrong on our side";
}

/// A problem, as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// One of [`ProblemType`]'s URIs.
    #[serde(rename = "type")]
    pub uri: String,
    pub title: String,
    pub status: u16,
    /// What it was this time, in a sentence for the person.
    pub detail: String,
    /// Members of this type of problem, such as [`Shortfalls`].
    #[serde(flatten)]
    pub extensions: Map<String, Value>,
}

impl Problem {
    /// A problem of a type, with its sentence.
    pub fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
        Self {
            uri: kind.uri().into(),
            title: kind.title().into(),
            status: kind.status(),
            detail: detail.into(),
            extensions: Map::new(),
        }
    }

    /// The same with extension members, given as a struct such as [`Shortfalls`].
    pub fn with(mut self, extension: impl Serialize) -> Self {
        if let Ok(Value::Object(members)) = serde_json::to_value(extension) {
            self.extensions.extend(members);
        }
        self
    }

    /// Its type, if this version knows it.
    pub fn kind(&self) -> Option<ProblemType> {
        ProblemType::ALL
            .iter()
            .copied()
            .find(|kind| kind.uri() == self.uri)
    }

    /// Its extension members as a struct.
    pub fn extension<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(Value::Object(self.extensions.clone())).ok()
    }
}

/// Extension of [`ProblemType::InvalidRequest`]: every place that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors {
    pub errors: Vec<FieldError>,
}

/// One place of a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Where: a dotted path such as `lines[0].quantity`, or a parameter's or header's name.
    pub field: String,
    pub detail: String,
}

/// Extension of [`ProblemType::SeatsUnavailable`]: what is free instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfalls {
    pub shortfalls: Vec<Shortfall>,
}

/// A seat type of which fewer are free than were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    pub seat_type_id: SeatTypeId,
    pub requested: u32,
    pub remaining: u32,
    /// Held by others now; some of these may come back.
    pub held: u32,
    /// When the earliest of those holds runs out.
    pub next_release_at: Option<Timestamp>,
}

/// Extension of [`ProblemType::QuotaBelowTaken`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Seats held and sold: the least that the quota can be.
    pub taken: u32,
}

/// Extension of [`ProblemType::TooManyPerOrder`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerOrder {
    pub seat_type_id: SeatTypeId,
    pub max_per_order: u32,
}

/// Extension of [`ProblemType::AccountNotOpenToThis`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub status: AccountStatus,
}

/// Extension of [`ProblemType::AccountNotSettled`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsettled {
    pub balance: Money,
    /// How many top-ups can still be paid.
    pub open_top_ups: usize,
}

/// Extension of [`ProblemType::PromoCodeRefused`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoCodeRefusal {
    pub promo_code: PromoCode,
    pub reason: PromoRefusal,
}

/// Why a promo code cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromoRefusal {
    /// The conference has no such code, or withdrew it.
    Unknown,
    NotYetValid,
    NoLongerValid,
    /// As many orders use it as may.
    UsedUp,
    /// It lowers the price of none of the chosen seats.
    NotForTheseSeats,
    /// It cannot be used together with the others.
    NotCombinable,
}
