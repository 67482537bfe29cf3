//! What must hold of checkpoints and the signatures under them.

use std::format;
use std::vec;

use super::*;
use crate::ledger::testing;

/// The published example of C2SP tlog-cosignature; its keys are not.
const EXAMPLE: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

#[test]
fn the_published_checkpoint_reads_and_prints_unchanged() {
    let read = CosignedCheckpoint::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(read.checkpoint.size, 20_852_163);
    assert_eq!((read.log_signatures.len(), read.cosignatures.len()), (1, 1));
    assert_eq!(read.to_text(), EXAMPLE);
}

#[test]
fn the_signed_form_is_pinned() {
    let mut signed = testing::signed(testing::checkpoint(7));
    let keys = [testing::key(1, "utopia", KeyKind::CosignatureV1)];
    let under = testing::checkpoint(7);
    let cosignature = testing::cosignature(1, "utopia", Time(1_700_000_000), &under);
    assert_eq!(signed.add(&keys, &cosignature), Ok(true));
    assert_eq!(signed.to_text(), include_str!("../golden/checkpoint.txt"));
    assert_eq!(
        CosignedCheckpoint::parse(signed.to_text().as_bytes()),
        Ok(signed)
    );
}

#[test]
fn refuses_malformed_bodies() {
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    let long = "o".repeat(64);
    let table = [
        (format!("o\n1\n{root}"), CheckpointRefusal::BadLines),
        (
            format!("o\n1\n{root}\nextension\n"),
            CheckpointRefusal::BadLines,
        ),
        (format!("o\n1\n{root}\n\n"), CheckpointRefusal::BadLines),
        ("o\n1\n".into(), CheckpointRefusal::BadLines),
        (format!("\n1\n{root}\n"), CheckpointRefusal::BadOrigin),
        (format!("o o\n1\n{root}\n"), CheckpointRefusal::BadOrigin),
        (format!("{long}\n1\n{root}\n"), CheckpointRefusal::BadOrigin),
        (format!("o\n\n{root}\n"), CheckpointRefusal::BadSize),
        (format!("o\n01\n{root}\n"), CheckpointRefusal::BadSize),
        (format!("o\n+1\n{root}\n"), CheckpointRefusal::BadSize),
        (format!("o\n-1\n{root}\n"), CheckpointRefusal::BadSize),
        (
            format!("o\n9007199254740992\n{root}\n"),
            CheckpointRefusal::BadSize,
        ),
        ("o\n1\nCsUY\n".into(), CheckpointRefusal::BadRoot),
        (
            format!("o\n1\n{}J=\n", &root[..42]),
            CheckpointRefusal::BadRoot,
        ),
    ];
    for (body, refusal) in table {
        assert_eq!(Checkpoint::parse(&body), Err(refusal), "{body:?}");
    }
    assert!(Checkpoint::parse(&format!("o\n9007199254740991\n{root}\n")).is_ok());
    assert_eq!(
        Checkpoint::parse(&format!("o\n0\n{root}\n")).map(|read| read.size),
        Ok(0)
    );
    assert_eq!(
        CosignedCheckpoint::parse(b"o\n1\n"),
        Err(CheckpointRefusal::Note(NoteRefusal::NoSignatures))
    );
}

