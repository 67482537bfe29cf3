//! Acts and messages as they stand on ledgers, pinned octet by octet: what one
//! version wrote, every later one must write and read alike.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use comity_core::act::json::{self, Payload};
use comity_core::act::{
    Absence, Accession, Ballot, Ceremony, Compromise, Consent, Consented, Convocation, Decision,
    DecisionResult, Declaration, Departure, Edition, Envelope, Erasure, Findings, Found, Founding,
    FoundingMember, HolderBinding, Holders, Keyset, Matter, Merge, Objection, Proposal, Question,
    RULES, Reason, Receipt, Redistribution, RollAct, Rotation, Session, SessionKind,
    SignatureEntry, Stage, Succession, Tally, Testament, TimeAct, Transfer, Upstream, Vote,
};
use comity_core::basic::{Digest, PublicKey, Signature, Time};
use comity_core::charter::{BoundRule, Charter, CharterRules, Clause, SigningThreshold};
use comity_core::check::{Fault, Finding};
use comity_core::dnssec::{Algorithm, Chain, SignatureCheck, Signed};
use comity_core::guard::Verdict;
use comity_core::holder::{HolderId, HolderKeys, Policy};
use comity_core::ledger::merkle::leaf_hash;
use comity_core::message::{
    CeremonyId, Commit, Confirmation, Deal, Dealing, Handover, HeldName, Invitation, Messages,
    Opening, Possession, Reception, SealedShare, SeenUpstream, SessionId, Shares, UpstreamChanges,
};
use comity_core::state::RollKind;
use comity_core::vote::Count;
use comity_core::zone::{Change, Kind, Name, Rdata, RecordSet, Rtype};
use data_encoding::HEXLOWER;
use ed25519_dalek::{Signer as _, SigningKey};

const LEDGER: Digest = Digest([0x1e; 32]);
const BLOB: Digest = Digest([0xb1; 32]);
const PROPOSAL: Digest = Digest([0x9a; 32]);
const CHECKPOINT: &str = "ledger.example\n7\nHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4=\n\n\
    \u{2014} ledger.example AAAA\n";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> PublicKey {
    PublicKey(key(seed).verifying_key().to_bytes())
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// The octets of a file of this test.
fn golden(file: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    fs::read(folder.join(file)).unwrap_or_default()
}

fn assert_golden(file: &str, octets: &[u8]) {
    let now = String::from_utf8_lossy(octets);
    assert!(golden(file) == octets, "golden/{file} is now:\n{now}");
}

/// The value is written as the file has it, and read from there.
fn pin<T>(file: &str, value: &T)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    assert_golden(file, &json::encode(value));
    assert_eq!(
        json::decode::<T>(&golden(file)).as_ref(),
        Ok(value),
        "{file}"
    );
}

/// A payload in its envelope, signed by these seeds.
fn signed<P: Payload>(payload: &P, signers: &[u8]) -> Envelope {
    let mut envelope = Envelope::unsigned(payload);
    let input = envelope.signing_input();
    for seed in signers {
        envelope.add(SignatureEntry {
            keyid: public(*seed),
            sig: Signature(key(*seed).sign(&input).to_bytes()),
        });
    }
    envelope
}

/// The payload, and its envelope signed by these seeds.
fn pin_act<P: Payload + PartialEq + Debug>(kind: &str, payload: &P, signers: &[u8]) {
    pin(&format!("{kind}.payload.json"), payload);
    let envelope = signed(payload, signers);
    let file = format!("{kind}.json");
    assert_golden(&file, &envelope.to_octets());
    let read = Envelope::parse(&golden(&file), 65_535).unwrap();
    assert_eq!(read, envelope, "{kind}");
    assert_eq!(read.payload::<P>().as_ref(), Ok(payload), "{kind}");
    assert_eq!(
        read.verified_signers().map(|keys| keys.len()),
        Ok(signers.len())
    );
}

fn set(rtype: Rtype, ttl: u32, data: &[&str]) -> RecordSet {
    let read = |text: &&str| Rdata::from_text(rtype, text).unwrap();
    RecordSet {
        ttl,
        data: data.iter().map(read).collect(),
    }
}

