//! Rules about the files of this workspace that no lint knows: sizes, the
//! direction of dependencies, reasons given, paths that exist.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says so by failing"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 800;

/// Which of our crates each of them may name (ARCHITECTURE.md). A crate that
/// is missing here fails `dependencies_point_one_way`.
const WALL: &[(&str, &[&str])] = &[
    ("comity-core", &[]),
    ("comity-sign", &["comity-core"]),
    ("comity-mirror", &["comity-core"]),
    (
        "comity-member",
        &["comity-core", "comity-sign", "comity-mirror"],
    ),
    (
        "comity-secretariat",
        &["comity-core", "comity-sign", "comity-mirror"],
    ),
    (
        "comity",
        &[
            "comity-core",
            "comity-sign",
            "comity-mirror",
            "comity-member",
            "comity-secretariat",
        ],
    ),
    (
        "comity-sim",
        &[
            "comity-core",
            "comity-sign",
            "comity-mirror",
            "comity-member",
            "comity-secretariat",
        ],
    ),
];

#[test]
fn no_file_is_a_program() {
    refuse(written_files(), |text| {
        let lines = text.lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{lines} lines, more than {FILE_LINES_MAX}"))
    });
}

#[test]
fn lines_end_where_their_text_ends() {
    refuse(written_files(), |text| {
        let trailing = text.lines().position(|line| line != line.trim_end());
        match trailing {
            Some(index) => Some(format!("trailing white space in line {}", index + 1)),
            None if !text.ends_with('\n') => Some("no newline at the end".into()),
            None if text.ends_with("\n\n") => Some("an empty line at the end".into()),
            None => None,
        }
    });
}

#[test]
fn modules_open_by_saying_what_they_are() {
    refuse(rust_files(), |text| {
        (!text.starts_with("//!")).then(|| "does not begin with //!".into())
    });
}

#[test]
fn lint_exceptions_and_loose_ends_are_not_left_behind() {
    // Written apart, so that this file does not find itself.
    let forbidden = [
        (concat!("#[", "allow("), "use #[expect(…, reason = \"…\")]"),
        (
            concat!("#![", "allow("),
            "use #![expect(…, reason = \"…\")]",
        ),
        (concat!("todo", "!("), "finish it or leave it out"),
        (concat!("unimplemented", "!("), "finish it or leave it out"),
        (concat!("#[", "ignore"), "a test runs or is not there"),
    ];
    refuse(rust_files(), |text| {
        let (what, instead) = forbidden.iter().find(|(what, _)| text.contains(what))?;
        Some(format!("{what}: {instead}"))
    });
}

#[test]
fn every_path_in_the_architecture_exists() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let missing: Vec<_> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|quoted| is_path(quoted))
        .filter(|path| !root().join(path).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md names what is not there: {missing:?}"
    );
}

#[test]
fn every_dependency_says_what_for() {
    for (manifest, heading) in [
        ("Cargo.toml", "[workspace.dependencies]"),
        ("fuzz/Cargo.toml", "[dependencies]"),
    ] {
        let text = read(&root().join(manifest));
        let mut above = "";
        let mut silent = Vec::new();
        for line in section(&text, heading) {
            let is_ours = line.contains("path = ");
            let opens = line.chars().next().is_some_and(char::is_alphanumeric);
            if opens && !is_ours && !above.starts_with('#') {
                silent.push(line);
            }
            above = line;
        }
        assert!(
            silent.is_empty(),
            "{manifest}: no comment line above {silent:#?}"
        );
    }
}

#[test]
fn versions_are_chosen_once_for_all_crates() {
    refuse(manifests(), |text| {
        let own = dependencies(text)
            .into_iter()
            .find(|(_, line)| !line.contains("workspace = true"));
        own.map(|(_, line)| format!("takes its own version: {line}"))
    });
}

