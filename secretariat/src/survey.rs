//! What the overview shows of a state.

mod keys;
mod shares;

use comity_core::act::{DecisionResult, Reason, Stage, Vote};
use comity_core::basic::{Digest, PublicKey};
use comity_core::charter::DropBox;
use comity_core::edition::Dnskey;
use comity_core::ledger::CosignedCheckpoint;
use comity_core::state::{
    ClaimState, Decided, Divergence, EditionRecord, Figures, FindingsRecord, Following, Founded,
    ProposalState, State,
};
use comity_core::zone::{Change, Kind, RecordSet, Rtype};

use crate::overview::view::{
    BallotView, BoxView, ChangeView, CharterView, ClaimView, ClauseView, ConsentView, DecisionView,
    DivergenceView, EditionView, FindingsView, LedgerView, MemberView, ProposalView, SetView,
    SignaturesView, UpstreamView, View, ZoneView,
};

/// The view of a state; `as_of` is the clock of the machine that looks. Before
/// the founding act there is little to see.
pub fn survey(state: &State, checkpoint: Option<&CosignedCheckpoint>, as_of: u64) -> View {
    let Ok(founded) = state.founded() else {
        return View {
            as_of,
            ..View::default()
        };
    };
    let figures = state.figures(checkpoint);
    View {
        as_of,
        zone: zone(founded),
        charter: charter(founded),
        ledger: ledger(state, founded, &figures),
        signatures: SignaturesView {
            first_expiration: figures.first_expiration.map(|end| end.0),
            left_s: figures
                .first_expiration
                .map(|end| end.0.saturating_sub(as_of)),
            refresh_before_s: founded.charter.rules.refresh_before_s,
        },
        members: members(founded),
        shares: shares::shares(founded, &figures),
        keys: keys::keys(founded),
        upstream: figures.upstream.map(upstream),
        proposals: founded
            .proposals
            .iter()
            .map(|proposal| one(founded, proposal))
            .collect(),
        editions: founded.editions.iter().map(edition).collect(),
        claims: claims(founded),
    }
}

fn upstream(following: Following) -> UpstreamView {
    let divergence = |one: Divergence| DivergenceView {
        name: one.name.to_string(),
        since: one.since.map(|since| since.0),
        why: one.reason.to_string(),
        until: one.until.map(|until| until.0),
    };
    UpstreamView {
        serial: following.serial,
        act: following.act,
        verdict: following.verdict.as_str().into(),
        divergences: following.divergences.into_iter().map(divergence).collect(),
    }
}

fn claims(founded: &Founded) -> Vec<ClaimView> {
    let claim = |claim: &ClaimState| ClaimView {
        act: claim.position,
        name: claim.name.to_string(),
        holder: claim.holder.to_string(),
        proven: claim.is_proven,
        binds: founded.claim_end(claim).map(|end| end.0),
    };
    founded.claims.iter().map(claim).collect()
}

fn zone(founded: &Founded) -> ZoneView {
    let key = founded.epoch().map(|epoch| epoch.group_key);
    ZoneView {
        name: founded.contents.origin().to_string(),
        kind: match founded.kind {
            Kind::Root => "root",
            Kind::Plain => "plain",
        }
        .into(),
        delegations: founded.contents.delegations().count() as u64,
        held: founded.held.len() as u64,
        key: key.map(|key| key.to_string()),
        key_tag: key.map(|key| Dnskey::anchor(key).key_tag()),
        zonemd: founded
            .published
            .as_ref()
            .map(|zone| data_encoding::HEXLOWER.encode(&zone.zonemd())),
        epoch: founded.epoch().map_or(0, |epoch| epoch.number),
    }
}

fn charter(founded: &Founded) -> CharterView {
    let charter = &founded.charter;
    CharterView {
        title: charter.title.clone(),
        preamble: charter.preamble.clone(),
        clauses: charter
            .clauses
            .iter()
            .map(|clause| ClauseView {
                number: clause.number,
                text: clause.text.clone(),
            })
            .collect(),
        digest: Digest::of(&comity_core::act::json::encode(charter)).to_string(),
        signing_threshold: founded.threshold().into(),
        boxes: charter.rules.boxes.iter().map(dropbox).collect(),
    }
}

fn dropbox(one: &DropBox) -> BoxView {
    BoxView {
        name: one.name.clone(),
        key: one.key.to_string(),
        url: one.url.clone(),
    }
}

fn ledger(state: &State, founded: &Founded, figures: &Figures) -> LedgerView {
    let cosigning = &figures.cosigning;
    LedgerView {
        id: founded.ledger.to_string(),
        origin: founded.log_key.name().to_string(),
        size: figures.ledger_size,
        root: state.log().root().to_string(),
        cosigned: narrow(cosigning.cosigned),
        quorum: narrow(cosigning.quorum),
        quorum_time: cosigning.quorum_time.map(|time| time.0),
        time: figures.ledger_time.map(|time| time.0),
    }
}