fn holder_keys() -> HolderKeys {
    let mut keys = vec![public(9), public(10), public(11)];
    keys.sort();
    HolderKeys {
        operational: Policy { threshold: 2, keys },
        recovery: Some(Policy::of(public(12))),
        delay_s: 259_200,
    }
}

#[test]
fn acts_about_holders_have_these_octets() {
    let (rules, ledger, holder) = (RULES, LEDGER, HolderId(BLOB));
    let keys = holder_keys();
    assert_golden("holder-id.txt", format!("{}\n", keys.id()).as_bytes());
    let rotation = Rotation {
        rules,
        ledger,
        holder,
        revision: 3,
        keys: keys.clone(),
    };
    pin_act("rotation", &rotation, &[12]);
    let testament = Testament {
        rules,
        ledger,
        holder,
        keys: HolderKeys::of(public(13)),
        wait_s: 2_592_000,
        until: Time(2_082_758_400),
    };
    pin_act("testament", &testament, &[12]);
    let transfer = Transfer {
        rules,
        ledger,
        name: name("xn--p1ai."),
        from: holder,
        since: 17,
        to: keys.id(),
        keys,
        until: Time(1_767_096_000),
    };
    pin_act("transfer", &transfer, &[9, 10, 12]);
    let objection = Objection {
        rules,
        ledger,
        holder,
        to: PROPOSAL,
        reason: "not by us".into(),
    };
    pin_act("objection", &objection, &[9, 10]);
}

#[test]
fn founding_acts_have_these_octets() {
    let member = |(at, name): (u8, &str)| FoundingMember {
        name: name.into(),
        key: public(at),
    };
    let founding = Founding {
        rules: RULES,
        zone: name("example."),
        kind: Kind::Plain,
        log: "ledger.example+00000000+AQ==".into(),
        members: [(1, "atlantis"), (2, "borduria")].map(member).into(),
        charter: BLOB,
        contents: Digest([0xc0; 32]),
        holders: Digest([0x40; 32]),
    };
    pin_act("founding", &founding, &[1, 2]);
    let charter = Charter {
        title: "A zone of several".into(),
        preamble: "Ce qui est à tous n’est à personne.\n".into(),
        clauses: vec![Clause {
            number: 1,
            text: "A name is its holder's.".into(),
            binds: Some(BoundRule::Access),
            entrenched: true,
        }],
        rules: CharterRules {
            signing_threshold: SigningThreshold::Shares(3),
            ..CharterRules::defaults()
        },
    };
    pin("charter.json", &charter);
    let majority = CharterRules {
        deal_after_s: 86_400,
        ..CharterRules::defaults()
    };
    pin("charter-rules.json", &majority);
    let binding = HolderBinding {
        name: name("xn--p1ai."),
        holder: holder_keys(),
    };
    pin(
        "holders.json",
        &Holders {
            holders: vec![binding],
        },
    );
}

#[test]
fn acts_about_the_ledger_have_these_octets() {
    let ceremony = Ceremony {
        rules: RULES,
        ledger: LEDGER,
        epoch: 1,
        threshold: 3,
        group_key: public(7),
        transcript: BLOB,
    };
    pin_act("ceremony", &ceremony, &[200]);
    let time = TimeAct {
        rules: RULES,
        ledger: LEDGER,
        checkpoint: CHECKPOINT.into(),
    };
    pin_act("time", &time, &[200]);
    let upstream = Upstream {
        rules: RULES,
        ledger: LEDGER,
        serial: 2_025_123_001,
        digest: BLOB,
        changes: Digest([0xc4; 32]),
        seen: Digest([0x5e; 32]),
        verdict: Verdict::Alarmed,
    };
    pin_act("upstream", &upstream, &[200]);
    let absence = Absence {
        rules: RULES,
        ledger: LEDGER,
        members: vec!["atlantis".into(), "borduria".into()],
        found: Time(1_767_096_000),
    };
    pin_act("absence", &absence, &[1, 2, 3]);
}

