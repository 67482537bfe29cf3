//! The fifteen checks as data, in the order of IANA's page.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::fault::Severity;
use crate::basic::BadText;

/// One check as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its number on IANA's page, from 1.
    pub number: u8,
    /// Our name for it. Never changes.
    pub code: &'static str,
    /// IANA's heading.
    pub title: &'static str,
    /// What IANA asks for, in short.
    pub gist: &'static str,
    /// How bad it is not to meet it.
    pub severity: Severity,
    /// Where else it is asked for.
    pub sources: &'static str,
}

macro_rules! checks {
    ($($number:literal $check:ident $code:literal $title:literal $severity:ident
        $sources:literal $gist:literal;)*) => {
        /// One of the fifteen checks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Check {
            $(#[doc = $gist] $check,)*
        }

        impl Check {
            /// All of them, in IANA's order.
            pub const ALL: [Self; 15] = [$(Self::$check,)*];

            /// The check as data.
            pub fn rule(self) -> Rule {
                match self {
                    $(Self::$check => Rule {
                        number: $number,
                        code: $code,
                        title: $title,
                        gist: $gist,
                        severity: Severity::$severity,
                        sources: $sources,
                    },)*
                }
            }
        }
    };
}

checks! {
    1 NameServerCount "name-server-count" "Minimum number of name servers" Error
    "RFC 1034 §4.1; RFC 2182 §5"
    "At least two name servers, which do not share an address.";
    2 HostNames "host-names" "Valid hostnames" Error
    "RFC 1123 §2.1; RFC 952; RFC 2181 §10.3"
    "The name servers' names are host names.";
    3 Reachability "reachability" "Name server reachability" Error
    "RFC 1035 §4.2; RFC 7766 §5; RFC 9210 §3"
    "Each address answers over UDP and over TCP.";
    4 Authority "authority" "Answer authoritatively" Error
    "RFC 1034 §4.3.1; RFC 1035 §4.1.1"
    "Each address answers for the zone with the AA bit.";
    5 NetworkDiversity "network-diversity" "Network diversity" Error
    "RFC 2182 §3.1; RFC 3258"
    "The addresses are in at least two networks that differ in their origin.";
    6 GlueConsistency "glue-consistency"
    "Consistency between glue and authoritative data" Error
    "RFC 1034 §4.2.2; RFC 9471 §3"
    "Addresses given with the delegation are those that the zone gives.";
    7 ZoneConsistency "zone-consistency" "Consistency between delegation and zone" Error
    "RFC 1034 §4.2.2; RFC 2181 §6"
    "The zone names the same name servers as the delegation.";
    8 ServerConsistency "server-consistency"
    "Consistency between authoritative name servers" Error
    "RFC 1034 §4.3.5; RFC 2181 §5"
    "All name servers serve the same SOA, NS and DNSKEY sets.";
    9 ReferralSize "referral-size" "No truncation of referrals" Error
    "RFC 1035 §4.2.1; RFC 9471 §3"
    "A referral with the longest question fits into 512 octets.";
    10 AllowedAddresses "allowed-addresses" "Prohibited networks" Error
    "RFC 6890; RFC 8190"
    "No address is in a network for special purposes.";
    11 NoOpenRecursion "no-open-recursion" "No open recursive name service" Error
    "RFC 5358 §4"
    "No name server resolves other names for strangers.";
    12 SameSource "same-source" "Same source address" Error
    "RFC 2181 §4"
    "Answers come from the address that was asked.";
    13 DsFormat "ds-format" "Trust anchors: DS record format" Error
    "RFC 4034 §5; RFC 9904; RFC 9905; RFC 9906"
    "Each DS record has an algorithm and a digest type that are in use.";
    14 DsMatchesKey "ds-matches-key" "Trust anchors: matching DNSKEY" Error
    "RFC 4035 §5.2; RFC 5011 §2.1"
    "For each DS record the zone has its DNSKEY.";
    15 Signatures "signatures" "Trust anchors: validation of RRSIG" Error
    "RFC 4035 §5.3; RFC 6840 §5.11"
    "The zone's apex is signed so that it validates by these DS records.";
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule().code)
    }
}

impl FromStr for Check {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let found = Self::ALL.into_iter().find(|it| it.rule().code == text);
        found.ok_or(BadText {
            expected: "the code of a check",
        })
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Check {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = alloc::string::String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
