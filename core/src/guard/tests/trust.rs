//! DS sets: each row of `docs/guard.md`, and what is near it.

use super::world::{Table, check};

const REPLACED: &str = "-fj. 86400 DS {1}\n+fj. 86400 DS {2}";
const WITHDRAWN: &str = "-fj. 86400 DS {1}";
const ADDED: &str = "+fj. 86400 DS {2}";
const FIRST: &str = "+un. 86400 DS {1}";

pub(super) const TABLE: Table = &[
    // --- replaced ---
    (
        REPLACED,
        "",
        &["fj. ds-replaced alarmed: ds-replaced-unproven, evidence-missing"],
    ),
    // A routine roll: one witness is enough, as nobody else could have signed.
    (
        REPLACED,
        "fj. both a.fj. 192.0.2.1 keys 1 2 by 1 2",
        &["fj. ds-replaced passed: ds-proven-by-child"],
    ),
    // The new key is there and signs nothing yet.
    (
        REPLACED,
        "fj. both a.fj. 192.0.2.1 keys 1 2 by 1",
        &["fj. ds-replaced held: ds-contradicted-by-child"],
    ),
    // A hostile DS set.
    (
        REPLACED,
        "fj. both a.fj. 192.0.2.1 keys 1 by 1
         fj. both b.fj. 198.51.100.1 keys 1 by 1",
        &["fj. ds-replaced held: ds-contradicted-by-child"],
    ),
    // A rescue: the old key is gone everywhere.
    (
        REPLACED,
        "fj. both a.fj. 192.0.2.1 keys 2 by 2
         fj. both b.fj. 198.51.100.1 keys 2 by 2",
        &["fj. ds-replaced passed: chain-broken, ds-served-by-child"],
    ),
    // One witness that the old key is gone is none.
    (
        REPLACED,
        "fj. both a.fj. 192.0.2.1 keys 2 by 2
         fj. both b.fj. 198.51.100.1 silent",
        &["fj. ds-replaced alarmed: ds-replaced-unproven"],
    ),
    (
        REPLACED,
        "fj. both a.fj. 192.0.2.1 keys 3 by 3
         fj. both b.fj. 198.51.100.1 keys 3 by 3",
        &["fj. ds-replaced alarmed: chain-broken-either-way"],
    ),
    (
        REPLACED,
        "fj. both a.fj. 192.0.2.1 keys 1 by 1
         fj. both b.fj. 198.51.100.1 keys 2 by 2",
        &["fj. ds-replaced alarmed: servers-disagree"],
    ),
    // A resolver shows a signature, which it cannot make up; without one it is
    // not believed.
    (
        REPLACED,
        "fj. resolver 203.0.113.53 keys 1 by 1 cds 2",
        &["fj. ds-replaced passed: ds-announced-by-child"],
    ),
    (
        REPLACED,
        "fj. resolver 203.0.113.53 keys 2 by 2 cds 2",
        &["fj. ds-replaced alarmed: ds-replaced-unproven, evidence-missing"],
    ),
    // A key that the old DS set does not name announces nothing.
    (
        REPLACED,
        "fj. resolver 203.0.113.53 keys 1 3 by 3 1 cds 2",
        &["fj. ds-replaced alarmed: ds-replaced-unproven, evidence-missing"],
    ),
    // Announced, but not there yet.
    (
        REPLACED,
        "fj. both a.fj. 192.0.2.1 keys 1 by 1 cds 2",
        &["fj. ds-replaced held: ds-contradicted-by-child"],
    ),
    // One of two new records is nobody's.
    (
        "-fj. 86400 DS {1}\n+fj. 86400 DS {2}\n+fj. 86400 DS {3}",
        "fj. both a.fj. 192.0.2.1 keys 1 2 by 1 2",
        &["fj. ds-replaced alarmed: ds-added-unproven"],
    ),
    // --- partial ---
    (
        ADDED,
        "",
        &["fj. ds-partial passed: ds-record-kept, evidence-missing"],
    ),
    (
        ADDED,
        "fj. both a.fj. 192.0.2.1 keys 1 2 by 1",
        &["fj. ds-partial passed: ds-proven-by-child"],
    ),
    (
        ADDED,
        "fj. both a.fj. 192.0.2.1 keys 1 by 1",
        &["fj. ds-partial alarmed: ds-added-unproven"],
    ),
    (
        ADDED,
        "fj. both a.fj. 192.0.2.1 keys 1 by 1 cds 1 2",
        &["fj. ds-partial passed: ds-announced-by-child"],
    ),
    (
        ADDED,
        "fj. both a.fj. 192.0.2.1 keys 2 by 2
         fj. both b.fj. 198.51.100.1 silent",
        &["fj. ds-partial passed: ds-served-by-child"],
    ),
    // --- withdrawn ---
    (
        WITHDRAWN,
        "",
        &["fj. ds-withdrawn alarmed: ds-withdrawn, evidence-missing"],
    ),
    (
        WITHDRAWN,
        "fj. both a.fj. 192.0.2.1 keys 1 by 1",
        &["fj. ds-withdrawn alarmed: ds-withdrawn, chain-intact"],
    ),
    (
        WITHDRAWN,
        "fj. both a.fj. 192.0.2.1 keys 2 by 2
         fj. both b.fj. 198.51.100.1 keys 2 by 2",
        &["fj. ds-withdrawn passed: chain-broken, ds-withdrawn"],
    ),
    // Its servers have no keys at all any more.
    (
        WITHDRAWN,
        "fj. both a.fj. 192.0.2.1
         fj. both b.fj. 198.51.100.1",
        &["fj. ds-withdrawn passed: chain-broken, ds-withdrawn"],
    ),
    (
        WITHDRAWN,
        "fj. both a.fj. 192.0.2.1 keys 2 by 2
         fj. both b.fj. 198.51.100.1 silent",
        &["fj. ds-withdrawn alarmed: ds-withdrawn"],
    ),
    (
        WITHDRAWN,
        "fj. both a.fj. 192.0.2.1 keys 2 by 2
         fj. both b.fj. 198.51.100.1 keys 2 by 2
         fj. resolver 203.0.113.53 keys 1 by 1",
        &["fj. ds-withdrawn alarmed: ds-withdrawn, chain-intact"],
    ),
    (
        WITHDRAWN,
        "fj. both a.fj. 192.0.2.1 keys 1 by 1 cds 0",
        &["fj. ds-withdrawn passed: ds-deletion-announced"],
    ),
    (
        WITHDRAWN,
        "fj. both a.fj. 192.0.2.1 keys 1 by 1 cds 1",
        &["fj. ds-withdrawn alarmed: ds-withdrawn, chain-intact"],
    ),
    // --- first ---
    (
        FIRST,
        "",
        &["un. ds-first passed: first-ds, evidence-missing"],
    ),
    (
        FIRST,
        "un. both a.un. 192.0.2.2 keys 1 by 1
         un. both b.un. 198.51.100.2 keys 1 by 1",
        &["un. ds-first passed: ds-served-by-child"],
    ),
    (
        FIRST,
        "un. both a.un. 192.0.2.2
         un. both b.un. 198.51.100.2",
        &["un. ds-first held: ds-contradicted-by-child"],
    ),
    (
        FIRST,
        "un. both a.un. 192.0.2.2 keys 1 by 1
         un. both b.un. 198.51.100.2",
        &["un. ds-first alarmed: servers-disagree"],
    ),
    // --- holders ---
    (
        REPLACED,
        "fj. consent
         fj. both a.fj. 192.0.2.1 keys 1 by 1",
        &["fj. ds-replaced passed: holder-consents"],
    ),
    (
        REPLACED,
        "fj. dissent
         fj. both a.fj. 192.0.2.1 keys 1 2 by 1 2",
        &["fj. ds-replaced held: holder-does-not-consent"],
    ),
    // Nothing is held that does not work.
    (
        REPLACED,
        "fj. dissent
         fj. both a.fj. 192.0.2.1 keys 2 by 2
         fj. both b.fj. 198.51.100.1 keys 2 by 2",
        &["fj. ds-replaced alarmed: hold-would-break, holder-does-not-consent"],
    ),
];

#[test]
fn a_ds_set_is_judged_by_the_childs_keys() {
    check(TABLE);
}