#[test]
fn acts_about_shares_have_these_octets() {
    let (rules, ledger) = (RULES, LEDGER);
    let convocation = Convocation {
        rules,
        ledger,
        epoch: 1,
        drill: true,
        reason: "once a year".into(),
    };
    pin_act("convocation", &convocation, &[1]);
    let redistribution = Redistribution {
        rules,
        ledger,
        group_key: public(7),
        epoch: 2,
        attempt: 3,
        size: 217,
        threshold: 4,
        dealers: vec![1, 2, 5],
        refused: vec![3],
        transcript: BLOB,
    };
    pin_act("redistribution", &redistribution, &[200]);
    let succession = Succession {
        rules,
        ledger,
        epoch: 2,
        possessions: BLOB,
        shares: Digest([0x5e; 32]),
        signature: Signature([0x51; 64]),
        checkpoint: CHECKPOINT.into(),
    };
    pin_act("succession", &succession, &[200]);
    let erasure = Erasure {
        rules,
        ledger,
        epoch: 1,
    };
    pin_act("erasure", &erasure, &[1]);
    let compromise = Compromise {
        rules,
        ledger,
        epoch: 2,
        reason: "a disk is missing".into(),
    };
    pin_act("compromise", &compromise, &[1]);
}

#[test]
fn acts_about_keys_have_these_octets() {
    let (rules, ledger) = (RULES, LEDGER);
    let roll = RollAct {
        rules,
        ledger,
        kind: RollKind::Standby,
        key: public(7),
        reason: "for bad times".into(),
    };
    pin_act("roll", &roll, &[1, 2, 3]);
    let keyset = Keyset {
        rules,
        ledger,
        epoch: 1,
        signatures: vec![Signature([0xab; 64]), Signature([0xcd; 64])],
        checkpoint: CHECKPOINT.into(),
    };
    pin_act("keyset", &keyset, &[200]);
}

#[test]
fn messages_about_shares_have_these_octets() {
    let ceremony = CeremonyId {
        ledger: LEDGER,
        epoch: 2,
        attempt: 3,
    };
    let invitation = Invitation {
        ceremony: ceremony.clone(),
        size: 217,
        seal_key: "5e".repeat(32),
    };
    pin_act("message-invitation", &invitation, &[1]);
    let invitations = Messages {
        messages: vec![signed(&invitation, &[1])],
    };
    let dealing = Dealing {
        ceremony: ceremony.clone(),
        invitations: invitations.digest(),
        package: "0c".repeat(192),
        sealed: vec![SealedShare {
            to: 1,
            octets: "ab".repeat(48),
        }],
    };
    pin_act("message-dealing", &dealing, &[2]);
    let dealings = Messages {
        messages: vec![signed(&dealing, &[2])],
    };
    let reception = Reception {
        ceremony: ceremony.clone(),
        dealings: dealings.digest(),
        complaints: vec!["cc".repeat(100)],
    };
    pin_act("message-reception", &reception, &[1]);
    let receptions = Messages {
        messages: vec![signed(&reception, &[1])],
    };
    let handover = Handover {
        invitations,
        dealings,
        receptions,
    };
    pin("handover.json", &handover);
    let possession = Possession {
        ceremony,
        act: PROPOSAL,
        verifying_shares: BLOB,
    };
    pin_act("message-possession", &possession, &[1]);
}

#[test]
fn acts_about_membership_have_these_octets() {
    let (rules, ledger) = (RULES, LEDGER);
    let accession = Accession {
        rules,
        ledger,
        charter: BLOB,
    };
    pin_act("accession", &accession, &[3]);
    let departure = Departure {
        rules,
        ledger,
        reason: "the table is not round".into(),
    };
    pin_act("departure", &departure, &[1]);
    let declaration = Declaration {
        rules,
        ledger,
        to: PROPOSAL,
        text: "our vote was meant for another text".into(),
    };
    pin_act("declaration", &declaration, &[1]);
}

