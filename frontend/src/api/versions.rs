//! The versions of streams that this tab has seen, so that what it reads is never older than what it wrote or saw.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use shared::{StreamVersion, VersionToken};

use crate::browser::tab;

const KEPT_AS: &str = "versions";

/// The highest version of each stream that this tab wrote or saw. Survives a refresh.
#[derive(Clone, Copy)]
pub struct Versions(StoredValue<Known>);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Known {
    wrote: VersionToken,
    saw: VersionToken,
}

impl Versions {
    pub(super) fn resume() -> Self {
        Self(StoredValue::new(tab::get(KEPT_AS).unwrap_or_default()))
    }

    /// A command wrote these.
    pub(super) fn wrote(&self, streams: &[StreamVersion]) {
        self.change(|known| known.wrote.advance_all(streams));
    }

    /// A view of one thing has come this far.
    pub(super) fn saw(&self, as_of: &VersionToken) {
        self.change(|known| raise(&mut known.saw, as_of));
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        self.0.try_update_value(|known| {
            change(known);
            tab::set(KEPT_AS, known);
        });
    }

    /// What a query must show: of the streams that concern it, what was written here, and with `and_seen` also what was
    /// seen here.
    pub(super) fn minimum(&self, and_seen: bool, concerns: &dyn Fn(&str) -> bool) -> VersionToken {
        let minimum = self.0.try_with_value(|known| {
            let mut minimum = known.wrote.only(concerns);
            if and_seen {
                raise(&mut minimum, &known.saw.only(concerns));
            }
            minimum
        });
        minimum.unwrap_or_default()
    }
}

fn raise(token: &mut VersionToken, to: &VersionToken) {
    for (stream, version) in &to.0 {
        token.advance(stream, *version);
    }
}
