//! Name servers, hosts and the apex: each row of `docs/guard.md`.

use super::world::{Table, check};

const MOVED: &str = "
    -fj. 172800 NS a.fj.
    -fj. 172800 NS b.fj.
    -a.fj. 172800 A 192.0.2.1
    -b.fj. 172800 A 198.51.100.1
    +fj. 172800 NS x.lu.
    +x.lu. 172800 A 203.0.113.1";

/// The same of the name that is not signed, to a server elsewhere.
const UNSIGNED: &str = "
    -un. 172800 NS a.un.
    -un. 172800 NS b.un.
    -a.un. 172800 A 192.0.2.2
    -b.un. 172800 A 198.51.100.2
    +un. 172800 NS x.lu.
    +x.lu. 172800 A 203.0.113.1";

const REMOVED: &str = "
    -un. 172800 NS a.un.
    -un. 172800 NS b.un.
    -a.un. 172800 A 192.0.2.2
    -b.un. 172800 A 198.51.100.2";

const PARTIAL: &str = "
    -un. 172800 NS b.un.
    -b.un. 172800 A 198.51.100.2
    +un. 172800 NS x.lu.
    +x.lu. 172800 A 203.0.113.1";

const PASSED_WITH: &str = "x.lu. host-address passed: judged-with-servers";
const A_HELD: &str = "a.fj. host-address held: held-with-delegation, judged-with-servers";
const B_HELD: &str = "b.fj. host-address held: held-with-delegation, judged-with-servers";
const A_PASSED: &str = "a.fj. host-address passed: judged-with-servers";
const B_PASSED: &str = "b.fj. host-address passed: judged-with-servers";
const UN_A_HELD: &str = "a.un. host-address held: held-with-delegation, judged-with-servers";
const UN_B_HELD: &str = "b.un. host-address held: held-with-delegation, judged-with-servers";
const UN_A_PASSED: &str = "a.un. host-address passed: judged-with-servers";
const UN_B_PASSED: &str = "b.un. host-address passed: judged-with-servers";

