//! The founding act: everything about a zone that its members sign at once.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::act::{Act, Checked, Founding, FoundingMember, HolderBinding, Holders};
use crate::basic::{Digest, PublicKey, Time};
use crate::holder::HolderId;
use crate::ledger::note::{KeyKind, NoteKey};
use crate::limits;
use crate::refusal::Refusal;
use crate::state::effect::Effect;
use crate::state::upstream::FollowedUpstream;
use crate::state::{Founded, Held, Holder, Member, State};
use crate::zone::{Contents, Kind, Name};

pub(super) fn judge_founding(state: &State, act: &Checked<Act>) -> Result<Effect, Refusal> {
    let Act::Founding {
        founding,
        charter,
        contents,
        holders,
    } = act.inner()
    else {
        return Err(Refusal::NotFounded);
    };
    if state.founded.is_some() {
        return Err(Refusal::AlreadyFounded);
    }
    let log_key: NoteKey = founding.log.parse().map_err(|_| Refusal::LogKey)?;
    if log_key.kind() != KeyKind::Ed25519 {
        return Err(Refusal::LogKey);
    }
    let members = judge_members(&founding.members, charter.digest())?;
    charter.check(members.len())?;
    judge_signers(founding, act.signers())?;
    if founding.kind == Kind::Root && founding.zone != Name::root() {
        return Err(Refusal::KindOfZone {
            zone: founding.zone.clone(),
        });
    }
    let contents = Contents::from_wire(&founding.zone, contents)?;
    let (held, holders) = judge_holders(holders, &contents)?;
    Ok(Effect::Found(Box::new(Founded {
        ledger: act.id(),
        log_key,
        kind: founding.kind,
        charter: charter.clone(),
        members,
        held,
        holders,
        waiting: Vec::new(),
        claims: Vec::new(),
        merged: BTreeSet::new(),
        claims_over: BTreeSet::new(),
        upstream: (founding.kind == Kind::Root).then(|| FollowedUpstream::founding(&contents)),
        contents,
        time: None,
        began: None,
        keys: Vec::new(),
        roll: None,
        signed_keysets: Vec::new(),
        open_set: None,
        keyset_attempts: 0,
        keys_signed_until: Time(0),
        epochs: Vec::new(),
        dealt: None,
        unused: Vec::new(),
        convoked: None,
        convocations: BTreeSet::new(),
        drill: None,
        unsettled: None,
        proposals: Vec::new(),
        admitted: BTreeMap::new(),
        declarations: Vec::new(),
        pending: Vec::new(),
        open: None,
        numbered: 0,
        editions: Vec::new(),
        published: None,
    })))
}

/// Sorted by name, so that everybody numbers the shares alike; no key twice.
fn judge_members(list: &[FoundingMember], charter: Digest) -> Result<Vec<Member>, Refusal> {
    let mut keys = BTreeSet::new();
    let mut members: Vec<Member> = Vec::new();
    for FoundingMember { name, key } in list {
        let sorted = members.last().is_none_or(|before| before.name < *name);
        if !sorted || !is_party_name(name) {
            return Err(Refusal::MemberName {
                member: name.clone(),
            });
        }
        if !keys.insert(*key) {
            return Err(Refusal::MemberKey { key: *key });
        }
        let cosigner =
            NoteKey::new(name, KeyKind::CosignatureV1, *key).map_err(|_| Refusal::MemberName {
                member: name.clone(),
            })?;
        let (name, key) = (name.clone(), *key);
        members.push(Member {
            name,
            key,
            cosigner,
            cosigned: None,
            absent: false,
            since: 0,
            signed: charter,
            departed: None,
            convoked: None,
            silent: 0,
        });
    }
    Ok(members)
}

/// The founding act is everybody's: each member signed it, and nobody else.
fn judge_signers(founding: &Founding, signers: &[PublicKey]) -> Result<(), Refusal> {
    let members = &founding.members;
    if let Some(absent) = members.iter().find(|member| !signers.contains(&member.key)) {
        return Err(Refusal::MemberDidNotSign {
            member: absent.name.clone(),
        });
    }
    match signers
        .iter()
        .find(|key| !members.iter().any(|member| member.key == **key))
    {
        Some(key) => Err(Refusal::NotEntitled { key: *key }),
        None => Ok(()),
    }
}

/// Who holds which name, and the holders.
type Bound = (BTreeMap<Name, Held>, BTreeMap<HolderId, Holder>);

/// Who holds which name, and the holders: one for each different set of keys.
fn judge_holders(list: &Holders, contents: &Contents) -> Result<Bound, Refusal> {
    let mut held: BTreeMap<Name, Held> = BTreeMap::new();
    let mut holders = BTreeMap::new();
    for HolderBinding { name, holder } in &list.holders {
        let sorted = held
            .last_key_value()
            .is_none_or(|(before, _)| before < name);
        if !sorted || contents.delegation(name).is_none() {
            return Err(Refusal::HolderBinding { name: name.clone() });
        }
        holder.check()?;
        let id = holder.id();
        let new = || Holder::new(holder.clone());
        holders.entry(id).or_insert_with(new);
        let since = 0;
        held.insert(name.clone(), Held { holder: id, since });
    }
    Ok((held, holders))
}

/// Whether a member can be called so: lower-case letters, digits and inner
/// hyphens, at most 63.
pub fn is_party_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=limits::PARTY_NAME_OCTETS_MAX).contains(&name.len())
        && name.chars().all(allowed)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::is_party_name;

    #[test]
    fn party_names_are_labels() {
        for good in ["a", "ne-po", "x1"] {
            assert!(is_party_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a b", "a+b"] {
            assert!(!is_party_name(bad), "{bad:?}");
        }
    }
}
