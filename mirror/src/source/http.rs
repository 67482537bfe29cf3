//! A ledger behind a web server: the same files by the same paths (C2SP
//! tlog-tiles, APIs).

use std::io::{self, Read};
use std::time::Duration;

use ureq::Agent;
use ureq::http::StatusCode;

use super::{Cause, FetchError, Source, is_below_root};

/// The header by which every request says which protocol it speaks.
pub const PROTOCOL_HEADER: &str = "Comity-Protocol";
/// The protocol that this version speaks.
pub const PROTOCOL_VERSION: &str = "1";

const CONNECT_SECONDS_MAX: u64 = 10;
const ANSWER_SECONDS_MAX: u64 = 30;
/// Between two pieces of a body: a large blob may take long, silence may not.
const READ_SECONDS_MAX: u64 = 30;
/// A body that may be large may take longer.
const BODY_OCTETS_PER_SECOND_MIN: usize = 256 * 1024;
const REDIRECTS_MAX: u32 = 3;

/// A web server that has a ledger's files.
#[derive(Clone, Debug)]
pub struct Http {
    /// Without a slash at its end.
    base: String,
    agent: Agent,
}

impl Http {
    /// The server at the URL `base`. Nothing is fetched yet.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(REDIRECTS_MAX)
            .user_agent(concat!("comity/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(Duration::from_secs(CONNECT_SECONDS_MAX)))
            .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS_MAX)))
            .timeout_recv_response(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
            .timeout_per_read(Some(Duration::from_secs(READ_SECONDS_MAX)))
            .build();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            agent: config.new_agent(),
        }
    }
}

impl Source for Http {
    fn fetch(&self, path: &str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        if !is_below_root(path) {
            return Err(FetchError::BadPath {
                at: path.to_owned(),
            });
        }
        let at = format!("{}/{path}", self.base);
        let unreachable = |error| FetchError::Unreachable {
            at: at.clone(),
            cause: cause(error),
        };
        let request = self
            .agent
            .get(&at)
            .header(PROTOCOL_HEADER, PROTOCOL_VERSION)
            .config()
            .timeout_recv_body(Some(patience(octets_max)))
            .build();
        let mut answer = request.call().map_err(unreachable)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(FetchError::Missing { at }),
            status => {
                return Err(FetchError::Status {
                    at,
                    status: status.as_u16(),
                });
            }
        }
        let length = answer.body().content_length();
        if length.is_some_and(|length| length > octets_max as u64) {
            return Err(FetchError::TooLarge { at, octets_max });
        }
        let mut octets = Vec::new();
        let one_more = u64::try_from(octets_max)
            .unwrap_or(u64::MAX)
            .saturating_add(1);
        let body = answer.body_mut().as_reader();
        body.take(one_more)
            .read_to_end(&mut octets)
            .map_err(|error| unreachable(ureq::Error::from(error)))?;
        if octets.len() > octets_max {
            return Err(FetchError::TooLarge { at, octets_max });
        }
        Ok(octets)
    }

    fn describe(&self) -> String {
        self.base.clone()
    }
}

/// How long a body of so many octets may take: who sends it drop by drop does
/// not keep its reader for ever.
fn patience(octets_max: usize) -> Duration {
    let seconds = u64::try_from(octets_max / BODY_OCTETS_PER_SECOND_MIN).unwrap_or(u64::MAX);
    Duration::from_secs(READ_SECONDS_MAX.saturating_add(seconds))
}

/// The library's error as one of ours. It may gain kinds: what it does not
/// name here is a matter of protocol.
fn cause(error: ureq::Error) -> Cause {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => Cause::Address,
        ureq::Error::HostNotFound => Cause::Name,
        ureq::Error::Timeout(_) => Cause::Timeout,
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Cause::Timeout,
        ureq::Error::Io(error) => Cause::Connection(error.kind()),
        ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => {
            Cause::Connection(io::ErrorKind::NotConnected)
        }
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => Cause::Tls,
        _ => Cause::Protocol,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    /// A server that gives one answer and returns the request it got.
    fn serve(answer: &'static str) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/ledger/", listener.local_addr().unwrap());
        let served = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut octet = [0];
                stream.read_exact(&mut octet).unwrap();
                request.extend(octet);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(request).unwrap()
        });
        (base, served)
    }

    fn fetch(answer: &'static str, octets_max: usize) -> Result<Vec<u8>, FetchError> {
        let (base, served) = serve(answer);
        let fetched = Http::new(&base).fetch("tile/0/000.p/1", octets_max);
        served.join().unwrap();
        fetched
    }

    #[test]
    fn asks_for_the_path_below_the_base_and_says_its_protocol() {
        let (base, served) = serve("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345");
        let fetched = Http::new(&base).fetch("tile/0/000.p/1", 5);
        assert_eq!(fetched, Ok(b"12345".to_vec()));
        let request = served.join().unwrap().to_ascii_lowercase();
        assert!(
            request.starts_with("get /ledger/tile/0/000.p/1 http/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains("\r\ncomity-protocol: 1\r\n"), "{request}");
        assert!(request.contains("\r\nuser-agent: comity/"), "{request}");
    }

    #[test]
    fn says_what_became_of_the_request() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n0\r\n\r\n";
        let endless = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n123456";
        let short = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n123";
        let gone = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n";
        let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        let broken = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
        let part = "HTTP/1.1 206 Part\r\nContent-Length: 1\r\n\r\n1";
        assert_eq!(fetch(chunked, 3), Ok(b"123".to_vec()));
        assert!(matches!(
            fetch(chunked, 2),
            Err(FetchError::TooLarge { octets_max: 2, .. })
        ));
        assert!(matches!(
            fetch(endless, 5),
            Err(FetchError::TooLarge { octets_max: 5, .. })
        ));
        assert!(matches!(
            fetch(short, 9),
            Err(FetchError::Unreachable { .. })
        ));
        assert!(matches!(fetch(missing, 9), Err(FetchError::Missing { .. })));
        assert!(matches!(fetch(gone, 9), Err(FetchError::Missing { .. })));
        assert!(matches!(
            fetch(broken, 9),
            Err(FetchError::Status { status: 503, .. })
        ));
        assert!(matches!(
            fetch(part, 9),
            Err(FetchError::Status { status: 206, .. })
        ));
        let nonsense = fetch("nonsense\r\n\r\n", 9);
        assert!(
            matches!(nonsense, Err(FetchError::Unreachable { .. })),
            "{nonsense:?}"
        );
    }

    #[test]
    fn says_why_there_was_no_answer() {
        let nobody = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let table = [
            (
                format!("http://{nobody}"),
                Cause::Connection(io::ErrorKind::ConnectionRefused),
            ),
            ("http://".into(), Cause::Address),
        ];
        for (base, cause) in table {
            let at = format!("{}/checkpoint", base.trim_end_matches('/'));
            let expected = Err(FetchError::Unreachable { at, cause });
            assert_eq!(Http::new(&base).fetch("checkpoint", 9), expected, "{base}");
        }
    }

    #[test]
    fn no_request_leaves_the_base() {
        let fetched = Http::new("http://127.0.0.1:1").fetch("a?b", 9);
        assert_eq!(fetched, Err(FetchError::BadPath { at: "a?b".into() }));
    }
}
