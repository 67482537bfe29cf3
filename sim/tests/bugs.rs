//! The bugs that `tools/planted` plants can still be planted: what each takes
//! out stands exactly once where its patch says.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The file that a patch changes, and each place as it was and as it becomes.
fn read(patch: &str) -> (String, Vec<[String; 2]>) {
    let file = patch.lines().find_map(|line| line.strip_prefix("--- a/"));
    let mut places: Vec<[String; 2]> = Vec::new();
    let body = patch.lines().skip_while(|line| !line.starts_with("@@"));
    for line in body {
        if line.starts_with("@@") {
            places.push(Default::default());
            continue;
        }
        let place = places.last_mut().unwrap();
        let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
        for (at, signs) in [" -", " +"].into_iter().enumerate() {
            if signs.contains(sign) {
                place[at].push_str(text);
                place[at].push('\n');
            }
        }
    }
    (file.unwrap().to_string(), places)
}

#[test]
fn every_bug_can_be_planted() {
    let entries = fs::read_dir(root().join("sim/bugs")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10);
    for path in paths {
        let patch = fs::read_to_string(&path).unwrap();
        let (file, places) = read(&patch);
        let text = fs::read_to_string(root().join(&file)).unwrap();
        assert!(!places.is_empty(), "{}", path.display());
        for [before, after] in places {
            let found = text.matches(&before).count();
            assert_eq!(found, 1, "{} in {file}:\n{before}", path.display());
            assert_ne!(before, after);
        }
    }
}
