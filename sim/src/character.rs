//! How members behave: as they should, or not.

use comity_core::act::Envelope;
use comity_core::act::json::Payload;
use comity_core::basic::Digest;
use comity_core::limits;
use comity_core::message::{Dealing, Possession, Reception, Shares};
use comity_secretariat::requests;
use comity_sign::identity::Identity;
use data_encoding::BASE64;

/// What somebody lies about, each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lies {
    /// It sends wrong shares of signatures.
    pub shares: bool,
    /// It commits to another polynomial than the one it deals by.
    pub commitment: bool,
    /// It seals shares that are not what it promised.
    pub sealed: bool,
    /// It complains about nothing.
    pub complaint: bool,
    /// It says that it holds other shares than everybody else.
    pub possession: bool,
}

/// How a member behaves in sessions and ceremonies.
pub enum Character {
    /// As it should.
    Honest,
    /// It lies, with its signature under it.
    Liar {
        /// Its key.
        me: Identity,
        /// The number of its share.
        number: u16,
        /// What it lies about.
        lies: Lies,
    },
    /// It commits, and never sends a share of a signature.
    Silent,
}

/// Octets of a complaint behind the two numbers.
const COMPLAINT_OCTETS: usize = 96;

impl Character {
    /// The member at this index, with this key, that lies so.
    pub fn liar(me: Identity, at: usize, lies: Lies) -> Self {
        let number = u16::try_from(at + 1).unwrap_or(0);
        Self::Liar { me, number, lies }
    }

    /// What such a member sends instead; nothing where it sends nothing.
    pub fn alter(&self, path: &str, body: Option<Vec<u8>>) -> Option<Option<Vec<u8>>> {
        let is_message = path == requests::MESSAGES;
        let Some(octets) = body.as_deref().filter(|_| is_message) else {
            return Some(body);
        };
        let Ok(envelope) = Envelope::parse(octets, limits::MESSAGE_OCTETS_MAX) else {
            return Some(body);
        };
        match self {
            Self::Honest => Some(body),
            Self::Silent if envelope.payload_type() == Shares::TYPE => None,
            Self::Silent => Some(body),
            Self::Liar { me, number, lies } => {
                let lie = lies.about((me, *number), &envelope);
                Some(lie.map(|lie| lie.to_octets()).or(body))
            }
        }
    }
}

impl Lies {
    /// What somebody with this key says instead, if it lies about that.
    fn about(&self, (me, number): (&Identity, u16), said: &Envelope) -> Option<Envelope> {
        match said.payload_type() {
            Shares::TYPE if self.shares => Some(me.signed(&wrong_shares(said.payload().ok()?))),
            Dealing::TYPE if self.commitment || self.sealed => {
                Some(me.signed(&self.wrong_dealing(said.payload().ok()?)))
            }
            Reception::TYPE if self.complaint => {
                let reception: Reception = said.payload().ok()?;
                let complaints = [false_complaint(number)].into();
                Some(me.signed(&Reception {
                    complaints,
                    ..reception
                }))
            }
            Possession::TYPE if self.possession => {
                let possession: Possession = said.payload().ok()?;
                Some(me.signed(&Possession {
                    verifying_shares: Digest([7; 32]),
                    ..possession
                }))
            }
            _ => None,
        }
    }

    fn wrong_dealing(&self, mut dealing: Dealing) -> Dealing {
        if self.commitment {
            // In the second commitment: the first is known to everybody.
            let digits = 66..68;
            if dealing.package.len() > digits.end {
                dealing.package.replace_range(digits, "00");
            }
        }
        if self.sealed
            && let [first, second, ..] = dealing.sealed.as_mut_slice()
        {
            std::mem::swap(&mut first.octets, &mut second.octets);
        }
        dealing
    }
}

fn wrong_shares(shares: Shares) -> Shares {
    let mut wrong = BASE64.decode(shares.shares.as_bytes()).unwrap_or_default();
    if let Some(octet) = wrong.first_mut() {
        *octet ^= 1;
    }
    Shares {
        shares: BASE64.encode(&wrong),
        ..shares
    }
}

/// About a dealer that has done nothing, or has no part in it.
fn false_complaint(by: u16) -> String {
    let about = if by == 2 { 3 } else { 2 };
    format!("{about:04x}{by:04x}{}", "01".repeat(COMPLAINT_OCTETS))
}
