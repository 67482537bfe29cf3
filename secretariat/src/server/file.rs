//! The ledger's files, read piece by piece while the client reads them: the
//! largest blob takes no more memory than the smallest.

use std::fs::File;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use comity_core::limits;
use comity_mirror::ledger::CHECKPOINT_PATH;
use comity_mirror::source::FetchError;
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep};

use super::Desk;
use super::answer::{refuse_method, refused};
use crate::requests::blob_of;

/// Octets of a piece.
const PIECE_OCTETS: usize = 32 * 1024;
const ANSWER_MAX: Duration = Duration::from_secs(limits::HTTP_ANSWER_SECONDS_MAX);

/// Whatever no other route is for: a file of the ledger, or a blob that is not
/// on it yet.
pub(super) async fn show_file(State(desk): State<Desk>, request: Request) -> Response {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return refuse_method().await;
    }
    let path = request.uri().path().trim_start_matches('/').to_string();
    let ledger = Arc::clone(&desk.ledger);
    let open = {
        let path = path.clone();
        move || ledger.open(&path)
    };
    match tokio::task::spawn_blocking(open).await {
        Ok(Ok((file, octets))) => {
            let length = [(header::CONTENT_LENGTH, octets)];
            let body = Body::new(FileBody::new(file, octets));
            (length, answer(&path, body)).into_response()
        }
        Ok(Err(FetchError::Missing { .. } | FetchError::BadPath { .. })) => {
            let blob = blob_of(&path).and_then(|digest| desk.work.borrow().get(&digest).cloned());
            match blob {
                Some(octets) => answer(&path, Body::from(Bytes::from_owner(octets))),
                None => refused(StatusCode::NOT_FOUND, "not-found", "there is no such file"),
            }
        }
        Ok(Err(_)) | Err(_) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "disk",
            "the file could not be read",
        ),
    }
}

/// Tiles and blobs never change; the checkpoint does.
fn answer(path: &str, body: Body) -> Response {
    let (kind, cache) = if path == CHECKPOINT_PATH {
        ("text/plain; charset=utf-8", "no-cache")
    } else {
        ("application/octet-stream", "max-age=31536000, immutable")
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)];
    (headers, body).into_response()
}

/// A file on its way to a client.
struct FileBody {
    /// None while a piece is being read.
    file: Option<File>,
    reading: Option<JoinHandle<(File, io::Result<Bytes>)>>,
    octets_left: u64,
    deadline: Pin<Box<Sleep>>,
}

impl FileBody {
    fn new(file: File, octets: u64) -> Self {
        Self {
            file: Some(file),
            reading: None,
            octets_left: octets,
            deadline: Box::pin(sleep(ANSWER_MAX)),
        }
    }
}

impl axum::body::HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        }
        if self.octets_left == 0 {
            return Poll::Ready(None);
        }
        if let Some(file) = self.file.take() {
            let most = self.octets_left.min(PIECE_OCTETS as u64);
            self.reading = Some(tokio::task::spawn_blocking(move || read(file, most)));
        }
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(None);
        };
        let (file, piece) = ready!(Pin::new(reading).poll(context)).map_err(io::Error::other)?;
        (self.file, self.reading) = (Some(file), None);
        let piece = piece?;
        self.octets_left -= piece.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.octets_left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.octets_left)
    }
}

/// The file's next piece, and the file.
fn read(mut file: File, octets_max: u64) -> (File, io::Result<Bytes>) {
    let mut octets = Vec::new();
    let read = file.by_ref().take(octets_max).read_to_end(&mut octets);
    let piece = match read {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(Bytes::from(octets)),
        Err(error) => Err(error),
    };
    (file, piece)
}
