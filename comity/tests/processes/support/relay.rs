//! Stands between the secretariat and everybody else, passes all octets on, and
//! remembers them.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::own_ip;
use super::stand::Stand;

/// The relay; it ends with this value.
pub(crate) struct Relay {
    stand: Stand,
    wire: Arc<Wire>,
}

#[derive(Default)]
struct Wire {
    /// What went each way on each connection.
    passed: Mutex<Vec<Arc<Mutex<Vec<u8>>>>>,
}

impl Relay {
    /// Passes everything on to `behind`, which need not be there yet.
    pub(crate) fn start(behind: SocketAddr) -> Self {
        let wire = Arc::new(Wire::default());
        let serving = Arc::clone(&wire);
        let stand = Stand::start((own_ip(), 0), move |stream| {
            // Without a secretariat the connection just ends.
            if let Ok(ahead) = TcpStream::connect(behind) {
                serving.pass(&stream, &ahead);
                serving.pass(&ahead, &stream);
            }
        });
        Self { stand, wire }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.stand.address()
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
