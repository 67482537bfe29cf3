//! What becomes of a secretariat in whose midst something fails.

use std::io::{Read, Write};
use std::net::TcpStream;

use comity_core::act::{Founding, RULES};
use comity_core::zone::{Kind, Name};
use comity_sign::identity::Identity;
use rand_core::OsRng;

use super::*;
use crate::engine::Pace;
use crate::writer::LedgerWriter;
use crate::writer::disk::{Disk, DiskError};
use crate::writer::testing::{LOG, Memory, log_key, signer};

fn engine(writer: LedgerWriter) -> Engine {
    let identity = Arc::new(Identity::generate(&mut OsRng));
    Engine::new(writer, identity, Pace::default(), None, now()).unwrap()
}

fn desk() -> Desk {
    let writer = Memory::default().create().unwrap();
    Desk::new(engine(writer), PathBuf::from("nowhere"))
}

fn is_refused<T>(outcome: &Result<T, EngineError>) -> bool {
    matches!(outcome, Err(EngineError::Ledger(WriterError::MustReopen)))
}

#[tokio::test]
async fn after_a_panic_nobody_hears_of_half_a_state() {
    let desk = desk();
    assert!(look(&desk, Clone::clone).await.is_ok());
    let panicked = desk
        .work(|_, _| -> Result<(), EngineError> { panic!("on purpose") })
        .await;
    assert!(is_refused(&panicked));
    let ended = desk.failed.borrow().clone();
    assert!(matches!(ended, Some(ServeError::Fault(_))), "{ended:?}");
    assert!(is_refused(&desk.work(|_, _| Ok(())).await));
    assert!(is_refused(&look(&desk, Clone::clone).await));
    assert!(matches!(*desk.failed.borrow(), Some(ServeError::Fault(_))));
}

#[tokio::test]
async fn a_panic_while_somebody_looks_ends_it_too() {
    let desk = desk();
    let looked = look(&desk, |_| -> () { panic!("on purpose") }).await;
    assert!(is_refused(&looked));
    assert!(matches!(*desk.failed.borrow(), Some(ServeError::Fault(_))));
}

/// A disk on which looking for a blob panics, as a fault of our own would.
struct Panicking(Memory);

impl Source for Panicking {
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        assert!(!path.starts_with("blob/"), "on purpose");
        self.0.fetch(path, octets_max)
    }

    fn describe(&self) -> String {
        self.0.describe()
    }
}

impl Disk for Panicking {
    fn list(&self) -> Result<Vec<String>, DiskError> {
        self.0.list()
    }

    fn write(&self, path: &str, octets: &[u8]) -> Result<(), DiskError> {
        self.0.write(path, octets)
    }

    fn remove(&self, path: &str) -> Result<(), DiskError> {
        self.0.remove(path)
    }
}

/// An act that names blobs.
fn naming_blobs() -> Vec<u8> {
    let blob = Digest([1; 32]);
    let founding = Founding {
        rules: RULES,
        zone: Name::root(),
        kind: Kind::Root,
        log: log_key().to_string(),
        members: Vec::new(),
        charter: blob,
        contents: blob,
        holders: blob,
    };
    Identity::generate(&mut OsRng).signed(&founding).to_octets()
}

#[tokio::test]
async fn a_panic_in_the_middle_of_a_request_ends_the_server() {
    let disk = Box::new(Panicking(Memory::default()));
    let writer = LedgerWriter::create_on(disk, log_key(), signer(LOG)).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(engine(writer), PathBuf::from("nowhere"), listener));
    let act = naming_blobs();
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let length = act.len();
        write!(stream, "POST /v1/acts HTTP/1.1\r\nHost: x\r\n").unwrap();
        write!(stream, "Content-Length: {length}\r\n\r\n").unwrap();
        stream.write_all(&act).unwrap();
        // Who asks no more is not answered.
        let _nothing_of_value = stream.read(&mut [0]);
    });
    let served = serving.await.unwrap();
    asked.await.unwrap();
    assert!(matches!(served, Err(ServeError::Fault(_))), "{served:?}");
}
