//! Claims, and the zones that prove them.

use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use data_encoding::BASE64;

use super::{Draft, Setting, World, holder, holder_keys};
use crate::act::{ClaimAct, RULES};
use crate::dnssec::tests::{NOW, Zone};
use crate::dnssec::{Chain, Claim};
use crate::holder::HolderId;
use crate::zone::samples::name;
use crate::zone::{Rdata, Rtype, SetKey};

/// A name that nobody holds, and its zone.
pub(crate) const WILD: &str = "wild.example.";

pub(crate) fn wild() -> Zone {
    Zone::new(WILD, 77)
}

impl World {
    /// As [`World::plain`], at another time, with `wild` signed.
    pub(crate) fn claimable() -> Self {
        let mut setting = Setting::plain();
        let ds = wild().ds().to_text(Rtype::DS);
        setting.records.push_str(&format!("\n{WILD} 3600 DS {ds}"));
        Self::founded(&setting).with_key().with_time(NOW)
    }

    /// The same with `wild` unsigned.
    pub(crate) fn unsigned() -> Self {
        Self::founded(&Setting::plain()).with_key().with_time(NOW)
    }

    /// What the zone says so that its name can be claimed.
    pub(crate) fn claim_text(&self, holder: HolderId) -> String {
        let claim = Claim {
            ledger: self.here().ledger,
            holder: holder.0,
        };
        claim.to_string()
    }

    /// The proof that a zone says this at `_comity` below its name.
    pub(crate) fn proof(zone: &Zone, text: &str) -> String {
        let mut wire = Vec::from([u8::try_from(text.len()).unwrap()]);
        wire.extend_from_slice(text.as_bytes());
        let data = Rdata::from_wire(Rtype::TXT, &wire).unwrap();
        let owner = name(&format!("_comity.{}", zone.name));
        let set = SetKey::new(&owner, Rtype::TXT);
        let chain = Chain::new([zone.keys(), zone.link(&set, &[data])]).unwrap();
        BASE64.encode(&chain.to_octets())
    }

    /// Holder 5, or another, claims `wild`.
    pub(crate) fn claim(&self, number: u8) -> Draft<ClaimAct> {
        let keys = holder_keys(number);
        let claim = ClaimAct {
            rules: RULES,
            ledger: self.here().ledger,
            name: name(WILD),
            holder: keys.id(),
            proof: Some(Self::proof(&wild(), &self.claim_text(keys.id()))),
            keys,
        };
        Draft::new(claim, [holder(number)])
    }
}
