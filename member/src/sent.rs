//! A message that must not get lost: the secretariat forgets all of them when it
//! restarts, and is sent the very same octets again.

use comity_core::act::Envelope;

use crate::link::Link;
use crate::run::RunError;

/// The message, and which run of the secretariat has it.
pub(crate) struct Sent {
    message: Envelope,
    in_run: Option<u64>,
}

impl Sent {
    /// One that nobody has yet.
    pub(crate) fn new(message: Envelope) -> Self {
        let in_run = None;
        Self { message, in_run }
    }

    /// Sends it, if this run of the secretariat has it not. Whether it was sent
    /// now.
    pub(crate) fn tell(&mut self, link: &Link, run: u64) -> Result<bool, RunError> {
        if self.in_run == Some(run) {
            return Ok(false);
        }
        let wanted = link.submit_message(&self.message.to_octets());
        wanted.map_err(RunError::Link)?;
        self.in_run = Some(run);
        Ok(true)
    }
}
