//! What people do: they propose, consent, vote, object, change keys, come and
//! leave; holders about their names, others about names that are not theirs, and
//! members about the shares that they have. Acts go to the secretariat or into a
//! drop box, and what was refused or lost is not sent again: there is always more.

mod names;
mod seats;

use std::collections::BTreeSet;
use std::time::Duration;

use comity_core::act::{Envelope, SignatureEntry};
use comity_core::state::Founded;
use comity_member::acts;
use comity_mirror::client::LinkError;
use comity_mirror::network::Network as _;
use comity_secretariat::requests;

use crate::cast::Cast;
use crate::dice::Dice;
use crate::line::Line;
use crate::party::PartyId;
use crate::plan::{Plan, Scene};
pub use seats::{holders, sitting};

/// What people do in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    ChangeOwnName,
    TakeOthersName,
    ChangeTheApex,
    Vote,
    ConsentLate,
    Declare,
    Rotate,
    Recover,
    Object,
    Admit,
    Depart,
    Convoke,
    Compromise,
    Roll,
    Nonsense,
}

/// In months in which keys follow one another.
const IN_MONTHS: [Doing; 8] = [
    Doing::ChangeOwnName,
    Doing::ChangeOwnName,
    Doing::ChangeTheApex,
    Doing::Roll,
    Doing::Admit,
    Doing::Depart,
    Doing::Convoke,
    Doing::Compromise,
];

const DOINGS: [Doing; 22] = [
    Doing::ChangeOwnName,
    Doing::ChangeOwnName,
    Doing::ChangeOwnName,
    Doing::TakeOthersName,
    Doing::TakeOthersName,
    Doing::ChangeTheApex,
    Doing::ChangeTheApex,
    Doing::Vote,
    Doing::Vote,
    Doing::ConsentLate,
    Doing::Declare,
    Doing::Rotate,
    Doing::Recover,
    Doing::Object,
    Doing::Admit,
    Doing::Admit,
    Doing::Admit,
    Doing::Depart,
    Doing::Depart,
    Doing::Convoke,
    Doing::Compromise,
    Doing::Nonsense,
];

/// Everybody who puts in acts.
pub struct People {
    dice: Dice,
    line: Line,
    plan: Plan,
    counter: u64,
    has_compromised: bool,
    /// The newcomers that have been told to start their machines.
    come: BTreeSet<usize>,
    /// The leavers that have been told to stop theirs.
    gone: BTreeSet<usize>,
}

impl People {
    /// The people of a plan.
    pub fn new(plan: &Plan, cast: &Cast) -> Self {
        Self {
            dice: Dice::new(plan.seed, "people"),
            line: Line::new(&cast.hub, PartyId::People),
            plan: plan.clone(),
            counter: 0,
            has_compromised: false,
            come: BTreeSet::new(),
            gone: BTreeSet::new(),
        }
    }

    /// Whether this newcomer's machine has been started.
    pub fn has_come(&self, at: usize) -> bool {
        at < self.plan.members || self.come.contains(&at)
    }

    /// Whether whoever has this place leaves, or has left, with its machine.
    pub fn walks_out(&self, at: usize) -> bool {
        self.gone.contains(&at)
    }

    /// Does something.
    pub fn act(&mut self, cast: &Cast) {
        let doings = match self.plan.scene {
            Scene::Rolls => &IN_MONTHS[..],
            Scene::Storm | Scene::Day => &DOINGS,
        };
        let doing = self.dice.pick(doings).copied().unwrap_or(Doing::Vote);
        if doing == Doing::Depart {
            return self.have_somebody_leave(cast);
        }
        let made = {
            let checker = cast.hub.checker();
            match checker.founded() {
                Some(founded) if founded.time.is_some() => self.make(doing, cast, founded),
                _ => return,
            }
        };
        cast.hub.trace(&format!("people {doing:?}"), None);
        for act in made {
            self.put_in(&act.to_octets());
        }
    }

    /// Nobody leaves later than it seems, when others may be needed.
    fn have_somebody_leave(&mut self, cast: &Cast) {
        let leaves = {
            let checker = cast.hub.checker();
            let founded = checker.founded().filter(|founded| founded.time.is_some());
            founded.and_then(|founded| self.departure(cast, founded))
        };
        if let Some((at, walks_out, act)) = leaves {
            cast.hub.trace(&format!("people leave: {at}"), None);
            let octets = act.to_octets();
            cast.hub
                .bring(PartyId::Secretariat, requests::ACTS, &octets);
            if walks_out {
                self.gone.insert(at);
            }
        }
    }

