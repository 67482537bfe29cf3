//! Random histories. Half of the steps stand alone, and most of these are such
//! as the rules refuse; the others are what belongs together.

use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::start::{Start, VOTING_RULES};
use super::steps::{Acting, Consenting, Proof, Proposing, Step, What, Wish, Wrong};
use super::words::Words;
use crate::act::{Reason, SessionKind, Vote};
use crate::edition::samples::DAY_S;
use crate::holder::Authority;
use crate::state::RollKind;
use crate::zone::Kind;

/// A zone to begin with, and what is tried then.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) start: Start,
    pub(crate) steps: Vec<Step>,
}

/// Everybody.
const ALL: usize = usize::MAX;
/// Holders in every zone, when it begins.
const HOLDERS: usize = 4;

/// Zones of these kinds.
pub(crate) fn starts(kinds: &'static [Kind]) -> impl Strategy<Value = Start> {
    let parts = (select(kinds), 0..VOTING_RULES, any::<bool>());
    parts.prop_map(|(kind, rule, boxed)| Start {
        kind,
        rule,
        even: false,
        words: Words::Plain,
        boxed,
    })
}

/// What can happen in them.
pub(crate) fn histories(kinds: &'static [Kind]) -> impl Strategy<Value = History> {
    let steps = prop_oneof![
        // What stands alone, now and then with something wrong.
        10 => (alone(), prop::option::weighted(0.2, wrong())).prop_map(|(step, wrong)| {
            Vec::from([match wrong {
                Some(wrong) => Step::But(Box::new(step), wrong),
                None => step,
            }])
        }),
        8 => carried(),
        2 => amended(),
        2 => crossed(),
        // Those of the holder that takes care.
        1 => select(&[6_usize, 8][..]).prop_map(careless),
        2 => (0..3_u8).prop_map(published),
        1 => joined(),
        1 => Just(absent()),
        2 => waited(),
        2 => left_out(),
        2 => followed(),
        2 => passed_on(),
        1 => rolled(),
    ];
    (starts(kinds), any::<bool>(), vec(steps, 1..30)).prop_map(|(start, forged, steps)| {
        let founding = Step::But(Box::new(Step::Found), Wrong::OneLess);
        let mut all: Vec<Step> = forged.then_some(founding).into_iter().collect();
        all.extend([Step::Found, Step::Deal, time(0, ALL)]);
        all.extend(steps.into_iter().flatten());
        History { start, steps: all }
    })
}

fn time(after_s: u64, cosigners: usize) -> Step {
    Step::Time { after_s, cosigners }
}

fn wrong() -> impl Strategy<Value = Wrong> {
    select(&[Wrong::Stranger, Wrong::Member, Wrong::OneLess][..])
}

fn alone() -> impl Strategy<Value = Step> {
    let wait_s = select(&[0, 1, 40, 90_000, 4 * DAY_S, 16 * DAY_S, 61 * DAY_S][..]);
    let kinds = [
        SessionKind::Records,
        SessionKind::Zonemd,
        SessionKind::Test,
        SessionKind::Keyset,
    ];
    let kind = select(kinds.to_vec());
    prop_oneof![
        1 => Just(Step::Found),
        1 => Just(Step::Deal),
        3 => (wait_s, select(&[2, 3, ALL, ALL][..])).prop_map(|(after_s, by)| time(after_s, by)),
        1 => (0..3_usize).prop_map(Step::Absence),
        2 => (0..9_usize, select(&[0, 0, 1, 3, 5][..]))
            .prop_map(|(what, holding)| Step::Upstream { what, holding }),
        3 => proposing().prop_map(Step::Propose),
        3 => consenting().prop_map(Step::Consent),
        3 => (0..4_usize, 0..7_usize, vote())
            .prop_map(|(proposal, voter, vote)| Step::Ballot { proposal, voter, vote }),
        2 => (0..4_usize).prop_map(Step::Decide),
        3 => (0..4_usize, reason()).prop_map(|(at, reason)| Step::Forge(at, reason)),
        5 => about_holders(),
        1 => (3..8_usize).prop_map(Step::Accede),
        1 => (2..7_usize).prop_map(Step::Depart),
        1 => (0..8_usize, 0..4_usize).prop_map(|(by, to)| Step::Declare { by, to }),
        1 => (kind, 0..3_u8).prop_map(|(kind, variant)| Step::Session(kind, variant)),
        1 => any::<bool>().prop_map(Step::Edition),
        2 => any::<usize>().prop_map(Step::Again),
        2 => (0..4_usize, 0..7_usize, any::<bool>())
            .prop_map(|(proposal, by, broken)| Step::Find { proposal, by, broken }),
        2 => answer().prop_map(|answer| Step::Lodge(Box::new(answer))),
        2 => (0..4_usize).prop_map(Step::Merge),
        2 => about_shares(),
    ]
}

