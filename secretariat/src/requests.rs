//! What is asked of a secretariat, and what it answers, in the form in which
//! both are carried: paths, status codes and octets. The web server takes things
//! in here; who comes in, and when, is its own business.

use comity_core::act::json;
use comity_core::basic::{Digest, PublicKey};
use comity_core::message::Endorsement;
use comity_mirror::client::Answer;
use comity_mirror::ledger::blob_path;
use serde_json::{Value, json};

use crate::engine::{Engine, EngineError, Now, PublicAct, Report, SignedMessage};

/// The members' tasks, looked at.
pub const TASKS: &str = "/v1/tasks";
/// An act, sent.
pub const ACTS: &str = "/v1/acts";
/// A message of a ceremony or a session, sent.
pub const MESSAGES: &str = "/v1/messages";
/// What a member saw of the upstream, sent.
pub const UPSTREAM: &str = "/v1/upstream";
/// A cosignature, sent.
pub const COSIGNATURES: &str = "/v1/cosignatures";
/// A signature under what many sign, sent.
pub const ENDORSEMENTS: &str = "/v1/endorsements";

/// Takes an act.
///
/// # Errors
/// The rule that it breaks.
pub fn take_act(engine: &mut Engine, octets: &[u8]) -> Result<Value, EngineError> {
    let appended = engine.submit_act(&PublicAct::read(octets)?)?;
    Ok(json!({ "id": appended.id, "position": appended.position }))
}

/// Reads a message, which needs no engine; `members` are the members' keys.
///
/// # Errors
/// Where it is malformed, or not signed by one member.
pub fn read_message(
    octets: &[u8],
    members: Option<&[PublicKey]>,
) -> Result<SignedMessage, EngineError> {
    SignedMessage::read(octets, members)
}

/// Takes a message that was read.
///
/// # Errors
/// Where it is not wanted now.
pub fn take_message(
    engine: &mut Engine,
    message: SignedMessage,
    now: Now,
) -> Result<Value, EngineError> {
    engine.submit_message(message, now)?;
    Ok(json!({}))
}

/// Reads what a member saw of the upstream, which needs no engine.
///
/// # Errors
/// Where it is malformed, or not signed by one member.
pub fn read_report(octets: &[u8], members: Option<&[PublicKey]>) -> Result<Report, EngineError> {
    Report::read(octets, members)
}

/// Takes what a member saw of the upstream.
///
/// # Errors
/// The rule that it breaks, or where it is not wanted now.
pub fn take_report(engine: &mut Engine, report: Report) -> Result<Value, EngineError> {
    engine.submit_report(report)?;
    Ok(json!({}))
}

/// Takes a cosignature; whether it was new.
///
/// # Errors
/// Where it is no member's, or not under the present head.
pub fn take_cosignature(engine: &mut Engine, octets: &[u8]) -> Result<bool, EngineError> {
    engine.submit_cosignature(&String::from_utf8_lossy(octets))
}

/// Takes a signature under what many sign.
///
/// # Errors
/// Where it is not wanted, not a member's, or does not verify.
pub fn take_endorsement(engine: &mut Engine, octets: &[u8]) -> Result<Value, EngineError> {
    let endorsement: Endorsement = json::decode(octets)?;
    engine.submit_endorsement(&endorsement)?;
    Ok(json!({}))
}

/// The digest that names a blob's path.
pub fn blob_of(path: &str) -> Option<Digest> {
    let digest = path.rsplit('/').next()?.parse().ok()?;
    (blob_path(&digest) == path).then_some(digest)
}

/// Whether the secretariat must end and start anew: after a failed write only
/// that knows what is on the disk.
pub fn is_fatal(failure: &EngineError) -> bool {
    match failure {
        EngineError::Ledger(_) | EngineError::Replay { .. } => true,
        EngineError::Refused(_)
        | EngineError::Session(_)
        | EngineError::Deal(_)
        | EngineError::NotWanted => false,
    }
}

/// What is answered.
pub fn answer(outcome: &Result<Value, EngineError>) -> Answer {
    match outcome {
        Ok(value) => Answer {
            status: 200,
            octets: json::encode(value),
        },
        Err(failure) => denial(failure),
    }
}

/// Why something is not taken.
pub fn denial(failure: &EngineError) -> Answer {
    let (status, rule, text) = match failure {
        EngineError::Refused(refusal) => (422, refusal.rule(), refusal.to_string()),
        EngineError::Session(error) => (422, "commitments", error.to_string()),
        EngineError::Deal(error) => (422, "ceremony", error.to_string()),
        EngineError::NotWanted => (409, "not-wanted", "this is not wanted now".to_string()),
        EngineError::Ledger(_) | EngineError::Replay { .. } => (503, "ledger", failure.to_string()),
    };
    refusal(status, rule, &text)
}

/// No, by this rule.
pub(crate) fn refusal(status: u16, rule: &str, text: &str) -> Answer {
    Answer {
        status,
        octets: json!({ "rule": rule, "text": text })
            .to_string()
            .into_bytes(),
    }
}