    /// Changes a held name with its holder's consent, again and again until the
    /// ledger has both; whether it does.
    pub fn change_own_name(&mut self, cast: &Cast) -> bool {
        let made = {
            let checker = cast.hub.checker();
            match checker.founded() {
                Some(founded) => self.own_change(&cast.holders, founded),
                None => return false,
            }
        };
        let to_secretariat = |act: &Envelope| self.send(PartyId::Secretariat, &act.to_octets());
        made.len() == 2 && made.iter().all(to_secretariat)
    }

    /// Has one more newcomer admitted, or come.
    pub fn admit(&mut self, cast: &Cast) {
        let made = {
            let checker = cast.hub.checker();
            let founded = checker.founded();
            founded.map(|founded| self.admission(cast, founded))
        };
        for act in made.unwrap_or_default() {
            self.put_in(&act.to_octets());
        }
    }

    /// Has a member ask for a ceremony; whether it was taken.
    pub fn convoke(&mut self, cast: &Cast) -> bool {
        let made = {
            let checker = cast.hub.checker();
            let founded = checker.founded();
            founded.map(|founded| self.request(cast, founded))
        };
        let to_secretariat = |act: &Envelope| self.send(PartyId::Secretariat, &act.to_octets());
        made.is_some_and(|made| made.iter().any(to_secretariat))
    }

    /// Has a member leave.
    pub fn leave(&mut self, cast: &Cast, at: usize) {
        let made = {
            let checker = cast.hub.checker();
            let founded = checker.founded();
            let act = founded.map(|founded| acts::departure(founded, "out-voted"));
            act.zip(cast.members.get(at))
                .map(|(act, own)| own.signed(&act))
        };
        self.gone.insert(at);
        if let Some(act) = made {
            self.put_in(&act.to_octets());
        }
    }

    fn put_in(&mut self, entry: &[u8]) {
        let to = match self.plan.boxes {
            0 => PartyId::Secretariat,
            boxes if self.dice.chance(1, 2) => PartyId::DropBox(self.dice.index(boxes)),
            _ => PartyId::Secretariat,
        };
        self.send(to, entry);
    }

    /// Whether it was taken, or is known.
    fn send(&self, to: PartyId, entry: &[u8]) -> bool {
        let client = self.line.client(&to.url(), Duration::from_secs(30));
        match client.submit_act(entry) {
            Ok(_) => true,
            Err(LinkError::Refused { rule, .. }) => rule == "duplicate",
            Err(_) => false,
        }
    }

    fn make(&mut self, doing: Doing, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        let member = self.dice.index(cast.members.len());
        let Some(own) = cast.members.get(member) else {
            return Vec::new();
        };
        match doing {
            Doing::ChangeOwnName => self.own_change(&cast.holders, founded),
            Doing::TakeOthersName => self.theft(own, cast, founded),
            Doing::ChangeTheApex => self.apex(own, cast, founded),
            Doing::Vote => self.ballots(cast, founded),
            Doing::ConsentLate => self.late_consent(&cast.holders, founded),
            Doing::Declare => {
                let text = format!("statement {}", self.next());
                [own.signed(&acts::declaration(founded, founded.ledger, &text))].into()
            }
            Doing::Rotate => self.rotation(&cast.holders, founded, false),
            Doing::Recover => self.rotation(&cast.holders, founded, true),
            Doing::Object => self.objection(&cast.holders, founded),
            Doing::Admit => self.admission(cast, founded),
            Doing::Convoke => self.convocation(cast, founded),
            Doing::Compromise => self.compromise(cast, founded),
            Doing::Roll => self.roll(cast, founded),
            Doing::Depart => Vec::new(),
            Doing::Nonsense => self.nonsense(cast, founded),
        }
    }

    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// By somebody whom nobody knows, or changed on the way.
    fn nonsense(&mut self, cast: &Cast, founded: &Founded) -> Vec<Envelope> {
        let text = format!("nonsense {}", self.next());
        let act = acts::declaration(founded, founded.ledger, &text);
        let mut forged = Envelope::unsigned(&act);
        if let (Some(member), true) = (cast.members.first(), self.dice.chance(1, 2)) {
            let sig = cast.stranger.sign(&forged.signing_input());
            forged.add(SignatureEntry {
                keyid: member.public(),
                sig,
            });
            return [forged].into();
        }
        [cast
            .stranger
            .signed(&acts::departure(founded, "whoever we are"))]
        .into()
    }
}
