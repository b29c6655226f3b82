//! Why the system could not start: each a sentence for the person at the terminal.

use std::{io, path::PathBuf};

use crate::functions::CallError;

/// A start that failed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("Port {port} is in use; stop what runs there or choose another with {option}.")]
    PortInUse { port: u16, option: &'static str },
    #[error("Cannot listen on port {0}: {1}.")]
    CannotListen(u16, io::Error),
    #[error("Cannot write to {}: {cause}. Choose another folder with --data.", .path.display())]
    DataFolder { path: PathBuf, cause: io::Error },
    #[error("The data folder {} is used by another plenary that is still running.", .0.display())]
    DataFolderInUse(PathBuf),
    #[error("The data file {} is damaged, or not one of plenary's. Move it away to start afresh.", .0.display())]
    DataFile(PathBuf),
    #[error("The signing key {} is not an RSA key; delete it and a new one is made.", .0.display())]
    SigningKey(PathBuf),
    #[error("Cannot make a signing key.")]
    NoSigningKey,
    #[error(
        "{0} is not the address of a DynamoDB: it must begin with http://, such as http://127.0.0.1:8000."
    )]
    EndpointAddress(String),
    #[error("No DynamoDB answers at {0}.")]
    EndpointSilent(String),
    #[error(
        "{0} is not the address of `cargo lambda watch`: it must begin with http://, such as http://127.0.0.1:9000."
    )]
    FunctionsAddress(String),
    #[error(
        "The functions do not answer at {address}: {}. Run `cargo lambda watch` first, or say with --functions where it \
         serves.",
        plenary_http::respond::chain(.cause)
    )]
    Functions { address: String, cause: CallError },
    #[error("Cannot call anything by HTTP: {0}.")]
    NoHttp(io::Error),
    #[error("Cannot prepare the tables: {0}.")]
    Tables(String),
    #[error(
        "An import was cut off; finish it first, with the same file: `cargo run -- import FILE`."
    )]
    ImportUnfinished,
    #[error("Cannot prepare the web app: {0}.")]
    Site(String),
    #[error("Cannot load the demo season: {0}. Start with --no-demo to go without.")]
    Demo(String),
}
