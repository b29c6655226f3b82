//! A log leaves a system and comes into another as it was: the same hashes, the same views, nothing in clear.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use clap::Parser;
use event_store::StoredCommit;
use local::{Command, LogError, Options, StartError, Verify};
use tests::{engine::Engine, history::history, log, views};
use tokio::process;

/// The data folder of a system with a history.
struct Origin {
    folder: tempfile::TempDir,
    engine: Engine,
}

impl Origin {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::on(&data_file(folder.path())).await;
        history(&engine).await;
        Self { folder, engine }
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    /// A path beside the data.
    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn data_file(data: &Path) -> PathBuf {
    data.join("dynamodb.sqlite")
}

/// `plenary` with these arguments on this data folder. Answers how many commits were written.
async fn run(data: &Path, arguments: &[&str]) -> Result<u64, LogError> {
    let mut line = vec!["plenary", "--quiet", "--data", data.to_str().unwrap()];
    line.extend(arguments);
    let options = Options::try_parse_from(line).unwrap();
    match &options.command {
        Some(Command::Export(export)) => export.run(&options).await,
        Some(Command::Import(import)) => import.run(&options).await,
        _ => panic!("neither an export nor an import"),
    }
}

async fn export(data: &Path, file: &Path, more: &[&str]) -> String {
    let arguments = [&["export", file.to_str().unwrap()], more].concat();
    run(data, &arguments).await.unwrap();
    fs::read_to_string(file).unwrap()
}

async fn import(data: &Path, file: &Path) -> Result<u64, LogError> {
    run(data, &["import", file.to_str().unwrap()]).await
}

/// The system's options on this data folder, with nothing but what is there.
fn options(data: &Path) -> Options {
    let site = data.join("site");
    fs::create_dir_all(&site).unwrap();
    fs::write(site.join("index.html"), "<!doctype html>").unwrap();
    Options {
        data: data.to_owned(),
        port: 0,
        quiet: true,
        site: Some(site),
        ..Options::default()
    }
}

async fn database(data: &Path) -> Engine {
    Engine::on(&data_file(data)).await
}

fn commits(exported: &str) -> Vec<StoredCommit> {
    exported
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Run the system until its logs and its views have stood still for a while. Answers both.
async fn run_until_quiet(
    options: &Options,
) -> (Vec<log::Item>, std::collections::BTreeMap<String, String>) {
    let running = local::start(options).await.unwrap();
    let engine = database(&options.data).await;
    let client = &engine.client;
    let mut latest = Default::default();
    let mut since = Instant::now();
    while since.elapsed() < Duration::from_secs(3) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = (log::commits(client).await, views::rows(client).await);
        if now != latest {
            (latest, since) = (now, Instant::now());
        }
    }
    running.stop().await;
    latest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_imported_log_has_the_same_hashes_and_its_views_follow_by_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let [origin, moved] = ["origin", "moved"].map(|name| folder.path().join(name));
    let season = run_until_quiet(&options(&origin)).await;
    assert!(season.0.len() > 200 && season.1.len() > 100);
    let file = folder.path().join("log.ndjson");
    let exported = export(&origin, &file, &["--with-keys"]).await;

    import(&moved, &file).await.unwrap();
    let imported = log::commits(&database(&moved).await.client).await;
    assert_eq!(imported, season.0, "every commit, its hash included");
    // Once more: nothing is done.
    assert_eq!(import(&moved, &file).await.unwrap(), 0);

    // It fills its views, says nothing of its own though its subscribers hear everything again, and makes up no season.
    let options = options(&moved);
    assert_eq!(run_until_quiet(&options).await, season);
    let report = Verify::default().run(&options).await.unwrap();
    assert!(report.is_sound(), "{report}");
    let again = export(&moved, &folder.path().join("again"), &["--with-keys"]).await;
    assert_eq!(again, exported);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sealed_stays_sealed_in_every_export() {
    let origin = Origin::new().await;
    for (name, more) in [
        ("log", &[][..]),
        ("csv", &["--csv"]),
        ("with-keys", &["--with-keys"]),
    ] {
        let exported = export(origin.data(), &origin.beside(name), more).await;
        for canary in ["Ada Lovelace", "Grace Hopper", "Lovelace", "Hopper"] {
            assert!(!exported.contains(canary), "{name}");
        }
        let has_keys = exported.contains("\"key\":");
        assert_eq!(
            has_keys,
            name == "with-keys",
            "only where they were asked for"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_or_a_conference_can_be_exported_alone_and_a_csv_has_every_event() {
    let origin = Origin::new().await;
    let whole = commits(&export(origin.data(), &origin.beside("all"), &[]).await);
    let stream = whole[0].stream.as_str();
    let alone = export(origin.data(), &origin.beside("one"), &["--stream", stream]).await;
    let expected: Vec<_> = whole
        .iter()
        .filter(|commit| commit.stream == stream)
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(commits(&alone).iter().collect::<Vec<_>>(), expected);

    // The history has two conferences; every even order is the first one's.
    let id = uuid::Uuid::from_u128(0).to_string();
    let of_it = export(
        origin.data(),
        &origin.beside("conference"),
        &["--conference", &id],
    )
    .await;
    let of_it = commits(&of_it);
    let streams = |kind: &str| {
        let mut streams: Vec<_> = of_it
            .iter()
            .map(|commit| commit.stream.as_str())
            .filter(|stream| stream.starts_with(kind))
            .collect();
        streams.dedup();
        streams.len()
    };
    let counts = ["conference#", "slug#", "seats#", "order#", "account#"].map(streams);
    assert_eq!(counts, [1, 1, 2, 20, 0]);

    let csv = export(origin.data(), &origin.beside("csv"), &["--csv"]).await;
    let events: usize = whole
        .iter()
        .map(|commit| commit.events().unwrap().len())
        .sum();
    assert_eq!(
        csv.lines().count(),
        1 + events,
        "no line break within a row"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_or_unfinished_file_and_a_system_with_a_log_are_refused() {
    let origin = Origin::new().await;
    let file = origin.beside("log.ndjson");
    let exported = export(origin.data(), &file, &[]).await;
    let empty = tempfile::tempdir().unwrap();
    let data = empty.path().join("data");
    let damaged = origin.beside("damaged.ndjson");
    let lines: Vec<&str> = exported.split_inclusive('\n').collect();
    let second = lines
        .iter()
        .position(|line| line.contains("\"version\":2,"))
        .unwrap();
    let without = [&lines[..second], &lines[second + 1..]].concat().concat();
    let changed = exported.replacen("Utrecht", "Delft", 1);
    let cut_off = &exported[..exported.len() - 10];
    for (content, expected) in [
        (without.as_str(), "is missing"),
        (&changed, "hash does not follow"),
        (cut_off, "breaks off"),
        ("{}\n", "no line of an exported log"),
        ("", "holds no commit"),
    ] {
        fs::write(&damaged, content).unwrap();
        let error = import(&data, &damaged).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!data.exists(), "nothing was written");
    }
    let refused = import(origin.data(), &file).await;
    assert!(matches!(refused, Err(LogError::NotEmpty)));
    assert_eq!(import(&data, &file).await.unwrap(), lines.len() as u64);
}

/// What runs in a process that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by the test below, in a process of its own"]
async fn run_until_killed() {
    let data = std::env::var("DATA").expect("set by the test below");
    let arguments = std::env::var("ARGUMENTS").expect("set by the test below");
    let arguments: Vec<&str> = arguments.split(' ').collect();
    run(Path::new(&data), &arguments).await.unwrap();
}

/// Run this in a process of its own and kill it (`kill -9`) once its work has grown by this many bytes. Answers whether it
/// ended before that.
async fn run_and_kill(data: &Path, arguments: &str, grows: &Path, by: u64) -> bool {
    let size = || fs::metadata(grows).map_or(0, |file| file.len());
    let before = size();
    let mut child = process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "run_until_killed"])
        .env("DATA", data)
        .env("ARGUMENTS", arguments)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{arguments}");
            return true;
        }
        if size() > before + by {
            child.kill().await.unwrap();
            return false;
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_an_export_and_an_import_go_on_and_end_the_same() {
    let origin = Origin::new().await;
    for is_csv in [false, true] {
        let form = if is_csv { " --csv" } else { " --with-keys" };
        let whole = export(
            origin.data(),
            &origin.beside(&format!("whole-{is_csv}")),
            &[form.trim()],
        )
        .await;
        let file = origin.beside(&format!("killed-{is_csv}"));
        let arguments = format!("export {} --resume{form}", file.display());
        let mut kills = 0;
        while !run_and_kill(origin.data(), &arguments, &file, whole.len() as u64 / 5).await {
            kills += 1;
            let so_far = fs::read_to_string(&file).unwrap();
            assert!(whole.starts_with(&so_far), "what is there stays");
        }
        assert!(kills >= 2, "it was killed {kills} times");
        assert_eq!(fs::read_to_string(&file).unwrap(), whole);
    }

    let moved = tempfile::tempdir().unwrap();
    let file = origin.beside("killed-false");
    let arguments = format!("import {}", file.display());
    let journal = moved.path().join("dynamodb.sqlite-wal");
    let total = log::commits(&origin.engine.client).await.len();
    let mut in_the_middle = 0;
    while !run_and_kill(moved.path(), &arguments, &journal, 200_000).await {
        let so_far = log::commits(&database(moved.path()).await.client)
            .await
            .len();
        if so_far > 0 && so_far < total {
            in_the_middle += 1;
            let started = local::start(&options(moved.path())).await;
            assert!(matches!(started, Err(StartError::ImportUnfinished)));
        }
    }
    assert!(in_the_middle > 0, "it was never killed in the middle");
    let again = export(
        moved.path(),
        &origin.beside("again.ndjson"),
        &["--with-keys"],
    )
    .await;
    assert_eq!(again, fs::read_to_string(&file).unwrap());
}
