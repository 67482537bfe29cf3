//! Votes: what a rule asks for, what a roll of ballots comes to, and why.
//! Knows members by their place in a list and nothing of what is voted on.
//! `docs/voting.md` says the same in words.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `rule` | [`VotingRule`]: quorum, majority, abstentions, silence, deadline |
//! | `roll` | [`Roll`]: who cast which ballot, who did not, who has no vote |
//! | `count` | [`Count`]: every figure of the arithmetic |
//! | `verdict` | [`verdict`]: what rule and count give |
//! | `words` | [`explain`]: the arithmetic as one sentence |
//! | [`amendments`] | the order of voting on them, and what each vote leads to |
//! | [`presets`] | rules of known assemblies, with their provisions |
//! | [`roll_call`] | rolls as CSV |
//!
//! Three bases, and nothing else, are what a portion is of: *eligible* (all
//! members with a vote), *taking part* (those that cast a ballot: for, against
//! or abstain) and *voting* (those that cast one for or against).

pub mod amendments;
mod count;
pub mod presets;
mod roll;
pub mod roll_call;
mod rule;
#[cfg(test)]
mod tests;
mod verdict;
mod words;

pub use count::{Count, Figures};
pub use presets::{Preset, preset};
pub use roll::{Entry, Roll, RollFinding};
pub use rule::{Base, Part, Portion, Silence, Tie, Votes, VotingFinding, VotingRule};
pub use verdict::{Rejection, Verdict, verdict};
pub use words::explain;
