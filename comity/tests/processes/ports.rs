//! A member makes outgoing connections only: it opens no port. Its process lets
//! nobody but root look into it.

use std::fs;

use crate::support::judge::root;
use crate::support::process;
use crate::support::zone::{MIRROR, Plan, SECRETARIAT, Zone};

#[test]
fn a_member_opens_no_port() {
    if !root() {
        return;
    }
    let mut zone = Zone::serve(&Plan::default());
    // Those that do are seen to.
    for party in [SECRETARIAT, MIRROR] {
        assert!(open_ports(zone.process(party).id()) > 0, "{party}");
    }
    for member in zone.members.clone() {
        assert_eq!(open_ports(zone.process(member).id()), 0, "{member}");
    }
}

/// Sockets of a process that wait for others: listening ones for TCP, any for
/// UDP (proc(5)).
fn open_ports(process: u32) -> usize {
    let directory = format!("/proc/{process}");
    let own = process::sockets(process);
    let tables = [
        ("tcp", Some("0A")),
        ("tcp6", Some("0A")),
        ("udp", None),
        ("udp6", None),
    ];
    let mut open = 0;
    for (table, state) in tables {
        let text = fs::read_to_string(format!("{directory}/net/{table}")).unwrap_or_default();
        open += text
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|words| state.is_none_or(|state| words[3] == state))
            .filter(|words| own.iter().any(|inode| inode == words[9]))
            .count();
    }
    open
}
