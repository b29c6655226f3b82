//! `cargo run`: the whole system on this machine. See [`local`].

use std::{error::Error, pin::pin, process::ExitCode};

use clap::Parser;
use local::{Command, Options, StartError, Verify};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // The embedded engine warns of each refused write; refusing them is its daily work.
    let usual = "warn,dynoxide=error";
    let wanted = std::env::var("PLENARY_LOG").or_else(|_| std::env::var("RUST_LOG"));
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(wanted.as_deref().unwrap_or(usual)))
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let done = match &options.command {
        Some(Command::Prepare) => prepare(&options).await,
        Some(Command::Verify(verify)) => prove(verify, &options).await,
        Some(Command::Rebuild(rebuild)) => done(rebuild.run(&options).await),
        Some(Command::Export(export)) => done(export.run(&options).await),
        Some(Command::Import(import)) => done(import.run(&options).await),
        Some(Command::Bridge(_)) | None => done(run(&options).await),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// How a command ended: with this code, or with a sentence for the person at the terminal.
type Done = Result<ExitCode, Box<dyn Error>>;

fn done<T, E: Error + 'static>(ended: Result<T, E>) -> Done {
    ended?;
    Ok(ExitCode::SUCCESS)
}

async fn prepare(options: &Options) -> Done {
    let site = local::prepare_site(options).await?;
    println!("{}", site.display());
    Ok(ExitCode::SUCCESS)
}

async fn prove(verify: &Verify, options: &Options) -> Done {
    let report = verify.run(options).await?;
    print!("{report}");
    Ok(match report.is_sound() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn run(options: &Options) -> Result<(), StartError> {
    // One wait for the whole run: a signal between two would be lost.
    let mut stop = pin!(asked_to_stop());
    // The first start takes minutes; who stops it then does not wait for its end.
    let running = tokio::select! {
        started = local::start(options) => started?,
        () = &mut stop => return Ok(()),
    };
    running.announce();
    stop.await;
    running.stop().await;
    Ok(())
}

/// Wait for Ctrl-C, or for what a service manager sends.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
