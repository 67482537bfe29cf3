//! What a client sent: no more than it may, in no more time than it may take,
//! and only while there is room for what is not judged yet.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::{StatusCode, header};
use axum::response::Response;
use comity_core::limits;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::answer::{busy, refused};
use comity_mirror::web::door::Client;
use comity_mirror::web::seats::{Known, Seats};

const BODY_MAX: Duration = Duration::from_secs(limits::HTTP_BODY_SECONDS_MAX);
/// Room is taken in steps of so many octets.
const STEP_OCTETS: usize = 64 * 1024;

/// What there is room for.
pub(crate) trait Room: Send + Sync {
    /// Those for whom some of it is kept.
    fn known(&self) -> &Known;

    /// Octets of bodies that are not judged yet.
    fn bodies(&self) -> &Arc<Seats>;
}

/// A body of at most `MAX` octets. Its room is given back when it is dropped.
pub(crate) struct Sent<const MAX: usize> {
    pub(crate) octets: Vec<u8>,
    pub(crate) client: Client,
    pub(crate) room: Vec<OwnedSemaphorePermit>,
}

impl<const MAX: usize, S: Room> FromRequest<S> for Sent<MAX> {
    type Rejection = Response;

    async fn from_request(request: Request, desk: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(client) = Client::from_request_parts(&mut parts, desk).await;
        let length = parts.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > MAX as u64) {
            return Err(too_large(MAX));
        }
        let is_known = desk.known().has(client.origin);
        let reading = read(body, MAX, is_known, desk.bodies());
        let Ok(read) = timeout(BODY_MAX, reading).await else {
            let text = format!(
                "the body did not arrive within {} seconds",
                BODY_MAX.as_secs()
            );
            return Err(refused(StatusCode::REQUEST_TIMEOUT, "too-slow", &text));
        };
        let (octets, room) = read?;
        Ok(Self {
            octets,
            client,
            room,
        })
    }
}

async fn read(
    mut body: Body,
    octets_max: usize,
    is_known: bool,
    seats: &Arc<Seats>,
) -> Result<(Vec<u8>, Vec<OwnedSemaphorePermit>), Response> {
    let (mut octets, mut room) = (Vec::new(), Vec::new());
    let mut taken = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| {
            refused(
                StatusCode::BAD_REQUEST,
                "request",
                "the body cannot be read",
            )
        })?;
        // Trailers say nothing here.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let length = octets.len() + data.len();
        if length > octets_max {
            return Err(too_large(octets_max));
        }
        if length > taken {
            let step = (length - taken).max(STEP_OCTETS.min(octets_max - taken));
            let seats = u32::try_from(step)
                .ok()
                .and_then(|step| seats.take(is_known, step));
            let seats = seats.ok_or_else(|| busy("too much is waiting to be judged"))?;
            room.push(seats);
            taken += step;
        }
        octets.extend_from_slice(&data);
    }
    Ok((octets, room))
}

fn too_large(octets_max: usize) -> Response {
    let text = format!("the body has more than {octets_max} octets");
    refused(StatusCode::PAYLOAD_TOO_LARGE, "too-large", &text)
}
