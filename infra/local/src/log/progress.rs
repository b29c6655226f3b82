//! How far a long walk is: done and total, how fast, and how long it will take.

use std::time::{Duration, Instant};

use crate::console::Console;

/// A walk over many things.
pub struct Progress<'a> {
    console: &'a Console,
    what: &'static str,
    done: u64,
    /// About how many there are, where that is known.
    total: Option<u64>,
    began: Instant,
    shown: Instant,
}

impl<'a> Progress<'a> {
    /// Begin one over `what`, such as `commits of booking`.
    pub fn begin(console: &'a Console, what: &'static str, total: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            console,
            what,
            done: 0,
            total,
            began: now,
            shown: now,
        }
    }

    /// This many more are done.
    pub fn advance(&mut self, more: u64) {
        self.done += more;
        if self.shown.elapsed() >= self.console.pace() {
            self.shown = Instant::now();
            let elapsed = self.began.elapsed();
            self.console
                .progress(&line(self.what, self.done, self.total, elapsed));
        }
    }

    /// So many are done by now, of about so many.
    pub fn reach(&mut self, done: u64, total: Option<u64>) {
        self.total = total;
        self.advance(done.saturating_sub(self.done));
    }

    /// All are done. Answers how many there were.
    pub fn end(self) -> u64 {
        let what = format!("{} {}", grouped(self.done), self.what);
        self.console.took(&what, self.began.elapsed());
        self.done
    }
}

fn line(what: &str, done: u64, total: Option<u64>, elapsed: Duration) -> String {
    let rate = done as f64 / elapsed.as_secs_f64().max(0.001);
    let mut line = grouped(done);
    // A total is an estimate: once it is passed, it says nothing.
    let total = total.filter(|total| *total >= done);
    if let Some(total) = total {
        line += &format!(" of {}", grouped(total));
    }
    line += &format!(" {what}, {} a second", grouped(rate as u64));
    if let Some(total) = total.filter(|_| rate > 0.0) {
        let left = (total - done) as f64 / rate;
        line += &format!(", {} s left", grouped(left.ceil() as u64));
    }
    line
}

/// A number with its thousands set apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_far_how_fast_and_how_long_still() {
        let five = Duration::from_secs(5);
        let told = line("commits", 12_500, Some(20_000), five);
        assert_eq!(told, "12,500 of 20,000 commits, 2,500 a second, 3 s left");
        let told = line("commits", 999, Some(900), five);
        assert_eq!(told, "999 commits, 199 a second");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
