//! Whoever listens in a test: connections are answered each in a thread of its
//! own, for as long as the stand is there.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// The stand; it is taken down with this value, and its address is free then.
pub(crate) struct Stand {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    listening: Option<thread::JoinHandle<()>>,
}

impl Stand {
    /// Listens at this address, where port 0 lets the system choose.
    pub(crate) fn start(
        address: impl Into<SocketAddr>,
        answer: impl Fn(TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address.into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (is_over, answer) = (Arc::new(AtomicBool::new(false)), Arc::new(answer));
        let ends = Arc::clone(&is_over);
        let listening = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let answer = Arc::clone(&answer);
                thread::spawn(move || answer(stream));
            }
        });
        Self {
            address,
            is_over,
            listening: Some(listening),
        }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _wakes_the_listener = TcpStream::connect(self.address);
        // The next may want this address.
        if let Some(listening) = self.listening.take() {
            let _ended = listening.join();
        }
    }
}
