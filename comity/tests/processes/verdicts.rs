//! `comity diff --judge` before real name servers and a resolver: changes of
//! countries' names as the root had them, with servers and addresses as they were
//! (each leads to this machine), and hostile ones.

use std::collections::BTreeSet;
use std::net::TcpStream;

use serde_json::Value;

use crate::support::child::Signer;
use crate::support::daemons::Daemon;
use crate::support::workshop::{Ran, Workshop, ran};
use crate::support::{PATIENCE, judge, look};

/// The delegation of `tr.` before 2024080202, where all servers got new names.
const TR: &str = "
    tr. NS ns41.nic.tr.
    tr. NS ns61.nic.tr.
    tr. NS ns72.nic.tr.
    ns41.nic.tr. A 185.7.0.2
    ns61.nic.tr. A 206.51.254.1
    ns61.nic.tr. AAAA 2620:171:804:ad2::1
    ns72.nic.tr. A 40.68.114.66";

/// The delegations of `ai.` before and from 2024121702, where all servers are
/// others, of another operator.
const AI: &str = "
    ai. NS a.lactld.org.
    ai. NS pch.whois.ai.
    ai. NS anycastdns1-cz.nic.ai.
    a.lactld.org. A 200.0.68.10
    a.lactld.org. AAAA 2801:14:a000::10
    pch.whois.ai. A 204.61.216.123
    anycastdns1-cz.nic.ai. A 185.28.194.194";
const AI_MOVED: &str = "
    ai. NS v0n0.nic.ai.
    ai. NS v2n0.nic.ai.
    v0n0.nic.ai. A 199.115.152.1
    v0n0.nic.ai. AAAA 2001:500:a0::1
    v2n0.nic.ai. A 199.115.156.1";

/// The delegation of `fj.` around 2024022801, where its DS set was withdrawn, and
/// was back with another key at 2024022902.
const FJ: &str = "
    fj. NS ns1.fj.
    fj. NS ns3.fj.
    fj. NS ns5.fj.
    ns1.fj. A 144.120.146.1
    ns1.fj. AAAA 2402:2940:100:100c::1
    ns3.fj. A 185.38.108.108
    ns5.fj. A 204.61.216.138";
const FJ_DS: &str = "27739 8 2 D7FE923EED1E1194597CC5EBCB37D10F3BFA2E927159F5018CDDB86D30665ABB";

/// The delegation of `ch.`, which rolls its key every year.
const CH: &str = "
    ch. NS a.nic.ch.
    ch. NS b.nic.ch.
    ch. NS e.nic.ch.
    a.nic.ch. A 130.59.31.41
    b.nic.ch. A 130.59.31.43
    e.nic.ch. A 194.0.17.1
    e.nic.ch. AAAA 2001:678:3::1";

#[test]
fn a_name_whose_servers_get_new_names_at_their_addresses_passes() {
    let Some(stage) = Stage::new("tr.") else {
        return;
    };
    let renamed = TR.replace(".nic.tr.", ".ns.tr.");
    let child = stage.signed(&renamed, 1);
    let ds = ds_lines("tr.", &child.ds);
    let ran = stage.judged(&[TR, &ds], &[&renamed, &ds], &child.zone, &child.zone);
    assert_eq!(verdicts(&ran), ["tr. ns-renamed passed: address-kept"]);
    assert_eq!(ran.code, Some(0), "{ran:#?}");
}

#[test]
fn a_name_that_moves_to_another_operator_passes_once_its_old_servers_say_so() {
    let Some(stage) = Stage::new("ai.") else {
        return;
    };
    let announced = stage.signed(AI_MOVED, 1);
    let ds = ds_lines("ai.", &announced.ds);
    let zone = &announced.zone;
    let ran = stage.judged(&[AI, &ds], &[AI_MOVED, &ds], zone, zone);
    assert_eq!(
        verdicts(&ran),
        ["ai. ns-replaced passed: ns-signed-by-child"]
    );
    assert_eq!(ran.code, Some(0), "{ran:#?}");
    // The same change, of which the child knows nothing, to servers that have not
    // its keys.
    let (silent, other) = (stage.signed(AI, 1), stage.signed(AI_MOVED, 1));
    let ds = ds_lines("ai.", &silent.ds);
    let ran = stage.judged(&[AI, &ds], &[AI_MOVED, &ds], &silent.zone, &other.zone);
    let expected = "ai. ns-replaced held: moved-without-proof, new-servers-unsigned";
    assert_eq!(verdicts(&ran), [expected]);
    assert_eq!(ran.code, Some(3), "{ran:#?}");
}

