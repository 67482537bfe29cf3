//! Acts, keys and papers in plain words, for somebody who is about to sign.
//! What others wrote is shown with its control characters escaped, so that it
//! cannot pass for words of ours.

use std::fmt::{Display, Write};

use comity_core::act::{Act, DecisionResult, Matter, Proposal, RollAct, Rotation, Transfer, Vote};
use comity_core::basic::{PublicKey, Time};
use comity_core::holder::{Authority, HolderKeys};
use comity_core::state::RollKind;
use comity_core::zone::{Change, RecordSet, Rtype};
use comity_member::papers::{Missing, Papers, ledger};

/// The kind of an act, in a word.
pub(super) fn kind(act: &Act) -> &'static str {
    match act {
        Act::Founding { .. } => "founding",
        Act::Ceremony { .. } => "ceremony",
        Act::Convocation(_) => "convocation",
        Act::Redistribution { .. } => "redistribution",
        Act::Succession(_) => "succession",
        Act::Erasure(_) => "erasure",
        Act::Compromise(_) => "compromise",
        Act::Roll(_) => "roll",
        Act::Keyset(_) => "keyset",
        Act::Time(_) => "time",
        Act::Upstream(_) => "upstream",
        Act::Absence(_) => "absence",
        Act::Proposal(_) => "proposal",
        Act::Consent(_) => "consent",
        Act::Rotation(_) => "rotation",
        Act::Testament(_) => "testament",
        Act::Transfer(_) => "transfer",
        Act::Objection(_) => "objection",
        Act::Claim(_) => "claim",
        Act::Accession(_) => "accession",
        Act::Departure(_) => "departure",
        Act::Declaration(_) => "declaration",
        Act::Ballot(_) => "ballot",
        Act::Findings(_) => "findings",
        Act::Merge(_) => "merge",
        Act::Decision(_) => "decision",
        Act::Session(_) => "session",
        Act::Edition(_) => "edition",
    }
}

/// What became of a proposal, in a word.
pub(super) fn result(result: DecisionResult) -> &'static str {
    match result {
        DecisionResult::Adopted => "adopted",
        DecisionResult::Rejected => "rejected",
        DecisionResult::Lapsed => "lapsed",
    }
}

/// The beginning of an id, for people.
pub(super) fn short(id: &impl Display) -> String {
    id.to_string().chars().take(12).collect()
}

