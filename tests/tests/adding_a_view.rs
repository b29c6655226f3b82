//! docs/adding-a-view.md shows code that is there, and less than sixty lines of it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::{fs, path::Path};

const PAGE: &str = include_str!("../../docs/adding-a-view.md");
/// Between two pieces of one file.
const GAP: &str = "// ...";

/// The pieces of code on the page, each with the file that it is shown from.
fn pieces() -> Vec<(String, Vec<&'static str>)> {
    let mut pieces = Vec::new();
    let mut file = String::new();
    let mut lines = PAGE.lines();
    while let Some(line) = lines.next() {
        if let Some((path, _)) = line
            .strip_prefix("[`")
            .and_then(|line| line.split_once('`'))
        {
            path.clone_into(&mut file);
        }
        if line == "```rust" {
            let shown: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            let parts = shown.split(|line| *line == GAP);
            pieces.extend(parts.map(|part| (file.clone(), part.to_vec())));
        }
    }
    pieces
}

#[test]
fn every_piece_stands_in_its_file() {
    let pieces = pieces();
    assert!(pieces.len() > 10);
    for (file, piece) in pieces {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&file);
        let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("no file {file}"));
        let lines: Vec<&str> = text.lines().collect();
        let is_there = lines.windows(piece.len()).any(|window| window == piece);
        assert!(is_there, "{file} does not have\n{}", piece.join("\n"));
    }
}

#[test]
fn the_view_is_added_in_less_than_sixty_lines() {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = pieces().into_iter().flat_map(|(_, piece)| piece);
    let code = lines.filter(is_code).count();
    assert!(code < 60, "{code} lines");
    println!("{code} lines");
}

#[test]
fn every_file_that_is_named_exists() {
    for link in PAGE.split("](").skip(1) {
        let path = link.split(')').next().unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../docs")
            .join(path);
        assert!(path.exists(), "{}", path.display());
    }
}
