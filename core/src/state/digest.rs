//! The state's digest: equal on two machines exactly where the states are.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use data_encoding::HEXLOWER;
use serde::Serialize;

use super::upstream::{Apart, FollowedUpstream};
use super::{
    ClaimState, ConsentState, Convoked, DealtEpoch, Decided, DeclarationRecord, Drill,
    EditionRecord, Epoch, FindingsRecord, Founded, Held, Holder, Member, OpenEdition, OpenKeyset,
    ProposalState, Roll, SignedKeyset, State, Waiting, ZoneKey,
};
use crate::act::{Decision, Proposal, Vote, json};
use crate::basic::{Digest, PublicKey, Signature, Time};
use crate::charter::Charter;
use crate::edition::{Dnskey, SignedZone};
use crate::guard::Verdict;
use crate::holder::{Authority, HolderId};
use crate::vote::VotingRule;
use crate::zone::{Change, Kind, Name};

impl State {
    /// SHA-256 over the one JSON text of everything the state holds, large
    /// parts by their own digests. Ordered collections and stated widths only.
    pub fn digest(&self) -> Digest {
        Digest::of(&json::encode(&Snapshot {
            version: 6,
            size: self.log.size(),
            root: self.log.root(),
            founded: self.founded.as_deref().map(snapshot),
        }))
    }
}

#[derive(Serialize)]
struct Snapshot<'a> {
    version: u32,
    size: u64,
    root: Digest,
    founded: Option<FoundedSnapshot<'a>>,
}

#[derive(Serialize)]
struct FoundedSnapshot<'a> {
    ledger: Digest,
    log_key: String,
    kind: Kind,
    charter: &'a Charter,
    members: Vec<MemberSnapshot<'a>>,
    admitted: &'a BTreeMap<String, PublicKey>,
    declarations: &'a [DeclarationRecord],
    held: &'a BTreeMap<Name, Held>,
    holders: Vec<(HolderId, &'a Holder)>,
    waiting: &'a [Waiting],
    claims: &'a [ClaimState],
    merged: &'a BTreeSet<Digest>,
    claims_over: &'a BTreeSet<Digest>,
    contents: Digest,
    times: [Option<Time>; 3],
    keys: KeysSnapshot<'a>,
    epochs: &'a [Epoch],
    dealt: Option<DealtSnapshot<'a>>,
    unused: &'a [Epoch],
    convoked: Option<&'a Convoked>,
    convocations: &'a BTreeSet<(Digest, PublicKey)>,
    drill: Option<&'a Drill>,
    upstream: Option<UpstreamSnapshot<'a>>,
    proposals: Vec<ProposalSnapshot<'a>>,
    pending: &'a [Change],
    open: Option<OpenSnapshot>,
    numbered: u64,
    editions: Vec<EditionSnapshot<'a>>,
    published: Option<String>,
}

#[derive(Serialize)]
struct KeysSnapshot<'a> {
    keys: &'a [ZoneKey],
    roll: Option<Roll>,
    signed: Vec<KeysetSnapshot>,
    open: Option<(Digest, Digest)>,
    attempts: u32,
    signed_until: Time,
}

#[derive(Serialize)]
struct OpenSnapshot {
    plan: Digest,
    records: Option<Digest>,
    sessions: Vec<(u64, Digest)>,
}

#[derive(Serialize)]
struct EditionSnapshot<'a> {
    edition: u64,
    serial: u32,
    time: Time,
    position: u64,
    sets_signed: u64,
    changes: &'a [Change],
}

#[derive(Serialize)]
struct ProposalSnapshot<'a> {
    id: Digest,
    position: u64,
    time: Time,
    seen: Option<Time>,
    proposal: &'a Proposal,
    by: PublicKey,
    consents: Vec<(HolderId, ConsentSnapshot<'a>)>,
    objections: Vec<(HolderId, Authority)>,
    ballots: Vec<(u64, Vote)>,
    findings: &'a [FindingsRecord],
    decided: Option<DecidedSnapshot<'a>>,
    voided: &'a [u64],
}

type DecidedSnapshot<'a> = (&'a Decision, &'a VotingRule, u64, Time, Option<&'a Charter>);

type UpstreamSnapshot<'a> = (
    u32,
    Digest,
    Verdict,
    u64,
    &'a BTreeMap<Name, BTreeSet<String>>,
    &'a BTreeMap<Name, Apart>,
);

type KeysetSnapshot = (Vec<String>, String, (u32, u32), Signature);

type DealtSnapshot<'a> = (&'a Epoch, Digest, Time, Option<Digest>);

type MemberSnapshot<'a> = (
    &'a str,
    PublicKey,
    Option<Time>,
    bool,
    u64,
    Digest,
    Option<u64>,
    Option<Time>,
    u64,
);

type ConsentSnapshot<'a> = (
    &'a BTreeMap<Name, Digest>,
    Time,
    Authority,
    u64,
    u64,
    Option<Time>,
);