/// Text of others in one line: control characters, and those that change the
/// direction of writing, are escaped.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{061c}')
            || ('\u{202a}'..='\u{202e}').contains(&character)
            || ('\u{2066}'..='\u{2069}').contains(&character)
            || ('\u{2028}'..='\u{2029}').contains(&character);
        match character.is_control() || turns {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// A period as people say it.
pub(super) fn period(seconds: u64) -> String {
    match seconds {
        s if s >= 86_400 && s.is_multiple_of(86_400) => format!("{} d", s / 86_400),
        s if s >= 3600 && s.is_multiple_of(3600) => format!("{} h", s / 3600),
        s => format!("{s} s"),
    }
}

/// What a claim is worth.
pub(super) fn claim(is_proven: bool, binds: Option<Time>) -> String {
    match (is_proven, binds) {
        (false, _) => "unproven, binds nothing".into(),
        (true, None) => "proven".into(),
        (true, Some(binds)) => format!("proven, binds {binds}"),
    }
}

/// Papers in plain words.
pub(super) fn papers(papers: &Papers) -> String {
    let mut text = format!("This is {}", act(papers));
    if let Some((about, signers)) = papers.about() {
        text.push_str(&about_words(about, &signers));
    }
    if !papers.present().is_empty() {
        text.push_str("What is signed for is this state of the names, and no other:\n");
        text.push_str(&list(papers.present()));
    }
    if let Some(charter) = papers.charter() {
        let _ = writeln!(text, "The charter: {}", plain(&charter.title));
        for clause in &charter.clauses {
            let _ = writeln!(text, "  {}. {}", clause.number, plain(&clause.text));
        }
    }
    for holder in papers.holders() {
        let _ = writeln!(
            text,
            "Holder {} had these keys when the papers were made:",
            holder.id
        );
        text.push_str(&keys(&holder.keys));
    }
    if let Some(ledger) = ledger(papers.act()) {
        let _ = writeln!(text, "Ledger: {ledger}");
    }
    let _ = writeln!(text, "Id: {}", papers.id());
    for key in papers.signers() {
        let _ = writeln!(text, "Signed by {key}");
    }
    for missing in papers.missing() {
        let _ = writeln!(text, "Not enough yet: {}", Missing::to_string(&missing));
    }
    text
}

fn about_words(about: &Act, signers: &[PublicKey]) -> String {
    let by: Vec<_> = signers.iter().map(ToString::to_string).collect();
    let by = by.join(", ");
    match about {
        Act::Proposal(proposal) => {
            format!(
                "It is about the proposal by {by}:\n{}",
                self::proposal(proposal)
            )
        }
        Act::Rotation(act) => {
            format!("It is about new keys, signed by {by}:\n{}", keys(&act.keys))
        }
        Act::Testament(act) => format!(
            "It is about a testament, signed by {by}; the keys to come:\n{}",
            keys(&act.keys)
        ),
        Act::Transfer(act) => format!("It is about a transfer, signed by {by}: {}", transfer(act)),
        other => format!("It is about a {}, signed by {by}.\n", kind(other)),
    }
}

/// What an act says, from after "This is".
fn act(papers: &Papers) -> String {
    match papers.act() {
        Act::Proposal(act) => format!(
            "a proposal, open until {}:\n{}",
            act.deadline,
            proposal(act)
        ),
        Act::Consent(act) => {
            let names: Vec<_> = act.names.iter().map(|own| own.name.to_string()).collect();
            format!(
                "the consent of a holder: until {2}, the proposal below may be carried out for {0} \
                 in the zone {1}.\n",
                names.join(", "),
                act.zone,
                act.until
            )
        }
        Act::Rotation(act) => rotation(papers, act),
        Act::Testament(act) => format!(
            "a testament: filed until {}, it gives holder {} other keys after {} without an \
             objection. The keys to come:\n{}",
            act.until,
            act.holder,
            period(act.wait_s),
            keys(&act.keys)
        ),
        Act::Transfer(act) => format!("a transfer: {}", transfer(act)),
        Act::Objection(act) => format!(
            "an objection of holder {} to act {}: {}\n",
            act.holder,
            act.to,
            plain(&act.reason)
        ),
        Act::Claim(act) => format!(
            "a claim of {} for holder {}, whose keys are\n{}",
            act.claim.name,
            act.claim.holder,
            keys(&act.claim.keys)
        ),
        Act::Accession(act) => format!("a signature of the charter {}.\n", act.charter),
        Act::Departure(act) => format!(
            "a departure: the member that signs leaves. Its vote and its seat end; names that it \
             holds stay its own. Reason: {}\n",
            plain(&act.reason)
        ),
        Act::Convocation(act) => format!(
            "{} of the shares of epoch {}. Reason: {}\n",
            match act.drill {
                true => "a request for a drill of a new dealing",
                false => "a request for a new dealing",
            },
            act.epoch,
            plain(&act.reason)
        ),
        Act::Erasure(act) => format!("word that the share of epoch {} is wiped.\n", act.epoch),
        Act::Compromise(act) => format!(
            "word that others may know the share of epoch {}, which cannot be taken back. \
             Reason: {}\n",
            act.epoch,
            plain(&act.reason)
        ),
        Act::Roll(act) => roll(act),
        Act::Declaration(act) => format!("a declaration beside {}: {}\n", act.to, plain(&act.text)),
        Act::Ballot(act) => format!(
            "a ballot, which cannot be taken back: {}.\n",
            vote(act.vote)
        ),
        other => format!("an act of the kind {}.\n", kind(other)),
    }
}

fn roll(act: &RollAct) -> String {
    let what = match act.kind {
        RollKind::Anchor => format!("a new key that follows key {}", act.key),
        RollKind::Zone => format!("a new key that signs the zone in place of {}", act.key),
        RollKind::Standby => format!("a key that stands by beside key {}", act.key),
        RollKind::Compromised => format!(
            "another key at once, since others may have key {}: it will be revoked",
            act.key
        ),
    };
    format!("a request for {what}. Reason: {}\n", plain(&act.reason))
}

fn vote(vote: Vote) -> &'static str {
    match vote {
        Vote::For => "FOR",
        Vote::Against => "AGAINST",
        Vote::Abstain => "ABSTAIN",
    }
}

