//! Into which generations of which views a stream is projected.

use std::sync::Arc;

use read_model::{AllCurrent, Current, Generation, ViewName};

/// Generations of views.
#[derive(Clone, Debug)]
pub(crate) enum Targets {
    /// Those of every view that there are: the one that is read, and the one that is being filled beside it.
    Current(Arc<AllCurrent>),
    /// Those of this view.
    CurrentOf(ViewName, Current),
    /// This one of this view.
    One(ViewName, Generation),
}

impl Targets {
    /// Each of them.
    pub(crate) fn all(&self) -> Vec<(ViewName, Generation)> {
        let both = |view, current: Current| {
            let generations = [Some(current.serving), current.filling]
                .into_iter()
                .flatten();
            generations.map(move |generation| (view, generation))
        };
        match self {
            Self::Current(current) => ViewName::ALL
                .into_iter()
                .flat_map(|view| both(view, current.of(view)))
                .collect(),
            Self::CurrentOf(view, current) => both(*view, *current).collect(),
            Self::One(view, generation) => vec![(*view, *generation)],
        }
    }
}
