//! What holds of all rules and all ballots.

use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::act::Vote;
use crate::refusal::tests::seeded;
use crate::vote::{Entry, Rejection, Roll, Verdict, verdict};

fn any_base() -> impl Strategy<Value = Base> {
    prop_oneof![
        Just(Base::Eligible),
        Just(Base::TakingPart),
        Just(Base::Voting)
    ]
}

fn any_portion() -> impl Strategy<Value = Portion> {
    (0..=6_u32, 1..=6_u32, any_base(), any::<bool>()).prop_map(|(num, den, of, more_than)| {
        let num = num.min(den);
        Portion {
            num,
            den,
            of,
            more_than,
        }
    })
}

/// Rules of every kind that their own check lets pass.
fn any_rule() -> impl Strategy<Value = VotingRule> {
    let silence = prop_oneof![Just(Silence::Nothing), Just(Silence::Consents)];
    let postponed = proptest::option::of(any_portion());
    (any_portion(), any_portion(), postponed, silence)
        .prop_map(|(quorum, majority, postponed, silence)| VotingRule {
            quorum: Portion {
                of: Base::Eligible,
                ..quorum
            },
            majority,
            postponed,
            silence,
            deadline_s_min: 60 * DAY_S,
            ..SIMPLE
        })
        .prop_filter("a rule that can be applied", |rule| rule.check().is_ok())
}

fn any_entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        Just(Entry::Cast(Vote::For)),
        Just(Entry::Cast(Vote::Against)),
        Just(Entry::Cast(Vote::Abstain)),
        Just(Entry::Absent),
        Just(Entry::NotMember),
    ]
}

fn any_figures() -> impl Strategy<Value = Figures> {
    proptest::collection::vec(any_entry(), 0..14)
        .prop_map(|entries| Roll::from_entries(entries).figures())
}

/// Ballots of which most are for it, so that it carries often enough.
fn mostly_for() -> impl Strategy<Value = Figures> {
    (any_figures(), 0..20_u32).prop_map(|(now, more)| Figures {
        eligible: now.eligible + more,
        in_favour: now.in_favour + more,
        ..now
    })
}

fn final_verdict(rule: &VotingRule, figures: Figures) -> Verdict {
    verdict(rule, &count(rule, figures), true)
}

/// The verdict without its reason: an early one may not know which of the two
/// reasons it will be.
fn outcome(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Rejected(_) => Verdict::Rejected(Rejection::NoMajority),
        other => other,
    }
}

/// Every way in which the missing ballots can be cast, or not.
fn endings(now: Figures) -> Vec<Figures> {
    let missing = count(&SIMPLE, now).silent;
    let mut endings = Vec::new();
    for in_favour in 0..=missing {
        for against in 0..=missing - in_favour {
            for abstain in 0..=missing - in_favour - against {
                endings.push(Figures {
                    eligible: now.eligible,
                    in_favour: now.in_favour + in_favour,
                    against: now.against + against,
                    abstain: now.abstain + abstain,
                });
            }
        }
    }
    endings
}

/// The verdict before the end, and the one that all endings have: open where
/// they have several.
fn early_and_certain(rule: &VotingRule, now: Figures) -> (Verdict, Verdict) {
    let early = outcome(verdict(rule, &count(rule, now), false));
    let mut endings = endings(now)
        .into_iter()
        .map(|ending| outcome(final_verdict(rule, ending)));
    let first = endings.next().unwrap();
    let certain = endings.all(|ending| ending == first);
    (early, if certain { first } else { Verdict::Open })
}

/// Rules of every kind: each portion with each base.
fn every_kind_of_rule() -> Vec<VotingRule> {
    let quorums = [(0, 1, false), (1, 2, true), (2, 3, false)];
    let majorities = [(1, 2, true), (2, 3, false), (1, 1, false)];
    let bases = [Base::Eligible, Base::TakingPart, Base::Voting];
    let with_bases = |portions: [(u32, u32, bool); 3]| {
        portions.into_iter().flat_map(move |(num, den, more_than)| {
            bases.map(|of| Portion {
                num,
                den,
                of,
                more_than,
            })
        })
    };
    let postponed = with_bases([(1, 2, true), (1, 3, false), (0, 1, true)]).map(Some);
    let postponed: Vec<_> = postponed.chain([None]).collect();
    let mut rules = Vec::new();
    for (num, den, more_than) in quorums {
        for majority in with_bases(majorities) {
            for postponed in &postponed {
                for silence in [Silence::Nothing, Silence::Consents] {
                    rules.push(VotingRule {
                        quorum: Portion {
                            num,
                            den,
                            of: Base::Eligible,
                            more_than,
                        },
                        majority,
                        postponed: *postponed,
                        silence,
                        deadline_s_min: 60 * DAY_S,
                        ..SIMPLE
                    });
                }
            }
        }
    }
    rules
}