#[test]
fn acts_with_receipts_and_findings_have_these_octets() {
    let (rules, ledger) = (RULES, LEDGER);
    let ballot = Ballot {
        rules,
        ledger,
        proposal: PROPOSAL,
        vote: Vote::Against,
    };
    let act = signed(&ballot, &[1]);
    let receipt = Receipt {
        rules,
        ledger,
        leaf: leaf_hash(&act.to_octets()),
        size: 41,
        time: Time(1_767_096_000),
    };
    pin_act("receipt", &receipt, &[210]);
    let merge = Merge {
        rules,
        ledger,
        receipt: signed(&receipt, &[210]),
        act,
    };
    pin_act("merge", &merge, &[210]);
    let finding = Finding::new(
        Fault::NoDsMatches,
        Time(1_767_096_000),
        "None of the 2 keys is the one with tag 1.".into(),
    );
    let finding = finding
        .of(&name("a.be."))
        .in_record("be. DS 1 15 2 AB".into());
    let found = Found {
        name: name("be."),
        worst: Some(Fault::NoDsMatches.severity()),
        broken: true,
        count: 3,
        findings: vec![finding],
    };
    let findings = Findings {
        rules,
        ledger,
        to: PROPOSAL,
        stage: Stage::Decision,
        begun: Time(1_767_096_000),
        names: vec![found],
    };
    pin_act("findings", &findings, &[1]);
}

#[test]
fn acts_about_changes_have_these_octets() {
    let change = |owner: &str, rtype, old, new| Change {
        name: name(owner),
        rtype,
        old,
        new,
    };
    let ns = |data| Some(set(Rtype::NS, 172_800, data));
    let proposal = Proposal {
        rules: RULES,
        ledger: LEDGER,
        changes: vec![
            change("be.", Rtype::NS, ns(&["a.be."]), ns(&["a.be.", "b.be."])),
            change(
                "be.",
                Rtype::DS,
                Some(set(Rtype::DS, 86_400, &["1 15 2 AB"])),
                None,
            ),
            change(
                "a.be.",
                Rtype::AAAA,
                None,
                Some(set(Rtype::AAAA, 60, &["2001:db8::1"])),
            ),
        ],
        matter: None,
        amends: None,
        reason: "\"quoted\" \u{2028} \u{1f} é".into(),
        deadline: Time((1 << 53) - 1),
    };
    pin_act("proposal", &proposal, &[1]);
    let noc = Proposal {
        changes: vec![
            change("be.", Rtype::NS, ns(&["a.be."]), ns(&["a.be."])),
            change(
                "a.be.",
                Rtype::AAAA,
                Some(set(Rtype::AAAA, 60, &["2001:db8::1"])),
                None,
            ),
        ],
        amends: Some(PROPOSAL),
        ..proposal.clone()
    };
    pin_act("proposal-amendment", &noc, &[1]);
    let admission = Matter::Admission(FoundingMember {
        name: "costaguana".into(),
        key: public(3),
    });
    let admission = Proposal {
        changes: Vec::new(),
        matter: Some(admission),
        ..proposal
    };
    pin_act("proposal-admission", &admission, &[1]);
}

#[test]
fn acts_about_decisions_have_these_octets() {
    let consent = Consent {
        rules: RULES,
        ledger: LEDGER,
        zone: Name::root(),
        holder: HolderId(BLOB),
        proposal: PROPOSAL,
        names: vec![Consented {
            name: name("be."),
            present: BLOB,
        }],
        until: Time(1_767_096_000),
    };
    pin_act("consent", &consent, &[9]);
    let ballot = Ballot {
        rules: RULES,
        ledger: LEDGER,
        proposal: PROPOSAL,
        vote: Vote::Abstain,
    };
    pin_act("ballot", &ballot, &[1]);
    let decision = Decision {
        rules: RULES,
        ledger: LEDGER,
        proposal: PROPOSAL,
        result: DecisionResult::Lapsed,
        reason: Reason::ConsentMissing,
        tally: Tally {
            needed: true,
            rule: Question::Membership,
            count: Count {
                eligible: 5,
                taking_part: 4,
                voting: 3,
                in_favour: 2,
                against: 1,
                abstain: 1,
                silent: 1,
                consenting: 0,
                quorum_needed: 3,
                majority_base: 5,
                majority_needed: 4,
                postponed_from: None,
            },
        },
        consented: vec![name("be.")],
        missing: vec![name("lu.")],
    };
    pin_act("decision", &decision, &[200]);
}

