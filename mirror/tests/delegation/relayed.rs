//! Faults that stock servers do not have: a relay before one of them does.

use crate::network::{FIRST, Network, SHORT};
use crate::relay::{Ways, relay};

/// The faults that are found when the first server is behind such a relay.
fn behind(ways: Ways, is_patient: bool) -> Option<Vec<String>> {
    let mut network = Network::sound()?;
    let relay = relay(network.target(FIRST), ways);
    network.lead(FIRST, relay);
    if !is_patient {
        network.settings.timeout = SHORT;
        network.settings.tries = 1;
    }
    Some(network.faults())
}

fn check(ways: Ways, is_patient: bool, expected: &[&str]) {
    if let Some(faults) = behind(ways, is_patient) {
        assert_eq!(faults, expected);
    }
}

/// The number of EDNS records in a question: it has no other further records.
fn has_edns(question: &[u8]) -> bool {
    question[11] != 0
}

/// The type that is asked for, of a name with one label that begins the
/// question.
fn asks_for_key(question: &[u8]) -> bool {
    question[12..].starts_with(b"\x04isle\0\0\x30")
}

#[test]
fn a_relay_alone_is_no_fault() {
    check(Ways::ALL, true, &[]);
}

#[test]
fn a_server_without_tcp_is_found() {
    let ways = Ways {
        tcp: false,
        ..Ways::ALL
    };
    check(ways, true, &["silent-tcp at 193.0.14.129"]);
}

#[test]
fn a_server_without_udp_is_found() {
    let ways = Ways {
        passes: |_| false,
        ..Ways::ALL
    };
    check(ways, false, &["silent-udp at 193.0.14.129"]);
}

#[test]
fn a_server_that_drops_edns_is_found() {
    let ways = Ways {
        passes: |question| !has_edns(question),
        ..Ways::ALL
    };
    check(ways, false, &["silent-to-edns at 193.0.14.129"]);
}

#[test]
fn a_server_that_drops_questions_for_keys_is_found() {
    let ways = Ways {
        passes: |question| !asks_for_key(question),
        ..Ways::ALL
    };
    check(ways, false, &["silent-to-question at 193.0.14.129"]);
}

#[test]
fn an_answer_that_is_none_is_found() {
    let ways = Ways {
        change: |answer| answer.truncate(20),
        ..Ways::ALL
    };
    check(ways, false, &["bad-answer at 193.0.14.129"]);
}

#[test]
fn a_server_without_authority_is_found() {
    let ways = Ways {
        change: |answer| answer[2] &= !0x04,
        ..Ways::ALL
    };
    check(ways, true, &["not-authoritative at 193.0.14.129"]);
}

#[test]
fn an_answer_from_elsewhere_is_found() {
    let ways = Ways {
        same_source: false,
        ..Ways::ALL
    };
    check(ways, true, &["other-source at 193.0.14.129"]);
}

#[test]
fn a_cut_answer_is_asked_for_again_by_tcp() {
    let ways = Ways {
        change: |answer| answer[2] |= 0x02,
        ..Ways::ALL
    };
    check(ways, true, &[]);
}