fn about_shares() -> impl Strategy<Value = Step> {
    let parts = (0..7_usize, 1..3_u32);
    prop_oneof![
        (0..6_usize, any::<bool>()).prop_map(|(by, drill)| Step::Convoke { by, drill }),
        (0..3_usize, prop::bool::weighted(0.2))
            .prop_map(|(left_out, short)| Step::Redistribute { left_out, short }),
        (2..6_usize).prop_map(Step::Succeed),
        roll_kind().prop_map(Step::Roll),
        any::<bool>().prop_map(Step::Keyset),
        parts
            .clone()
            .prop_map(|(by, epoch)| Step::Erase { by, epoch }),
        parts.prop_map(|(by, epoch)| Step::Compromise { by, epoch }),
    ]
}

/// Shares are dealt anew, because somebody left, or since somebody asks for it;
/// and the old ones are wiped.
fn passed_on() -> impl Strategy<Value = Vec<Step>> {
    let leaves = prop::option::weighted(0.4, 2..6_usize);
    let parts = (leaves, 0..2_usize, select(&[2, ALL, ALL, ALL][..]));
    (parts, 0..6_usize, prop::bool::weighted(0.2)).prop_map(
        |((leaves, left_out, possessions), by, drill)| {
            let short = false;
            let mut steps: Vec<Step> = leaves.map(Step::Depart).into_iter().collect();
            steps.push(match leaves {
                Some(_) => time(3600, ALL),
                None => Step::Convoke { by, drill },
            });
            steps.extend([
                Step::Redistribute { left_out, short },
                Step::Session(SessionKind::Test, 0),
                Step::Succeed(possessions),
                Step::Erase { by, epoch: 1 },
            ]);
            steps.extend((left_out > 0).then_some(Step::Compromise { by, epoch: 2 }));
            steps
        },
    )
}

fn roll_kind() -> impl Strategy<Value = RollKind> {
    select(
        &[
            RollKind::Anchor,
            RollKind::Anchor,
            RollKind::Zone,
            RollKind::Standby,
            RollKind::Compromised,
        ][..],
    )
}

/// A new key is made and published, is trusted after two months, and the one before
/// says so; or somebody has it who should not.
fn rolled() -> impl Strategy<Value = Vec<Step>> {
    let stolen = prop::option::weighted(0.2, Just(RollKind::Compromised));
    (roll_kind(), stolen).prop_map(|(kind, stolen)| {
        let mut steps = published(0);
        steps.extend([
            Step::Roll(kind),
            Step::Redistribute {
                left_out: 0,
                short: false,
            },
            Step::Session(SessionKind::Test, 0),
            Step::Succeed(ALL),
        ]);
        steps.extend(published(0));
        steps.push(time(62 * DAY_S, ALL));
        steps.extend([
            Step::Session(SessionKind::Keyset, 0),
            Step::Keyset(false),
            Step::Keyset(true),
        ]);
        steps.extend(published(0));
        steps.extend(stolen.map(Step::Roll));
        steps
    })
}

