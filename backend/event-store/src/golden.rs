//! The files under `golden/`: each shape ever stored of an event, and the forms of the states. A state whose form changes
//! without its schema would be read as what it is not.

use std::{collections::BTreeMap, fs, path::PathBuf};

use domain::{BoundedContext, accounts::Accounts, booking::Booking};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::codec::{StoredEvent, decode};

/// The events of a kind of stream, by file. A file is called `NAME.SCHEMA.json`, or `NAME.SCHEMA+FIELD.json` where the event
/// has a field that was added later.
pub(crate) fn events(kind: &str) -> BTreeMap<String, StoredEvent> {
    let files = fs::read_dir(folder().join(kind)).unwrap();
    let event = |path: PathBuf| {
        let file = path.file_stem().unwrap().to_str().unwrap();
        let (name, schema) = file.rsplit_once('.').unwrap();
        let schema = schema.split('+').next().unwrap();
        let stored = StoredEvent {
            id: Uuid::nil(),
            name: name.to_owned(),
            schema: schema.parse().unwrap(),
            data: serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
        };
        (file.to_owned(), stored)
    };
    files.map(|file| event(file.unwrap().path())).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The state after the events that a stream of a kind begins with, and after each event that follows on them.
fn forms<C: BoundedContext>(kind: &str, stream: &C::Stream, began: &[&str]) -> Value {
    let read = |(name, stored)| (name, decode::<C>(stream, stored).unwrap());
    let events: BTreeMap<String, C::Event> = events(kind).into_iter().map(read).collect();
    let mut begun = C::initial(stream);
    let mut forms = Map::new();
    for name in began {
        C::evolve(&mut begun, &events[*name]);
        forms.insert((*name).to_owned(), serde_json::to_value(&begun).unwrap());
    }
    for (name, event) in events {
        let mut state = begun.clone();
        C::evolve(&mut state, &event);
        let form = serde_json::to_value(&state).unwrap();
        let read: C::State = serde_json::from_value(form.clone()).unwrap();
        assert_eq!(read, state, "{kind} after {name} is read as it was written");
        forms.entry(name).or_insert(form);
    }
    Value::Object(forms)
}

fn check<C: BoundedContext>(kind: &str, stream: &str, began: &[&str]) {
    let Ok(stream) = stream.parse() else {
        panic!("{stream} is no stream");
    };
    let forms = forms::<C>(kind, &stream, began);
    let path = folder().join(format!("state/{kind}.{}.json", C::STATE_SCHEMA));
    let stored = fs::read_to_string(&path).unwrap_or_default();
    let stored: Value = serde_json::from_str(&stored).unwrap_or_default();
    assert_eq!(
        forms,
        stored,
        "states of {kind} have another form than in {}. If there are only new events in it, add their states to the file. \
         Otherwise states of old cannot be read any more: raise STATE_SCHEMA, and write the file of the new one:\n{forms:#}",
        path.display()
    );
}

#[test]
fn the_form_of_a_state_changes_only_with_its_schema() {
    let id = "0f5c1b6e-6a3e-4a55-9c0e-6f3f2d6b1a10";
    let placed = ["OrderPlaced.1+discounts", "OrderReserved.1"];
    check::<Booking>(
        "conference",
        &format!("conference#{id}"),
        &["ConferenceCreated.1"],
    );
    check::<Booking>(
        "seats",
        &format!("seats#{id}#{id}"),
        &["PoolOpened.1", "SeatsReserved.1"],
    );
    check::<Booking>("order", &format!("order#{id}"), &placed);
    check::<Booking>("slug", "slug#rust-week", &[]);
    check::<Booking>(
        "promo",
        &format!("promo#{id}#EARLY-BIRD"),
        &["PromoCodeAdded.1"],
    );
    check::<Booking>("person", "person#ada", &[]);
    check::<Accounts>(
        "account",
        "account#EUR#ada",
        &["AccountOpened.1", "TopUpStarted.1", "ChargePosted.1"],
    );
}
