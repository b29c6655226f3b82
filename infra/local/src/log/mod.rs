//! The log as a tool: proof, export and import of both contexts' logs, while no system runs on the data folder.
//!
//! | module | holds |
//! |---|---|
//! | `verify` | each commit follows on the one before it; heads, signed and held against the log |
//! | `views` | the views against the fold of the log |
//! | `rebuild` | views filled again from the log |
//! | `export`, `import` | the log as a file, and back |
//! | `file` | that file's forms: lines of JSON, or a flat CSV; where one that was cut off goes on |

mod export;
mod file;
mod heads_key;
mod import;
mod progress;
mod rebuild;
mod verify;
mod views;

use std::{io, path::PathBuf};

use aws_sdk_dynamodb::Client;
use domain::{accounts::Accounts, booking::Booking};
use event_store::{EventStore, Fault, HeadsError, Misfit, ReadError};
use operations::WorkError;
use plenary_http::respond::chain;

use crate::{
    Options, StartError,
    data_folder::DataFolder,
    engine::Engine,
    tables::{accounts_log, booking_log},
};

pub use export::Export;
pub use import::{Import, refuse_unfinished as refuse_unfinished_import};
pub use rebuild::Rebuild;
pub use verify::{Report, Verify};
pub use views::Comparison;

/// The data file's name in the data folder.
pub const DATA_FILE: &str = "dynamodb.sqlite";

/// Why it could not be done: a sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("There is no data in {}; choose another folder with --data.", .0.display())]
    NoData(PathBuf),
    #[error("The database does not do its part: {0}.")]
    Database(String),
    #[error("{}: {cause}.", .path.display())]
    File { path: PathBuf, cause: io::Error },
    #[error("The log has an item that is no commit; `verify` says more. {0}.")]
    Misfit(#[from] Misfit),
    #[error("{} is not to be believed: {cause}.", .path.display())]
    Heads { path: PathBuf, cause: HeadsError },
    #[error("The key {} is not an Ed25519 key; delete it and a new one is made.", .0.display())]
    HeadsKey(PathBuf),
    #[error("There is no key in the data folder; say with --key whose signature it should be.")]
    NoKey,
    #[error("{}: line {line} is no line of an exported log: {cause}.", .path.display())]
    Line {
        path: PathBuf,
        line: u64,
        cause: String,
    },
    #[error(
        "{} breaks off in the middle of its last line. Finish the export with `export --resume`.",
        .0.display()
    )]
    CutOff(PathBuf),
    #[error("{} holds a chain that does not hold, in line {line}: {misfit}. Nothing was imported.", .path.display())]
    Chain {
        path: PathBuf,
        line: u64,
        misfit: Misfit,
    },
    #[error("{} holds no commit. Nothing was imported.", .0.display())]
    Empty(PathBuf),
    #[error("There is a log already; a log is imported only into a system that has none.")]
    NotEmpty,
    #[error("An import of another file was cut off; finish that one first.")]
    OtherImport,
    #[error("Something else stands in the log where {0} belongs.")]
    Taken(String),
}

impl From<WorkError> for LogError {
    fn from(error: WorkError) -> Self {
        Self::Database(chain(&error))
    }
}

impl From<Fault> for LogError {
    fn from(fault: Fault) -> Self {
        Self::Database(fault.to_string())
    }
}

impl From<ReadError> for LogError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Fault(fault) => fault.into(),
            ReadError::Misfit(misfit) => misfit.into(),
        }
    }
}

impl From<aws_sdk_dynamodb::Error> for LogError {
    fn from(error: aws_sdk_dynamodb::Error) -> Self {
        Self::Database(chain(&error))
    }
}

impl From<read_model::Error> for LogError {
    fn from(error: read_model::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// What a file that cannot be read or written means.
fn file_error(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> LogError {
    let path = path.into();
    move |cause| LogError::File { path, cause }
}

/// A data folder and its database, held by this process.
struct Data {
    folder: DataFolder,
    engine: Engine,
}

impl Data {
    /// Open what is there.
    async fn existing(options: &Options) -> Result<Self, LogError> {
        let is_there = options.dynamodb_endpoint.is_some() || options.data.join(DATA_FILE).exists();
        if !is_there {
            return Err(LogError::NoData(options.data.clone()));
        }
        Self::open(options).await
    }

    /// Open it, or make it.
    async fn open(options: &Options) -> Result<Self, LogError> {
        let folder = DataFolder::open(&options.data)?;
        let engine = match &options.dynamodb_endpoint {
            Some(endpoint) => Engine::at(endpoint).await?,
            None => Engine::embedded(&folder.file(DATA_FILE), 0).await?,
        };
        Ok(Self { folder, engine })
    }
}

/// Both contexts' logs.
#[derive(Clone)]
struct Logs {
    booking: EventStore<Booking>,
    accounts: EventStore<Accounts>,
}

impl Logs {
    fn of(client: &Client) -> Self {
        Self {
            booking: EventStore::new(client.clone(), booking_log()),
            accounts: EventStore::new(client.clone(), accounts_log()),
        }
    }
}

/// Whether a stream, by its name, is one of the accounts context's; all others are booking's.
fn is_of_accounts(stream: &str) -> bool {
    stream.parse::<domain::accounts::StreamId>().is_ok()
}
