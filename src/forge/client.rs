//! The requests: what may be repeated is repeated, waiting is bounded, and the token goes nowhere but to the one host.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request, Response};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// The most bytes of an answer: a hundred of the longest comments, escaped, and all that stands around them.
const MOST_BYTES: u64 = 128 * 1024 * 1024;

/// How patient a client is.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often a request is tried in all.
    pub attempts: u32,
    /// The first wait after a fault; each further one is twice as long.
    pub first_wait: Duration,
    /// The longest wait that a host may ask for.
    pub longest_wait: Duration,
    /// How long one attempt may take.
    pub timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(1),
            timeout: Duration::from_secs(30),
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    /// What it says; null if that is no JSON.
    pub(super) body: Value,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the host asks to wait, if it refused only for now.
    pub(super) fn wait(&self) -> Option<Duration> {
        let number = |name: &str| self.header(name)?.trim().parse::<i64>().ok();
        let retry_after = number("retry-after");
        let is_used_up =
            number("x-ratelimit-remaining").or_else(|| number("ratelimit-remaining")) == Some(0);
        let is_limited =
            self.status == 429 || (self.status == 403 && (retry_after.is_some() || is_used_up));
        if !is_limited {
            return None;
        }
        let until_reset = || {
            // The host's own clock: this machine's may be wrong.
            let date = jiff::fmt::rfc2822::parse(self.header("date")?).ok()?;
            let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"))?;
            Some(reset.saturating_sub(date.timestamp().as_second()) + 1)
        };
        // Without a word on it, GitHub asks for a minute.
        let seconds = retry_after.or_else(until_reset).unwrap_or(60);
        Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    }
}

/// Why a request has no good answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The host refused, so nothing was done.
    Refused(Box<Answer>),
    /// Whether something was done is not known.
    Unclear(String, Option<u16>),
}

/// Talks to one host.
pub(super) struct Client {
    agent: Agent,
    base: String,
    headers: Vec<(&'static str, String)>,
    pace: Pace,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The headers hold the token.
        f.debug_struct("Client")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Client {
    pub(super) fn new(base: &str, headers: Vec<(&'static str, String)>, pace: Pace) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(pace.timeout))
            // A redirect would take a token to another host, and make a request that writes one that reads.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("polgen/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Self {
            agent: Agent::new_with_config(config),
            base: base.trim_end_matches('/').to_owned(),
            headers,
            pace,
        }
    }

    /// How a request is named in errors.
    pub(super) fn place(&self, method: &str, path: &str) -> String {
        let path = path.split('?').next().unwrap_or(path);
        format!("{method} {}{path}", self.base)
    }

    /// Sends a request. One that makes something is sent again only if the host surely did nothing.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Trouble> {
        let is_repeatable = method != "POST";
        let mut wait = self.pace.first_wait;
        let mut left = self.pace.attempts;
        loop {
            left = left.saturating_sub(1);
            let pause = match self.once(method, path, body) {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) if answer.status >= 500 => {
                    if !is_repeatable || left == 0 {
                        let problem = format!("the host answered with status {}", answer.status);
                        return Err(Trouble::Unclear(problem, Some(answer.status)));
                    }
                    wait
                }
                Ok(answer) => match answer.wait() {
                    Some(asked) if left > 0 && asked <= self.pace.longest_wait => asked.max(wait),
                    _ => return Err(Trouble::Refused(Box::new(answer))),
                },
                Err(problem) => {
                    if !is_repeatable || left == 0 {
                        return Err(Trouble::Unclear(problem, None));
                    }
                    wait
                }
            };
            std::thread::sleep(pause);
            wait = wait.saturating_mul(2).min(self.pace.longest_wait);
        }
    }

    fn once(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let response = match body {
            Some(value) => request
                .header("content-type", "application/json")
                .body(value.to_string())
                .map_err(|_| "the address is none".to_owned())
                .and_then(|request| self.agent.run(request).map_err(|error| error.to_string())),
            None => request
                .body(())
                .map_err(|_| "the address is none".to_owned())
                .and_then(|request| self.agent.run(request).map_err(|error| error.to_string())),
        };
        read(response?)
    }
}

