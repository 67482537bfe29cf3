//! What a history's names are called, and which addresses stand behind them:
//! two vocabularies in the same order. No rule may tell one from the other.

use std::format;
use std::net::Ipv4Addr;
use std::string::{String, ToString as _};
use std::vec::Vec;

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// Those that the steps are written in.
    Plain,
    /// Such as somebody might want to have a rule about.
    Loaded,
}

/// Every label of the histories, and the one that stands for it. Both columns
/// are in order, so that canonical order stays.
const LABELS: &[(&str, &str)] = &[
    ("a", "adult"),
    ("admin", "arms"),
    ("be", "bank"),
    ("bird", "bet"),
    ("com", "casino"),
    ("dns", "drugs"),
    ("evil", "exile"),
    ("example", "faith"),
    ("fish", "game"),
    ("frog", "heresy"),
    ("lu", "leak"),
    ("mute", "minority"),
    ("net", "news"),
    ("new", "occult"),
    ("nic", "opposition"),
    ("ns", "parody"),
    ("nstld", "party"),
    ("pond", "press"),
    ("root-servers", "strike"),
    ("verisign-grs", "union"),
    ("wild", "war"),
    ("www", "xxx"),
];

impl Words {
    /// Lines of records, or a name, in these words.
    pub(crate) fn of(self, text: &str) -> String {
        let line = |line: &str| {
            let words = line.split(' ').map(|word| self.word(word));
            words.collect::<Vec<_>>().join(" ")
        };
        match self {
            Self::Plain => text.into(),
            Self::Loaded => text.lines().map(line).collect::<Vec<_>>().join("\n"),
        }
    }

    fn word(self, word: &str) -> String {
        if let Ok(address) = word.parse::<Ipv4Addr>() {
            let [_, _, _, last] = address.octets();
            return Ipv4Addr::new(203, 0, 113, last).to_string();
        }
        match word.strip_suffix('.') {
            Some(labels) if !labels.is_empty() => {
                let labels = labels.split('.').map(label);
                format!("{}.", labels.collect::<Vec<_>>().join("."))
            }
            _ => word.into(),
        }
    }
}

fn label(label: &str) -> &str {
    let mut known = LABELS.iter().filter(|(plain, _)| *plain == label);
    known.next().unwrap_or_else(|| panic!("{label}")).1
}

#[test]
fn both_vocabularies_are_in_one_order() {
    assert!(LABELS.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
    let line = "bird.example. 60 A 192.0.2.1\n. 60 NS ns.evil.";
    assert_eq!(
        Words::Loaded.of(line),
        "bet.faith. 60 A 203.0.113.1\n. 60 NS parody.exile."
    );
    assert_eq!(Words::Plain.of(line), line);
}