#[test]
fn a_withdrawn_ds_set_passes_if_the_chain_is_broken_and_so_does_its_return() {
    let Some(stage) = Stage::new("fj.") else {
        return;
    };
    let child = stage.signed(FJ, 1);
    let zone = &child.zone;
    let [before, after] = [&[FJ_DS.to_string()][..], &child.ds].map(|ds| ds_lines("fj.", ds));
    let withdrawn = stage.judged(&[FJ, &before], &[FJ], zone, zone);
    assert_eq!(
        verdicts(&withdrawn),
        ["fj. ds-withdrawn passed: chain-broken, ds-withdrawn"]
    );
    let back = stage.judged(&[FJ], &[FJ, &after], zone, zone);
    assert_eq!(verdicts(&back), ["fj. ds-first passed: ds-served-by-child"]);
    // A withdrawal that nothing calls for.
    let intact = stage.judged(&[FJ, &after], &[FJ], zone, zone);
    assert_eq!(
        verdicts(&intact),
        ["fj. ds-withdrawn alarmed: ds-withdrawn, chain-intact"]
    );
    for ran in [withdrawn, back, intact] {
        assert_eq!(ran.code, Some(0), "{ran:#?}");
    }
}

#[test]
fn a_routine_roll_passes_and_a_ds_set_of_somebody_else_is_held() {
    let Some(stage) = Stage::new("ch.") else {
        return;
    };
    let child = stage.signed(CH, 2);
    let [old, new] = [0, 1].map(|key| ds_lines("ch.", &child.ds[key..=key]));
    let zone = &child.zone;
    let roll = stage.judged(&[CH, &old], &[CH, &new], zone, zone);
    assert_eq!(
        verdicts(&roll),
        ["ch. ds-replaced passed: ds-proven-by-child"]
    );
    assert_eq!(roll.code, Some(0), "{roll:#?}");
    let hostile = ds_lines("ch.", &[FJ_DS.to_string()]);
    let ran = stage.judged(&[CH, &old], &[CH, &hostile], zone, zone);
    assert_eq!(
        verdicts(&ran),
        ["ch. ds-replaced held: ds-contradicted-by-child"]
    );
    assert_eq!(ran.code, Some(3), "{ran:#?}");
}

#[test]
fn a_name_that_is_removed_while_its_servers_answer_is_held() {
    let Some(stage) = Stage::new("ch.") else {
        return;
    };
    let child = stage.signed(CH, 1);
    let ds = ds_lines("ch.", &child.ds);
    let ran = stage.judged(&[CH, &ds], &[], &child.zone, &child.zone);
    assert_eq!(verdicts(&ran), ["ch. removed held: child-still-answers"]);
    assert_eq!(ran.code, Some(3), "{ran:#?}");
    let text = stage.run(&[CH, &ds], &[], &child.zone, &child.zone, &[]);
    assert_eq!(text.code, Some(3), "{text:#?}");
    for part in [
        "    held: child-still-answers\n",
        "      ch. is removed, and its servers still answer for it.\n",
        "      Next: ",
    ] {
        assert!(text.stdout.contains(part), "{part}: {}", text.stdout);
    }
}

/// What is needed for a case of one name.
struct Stage {
    name: &'static str,
    workshop: Workshop,
    signer: Signer,
    nsd: std::path::PathBuf,
    unbound: std::path::PathBuf,
}

impl Stage {
    fn new(name: &'static str) -> Option<Self> {
        let [nsd, unbound] = judge::programs(["nsd", "unbound"])?;
        Some(Self {
            name,
            workshop: Workshop::new(),
            signer: Signer::new()?,
            nsd,
            unbound,
        })
    }

