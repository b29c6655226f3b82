//! `verify`: each commit follows on the one before it, the log holds what its signed heads say, and the views equal its
//! fold.

use std::{
    fmt,
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
};

use clap::{ArgGroup, Args};
use domain::BoundedContext;
use event_store::{EventStore, Head, Heads, HeadsError, HeadsWriter, Misfit};
use plenary_http::now;
use shared::Timestamp;

use super::{
    Comparison, Data, LogError, Logs, file_error,
    heads_key::{self, GivenKey, HeadsKey, Signer},
    is_of_accounts,
    progress::{Progress, grouped},
    views,
};
use crate::{Options, console::Console};

/// How many misfits are named; the rest is counted.
const NAMED: usize = 10;

/// What to verify, besides the chains.
#[derive(Clone, Debug, Default, Args)]
#[command(group = ArgGroup::new("whose").multiple(true))]
#[command(after_help = "\
A chain of hashes shows every change, deletion and exchange but one: that its end was cut off. Keep the signed heads where
whoever can write to the database cannot, together with the public key that is printed with them:

  cargo run -- verify --heads heads.ndjson
  cargo run -- verify --against heads.ndjson --key PUBLIC

It ends with 1 where something does not fit. Stop the system first: the data folder has one process at a time.")]
pub struct Verify {
    /// Write each stream's head to this file and sign it, if everything is sound.
    #[arg(long, value_name = "FILE")]
    pub heads: Option<PathBuf>,

    /// Hold the log against these signed heads: it must contain what it contained then.
    #[arg(long, value_name = "FILE", group = "whose")]
    pub against: Option<PathBuf>,

    /// Whose signature the heads must have: a public key, base64; that of the data folder's own key otherwise.
    #[arg(long, value_name = "PUBLIC", requires = "whose")]
    pub key: Option<GivenKey>,

    /// Have the heads signed by this command, and not under the data folder's own key: it is given what is to be signed, and
    /// answers with an Ed25519 signature, base64, that must be valid under `--key`.
    #[arg(long, value_name = "COMMAND", group = "whose", requires_all = ["heads", "key"])]
    pub sign_with: Option<String>,

    /// Check the logs only, and not the views.
    #[arg(long)]
    pub no_views: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub commits: u64,
    pub streams: u64,
    /// For each stream, the first commit that does not fit; of the first few streams that have one.
    pub misfits: Vec<Misfit>,
    /// How many streams have one.
    pub unsound: u64,
    /// When the heads were signed that the log was held against, and how many.
    pub against: Option<(Timestamp, u64)>,
    /// The views against the fold, where they were compared.
    pub views: Option<Comparison>,
    /// Where the heads were written, and the public key that they are checked with.
    pub heads: Option<(PathBuf, String)>,
}

impl Verify {
    /// Verify it.
    ///
    /// # Errors
    ///
    /// Where it cannot be done. What does not fit is no error: it is in the report.
    pub async fn run(&self, options: &Options) -> Result<Report, LogError> {
        let data = Data::existing(options).await?;
        let done = self.check(&data, &Console::new(options.quiet)).await;
        data.engine.stop().await;
        done
    }

    async fn check(&self, data: &Data, console: &Console) -> Result<Report, LogError> {
        let client = data.engine.client();
        let logs = Logs::of(&client);
        let mut report = Report::default();
        // Before the walk that takes its time, what can be refused in a moment.
        let against = self.open_heads(data)?;
        let mut document = self.begin_heads(data)?;
        let writer = &mut document;
        walk(
            &logs.booking,
            "commits of booking",
            console,
            writer,
            &mut report,
        )
        .await?;
        walk(
            &logs.accounts,
            "commits of accounts",
            console,
            writer,
            &mut report,
        )
        .await?;
        if let Some(heads) = against {
            self.compare_heads(&logs, heads, console, &mut report)
                .await?;
        }
        if !self.no_views {
            report.views = Some(views::compare(&client, &logs, report.streams, console).await?);
        }
        if let Some(document) = document.filter(|_| report.is_sound()) {
            report.heads = Some(document.finish()?);
        }
        Ok(report)
    }

    fn open_heads(&self, data: &Data) -> Result<Option<Heads<BufReader<File>>>, LogError> {
        let Some(path) = &self.against else {
            return Ok(None);
        };
        let trusted = match self.key {
            Some(GivenKey(key)) => key,
            None => HeadsKey::load(&data.folder)?
                .ok_or(LogError::NoKey)?
                .public(),
        };
        let file = File::open(path).map_err(file_error(path))?;
        let heads = Heads::open(BufReader::new(file), &trusted).map_err(unbelievable(path))?;
        Ok(Some(heads))
    }

    fn begin_heads(&self, data: &Data) -> Result<Option<HeadsDocument>, LogError> {
        let begin = |path: &PathBuf| {
            let signer = match (&self.sign_with, self.key) {
                (Some(command), Some(GivenKey(public))) => Signer::command(command, public),
                _ => Signer::Own(HeadsKey::load_or_make(&data.folder)?),
            };
            HeadsDocument::begin(path, signer)
        };
        self.heads.as_ref().map(begin).transpose()
    }

