//! Work of one kind, one piece after the other, so that a flood of one kind
//! holds up no other. Who does not fit into the line is told to come again.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use comity_core::limits;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A line before one door.
#[derive(Debug)]
pub(crate) struct Lane {
    /// Those in the line, and how many each client has there.
    waiting: Arc<Mutex<HashMap<IpAddr, usize>>>,
    turn: Arc<Semaphore>,
}

/// Why somebody cannot stand in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turned {
    /// The line is as long as it may be.
    Full,
    /// This client has too many places in it.
    TooMany,
}

/// A place in the line. It is given up when this is dropped: let it go where
/// the work goes, also if the client does not wait for it.
#[derive(Debug)]
pub(crate) struct Turn {
    client: IpAddr,
    waiting: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _turn: Option<OwnedSemaphorePermit>,
}

impl Lane {
    pub(crate) fn new() -> Self {
        Self {
            waiting: Arc::default(),
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// Waits for this client's turn. A proxy's share is not counted.
    pub(crate) async fn enter(&self, client: IpAddr, is_proxy: bool) -> Result<Turn, Turned> {
        let mut place = self.line_up(client, is_proxy)?;
        place._turn = Arc::clone(&self.turn).acquire_owned().await.ok();
        Ok(place)
    }

    fn line_up(&self, client: IpAddr, is_proxy: bool) -> Result<Turn, Turned> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.values().sum::<usize>() >= limits::REQUESTS_WAITING_MAX {
            return Err(Turned::Full);
        }
        let own = waiting.entry(client).or_default();
        if *own >= limits::REQUESTS_WAITING_PER_CLIENT_MAX && !is_proxy {
            return Err(Turned::TooMany);
        }
        *own += 1;
        Ok(Turn {
            client,
            waiting: Arc::clone(&self.waiting),
            _turn: None,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = waiting.get_mut(&self.client) {
            *own -= 1;
            if *own == 0 {
                waiting.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_an_end_and_nobody_has_all_of_it() {
        let lane = Lane::new();
        let client = |number: u16| {
            let [high, low] = number.to_be_bytes();
            IpAddr::from([192, 0, high, low])
        };
        let mut places = Vec::new();
        for _ in 0..limits::REQUESTS_WAITING_PER_CLIENT_MAX {
            places.push(lane.line_up(client(0), false).unwrap());
        }
        assert_eq!(lane.line_up(client(0), false).unwrap_err(), Turned::TooMany);
        places.push(lane.line_up(client(0), true).unwrap());
        let mut others = (1..).map(client);
        while places.len() < limits::REQUESTS_WAITING_MAX {
            places.push(lane.line_up(others.next().unwrap(), false).unwrap());
        }
        assert_eq!(lane.line_up(client(999), true).unwrap_err(), Turned::Full);
        places.clear();
        assert!(lane.waiting.lock().unwrap().is_empty());
    }
}
