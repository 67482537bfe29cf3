//! A zone in small, its contents, and its edition signed with one ordinary key.

use comity_core::basic::{Signature, Time};
use comity_core::edition::{Plan, SignedZone, Timing, ZoneKeys};
use comity_core::served::ServedZone;
use comity_core::zone::{Change, Contents, Name, Rdata, RecordSet, Rtype};
use comity_mirror::dns::Published;
use comity_mirror::zonefile;

use crate::party;

/// When all of this happens.
pub const NOW: Time = Time(1_800_000_000);

/// Delegations with and without glue and DS, an alias, a wildcard, and a set
/// that fits no datagram.
const ZONE: &str = "\
$TTL 3600
@ SOA ns admin 7 1800 900 604800 300
@ NS ns
@ MX 10 mail
ns A 192.0.2.1
ns AAAA 2001:db8::1
mail A 192.0.2.2
www CNAME mail
*.wild TXT \"anything\"
deep.er.still A 192.0.2.9
bird NS ns.bird
bird NS ns
bird DS 1 15 2 AB01
ns.bird A 192.0.2.3
fish NS ns.bird
";

/// The zone's name.
pub fn origin() -> Name {
    "example.".parse().unwrap()
}

/// The contents.
pub fn contents() -> Contents {
    let large = "x".repeat(200);
    let large = (0..20).map(|number| format!("large TXT \"{number}\" \"{large}\"\n"));
    let text = [ZONE.to_string(), large.collect()].concat();
    let read = zonefile::read_from(text.as_bytes(), Some(&origin()));
    read.unwrap().contents
}

/// The first edition.
pub fn edition() -> SignedZone {
    sign(&contents(), None)
}

/// The edition after the first, and what leads from there to it.
pub fn published() -> Published {
    let first = edition();
    let other = RecordSet::of_one(60, Rdata::from_text(Rtype::A, "192.0.2.77").unwrap());
    let mail: Name = "mail.example.".parse().unwrap();
    let change = Change {
        old: contents().get(&mail, Rtype::A).cloned(),
        name: mail,
        rtype: Rtype::A,
        new: Some(other),
    };
    let contents = contents().with(&[change]).unwrap();
    let second = sign(&contents, Some(&first));
    Published::from(ServedZone::from(first)).next(second.into())
}

fn sign(contents: &Contents, last: Option<&SignedZone>) -> SignedZone {
    let key = party::public(party::ZONE);
    let plan = Plan::new(
        1,
        contents,
        &ZoneKeys::one(key),
        last,
        NOW,
        &Timing::default(),
    );
    let sign = |message: &Vec<u8>| party::sign(party::ZONE, message).0;
    let signatures: Vec<u8> = plan.messages().iter().flat_map(sign).collect();
    let unsealed = plan.complete(&signatures).unwrap();
    let signature = Signature(sign(&unsealed.zonemd_message()));
    unsealed.seal(signature).unwrap()
}