#[test]
fn dependencies_point_one_way() {
    let wall: BTreeMap<_, _> = WALL.iter().copied().collect();
    for manifest in manifests() {
        let text = read(&manifest);
        let name = section(&text, "[package]")
            .find_map(|line| line.strip_prefix("name = "))
            .map(|name| name.trim_matches('"').to_owned())
            .unwrap();
        let may = wall.get(name.as_str());
        let may = may.unwrap_or_else(|| panic!("{name} has no place in the wall"));
        for (dependency, _) in dependencies(&text) {
            let is_ours = wall.contains_key(dependency.as_str());
            assert!(
                !is_ours || may.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn core_and_sign_reach_nothing_outside() {
    for krate in ["core", "sign"] {
        let map = read(&root().join(krate).join("src/lib.rs"));
        assert!(map.contains("#![no_std]"), "{krate} is not no_std");
    }
}

#[test]
fn every_defence_stands_where_the_table_says() {
    let table = read(&root().join("tools/defences.txt"));
    let sources: Vec<String> = rust_files().iter().map(|path| read(path)).collect();
    let mut faults = Vec::new();
    for entry in table
        .split("\n\n")
        .filter(|entry| entry.starts_with("defence: "))
    {
        let fields: BTreeMap<_, _> = entry.lines().filter_map(|it| it.split_once(": ")).collect();
        let keys = ["defence", "file", "line", "instead", "run", "test"];
        let [name, file, line, instead, _, test] = keys.map(|key| {
            *fields
                .get(key)
                .unwrap_or_else(|| panic!("{key} is missing: {entry}"))
        });
        let times = read(&root().join(file)).matches(line).count();
        if times != 1 || line == instead {
            faults.push(format!("{name}: {times} times in {file}: {line}"));
        }
        let test = format!("fn {}(", test.rsplit("::").next().unwrap_or_default());
        if !sources.iter().any(|source| source.contains(&test)) {
            faults.push(format!("{name}: there is no {test}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

// --- what is read -----------------------------------------------------------

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails with every file about which `fault` says something.
fn refuse(paths: BTreeSet<PathBuf>, fault: impl Fn(&str) -> Option<String>) {
    assert!(!paths.is_empty(), "no files to look at");
    let faults: Vec<_> = paths
        .iter()
        .filter_map(|path| Some(format!("{}: {}", path.display(), fault(&read(path))?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What people write by hand: not data, not lock files.
fn written_files() -> BTreeSet<PathBuf> {
    let is_written = |path: &Path| match path.extension() {
        Some(extension) => ["rs", "md", "toml", "sh", "css"]
            .iter()
            .any(|e| extension == *e),
        None => [
            "check",
            ".ci/run",
            "fuzz/run",
            "tools/defences",
            "tools/architectures",
        ]
        .iter()
        .any(|name| path.ends_with(name)),
    };
    files(&root())
        .into_iter()
        .filter(|path| is_written(path))
        .collect()
}

fn rust_files() -> BTreeSet<PathBuf> {
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    files(&root()).into_iter().filter(is_rust).collect()
}

fn manifests() -> BTreeSet<PathBuf> {
    // What fuzzes is a workspace of its own, and ships nothing.
    let others = ["Cargo.toml", "fuzz/Cargo.toml"].map(|path| root().join(path));
    let is_members = |path: &PathBuf| path.ends_with("Cargo.toml") && !others.contains(path);
    files(&root()).into_iter().filter(is_members).collect()
}

/// All files below `folder` but for build output and the repository's own.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("target") || path.ends_with(".git") || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The lines of a TOML table, from its heading to the next.
fn section<'a>(text: &'a str, heading: &str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .skip_while(move |line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
}

/// Name and line of each dependency of a member's manifest, of any kind.
fn dependencies(manifest: &str) -> Vec<(String, &str)> {
    let headings = [
        "[dependencies]",
        "[dev-dependencies]",
        "[build-dependencies]",
    ];
    headings
        .iter()
        .flat_map(|heading| section(manifest, heading))
        .filter(|line| line.starts_with(|c: char| c.is_alphabetic()))
        .map(|line| {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            (name.to_owned(), line)
        })
        .collect()
}

/// Whether a quoted word of the documentation is meant as a path here.
fn is_path(quoted: &str) -> bool {
    let looks_like_one = quoted.contains('/')
        || [".rs", ".md", ".toml"]
            .iter()
            .any(|end| quoted.ends_with(end));
    looks_like_one && !quoted.contains([' ', '<', '*', ':', '\n']) && !quoted.starts_with('/')
}
