//! Whatever is changed in a stored log is found, and named.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{BoundedContext, accounts, accounts::Accounts, booking::Booking};
use event_store::{Chain, Head, Misfit, StoredCommit, Wrong};
use local::{Options, Report, Verify, accounts_log, booking_log};
use projector::Projector;
use tests::{
    engine::Engine,
    history::{Dice, history},
    log::{self, Item},
};

/// A log as it is stored, by key: putting an item where one is replaces it.
type Table = BTreeMap<(String, u64), Arc<StoredCommit>>;

fn put(table: &mut Table, commit: StoredCommit) {
    table.insert((commit.stream.clone(), commit.version), Arc::new(commit));
}

async fn stored(engine: &Engine) -> Table {
    let mut table = Table::new();
    for item in log::commits(&engine.client).await {
        put(&mut table, StoredCommit::from_item(&item).unwrap());
    }
    table
}

fn of_stream<'a>(table: &'a Table, stream: &'a str) -> impl Iterator<Item = &'a StoredCommit> {
    let from = (stream.to_owned(), 0);
    table
        .range(from..)
        .take_while(move |((name, _), _)| name == stream)
        .map(|(_, commit)| commit.as_ref())
}

/// The first misfit of a stream, or its head; none where there is no commit.
fn check(table: &Table, stream: &str) -> Result<Option<Head>, Misfit> {
    match stream.parse::<accounts::StreamId>() {
        Ok(_) => check_chain::<Accounts>(table, stream),
        Err(_) => check_chain::<Booking>(table, stream),
    }
}

fn check_chain<C: BoundedContext>(table: &Table, stream: &str) -> Result<Option<Head>, Misfit> {
    let mut chain = Chain::<C>::default();
    for commit in of_stream(table, stream) {
        chain.check(commit)?;
    }
    Ok(chain.head().cloned())
}

/// How a log was changed: the streams in which something is another than before.
struct Change {
    streams: BTreeSet<String>,
    /// Whether nothing but the end of a stream is gone, which its chain cannot show.
    cut_off: bool,
}

/// The kind of change that is one of a state.
const STATE: usize = 8;

/// Change one thing at random.
fn change(table: &mut Table, dice: &mut Dice) -> Change {
    let kind = dice.throw(9);
    let mut keys: Vec<_> = table.keys().cloned().collect();
    if kind == STATE {
        keys.retain(|key| table[key].state.is_some());
    }
    let one = keys[dice.throw(keys.len())].clone();
    let mut commit = StoredCommit::clone(&table[&one]);
    let mut streams = BTreeSet::from([one.0.clone()]);
    match kind {
        STATE => {
            let state = commit.state.as_mut().unwrap();
            *state = another_byte(state, dice);
        }
        // A byte of one of its attributes.
        0 => commit.entries = another_byte(&commit.entries, dice),
        1 => {
            let at = dice.throw(commit.hash.len());
            commit.hash[at] ^= 1 + dice.throw(255) as u8;
        }
        2 => commit.stream = another_byte(&commit.stream, dice),
        3 => {
            while commit.version == one.1 {
                let digits = another_byte(&commit.version.to_string(), dice);
                commit.version = digits.parse().unwrap_or(one.1);
            }
        }
        // It is gone.
        4 => {
            table.remove(&one);
            let cut_off = of_stream(table, &one.0).all(|left| left.version < one.1);
            return Change { streams, cut_off };
        }
        // So is everything after it.
        5 => {
            table.retain(|(stream, version), _| *stream != one.0 || *version < one.1);
            let cut_off = true;
            return Change { streams, cut_off };
        }
        // It changes places with another one; or only their entries do.
        _ => {
            let mut other = one.clone();
            while other == one {
                other = keys[dice.throw(keys.len())].clone();
            }
            streams.insert(other.0.clone());
            let theirs = Arc::make_mut(table.get_mut(&other).unwrap());
            std::mem::swap(&mut commit.entries, &mut theirs.entries);
            if kind == 6 {
                std::mem::swap(&mut commit.hash, &mut theirs.hash);
            }
        }
    }
    table.remove(&one);
    streams.insert(commit.stream.clone());
    put(table, commit);
    let cut_off = false;
    Change { streams, cut_off }
}

