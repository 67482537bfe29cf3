//! Files that people write: configurations of mirror, member and secretariat,
//! cards, networks, keys on tokens, and the rules of a charter. A configuration that we write
//! says what it was told to say.

#![no_main]

use comity_core::basic::Digest;
use comity_core::charter::CharterRules;
use comity_fuzz::parts::Parts;
use comity_member::home as member;
use comity_member::token::KeyUri;
use comity_mirror::dns::{Network, Networks};
use comity_mirror::run as mirror;
use comity_mirror::source;
use comity_secretariat::home as secretariat;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = Parts(input);
    let kind = parts.octet() % 10;
    let text = String::from_utf8_lossy(parts.rest());
    match kind {
        0 => mirrors(&text),
        1 => drop(toml::from_str::<member::Config>(&text)),
        2 => drop(toml::from_str::<secretariat::Config>(&text).map(|config| config.pace())),
        3 => drop(toml::from_str::<CharterRules>(&text)),
        4 => network(&text),
        5 => card(&text),
        6 => drop(source::open(&text).describe()),
        7 => templates(&text),
        9 => token(&text),
        _ => drop(serde_json::from_str::<Networks>(&text)),
    }
});

fn mirrors(text: &str) {
    if let Ok(config) = mirror::Config::parse(text) {
        let Some(listen) = config.listen.first() else {
            return;
        };
        let (ledger, founding) = (&config.ledger, &config.founding);
        let told = (&config.notify[..], config.metrics);
        let written = mirror::Config::template(ledger, founding, *listen, told);
        let read = mirror::Config::parse(&written).unwrap();
        assert_eq!((&read.ledger, read.founding), (ledger, *founding));
        assert_eq!(read.notify, config.notify);
        assert_eq!(read.metrics, config.metrics);
    }
}

fn network(text: &str) {
    if let Ok(network) = text.parse::<Network>() {
        let again: Network = network.to_string().parse().unwrap();
        assert_eq!(again, network);
    }
}

fn card(text: &str) {
    if let Ok(card) = serde_json::from_str::<member::Card>(text) {
        let again = serde_json::to_string(&card).unwrap();
        assert_eq!(serde_json::from_str::<member::Card>(&again).unwrap(), card);
    }
}

fn token(text: &str) {
    match text.parse::<KeyUri>() {
        Ok(uri) => {
            assert_eq!(uri.to_string(), text);
            assert!(uri.object.is_some() || uri.id.is_some());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Whatever an operator gave as a place or a name.
fn templates(text: &str) {
    let founding = Digest([0x1e; 32]);
    let listen = "127.0.0.1:0".parse().unwrap();
    let written = mirror::Config::template(text, &founding, listen, (&[], None));
    assert_eq!(mirror::Config::parse(&written).unwrap().ledger, text);
    let written = member::Config::template(text);
    let read: member::Config = toml::from_str(&written).unwrap();
    assert_eq!(read.secretariat, text);
    let written = secretariat::Config::template(text, text);
    let read: secretariat::Config = toml::from_str(&written).unwrap();
    assert_eq!((read.origin.as_str(), read.listen.as_str()), (text, text));
}
