//! What a visitor downloads, as it travels: compressed with brotli, in kilobytes of a thousand bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{fs, path::Path};

use clap::Parser;
use local::Options;

/// The most that the first page, and the first of the console's, may take of each: the budgets of the interface, above which
/// people wait.
const BUDGETS: [(&str, usize); 4] = [
    ("app_bg.wasm", 250_000),
    ("styles.css", 14_000),
    ("app.js", 12_000),
    ("console.css", 4_000),
];
/// The most that a part may take which is downloaded when it is first needed.
const PART: usize = 150_000;

fn compressed(file: &Path) -> usize {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut out = Vec::new();
    let options = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut out, &options).unwrap();
    out.len()
}

#[tokio::test]
async fn what_is_downloaded_stays_within_its_budget() {
    let options = Options::parse_from(["plenary", "--quiet"]);
    let site = local::prepare_site(&options).await.unwrap();
    for (name, budget) in BUDGETS {
        let size = compressed(&site.join(name));
        println!("{name}: {size} of {budget} bytes");
        assert!(size <= budget, "{name} takes {size} bytes of {budget}");
    }
    let parts = fs::read_dir(&site)
        .unwrap()
        .map(|file| file.unwrap().path());
    let parts = parts.filter(|path| path.extension().is_some_and(|kind| kind == "wasm"));
    let mut count = 0;
    for part in parts.filter(|path| !path.ends_with("app_bg.wasm")) {
        let size = compressed(&part);
        println!("{}: {size} of {PART} bytes", part.display());
        assert!(size <= PART, "{} takes {size} bytes", part.display());
        count += 1;
    }
    assert!(count > 0, "the app is cut into parts");
}
