//! The moments at which something happened: what a timeline stops at.

use shared::{Timestamp, history::StreamPage};

/// The width of a timeline. Places on it are whole numbers.
pub const WHOLE: i64 = 10_000;

/// A moment at which something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: Timestamp,
    /// What stands for it in the address: a time, or a version.
    pub key: String,
    pub words: String,
}

/// The events of a stream, each a moment of its own.
pub fn of_stream(page: &StreamPage) -> Vec<Moment> {
    let entries = page.commits.iter().flat_map(|commit| &commit.entries);
    let moments = entries.flat_map(|entry| {
        entry.events.iter().map(|event| Moment {
            at: entry.at,
            key: event.version.to_string(),
            words: event.words.clone(),
        })
    });
    moments.collect()
}

/// What happened by time, the earliest first; what happened at the same time is one moment.
pub fn by_time(happened: impl IntoIterator<Item = (Timestamp, String)>) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    for (at, words) in happened {
        match moments.last_mut() {
            Some(last) if last.at == at => {
                last.words.push(' ');
                last.words.push_str(&words);
            }
            _ => moments.push(Moment {
                at,
                key: at.to_string(),
                words,
            }),
        }
    }
    moments
}

/// The latest moment that is not after this time.
pub fn latest_until(moments: &[Moment], at: Timestamp) -> Option<usize> {
    moments.iter().rposition(|moment| moment.at <= at)
}

/// Where the last moment is. What lies right of it, up to the right end, is now: were the scale to end with now itself, an
/// old history would stand in a heap at the left.
const LAST: i64 = WHOLE * 23 / 24;

/// Where a moment is, by its time between the first and the last.
pub fn place(moments: &[Moment], index: usize) -> i64 {
    let (Some(first), Some(last)) = (moments.first(), moments.last()) else {
        return WHOLE;
    };
    let Some(moment) = moments.get(index) else {
        return WHOLE;
    };
    let (since, span) = (
        moment.at.millis() - first.at.millis(),
        last.at.millis() - first.at.millis(),
    );
    match span {
        ..=0 => LAST,
        span => (i128::from(since) * i128::from(LAST) / i128::from(span)) as i64,
    }
}

/// The moment nearest to a place; none at the right end, which is now.
pub fn nearest(moments: &[Moment], wanted: i64) -> Option<usize> {
    let distance = |index: &usize| (place(moments, *index) - wanted).abs();
    let nearest = (0..moments.len()).min_by_key(distance)?;
    (distance(&nearest) <= WHOLE - wanted).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn moments(times: &[i64]) -> Vec<Moment> {
        by_time(times.iter().map(|millis| (at(*millis), "It.".to_owned())))
    }

    #[test]
    fn what_happens_at_once_is_one_moment() {
        let found = moments(&[10, 10, 30]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].words, "It. It.");
    }

    #[test]
    fn a_time_belongs_to_the_moment_before_it() {
        let found = moments(&[10, 30]);
        assert_eq!(latest_until(&found, at(29)), Some(0));
        assert_eq!(latest_until(&found, at(30)), Some(1));
        assert_eq!(latest_until(&found, at(9)), None);
    }

    #[test]
    fn a_place_leads_to_the_nearest_moment_and_the_right_end_to_now() {
        let found = moments(&[0, 50, 100]);
        assert_eq!((place(&found, 0), place(&found, 1)), (0, LAST / 2));
        assert_eq!((place(&found, 2), place(&found, 3)), (LAST, WHOLE));
        assert_eq!(nearest(&found, 0), Some(0));
        assert_eq!(nearest(&found, 4_000), Some(1));
        assert_eq!(nearest(&found, LAST), Some(2));
        assert_eq!(nearest(&found, WHOLE), None);
        assert_eq!(nearest(&[], 0), None);
        assert_eq!(place(&moments(&[7]), 0), LAST);
    }
}