fn read(mut response: Response<Body>) -> Result<Answer, String> {
    let status = response.status().as_u16();
    let text = response
        .body_mut()
        .with_config()
        .limit(MOST_BYTES)
        .read_to_string()
        .map_err(|error| error.to_string())?;
    Ok(Answer {
        status,
        headers: response.headers().clone(),
        body: serde_json::from_str(&text).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| {
            let name = ureq::http::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        Answer {
            status,
            headers: headers.collect(),
            body: Value::Null,
        }
    }

    #[test]
    fn only_limits_ask_to_wait() {
        let seconds = |status, headers: &[(&'static str, &str)]| {
            answer(status, headers).wait().map(|wait| wait.as_secs())
        };
        assert_eq!(seconds(403, &[("x-ratelimit-remaining", "4990")]), None);
        assert_eq!(seconds(404, &[("retry-after", "7")]), None);
        assert_eq!(seconds(403, &[("retry-after", "7")]), Some(7));
        assert_eq!(seconds(429, &[]), Some(60));
        let reset = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "784111787"),
            ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ];
        assert_eq!(seconds(403, &reset), Some(11));
    }

    /// A host that answers one request with as much as anybody takes; says how much that was.
    fn endless(listener: &TcpListener, pause: Duration) -> usize {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = [0; 4096];
        assert!(stream.read(&mut asked).unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n\"").unwrap();
        let piece = vec![b'x'; 1 << 20];
        let mut sent = 0;
        while stream.write_all(&piece).is_ok() {
            sent += piece.len();
            std::thread::sleep(pause);
        }
        sent
    }

    /// Asks such a host once; returns what went wrong and how much it could send.
    fn asked_of_endless(pause: Duration, timeout: Duration) -> (String, usize) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let pace = Pace {
            attempts: 1,
            timeout,
            ..Pace::default()
        };
        let host = std::thread::spawn(move || endless(&listener, pause));
        let answer = Client::new(&base, Vec::new(), pace).send("GET", "/", None);
        let Err(Trouble::Unclear(problem, None)) = answer else {
            panic!("{:?}", answer.map(|answer| answer.status));
        };
        (problem, host.join().unwrap())
    }

    /// How often a host that fails each time is asked.
    fn asked_of_failing(method: &'static str) -> usize {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        listener.set_nonblocking(true).unwrap();
        let asking = std::thread::spawn(move || {
            let pace = Pace {
                attempts: 3,
                first_wait: Duration::ZERO,
                ..Pace::default()
            };
            Client::new(&base, Vec::new(), pace).send(method, "/", None)
        });
        let mut asked = 0;
        while !asking.is_finished() {
            let Ok((mut stream, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            };
            stream.set_nonblocking(false).unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            let failed =
                b"HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(failed).unwrap();
            asked += 1;
        }
        let answer = asking.join().unwrap();
        assert!(matches!(answer, Err(Trouble::Unclear(_, Some(502)))));
        asked
    }

    #[test]
    fn what_makes_something_is_not_asked_for_again_blindly() {
        assert_eq!(asked_of_failing("POST"), 1);
        for method in ["GET", "PATCH", "DELETE"] {
            assert_eq!(asked_of_failing(method), 3, "{method}");
        }
    }

    #[test]
    fn an_answer_without_end_is_read_up_to_its_limit() {
        let (problem, sent) = asked_of_endless(Duration::ZERO, Duration::from_mins(5));
        assert!(problem.contains("limit"), "{problem}");
        let limit = usize::try_from(MOST_BYTES).unwrap();
        // What the system's own buffers took comes on top.
        assert!((limit..limit + (64 << 20)).contains(&sent), "{sent}");
    }

    #[test]
    fn an_answer_that_only_drips_is_given_up() {
        let (problem, _) = asked_of_endless(Duration::from_millis(50), Duration::from_millis(300));
        assert!(problem.contains("timeout"), "{problem}");
    }

    #[test]
    fn a_client_does_not_show_its_token() {
        let headers = vec![("authorization", "Bearer ghs_secret".to_owned())];
        let client = Client::new("http://localhost/", headers, Pace::default());
        assert!(!format!("{client:?}").contains("ghs_secret"));
        assert_eq!(client.place("GET", "/a?b=c"), "GET http://localhost/a");
    }
}
