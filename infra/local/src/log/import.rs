//! `import`: an exported log into a system that has none. The commits keep their hashes; the views follow by the stream.
//!
//! The file is gone through twice: first every chain in it is checked and nothing is written, then every commit is put
//! where it stood, unless something stands there. How far it has come is remembered beside the logs, under the file's
//! digest, so that after kill -9 the same command goes on; and until it has, the system does not start.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{Context, Digest, SHA256};
use aws_sdk_dynamodb::{Client, primitives::Blob, types::AttributeValue};
use clap::Args;
use domain::{BoundedContext, accounts::Accounts, booking::Booking};
use event_store::{Chain, EventStore, Misfit, Restored, StoredCommit, StoredKey, TRANSACTION};
use plenary_http::respond::chain;

use super::{
    Data, LogError, Logs,
    file::{Line, no_line},
    file_error, is_of_accounts,
    progress::{Progress, grouped},
};
use crate::{Options, StartError, console::Console, demo, local_table, tables};

/// The item of the local table that remembers an import.
const ITEM: &str = "import";

/// What to import.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The file must hold whole streams, as `export` writes them; of a damaged or unfinished file, nothing is imported. Killed in
the middle, the same command goes on; done again, it does nothing.

  cargo run -- import log.ndjson --data /tmp/moved
  cargo run -- --data /tmp/moved

The second fills the views, and tells the other subscribers of everything that has happened, as if it happened now: each of
them knows what it was told before. A file that was written without keys brings no names: they stay sealed for ever.")]
pub struct Import {
    /// The file that `export` wrote.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// A file whose chains hold.
struct Checked {
    digest: Digest,
    lines: u64,
}

impl Import {
    /// Import it. Answers how many commits and keys the log has from this run.
    ///
    /// # Errors
    ///
    /// Where the file does not hold, there is a log already, or it cannot be done.
    pub async fn run(&self, options: &Options) -> Result<u64, LogError> {
        let console = Console::new(options.quiet);
        let checked = self.check(&console)?;
        let data = Data::open(options).await?;
        let done = self.put(&data.engine.client(), &checked, &console).await;
        data.engine.stop().await;
        done
    }

    /// Go through the file without writing anything.
    fn check(&self, console: &Console) -> Result<Checked, LogError> {
        let mut digest = Context::new(&SHA256);
        let mut chains = Chains::default();
        let mut progress = Progress::begin(console, "lines checked", None);
        let mut lines = Lines::open(&self.file)?;
        while let Some(line) = lines.next_line()? {
            digest.update(&lines.bytes);
            if let Line::Commit(commit) = line {
                chains.check(&commit).map_err(|misfit| LogError::Chain {
                    path: self.file.clone(),
                    line: lines.number,
                    misfit,
                })?;
            }
            progress.advance(1);
        }
        if chains.is_empty() {
            return Err(LogError::Empty(self.file.clone()));
        }
        progress.end();
        Ok(Checked {
            digest: digest.finish(),
            lines: lines.number,
        })
    }

    async fn put(
        &self,
        client: &Client,
        checked: &Checked,
        console: &Console,
    ) -> Result<u64, LogError> {
        tables::create(client).await?;
        let logs = Logs::of(client);
        let mut mark = match Mark::read(client).await? {
            Some(mark) if mark.is_of(checked) => mark,
            Some(unfinished) if !unfinished.finished => return Err(LogError::OtherImport),
            Some(_) | None => {
                if !(logs.booking.is_empty().await? && logs.accounts.is_empty().await?) {
                    return Err(LogError::NotEmpty);
                }
                let mark = Mark::new(checked);
                mark.write(client).await?;
                // Whoever starts the system finds a history, and no season is to be made up beside it.
                demo::skip(client).await?;
                mark
            }
        };
        if mark.finished {
            console.say("It was imported before; there is nothing to do");
            return Ok(0);
        }
        let total = checked.lines.checked_sub(mark.lines);
        let mut progress = Progress::begin(console, "lines imported", total);
        let mut lines = Lines::open(&self.file)?;
        while lines.number < mark.lines {
            lines.next_line()?;
        }
        let mut written = 0;
        loop {
            let before = lines.number;
            let batch = Batch::read(&mut lines)?;
            if lines.number == before {
                break;
            }
            written += batch.restore(&logs).await?;
            progress.advance(lines.number - before);
            mark.lines = lines.number;
            mark.write(client).await?;
        }
        mark.finished = true;
        mark.write(client).await?;
        progress.end();
        console.say(&format!(
            "{} lines are new; start the system to fill its views",
            grouped(written)
        ));
        Ok(written)
    }
}

/// The chains of the file.
#[derive(Default)]
struct Chains {
    booking: Chain<Booking>,
    accounts: Chain<Accounts>,
}

impl Chains {
    fn check(&mut self, commit: &StoredCommit) -> Result<(), Misfit> {
        if is_of_accounts(&commit.stream) {
            self.accounts.check(commit).map(drop)
        } else {
            self.booking.check(commit).map(drop)
        }
    }