/// The text with one of its bytes replaced by another that is ASCII as well.
fn another_byte(text: &str, dice: &mut Dice) -> String {
    let mut bytes = text.as_bytes().to_vec();
    loop {
        let at = dice.throw(bytes.len());
        let byte = 32 + dice.throw(95) as u8;
        if bytes[at].is_ascii() && bytes[at] != byte {
            bytes[at] = byte;
            return String::from_utf8(bytes).unwrap();
        }
    }
}

#[tokio::test]
async fn ten_thousand_changes_of_a_stored_log_are_all_found() {
    let engine = Engine::start().await;
    history(&engine).await;
    let sound = stored(&engine).await;
    let mut heads = BTreeMap::new();
    for (stream, _) in sound.keys() {
        let head = check(&sound, stream).unwrap().unwrap();
        heads.insert(stream.clone(), head);
    }

    let found_by_heads_alone = AtomicUsize::new(0);
    let change_one = |seed| {
        let mut table = sound.clone();
        let Change { streams, cut_off } = change(&mut table, &mut Dice(seed));
        assert_ne!(table, sound, "seed {seed} changed nothing");
        let is_found = streams.iter().any(|stream| check(&table, stream).is_err());
        // Only a cut-off end leaves chains that hold, and then the head is missing.
        assert_eq!(is_found, !cut_off, "seed {seed}: {streams:?}");
        if cut_off {
            let missing = streams.iter().any(|stream| {
                let head = &heads[stream];
                let mut left = of_stream(&table, stream);
                let last = left
                    .by_ref()
                    .filter(|commit| commit.version <= head.version);
                head.compare(last.last()).is_err()
            });
            assert!(missing, "seed {seed}: {streams:?}");
            found_by_heads_alone.fetch_add(1, Relaxed);
        }
    };
    const WORKERS: u64 = 4;
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let change_one = &change_one;
            scope.spawn(move || {
                (worker..10_000)
                    .step_by(WORKERS as usize)
                    .for_each(change_one)
            });
        }
    });
    let found_by_heads_alone = found_by_heads_alone.into_inner();
    assert!(found_by_heads_alone > 1000, "{found_by_heads_alone}");
}

/// A system's log in a database, and a data folder for the key that signs its heads.
struct Fixture {
    engine: Engine,
    options: Options,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let engine = Engine::start().await;
        history(&engine).await;
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            data: folder.path().join("data"),
            dynamodb_endpoint: Some(engine.endpoint.clone()),
            quiet: true,
            ..Options::default()
        };
        Self {
            engine,
            options,
            folder,
        }
    }

    async fn verify(&self, verify: Verify) -> Report {
        verify.run(&self.options).await.unwrap()
    }

    async fn chains(&self) -> Report {
        let no_views = true;
        self.verify(Verify {
            no_views,
            ..Verify::default()
        })
        .await
    }

    fn heads(&self) -> PathBuf {
        self.folder.path().join("heads.ndjson")
    }

    async fn sign_heads(&self) -> Report {
        let (heads, no_views) = (Some(self.heads()), true);
        self.verify(Verify {
            heads,
            no_views,
            ..Verify::default()
        })
        .await
    }

    async fn against_heads(&self) -> Report {
        let (against, no_views) = (Some(self.heads()), true);
        self.verify(Verify {
            against,
            no_views,
            ..Verify::default()
        })
        .await
    }

    async fn put(&self, table: &str, item: &Item) {
        let put = self.engine.client.put_item().table_name(table);
        put.set_item(Some(item.clone())).send().await.unwrap();
    }

    async fn delete(&self, table: &str, item: &Item, key: [&str; 2]) {
        let key = key
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), item.get(*name)?.clone())));
        let delete = self.engine.client.delete_item().table_name(table);
        let key = delete.set_key(Some(key.collect()));
        key.send().await.unwrap();
    }

    /// The commits of the first stream of this kind that has at least three.
    async fn stream(&self, kind: &str) -> Vec<Item> {
        let mut streams: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        for commit in log::commits(&self.engine.client).await {
            let (stream, _) = log::place(&commit);
            streams.entry(stream).or_default().push(commit);
        }
        let of_kind = |(stream, commits): &(String, Vec<Item>)| {
            stream.starts_with(kind) && commits.len() >= 3
        };
        streams.into_iter().find(of_kind).unwrap().1
    }
}

