//! A query, kept fresh: polled with its ETag while somebody looks, slower while nobody answers.

use std::{any::Any, rc::Rc, sync::Arc, time::Duration};

use leptos::{ev, prelude::*, task::spawn_local};
use shared::VersionToken;

use super::{Call, Client, Failure, LastAnswer, Query, View, use_client};
use crate::{
    browser::{device_now, encode, is_hidden, random, sleep},
    ui::watch,
};

/// The longest wait between two attempts while nobody answers.
const SLOWEST: Duration = Duration::from_secs(30);

/// A view that keeps itself fresh.
pub struct Live<V: 'static> {
    /// The newest view that came; none before the first.
    pub view: RwSignal<Option<Arc<V>>>,
    /// How it stands with keeping it fresh.
    pub upkeep: Upkeep,
}

impl<V> Clone for Live<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Live<V> {}

/// How it stands with keeping a view fresh.
#[derive(Clone, Copy)]
pub struct Upkeep {
    /// Why the newest attempt failed. There may still be an older view to show.
    pub failure: RwSignal<Option<Failure>>,
    /// When the view was last known to be current, by this device's clock; zero before the first.
    pub fresh_at: RwSignal<f64>,
    /// Counts up with each wish to ask anew.
    wishes: RwSignal<u32>,
    /// The round of polling that counts; the ones before it end.
    round: StoredValue<u32>,
}

impl Upkeep {
    /// Ask again now.
    pub fn refresh(&self) {
        self.wishes.try_update(|wishes| *wishes += 1);
    }
}

/// Ask a query now, whenever it or the pace changes, and then about every `every`, as long as the calling component
/// lives.
pub fn live<Q: Query>(query: Memo<Q>, every: impl Into<Signal<Duration>>) -> Live<Q::View> {
    let client = use_client();
    let every = every.into();
    let every = Memo::new(move |_| every.get());
    let upkeep = Upkeep {
        failure: RwSignal::new(None),
        fresh_at: RwSignal::new(0.0),
        wishes: RwSignal::new(0),
        round: StoredValue::new(0),
    };
    // What this tab knows is there at once: a screen that began with less would for a moment decide by what is older.
    let known = query.with_untracked(|query| client.last_answer(&query.path()));
    let view = RwSignal::new(known.and_then(|last| last.view.downcast().ok()));
    let show = Rc::new(move |answer: AnyView| {
        if let Ok(answer) = answer.downcast::<Q::View>() {
            // A poll that brings nothing new must not wake what hangs on the view.
            if view.with_untracked(|shown| shown.as_ref() != Some(&answer)) {
                view.set(Some(answer));
            }
        }
    });

    // Each round is one task; a new round (another query or pace, a refresh, the tab seen again) ends the one before.
    let mut asked_before: Option<Q> = None;
    watch(move || {
        upkeep.wishes.track();
        let query = query.get();
        let every = every.get();
        if asked_before
            .replace(query.clone())
            .is_some_and(|before| !query.follows(&before))
        {
            view.set(None);
            upkeep.failure.set(None);
        }
        upkeep.round.update_value(|round| *round += 1);
        let round = upkeep.round.get_value();
        spawn_local(poll(
            client,
            Rc::new(query),
            show.clone(),
            upkeep,
            round,
            every,
        ));
    });

    let shown_again = window_event_listener(ev::visibilitychange, move |_| {
        if !is_hidden() {
            upkeep.refresh();
        }
    });
    on_cleanup(move || shown_again.remove());
    Live { view, upkeep }
}

type AnyView = Arc<dyn Any + Send + Sync>;

/// A query whose view's type is out of sight, so that polling and asking are compiled once and not for each query.
trait AnyQuery {
    fn path(&self) -> String;
    fn is_list(&self) -> bool;
    fn concerns(&self, stream: &str, last: Option<&AnyView>) -> bool;
    fn read(&self, body: &str) -> Option<(AnyView, VersionToken)>;
}