#[test]
fn only_the_logs_own_key_signs_for_it() {
    let signed = testing::signed(testing::checkpoint(7));
    assert_eq!(signed.verify_log(&testing::log_key()), Ok(()));
    let other_name = testing::key(200, "other", KeyKind::Ed25519);
    assert_eq!(
        signed.verify_log(&other_name),
        Err(CheckpointRefusal::OtherOrigin)
    );
    for key in [
        testing::key(201, testing::ORIGIN, KeyKind::Ed25519),
        testing::key(200, testing::ORIGIN, KeyKind::CosignatureV1),
    ] {
        assert_eq!(signed.verify_log(&key), Err(CheckpointRefusal::NotSigned));
    }
    let mut altered = signed.clone();
    altered.checkpoint.size = 8;
    assert_eq!(
        altered.verify_log(&testing::log_key()),
        Err(CheckpointRefusal::NotSigned)
    );
    let mut spoiled = signed.clone();
    spoiled.log_signatures.push(LogSignature {
        signature: Signature([0; 64]),
        ..signed.log_signatures[0]
    });
    assert_eq!(
        spoiled.verify_log(&testing::log_key()),
        Err(CheckpointRefusal::NotSigned)
    );
    let mut rotated = signed.clone();
    rotated.log_signatures.insert(
        0,
        LogSignature {
            key_id: KeyId([0; 4]),
            signature: Signature([0; 64]),
        },
    );
    assert_eq!(rotated.verify_log(&testing::log_key()), Ok(()));
}

#[test]
fn a_public_key_counts_once() {
    let under = testing::checkpoint(7);
    let mut signed = testing::signed(under.clone());
    signed.cosignatures = vec![
        testing::cosignature(3, "c", Time(30), &testing::checkpoint(6)), // not under this one
        testing::cosignature(1, "a", Time(10), &under),
        testing::cosignature(1, "a", Time(11), &under),
        testing::cosignature(1, "b", Time(12), &under),
        testing::cosignature(9, "z", Time(13), &under), // nobody's that is known
        testing::cosignature(4, "d", Time(14), &under),
    ];
    let v1 = |seed, name| testing::key(seed, name, KeyKind::CosignatureV1);
    let keys = [v1(4, "d"), v1(1, "b"), v1(1, "a"), v1(3, "c"), v1(1, "a")];
    assert_eq!(
        signed.verified_cosignatures(&keys),
        [(0, Time(14)), (1, Time(12))]
    );
    assert_eq!(signed.verified_cosignatures(&keys[2..]), [(0, Time(10))]);
    let wrong_kind = [testing::key(1, "a", KeyKind::Ed25519)];
    assert_eq!(signed.verified_cosignatures(&wrong_kind), []);
}

#[test]
fn adds_only_true_cosignatures_and_keeps_the_latest_of_a_key() {
    let under = testing::checkpoint(7);
    let mut signed = testing::signed(under.clone());
    let keys = [
        testing::key(1, "a", KeyKind::CosignatureV1),
        testing::key(2, "b", KeyKind::CosignatureV1),
    ];
    let at = |seed, name, time| testing::cosignature(seed, name, Time(time), &under);
    let other = testing::cosignature(1, "a", Time(20), &testing::checkpoint(8));
    let table = [
        ("the first of a key", at(1, "a", 10), Ok(true)),
        ("the first of another", at(2, "b", 5), Ok(true)),
        (
            "of no known key",
            at(3, "c", 10),
            Err(CheckpointRefusal::NotCosigned),
        ),
        (
            "under another checkpoint",
            other,
            Err(CheckpointRefusal::NotCosigned),
        ),
        ("an earlier one", at(1, "a", 9), Ok(false)),
        ("the same", at(1, "a", 10), Ok(false)),
        ("a later one", at(1, "a", 20), Ok(true)),
    ];
    for (what, cosignature, answer) in table {
        assert_eq!(signed.add(&keys, &cosignature), answer, "{what}");
    }
    assert_eq!(
        signed.verified_cosignatures(&keys),
        [(0, Time(20)), (1, Time(5))]
    );
    assert_eq!(signed.cosignatures.len(), 2);
}

#[test]
fn every_member_fits_under_a_checkpoint() {
    let under = testing::checkpoint(limits::INTEGER_MAX);
    let mut signed = testing::signed(under.clone());
    let name = "m".repeat(limits::PARTY_NAME_OCTETS_MAX);
    let one = testing::cosignature(1, &name, Time(1), &under);
    signed.cosignatures = vec![one; limits::MEMBERS_MAX];
    assert_eq!(
        CosignedCheckpoint::parse(signed.to_text().as_bytes()),
        Ok(signed)
    );
}
