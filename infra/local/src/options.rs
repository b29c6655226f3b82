//! The command line.

use std::{num::ParseFloatError, path::PathBuf, str::FromStr, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::log::{Export, Import, Rebuild, Verify};

/// Plenary, whole, on this machine: web app, API, DynamoDB, event bus, sign-in and payments in one process.
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
  cargo run -- bridge                     the same with the functions under cargo lambda watch

PLENARY_LOG says how much is logged to standard error, such as info or warn,projector=debug."
)]
pub struct Options {
    /// Where the data file and the signing key are kept; made if there is none.
    #[arg(long, global = true, value_name = "DIR", default_value = ".plenary")]
    pub data: PathBuf,

    /// The port to serve on; 0 takes any free one and prints it.
    #[arg(long, global = true, value_name = "N", default_value_t = 3000)]
    pub port: u16,

    /// Use the DynamoDB that answers here instead of the embedded one, such as http://127.0.0.1:8000.
    #[arg(long, global = true, value_name = "URL")]
    pub dynamodb_endpoint: Option<String>,

    /// Start with no conferences instead of the demo season.
    #[arg(long, global = true)]
    pub no_demo: bool,

    /// Print the address and nothing else.
    #[arg(long, global = true)]
    pub quiet: bool,

    /// Serve this folder as the web app instead of building it.
    #[arg(long, global = true, value_name = "DIR")]
    pub site: Option<PathBuf>,

    /// How integration events reach their subscribers: `ordinary`, or `shuffled:SEED` for each of them twice and in no
    /// order, which must change nothing.
    #[arg(long, global = true, value_name = "HOW", default_value = "ordinary")]
    pub deliveries: Deliveries,

    /// How often the schedule runs; once a minute, as in AWS.
    #[arg(long, global = true, hide = true, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub schedule: Duration,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// How integration events reach their subscribers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deliveries {
    /// Once, unless something fails.
    #[default]
    Ordinary,
    /// Twice, and in an order of chance, of which this is the seed.
    Shuffled(u64),
}

impl FromStr for Deliveries {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seed = text.strip_prefix("shuffled:").map(str::parse);
        match (text, seed) {
            ("ordinary", _) => Ok(Self::Ordinary),
            (_, Some(Ok(seed))) => Ok(Self::Shuffled(seed)),
            _ => Err("it is neither `ordinary` nor `shuffled:` and a number"),
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .map_err(|error: ParseFloatError| error.to_string())?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    // A timer of no period would never let go.
    (!duration.is_zero())
        .then_some(duration)
        .ok_or_else(|| "it is zero".to_owned())
}

/// What to do instead of running everything in one process.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Run everything but the functions, and call those under `cargo lambda watch`.
    Bridge(Bridge),
    /// Build the web app, print the folder that holds it, and end.
    Prepare,
    /// Check that each commit of both logs follows on the one before it, and that the views equal their fold.
    Verify(Verify),
    /// Fill views again from the log, each beside the one that is read until it has taken its place.
    Rebuild(Rebuild),
    /// Write both logs to a file, a commit a line, exactly as they are stored.
    Export(Export),
    /// Put an exported log into a system that has none.
    Import(Import),
}

/// Where the functions are, and where they find what they need.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
In one terminal, at the root of the project, cargo lambda builds and serves the functions, and again whenever their \
source changes; in another the bridge does for them what API Gateway, the streams' mappings, the event bus, its queues \
and the schedule do in AWS:

  cargo lambda watch -A 127.0.0.1 --env-file infra/aws/watch.env
  cargo run -- bridge

The file tells the functions their tables and where this machine's DynamoDB, bus, issuer and payment provider are. For \
other ports, give them a copy of it with those ports:

  sed 's/:8000/:8001/; s/:3000/:3001/' infra/aws/watch.env > target/watch.env
  cargo lambda watch -A 127.0.0.1 -P 9001 --env-file target/watch.env
  cargo run -- bridge --functions http://127.0.0.1:9001 --dynamodb-port 8001 --port 3001

Functions remember what they read: stop cargo lambda too when you delete the data folder.")]
pub struct Bridge {
    /// Where cargo lambda serves the functions.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9000")]
    pub functions: String,

    /// The port of the embedded DynamoDB, which the functions use as well.
    #[arg(long, value_name = "N", default_value_t = 8000)]
    pub dynamodb_port: u16,
}

impl Options {
    /// The bridge, where it was asked for.
    pub fn bridge(&self) -> Option<&Bridge> {
        match &self.command {
            Some(Command::Bridge(bridge)) => Some(bridge),
            Some(
                Command::Prepare
                | Command::Verify(_)
                | Command::Rebuild(_)
                | Command::Export(_)
                | Command::Import(_),
            )
            | None => None,
        }
    }
}

impl Default for Options {
    /// What an empty command line means.
    fn default() -> Self {
        Self::parse_from(["plenary"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_go_before_or_after_the_command() {
        for line in [
            "plenary --port 3001 bridge",
            "plenary bridge --port 3001",
            "plenary bridge --dynamodb-port 8000 --port 3001",
        ] {
            let options = Options::parse_from(line.split(' '));
            assert_eq!(options.port, 3001, "{line}");
            assert_eq!(
                options.bridge().map(|bridge| bridge.dynamodb_port),
                Some(8000)
            );
        }
        assert!(Options::default().bridge().is_none());
    }

    #[test]
    fn deliveries_are_ordinary_unless_shuffled_by_a_seed() {
        let deliveries = |text: &str| {
            let line = ["plenary", "--deliveries", text];
            Options::try_parse_from(line).map(|options| options.deliveries)
        };
        assert_eq!(Options::default().deliveries, Deliveries::Ordinary);
        assert_eq!(deliveries("shuffled:7").ok(), Some(Deliveries::Shuffled(7)));
        for text in ["shuffled", "shuffled:", "shuffled:-1", "twice"] {
            assert!(deliveries(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_schedule_has_a_period() {
        assert_eq!(Options::default().schedule, Duration::from_secs(60));
        for text in ["0", "-1", "x", "1e30"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
