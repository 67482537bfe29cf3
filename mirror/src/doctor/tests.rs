//! From answers to what is wrong: a table for each kind of resolver.

use super::*;

/// 2025-12-30T12:00Z.
const NOW: Time = Time(1_767_096_000);

fn answered(rcode: u8, authentic: bool) -> Answered {
    Answered {
        rcode: Some(rcode),
        authentic,
        has_records: rcode == 0,
        ..Answered::default()
    }
}

/// Validated, answered without that, failed, refused, nothing, and no such name.
fn of(sign: char) -> Answered {
    match sign {
        'v' => answered(0, true),
        'a' => answered(0, false),
        'f' => answered(2, false),
        'r' => answered(5, false),
        'n' => answered(3, false),
        _ => Answered::default(),
    }
}

/// In the order of [`Examined`].
fn examined(signs: &str) -> Examined {
    let mut signs = signs.chars().map(of);
    let mut next = || signs.next().unwrap();
    Examined {
        root: next(),
        root_unchecked: next(),
        good: next(),
        bad: next(),
        good_15: next(),
        bad_15: next(),
        unchecked_15: [next(), next()],
    }
}

#[test]
fn what_is_wrong_is_told_by_what_is_answered() {
    use Diagnosis::*;
    for (signs, expected) in [
        ("vavfvfaa", &[][..]),
        ("--------", &[Silent]),
        ("rrrrrrrr", &[NoRecursion]),
        // The root fails, and unchecked it does not.
        ("fafffaaa", &[WrongAnchor]),
        // Nothing is validated.
        ("aaaaaaaa", &[NoValidation]),
        // Algorithm 15 is taken for no signature at all.
        ("vavfaaaa", &[NoAlgorithm15]),
        ("vavfafaa", &[NoAlgorithm15]),
        // It is refused.
        ("vavfffaa", &[RefusesAlgorithm15]),
        // Names that are not there say nothing.
        ("vavfffff", &[Inconclusive]),
        ("vavfvfaf", &[Inconclusive]),
        ("vavfnnnn", &[Inconclusive]),
        ("vaffvfaa", &[Inconclusive]),
    ] {
        assert_eq!(diagnose(&examined(signs), None, NOW), expected, "{signs}");
    }
}

#[test]
fn a_root_is_old_by_its_serial() {
    for (serial, newest, stale) in [
        (2_025_123_001, None, false),
        (2_025_122_700, None, false),
        (2_025_122_600, None, true),
        (2_025_010_100, None, true),
        (2_025_122_600, Some(2_025_122_701), false),
        (2_025_122_600, Some(2_025_123_001), true),
        // Another form of serial says nothing about a day.
        (7, None, false),
        (7, Some(2_025_123_001), false),
        (2_025_123_001, Some(7), false),
    ] {
        let mut examined = examined("vavfvfaa");
        examined.root.serial = Some(serial);
        let found = diagnose(&examined, newest, NOW);
        let is_stale = found.contains(&Diagnosis::StaleRoot);
        assert_eq!(is_stale, stale, "{serial} {newest:?}");
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    assert_eq!(serial::day(1_999_123_100), Some(Time(10_956 * DAY_SECONDS)));
    assert_eq!(serial::day(2_000_022_900), Some(Time(11_016 * DAY_SECONDS)));
    assert_eq!(
        serial::day(2_025_123_001),
        Some(Time(NOW.0 - NOW.0 % DAY_SECONDS))
    );
    assert_eq!(serial::day(2_025_133_001), None);
    assert_eq!(serial::day(0), None);
}