    fn is_empty(&self) -> bool {
        self.booking.head().is_none() && self.accounts.head().is_none()
    }
}

/// Some lines of the file.
#[derive(Default)]
struct Batch {
    booking: Vec<StoredCommit>,
    accounts: Vec<StoredCommit>,
    keys: Vec<StoredKey>,
}

impl Batch {
    /// The next lines, as many as are put at once; none at the end of the file.
    fn read(lines: &mut Lines<'_>) -> Result<Self, LogError> {
        let (most, most_bytes) = TRANSACTION;
        let mut batch = Self::default();
        let (mut count, mut bytes) = (0, 0);
        while count < most
            && bytes < most_bytes
            && let Some(line) = lines.next_line()?
        {
            count += 1;
            bytes += lines.bytes.len();
            match line {
                Line::Commit(commit) if is_of_accounts(&commit.stream) => {
                    batch.accounts.push(commit);
                }
                Line::Commit(commit) => batch.booking.push(commit),
                Line::Key(key) => batch.keys.push(key),
            }
        }
        Ok(batch)
    }

    /// Put them where they stood. Answers how many were not there before.
    async fn restore(&self, logs: &Logs) -> Result<u64, LogError> {
        let mut written = restore(&logs.booking, &self.booking).await?;
        written += restore(&logs.accounts, &self.accounts).await?;
        for key in &self.keys {
            let restored = logs.booking.keys().restore(key).await?;
            written += count(restored, || format!("the key of {}", key.person))?;
        }
        Ok(written)
    }
}

/// All at once; one by one where some of them are there already, as after kill -9.
async fn restore<C: BoundedContext>(
    store: &EventStore<C>,
    commits: &[StoredCommit],
) -> Result<u64, LogError> {
    if commits.is_empty() || store.restore_all(commits).await? {
        return Ok(commits.len() as u64);
    }
    let mut written = 0;
    for commit in commits {
        let restored = store.restore(commit).await?;
        written += count(restored, || format!("{}@{}", commit.stream, commit.version))?;
    }
    Ok(written)
}

fn count(restored: Restored, what: impl FnOnce() -> String) -> Result<u64, LogError> {
    match restored {
        Restored::Done => Ok(1),
        Restored::Before => Ok(0),
        Restored::Taken => Err(LogError::Taken(what())),
    }
}

/// A file's lines, one at a time.
struct Lines<'a> {
    path: &'a Path,
    reader: BufReader<File>,
    /// How many were read.
    number: u64,
    /// The latest, with its end.
    bytes: Vec<u8>,
}

impl<'a> Lines<'a> {
    fn open(path: &'a Path) -> Result<Self, LogError> {
        let file = File::open(path).map_err(file_error(path))?;
        Ok(Self {
            path,
            reader: BufReader::new(file),
            number: 0,
            bytes: Vec::new(),
        })
    }

    fn next_line(&mut self) -> Result<Option<Line>, LogError> {
        self.bytes.clear();
        let read: io::Result<usize> = self.reader.read_until(b'\n', &mut self.bytes);
        if read.map_err(file_error(self.path))? == 0 {
            return Ok(None);
        }
        if !self.bytes.ends_with(b"\n") {
            return Err(LogError::CutOff(self.path.to_owned()));
        }
        self.number += 1;
        let line = serde_json::from_slice(&self.bytes);
        line.map(Some)
            .map_err(|error| no_line(self.path, self.number, &error))
    }
}

/// How far an import has come.
struct Mark {
    /// The SHA-256 of the file.
    digest: Vec<u8>,
    /// How many of its lines are in the log.
    lines: u64,
    finished: bool,
}

impl Mark {
    fn new(checked: &Checked) -> Self {
        Self {
            digest: checked.digest.as_ref().to_vec(),
            lines: 0,
            finished: false,
        }
    }

    fn is_of(&self, checked: &Checked) -> bool {
        self.digest == checked.digest.as_ref()
    }

    async fn read(client: &Client) -> Result<Option<Self>, aws_sdk_dynamodb::Error> {
        let Some(item) = local_table::get(client, ITEM).await? else {
            return Ok(None);
        };
        let digest = item.get("digest").and_then(|value| value.as_b().ok());
        let lines = item
            .get("lines")
            .and_then(|value| value.as_n().ok()?.parse().ok());
        let finished = item.get("finished").and_then(|value| value.as_bool().ok());
        Ok(Some(Self {
            digest: digest.map_or_else(Vec::new, |digest| digest.as_ref().to_vec()),
            lines: lines.unwrap_or(0),
            finished: finished == Some(&true),
        }))
    }

    async fn write(&self, client: &Client) -> Result<(), aws_sdk_dynamodb::Error> {
        let attributes = [
            ("digest", AttributeValue::B(Blob::new(self.digest.clone()))),
            ("lines", AttributeValue::N(self.lines.to_string())),
            ("finished", AttributeValue::Bool(self.finished)),
        ];
        local_table::put(client, ITEM, attributes).await
    }
}

/// What is half there must not go on by itself: what is still to come would find its place taken.
///
/// # Errors
///
/// Where an import was cut off.
pub async fn refuse_unfinished(client: &Client) -> Result<(), StartError> {
    let mark = Mark::read(client).await;
    let mark = mark.map_err(|error| StartError::Tables(chain(&error)))?;
    match mark {
        Some(Mark {
            finished: false, ..
        }) => Err(StartError::ImportUnfinished),
        Some(_) | None => Ok(()),
    }
}
