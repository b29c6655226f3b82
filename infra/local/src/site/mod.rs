//! Builds the web app with what a Rust installation has: cargo for the WebAssembly, and libraries for what comes after
//! ([`bundle`]). No tool has to be installed.

mod bundle;

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    sync::Mutex,
    time::Instant,
};

use self::bundle::bundle;
use crate::{StartError, console::Console};

const TARGET: &str = "wasm32-unknown-unknown";

/// One build at a time in one process; between processes cargo's own lock does most of it.
static BUILDING: Mutex<()> = Mutex::const_new(());

/// Build what is missing or older than its source; returns the folder to serve.
///
/// # Errors
///
/// Where a tool is missing or the app does not compile; cargo has said why on standard error.
pub async fn prepare(console: &Console) -> Result<PathBuf, StartError> {
    let _building = BUILDING.lock().await;
    let root = workspace().ok_or_else(|| {
        failed("its source is not where this program was built; serve a built one with --site")
    })?;
    if !has_target(&root).await? {
        let adding = add_target(&root);
        console
            .step("Adding the WebAssembly target", adding)
            .await?;
    }
    let wasm = compile(&root, console).await?;
    // target/wasm32-unknown-unknown/wasm/app.wasm
    let target = wasm.ancestors().nth(3).unwrap_or(&root);
    let site = target.join("site");
    let bundled = {
        let (source, site) = (root.join("frontend/site"), site.clone());
        tokio::task::spawn_blocking(move || bundle(&wasm, &source, &site))
    };
    bundled.await.map_err(failed)??;
    Ok(site)
}

fn workspace() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().ok()?;
    root.join("frontend/Cargo.toml").exists().then_some(root)
}

/// The tool of this name, as cargo and rustup hand it on in the environment.
fn tool(variable: &str, name: &str) -> std::ffi::OsString {
    std::env::var_os(variable).unwrap_or_else(|| name.into())
}

async fn has_target(root: &Path) -> Result<bool, StartError> {
    let output = Command::new(tool("RUSTC", "rustc"))
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(root)
        .output()
        .await
        .map_err(|error| failed(format!("rustc cannot be run ({error})")))?;
    let folder = String::from_utf8_lossy(&output.stdout);
    Ok(Path::new(folder.trim()).is_dir())
}

async fn add_target(root: &Path) -> Result<(), StartError> {
    let missing = format!("the Rust target {TARGET} is missing");
    let added = Command::new("rustup")
        .args(["--quiet", "target", "add", TARGET])
        .current_dir(root)
        .stdout(Stdio::null())
        .status()
        .await
        .map_err(|_| failed(format!("{missing}, and there is no rustup to add it")))?;
    if added.success() {
        Ok(())
    } else {
        Err(failed(format!("{missing}, and rustup could not add it")))
    }
}

/// Compile the app; returns the WebAssembly file.
async fn compile(root: &Path, console: &Console) -> Result<PathBuf, StartError> {
    let began = Instant::now();
    let mut cargo = Command::new(tool("CARGO", "cargo"))
        .args(["rustc", "--package", "frontend", "--bin", "app"])
        .args(["--target", TARGET, "--profile", "wasm"])
        // Errors in the code go to standard error as always; what was built is read from standard output.
        .args(["--quiet", "--message-format", "json-render-diagnostics"])
        // Without the linker's notes on what refers to what, the app could not be cut into parts.
        .args(["--", "-C", "link-arg=--emit-relocs"])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| failed(format!("cargo cannot be run ({error})")))?;
    let mut built = None;
    let mut crates = 0;
    let output = cargo.stdout.take().ok_or_else(|| failed("no output"))?;
    let mut messages = BufReader::new(output).lines();
    let mut tick = tokio::time::interval_at(Instant::now() + console.pace(), console.pace());
    loop {
        tokio::select! {
            line = messages.next_line() => {
                let Some(line) = line.map_err(failed)? else { break };
                let message: Value = serde_json::from_str(&line).unwrap_or_default();
                if message["reason"] == "compiler-artifact" {
                    crates += u32::from(message["fresh"] == false);
                    built = message["executable"].as_str().map(PathBuf::from).or(built);
                }
            }
            _ = tick.tick() => {
                let seconds = began.elapsed().as_secs();
                console.progress(&format!("Building the web app: {crates} crates in {seconds} s"));
            }
        }
    }
    let status = cargo.wait().await.map_err(failed)?;
    let wasm = built
        .filter(|_| status.success())
        .ok_or_else(|| failed("it does not compile"))?;
    let built = if crates == 0 {
        "Web app, already built"
    } else {
        "Web app"
    };
    console.took(built, began.elapsed());
    Ok(wasm)
}

fn failed(cause: impl std::fmt::Display) -> StartError {
    StartError::Site(cause.to_string())
}
