//! The text is pinned; what is not known is not in it.

use super::*;
use crate::metrics::tests::assert_pinned;

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

#[test]
fn the_text_of_an_example_is_as_pinned() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/watch/figures/example.txt");
    assert_pinned(&figures().write(NOW).unwrap(), path);
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