    /// The name's own zone, whose NS set is as in these lines of its parent.
    fn signed(&self, lines: &str, entry_keys: usize) -> crate::support::child::Signed {
        let name = self.name;
        let mut zone = format!("{name} 3600 IN SOA a.{name} b.{name} 7 1800 900 604800 300\n");
        let inside = format!(".{name}");
        for line in lines.lines().map(str::trim).filter(|it| !it.is_empty()) {
            let (owner, data) = line.split_once(' ').unwrap();
            if owner == name || owner.ends_with(&inside) {
                zone += &format!("{owner} 3600 IN {data}\n");
            }
        }
        self.signer.sign(name, &zone, entry_keys)
    }

    /// As [`Stage::run`], with lines of JSON.
    fn judged(&self, old: &[&str], new: &[&str], there: &str, then: &str) -> Ran {
        self.run(old, new, there, then, &["--json"])
    }

    /// Judges the change from the old delegation to the new one while the old
    /// servers have one zone, and those that are new another. A resolver knows the
    /// old ones.
    fn run(&self, old: &[&str], new: &[&str], there: &str, then: &str, more: &[&str]) -> Ran {
        let daemons = [there, then].map(|zone| Daemon::nsd_of(&self.nsd, self.name, zone));
        let [at_old, at_new] = daemons.each_ref().map(|daemon| daemon.address);
        let clauses = format!(
            "stub-zone:\n name: \"{}\"\n stub-addr: {}@{}\n",
            self.name,
            at_old.ip(),
            at_old.port()
        );
        let resolver = Daemon::unbound(&self.unbound, &clauses);
        for address in [at_old, at_new, resolver.address] {
            look(PATIENCE, || TcpStream::connect(address).ok()).unwrap();
        }
        let [old, new] = [(7, old), (8, new)].map(|(serial, lines)| root(serial, lines));
        let files = [("old.zone", &old), ("new.zone", &new)];
        let files = files.map(|(file, text)| self.workshop.write(file, text.as_bytes()));
        let mut command = self.workshop.command(&["diff", "--judge"]);
        command.args(files).args(more);
        command.args(["--resolver", &resolver.address.to_string()]);
        let known = addresses(&old);
        for address in &known {
            command.args(["--reach", &format!("{address}={at_old}")]);
        }
        for address in addresses(&new).difference(&known) {
            command.args(["--reach", &format!("{address}={at_new}")]);
        }
        ran(&mut command)
    }
}

/// A root with these lines, without classes and TTLs.
fn root(serial: u32, lines: &[&str]) -> String {
    let mut root = format!(
        ". 86400 IN SOA a.root-servers.net. b. {serial} 1800 900 604800 86400\n\
         . 518400 IN NS a.root-servers.net.\n"
    );
    for line in lines.iter().flat_map(|lines| lines.lines()).map(str::trim) {
        if let Some((owner, data)) = line.split_once(' ') {
            root += &format!("{owner} 172800 IN {data}\n");
        }
    }
    root
}

fn ds_lines(name: &str, ds: &[String]) -> String {
    ds.iter()
        .map(|data| format!("{name} DS {data}\n"))
        .collect()
}

/// All addresses in a zone file of one record a line.
fn addresses(zone: &str) -> BTreeSet<String> {
    let words = zone.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let addresses = words.filter_map(|words| match words[..] {
        [_, _, _, "A" | "AAAA", address] => Some(address.to_string()),
        _ => None,
    });
    addresses.collect()
}

/// What is said of the name itself, and not of its hosts.
fn verdicts(ran: &Ran) -> Vec<String> {
    let lines = ran.stdout.lines();
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines = lines.filter(|line| line["change"] != "host-address");
    let word = |line: &Value, field: &str| line[field].as_str().unwrap().to_string();
    lines
        .map(|line| {
            let reasons = line["reasons"].as_array().unwrap().iter();
            let reasons: Vec<_> = reasons.map(|it| it.as_str().unwrap()).collect();
            let [name, change, verdict] = ["name", "change", "verdict"].map(|it| word(&line, it));
            format!("{name} {change} {verdict}: {}", reasons.join(", "))
        })
        .collect()
}
