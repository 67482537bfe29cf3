//! Other implementations' programs, which judge ours.

use std::env;
use std::path::PathBuf;

/// Where a program is. Where it is not installed the test says so and is
/// skipped, or fails if everything is required.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|directory| directory.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        skip(&format!("there is no {name} here"));
    }
    found
}

/// Says why a test is skipped, or fails it if everything is required.
pub(crate) fn skip(reason: &str) {
    assert!(
        env::var_os("COMITY_REQUIRE").is_none_or(|value| value != "1"),
        "required: {reason}"
    );
    println!("skipped: {reason}");
}
