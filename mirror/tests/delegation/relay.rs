//! A relay before a real server, which does wrong what stock servers do not.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;

use crate::daemons::{free, own_ip};

/// What becomes of the datagrams that pass. Each is given the question.
#[derive(Clone, Copy)]
pub(crate) struct Ways {
    /// Whether there is a way by UDP, and for which questions.
    pub(crate) passes: fn(&[u8]) -> bool,
    /// The change of the answers.
    pub(crate) change: fn(&mut Vec<u8>),
    /// Whether answers come from where they were asked for.
    pub(crate) same_source: bool,
    /// Whether there is a way by TCP.
    pub(crate) tcp: bool,
}

impl Ways {
    /// Everything passes as it is.
    pub(crate) const ALL: Self = Self {
        passes: |_| true,
        change: |_| {},
        same_source: true,
        tcp: true,
    };
}

/// Starts a relay to `server`; it lasts as long as the test's process.
pub(crate) fn relay(server: SocketAddr, ways: Ways) -> SocketAddr {
    let address = free(own_ip(3));
    let udp = UdpSocket::bind(address).unwrap();
    if ways.tcp {
        let listener = TcpListener::bind(address).unwrap();
        thread::spawn(move || {
            listener
                .incoming()
                .for_each(|client| connect(client, server))
        });
    }
    thread::spawn(move || {
        let other = UdpSocket::bind((own_ip(4), 0)).unwrap();
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = udp.recv_from(&mut buffer) {
            let question = &buffer[..length];
            if !(ways.passes)(question) {
                continue;
            }
            let Ok(mut answer) = ask(server, question) else {
                continue;
            };
            (ways.change)(&mut answer);
            let from = if ways.same_source { &udp } else { &other };
            from.send_to(&answer, client).unwrap();
        }
    });
    address
}

fn ask(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    socket.connect(server)?;
    socket.send(question)?;
    let mut buffer = vec![0; 4096];
    let length = socket.recv(&mut buffer)?;
    buffer.truncate(length);
    Ok(buffer)
}

/// Copies a connection both ways.
fn connect(client: io::Result<TcpStream>, server: SocketAddr) {
    let Ok((client, server)) = client.and_then(|it| Ok((it, TcpStream::connect(server)?))) else {
        return;
    };
    let ways = [
        (client.try_clone(), server.try_clone()),
        (Ok(server), Ok(client)),
    ];
    for (from, to) in ways {
        thread::spawn(move || {
            let (Ok(mut from), Ok(mut to)) = (from, to) else {
                return;
            };
            let (Ok(_) | Err(_)) = io::copy(&mut from, &mut to);
            let (Ok(()) | Err(_)) = to.shutdown(std::net::Shutdown::Write);
        });
    }
}
