//! `cargo run`: the whole system on this machine. See [`local`].

use std::{pin::pin, process::ExitCode};

use clap::Parser;
use local::{Command, Options, StartError};
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
    let done = match options.command {
        Some(Command::Prepare) => prepare(&options).await,
        Some(Command::Bridge(_)) | None => run(&options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn prepare(options: &Options) -> Result<(), StartError> {
    let site = local::prepare_site(options).await?;
    println!("{}", site.display());
    Ok(())
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
