//! The versions of streams that this tab has seen, so that what it reads is never older than what it saw or wrote.

use leptos::prelude::*;
use shared::{StreamVersion, VersionToken};

use crate::browser::tab;

const KEPT_AS: &str = "versions";

/// The highest version of each stream that this tab has seen in an answer. Survives a refresh.
#[derive(Clone, Copy)]
pub struct Versions(StoredValue<VersionToken>);

impl Versions {
    pub(super) fn resume() -> Self {
        Self(StoredValue::new(tab::get(KEPT_AS).unwrap_or_default()))
    }

    /// A command wrote these.
    pub(super) fn wrote(&self, streams: &[StreamVersion]) {
        self.advance(|token| token.advance_all(streams));
    }

    /// A view has come this far.
    pub(super) fn saw(&self, as_of: &VersionToken) {
        self.advance(|token| {
            for (stream, version) in &as_of.0 {
                token.advance(stream, *version);
            }
        });
    }

    fn advance(&self, change: impl FnOnce(&mut VersionToken)) {
        let kept = self.0.try_update_value(|token| {
            change(token);
            token.clone()
        });
        if let Some(token) = kept {
            tab::set(KEPT_AS, &token);
        }
    }

    /// What of it concerns a query.
    pub(super) fn that_concern(&self, keep: impl Fn(&str) -> bool) -> VersionToken {
        self.0
            .try_with_value(|token| token.only(keep))
            .unwrap_or_default()
    }
}
