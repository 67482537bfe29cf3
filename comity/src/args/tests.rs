//! Command lines that are taken, and those that are not.

use super::*;
use clap::CommandFactory;

#[test]
fn the_command_line_is_sound() {
    Args::command().debug_assert();
}

/// Command lines that are taken, and those that are not, each with a word of
/// what is said.
const ACTS: &[(&str, Option<&str>)] = &[
    ("vote 0e for --ledger u --as d", None),
    ("vote 0e for --ledger u --prepare f", None),
    ("vote 0e for --ledger u", Some("--as")),
    ("vote 0e maybe --ledger u --as d", Some("maybe")),
    ("consent 0e --ledger u --as d", None),
    ("consent 0e --ledger u --prepare f --holder be.", None),
    ("consent 0e --ledger u", Some("--as")),
    ("consent 0e --as d", Some("--ledger")),
    ("consent --ledger u --as d", Some("PROPOSAL")),
    ("consent --sign f", None),
    ("consent --sign f --as d", None),
    ("consent --submit f --ledger u", None),
    ("consent --submit f", Some("--ledger")),
    ("consent 0e --sign f", Some("cannot be used with")),
    (
        "consent --sign f --submit f --ledger u",
        Some("cannot be used with"),
    ),
    (
        "consent 0e --prepare f --submit f --ledger u",
        Some("cannot be used with"),
    ),
    ("claim ai. --holder-card f --ledger u --print", None),
    ("claim ai. --holder-card f --ledger u --as d", None),
    ("claim ai. --holder-card f --ledger u", Some("--as")),
    ("sign f", None),
    ("sign f --as pkcs11:token=be", None),
    ("sign", Some("FILE")),
    ("submit f g --ledger u", None),
    ("submit --ledger u", Some("FILE")),
    ("propose --ledger u --as d --reason r --admit a=b", None),
    (
        "propose --ledger u --as d --reason r --admit a=b --charter c",
        Some("cannot"),
    ),
    (
        "propose --ledger u --as d --reason r --set s --charter c",
        Some("cannot"),
    ),
    (
        "propose --ledger u --as d --reason r --set s --amends 0e --deadline 7d",
        Some("cannot"),
    ),
    (
        "propose --ledger u --as d --reason r --set s --keep k --amends 0e",
        None,
    ),
    ("declare charter --text t --ledger u --as d", None),
    ("declare charter --ledger u --as d", Some("--text")),
    ("member depart --reason r --ledger u --as d", None),
    ("member depart --ledger u --as d", Some("--reason")),
    ("member accede --ledger u --prepare f", None),
    ("ceremony start --reason r --ledger u --as d", None),
    ("ceremony start --ledger u --as d", Some("--reason")),
    ("ceremony drill --reason r --ledger u --as d", None),
    ("ceremony show --ledger u", None),
    (
        "ceremony compromised --epoch 1 --reason r --ledger u --as d",
        None,
    ),
    ("holder show --ledger u", None),
    ("holder show be. --ledger u", None),
    ("holder show be. --holder be. --ledger u", Some("cannot")),
    (
        "holder rotate --key c --key d --policy 2 --ledger u --as d",
        None,
    ),
    ("holder rotate --ledger u --as d", Some("--key")),
    (
        "holder rotate --key c --recovery-key d --ledger u --as d",
        Some("--recovery-key"),
    ),
    ("holder recover --delay 72h --ledger u --as d", None),
    (
        "holder recover --delay long --ledger u --as d",
        Some("period"),
    ),
    ("holder transfer be. --to f --ledger u --as d", None),
    ("holder transfer --to f --ledger u --as d", Some("NAME")),
    (
        "holder testament --to f --prepare g --ledger u --as d",
        None,
    ),
    ("holder object 0e --reason r --ledger u --as d", None),
    ("holder key --dir d --name n --token pkcs11:x", None),
    ("diff a b", None),
    ("diff a b --json", None),
    ("diff a", Some("NEW")),
    ("replay d --json", None),
    ("replay", Some("DIR")),
    ("exposure z", None),
    ("exposure", Some("ZONE")),
    ("exposure z --mmdb a --mmdb b --name ai. --country CD", None),
    ("exposure z --country COD", Some("two letters")),
    ("exposure z --csv --if-refuses US --if-refuses AS1", None),
    ("exposure --csv=parties z", None),
    ("exposure z --csv=nonsense", Some("outage")),
    ("exposure z --csv --json", Some("cannot be used with")),
    ("exposure z --map m --countries c --chart d", None),
    ("exposure z --map m", Some("--countries")),
    ("exposure z --compare y --json", None),
    ("export roll-calls --ledger u", None),
    ("box init d --name north --url https://b", None),
    ("box init d --name north", Some("--url")),
    ("box run d --listen 127.0.0.1:0 --ledger u", None),
    ("box run d --ledger u --proxy nonsense", Some("network")),
    (
        "vote 0e for --ledger u --as d --box north --receipts r",
        None,
    ),
    ("submit f --ledger u --box north", None),
    ("audit u --receipts r", None),
    ("charter new --members 5 --box north", Some("NAME,KEY,URL")),
    (
        "charter new --members 5 --box north,12,https://b",
        Some("key"),
    ),
];

#[test]
fn reads_the_acts_of_people() {
    for (line, wrong) in ACTS {
        let words = std::iter::once("comity").chain(line.split(' '));
        match (Args::try_parse_from(words), wrong) {
            (Ok(_), None) => {}
            (Err(error), Some(said)) => {
                let text = error.to_string();
                assert!(text.contains(said), "{line}: {text}");
            }
            (Ok(_), Some(_)) => panic!("{line} is taken"),
            (Err(error), None) => panic!("{line}: {error}"),
        }
    }
}

#[test]
fn reads_periods() {
    let table = [
        ("90s", Some(90)),
        ("2m", Some(120)),
        ("7d", Some(604_800)),
        ("x", None),
    ];
    for (text, seconds) in table {
        assert_eq!(parse_period(text).ok(), seconds, "{text}");
    }
}
