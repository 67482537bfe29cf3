//! Acts about membership and the charter.

use super::{Draft, World, member, public};
use crate::act::{
    Accession, DecisionResult, Declaration, Departure, FoundingMember, Matter, Proposal, RULES,
    Vote,
};
use crate::basic::Digest;
use crate::charter::Charter;

impl World {
    /// A proposal by the first member about such a matter, open for a day.
    pub(crate) fn about(&self, matter: Matter) -> Draft<Proposal> {
        let mut draft = self.proposal([]);
        draft.payload.matter = Some(matter);
        draft
    }

    /// To admit whoever has the key of the member at this index.
    pub(crate) fn admission(&self, name: &str, at: usize) -> Draft<Proposal> {
        self.about(Matter::Admission(FoundingMember {
            name: name.into(),
            key: public(&member(at)),
        }))
    }

    /// To give the charter another preamble.
    pub(crate) fn other_charter(&self) -> Charter {
        let mut charter = self.here().charter.clone();
        charter.preamble = "Nobody is cut off, and nobody alone decides.".into();
        charter
    }

    /// All members vote for a matter, and it is adopted.
    pub(crate) fn settle_matter(&mut self, proposal: &Draft<Proposal>) {
        self.accept(proposal);
        self.vote(proposal.id(), &self.staying(), Vote::For);
        assert_eq!(self.decide(proposal.id()), DecisionResult::Adopted);
    }

    /// The member at this index, or who is to be it, signs the charter.
    pub(crate) fn accession(&self, at: usize) -> Draft<Accession> {
        let accession = Accession {
            rules: RULES,
            ledger: self.here().ledger,
            charter: self.here().charter.digest(),
        };
        Draft::new(accession, [member(at)])
    }

    /// The member at this index leaves.
    pub(crate) fn departure(&self, at: usize) -> Draft<Departure> {
        let departure = Departure {
            rules: RULES,
            ledger: self.here().ledger,
            reason: "the table is not round".into(),
        };
        Draft::new(departure, [member(at)])
    }

    /// The first member states something.
    pub(crate) fn declaration(&self, to: Digest) -> Draft<Declaration> {
        let declaration = Declaration {
            rules: RULES,
            ledger: self.here().ledger,
            to,
            text: "our vote was meant for another text".into(),
        };
        Draft::new(declaration, [member(0)])
    }
}