    async fn compare_heads(
        &self,
        logs: &Logs,
        mut heads: Heads<BufReader<File>>,
        console: &Console,
        report: &mut Report,
    ) -> Result<(), LogError> {
        let count = heads.count();
        report.against = Some((heads.at(), count));
        let mut progress = Progress::begin(console, "signed heads", Some(count));
        let path = self.against.as_deref().unwrap_or(Path::new(""));
        while let Some(head) = heads.next_head().map_err(unbelievable(path))? {
            let misfit = if is_of_accounts(&head.stream) {
                logs.accounts.still_holds(&head).await?
            } else {
                logs.booking.still_holds(&head).await?
            };
            if let Some(misfit) = misfit {
                report.add(misfit);
            }
            progress.advance(1);
        }
        progress.end();
        Ok(())
    }
}

/// Check every commit of a log, and note each stream's head where heads are written.
async fn walk<C: BoundedContext>(
    store: &EventStore<C>,
    what: &'static str,
    console: &Console,
    document: &mut Option<HeadsDocument>,
    report: &mut Report,
) -> Result<(), LogError> {
    let mut progress = Progress::begin(console, what, Some(store.about_how_many().await?));
    let mut verification = store.verify();
    let mut latest: Option<Head> = None;
    let mut unsound: Option<String> = None;
    while let Some(checked) = verification.next().await? {
        progress.advance(1);
        match checked {
            Ok(head) => {
                let ended = latest.replace(head);
                let ended = ended.filter(|ended| !is_same(&latest, &ended.stream));
                if let Some(ended) = ended {
                    add(document, &ended)?;
                    report.streams += 1;
                }
            }
            // What follows on a commit that does not fit, often does not fit either.
            Err(misfit) if unsound.as_ref() == Some(&misfit.stream) => {}
            Err(misfit) => {
                unsound = Some(misfit.stream.clone());
                report.add(misfit);
            }
        }
    }
    if let Some(ended) = latest {
        add(document, &ended)?;
        report.streams += 1;
    }
    report.commits += progress.end();
    Ok(())
}

fn is_same(head: &Option<Head>, stream: &str) -> bool {
    head.as_ref().is_some_and(|head| head.stream == stream)
}

fn add(document: &mut Option<HeadsDocument>, head: &Head) -> Result<(), LogError> {
    match document {
        Some(document) => {
            let added = document.writer.add(head);
            added.map_err(unbelievable(&document.path))
        }
        None => Ok(()),
    }
}

fn unbelievable(path: &Path) -> impl Fn(HeadsError) -> LogError {
    move |cause| match cause {
        HeadsError::Io(cause) => file_error(path)(cause),
        cause @ (HeadsError::Malformed(_) | HeadsError::Form(_) | HeadsError::Signature) => {
            LogError::Heads {
                path: path.to_owned(),
                cause,
            }
        }
    }
}

/// Heads on their way into a file, which is there whole or not at all.
struct HeadsDocument {
    path: PathBuf,
    signer: Signer,
    writer: HeadsWriter<BufWriter<File>>,
}

impl HeadsDocument {
    fn begin(path: &Path, signer: Signer) -> Result<Self, LogError> {
        let unfinished = unfinished(path);
        let file = File::create(&unfinished).map_err(file_error(&unfinished))?;
        let writer = HeadsWriter::begin(BufWriter::new(file), signer.public(), now());
        Ok(Self {
            path: path.to_owned(),
            signer,
            writer: writer.map_err(unbelievable(path))?,
        })
    }

    fn finish(self) -> Result<(PathBuf, String), LogError> {
        let Self {
            path,
            signer,
            writer,
        } = self;
        let signed = writer.sign(|bytes| signer.sign(bytes));
        let file = signed.map_err(unbelievable(&path))?;
        file.get_ref().sync_all().map_err(file_error(&path))?;
        std::fs::rename(unfinished(&path), &path).map_err(file_error(&path))?;
        Ok((path, heads_key::text(&signer.public())))
    }
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

impl Report {
    /// Whether everything fits.
    pub fn is_sound(&self) -> bool {
        self.unsound == 0 && self.views.as_ref().is_none_or(Comparison::is_equal)
    }

    fn add(&mut self, misfit: Misfit) {
        self.unsound += 1;
        if self.misfits.len() < NAMED {
            self.misfits.push(misfit);
        }
    }
}

/// For the person at the terminal.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (commits, streams) = (grouped(self.commits), grouped(self.streams));
        if self.unsound == 0 {
            writeln!(
                f,
                "Sound: {commits} commits of {streams} streams follow on each other."
            )?;
        } else {
            let unsound = grouped(self.unsound);
            writeln!(
                f,
                "Not sound: of {commits} commits, {unsound} streams have one that does not fit. Each one's first:"
            )?;
            for misfit in &self.misfits {
                writeln!(f, "  {misfit}")?;
            }
            let more = self.unsound - self.misfits.len() as u64;
            if more > 0 {
                writeln!(f, "  and {} more", grouped(more))?;
            }
        }
        if let Some((at, count)) = self.against {
            writeln!(
                f,
                "Held against {} heads that were signed at {at}.",
                grouped(count)
            )?;
        }
        if let Some(views) = &self.views {
            writeln!(f, "{views}")?;
        }
        match &self.heads {
            Some((path, key)) => writeln!(
                f,
                "Heads are in {}. Whoever checks them needs the public key {key}",
                path.display()
            ),
            None => Ok(()),
        }
    }
}
