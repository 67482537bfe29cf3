//! Findings beside a proposal (design 4, step 1).

use crate::act::{Findings, Found};
use crate::basic::PublicKey;
use crate::limits;
use crate::refusal::{FindingsRefusal, Refusal};
use crate::state::effect::{Effect, Position};
use crate::state::{FindingsRecord, Founded};

impl Founded {
    pub(super) fn judge_findings(
        &self,
        act: &Findings,
        by: PublicKey,
        position: Position,
    ) -> Result<Effect, Refusal> {
        if self.member_of(&by).is_none() && self.holders_with(by).next().is_none() {
            return Err(Refusal::NotEntitled { key: by });
        }
        let proposal = act.to;
        let at = self.proposals.iter().position(|known| known.id == proposal);
        let at = at.ok_or(Refusal::ProposalUnknown { proposal })?;
        let state = &self.proposals[at];
        let is_published = state.decided.as_ref().is_some_and(|decided| {
            self.editions
                .iter()
                .any(|one| one.position > decided.position)
        });
        let own = state.findings.iter().filter(|one| one.by == by);
        if is_published || own.count() >= limits::FINDINGS_PER_KEY_MAX {
            return Err(FindingsRefusal::Late { proposal }.into());
        }
        let names = &act.names;
        if !(1..=limits::FINDINGS_NAMES_MAX).contains(&names.len())
            || !names.is_sorted_by(|a, b| a.name < b.name)
        {
            return Err(FindingsRefusal::Names.into());
        }
        for found in names {
            let name = found.name.clone();
            let mut changes = state.proposal.changes.iter();
            if !changes.any(|change| change.name.is_at_or_below(&name)) {
                return Err(FindingsRefusal::NotTouched { name }.into());
            }
            if !is_well_quoted(found) {
                return Err(FindingsRefusal::Quoted { name }.into());
            }
        }
        let broken = names.iter().filter(|found| found.broken);
        Ok(Effect::AddFindings {
            at,
            findings: FindingsRecord {
                by,
                position: position.0,
                time: self.time.ok_or(Refusal::NoTime)?,
                stage: act.stage,
                worst: names.iter().filter_map(|found| found.worst).max(),
                broken: broken.map(|found| found.name.clone()).collect(),
            },
        })
    }
}

fn is_well_quoted(found: &Found) -> bool {
    let quoted = &found.findings;
    let short = |text: &str| text.len() <= limits::FINDING_TEXT_OCTETS_MAX;
    quoted.len() <= limits::FINDINGS_QUOTED_MAX
        && usize::try_from(found.count).is_ok_and(|count| count >= quoted.len())
        && (found.count == 0) == found.worst.is_none()
        && quoted.iter().all(|one| {
            Some(one.fault.severity()) <= found.worst
                && short(&one.text)
                && one.record.as_deref().is_none_or(short)
        })
}
