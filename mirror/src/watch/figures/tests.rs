//! The text is pinned; what is not known is not in it.

use super::*;

const NOW: Time = Time(1_767_096_000);

fn upstream(name: &str, state: &str, serial: Option<u32>) -> UpstreamView {
    UpstreamView {
        name: name.into(),
        state: state.into(),
        why: None,
        serial,
        asked: None,
    }
}

fn figures() -> Figures {
    let mut counts = Counts::default();
    let version = What::Version {
        serial: 7,
        before: None,
        upstream: "192.0.2.1:53".into(),
    };
    let refused = What::Refused {
        serial: 8,
        upstream: "192.0.2.1:53".into(),
        rule: "zonemd".into(),
    };
    counts.note(&[
        Event::new(NOW, Level::Info, version, ""),
        Event::new(NOW, Level::Alarm, refused, ""),
    ]);
    Figures {
        zone: ".".into(),
        served: Some(2_025_123_001),
        newest: Some(2_025_123_002),
        heard: Some(Time(NOW.0 - 60)),
        until: Some(NOW.plus(7 * 86_400)),
        first_expiration: Some(NOW.plus(13 * 86_400)),
        held: 2,
        is_frozen: false,
        alarms: 1,
        upstreams: vec![
            upstream("192.0.2.1:53", "zonemd", Some(2_025_123_003)),
            upstream("192.0.2.2:53", "good", Some(2_025_123_002)),
        ],
        anchors: vec![(20_326, "trusted"), (38_696, "pending")],
        published: Some(true),
        counts,
    }
}

/// To renew the file after a change that is meant, run this test with
/// `COMITY_GOLDEN=write`.
#[test]
fn the_text_of_an_example_is_as_pinned() {
    let text = figures().write(NOW).unwrap();
    // A family has no order of its own.
    let mut lines: Vec<&str> = text.lines().collect();
    for run in lines.chunk_by_mut(|one, other| {
        let name = |line: &str| line.split('{').next().map(str::to_string);
        one.contains('{') && name(one) == name(other)
    }) {
        run.sort_unstable();
    }
    let text = lines.join("\n") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/watch/figures/example.txt");
    if std::env::var_os("COMITY_GOLDEN").is_some_and(|value| value == "write") {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap());
}

#[test]
fn what_is_not_known_is_left_out() {
    let text = Figures::default().write(NOW).unwrap();
    assert!(
        text.contains("comity_watch_serving{zone=\"\"} 0\n"),
        "{text}"
    );
    for name in [
        "serial{",
        "heard",
        "remaining",
        "expiration",
        "published",
        "anchor{",
    ] {
        assert!(!text.contains(name), "{name}: {text}");
    }
}
