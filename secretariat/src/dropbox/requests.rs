//! What is asked of a drop box, and what it answers, in the form in which both
//! are carried. The web server takes things in here.

use comity_core::act::json;
use comity_mirror::client::Answer;
use serde::Serialize;
use tracing::{debug, error};

use super::desk::{Denied, Taken};
use super::store::StoreError;
use crate::requests::refusal;

/// Acts, sent.
pub const ACTS: &str = "/v1/acts";
/// Receipts, looked at.
pub const RECEIPTS: &str = "/v1/receipts";

/// What is answered to an act.
pub fn taken(outcome: &Result<Taken, Denied>) -> Answer {
    match outcome {
        Ok(taken) => found(taken),
        Err(denied) => denial(denied),
    }
}

/// What is answered to a look at something that may be there.
pub fn looked<T: Serialize>(outcome: &Result<Option<T>, StoreError>) -> Answer {
    match outcome {
        Ok(Some(value)) => found(value),
        Ok(None) => {
            let text = "this drop box has given no such receipt, or forgotten it";
            refusal(404, "not-found", text)
        }
        Err(error) => unreadable(error),
    }
}

fn found<T: Serialize>(value: &T) -> Answer {
    Answer {
        status: 200,
        octets: json::encode(value),
    }
}

fn denial(denied: &Denied) -> Answer {
    match denied {
        Denied::Refused(refused) => {
            debug!(refusal = %refused, "refused");
            refusal(422, refused.rule(), &refused.to_string())
        }
        Denied::Unready(why) => {
            let text = format!("this drop box takes nothing now: {why}");
            refusal(503, "unready", &text)
        }
        Denied::Full(full) => refusal(503, "busy", &full.to_string()),
        Denied::Store(error) => unreadable(error),
    }
}

/// Nothing was promised: the disk would not do what it was asked.
fn unreadable(failure: &StoreError) -> Answer {
    error!("{failure}");
    let text = "the drop box's disk fails, and nothing was promised";
    refusal(503, "disk", text)
}
