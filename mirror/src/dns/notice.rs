//! Notices of primaries, that their zone has changed (RFC 1996). A notice is a hint to
//! look and nothing else: what there is, is asked of the upstreams and verified as
//! ever. So the address that one comes from is reason enough to heed it, as in RFC
//! 1996 §3.10; how soon it leads to a look is for the watcher, whom forged ones must
//! not keep busy.

use std::net::IpAddr;

use comity_core::zone::{Name, Rtype};
use domain::base::iana::{Class, Opcode};

use super::networks::Networks;
use super::request::Request;

/// Whose notices are heeded, and of what.
#[derive(Clone, Debug)]
pub struct Notices {
    /// The zone that they are about.
    pub zone: Name,
    /// Who has it first.
    pub from: Networks,
}

/// Who may have what beside answers.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Who may have the whole zone.
    pub transfer_allow: Networks,
    /// Whose notices are heeded, if anybody's.
    pub notices: Option<Notices>,
}

impl Access {
    /// Transfers for these, and notices of nobody.
    pub fn transfers(transfer_allow: Networks) -> Self {
        Self {
            transfer_allow,
            notices: None,
        }
    }

    /// Whether this is a notice (RFC 1996 §3.7), and of somebody whose are heeded. The
    /// serial in it is not looked at.
    pub(super) fn heeds(&self, request: &Request, client: IpAddr) -> bool {
        let Some(notices) = &self.notices else {
            return false;
        };
        let (question, head) = (&request.question, &request.head);
        head.opcode == Opcode::NOTIFY
            && (question.rtype, question.class) == (Rtype::SOA, Class::IN)
            && question.name == notices.zone
            && notices.from.contain(client)
    }
}
