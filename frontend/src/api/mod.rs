//! The one way data comes and goes.
//!
//! Reading is [`live`]: a query polled with its ETag, never older than what this tab has already seen or written.
//! Writing is [`Command`]: one idempotency key for one intent, sent again until it is known what became of it.
//! Both stand on [`Client`], which holds what all of them share.

mod command;
mod console;
mod failure;
mod fetch;
mod files;
mod live;
mod queries;
mod versions;

use std::{any::Any, sync::Arc};

use leptos::prelude::*;

pub use self::{
    command::{Command, Intent, Phase, use_command},
    console::{
        AccountAt, AnalyticsOf, AvailabilityAt, CorrelationOf, DeadLettersNow, LogFilter,
        OrderMoment, PopularityOf, ProjectionsNow, SeatMomentsUntil, StreamFrom, VerificationNow,
        WhatIfAsked,
    },
    failure::Failure,
    files::{download, file_url, save_text},
    live::{Live, Upkeep, live},
    queries::{
        CatalogueFilter, ConferenceAt, MyAccount, MyBookings, OrderAt, OwnConferences, ProceedsOf,
        PromoCodeAt, PromoCodesOf, Query, StatementOf, query_string,
    },
    versions::Versions,
};
use self::{fetch::Call, queries::View};
use crate::{auth::Session, clock::Clock};

/// How many answers a tab remembers: more than anybody goes back to.
const MOST_ANSWERS: usize = 64;

/// What every request shares: who asks, the server's clock, the versions seen, and the last answer of each query.
#[derive(Clone, Copy)]
pub struct Client {
    /// Who is signed in.
    pub session: Session,
    /// The server's clock.
    pub clock: Clock,
    /// The versions of streams that this tab has seen or written.
    pub versions: Versions,
    last_answers: StoredValue<Vec<LastAnswer>>,
}

/// The last answer of a query: shown at once when the person comes back to it, while a newer one is asked for.
#[derive(Clone)]
struct LastAnswer {
    path: String,
    etag: Option<String>,
    view: Arc<dyn Any + Send + Sync>,
}

impl Client {
    /// The client of this tab. To be made once, at the root.
    pub fn new() -> Self {
        Self {
            session: Session::resume(),
            clock: Clock::new(),
            versions: Versions::resume(),
            last_answers: StoredValue::default(),
        }
    }

    fn last_answer(&self, path: &str) -> Option<LastAnswer> {
        self.last_answers
            .try_with_value(|answers| answers.iter().find(|last| last.path == path).cloned())
            .flatten()
    }

    fn keep_answer(&self, answer: LastAnswer) {
        self.last_answers.try_update_value(|answers| {
            answers.retain(|last| last.path != answer.path);
            // Whoever steps through a long history asks for each of its moments.
            if answers.len() == MOST_ANSWERS {
                answers.remove(0);
            }
            answers.push(answer);
        });
    }

    /// End the session on this device: nothing that the person saw stays behind.
    pub fn forget_person(&self) {
        self.last_answers.set_value(Vec::new());
        self.session.end();
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

/// The client of this tab.
pub fn use_client() -> Client {
    use_context().unwrap_or_default()
}
