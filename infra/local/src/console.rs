//! What a person sees at the terminal: what is being prepared and how long it took, and then where to go.

use std::{
    io::{IsTerminal, Write, stderr},
    path::Path,
    time::{Duration, Instant},
};

use crate::issuer::OFFERED;

/// The terminal. Progress goes to standard error and the address to standard output, so that a script can read it.
pub struct Console {
    quiet: bool,
    /// Whether progress can be drawn over itself.
    live: bool,
    started: Instant,
}

impl Console {
    /// A console that says nothing but the address where `quiet`.
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            live: stderr().is_terminal(),
            started: Instant::now(),
        }
    }

    /// Do this and say how long it took.
    pub async fn step<T>(&self, doing: &str, work: impl Future<Output = T>) -> T {
        let began = Instant::now();
        if self.live {
            self.progress(doing);
        }
        let done = work.await;
        self.took(doing, began.elapsed());
        done
    }

    /// How often to say how far something is: often where a line can be redrawn, seldom where each one stays.
    pub fn pace(&self) -> Duration {
        Duration::from_secs(if self.live { 1 } else { 20 })
    }

    /// Say how far something is.
    pub fn progress(&self, text: &str) {
        match (self.quiet, self.live) {
            (true, _) => {}
            (false, true) => _ = write!(stderr(), "\r\x1b[2K  {text} …"),
            (false, false) => _ = writeln!(stderr(), "  {text} …"),
        }
    }

    /// Say how long something took.
    pub fn took(&self, what: &str, elapsed: Duration) {
        if !self.quiet {
            let clear = if self.live { "\r\x1b[2K" } else { "" };
            let _ = writeln!(stderr(), "{clear}  {what:<44}{:>12}", seconds(elapsed));
        }
    }

    /// Say something beside what is being done.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            let clear = if self.live { "\r\x1b[2K" } else { "" };
            let _ = writeln!(stderr(), "{clear}  {text}");
        }
    }

    /// Say that it is ready, and how to look around.
    pub fn ready(&self, url: &str, data: &Path) {
        if self.quiet {
            println!("{url}");
            return;
        }
        let (bold, dim, plain) = if std::io::stdout().is_terminal() {
            ("\x1b[1m", "\x1b[2m", "\x1b[0m")
        } else {
            ("", "", "")
        };
        let elapsed = seconds(self.started.elapsed());
        println!("\n  {bold}Plenary{plain}  {bold}{url}{plain}  {dim}ready in {elapsed}{plain}\n");
        let mut label = "Sign in as";
        for person in OFFERED {
            println!(
                "  {dim}{label:<12}{plain}{:<16}{dim}{:<18}{}{plain}",
                person.name, person.email, person.does
            );
            label = "";
        }
        let data = data.display();
        println!(
            "  {dim}{:<12}{plain}{data}  {dim}delete it to start afresh{plain}",
            "Data in"
        );
        println!("  {dim}{:<12}{plain}Ctrl-C\n", "Stop with");
    }
}

fn seconds(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        0..60 => format!("{:.1} s", elapsed.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}