pub(super) const TABLE: Table = &[
    // --- moved ---
    (
        MOVED,
        "",
        &[
            "fj. ns-replaced held: moved-without-proof, evidence-missing",
            A_HELD,
            B_HELD,
            PASSED_WITH,
        ],
    ),
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 keys 1 by 1 ns a.fj. b.fj.
         fj. new x.lu. 203.0.113.1 keys 1 by 1 ns a.fj. b.fj.",
        &[
            "fj. ns-replaced held: moved-without-proof",
            A_HELD,
            B_HELD,
            PASSED_WITH,
        ],
    ),
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 keys 1 by 1 ns x.lu.
         fj. new x.lu. 203.0.113.1 keys 1 by 1 ns x.lu.",
        &[
            "fj. ns-replaced passed: ns-signed-by-child",
            A_PASSED,
            B_PASSED,
            PASSED_WITH,
        ],
    ),
    // Whoever shows it: the child has signed it.
    (
        MOVED,
        "fj. new x.lu. 203.0.113.1 keys 1 by 1 ns x.lu.",
        &[
            "fj. ns-replaced passed: ns-signed-by-child",
            A_PASSED,
            B_PASSED,
            PASSED_WITH,
        ],
    ),
    // With a chain of trust nothing counts that is not signed.
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 keys 1 by 1 ns a.fj.
         fj. old b.fj. 198.51.100.1 keys 3 by 3 ns x.lu.",
        &[
            "fj. ns-replaced held: moved-without-proof",
            A_HELD,
            B_HELD,
            PASSED_WITH,
        ],
    ),
    // The child says so, and the new servers do not have it yet.
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 keys 1 by 1 ns x.lu.
         fj. new x.lu. 203.0.113.1 silent",
        &[
            "fj. ns-replaced held: new-servers-silent, ns-signed-by-child",
            A_HELD,
            B_HELD,
            PASSED_WITH,
        ],
    ),
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 keys 1 by 1 ns x.lu.
         fj. new x.lu. 203.0.113.1 keys 3 by 3 ns x.lu.",
        &[
            "fj. ns-replaced held: new-servers-unsigned, ns-signed-by-child",
            A_HELD,
            B_HELD,
            PASSED_WITH,
        ],
    ),
    // The old servers are silent: nothing that a hold could save.
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 silent
         fj. old b.fj. 198.51.100.1 silent
         fj. new x.lu. 203.0.113.1 keys 1 by 1 ns a.fj. b.fj.",
        &[
            "fj. ns-replaced alarmed: old-servers-silent",
            A_PASSED,
            B_PASSED,
            PASSED_WITH,
        ],
    ),
    // Unless the child has signed where it goes.
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 silent
         fj. new x.lu. 203.0.113.1 keys 1 by 1 ns x.lu.",
        &[
            "fj. ns-replaced passed: ns-signed-by-child",
            A_PASSED,
            B_PASSED,
            PASSED_WITH,
        ],
    ),
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 refused",
        &[
            "fj. ns-replaced alarmed: old-servers-silent",
            A_PASSED,
            B_PASSED,
            PASSED_WITH,
        ],
    ),
    // Nobody was heard at all: it may be this machine.
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 silent
         fj. new x.lu. 203.0.113.1 silent",
        &[
            "fj. ns-replaced held: moved-without-proof, evidence-missing",
            A_HELD,
            B_HELD,
            PASSED_WITH,
        ],
    ),
    // The old servers answer, and their keys do not fit the DS set.
    (
        MOVED,
        "fj. old a.fj. 192.0.2.1 keys 2 by 2 ns a.fj.
         fj. old b.fj. 198.51.100.1 keys 2 by 2 ns a.fj.",
        &[
            "fj. ns-replaced alarmed: hold-would-break, moved-without-proof",
            A_PASSED,
            B_PASSED,
            PASSED_WITH,
        ],
    ),
    // --- moved, and not signed ---
    (
        UNSIGNED,
        "un. old a.un. 192.0.2.2 ns x.lu.
         un. old b.un. 198.51.100.2 ns x.lu. a.un.",
        &[
            "x.lu. host-address passed: judged-with-servers",
            "un. ns-replaced passed: ns-announced-by-child",
            UN_A_PASSED,
            UN_B_PASSED,
        ],
    ),
    (
        UNSIGNED,
        "un. old a.un. 192.0.2.2 ns x.lu.
         un. old b.un. 198.51.100.2 ns a.un. b.un.",
        &[
            "x.lu. host-address passed: judged-with-servers",
            "un. ns-replaced held: moved-without-proof",
            UN_A_HELD,
            UN_B_HELD,
        ],
    ),
    (
        UNSIGNED,
        "un. both far. 192.0.2.77 ns a.un.",
        &[
            "x.lu. host-address passed: judged-with-servers",
            "un. ns-replaced alarmed: address-kept-elsewhere",
            UN_A_PASSED,
            UN_B_PASSED,
        ],
    ),
    (
        UNSIGNED,
        "un. consent",
        &[
            "x.lu. host-address passed: holder-consents",
            "un. ns-replaced passed: holder-consents",
            "a.un. host-address passed: holder-consents",
            "b.un. host-address passed: holder-consents",
        ],
    ),
    // --- other NS sets ---
    (
        PARTIAL,
        "",
        &[
            "x.lu. host-address passed: other-servers-kept",
            "un. ns-partial passed: server-kept",
            "b.un. host-address passed: other-servers-kept",
        ],
    ),
    (
        PARTIAL,
        "un. old b.un. 198.51.100.2 ns a.un. b.un.
         un. both a.un. 192.0.2.2 silent
         un. new x.lu. 203.0.113.1 silent",
        &[
            "x.lu. host-address passed: other-servers-kept",
            "un. ns-partial alarmed: new-servers-silent, server-kept",
            "b.un. host-address passed: other-servers-kept",
        ],
    ),
    (
        "-lu. 172800 NS a.nic.lu.
         +lu. 172800 NS b.nic.lu.
         +b.nic.lu. 172800 A 192.0.2.4",
        "",
        &[
            "lu. ns-renamed passed: address-kept",
            "b.nic.lu. host-address passed: other-servers-kept",
        ],
    ),
    // A server keeps its name, and no server its address.
    (
        "-un. 172800 NS b.un.
         -b.un. 172800 A 198.51.100.2
         -a.un. 172800 A 192.0.2.2
         +a.un. 172800 A 203.0.113.2",
        "",
        &[
            "un. ns-partial held: moved-without-proof, evidence-missing",
            UN_A_HELD,
            UN_B_HELD,
        ],
    ),
    // --- removed, added ---
    (
        REMOVED,
        "",
        &["un. removed held: name-removed, evidence-missing"],
    ),
    (
        REMOVED,
        "un. old a.un. 192.0.2.2 ns a.un. b.un.",
        &["un. removed held: child-still-answers"],
    ),
    (
        REMOVED,
        "un. old a.un. 192.0.2.2 silent
         un. resolver 203.0.113.53 refused",
        &["un. removed alarmed: old-servers-silent"],
    ),
    // There is no way to it from here.
    (
        REMOVED,
        "un. old a.un. 192.0.2.2 no-way
         un. resolver 203.0.113.53 refused",
        &["un. removed held: name-removed, evidence-missing"],
    ),
    (
        "+at. 172800 NS a.nic.lu.",
        "",
        &["at. added passed: new-name"],
    ),
    // --- hosts ---
    (
        "-b.un. 172800 A 198.51.100.2
         +b.un. 172800 A 203.0.113.2",
        "",
        &["b.un. host-address passed: other-servers-kept"],
    ),
    (
        "+b.un. 172800 A 203.0.113.2",
        "",
        &["b.un. host-address passed: address-kept"],
    ),
    // A move by addresses alone.
    (
        "-a.un. 172800 A 192.0.2.2
         +a.un. 172800 A 203.0.113.1
         -b.un. 172800 A 198.51.100.2
         +b.un. 172800 A 203.0.113.2",
        "un. old a.un. 192.0.2.2 ns a.un. b.un.",
        &[
            "a.un. host-address held: moved-without-proof",
            "b.un. host-address held: moved-without-proof",
        ],
    ),
    // --- apex ---
    (
        "-. 172800 DNSKEY 257 3 15 AAAA
         +. 172800 DNSKEY 257 3 15 BBBB",
        "",
        &[". apex alarmed: apex-keys-replaced"],
    ),
    (
        "+. 172800 DNSKEY 256 3 15 BBBB",
        "",
        &[". apex passed: apex-key-kept"],
    ),
    (
        "-. 518400 NS a.nic.lu.
         +. 518400 NS a.un.",
        "",
        &[". apex alarmed: apex-servers-replaced"],
    ),
    ("+. 518400 NS a.un.", "", &[". apex passed: server-kept"]),
    (
        "-. 86400 SOA a.nic.lu. admin.lu. 7 1800 900 604800 86400
         +. 86400 SOA a.nic.lu. admin.lu. 8 1800 900 604800 3600",
        "",
        &[". apex passed: apex-data"],
    ),
];

#[test]
fn servers_are_judged_by_what_they_and_the_child_say() {
    check(TABLE);
}