fn members(founded: &Founded) -> Vec<MemberView> {
    (1..)
        .zip(&founded.members)
        .map(|(share, member)| MemberView {
            name: member.name.clone(),
            share,
            key: member.key.to_string(),
            present: member.is_present(),
            departed: member.departed,
            cosigned_at: member.cosigned.map(|time| time.0),
            silent: member.silent,
        })
        .collect()
}

fn one(founded: &Founded, state: &ProposalState) -> ProposalView {
    let requirement = founded.requirement_of(&state.proposal).unwrap_or_default();
    let consents = state.consents.iter().map(|(holder, consent)| ConsentView {
        names: consent.names.keys().map(ToString::to_string).collect(),
        holder: holder.to_string(),
        authority: consent.authority.to_string(),
        until: consent.until.0,
    });
    let ballots = state.ballots.iter().map(|(at, vote)| BallotView {
        member: founded.members[*at].name.clone(),
        vote: match vote {
            Vote::For => "for",
            Vote::Against => "against",
            Vote::Abstain => "abstain",
        }
        .into(),
    });
    ProposalView {
        act: state.position,
        id: state.id.to_string(),
        by: who(founded, &state.by),
        reason: state.proposal.reason.clone(),
        time: state.time.0,
        deadline: state.proposal.deadline.0,
        changes: state.proposal.changes.iter().map(change).collect(),
        needs_consent: requirement
            .consents
            .keys()
            .map(ToString::to_string)
            .collect(),
        consents: consents.collect(),
        ballots: ballots.collect(),
        findings: state
            .findings
            .iter()
            .map(|found| findings(founded, found))
            .collect(),
        decision: state.decided.as_ref().map(decision),
        voided: state.voided.clone(),
    }
}

fn findings(founded: &Founded, found: &FindingsRecord) -> FindingsView {
    FindingsView {
        act: found.position,
        by: who(founded, &found.by),
        stage: match found.stage {
            Stage::Proposal => "proposal",
            Stage::Decision => "decision",
            Stage::Signing => "signing",
        }
        .into(),
        worst: found.worst.map(|worst| worst.to_string()),
        broken: found.broken.iter().map(ToString::to_string).collect(),
    }
}

/// A member's name, or what a holder holds, or the key.
pub(crate) fn who(founded: &Founded, key: &PublicKey) -> String {
    if let Some(at) = founded.member_of(key) {
        return founded.members[at].name.clone();
    }
    let holders = founded.holders_with(*key);
    let mut names = holders.filter_map(|holder| founded.names_of(holder).next());
    names
        .next()
        .map_or_else(|| key.to_string(), |name| format!("the holder of {name}"))
}

fn decision(decided: &Decided) -> DecisionView {
    let Decided {
        decision,
        rule: _,
        position,
        time,
        replaced: _,
    } = decided;
    let count = decision.tally.count;
    let names = |list: &[comity_core::zone::Name]| list.iter().map(ToString::to_string).collect();
    DecisionView {
        act: *position,
        time: time.0,
        result: match decision.result {
            DecisionResult::Adopted => "adopted",
            DecisionResult::Rejected => "rejected",
            DecisionResult::Lapsed => "lapsed",
        }
        .into(),
        rule: match decision.reason {
            Reason::RuleMet => "rule-met",
            Reason::ConsentMissing => "consent-missing",
            Reason::NoQuorum => "no-quorum",
            Reason::NoMajority => "no-majority",
            Reason::Tie => "tie",
            Reason::Postponed => "postponed",
            Reason::NotPut => "not-put",
            Reason::Overtaken => "overtaken",
            Reason::DependentObjects => "dependent-objects",
        }
        .into(),
        vote_needed: decision.tally.needed,
        eligible: count.eligible,
        quorum: count.quorum_needed,
        taking_part: count.taking_part,
        in_favour: count.in_favour,
        against: count.against,
        abstain: count.abstain,
        arithmetic: decided.arithmetic(),
        consented: names(&decision.consented),
        missing: names(&decision.missing),
    }
}

fn edition(record: &EditionRecord) -> EditionView {
    EditionView {
        edition: record.edition,
        act: record.position,
        serial: record.serial,
        time: record.time.0,
        rrsets_signed: record.sets_signed as u64,
        changes: record.changes.iter().map(change).collect(),
    }
}

fn change(change: &Change) -> ChangeView {
    let operation = change.operation().map(|operation| operation.to_string());
    ChangeView {
        op: operation.unwrap_or_default(),
        name: change.name.to_string(),
        rtype: change.rtype.to_string(),
        old: change.old.as_ref().map(|value| set(change.rtype, value)),
        new: change.new.as_ref().map(|value| set(change.rtype, value)),
    }
}

fn set(rtype: Rtype, set: &RecordSet) -> SetView {
    SetView {
        ttl: set.ttl,
        data: set.data.iter().map(|data| data.to_text(rtype)).collect(),
    }
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
