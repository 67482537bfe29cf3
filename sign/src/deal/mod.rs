//! Ceremonies: how the shares of a zone key are dealt. One primitive: a dealer
//! shares a secret by a polynomial, commits to it (Feldman, *A practical scheme
//! for non-interactive verifiable secret sharing*, 1987), and seals its value at
//! each receiver's number to that receiver; a receiver adds up what all dealers
//! dealt to it. What is dealt differs:
//!
//! | ceremony | dealers | what each deals | weight in the sum |
//! | --- | --- | --- | --- |
//! | generation | everybody at first, later a threshold or more | a random secret | one |
//! | redistribution | a threshold of old shares, or more | its share | its Lagrange coefficient |
//!
//! A refresh is a redistribution to the same receivers with the same threshold.
//!
//! # The first generation
//!
//! Everybody who founds a zone takes part, or there is none.
//!
//! 1. [`Ceremony::begin`] gives an [`Opening`] that everybody must see alike:
//!    commitments to a secret polynomial, a proof that its constant term is
//!    known, and a key to seal dealt shares to. Its caller signs it and puts it
//!    where all read the same.
//! 2. [`Ceremony::deal`] checks everybody's opening and gives one sealed share
//!    for each other participant.
//! 3. [`Dealt::finish`] opens and checks the shares dealt to this participant,
//!    and gives its [`Share`].
//!
//! A step takes the ceremony by value and happens once. When a step names a
//! culprit, the ceremony ends, and another one begins without it. Where only one
//! participant can tell, [`Dealt::complaints`] shows all others, who judge by
//! [`Generation::judge`].
//!
//! # Redistribution, and later generations
//!
//! 1. [`Invited::invite`]: every receiver of the new epoch shows an
//!    [`Invitation`], a key to seal to. A newcomer has nothing else to do with it
//!    than one who stays.
//! 2. [`Plan::redistribution`] puts together what everybody must see alike, and
//!    [`Plan::deal`] gives a holder's [`Dealing`]. One who leaves deals and does not
//!    invite. Of a new key it is [`Plan::generation`] and [`Plan::generate`], and
//!    those deal who receive.
//! 3. [`Plan::gather`] checks all dealings, and [`Invited::receive`]
//!    opens what was dealt to one receiver, and gives a [`Complaint`] about each
//!    share that is wrong.
//! 4. [`Dealings::fix`] judges the complaints, drops the dealers that lied, and
//!    computes the new epoch. Sleepers and liars stop nobody while as many
//!    dealers are left as the old threshold, of a new key as the new one.
//! 5. [`Received::finish`] gives the new [`Share`].
//!
//! The old shares stay good until the new epoch is live, and old and new do not
//! mix. They are to be wiped then: whoever keeps a threshold of old shares has
//! the key.
//!
//! Secret polynomials, and the keys that open dealt shares, are wiped with the
//! ceremony, which lives in memory only.

use alloc::vec::Vec;

use comity_core::limits;

use crate::assertions::assert_secret;

mod complaint;
mod dealing;
mod dealings;
mod envelope;
mod error;
mod generation;
mod key;
mod opening;
mod plan;
mod polynomial;
mod receiver;
mod schedule;
mod share;
mod transcript;

pub use complaint::{Complaint, Verdict};
pub use dealing::Dealing;
pub use dealings::{Dealings, Fixed};
pub use error::DealError;
pub use generation::{Ceremony, Dealt, Generation};
pub use key::GroupKey;
pub use opening::Opening;
pub use plan::{Invitation, Plan};
pub use receiver::{Invited, Received};
pub use share::Share;

assert_secret!(Share);

/// A key in shares has two holders or more, and no single one of them signs.
fn check_shape(participants: u16, threshold: u16) -> Result<(), DealError> {
    if participants < 2 || usize::from(participants) > limits::MEMBERS_MAX {
        return Err(DealError::Participants { participants });
    }
    if threshold < 2 || threshold > participants {
        return Err(DealError::Threshold {
            threshold,
            participants,
        });
    }
    Ok(())
}

/// Names a sealed share: the ceremony, its dealer, its receiver.
fn label(ceremony: &[u8], dealer: u16, receiver: u16) -> Vec<u8> {
    let numbers = [dealer.to_be_bytes(), receiver.to_be_bytes()];
    [ceremony, numbers.as_flattened()].concat()
}

#[cfg(test)]
pub(crate) mod tests;
