//! Octets that leave this crate, pinned: what one version wrote, every later one
//! must write and read alike.

#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::collections::BTreeMap;

use comity_sign::deal::{Ceremony, Complaint, Dealt, GroupKey, Invited, Opening, Plan, Share};
use comity_sign::identity::Identity;
use comity_sign::sealed::{Cost, Passphrase, open, seal};
use data_encoding::HEXLOWER;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

const CONTEXT: &str = "example. ceremony 1";

fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn passphrase() -> Passphrase {
    Passphrase::new(b"correct horse battery staple".as_slice())
}

/// Compares with a file of hexadecimal lines of 32 octets.
fn assert_golden(name: &str, expected: &str, octets: &[u8]) {
    let mut text = String::new();
    for line in octets.chunks(32) {
        text.push_str(&HEXLOWER.encode(line));
        text.push('\n');
    }
    assert!(text == expected, "golden/{name} is now:\n{text}");
}

fn golden(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.replace('\n', "").as_bytes()).unwrap()
}

/// By whose they are, or for whom.
type ById<T> = BTreeMap<u16, T>;

/// A ceremony of three, of whom two sign, after all have dealt: the openings, and
/// what was dealt by whom to whom.
fn generation() -> (ById<Opening>, ById<Dealt>, ById<ById<Vec<u8>>>) {
    let mut rng = seeded(1);
    let (mut begun, mut openings) = (Vec::new(), BTreeMap::new());
    for me in 1..=3 {
        let (ceremony, opening) = Ceremony::begin(me, 3, 2, CONTEXT.as_bytes(), &mut rng).unwrap();
        begun.push(ceremony);
        openings.insert(me, opening);
    }
    let deal = |ceremony: Ceremony| ceremony.deal(&openings, &mut rng).unwrap();
    let (dealt, sealed): (Vec<_>, Vec<_>) = begun.into_iter().map(deal).unzip();
    let (dealt, sealed) = ((1..).zip(dealt).collect(), (1..).zip(sealed).collect());
    (openings, dealt, sealed)
}

fn addressed(to: u16, sealed: &ById<ById<Vec<u8>>>) -> ById<Vec<u8>> {
    let from = sealed.iter().filter(|(from, _)| **from != to);
    from.map(|(from, shares)| (*from, shares[&to].clone()))
        .collect()
}

/// The openings, what the first dealt, and the shares.
fn ceremony() -> (ById<Opening>, ById<Vec<u8>>, Vec<Share>) {
    let (openings, dealt, mut sealed) = generation();
    let finish = |(me, dealt): (u16, Dealt)| dealt.finish(&addressed(me, &sealed)).unwrap();
    let shares = dealt.into_iter().map(finish).collect();
    (openings, sealed.remove(&1).unwrap(), shares)
}

#[test]
fn openings_and_dealt_shares_have_this_layout() {
    let (openings, sealed, shares) = ceremony();
    let opening = &openings[&1];
    assert_golden(
        "opening.hex",
        include_str!("golden/opening.hex"),
        &opening.package,
    );
    assert_golden(
        "seal_key.hex",
        include_str!("golden/seal_key.hex"),
        &opening.seal_key,
    );
    assert_golden("dealt.hex", include_str!("golden/dealt.hex"), &sealed[&2]);
    let group = GroupKey::from_openings(&openings, 2).unwrap();
    assert_golden(
        "public.hex",
        include_str!("golden/public.hex"),
        &group.public().0,
    );
    assert_eq!(&group, shares[0].group());
}

#[test]
fn invitations_and_dealings_have_this_layout() {
    let (_, _, shares) = ceremony();
    let mut rng = seeded(5);
    let (mut invited, mut invitations) = (BTreeMap::new(), BTreeMap::new());
    for id in [1, 4] {
        let (me, invitation) = Invited::invite(&mut rng);
        invited.insert(id, me);
        invitations.insert(id, invitation);
    }
    let context = b"example. ceremony 2";
    let plan = Plan::redistribution(context, shares[0].group(), 2, &invitations).unwrap();
    let dealings: ById<_> = shares
        .iter()
        .map(|share| (share.id(), plan.deal(share, &mut rng).unwrap()))
        .collect();
    assert_golden(
        "invitation.hex",
        include_str!("golden/invitation.hex"),
        &invitations[&4].seal_key,
    );
    assert_golden(
        "dealing.hex",
        include_str!("golden/dealing.hex"),
        &dealings[&3].package,
    );
    assert_golden(
        "redistributed.hex",
        include_str!("golden/redistributed.hex"),
        &dealings[&3].sealed[&4],
    );
    let gathered = plan.gather(&dealings);
    let fixed = gathered.fix(&[]).unwrap();
    let newcomer = invited.remove(&4).unwrap();
    let (received, _) = newcomer.receive(4, &gathered, &mut rng).unwrap();
    let share = received.finish(&fixed).unwrap();
    assert_eq!(share.group().public(), shares[0].group().public());
    assert_golden(
        "verifying_share.hex",
        include_str!("golden/verifying_share.hex"),
        &share.group().verifying_share(4).unwrap(),
    );
}

#[test]
fn complaints_have_this_layout_and_are_read() {
    let (_, mut dealt, mut sealed) = generation();
    sealed.get_mut(&3).unwrap().get_mut(&1).unwrap()[79] ^= 1;
    let sealed = addressed(1, &sealed);
    let me = dealt.remove(&1).unwrap();
    let complaint = me.complaints(&sealed, &mut seeded(6)).remove(0);
    let expected = include_str!("golden/complaint.hex");
    assert_golden("complaint.hex", expected, &complaint.encode());
    assert_eq!(Complaint::decode(&golden(expected)), Some(complaint));
}

#[test]
fn a_sealed_identity_has_this_layout_and_opens() {
    let mut rng = seeded(3);
    let identity = Identity::generate(&mut rng);
    let sealed = seal(
        &identity,
        "member be",
        &passphrase(),
        Cost::INTERACTIVE,
        &mut rng,
    );
    let expected = include_str!("golden/sealed_identity.hex");
    assert_golden("sealed_identity.hex", expected, &sealed.unwrap());
    let opened: Identity = open(&golden(expected), "member be", &passphrase()).unwrap();
    assert_eq!(opened.public(), identity.public());
}

#[test]
fn a_sealed_share_has_this_layout_and_opens() {
    let (_, _, shares) = ceremony();
    let sealed = seal(
        &shares[1],
        CONTEXT,
        &passphrase(),
        Cost::INTERACTIVE,
        &mut seeded(4),
    );
    let expected = include_str!("golden/sealed_share.hex");
    assert_golden("sealed_share.hex", expected, &sealed.unwrap());
    let opened: Share = open(&golden(expected), CONTEXT, &passphrase()).unwrap();
    assert_eq!((opened.id(), opened.group()), (2, shares[1].group()));
}
