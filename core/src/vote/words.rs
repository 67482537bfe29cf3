//! The arithmetic of a vote in one English sentence, for status and audits.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::{Base, Count, Portion, Rejection, Verdict, VotingRule};

/// How rule and count give the verdict, with every figure.
pub fn explain(rule: &VotingRule, count: &Count, verdict: Verdict) -> String {
    let Count {
        eligible,
        taking_part,
        in_favour,
        against,
        abstain,
        consenting,
        ..
    } = count;
    let abstentions = if *abstain == 1 {
        "abstention"
    } else {
        "abstentions"
    };
    let consenting = match consenting {
        0 => String::new(),
        _ => format!("; {consenting} silent count as for"),
    };
    format!(
        "{in_favour} for, {against} against, {abstain} {abstentions} of {taking_part} taking part \
         ({eligible} eligible; quorum {}: {}){consenting}; majority {}: {}; {}",
        rule.quorum,
        count.quorum_needed,
        WithWhole(rule.majority, count.majority_base),
        count.majority_needed,
        Outcome(rule, count, verdict),
    )
}

struct Outcome<'a>(&'a VotingRule, &'a Count, Verdict);

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(rule, count, verdict) = self;
        match verdict {
            Verdict::Open => write!(f, "open, {} silent", count.silent),
            Verdict::Carried => f.write_str("carried"),
            Verdict::Rejected(Rejection::Tie) => f.write_str("rejected, a tie"),
            Verdict::Rejected(Rejection::NoMajority) => f.write_str("rejected, no majority"),
            Verdict::NoQuorum => f.write_str("no quorum"),
            Verdict::Postponed => {
                f.write_str("put off")?;
                let Some((portion, needed)) = rule.postponed.zip(count.postponed_from) else {
                    return Ok(());
                };
                let whole = WithWhole(portion, count.base(portion.of));
                write!(f, ", abstentions are {whole}: {needed}")
            }
        }
    }
}

/// A portion with the number that it is of: «more than half of 110 voting».
struct WithWhole(Portion, u32);

impl fmt::Display for WithWhole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(portion, whole) = self;
        write!(f, "{} of {whole} {}", Ratio(*portion), portion.of)
    }
}

impl fmt::Display for Portion {
    /// As «more than half of eligible».
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", Ratio(*self), self.of)
    }
}

struct Ratio(Portion);

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Portion {
            num,
            den,
            more_than,
            ..
        } = self.0;
        match (num, den) {
            (0, _) if !more_than => return f.write_str("none"),
            (num, den) if num == den && !more_than => return f.write_str("all"),
            _ if more_than => f.write_str("more than ")?,
            _ => f.write_str("at least ")?,
        }
        match (num, den) {
            (0, _) => f.write_str("none"),
            (1, 2) => f.write_str("half"),
            (1, 3) => f.write_str("a third"),
            (2, 3) => f.write_str("two thirds"),
            (3, 4) => f.write_str("three quarters"),
            (num, den) => write!(f, "{num}/{den}"),
        }
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eligible => "eligible",
            Self::TakingPart => "taking part",
            Self::Voting => "voting",
        })
    }
}