/// What drop boxes take most.
fn answer() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_usize, 0..7_usize, vote())
            .prop_map(|(proposal, voter, vote)| Step::Ballot { proposal, voter, vote }),
        1 => consenting().prop_map(Step::Consent),
        1 => (acting(), 0..4_usize).prop_map(|(by, to)| Step::Object { by, to }),
        1 => proposing().prop_map(Step::Propose),
    ]
}

/// Upstream does something, which some hold, and time goes by.
fn followed() -> impl Strategy<Value = Vec<Step>> {
    let holding = select(&[0, 0, 1, 3, 5][..]);
    let after_s = select(&[1, DAY_S, 15 * DAY_S][..]);
    (0..9_usize, holding, after_s).prop_map(|(what, holding, after_s)| {
        [Step::Upstream { what, holding }, time(after_s, ALL)].into()
    })
}

/// A vote of which some ballots are left out until it is decided.
fn left_out() -> impl Strategy<Value = Vec<Step>> {
    let votes = vec((vote(), any::<bool>()), 5);
    let later_s = select(&[1, 60, 90_000][..]);
    (proposing(), votes, later_s).prop_map(|(proposing, votes, later_s)| {
        let mut steps = Vec::from([Step::Propose(proposing)]);
        let consent = |holder| {
            let authority = Authority::Recovery;
            consent_of(0, Acting { holder, authority })
        };
        steps.extend((0..HOLDERS).map(consent));
        for (voter, (vote, is_left_out)) in votes.into_iter().enumerate() {
            let ballot = Step::Ballot {
                proposal: 0,
                voter,
                vote,
            };
            steps.push(match is_left_out {
                true => Step::Lodge(Box::new(ballot)),
                false => ballot,
            });
        }
        steps.extend([time(1, ALL), time(2 * DAY_S, ALL), Step::Decide(0)]);
        steps.push(time(later_s, ALL));
        steps.extend((0..5).map(Step::Merge));
        steps.push(Step::Decide(0));
        steps
    })
}

fn about_holders() -> impl Strategy<Value = Step> {
    let wait_s = select(&[30 * DAY_S, 30 * DAY_S, DAY_S][..]);
    let claimed = select(
        &[
            (0, Proof::Fresh),
            (0, Proof::Fresh),
            (1, Proof::None),
            (1, Proof::None),
            (0, Proof::None),
            (0, Proof::Old),
            (1, Proof::Fresh),
            (2, Proof::Fresh),
        ][..],
    );
    let transfer = (
        0..6_usize,
        prop::bool::weighted(0.8),
        authority(),
        0..6_usize,
    );
    prop_oneof![
        (acting(), 0..7_usize, prop::bool::weighted(0.1))
            .prop_map(|(by, keys, late)| Step::Rotate { by, keys, late }),
        (acting(), 0..7_usize, wait_s).prop_map(|(by, keys, wait_s)| Step::Bequeath {
            by,
            keys,
            wait_s
        }),
        transfer.prop_map(|(name, own, authority, to)| Step::Transfer {
            name,
            own,
            authority,
            to
        }),
        (acting(), 0..4_usize).prop_map(|(by, to)| Step::Object { by, to }),
        (claimed, 0..6_usize).prop_map(|((name, proof), by)| Step::Claim { name, by, proof }),
    ]
}

fn authority() -> impl Strategy<Value = Authority> {
    select(&[Authority::Operational, Authority::Recovery][..])
}

fn acting() -> impl Strategy<Value = Acting> {
    let parts = (0..HOLDERS, authority());
    parts.prop_map(|(holder, authority)| Acting { holder, authority })
}

fn vote() -> impl Strategy<Value = Vote> {
    select(&[Vote::For, Vote::For, Vote::Against, Vote::Abstain][..])
}

fn reason() -> impl Strategy<Value = Reason> {
    select(&[Reason::RuleMet, Reason::NoMajority, Reason::Overtaken][..])
}