fn snapshot(founded: &Founded) -> FoundedSnapshot<'_> {
    // Destructured in full, so that a new field cannot be forgotten here.
    let Founded {
        ledger,
        log_key,
        kind,
        charter,
        members,
        admitted,
        declarations,
        held,
        holders,
        waiting,
        claims,
        merged,
        claims_over,
        contents,
        time,
        began,
        // These six: `keys_snapshot`.
        keys: _,
        roll: _,
        signed_keysets: _,
        open_set: _,
        keyset_attempts: _,
        keys_signed_until: _,
        epochs,
        dealt,
        unused,
        convoked,
        convocations,
        drill,
        unsettled,
        upstream,
        proposals,
        pending,
        open,
        numbered,
        editions,
        published,
    } = founded;
    FoundedSnapshot {
        ledger: *ledger,
        log_key: log_key.to_string(),
        kind: *kind,
        charter,
        members: members.iter().map(member_snapshot).collect(),
        admitted,
        declarations,
        held,
        holders: holders.iter().map(|(id, holder)| (*id, holder)).collect(),
        waiting,
        claims,
        merged,
        claims_over,
        contents: Digest::of(&contents.to_wire()),
        times: [*time, *began, *unsettled],
        keys: keys_snapshot(founded),
        epochs,
        dealt: dealt.as_ref().map(dealt_snapshot),
        unused,
        convoked: convoked.as_ref(),
        convocations,
        drill: drill.as_ref(),
        upstream: upstream.as_ref().map(upstream_snapshot),
        proposals: proposals.iter().map(proposal_snapshot).collect(),
        pending,
        open: open.as_ref().map(open_snapshot),
        numbered: *numbered,
        editions: editions.iter().map(edition_snapshot).collect(),
        published: published.as_ref().map(zonemd),
    }
}

fn upstream_snapshot(upstream: &FollowedUpstream) -> UpstreamSnapshot<'_> {
    let FollowedUpstream {
        serial,
        digest,
        // As the digest says.
        contents: _,
        verdict,
        position,
        held,
        apart,
    } = upstream;
    (*serial, *digest, *verdict, *position, held, apart)
}

fn keys_snapshot(founded: &Founded) -> KeysSnapshot<'_> {
    let signed = founded.signed_keysets.iter();
    KeysSnapshot {
        keys: &founded.keys,
        roll: founded.roll,
        signed: signed.map(keyset_snapshot).collect(),
        open: founded.open_set.as_ref().map(open_set_snapshot),
        attempts: founded.keyset_attempts,
        signed_until: founded.keys_signed_until,
    }
}

fn zonemd(zone: &SignedZone) -> String {
    HEXLOWER.encode(&zone.zonemd())
}

/// What is to be signed, and the newest session act for it.
fn open_set_snapshot(open: &OpenKeyset) -> (Digest, Digest) {
    (open.plan.digest(), open.session.act)
}

fn open_snapshot(open: &OpenEdition) -> OpenSnapshot {
    let sessions = open.sessions.values();
    OpenSnapshot {
        plan: open.plan.digest(),
        records: open.zonemd.as_ref().map(|zonemd| zonemd.records),
        sessions: sessions
            .map(|session| (session.position, session.act))
            .collect(),
    }
}

fn member_snapshot(member: &Member) -> MemberSnapshot<'_> {
    let Member {
        name,
        key,
        cosigner: _,
        cosigned,
        absent,
        since,
        signed,
        departed,
        convoked,
        silent,
    } = member;
    (
        name, *key, *cosigned, *absent, *since, *signed, *departed, *convoked, *silent,
    )
}

/// The keys of the set, the one that signed it, from when, until when, and the
/// signature.
fn keyset_snapshot(signed: &SignedKeyset) -> KeysetSnapshot {
    let SignedKeyset { set, rrsig } = signed;
    let data = |key: &Dnskey| HEXLOWER.encode(key.rdata().as_wire());
    let times = (rrsig.inception, rrsig.expiration);
    let set = set.iter().map(data).collect();
    (set, data(&rrsig.by), times, rrsig.signature)
}

fn dealt_snapshot(dealt: &DealtEpoch) -> DealtSnapshot<'_> {
    let DealtEpoch {
        epoch,
        act,
        time,
        session,
    } = dealt;
    (
        epoch,
        *act,
        *time,
        session.as_ref().map(|session| session.act),
    )
}

fn proposal_snapshot(state: &ProposalState) -> ProposalSnapshot<'_> {
    let ProposalState {
        id,
        position,
        time,
        seen,
        proposal,
        by,
        consents,
        objections,
        ballots,
        findings,
        decided,
        voided,
    } = state;
    ProposalSnapshot {
        id: *id,
        position: *position,
        time: *time,
        seen: *seen,
        proposal,
        by: *by,
        consents: consents
            .iter()
            .map(|(holder, consent)| (*holder, consent_snapshot(consent)))
            .collect(),
        objections: objections
            .iter()
            .map(|(holder, authority)| (*holder, *authority))
            .collect(),
        ballots: ballots
            .iter()
            .map(|(member, vote)| (*member as u64, *vote))
            .collect(),
        findings,
        decided: decided.as_ref().map(decided_snapshot),
        voided,
    }
}

fn decided_snapshot(decided: &Decided) -> DecidedSnapshot<'_> {
    let Decided {
        decision,
        rule,
        position,
        time,
        replaced,
    } = decided;
    (decision, rule, *position, *time, replaced.as_deref())
}

fn consent_snapshot(consent: &ConsentState) -> ConsentSnapshot<'_> {
    let ConsentState {
        names,
        until,
        authority,
        revision,
        position,
        seen,
    } = consent;
    (names, *until, *authority, *revision, *position, *seen)
}

fn edition_snapshot(record: &EditionRecord) -> EditionSnapshot<'_> {
    let EditionRecord {
        edition,
        serial,
        time,
        position,
        sets_signed,
        changes,
    } = record;
    EditionSnapshot {
        edition: *edition,
        serial: *serial,
        time: *time,
        position: *position,
        sets_signed: *sets_signed as u64,
        changes,
    }
}
