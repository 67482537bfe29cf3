//! Why a change is judged as it is. Each reason has a code that never changes,
//! and says what to do next.

use core::fmt;

use serde::{Serialize, Serializer};

macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident $code:literal $next:literal;)*) => {
        /// One reason for a verdict. The order is that of `docs/guard.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $reason,)*
        }

        impl Reason {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$reason,)*];

            /// Our name for it. Never changes.
            pub fn code(self) -> &'static str {
                match self { $(Self::$reason => $code,)* }
            }

            /// What to do about it.
            pub fn next(self) -> &'static str {
                match self { $(Self::$reason => $next,)* }
            }
        }
    };
}

reasons! {
    /// The name's holder consents to the change, by its own policy.
    HolderConsents "holder-consents"
    "Nothing: the holder decides.";
    /// The child has the keys of the new DS set, signed by a key of the old one.
    DsProvenByChild "ds-proven-by-child"
    "Nothing: the old key vouches for the new one.";
    /// The child's CDS or CDNSKEY set says so (RFC 7344), signed by a key of the
    /// old DS set.
    DsAnnouncedByChild "ds-announced-by-child"
    "Nothing: the old key announces the new one.";
    /// The child's CDS set asks for no DS set (RFC 8078 §4), signed likewise.
    DsDeletionAnnounced "ds-deletion-announced"
    "Nothing: the old key announces that the zone goes unsigned.";
    /// The child's own servers serve keys that the new DS set names.
    DsServedByChild "ds-served-by-child"
    "Nothing: the child's own servers have these keys.";
    /// Nothing that the child serves fits the old DS set: validators refuse the name.
    ChainBroken "chain-broken"
    "Let it pass: the old DS set keeps the name broken.";
    /// The child's NS set names the new servers, signed under the old DS set.
    NsSignedByChild "ns-signed-by-child"
    "Nothing: the child has signed its new name servers.";
    /// All old servers that answer name the new ones; the name has no signatures.
    NsAnnouncedByChild "ns-announced-by-child"
    "Nothing: the child's old servers name the new ones.";
    /// A name server stays.
    ServerKept "server-kept"
    "Nothing: a name server stays.";
    /// An address of a name server stays.
    AddressKept "address-kept"
    "Nothing: the same machine answers at an address that stays.";
    /// Every name that uses the host keeps an address of some server.
    OtherServersKept "other-servers-kept"
    "Nothing: each name that uses this host keeps other addresses.";
    /// The names that lose the host, or get it, have another NS set, which is judged.
    JudgedWithServers "judged-with-servers"
    "See the change of the NS set.";
    /// A DS record stays.
    DsRecordKept "ds-record-kept"
    "Nothing: a DS record stays.";
    /// The name has a DS set for the first time.
    FirstDs "first-ds"
    "See that the name validates.";
    /// The name is new.
    NewName "new-name"
    "Nothing: a new name takes nothing from anybody.";
    /// A key of the zone's own, with the SEP bit, stays.
    ApexKeyKept "apex-key-kept"
    "Nothing: a key of the zone stays.";
    /// Data at the apex that neither moves the zone nor its trust.
    ApexData "apex-data"
    "Nothing: the zone's operator sets its own times.";

    /// The holder has claimed the name, and does not consent.
    HolderDoesNotConsent "holder-does-not-consent"
    "Ask the holder; it consents on the ledger, or the change is against its will.";
    /// No server of the old delegation stays, and nothing shows that the child
    /// wants to move.
    MovedWithoutProof "moved-without-proof"
    "Ask the name's operator by telephone; name the new servers in its zone at the old ones.";
    /// The name is removed though its servers answer for it.
    ChildStillAnswers "child-still-answers"
    "Ask the name's operator by telephone whether it gave the name up.";
    /// The name is removed.
    NameRemoved "name-removed"
    "Ask whether the name's operator gave it up; look at IANA's announcements.";
    /// The child's servers answer, and the new DS set fits none of their keys.
    DsContradictedByChild "ds-contradicted-by-child"
    "Ask the name's operator for its keys: with this DS set validators refuse the name.";
    /// A DS set without any record of the old one, and no proof of it.
    DsReplacedUnproven "ds-replaced-unproven"
    "Compare the new DS set with the child's keys, or ask its operator.";
    /// A new DS record whose key the child does not have.
    DsAddedUnproven "ds-added-unproven"
    "Ask whose key that is: whoever has it can sign for the name.";
    /// The DS set is gone.
    DsWithdrawn "ds-withdrawn"
    "Ask the name's operator: without a DS set nobody validates the name any more.";
    /// The child's keys still fit the old DS set.
    ChainIntact "chain-intact"
    "Ask why: the child's keys fit the DS set that is gone.";
    /// Neither the old DS set nor the new one fits the child's keys.
    ChainBrokenEitherWay "chain-broken-either-way"
    "Tell the name's operator: validators refuse the name with both DS sets.";
    /// The child's servers serve different keys.
    ServersDisagree "servers-disagree"
    "Tell the name's operator: its servers serve different keys.";
    /// An address stays only as resolvers say, not in the zone.
    AddressKeptElsewhere "address-kept-elsewhere"
    "See who runs the new servers: their addresses are in another zone.";
    /// The old servers do not answer any more.
    OldServersSilent "old-servers-silent"
    "See from another network whether the old servers answer.";
    /// The new servers do not answer for the name, and the old ones do.
    NewServersSilent "new-servers-silent"
    "Tell the name's operator: its new servers do not serve the zone.";
    /// The new servers do not serve the keys of the DS set.
    NewServersUnsigned "new-servers-unsigned"
    "Tell the name's operator: at its new servers the name does not validate.";
    /// No key of the zone's own, with the SEP bit, stays.
    ApexKeysReplaced "apex-keys-replaced"
    "Compare the keys with the trust anchor that the zone's operator has announced.";
    /// No name server of the zone's own stays, and no address.
    ApexServersReplaced "apex-servers-replaced"
    "Follow the zone from a server that you know, and ask its operator.";

    /// Another change of the same name is held; a delegation is held whole.
    HeldWithDelegation "held-with-delegation"
    "As for the change that it is held with.";
    /// It would be held, were the old state not broken.
    HoldWouldBreak "hold-would-break"
    "Ask the name's operator; nothing is held that does not work.";
    /// It would be held, had the old version not ended too long ago.
    OldVersionStale "old-version-stale"
    "Ask the name's operator; nobody has seen the old servers for too long to go back.";
    /// It takes an earlier change back, of which nothing was proved.
    RevertsEarlier "reverts-earlier"
    "See the earlier change: this one takes it back.";
    /// Nobody of whom something could be learnt was asked, or has answered.
    EvidenceMissing "evidence-missing"
    "Ask live (comity diff --judge), from a machine that reaches the name's servers.";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