fn wish() -> impl Strategy<Value = Wish> {
    select(&[Wish::Put, Wish::Put, Wish::Put, Wish::Remove, Wish::Keep][..])
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        8 => vec((any::<usize>(), wish()), 1..3).prop_map(What::Zone),
        1 => (0..4_usize).prop_map(What::Admission),
        2 => (0..12_usize).prop_map(What::Charter),
    ]
}

fn proposing() -> impl Strategy<Value = Proposing> {
    let open_s = select(&[0, 60, 90_000, -1][..]);
    let amends = prop::option::weighted(0.1, 0..3_usize);
    (what(), amends, 0..10_usize, open_s).prop_map(|(what, amends, by, open_s)| Proposing {
        what,
        amends,
        by,
        open_s,
    })
}

fn consenting() -> impl Strategy<Value = Consenting> {
    let for_s = select(&[0, 30, 100_000, 100_000][..]);
    (0..4_usize, acting(), any::<[bool; 2]>(), for_s).prop_map(
        |(proposal, by, [first, second], for_s)| Consenting {
            proposal,
            by,
            names: [first || !second, second],
            for_s,
        },
    )
}

/// What members that vote alike do about the newest proposal.
fn ballots(voters: usize, vote: Vote) -> impl Iterator<Item = Step> {
    (0..voters).map(move |voter| Step::Ballot {
        proposal: 0,
        voter,
        vote,
    })
}

/// A proposal that comes to its end: seen, voted on by so many, consented to
/// by all holders but one perhaps, and decided after some time.
fn carried() -> impl Strategy<Value = Vec<Step>> {
    let vote = select(
        &[
            Vote::For,
            Vote::For,
            Vote::For,
            Vote::Abstain,
            Vote::Against,
        ][..],
    );
    let end_s = select(&[1, 70, 16 * DAY_S][..]);
    let without = select(&[ALL, ALL, 0, 1, 2, 3][..]);
    let objects = prop::bool::weighted(0.2);
    let voters = select(&[0, 2, 3, 4, 5][..]);
    let parts = (proposing(), voters, vote, authority(), without, objects);
    (parts, end_s).prop_map(
        |((proposing, voters, vote, authority, without, objects), end_s)| {
            let proposing = Proposing {
                amends: None,
                open_s: 0,
                ..proposing
            };
            let by = |holder| Acting { holder, authority };
            let consent = |holder| consent_of(0, by(holder));
            let forged = Step::Forge(0, Reason::RuleMet);
            let mut steps = Vec::from([Step::Propose(proposing), forged]);
            steps.extend((0..HOLDERS).filter(|at| *at != without).map(consent));
            steps.push(time(1, ALL));
            steps.extend(ballots(voters, vote));
            if objects {
                steps.extend((0..HOLDERS).map(|at| Step::Object { by: by(at), to: 0 }));
            }
            // One tie of votes in some.
            steps.extend(ballots(5, Vote::Against).skip(3).filter(|_| voters == 2));
            steps.extend([Step::Decide(0), time(end_s, ALL), Step::Decide(0)]);
            steps
        },
    )
}

/// A consent for all of a holder's names.
fn consent_of(proposal: usize, by: Acting) -> Step {
    Step::Consent(Consenting {
        proposal,
        by,
        names: [true, true],
        for_s: 20 * DAY_S,
    })
}

