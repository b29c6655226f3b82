//! `export`: both logs, a conference or a stream, commit by commit, exactly as they are stored.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::BoundedContext;
use event_store::{EventStore, StoredCommit};
use shared::ConferenceId;

use super::{
    Data, LogError, Logs,
    file::{Place, Sink},
    file_error, is_of_accounts,
    progress::{Progress, grouped},
};
use crate::{Options, console::Console};

/// What to export, and where to.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
One line is one commit: its stream, its version, its entries as the text that was stored, and the hash that was taken over
them. What was sealed stays sealed: a file without keys holds no name and no address, only who did what, by their ids.

Examples:
  cargo run -- export log.ndjson                     everything, to be imported elsewhere
  cargo run -- export log.ndjson --resume            go on where it was cut off
  cargo run -- export --csv events.csv               an event a row, for a spreadsheet or a warehouse
  cargo run -- export --conference ID - | jq .stream

Stop the system first: the data folder has one process at a time.")]
pub struct Export {
    /// The file to write; - for standard output.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Only this stream, such as order#ID.
    #[arg(long, value_name = "STREAM", conflicts_with = "conference")]
    pub stream: Option<String>,

    /// Only this conference: its own stream, its slug, its pools, its promo codes and its orders.
    #[arg(long, value_name = "ID")]
    pub conference: Option<ConferenceId>,

    /// A flat CSV instead, an event a row. It cannot be imported.
    #[arg(long)]
    pub csv: bool,

    /// Go on where the file broke off.
    #[arg(long)]
    pub resume: bool,

    /// Write the keys as well, under which personal data is sealed: to move a system. Who has the file can read it all.
    #[arg(long, conflicts_with_all = ["stream", "conference", "csv"])]
    pub with_keys: bool,
}

/// A commit's place in its log.
type At<'a> = (&'a str, u64);

impl Export {
    /// Export it. Answers how many commits were written, in this run.
    ///
    /// # Errors
    ///
    /// Where it cannot be done. What was written by then stands, and can be resumed.
    pub async fn run(&self, options: &Options) -> Result<u64, LogError> {
        let data = Data::existing(options).await?;
        let client = data.engine.client();
        let console = Console::new(options.quiet);
        let done = self.write(&Logs::of(&client), &console).await;
        data.engine.stop().await;
        done
    }

    async fn write(&self, logs: &Logs, console: &Console) -> Result<u64, LogError> {
        let (sink, place) = if self.file == Path::new("-") {
            let sink = Sink::standard_output(self.csv).map_err(self.failed())?;
            (sink, Place::Start)
        } else {
            Sink::file(&self.file, self.csv, self.resume)?
        };
        let at = match &place {
            Place::At { stream, version } => Some((stream.as_str(), *version)),
            Place::Start | Place::Keys => None,
        };
        let total = match (&self.stream, self.conference) {
            (None, None) => {
                Some(logs.booking.about_how_many().await? + logs.accounts.about_how_many().await?)
            }
            _ => None,
        };
        let mut writing = Writing {
            export: self,
            sink,
            progress: Progress::begin(console, "commits written", total),
        };
        if place != Place::Keys {
            writing.commits(logs, at).await?;
        }
        if self.with_keys {
            let mut after = None;
            loop {
                let keys = logs.booking.keys().stored(after.as_ref()).await?;
                let Some(last) = keys.last() else { break };
                after = Some(last.person.clone());
                for key in &keys {
                    writing.sink.key(key).map_err(self.failed())?;
                }
            }
        }
        writing.sink.flush().map_err(self.failed())?;
        let written = writing.progress.end();
        console.say(&format!(
            "{} holds them now, {} of them new",
            self.file.display(),
            grouped(written)
        ));
        Ok(written)
    }

    fn failed(&self) -> impl FnOnce(std::io::Error) -> LogError {
        file_error(&self.file)
    }

    /// Whether a stream with this first commit is wanted.
    fn wants(&self, first: &StoredCommit) -> bool {
        let Some(id) = self.conference else {
            return true;
        };
        if is_of_conference(&first.stream, id) {
            return true;
        }
        // A slug and an order begin together with something of their conference.
        let entries = first.entries().unwrap_or_default();
        let mut wrote = entries.iter().flat_map(|entry| &entry.wrote);
        wrote.any(|wrote| is_of_conference(&wrote.stream, id))
    }
}

/// Whether a stream carries this conference in its name.
fn is_of_conference(stream: &str, id: ConferenceId) -> bool {
    let mut parts = stream.split('#');
    let kind = parts.next();
    matches!(kind, Some("conference" | "seats" | "promo")) && parts.next() == Some(&id.to_string())
}

/// An export on its way.
struct Writing<'a> {
    export: &'a Export,
    sink: Sink,
    progress: Progress<'a>,
}

impl Writing<'_> {
    /// Write what is wanted of both logs, from a place on.
    async fn commits(&mut self, logs: &Logs, at: Option<At<'_>>) -> Result<(), LogError> {
        if let Some(stream) = &self.export.stream {
            let version = at.map_or(1, |(_, version)| version);
            let at = (stream.as_str(), version);
            return if is_of_accounts(stream) {
                self.stream(&logs.accounts, at).await
            } else {
                self.stream(&logs.booking, at).await
            };
        }
        let in_accounts = at.filter(|(stream, _)| is_of_accounts(stream));
        if in_accounts.is_none() {
            self.log(&logs.booking, at).await?;
        }
        if self.export.conference.is_none() {
            self.log(&logs.accounts, in_accounts).await?;
        }
        Ok(())
    }

    async fn log<C: BoundedContext>(
        &mut self,
        store: &EventStore<C>,
        at: Option<At<'_>>,
    ) -> Result<(), LogError> {
        if let Some(at) = at {
            self.stream(store, at).await?;
        }
        let mut streams = store.streams(at.map(|(stream, _)| stream));
        while let Some(stream) = streams.next().await? {
            self.stream(store, (&stream, 1)).await?;
        }
        Ok(())
    }

    async fn stream<C: BoundedContext>(
        &mut self,
        store: &EventStore<C>,
        (stream, version): At<'_>,
    ) -> Result<(), LogError> {
        let mut from = Some(version);
        while let Some(version) = from {
            let page = store.stored(stream, version).await?;
            from = page.next;
            let unwanted = |first: &StoredCommit| first.version == 1 && !self.export.wants(first);
            if page.commits.first().is_some_and(unwanted) {
                return Ok(());
            }
            for commit in &page.commits {
                self.sink.commit(commit).map_err(self.export.failed())?;
            }
            self.progress.advance(page.commits.len() as u64);
        }
        Ok(())
    }
}