#[test]
fn acts_about_editions_have_these_octets() {
    let records = Session {
        rules: RULES,
        ledger: LEDGER,
        epoch: 1,
        edition: 2,
        kind: SessionKind::Records,
        attempt: 1,
        batch: Digest([0xba; 32]),
        commitments: BLOB,
        signers: vec!["atlantis".into(), "borduria".into()],
        silent: Vec::new(),
        records: None,
        checkpoint: None,
    };
    pin_act("session-records", &records, &[200]);
    let zonemd = Session {
        kind: SessionKind::Zonemd,
        attempt: 3,
        silent: vec!["carpania".into()],
        records: Some(Digest([0x5e; 32])),
        checkpoint: Some(CHECKPOINT.into()),
        ..records
    };
    pin_act("session-zonemd", &zonemd, &[200]);
    let test = Session {
        epoch: 2,
        edition: 0,
        kind: SessionKind::Test,
        silent: Vec::new(),
        records: None,
        checkpoint: None,
        ..zonemd.clone()
    };
    pin_act("session-test", &test, &[200]);
    let edition = Edition {
        rules: RULES,
        ledger: LEDGER,
        edition: 2,
        serial: 2_025_123_001,
        zonemd: "2e".repeat(48),
        signature: Signature([0x51; 64]),
        checkpoint: CHECKPOINT.into(),
    };
    pin_act("edition", &edition, &[200]);
}

#[test]
fn messages_have_these_octets() {
    let ceremony = CeremonyId {
        ledger: LEDGER,
        epoch: 1,
        attempt: 2,
    };
    let opening = Opening {
        ceremony: ceremony.clone(),
        package: "0c".repeat(64),
        seal_key: "5e".repeat(32),
    };
    pin_act("message-opening", &opening, &[1]);
    let deal = Deal {
        ceremony: ceremony.clone(),
        openings: BLOB,
        sealed: vec![SealedShare {
            to: 2,
            octets: "ab01".into(),
        }],
    };
    pin_act("message-deal", &deal, &[1]);
    let confirmation = Confirmation {
        ceremony,
        deals: BLOB,
        group_key: public(7),
    };
    pin_act("message-confirmation", &confirmation, &[1]);
    let session = SessionId {
        ledger: LEDGER,
        epoch: 1,
        edition: 2,
        kind: SessionKind::Records,
        attempt: 1,
    };
    let commit = Commit {
        session: session.clone(),
        commitments: "AAAA".into(),
    };
    pin_act("message-commit", &commit, &[1]);
    let shares = Shares {
        session,
        act: PROPOSAL,
        shares: "AAAA".into(),
    };
    pin_act("message-shares", &shares, &[1]);
    let seen = SeenUpstream {
        ledger: LEDGER,
        serial: 2_025_123_001,
        digest: BLOB,
        verdict: Verdict::Held,
        held: vec![HeldName {
            name: name("fj."),
            reason: "removed-but-answers".into(),
        }],
    };
    pin_act("message-upstream", &seen, &[1]);
    let set = |text: &str| RecordSet::of_one(172_800, Rdata::from_text(Rtype::NS, text).unwrap());
    let changes = vec![Change {
        name: name("fj."),
        rtype: Rtype::NS,
        old: Some(set("ns.fj.")),
        new: None,
    }];
    pin("upstream-changes.json", &UpstreamChanges { changes });
}

/// Nothing but Ed25519 is in the proof below.
struct OursAlone;

impl SignatureCheck for OursAlone {
    fn holds(&self, _: Algorithm, _: &Signed<'_>) -> bool {
        false
    }
}

/// Signed with ldns in November 2026, through one cut.
#[test]
fn proofs_have_these_octets() {
    let text = String::from_utf8(golden("proof.hex")).unwrap();
    let octets = HEXLOWER.decode(text.trim_end().as_bytes()).unwrap();
    let chain = Chain::from_octets(&octets).unwrap();
    assert_eq!(chain.to_octets(), octets);
    let proven = chain.prove(&OursAlone).unwrap();
    assert_eq!(proven.target().to_string(), "_comity.nic.be. TXT");
    assert_eq!(*proven.set(), set(Rtype::TXT, 600, &["\"below\""]));
    let ds = "14704 15 2 fd1d02e07d9d5a6262ff37aa98ce4657feda2fc74b80d4c0531ac1afb27d7585";
    let ds = set(Rtype::DS, 3600, &[ds]);
    let (from, until) = (Time(1_795_680_128), Time(1_798_099_328));
    assert_eq!(proven.validity(&ds, from), Some((from, until)));
    assert_eq!(proven.under(&ds, until), Ok(()));
}
