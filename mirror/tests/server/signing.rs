//! Zones for tests, signed whole with one ordinary key through the same plan
//! that members sign with shares. Unit tests include this file too.

use comity_core::basic::{PublicKey, Signature, Time};
use comity_core::edition::{Plan, SignedZone, Timing, ZoneKeys};
use comity_core::zone::{Contents, Name, Rdata, Record, Rtype};
use ed25519_dalek::{Signer as _, SigningKey};

/// A zone of kind `plain` with every case that an answer has to tell apart.
pub(crate) const PLAIN: &str = "
    example. 3600 SOA ns1.example. hostmaster.example. 1 7200 3600 1209600 300
    example. 3600 NS ns1.example.
    example. 3600 NS ns.elsewhere.
    example. 3600 MX 10 mail.example.
    ns1.example. 3600 A 192.0.2.1
    ns1.example. 3600 AAAA 2001:db8::1
    mail.example. 3600 A 192.0.2.2
    mail.example. 3600 TXT \"more than one record set, and this is the larger\"
    web.example. 3600 A 192.0.2.3
    www.example. 3600 CNAME web.example.
    loop-a.example. 3600 CNAME loop-b.example.
    loop-b.example. 3600 CNAME loop-a.example.
    self.example. 3600 CNAME self.example.
    away.example. 3600 CNAME www.elsewhere.
    dangling.example. 3600 CNAME nowhere.example.
    down.example. 3600 CNAME www.child.example.
    a.b.c.example. 3600 A 192.0.2.4
    *.wild.example. 3600 TXT \"wild\"
    x.wild.example. 3600 A 192.0.2.5
    *.alias.example. 3600 CNAME web.example.
    sub.*.odd.example. 3600 A 192.0.2.6
    old.example. 3600 DNAME new.example.
    a.new.example. 3600 A 192.0.2.7
    child.example. 3600 NS ns.child.example.
    child.example. 3600 NS ns.sibling.example.
    child.example. 3600 NS ns1.example.
    child.example. 3600 NS ns.elsewhere.
    child.example. 3600 DS 3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b
    ns.child.example. 3600 A 192.0.2.8
    ns.child.example. 3600 AAAA 2001:db8::8
    sibling.example. 3600 NS ns.sibling.example.
    ns.sibling.example. 3600 A 192.0.2.9
";

/// A small root zone.
pub(crate) const ROOT: &str = "
    . 86400 SOA a.root-servers.example. nstld.example. 1 1800 900 604800 86400
    . 518400 NS a.root-servers.example.
    . 518400 NS b.root-servers.test.
    be. 172800 NS a.ns.dns.be.
    be. 172800 NS b.nsset.eu.
    be. 86400 DS 52756 8 2 8441ebc27e1f26ee2ae5d8d28ffbaa0a9ff1ae4ee0e5e4d7ae8cf4ae8e0b5a3f
    a.ns.dns.be. 172800 A 194.0.6.1
    a.ns.dns.be. 172800 AAAA 2001:678:9::1
    eu. 172800 NS b.nsset.eu.
    b.nsset.eu. 172800 A 192.0.2.20
    example. 172800 NS a.root-servers.example.
    a.root-servers.example. 518400 A 192.0.2.10
    a.root-servers.example. 518400 AAAA 2001:db8::10
    test. 172800 NS b.root-servers.test.
    b.root-servers.test. 518400 A 192.0.2.11
";

/// The key of every zone here.
pub(crate) fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Its public part.
pub(crate) fn public_key() -> PublicKey {
    PublicKey(signing_key().verifying_key().to_bytes())
}

/// A name.
pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Records out of lines of owner, TTL, type and data.
pub(crate) fn records(text: &str) -> Vec<Record> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut words = line.splitn(4, ' ');
            let mut word = || words.next().unwrap();
            let (owner, ttl, rtype, data) = (word(), word(), word(), word());
            let rtype: Rtype = rtype.parse().unwrap();
            Record {
                owner: name(owner),
                rtype,
                ttl: ttl.parse().unwrap(),
                data: Rdata::from_text(rtype, data).unwrap(),
            }
        })
        .collect()
}

/// The first edition of a zone, made at `now`.
pub(crate) fn sign(origin: &str, records: Vec<Record>, now: Time) -> SignedZone {
    let contents = Contents::build(&name(origin), records).unwrap();
    sign_contents(&contents, None, now)
}

/// The edition of these contents after `last`.
pub(crate) fn sign_contents(
    contents: &Contents,
    last: Option<&SignedZone>,
    now: Time,
) -> SignedZone {
    let key = signing_key();
    let plan = Plan::new(
        1,
        contents,
        &ZoneKeys::one(public_key()),
        last,
        now,
        &Timing::default(),
    );
    let signatures: Vec<u8> = plan
        .messages()
        .iter()
        .flat_map(|message| key.sign(message).to_bytes())
        .collect();
    let unsealed = plan.complete(&signatures).unwrap();
    let seal = key.sign(&unsealed.zonemd_message());
    unsealed.seal(Signature(seal.to_bytes())).unwrap()
}
