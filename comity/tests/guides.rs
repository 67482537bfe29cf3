//! What the guides to rules and charter name is there: files, functions, tests,
//! and rules by their number.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says so by failing"
)]

use std::fs;
use std::path::{Path, PathBuf};

const RULES: [&str; 2] = ["docs/rules.md", "docs/rules-ledger.md"];
const CHARTER: &str = "docs/charter.md";

#[test]
fn every_rule_says_where_it_is_who_holds_it_and_whence_it_comes() {
    let text = RULES.map(read).concat();
    let entries: Vec<&str> = text.split("\n### R").skip(1).collect();
    assert!(entries.len() > 50, "{} rules", entries.len());
    for (number, entry) in (1..).zip(entries) {
        let heading = entry.lines().next().unwrap();
        let expected = format!("{number}. ");
        assert!(
            heading.starts_with(&expected),
            "R{heading} is not R{number}"
        );
        let [code, tests, _] = fields(entry);
        assert!(names_in_code(code) > 0, "R{number} names no code");
        let has_test = quoted(tests).any(is_test);
        let says_so = tests.trim_start().starts_with("none yet");
        assert!(has_test != says_so, "R{number}: no test, or one too many");
    }
}

#[test]
fn every_test_in_the_guides_exists() {
    for guide in [RULES[0], RULES[1], CHARTER] {
        let text = read(guide);
        let missing: Vec<&str> = quoted(&text)
            .filter(|word| is_test(word))
            .filter(|test| !exists(test))
            .collect();
        assert!(missing.is_empty(), "{guide}: no such tests: {missing:#?}");
    }
}

#[test]
fn every_path_in_the_guides_exists() {
    for guide in [RULES[0], RULES[1], CHARTER] {
        let text = read(guide);
        let links = text.split("](").skip(1);
        let links = links.filter_map(|rest| rest.split([')', '#']).next());
        let links = links.filter(|link| !link.is_empty());
        let links = links.map(|link| format!("docs/{link}"));
        let paths = quoted(&text).filter(|word| is_path(word));
        let missing: Vec<String> = paths
            .map(str::to_owned)
            .chain(links)
            .filter(|path| !root().join(path).exists())
            .collect();
        assert!(missing.is_empty(), "{guide}: no such files: {missing:#?}");
    }
}

#[test]
fn every_rule_that_is_referred_to_exists() {
    let last = RULES.map(read).concat().matches("\n### R").count();
    for guide in [RULES[0], RULES[1], CHARTER, "docs/formats.md"] {
        for word in read(guide).split(|c: char| !c.is_alphanumeric()) {
            let number = word.strip_prefix('R').map(str::parse::<usize>);
            if let Some(Ok(number)) = number {
                assert!((1..=last).contains(&number), "{guide}: {word}");
            }
        }
    }
}

// --- what is read -----------------------------------------------------------

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What an entry has after each of its three words.
fn fields(entry: &str) -> [&str; 3] {
    let mut rest = entry;
    let mut next = |word: &str| {
        let (before, after) = rest
            .split_once(word)
            .unwrap_or_else(|| panic!("no «{word}» in: {entry}"));
        rest = after;
        before
    };
    next("\n- Code:");
    let code = next("\n- Tests:");
    let tests = next("\n- Source:");
    assert!(!rest.trim().is_empty(), "no source in: {entry}");
    [code, tests, rest]
}

/// Words between back-ticks. Blocks of code have three, so nothing is said of
/// what stands in them.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let outside = text.split("```").step_by(2);
    outside.flat_map(|text| text.split('`').skip(1).step_by(2))
}

/// Each file's functions and values are defined in it. Their number.
fn names_in_code(code: &str) -> usize {
    let mut file = None;
    let mut names = 0;
    for word in quoted(code) {
        if is_path(word) {
            file = Some((word, read(word)));
            continue;
        }
        let (path, text) = file.as_ref().unwrap();
        let defined = [
            format!("fn {word}("),
            format!("fn {word}<"),
            format!("const {word}:"),
        ];
        let is_there = defined.iter().any(|it| text.contains(it));
        assert!(is_there, "{path} defines no {word}");
        names += 1;
    }
    names
}

fn is_path(word: &str) -> bool {
    let ends = [".rs", ".md"].iter().any(|end| word.ends_with(end));
    ends && word.contains('/')
}

fn is_test(word: &str) -> bool {
    word.contains("::tests::")
}

/// Whether a test of `comity-core` is there, as `cargo nextest` names it.
fn exists(test: &str) -> bool {
    let (modules, name) = test.rsplit_once("::").unwrap();
    let modules: Vec<&str> = modules.split("::").collect();
    // The last modules may stand in the file of the one before.
    for files in (1..=modules.len()).rev() {
        let (path, inner) = modules.split_at(files);
        let path = format!("core/src/{}", path.join("/"));
        let found = [format!("{path}.rs"), format!("{path}/mod.rs")];
        if let Some(file) = found.iter().find(|file| root().join(file).exists()) {
            let text = read(file);
            let is_inside = |module: &&str| text.contains(&format!("mod {module} {{"));
            return inner.iter().all(is_inside) && text.contains(&format!("fn {name}("));
        }
    }
    false
}
