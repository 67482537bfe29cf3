//! What can be wrong with a delegation: each fault belongs to one check, has
//! one severity, and says what to do next.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::table::Check;
use crate::basic::BadText;

/// How bad a finding is: the levels of Zonemaster and RST v2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Not wrong, and perhaps not meant.
    Notice,
    /// Likely to cause trouble.
    Warning,
    /// A requirement is not met.
    Error,
    /// The name does not work, or would not.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        })
    }
}

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident $code:literal $check:ident $severity:ident $next:literal;)*) => {
        /// One thing that can be wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[$doc])* $fault,)*
        }

        impl Fault {
            /// All of them, in the order of the checks.
            pub const ALL: &[Self] = &[$(Self::$fault,)*];

            /// Our name for it. Never changes.
            pub fn code(self) -> &'static str {
                match self { $(Self::$fault => $code,)* }
            }

            /// The check that it belongs to.
            pub fn check(self) -> Check {
                match self { $(Self::$fault => Check::$check,)* }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$fault => Severity::$severity,)* }
            }

            /// What to do about it.
            pub fn next(self) -> &'static str {
                match self { $(Self::$fault => $next,)* }
            }
        }
    };
}

faults! {
    /// Fewer than two name servers.
    TooFewNameServers "too-few-name-servers" NameServerCount Error
    "Add a second name server, in another network.";
    /// Two name servers have one address.
    SharedAddress "shared-address" NameServerCount Error
    "Give each name server an address of its own, or leave one of them out.";

    /// A name server's name is no host name.
    BadHostName "bad-host-name" HostNames Error
    "Give the name server a name of letters, digits and inner hyphens.";
    /// A name server's name is an alias.
    AliasName "alias-name" HostNames Error
    "Name the host itself: an NS record must not point to a CNAME.";

    /// No address of any name server answers.
    NobodyAnswers "nobody-answers" Reachability Critical
    "Start the name servers first, and check their addresses and the way to them.";
    /// No answer by UDP.
    SilentUdp "silent-udp" Reachability Error
    "Start the server, and let UDP port 53 through its firewall and the networks before it.";
    /// No answer by TCP.
    SilentTcp "silent-tcp" Reachability Error
    "Let the server listen on TCP port 53, and let it through the firewall: DNS needs both.";
    /// A name server without any address.
    NoAddress "no-address" Reachability Error
    "Publish an A or AAAA record for the name server, or add its glue.";
    /// Nobody could say which addresses a name server has.
    LookupFailed "lookup-failed" Reachability Error
    "See that the name server's own zone resolves, then check again.";
    /// What came is no answer to the question.
    BadAnswer "bad-answer" Reachability Error
    "Look at what answers there: it may be a middle box, or not a DNS server.";
    /// No answer where the question has EDNS.
    SilentToEdns "silent-to-edns" Reachability Warning
    "Let questions with EDNS through, or update the server: resolvers all use it.";
    /// Some questions are answered and others are not.
    SilentToQuestion "silent-to-question" Reachability Error
    "Let all types through: a firewall that looks into questions may drop this one.";
    /// This machine has no way there.
    NoWayFromHere "no-way-from-here" Reachability Warning
    "Check again from a machine that has this kind of address.";
    /// More addresses than are asked.
    NotAsked "not-asked" Reachability Warning
    "Take name servers or addresses away: no more than these are checked.";

    /// The server refuses to answer for the zone.
    Lame "lame" Authority Error
    "Load the zone on this server, or take the server out of the delegation.";
    /// The answer has no AA bit.
    NotAuthoritative "not-authoritative" Authority Error
    "Make the server a primary or secondary of the zone, not a resolver for it.";
    /// The zone's apex has no SOA or NS record there.
    NoApex "no-apex" Authority Error
    "See that the zone on the server has exactly this name.";

    /// All addresses are in one network.
    OneNetwork "one-network" NetworkDiversity Error
    "Put a name server into another operator's network.";
    /// All addresses of one family are in one network.
    OneNetworkInFamily "one-network-in-family" NetworkDiversity Warning
    "Put a name server with such an address into another operator's network.";
    /// The table of networks does not know an address.
    UnlistedAddress "unlisted-address" NetworkDiversity Warning
    "Give a newer table, or see in a routing view where the address is announced.";
    /// Judged without knowing origins.
    NoAsnTable "no-asn-table" NetworkDiversity Info
    "For IANA's rule give a table of prefixes and their origins with --asn.";

    /// A name server inside the zone has no glue.
    MissingGlue "missing-glue" GlueConsistency Error
    "Add the name server's addresses to the delegation: nobody can find it otherwise.";
    /// Glue differs from the zone's own data.
    GlueMismatch "glue-mismatch" GlueConsistency Error
    "Correct whichever is wrong, the zone first if the server is to move.";
    /// Nobody with authority said anything about a host with glue.
    UnconfirmedGlue "unconfirmed-glue" GlueConsistency Warning
    "See that the host's zone resolves, then check again.";
    /// Glue for a host that is none of the name servers.
    StrayGlue "stray-glue" GlueConsistency Notice
    "Leave the glue out, or name the host in the delegation.";

    /// The zone does not name a name server of the delegation.
    MissingInZone "missing-in-zone" ZoneConsistency Error
    "Add the NS record at the zone's apex, or take it out of the delegation.";
    /// The zone names a name server that the delegation lacks.
    MissingInDelegation "missing-in-delegation" ZoneConsistency Error
    "Add the NS record to the delegation, or take it out of the zone.";

    /// SOA serials differ.
    SerialsDiffer "serials-differ" ServerConsistency Warning
    "See that the server transfers the zone; a zone that changes all the time may differ a little.";
    /// SOA records differ in more than their serial.
    SoaDiffers "soa-differs" ServerConsistency Error
    "Let all servers serve the same zone: one of them has another copy.";
    /// NS sets differ.
    NsDiffers "ns-differs" ServerConsistency Error
    "Let all servers serve the same zone: see that this one transfers it.";
    /// DNSKEY sets differ.
    KeysDiffer "keys-differ" ServerConsistency Error
    "Let all servers serve the same signed zone, or follow RFC 8901 §3 with several signers.";

    /// A referral does not fit.
    ReferralTooLarge "referral-too-large" ReferralSize Error
    "Name fewer name servers, or give them names that end alike.";

    /// An address for special purposes.
    ProhibitedAddress "prohibited-address" AllowedAddresses Error
    "Use an address that the whole Internet can reach.";

    /// Strangers are given other names' data.
    OpenRecursion "open-recursion" NoOpenRecursion Error
    "Switch recursion off, or allow it to your own clients only.";
    /// Recursion is offered and then not given.
    RecursionOffered "recursion-offered" NoOpenRecursion Notice
    "Run resolver and name server apart: the RA bit says that this is one of both.";

    /// The answer comes from elsewhere.
    OtherSource "other-source" SameSource Error
    "Let the server bind to each of its addresses, so that it answers from the one asked.";

    /// A DS record that is none.
    DsMalformed "ds-malformed" DsFormat Error
    "Copy the DS record anew from the signer.";
    /// An algorithm that nobody knows, or not for zones.
    DsAlgorithmUnknown "ds-algorithm-unknown" DsFormat Error
    "Copy the DS record anew; sign with ECDSAP256SHA256 (13), RSASHA256 (8) or ED25519 (15).";
    /// An algorithm that must not be used any more.
    DsAlgorithmDeprecated "ds-algorithm-deprecated" DsFormat Error
    "Roll to ECDSAP256SHA256 (13), RSASHA256 (8) or ED25519 (15): resolvers drop this one.";
    /// A digest type that nobody knows.
    DsDigestUnknown "ds-digest-unknown" DsFormat Error
    "Make the DS record with SHA-256 (2).";
    /// A digest type that must not be used any more.
    DsDigestDeprecated "ds-digest-deprecated" DsFormat Error
    "Make the DS record with SHA-256 (2) from the same key.";
    /// A digest that is too short or too long.
    DsDigestLength "ds-digest-length" DsFormat Error
    "Copy the DS record anew: octets are missing or too many.";

    /// No DS record has its key: validators would refuse the zone.
    NoDsMatches "no-ds-matches" DsMatchesKey Critical
    "Do not delegate so: publish the DNSKEY first, or replace the DS records.";
    /// A DS record without its key.
    DsWithoutKey "ds-without-key" DsMatchesKey Error
    "Publish the DNSKEY in the zone, or leave the DS record out until it is there.";
    /// The DS record's digest cannot be made here.
    DsNotCompared "ds-not-compared" DsMatchesKey Warning
    "Add a DS record with SHA-256 (2), which everybody can compare.";
    /// The key is none for zones.
    KeyNotForZone "key-not-for-zone" DsMatchesKey Error
    "Make the DS record from a key with the Zone Key bit (flags 256 or 257) and protocol 3.";
    /// The key is revoked.
    KeyRevoked "key-revoked" DsMatchesKey Error
    "Replace the DS record by one of a key that is not revoked.";
    /// The key is not marked as an entry point.
    KeyNotEntryPoint "key-not-entry-point" DsMatchesKey Notice
    "Prefer a key with flags 257; validators do not ask for it.";
    /// The zone is signed, the delegation is not.
    NoDs "no-ds" DsMatchesKey Notice
    "Add a DS record, so that the zone's signatures protect it.";

    /// A set has no signature by a key that counts.
    SignatureMissing "signature-missing" Signatures Error
    "Sign the zone with the key of a DS record, and let every server serve the signatures.";
    /// A signature is over.
    SignatureExpired "signature-expired" Signatures Error
    "Sign again, and see why it was not done in time.";
    /// A signature is not good yet.
    SignatureNotYetValid "signature-not-yet-valid" Signatures Error
    "Set the signer's clock right.";
    /// A signature does not verify.
    SignatureWrong "signature-wrong" Signatures Error
    "Sign again; see that data and key are not changed afterwards.";
    /// A signature that cannot be verified here.
    SignatureNotVerified "signature-not-verified" Signatures Warning
    "Check with a validator that knows the algorithm.";
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Fault {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let found = Self::ALL.iter().find(|fault| fault.code() == text);
        found.copied().ok_or(BadText {
            expected: "the code of a fault",
        })
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::string::String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
