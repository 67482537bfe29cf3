//! Answers that every web server of ours gives alike: what was asked for, why
//! not, and the protocol's version.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use comity_core::act::json;
use comity_mirror::client::Answer;
use comity_mirror::source::{PROTOCOL_HEADER, PROTOCOL_VERSION};

use super::lane::Turned;
use crate::requests::refusal;

/// Seconds after which a client for whom there is no room may come again.
const RETRY_AFTER_S: &str = "1";

/// The protocol's version: a client names those it speaks, the answer the one
/// that is spoken. Plain readers of files name none.
pub(crate) async fn negotiate(request: Request, next: Next) -> Response {
    let offered = request.headers().get(PROTOCOL_HEADER).cloned();
    let spoken = offered.as_ref().is_none_or(|offered| {
        let versions = offered.to_str().unwrap_or_default();
        versions
            .split(',')
            .any(|version| version.trim() == PROTOCOL_VERSION)
    });
    let mut response = if spoken {
        next.run(request).await
    } else {
        let text = format!("this server speaks version {PROTOCOL_VERSION} of the protocol");
        refused(StatusCode::UPGRADE_REQUIRED, "protocol", &text)
    };
    let name = HeaderName::from_static("comity-protocol");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(PROTOCOL_VERSION));
    response
}

/// The path is there, and something else can be done with it.
pub(crate) async fn refuse_method() -> Response {
    let text = "this is not what can be done here";
    refused(StatusCode::METHOD_NOT_ALLOWED, "method", text)
}

/// Something in JSON.
pub(crate) fn json_answer<T: serde::Serialize>(value: &T) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        json::encode(value),
    )
        .into_response()
}

/// Why somebody cannot stand in the line.
pub(crate) fn turned(turned: Turned) -> Response {
    match turned {
        Turned::Full => busy("too many requests are waiting for their turn"),
        Turned::TooMany => {
            let text = "too many requests of yours are waiting for their turn";
            later(StatusCode::TOO_MANY_REQUESTS, "too-many", text)
        }
    }
}

/// There is no room now.
pub(crate) fn busy(text: &str) -> Response {
    later(StatusCode::SERVICE_UNAVAILABLE, "busy", text)
}

/// Not now.
pub(crate) fn later(status: StatusCode, rule: &str, text: &str) -> Response {
    let after = [(header::RETRY_AFTER, RETRY_AFTER_S)];
    (after, refused(status, rule, text)).into_response()
}

/// No, by this rule.
pub(crate) fn refused(status: StatusCode, rule: &str, text: &str) -> Response {
    carried(refusal(status.as_u16(), rule, text))
}

/// An answer as the web carries it.
pub(crate) fn carried(answer: Answer) -> Response {
    let Answer { status, octets } = answer;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response =
        (status, [(header::CONTENT_TYPE, "application/json")], octets).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let after = HeaderValue::from_static(RETRY_AFTER_S);
        response.headers_mut().insert(header::RETRY_AFTER, after);
    }
    response
}
