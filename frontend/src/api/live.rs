//! A query, kept fresh: polled with its ETag while somebody looks, slower while nobody answers.

use std::{sync::Arc, time::Duration};

use leptos::{ev, prelude::*, task::spawn_local};

use super::{Call, Client, Failure, LastAnswer, Query, View, use_client};
use crate::browser::{device_now, encode, is_hidden, random, sleep};

/// The longest wait between two attempts while nobody answers.
const SLOWEST: Duration = Duration::from_secs(30);

/// A view that keeps itself fresh.
pub struct Live<V: 'static> {
    /// The newest view that came; none before the first.
    pub view: RwSignal<Option<Arc<V>>>,
    /// Why the newest attempt failed. There may still be an older view to show.
    pub failure: RwSignal<Option<Failure>>,
    /// When the view was last known to be current, by this device's clock.
    pub fresh_at: RwSignal<f64>,
    round: RwSignal<u32>,
}

impl<V> Clone for Live<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Live<V> {}

impl<V> Live<V> {
    /// Ask again now.
    pub fn refresh(&self) {
        self.round.try_update(|round| *round += 1);
    }
}

/// Ask a query now, whenever it changes, and then about every `every`, as long as the calling component lives.
pub fn live<Q: Query>(query: Memo<Q>, every: Duration) -> Live<Q::View> {
    let client = use_client();
    let live = Live {
        view: RwSignal::new(None),
        failure: RwSignal::new(None),
        fresh_at: RwSignal::new(0.0),
        round: RwSignal::new(0),
    };

    // Each round is one task; a new round (another query, a refresh, the tab seen again) ends the one before.
    let current = StoredValue::new(0_u32);
    Effect::new(move |asked_before: Option<Q>| {
        live.round.track();
        let query = query.get();
        if asked_before.is_some_and(|before| !query.follows(&before)) {
            live.view.set(None);
            live.failure.set(None);
        }
        current.update_value(|round| *round += 1);
        let round = current.get_value();
        let still_wanted = move || current.try_get_value() == Some(round);
        spawn_local(poll(client, query.clone(), live, every, still_wanted));
        query
    });

    let shown_again = window_event_listener(ev::visibilitychange, move |_| {
        if !is_hidden() {
            live.refresh();
        }
    });
    on_cleanup(move || shown_again.remove());
    live
}

async fn poll<Q: Query>(
    client: Client,
    query: Q,
    live: Live<Q::View>,
    every: Duration,
    still_wanted: impl Fn() -> bool,
) {
    let path = query.path();
    if let Some(last) = client.last_answer(&path)
        && let Ok(view) = last.view.downcast::<Q::View>()
    {
        live.view.set(Some(view));
    }
    let mut wait = every;
    loop {
        let answer = client.ask(&query, &path).await;
        if !still_wanted() {
            return;
        }
        match answer {
            Ok(view) => {
                // A poll that brings nothing new must not wake what hangs on the view.
                if live
                    .view
                    .with_untracked(|shown| shown.as_ref() != Some(&view))
                {
                    live.view.set(Some(view));
                }
                live.failure.set(None);
                live.fresh_at.set(device_now());
                wait = every;
            }
            Err(failure) => {
                let is_signed_out = failure == Failure::SignedOut;
                live.failure.set(Some(failure));
                if is_signed_out {
                    return;
                }
                // Not found is asked again as well: what was written a moment ago may not be projected yet.
                wait = (wait * 2).min(SLOWEST);
            }
        }
        sleep(wait.mul_f64(0.8 + 0.4 * random())).await;
        // Hidden, the round ends here; being shown again starts the next one.
        if !still_wanted() || is_hidden() {
            return;
        }
    }
}

impl Client {
    /// Ask once, now.
    pub async fn read<Q: Query>(&self, query: &Q) -> Result<Arc<Q::View>, Failure> {
        self.ask(query, &query.path()).await
    }

    /// A path with the `min_version` that a query must show.
    pub(super) fn address<Q: Query>(
        &self,
        path: &str,
        query: &Q,
        last: Option<&Q::View>,
    ) -> String {
        let minimum = self
            .versions
            .minimum(!Q::IS_LIST, |stream| query.concerns(stream, last));
        if minimum.0.is_empty() {
            return path.to_owned();
        }
        let joint = if path.contains('?') { '&' } else { '?' };
        format!("{path}{joint}min_version={}", encode(&minimum.to_string()))
    }

    /// Where nothing changed since the last answer, that one is given again.
    async fn ask<Q: Query>(&self, query: &Q, path: &str) -> Result<Arc<Q::View>, Failure> {
        let (etag, last) = match self.last_answer(path) {
            Some(last) => (last.etag, last.view.downcast::<Q::View>().ok()),
            None => (None, None),
        };
        let address = self.address(path, query, last.as_deref());
        let mut call = Call::get(&address);
        if let Some(etag) = etag {
            call.headers.push(("if-none-match", etag));
        }

        let response = self.exchange(call).await?;
        if response.status() == 304
            && let Some(view) = last
        {
            return Ok(view);
        }
        let etag = response.headers().get("etag");
        let body = response.text().await.map_err(|_| Failure::NoAnswer)?;
        if !response.ok() {
            let problem = serde_json::from_str(&body);
            return Err(problem.map_or_else(|_| Failure::unreadable(), Failure::Problem));
        }
        let view: Q::View = serde_json::from_str(&body).map_err(|_| Failure::unreadable())?;
        if !Q::IS_LIST {
            self.versions.saw(view.as_of());
        }
        let view = Arc::new(view);
        self.keep_answer(
            path,
            LastAnswer {
                etag,
                view: view.clone(),
            },
        );
        Ok(view)
    }
}
