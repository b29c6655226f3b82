//! `rebuild`: views filled again from the log, by the same steps as in a system that runs.

use clap::Args;
use operations::{Operations, Worked};
use plenary_http::now;
use projector::Projector;
use read_model::{Tables, ViewName};
use shared::{
    CommandId,
    operations::{Comparison, RebuildPhase, StartRebuild},
};
use tokio::time::{Duration, Instant, sleep};

use super::{
    Data, LogError,
    progress::{Progress, grouped},
};
use crate::{
    Options,
    console::Console,
    tables::{accounts_log, booking_log},
};

/// How long one turn is; progress is kept however it ends.
const TURN: Duration = Duration::from_secs(60);

/// Which views to rebuild.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
A new generation of each view is filled from the log beside the one that is read, and takes its place once it is whole; \
the old one is dropped after that. It may be stopped or killed at any time: the next run, or the system when it starts, \
goes on from where it was.

  cargo run -- rebuild orders availability --compare

A system that runs does the same when an operator asks it to, under Operate, Views. For this command, stop \
the system first: the data folder has one process at a time.")]
pub struct Rebuild {
    /// catalogue, availability, orders ...
    #[arg(required = true, value_name = "VIEW")]
    pub views: Vec<ViewName>,

    /// Hold both generations against each other, row by row, before the new one is read.
    #[arg(long)]
    pub compare: bool,
}

impl Rebuild {
    /// Rebuild them, one after another.
    ///
    /// # Errors
    ///
    /// Where it cannot be done; what was done until then is kept.
    pub async fn run(&self, options: &Options) -> Result<(), LogError> {
        let data = Data::existing(options).await?;
        let done = self.all(&data, &Console::new(options.quiet)).await;
        data.engine.stop().await;
        done
    }

    async fn all(&self, data: &Data, console: &Console) -> Result<(), LogError> {
        let client = data.engine.client();
        // A data folder of an earlier version has not every table.
        crate::tables::create(&client).await?;
        let accounts = accounts_log().events;
        let projector = Projector::new(client, booking_log(), accounts, Tables::default());
        let operations = Operations::new(projector);
        for view in &self.views {
            self.one(&operations, *view, console).await?;
        }
        Ok(())
    }

    async fn one(
        &self,
        operations: &Operations,
        view: ViewName,
        console: &Console,
    ) -> Result<(), LogError> {
        let compare = self.compare;
        // Each run asks anew, and goes on with what an earlier one did not finish.
        let asked = CommandId::derived(uuid::Uuid::nil(), &format!("rebuild at {}", now()));
        let asked = operations.ask_for_rebuild(view, asked, StartRebuild { compare });
        let (_, rebuilding) = asked.await?;
        let mut seen = rebuilding.seen();
        let mut progress = Progress::begin(console, view.text(), Some(seen.total));
        loop {
            let until = Instant::now() + TURN;
            let worked = operations
                .rebuild(view, until, |now| {
                    if now.phase == RebuildPhase::Filling {
                        progress.reach(now.done, Some(now.total));
                    }
                    seen = now.clone();
                })
                .await?;
            match worked {
                Worked::Done => break,
                Worked::GoOn => {}
                // Whoever had it may have been killed: then it is free in a moment.
                Worked::Elsewhere => sleep(Duration::from_millis(250)).await,
            }
        }
        progress.reach(seen.done, None);
        progress.end();
        if let Some(comparison) = seen.comparison {
            console.say(&told(view, &comparison));
        }
        Ok(())
    }
}

fn told(view: ViewName, comparison: &Comparison) -> String {
    let Comparison {
        equal,
        ahead,
        different,
        only_old,
        only_new,
    } = *comparison;
    let mut told = format!("{view}: {} rows are equal", grouped(equal));
    for (count, what) in [
        (different, "different"),
        (ahead, "further in one than in the other"),
        (only_old, "only in the old generation"),
        (only_new, "only in the new one"),
    ] {
        if count > 0 {
            told += &format!(", {} {what}", grouped(count));
        }
    }
    told
}
