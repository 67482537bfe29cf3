//! Room for so much and no more. Some of it is kept for the addresses from
//! which members have cosigned, so that a flood from elsewhere, from however
//! many addresses, does not keep the members out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use comity_core::limits;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Addresses that are remembered for each member.
const ADDRESSES_PER_MEMBER: usize = 4;

/// Where members were heard from. Nobody else gets on this list: what puts an
/// address there is a signature that only a member can make, and that was new.
#[derive(Debug, Default)]
pub struct Known {
    /// With a number that grows, by which the oldest is found.
    addresses: Mutex<(u64, HashMap<IpAddr, u64>)>,
}

impl Known {
    /// Notes that a member was heard from there.
    pub fn note(&self, address: IpAddr) {
        let mut known = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (clock, addresses) = &mut *known;
        *clock += 1;
        addresses.insert(address, *clock);
        if addresses.len() > limits::MEMBERS_MAX * ADDRESSES_PER_MEMBER {
            let oldest = addresses.iter().min_by_key(|(_, heard)| **heard);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                addresses.remove(&oldest);
            }
        }
    }

    /// Whether a member was heard from there.
    pub fn has(&self, address: IpAddr) -> bool {
        let known = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.1.contains_key(&address)
    }
}

/// So many seats for anybody, and as many again that are kept.
#[derive(Debug)]
pub struct Seats {
    open: Arc<Semaphore>,
    kept: Arc<Semaphore>,
}

impl Seats {
    /// So many, and as many again that are kept.
    pub fn new(seats: usize) -> Self {
        Self {
            open: Arc::new(Semaphore::new(seats)),
            kept: Arc::new(Semaphore::new(seats)),
        }
    }

    /// Takes this many at once, until what is returned is dropped.
    pub fn take(&self, is_known: bool, seats: u32) -> Option<OwnedSemaphorePermit> {
        let take = |from: &Arc<Semaphore>| Arc::clone(from).try_acquire_many_owned(seats).ok();
        take(&self.open).or_else(|| take(&self.kept).filter(|_| is_known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_find_room_where_strangers_have_taken_all() {
        let seats = Seats::new(10);
        let taken = seats.take(false, 7).unwrap();
        assert!(seats.take(false, 4).is_none());
        let _rest = seats.take(false, 3).unwrap();
        assert!(seats.take(false, 1).is_none());
        let kept = seats.take(true, 10).unwrap();
        assert!(seats.take(true, 1).is_none());
        drop(taken);
        assert!(seats.take(false, 7).is_some());
        drop(kept);
        assert!(seats.take(true, 9).is_some());
    }

    #[test]
    fn the_list_of_addresses_does_not_grow_for_ever() {
        let known = Known::default();
        let address = |number: u32| IpAddr::from(number.to_be_bytes());
        let most = u32::try_from(limits::MEMBERS_MAX * ADDRESSES_PER_MEMBER).unwrap();
        (0..most).for_each(|number| known.note(address(number)));
        known.note(address(0));
        known.note(address(most));
        assert!(known.has(address(0)) && known.has(address(most)));
        assert!(!known.has(address(1)) && known.has(address(2)));
    }
}
