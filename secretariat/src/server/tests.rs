//! What becomes of a secretariat in whose midst something fails.

use std::net::{IpAddr, Ipv4Addr};

use comity_core::act::{Envelope, Founding, RULES};
use comity_core::zone::{Kind, Name};
use comity_mirror::source::{FetchError, Source};
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
    let nowhere = PathBuf::from("nowhere");
    Desk::new(engine(writer), nowhere.clone(), nowhere)
}

fn client() -> Client {
    Client {
        origin: IpAddr::from(Ipv4Addr::LOCALHOST),
        is_proxy: false,
    }
}

/// Has the engine take something in.
async fn work<T: Send + 'static>(
    desk: &Desk,
    submit: impl FnOnce(&mut Engine, Now) -> Result<T, EngineError> + Send + 'static,
) -> Result<T, Denied> {
    let turn = desk.turn(&desk.lanes.acts, client()).await?;
    desk.submit(turn, submit).await
}

fn is_refused<T>(outcome: &Result<T, Denied>) -> bool {
    let must_reopen = EngineError::Ledger(WriterError::MustReopen);
    matches!(outcome, Err(Denied::Engine(error)) if error.to_string() == must_reopen.to_string())
}

#[tokio::test]
async fn after_a_panic_nobody_hears_of_half_a_state() {
    let desk = desk();
    assert!(desk.look(client(), view, drop).await.is_ok());
    let panicked = work(&desk, |_, _| -> Result<(), EngineError> {
        panic!("on purpose")
    })
    .await;
    assert!(is_refused(&panicked));
    let ended = desk.failed.borrow().clone();
    assert!(matches!(ended, Some(ServeError::Fault(_))), "{ended:?}");
    assert!(is_refused(&work(&desk, |_, _| Ok(())).await));
    assert!(is_refused(&desk.look(client(), view, drop).await));
    assert!(matches!(*desk.failed.borrow(), Some(ServeError::Fault(_))));
}

#[tokio::test]
async fn a_panic_while_somebody_looks_ends_it_too() {
    let desk = desk();
    let looked = desk
        .look(client(), |_: &Engine| -> () { panic!("on purpose") }, drop)
        .await;
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

/// A founding act of nobody, which names blobs and waits for no more signatures.
fn draft() -> Envelope {
    let blob = Digest([1; 32]);
    Identity::generate(&mut OsRng).signed(&Founding {
        rules: RULES,
        zone: Name::root(),
        kind: Kind::Root,
        log: log_key().to_string(),
        members: Vec::new(),
        charter: blob,
        contents: blob,
        holders: blob,
    })
}

#[tokio::test]
async fn a_panic_at_work_ends_the_server() {
    let disk = Box::new(Panicking(Memory::default()));
    let writer = LedgerWriter::create_on(disk, log_key(), signer(LOG)).unwrap();
    let identity = Arc::new(Identity::generate(&mut OsRng));
    let engine = Engine::new(writer, identity, Pace::default(), Some(draft()), now()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = PathBuf::from("nowhere");
    let served = serve(
        engine,
        nowhere.clone(),
        nowhere,
        Networks::default(),
        listener,
    )
    .await;
    assert!(matches!(served, Err(ServeError::Fault(_))), "{served:?}");
}
