//! What somebody tries. Numbers choose among what there is then: proposals,
//! holders, names, keys.

use crate::act::{Reason, SessionKind, Vote};
use crate::holder::Authority;
use crate::state::RollKind;

/// Something that somebody does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Found,
    Deal,
    /// Ledger time moves, by the cosignatures of so many that stay.
    Time {
        after_s: u64,
        cosigners: usize,
    },
    /// An absence act about so many of those that are silent, or about the
    /// last member, where nobody is.
    Absence(usize),
    /// Upstream does this, and so many members hold it.
    Upstream {
        what: usize,
        holding: usize,
    },
    Propose(Proposing),
    Consent(Consenting),
    Ballot {
        proposal: usize,
        voter: usize,
        vote: Vote,
    },
    /// The decision that the rules give.
    Decide(usize),
    /// A decision to adopt, whatever the rules give.
    Forge(usize, Reason),
    Rotate {
        by: Acting,
        keys: usize,
        late: bool,
    },
    Bequeath {
        by: Acting,
        keys: usize,
        wait_s: u64,
    },
    Transfer {
        name: usize,
        /// Whether the name's own holder gives it away.
        own: bool,
        authority: Authority,
        to: usize,
    },
    Object {
        by: Acting,
        to: usize,
    },
    Claim {
        name: usize,
        by: usize,
        proof: Proof,
    },
    Accede(usize),
    Depart(usize),
    Declare {
        by: usize,
        to: usize,
    },
    /// What somebody found at the name servers of a proposal's first name.
    Find {
        proposal: usize,
        by: usize,
        broken: bool,
    },
    /// A drop box takes the step's act, and the secretariat leaves it out.
    Lodge(alloc::boxed::Box<Step>),
    /// One of these acts is merged.
    Merge(usize),
    Session(SessionKind, u8),
    Convoke {
        by: usize,
        drill: bool,
    },
    /// A ceremony from which so many are left out; with a dealer too few.
    Redistribute {
        left_out: usize,
        short: bool,
    },
    /// So many receivers say that they hold their shares.
    Succeed(usize),
    Erase {
        by: usize,
        epoch: u32,
    },
    Compromise {
        by: usize,
        epoch: u32,
    },
    /// A new key is asked for.
    Roll(RollKind),
    /// A key signs a set of keys, or another one does.
    Keyset(bool),
    /// Whether the edition act is right.
    Edition(bool),
    /// An act from the ledger a second time.
    Again(usize),
    /// The step's act, but signed otherwise.
    But(alloc::boxed::Box<Step>, Wrong),
}

/// A proposal.
#[derive(Clone, Debug)]
pub(crate) struct Proposing {
    pub(crate) what: What,
    /// Which other proposal it amends; the deadline is that one's then.
    pub(crate) amends: Option<usize>,
    /// Who proposes: members first, then holders.
    pub(crate) by: usize,
    /// Seconds that it is open for, beside what the rules ask for.
    pub(crate) open_s: i64,
}

/// What a proposal is about.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// Record sets, and what is to become of each.
    Zone(alloc::vec::Vec<(usize, Wish)>),
    /// A new member.
    Admission(usize),
    /// Another charter.
    Charter(usize),
}

/// What a proposal wants of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Put,
    Remove,
    /// NOC: stays as it is.
    Keep,
}

/// Who consents to which proposal, for which of its names.
#[derive(Clone, Debug)]
pub(crate) struct Consenting {
    pub(crate) proposal: usize,
    pub(crate) by: Acting,
    /// Which of the names, first and second by turns.
    pub(crate) names: [bool; 2],
    /// For how many seconds.
    pub(crate) for_s: u64,
}

/// A holder, and which of its keys it acts with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acting {
    pub(crate) holder: usize,
    pub(crate) authority: Authority,
}

/// What a claim brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    None,
    /// One that was signed now.
    Fresh,
    /// One that has expired.
    Old,
}

/// What is wrong with an act's signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Nobody's key signs alone.
    Stranger,
    /// A member signs alone.
    Member,
    /// One signature of several is missing.
    OneLess,
}
