//! Into which generations of which views a stream is projected.

use std::sync::Arc;

use read_model::{AllCurrent, Generation, ViewName};

/// Generations of views.
#[derive(Clone, Debug)]
pub(crate) enum Targets {
    /// Those of every view that there are: the one that is read, and the one that is being filled beside it.
    Current(Arc<AllCurrent>),
    /// This one of this view.
    One(ViewName, Generation),
}

impl Targets {
    /// Each of them.
    pub(crate) fn all(&self) -> Vec<(ViewName, Generation)> {
        match self {
            Self::One(view, generation) => vec![(*view, *generation)],
            Self::Current(current) => ViewName::ALL
                .into_iter()
                .flat_map(|view| {
                    let current = current.of(view);
                    let generations = [Some(current.serving), current.filling];
                    generations
                        .into_iter()
                        .flatten()
                        .map(move |generation| (view, generation))
                })
                .collect(),
        }
    }
}