fn proposal(proposal: &Proposal) -> String {
    let mut text = list(&proposal.changes);
    match &proposal.matter {
        None => {}
        Some(Matter::Admission(member)) => {
            let _ = writeln!(
                text,
                "  admit the member {} with key {}",
                member.name, member.key
            );
        }
        Some(Matter::Charter(charter)) => {
            let (title, clauses) = (plain(&charter.title), charter.clauses.len());
            let digest = charter.digest();
            let _ = writeln!(
                text,
                "  another charter: {title}, {clauses} clauses, {digest}"
            );
        }
    }
    let _ = writeln!(text, "  reason: {}", plain(&proposal.reason));
    text
}

fn rotation(papers: &Papers, act: &Rotation) -> String {
    let old = papers.holders().first().map(|holder| &holder.keys);
    let mut text = format!("new keys for holder {}:\n", act.holder);
    text.push_str(&keys(&act.keys));
    let goes = old.into_iter().flat_map(HolderKeys::keys);
    for key in goes.filter(|key| !act.keys.keys().any(|kept| kept == *key)) {
        let _ = writeln!(text, "  and no longer {key}");
    }
    text
}

fn transfer(act: &Transfer) -> String {
    format!(
        "{} goes from holder {} to holder {}, if filed until {}. The new holder's keys:\n{}",
        act.name,
        act.from,
        act.to,
        act.until,
        keys(&act.keys)
    )
}

/// A holder's keys, a line each.
pub(super) fn keys(keys: &HolderKeys) -> String {
    let mut text = String::new();
    for set in [Authority::Operational, Authority::Recovery] {
        let Some(policy) = keys.policy(set) else {
            text.push_str("  no recovery keys\n");
            continue;
        };
        let _ = writeln!(text, "  {} {set} keys sign:", policy.to_words());
        for key in &policy.keys {
            let _ = writeln!(text, "    {key}");
        }
    }
    let _ = writeln!(
        text,
        "  delay with operational keys alone: {}",
        period(keys.delay_s)
    );
    text
}

/// Changes as people read them, a line each.
pub(super) fn list(changes: &[Change]) -> String {
    let values = |rtype: Rtype, set: &Option<RecordSet>| {
        set.as_ref().map_or_else(
            || "nothing".to_string(),
            |set| {
                let data: Vec<_> = set.data.iter().map(|data| data.to_text(rtype)).collect();
                data.join(", ")
            },
        )
    };
    let mut text = String::new();
    for change in changes {
        let (name, rtype) = (&change.name, change.rtype);
        let (old, new) = (values(rtype, &change.old), values(rtype, &change.new));
        let _ = match change.operation() {
            Some(operation) if change.old != change.new => {
                writeln!(text, "  {operation} {name} {rtype}: {old} -> {new}")
            }
            _ => writeln!(text, "  NOC {name} {rtype}: {old}"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_pass_for_words_of_ours() {
        let table = [
            ("Une réserve, à l’article 3", "Une réserve, à l’article 3"),
            ("a\nSigned by b", "a\\u{a}Signed by b"),
            ("\u{1b}[2Jx", "\\u{1b}[2Jx"),
            ("\u{202e}x\u{2066}", "\\u{202e}x\\u{2066}"),
        ];
        for (text, shown) in table {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn periods_are_said_in_the_largest_unit_that_fits() {
        for (seconds, said) in [(0, "0 s"), (90, "90 s"), (259_200, "3 d"), (7200, "2 h")] {
            assert_eq!(period(seconds), said);
        }
    }
}