/// Two proposals about one name, to both of which its holder consents while it
/// is as it is; once one is adopted, it is another. Or the holder changes its
/// keys in between.
fn crossed() -> impl Strategy<Value = Vec<Step>> {
    // Two sets of one name, in the zones of either kind.
    let sets = select(&[(1, 2), (2, 1), (4, 5), (6, 8), (8, 7)][..]);
    (sets, prop::option::of(0..HOLDERS)).prop_map(|((first, second), rotates)| {
        let propose = |set| {
            Step::Propose(Proposing {
                what: What::Zone([(set, Wish::Put)].into()),
                amends: None,
                by: 2,
                open_s: 0,
            })
        };
        let by = |holder| Acting {
            holder,
            authority: Authority::Recovery,
        };
        let consents = |proposal| (0..HOLDERS).map(move |at| consent_of(proposal, by(at)));
        let mut steps = Vec::from([propose(first), propose(second)]);
        steps.extend(consents(0).chain(consents(1)));
        steps.push(match rotates {
            Some(holder) => Step::Rotate {
                by: by(holder),
                keys: 2,
                late: false,
            },
            None => Step::Decide(0),
        });
        steps.extend([
            Step::Decide(0),
            Step::Forge(0, Reason::RuleMet),
            Step::Decide(0),
        ]);
        steps
    })
}

/// A holder's own change, to which it consents with a key too few.
fn careless(set: usize) -> Vec<Step> {
    let what = What::Zone([(set, Wish::Put)].into());
    let proposing = Proposing {
        what,
        amends: None,
        by: 2,
        open_s: 0,
    };
    let consent = |holder| {
        let authority = Authority::Operational;
        let consent = consent_of(0, Acting { holder, authority });
        Step::But(Box::new(consent), Wrong::OneLess)
    };
    let mut steps = Vec::from([Step::Propose(proposing)]);
    steps.extend((0..HOLDERS).map(consent));
    steps.extend([time(1, ALL), time(4 * DAY_S, ALL), Step::Decide(0)]);
    steps
}

/// A proposal about what is common, and another text for it.
fn amended() -> impl Strategy<Value = Vec<Step>> {
    let common = (
        19..25_usize,
        19..25_usize,
        0..6_usize,
        0..6_usize,
        any::<bool>(),
    );
    (common, vote()).prop_map(|((first, second, rule, other, charter), vote)| {
        let what = |set, rule| match charter {
            true => What::Charter(rule),
            false => What::Zone([(set, Wish::Put)].into()),
        };
        let propose = |what, amends| {
            Step::Propose(Proposing {
                what,
                amends,
                by: 1,
                open_s: 10,
            })
        };
        let mut steps = Vec::from([
            propose(what(first, rule), None),
            propose(what(second, other), Some(0)),
        ]);
        steps.extend(ballots(5, vote));
        // The original is the second newest that is open.
        steps.extend([Step::Decide(1), Step::Decide(0), Step::Decide(0)]);
        steps
    })
}

fn published(variant: u8) -> Vec<Step> {
    [
        Step::Session(SessionKind::Records, 0),
        Step::Session(SessionKind::Zonemd, variant),
        // It is too late for other signatures.
        Step::Session(SessionKind::Records, 0),
        // The wrong one first.
        Step::Edition(variant != 0),
        Step::Edition(true),
    ]
    .into()
}

/// An admission, and the newcomer's signature; or another charter, and those
/// of the members.
fn joined() -> impl Strategy<Value = Vec<Step>> {
    let what = prop_oneof![
        Just(What::Admission(1)),
        (6..7_usize).prop_map(What::Charter)
    ];
    what.prop_map(|what| {
        let proposing = Proposing {
            what,
            amends: None,
            by: 0,
            open_s: 0,
        };
        let mut steps = Vec::from([Step::Propose(proposing)]);
        steps.extend(ballots(6, Vote::For));
        steps.push(Step::Decide(0));
        steps.extend([1, 5, 6].map(Step::Accede));
        steps
    })
}

fn absent() -> Vec<Step> {
    [time(15 * DAY_S, 3), Step::Absence(2), time(1, ALL)].into()
}

/// Something of a holder's, or a claim, that takes its time.
fn waited() -> impl Strategy<Value = Vec<Step>> {
    let wait_s = select(&[4 * DAY_S, 16 * DAY_S, 31 * DAY_S][..]);
    (about_holders(), wait_s)
        .prop_map(|(step, wait_s)| [step, time(1, ALL), time(wait_s, ALL)].into())
}