/// What is wrong, where there is one misfit.
fn wrong(report: &Report, commit: &Item) -> Wrong {
    assert!(!report.is_sound());
    let [misfit] = &report.misfits[..] else {
        panic!("{report}")
    };
    let (stream, version) = log::place(commit);
    assert_eq!(
        (&misfit.stream, &misfit.version),
        (&stream, &version.to_string())
    );
    misfit.wrong.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_database_the_first_commit_that_does_not_fit_is_named_with_what_is_wrong() {
    let fixture = Fixture::new().await;
    let sound = fixture.chains().await;
    assert!(sound.is_sound() && sound.commits > 200, "{sound}");
    for (table, kind) in [
        (booking_log().events, "order#"),
        (accounts_log().events, "account#"),
    ] {
        let commits = fixture.stream(kind).await;
        let [first, second, third] = &commits[..3] else {
            panic!()
        };
        let (stream, last) = log::place(second);
        let with = |name: &str, value| {
            let mut item = second.clone();
            item.insert(name.to_owned(), value);
            item
        };

        let entries = second["entries"].as_s().unwrap().replacen('2', "3", 1);
        fixture
            .put(&table, &with("entries", AttributeValue::S(entries)))
            .await;
        assert_eq!(wrong(&fixture.chains().await, second), Wrong::Hash);
        fixture
            .put(&table, &with("hash", third["hash"].clone()))
            .await;
        assert_eq!(wrong(&fixture.chains().await, second), Wrong::Hash);
        fixture
            .put(&table, &with("more", AttributeValue::Bool(true)))
            .await;
        let more = Wrong::Attribute("more".into());
        assert_eq!(wrong(&fixture.chains().await, second), more);
        let mut swapped = third.clone();
        swapped.insert("stream".into(), second["stream"].clone());
        swapped.insert("version".into(), second["version"].clone());
        fixture.put(&table, &swapped).await;
        let moved = wrong(&fixture.chains().await, second);
        assert!(
            matches!(&moved, Wrong::Moved(from) if from.stream == stream),
            "{moved}"
        );

        fixture.put(&table, second).await;
        fixture.delete(&table, first, ["stream", "version"]).await;
        assert_eq!(wrong(&fixture.chains().await, second), Wrong::Missing(1));
        fixture.put(&table, first).await;
        fixture.delete(&table, second, ["stream", "version"]).await;
        assert_eq!(wrong(&fixture.chains().await, third), Wrong::Missing(last));
        fixture.put(&table, second).await;
        assert_eq!(fixture.chains().await, sound);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_a_streams_end_is_missing_is_found_by_its_signed_head_and_not_without() {
    let fixture = Fixture::new().await;
    let signed = fixture.sign_heads().await;
    assert!(signed.heads.is_some());
    let commits = fixture.stream("order#").await;
    let events = booking_log().events;
    let last = commits.last().unwrap();

    fixture.delete(&events, last, ["stream", "version"]).await;
    assert!(fixture.chains().await.is_sound());
    let report = fixture.against_heads().await;
    let (stream, ends_before) = log::place(last);
    assert_eq!(report.misfits[0].stream, stream);
    assert_eq!(report.misfits[0].wrong, Wrong::CutOff(ends_before - 1));

    for commit in &commits {
        fixture.delete(&events, commit, ["stream", "version"]).await;
    }
    assert!(fixture.chains().await.is_sound());
    let report = fixture.against_heads().await;
    assert_eq!(report.misfits[0].wrong, Wrong::Removed);
    for commit in &commits {
        fixture.put(&events, commit).await;
    }
    let report = fixture.against_heads().await;
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.against.unwrap().1, signed.streams);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_written_anew_is_found_and_one_that_went_on_is_not() {
    let (ours, theirs) = (Fixture::new().await, Fixture::new().await);
    ours.sign_heads().await;
    let events = booking_log().events;
    // Another history of the same ids: each of its chains holds, but what is sealed in it, it sealed itself.
    let commits = theirs.stream("order#").await;
    for commit in ours.stream("order#").await {
        ours.delete(&events, &commit, ["stream", "version"]).await;
    }
    for commit in &commits {
        ours.put(&events, commit).await;
    }
    assert!(ours.chains().await.is_sound());
    let report = ours.against_heads().await;
    assert_eq!(report.misfits[0].wrong, Wrong::Rewritten, "{report}");

    // Heads that were signed when a stream was shorter still hold.
    let last = commits.last().unwrap();
    ours.delete(&events, last, ["stream", "version"]).await;
    ours.sign_heads().await;
    ours.put(&events, last).await;
    assert!(ours.against_heads().await.is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_are_signed_of_a_sound_log_only_and_believed_under_a_known_key_only() {
    let fixture = Fixture::new().await;
    let commits = fixture.stream("order#").await;
    let events = booking_log().events;
    fixture
        .delete(&events, &commits[0], ["stream", "version"])
        .await;
    let report = fixture.sign_heads().await;
    assert!(report.heads.is_none() && !fixture.heads().exists());
    fixture.put(&events, &commits[0]).await;

    let (_, key) = fixture.sign_heads().await.heads.unwrap();
    let elsewhere = Options {
        data: fixture.folder.path().join("auditor"),
        ..fixture.options.clone()
    };
    let against = |key: Option<&str>| Verify {
        against: Some(fixture.heads()),
        key: key.map(|key| key.parse().unwrap()),
        no_views: true,
        ..Verify::default()
    };
    let report = against(Some(&key)).run(&elsewhere).await.unwrap();
    assert!(report.is_sound() && report.against.is_some());
    // Neither nobody's key nor another's.
    assert!(against(None).run(&elsewhere).await.is_err());
    let first = if key.starts_with('A') { 'B' } else { 'A' };
    let other = format!("{first}{}", &key[1..]);
    assert!(against(Some(&other)).run(&elsewhere).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_not_what_the_log_folds_to_is_named_by_table_and_key() {
    let fixture = Fixture::new().await;
    let client = &fixture.engine.client;
    let views = read_model::Tables::default();
    let project = async || {
        let projector = Projector::new(
            client.clone(),
            booking_log(),
            accounts_log().events,
            views.clone(),
        );
        for batch in log::commits(client).await.chunks(100) {
            let _ = projector.handle(log::batch(batch)).await;
        }
    };
    let nothing_yet = fixture.verify(Verify::default()).await.views.unwrap();
    assert!(nothing_yet.behind.count > 0 && nothing_yet.different.count == 0);
    project().await;
    let report = fixture.verify(Verify::default()).await;
    assert!(report.is_sound(), "{report}");

    for table in [&views.orders, &views.entries, &views.proceeds] {
        let row = log::items(client, table).await.remove(0);
        let mut changed = row.clone();
        let attribute = match changed.contains_key("doc") {
            true => "doc",
            false => row
                .keys()
                .map(String::as_str)
                .filter(|name| !["id", "account", "version", "conference", "day"].contains(name))
                .min()
                .unwrap(),
        };
        let value = match row[attribute].as_n() {
            Ok(number) => AttributeValue::N(format!("{number}1")),
            Err(text) => AttributeValue::S(format!("{} ", text.as_s().unwrap())),
        };
        changed.insert(attribute.to_owned(), value);
        fixture.put(table, &changed).await;
        let compared = fixture.verify(Verify::default()).await.views.unwrap();
        assert_eq!((compared.different.count, compared.behind.count), (1, 0));
        let first = compared.different.first.unwrap();
        assert!(first.starts_with(table.as_str()), "{first}");
        assert!(first.contains(&format!("`{attribute}`")), "{first}");
        fixture.put(table, &row).await;
    }

    let row = log::items(client, &views.orders).await.remove(0);
    fixture.delete(&views.orders, &row, ["id", "id"]).await;
    let compared = fixture.verify(Verify::default()).await.views.unwrap();
    assert_eq!((compared.different.count, compared.behind.count), (0, 1));
    fixture.put(&views.orders, &row).await;
    let mut made_up = row.clone();
    made_up.insert("id".into(), AttributeValue::S("1~made-up".into()));
    fixture.put(&views.orders, &made_up).await;
    let compared = fixture.verify(Verify::default()).await.views.unwrap();
    assert_eq!(
        compared.different.first.unwrap(),
        "plenary-orders made-up: no stream makes this row"
    );
}