impl<Q: Query> AnyQuery for Q {
    fn path(&self) -> String {
        Query::path(self)
    }

    fn is_list(&self) -> bool {
        Q::IS_LIST
    }

    fn concerns(&self, stream: &str, last: Option<&AnyView>) -> bool {
        let last = last.and_then(|last| last.downcast_ref());
        Query::concerns(self, stream, last)
    }

    fn read(&self, body: &str) -> Option<(AnyView, VersionToken)> {
        let view: Q::View = serde_json::from_str(body).ok()?;
        let as_of = view.as_of().clone();
        Some((Arc::new(view), as_of))
    }
}

async fn poll(
    client: Client,
    query: Rc<dyn AnyQuery>,
    show: Rc<dyn Fn(AnyView)>,
    upkeep: Upkeep,
    round: u32,
    every: Duration,
) {
    // The screen may be gone before the first step.
    let is_over = || upkeep.round.try_get_value() != Some(round);
    if is_over() {
        return;
    }
    if let Some(last) = client.last_answer(&query.path()) {
        show(last.view);
    }
    let mut wait = every;
    loop {
        let answer = client.ask(&*query).await;
        if is_over() {
            return;
        }
        match answer {
            Ok(view) => {
                show(view);
                // As with the view: a poll that brings nothing new must not make the screen anew, and take the focus with it.
                if upkeep.failure.with_untracked(Option::is_some) {
                    upkeep.failure.set(None);
                }
                upkeep.fresh_at.set(device_now());
                wait = every;
            }
            Err(failure) => {
                let is_signed_out = failure == Failure::SignedOut;
                upkeep.failure.set(Some(failure));
                if is_signed_out {
                    return;
                }
                // Not found is asked again as well: what was written a moment ago may not be projected yet.
                wait = (wait * 2).min(SLOWEST);
            }
        }
        sleep(wait.mul_f64(0.8 + 0.4 * random())).await;
        // Hidden, the round ends here; being shown again starts the next one.
        if is_over() || is_hidden() {
            return;
        }
    }
}

impl Client {
    /// Ask once, now.
    pub async fn read<Q: Query>(&self, query: &Q) -> Result<Arc<Q::View>, Failure> {
        let view = self.ask(query).await?;
        view.downcast().map_err(|_| Failure::unreadable())
    }

    /// Where nothing changed since the last answer, that one is given again.
    async fn ask(&self, query: &dyn AnyQuery) -> Result<AnyView, Failure> {
        let path = query.path();
        let last = self.last_answer(&path);
        let minimum = self.versions.minimum(!query.is_list(), &|stream| {
            query.concerns(stream, last.as_ref().map(|last| &last.view))
        });
        let address = with_minimum(&path, &minimum);
        let mut call = Call::get(&address);
        if let Some(etag) = last.as_ref().and_then(|last| last.etag.clone()) {
            call.headers.push(("if-none-match", etag));
        }

        let response = self.exchange(call).await?;
        if response.status() == 304
            && let Some(last) = last
        {
            return Ok(last.view);
        }
        let etag = response.headers().get("etag");
        let body = response.text().await.map_err(|_| Failure::NoAnswer)?;
        if !response.ok() {
            return Err(Failure::of_problem(&body));
        }
        let (view, as_of) = query.read(&body).ok_or_else(Failure::unreadable)?;
        if !query.is_list() {
            self.versions.saw(&as_of);
        }
        let answer = LastAnswer {
            path,
            etag,
            view: view.clone(),
        };
        self.keep_answer(answer);
        Ok(view)
    }
}

/// A path with the `min_version` that is to be waited for, if any.
pub(super) fn with_minimum(path: &str, minimum: &VersionToken) -> String {
    if minimum.0.is_empty() {
        return path.to_owned();
    }
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}min_version={}", encode(&minimum.to_string()))
}