/// An early verdict is that of every ending; and where all endings have one
/// and the same, it is given early. Of every kind of rule and every vote of at
/// most six members.
#[test]
fn an_early_end_is_every_end() {
    let rules = every_kind_of_rule();
    let votes: Vec<_> = (0..=6)
        .flat_map(|eligible| endings(figures(0, 0, 0, eligible)))
        .collect();
    assert_eq!((rules.len(), votes.len()), (540, 210));
    for rule in rules {
        assert_eq!(rule.check(), Ok(()));
        for now in &votes {
            let (early, expected) = early_and_certain(&rule, *now);
            assert_eq!(early, expected, "{rule:?} {now:?}");
        }
    }
}

proptest! {
    #![proptest_config(seeded(3000))]

    /// The same for rules and votes at random.
    #[test]
    fn an_early_end_of_any_vote_is_every_end(rule in any_rule(), now in any_figures()) {
        let (early, expected) = early_and_certain(&rule, now);
        prop_assert_eq!(early, expected);
    }

    /// One more for it, from whoever was silent, never turns what carried into
    /// anything else; one fewer against it neither.
    #[test]
    fn a_vote_for_it_never_harms_it(rule in any_rule(), now in mostly_for()) {
        if final_verdict(&rule, now) != Verdict::Carried {
            return Ok(());
        }
        if count(&rule, now).silent > 0 {
            let more = Figures { in_favour: now.in_favour + 1, ..now };
            prop_assert_eq!(final_verdict(&rule, more), Verdict::Carried);
        }
        if now.against > 0 {
            let turned = Figures {
                against: now.against - 1,
                in_favour: now.in_favour + 1,
                ..now
            };
            prop_assert_eq!(final_verdict(&rule, turned), Verdict::Carried);
        }
    }

    /// Two opposite proposals cannot both carry by the same ballots.
    #[test]
    fn for_and_against_never_both_carry(rule in any_rule(), now in any_figures()) {
        let nothing = VotingRule { silence: Silence::Nothing, ..rule };
        let opposite = Figures { in_favour: now.against, against: now.in_favour, ..now };
        let carried = [now, opposite]
            .map(|figures| final_verdict(&nothing, figures) == Verdict::Carried);
        prop_assert_ne!(carried, [true, true]);
    }

    /// Who sits where changes nothing.
    #[test]
    fn the_order_of_ballots_changes_nothing(
        rule in any_rule(),
        (entries, shuffled) in proptest::collection::vec(any_entry(), 0..40)
            .prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle())),
        closed in any::<bool>(),
    ) {
        let [first, second] = [entries, shuffled]
            .map(|entries| Count::of_roll(&rule, &Roll::from_entries(entries)));
        prop_assert_eq!(first, second);
        prop_assert_eq!(verdict(&rule, &first, closed), verdict(&rule, &second, closed));
    }

    /// The number that is shown as needed is the one that decides.
    #[test]
    fn what_is_needed_is_what_decides(
        portion in any_portion(),
        part in any::<u32>(),
        whole in prop_oneof![0..50_u32, any::<u32>()],
    ) {
        prop_assume!(!(portion.more_than && portion.num == portion.den));
        let needed = portion.needed(whole);
        for part in [part, part % 64, needed.saturating_sub(1), needed, needed.saturating_add(1)] {
            prop_assert_eq!(portion.is_met(part, whole), part >= needed);
        }
    }

    /// A count is a value of its rule and four figures, and these can be had
    /// back from it.
    #[test]
    fn a_count_can_be_recomputed(rule in any_rule(), now in any_figures()) {
        let counted = count(&rule, now);
        prop_assert_eq!(counted.figures(), now);
        prop_assert_eq!(count(&rule, counted.figures()), counted);
        prop_assert_eq!(counted.taking_part + counted.silent, counted.eligible);
        prop_assert_eq!(counted.voting + counted.abstain, counted.taking_part);
    }

    /// No figures and no rule, refused or not, make the arithmetic fail.
    #[test]
    fn nothing_is_too_large(
        (num, den) in any::<(u32, u32)>(),
        more_than in any::<bool>(),
        of in any_base(),
        (in_favour, against, abstain, eligible) in any::<(u32, u32, u32, u32)>(),
        closed in any::<bool>(),
    ) {
        let portion = Portion { num, den, of, more_than };
        let rule = VotingRule {
            quorum: portion,
            majority: portion,
            postponed: Some(portion),
            silence: if more_than { Silence::Consents } else { Silence::Nothing },
            ..SIMPLE
        };
        if let Ok(count) = Count::new(&rule, figures(in_favour, against, abstain, eligible)) {
            verdict(&rule, &count, closed);
        }
    }
}
