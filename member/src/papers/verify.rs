//! What papers show is what their act names, and nothing else.

use comity_core::act::{Act, Envelope};
use comity_core::limits;
use comity_core::refusal::FormatRefusal;
use comity_core::state::digest_of_sets;
use comity_core::zone::Change;

use super::{PapersRefusal, Text, brought_by, holder_of, ledger, read, reference};

/// The rules of an entry, which an envelope inside of other JSON is not read by;
/// only that nobody may have signed it yet.
pub(super) fn entry(envelope: &Envelope) -> Result<(), PapersRefusal> {
    let (octets, octets_max) = (envelope.to_octets(), limits::ENTRY_OCTETS_MAX);
    let checked = match envelope.signature_count() {
        0 if octets.len() > octets_max => Err(FormatRefusal::TooLarge {
            octets: octets.len(),
            octets_max,
        }),
        0 => Ok(()),
        _ => Envelope::parse(&octets, octets_max)
            .and_then(|entry| entry.verified_signers())
            .map(drop),
    };
    checked.map_err(PapersRefusal::Format)
}

/// What is referred to is there, and nothing else is; its id is the one that is
/// named, and it is on the same ledger.
pub(super) fn about(text: &Text, act: &Act) -> Result<Option<Act>, PapersRefusal> {
    let (named, envelope) = match (reference(act), &text.about) {
        (None, None) => return Ok(None),
        (Some(named), Some(envelope)) => (named, envelope),
        (Some(named), None) => return Err(PapersRefusal::AboutMissing { named }),
        (None, Some(_)) => return Err(PapersRefusal::NotAsked { what: "about" }),
    };
    if envelope.id() != named {
        return Err(PapersRefusal::AboutDiffers { named });
    }
    entry(envelope)?;
    let about = read(envelope)?;
    match ledger(&about) == ledger(act) {
        true => Ok(Some(about)),
        false => Err(PapersRefusal::OtherLedger),
    }
}

pub(super) fn holders(text: &Text, act: &Act) -> Result<(), PapersRefusal> {
    let found: Vec<_> = text.holders.iter().map(|holder| holder.id).collect();
    match (holder_of(act), &found[..]) {
        (None, []) => Ok(()),
        // Of a claim the keys are known: no others are shown.
        (Some(holder), [_]) if brought_by(act).is_some_and(|own| own != text.holders[0]) => {
            Err(PapersRefusal::HolderMissing { holder })
        }
        (Some(named), [only]) if named == *only => {
            let keys = &text.holders[0].keys;
            keys.check().map_err(PapersRefusal::HolderKeys)
        }
        (Some(holder), _) => Err(PapersRefusal::HolderMissing { holder }),
        (None, _) => Err(PapersRefusal::NotAsked { what: "holders" }),
    }
}

/// The members are there where so many of them sign, and nowhere else.
pub(super) fn members(text: &Text, act: &Act) -> Result<(), PapersRefusal> {
    match (act, &text.members) {
        (Act::Roll(_), Some(members)) if members.keys.is_sorted_by(|a, b| a < b) => Ok(()),
        (Act::Roll(_), _) => Err(PapersRefusal::MembersMissing),
        (_, None) => Ok(()),
        (_, Some(_)) => Err(PapersRefusal::NotAsked { what: "members" }),
    }
}

/// A consent's names have the state that it names by digest; other sets are not
/// shown, or a signer could be shown what nobody signs.
pub(super) fn present(text: &Text, act: &Act) -> Result<(), PapersRefusal> {
    let Act::Consent(consent) = act else {
        let is_empty = text.present.is_empty();
        let not_asked = PapersRefusal::NotAsked { what: "present" };
        return if is_empty { Ok(()) } else { Err(not_asked) };
    };
    let key = |change: &Change| (change.name.clone(), change.rtype);
    let stays = |change: &Change| change.old.is_some() && change.old == change.new;
    let of_names = |change: &Change| {
        let mut names = consent.names.iter();
        names.any(|own| change.name.is_at_or_below(&own.name))
    };
    if !text.present.is_sorted_by(|a, b| key(a) < key(b))
        || !text.present.iter().all(|it| stays(it) && of_names(it))
    {
        return Err(PapersRefusal::PresentList);
    }
    for consented in &consent.names {
        let sets = text.present.iter();
        let sets = sets.filter_map(|it| Some((&it.name, it.rtype, it.old.as_ref()?)));
        if digest_of_sets(&consented.name, sets) != consented.present {
            let name = consented.name.clone();
            return Err(PapersRefusal::PresentDiffers { name });
        }
    }
    Ok(())
}

pub(super) fn charter(text: &Text, act: &Act) -> Result<(), PapersRefusal> {
    match (act, &text.charter) {
        (Act::Accession(act), Some(charter)) if charter.digest() == act.charter => Ok(()),
        (Act::Accession(_), _) => Err(PapersRefusal::CharterDiffers),
        (_, Some(_)) => Err(PapersRefusal::NotAsked { what: "charter" }),
        (_, None) => Ok(()),
    }
}
