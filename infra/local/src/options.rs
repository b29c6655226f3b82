//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Plenary, whole, on this machine: web app, API, DynamoDB, stream mapping and sign-in in one process.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "plenary",
    version,
    after_help = "\
What is missing is prepared first: the WebAssembly target, the web app, the tables and, on the first start, a small \
season of demo conferences. Nothing has to be installed and no account is needed. Ctrl-C stops it; what was \
acknowledged is kept, whichever way it ends. Start afresh by deleting the data folder.

Examples:
  cargo run                               everything, on http://127.0.0.1:3000
  cargo run -- --port 0 --data /tmp/try   a second one beside it, with data of its own
  cargo run -- --dynamodb-endpoint http://127.0.0.1:8000
                                          the same on a DynamoDB that runs elsewhere

PLENARY_LOG says how much is logged to standard error, such as info or warn,projector=debug."
)]
pub struct Options {
    /// Where the data file and the signing key are kept; made if there is none.
    #[arg(long, value_name = "DIR", default_value = ".plenary")]
    pub data: PathBuf,

    /// The port to serve on; 0 takes any free one and prints it.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub port: u16,

    /// Use the DynamoDB that answers here instead of the embedded one, such as http://127.0.0.1:8000.
    #[arg(long, value_name = "URL")]
    pub dynamodb_endpoint: Option<String>,

    /// Start with no conferences instead of the demo season.
    #[arg(long)]
    pub no_demo: bool,

    /// Print the address and nothing else.
    #[arg(long)]
    pub quiet: bool,

    /// Serve this folder as the web app instead of building it.
    #[arg(long, value_name = "DIR")]
    pub site: Option<PathBuf>,
}

impl Default for Options {
    /// What an empty command line means.
    fn default() -> Self {
        Self::parse_from(["plenary"])
    }
}
