//! A connection whose client goes on reading, or loses it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use comity_core::limits;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

const WRITE_MAX: Duration = Duration::from_secs(limits::HTTP_WRITE_SECONDS_MAX);
/// How long what a client still sends is thrown away after the last answer.
/// Without this it might lose that answer: a connection that is closed before
/// all is read is reset.
const LINGER: Duration = Duration::from_secs(2);

/// The connection.
pub(super) struct Paced<S> {
    stream: S,
    stage: Stage,
    /// When the present stage ends the connection.
    deadline: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Whatever was to be written was taken.
    Flowing,
    /// The client does not read.
    Stalled,
    /// There is nothing more to be written.
    Lingering,
}

impl<S> Paced<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            stage: Stage::Flowing,
            deadline: Box::pin(sleep(WRITE_MAX)),
        }
    }

    fn enter(&mut self, stage: Stage, wait: Duration) {
        self.stage = stage;
        self.deadline.as_mut().reset(Instant::now() + wait);
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, octets);
        if written.is_ready() {
            self.stage = Stage::Flowing;
            return written;
        }
        if self.stage == Stage::Flowing {
            self.enter(Stage::Stalled, WRITE_MAX);
        }
        ready!(self.deadline.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.stage != Stage::Lingering {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.enter(Stage::Lingering, LINGER);
        }
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut scrap = [0; 8192];
        loop {
            let mut buffer = ReadBuf::new(&mut scrap);
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
