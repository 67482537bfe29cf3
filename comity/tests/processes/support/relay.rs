//! Stands between the secretariat and everybody else, passes all octets on, and
//! remembers them.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::own_ip;

/// The relay; it ends with this value.
pub(crate) struct Relay {
    address: SocketAddr,
    wire: Arc<Wire>,
}

#[derive(Default)]
struct Wire {
    /// What went each way on each connection.
    passed: Mutex<Vec<Arc<Mutex<Vec<u8>>>>>,
    is_over: AtomicBool,
}

impl Relay {
    /// Passes everything on to `behind`, which need not be there yet.
    pub(crate) fn start(behind: SocketAddr) -> Self {
        let listener = TcpListener::bind((own_ip(), 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Arc::new(Wire::default());
        let serving = Arc::clone(&wire);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if serving.is_over.load(Ordering::SeqCst) {
                    return;
                }
                // Without a secretariat the connection just ends.
                if let Ok(ahead) = TcpStream::connect(behind) {
                    serving.pass(&stream, &ahead);
                    serving.pass(&ahead, &stream);
                }
            }
        });
        Self { address, wire }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All octets so far: those of one connection in one direction together.
    pub(crate) fn passed(&self) -> Vec<Vec<u8>> {
        let passed = self.wire.passed.lock().unwrap();
        passed
            .iter()
            .map(|way| way.lock().unwrap().clone())
            .collect()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.wire.is_over.store(true, Ordering::SeqCst);
        let _wakes_the_listener = TcpStream::connect(self.address);
    }
}

impl Wire {
    fn pass(&self, from: &TcpStream, to: &TcpStream) {
        let way = Arc::new(Mutex::new(Vec::new()));
        self.passed.lock().unwrap().push(Arc::clone(&way));
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(length @ 1..) = from.read(&mut buffer) {
                way.lock().unwrap().extend(&buffer[..length]);
                if to.write_all(&buffer[..length]).is_err() {
                    break;
                }
            }
            let _ended_before = (to.shutdown(Shutdown::Write), from.shutdown(Shutdown::Read));
        });
    }
}
