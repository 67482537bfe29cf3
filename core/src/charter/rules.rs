//! The part of a charter that the machine applies.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{BoundRule, DAY_S, SigningThreshold};
use crate::act::Question;
use crate::basic::PublicKey;
use crate::edition::Timing;
use crate::limits;
use crate::vote::{Base, Portion, VotingRule};

/// The rules that the machine applies (periods in seconds).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CharterRules {
    /// How many shares sign; always more than half of the members.
    pub signing_threshold: SigningThreshold,
    /// How the apex, and names that nobody holds, are voted on.
    pub common: VotingRule,
    /// How admission and the charter are voted on; the eligible are the present
    /// members.
    pub membership: VotingRule,
    /// A proposal's deadline lies at least this far ahead, and so much ledger
    /// time passes between the proposal's being seen and its end.
    pub deadline_s_min: u64,
    /// Silence after which an absence act may name a member.
    pub absence_after_s: u64,
    /// Notice that names have which use a host, before its addresses change.
    pub host_notice_s: u64,
    /// How long a claim waits, in which another can contest it.
    pub claim_wait_s: u64,
    /// Lifetime of a signature.
    pub signature_lifetime_s: u64,
    /// A signature is renewed when less than this is left.
    pub refresh_before_s: u64,
    /// The shortest lifetime in the first edition; spreads the renewals.
    pub first_lifetime_s_min: u64,
    /// How long members may come and go before shares are dealt anew.
    #[serde(default = "an_hour", skip_serializing_if = "is_an_hour")]
    pub deal_after_s: u64,
    /// The drop boxes, in the order of their names. Where there are any, what
    /// ends with ledger time waits an hour more for acts that they took in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boxes: Vec<DropBox>,
}

/// A drop box: takes acts from anybody, and promises by a receipt that each is
/// on the ledger within the hour (invariant 11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropBox {
    /// Its name: lower-case letters, digits and hyphens.
    pub name: String,
    /// The key that signs its receipts.
    pub key: PublicKey,
    /// Where it is: an `http` or `https` address.
    pub url: String,
}

fn an_hour() -> u64 {
    3_600
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_an_hour(seconds: &u64) -> bool {
    *seconds == an_hour()
}

/// Admission and the charter: two thirds of those that could vote.
const TWO_THIRDS_OF_ELIGIBLE: VotingRule = VotingRule {
    majority: Portion {
        num: 2,
        den: 3,
        of: Base::Eligible,
        more_than: false,
    },
    ..VotingRule::USUAL
};

impl CharterRules {
    /// The defaults.
    pub fn defaults() -> Self {
        Self {
            signing_threshold: SigningThreshold::Majority,
            deadline_s_min: DAY_S,
            absence_after_s: 14 * DAY_S,
            common: VotingRule::USUAL,
            membership: TWO_THIRDS_OF_ELIGIBLE,
            host_notice_s: 14 * DAY_S,
            claim_wait_s: 14 * DAY_S,
            signature_lifetime_s: 28 * DAY_S,
            refresh_before_s: 15 * DAY_S,
            first_lifetime_s_min: 16 * DAY_S,
            deal_after_s: an_hour(),
            boxes: Vec::new(),
        }
    }

    /// The rule for votes on such a question.
    pub fn voting(&self, question: Question) -> &VotingRule {
        match question {
            Question::Common => &self.common,
            Question::Membership => &self.membership,
        }
    }

    /// The drop box with this key.
    pub fn box_of(&self, key: PublicKey) -> Option<&DropBox> {
        self.boxes.iter().find(|known| known.key == key)
    }

    /// How long what ends with ledger time waits for acts that drop boxes took
    /// in time.
    pub fn merge_s(&self) -> u64 {
        match self.boxes.is_empty() {
            true => 0,
            false => limits::MERGE_SECONDS,
        }
    }

    /// Whether two charters' rules are the same where a clause binds them.
    pub(super) fn same(&self, other: &Self, bound: BoundRule) -> bool {
        let signatures = |rules: &Self| {
            (
                rules.signature_lifetime_s,
                rules.refresh_before_s,
                rules.first_lifetime_s_min,
            )
        };
        match bound {
            BoundRule::Access | BoundRule::ContentNeutral | BoundRule::Record => true,
            BoundRule::Common => self.common == other.common,
            BoundRule::Membership => self.membership == other.membership,
            BoundRule::Deadlines => self.deadline_s_min == other.deadline_s_min,
            BoundRule::HostNotice => self.host_notice_s == other.host_notice_s,
            BoundRule::Claims => self.claim_wait_s == other.claim_wait_s,
            BoundRule::Absence => self.absence_after_s == other.absence_after_s,
            BoundRule::Threshold => {
                (self.signing_threshold, self.deal_after_s)
                    == (other.signing_threshold, other.deal_after_s)
            }
            BoundRule::Boxes => self.boxes == other.boxes,
            BoundRule::Signatures => signatures(self) == signatures(other),
        }
    }

    /// The periods that the signing plan follows.
    pub fn timing(&self) -> Timing {
        Timing {
            lifetime_s: self.signature_lifetime_s,
            refresh_before_s: self.refresh_before_s,
            first_min_s: self.first_lifetime_s_min,
            ..Timing::default()
        }
    }
}
