//! What is there wherever a step of writing fails, or the process or the power ends.

use std::fs;

use comity_core::upstream::Anchor;
use comity_core::zone::{Rdata, Rtype};

use super::super::event::{Level, What};
use super::*;
use crate::faulty::{Faulty, at_every_step};
use crate::samples::{NOW, PLAIN, name, records, served::sign};

/// A version, by its day.
fn version(day: u64) -> ServedZone {
    sign("example.", records(PLAIN), NOW.plus(day * 86_400))
}

fn memory(system: Arc<Faulty>, directory: &Path) -> Memory {
    Memory::on(system, directory, &name("example."), 2)
}

/// Lets `write` fail at every step, over what `before` has written; then `check` sees what
/// is read, and whether it was said to be written. After that the same write succeeds.
fn at_each_step<T: PartialEq + std::fmt::Debug>(
    write: impl Fn(&Memory, u64) -> Result<(), MemoryError>,
    read: impl Fn(&Memory, &Path) -> T,
) {
    let sound = |directory: &Path| memory(Faulty::sound(), directory);
    let fresh = tempfile::tempdir().unwrap();
    let states = [0, 1, 2].map(|day| {
        if day > 0 {
            write(&sound(fresh.path()), day).unwrap();
        }
        read(&sound(fresh.path()), fresh.path())
    });
    let attempt = |system: Arc<Faulty>| {
        let directory = tempfile::tempdir().unwrap();
        write(&sound(directory.path()), 1).unwrap();
        let written = write(&memory(system, directory.path()), 2);
        (directory, written.is_ok())
    };
    at_every_step(attempt, |(directory, is_written), case| {
        let found = read(&sound(directory.path()), directory.path());
        assert!(states[1..].contains(&found), "{case}: {found:?}");
        assert!(!is_written || found == states[2], "{case}: {found:?}");
        write(&sound(directory.path()), 2).unwrap();
        let found = read(&sound(directory.path()), directory.path());
        assert_eq!(found, states[2], "{case}");
    });
}

#[test]
fn trust_anchors_are_those_of_before_or_the_new_ones() {
    let anchors = |day: u64| {
        let ds = format!("{day} 13 2 {}", "AB".repeat(32));
        let ds = Anchor::Ds(Rdata::from_text(Rtype::DS, &ds).unwrap());
        Anchors::new(&name("example."), vec![ds]).unwrap()
    };
    let read = |memory: &Memory, _: &Path| memory.anchors().unwrap().map(|it| it.texts());
    at_each_step(|memory, day| memory.keep_anchors(&anchors(day)), read);
}

#[test]
fn what_is_kept_beside_is_that_of_before_or_the_new_one() {
    let kept = |day: u64| Kept {
        version: 1,
        heard: Some(Time(day)),
        ..Kept::default()
    };
    let read = |memory: &Memory, _: &Path| memory.kept().unwrap().heard;
    at_each_step(|memory, day| memory.keep(&kept(day)), read);
}

#[test]
fn what_the_guard_remembers_is_that_of_before_or_the_new_one() {
    let history = |day: u64| {
        let past = format!(
            "{{\"time\":7,\"serial\":{day},\"name\":\"be.\",\"sets\":[],\"verdict\":\"held\"}}"
        );
        let text = format!("{{\"version\":1,\"changes\":[{past}]}}");
        History::from_json(&text).unwrap()
    };
    let read = |memory: &Memory, _: &Path| memory.history().unwrap().to_json();
    at_each_step(|memory, day| memory.keep_history(&history(day)), read);
}

#[test]
fn what_is_served_and_what_is_in_effect_is_whole() {
    let read = |_: &Memory, directory: &Path| fs::read(directory.join(SERVED)).ok();
    at_each_step(|memory, day| memory.serve(&version(day)), read);
    let read = |memory: &Memory, _: &Path| memory.effective().unwrap();
    at_each_step(
        |memory, day| memory.keep_effective(Some(&version(day))),
        read,
    );
    let read = |memory: &Memory, _: &Path| memory.effective().unwrap().is_some();
    let write = |memory: &Memory, day| match day {
        1 => memory.keep_effective(Some(&version(day))),
        _ => memory.keep_effective(None),
    };
    at_each_step(write, read);
}

#[test]
fn a_version_is_there_whole_or_not_and_the_oldest_go_only_then() {
    let serial = |day: u64| version(day).serial();
    let attempt = |system: Arc<Faulty>| {
        let directory = tempfile::tempdir().unwrap();
        let before = memory(Faulty::sound(), directory.path());
        before.keep_version(&version(0)).unwrap();
        before.keep_version(&version(1)).unwrap();
        let kept = memory(system, directory.path()).keep_version(&version(2));
        (directory, kept.is_ok())
    };
    at_every_step(attempt, |(directory, is_kept), case| {
        let memory = memory(Faulty::sound(), directory.path());
        let serials = || -> Vec<u32> {
            let versions = memory.versions().unwrap();
            versions.into_iter().map(|(serial, _)| serial).collect()
        };
        let possible = [&[0, 1][..], &[0, 1, 2], &[1, 2]];
        let found = serials();
        let is_possible = |days: &&[u64]| days.iter().map(|it| serial(*it)).eq(found.clone());
        assert!(possible.iter().any(is_possible), "{case}: {found:?}");
        assert!(!is_kept || is_possible(&possible[2]), "{case}: {found:?}");
        let newest = memory.newest().unwrap().unwrap();
        let is_whole = |day: u64| newest.len() == version(day).records().count();
        assert!(is_whole(1) && is_whole(2), "{case}");
        memory.keep_version(&version(2)).unwrap();
        assert_eq!(serials(), [serial(1), serial(2)], "{case}");
    });
}

#[test]
fn what_was_said_is_there_and_a_torn_line_takes_no_other_with_it() {
    let event = |serial: u32| {
        let what = What::Ended { serial };
        Event::new(NOW, Level::Info, what, format!("number {serial}"))
    };
    let attempt = |system: Arc<Faulty>| {
        let directory = tempfile::tempdir().unwrap();
        let before = memory(Faulty::sound(), directory.path());
        before.say(&[event(1)]).unwrap();
        let said = memory(system, directory.path()).say(&[event(2)]);
        (directory, said.is_ok())
    };
    at_every_step(attempt, |(directory, is_said), case| {
        let memory = memory(Faulty::sound(), directory.path());
        memory.say(&[event(3)]).unwrap();
        let text = fs::read_to_string(directory.path().join(EVENTS)).unwrap();
        let events = text
            .lines()
            .filter_map(|it| serde_json::from_str::<Event>(it).ok());
        let events: Vec<Event> = events.collect();
        let all = [event(1), event(2), event(3)];
        let without = [event(1), event(3)];
        assert!(
            events == all || (!is_said && events == without),
            "{case}: {text}"
        );
    });
}
