//! The digest of a whole zone (RFC 8976), scheme SIMPLE with SHA-384.

use alloc::vec::Vec;

use sha2::Sha384;
use sha2::digest::Output;

use crate::zone::wire::compose_record;
use crate::zone::{Name, Rdata, Rtype};

/// Scheme SIMPLE (RFC 8976 §5.2).
const SCHEME: u8 = 1;
/// Hash algorithm SHA-384 (RFC 8976 §5.3).
const HASH: u8 = 1;

/// Digests records (RFC 8976 §3.3), which the caller feeds in canonical
/// order, each once, and without those that are left out: the ZONEMD set at
/// the apex and its RRSIG.
pub(crate) struct Digester<D = Sha384> {
    hash: D,
    record: Vec<u8>,
}

impl<D: sha2::Digest> Digester<D> {
    pub(crate) fn new() -> Self {
        Self {
            hash: D::new(),
            record: Vec::new(),
        }
    }

    pub(crate) fn update(&mut self, owner: &Name, rtype: Rtype, ttl: u32, data: &Rdata) {
        self.record.clear();
        compose_record(&mut self.record, owner, rtype, ttl, data);
        self.hash.update(&self.record);
    }

    pub(crate) fn finish(self) -> Output<D> {
        self.hash.finalize()
    }
}

/// The data of a ZONEMD record (RFC 8976 §2.2).
pub(crate) fn rdata(serial: u32, digest: &[u8; 48]) -> Rdata {
    let mut wire = Vec::with_capacity(54);
    wire.extend_from_slice(&serial.to_be_bytes());
    wire.extend_from_slice(&[SCHEME, HASH]);
    wire.extend_from_slice(digest);
    Rdata::from_canonical(&wire)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::string::String;

    use super::*;
    use crate::zone::samples::{name, records};

    /// RFC 8976 appendix A.1.
    const SIMPLE: (&str, &str) = (
        "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9\
         a9713b3c9ae5cc27777f98b8e730044c",
        "example. 86400 SOA ns1.example. admin.example. 2018031900 1800 900 604800 86400
         example. 86400 NS ns1.example.
         example. 86400 NS ns2.example.
         ns1.example. 3600 A 203.0.113.63
         ns2.example. 3600 AAAA 2001:db8::63",
    );
    /// RFC 8976 appendix A.2, without the data outside of the zone.
    const COMPLEX: (&str, &str) = (
        "a3b69bad980a3504e1cffcb0fd6397f93848071c93151f552ae2f6b1711d4bd2\
         d8b39808226d7b9db71e34b72077f8fe",
        "example. 86400 SOA ns1.example. admin.example. 2018031900 1800 900 604800 86400
         example. 86400 NS ns1.example.
         example. 86400 NS ns2.example.
         ns1.example. 3600 A 203.0.113.63
         NS2.example. 3600 AAAA 2001:db8::63
         occluded.sub.example. 7200 TXT \"I'm occluded but must be digested\"
         sub.example. 7200 NS ns1.example.
         duplicate.example. 300 TXT \"I must be digested just once\"
         duplicate.example. 300 TXT \"I must be digested just once\"
         UPPERCASE.example. 3600 TXT \"canonicalize uppercase owner names\"
         *.example. 777 PTR dont-forget-about-wildcards.example.
         mail.example. 3600 MX 20 MAIL1.example.
         mail.example. 3600 MX 10 Mail2.Example.
         sortme.example. 3600 AAAA 2001:db8::5:61
         sortme.example. 3600 AAAA 2001:db8::3:62
         sortme.example. 3600 AAAA 2001:db8::4:63
         sortme.example. 3600 AAAA 2001:db8::1:65
         sortme.example. 3600 AAAA 2001:db8::2:64
         non-apex.example. 900 ZONEMD 2018031900 1 1 616c6c6f776564206275742069676e6f7265642e20616c6c6f776564206275742069676e6f7265642e20616c6c6f7765",
    );

    #[test]
    fn digests_are_those_of_rfc_8976_appendix_a() {
        for (expected, zone) in [SIMPLE, COMPLEX] {
            let sorted: BTreeSet<_> = records(zone)
                .into_iter()
                .map(|record| (record.owner, record.rtype, record.data, record.ttl))
                .collect();
            let mut digester = Digester::<Sha384>::new();
            for (owner, rtype, data, ttl) in &sorted {
                digester.update(owner, *rtype, *ttl, data);
            }
            let digest: [u8; 48] = digester.finish().into();
            let hex: String = data_encoding::HEXLOWER.encode(&digest);
            assert_eq!(hex, expected);
            let record = rdata(2018031900, &digest).to_text(Rtype::ZONEMD);
            assert_eq!(
                record.to_lowercase(),
                alloc::format!("2018031900 1 1 {hex}")
            );
        }
        assert!(name("ns1.example.") < name("UPPERCASE.example."));
    }
}
