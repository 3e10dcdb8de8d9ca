//! `polgen comment`: what it says, and that one comment is left, against a small server in this process.

#[path = "comment/roles.rs"]
mod roles;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::world::{
    Place, ROLE, assert_exit, call, command, polgen, s3_call, stderr, stdout, trail,
};

const TOKEN: &str = "ghs_secretsecretsecret";

/// What the server holds: comments as `(number, author, body)`, and answers to give in place of its own.
#[derive(Default)]
struct State {
    comments: Vec<(u64, String, String)>,
    refusals: Vec<(&'static str, u16, String)>,
    seen: Vec<String>,
}

struct Server {
    url: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let own = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &own);
            }
        });
        Self { url, state }
    }

    fn refuse(&self, method: &'static str, status: u16, headers: impl Into<String>) {
        let mut state = self.state.lock().unwrap();
        state.refusals.push((method, status, headers.into()));
    }

    fn comments(&self) -> Vec<(u64, String, String)> {
        self.state.lock().unwrap().comments.clone()
    }

    fn run(&self, current: &str) -> std::process::Output {
        let sample = ["--trail", "samples/trail", "--current", current];
        let output = command(&["comment", "--role", ROLE, "--github", "--number", "7"])
            .args(sample)
            .env("GITHUB_API_URL", &self.url)
            .env("GITHUB_REPOSITORY", "acme/app")
            .env("GITHUB_TOKEN", TOKEN)
            .output()
            .unwrap();
        assert!(!format!("{}{}", stdout(&output), stderr(&output)).contains(TOKEN));
        output
    }
}

/// Reads one request and answers it.
fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_ascii_lowercase());
    }
    let length = lines
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    assert!(lines.contains(&format!("authorization: bearer {}", TOKEN.to_lowercase())));
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut words = lines[0].split(' ');
    let (method, path) = (
        words.next().unwrap().to_uppercase(),
        words.next().unwrap().to_owned(),
    );
    let (status, headers, value) = work(&method, &path, &body, &mut state.lock().unwrap());
    let text = value.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{text}",
        text.len()
    )
    .unwrap();
}

fn work(method: &str, path: &str, body: &Value, state: &mut State) -> (u16, String, Value) {
    state.seen.push(format!("{method} {path}"));
    let planned = state
        .refusals
        .iter()
        .position(|(wanted, ..)| *wanted == method);
    if let Some(index) = planned {
        let (_, status, headers) = state.refusals.remove(index);
        return (status, headers, json!({ "message": "no" }));
    }
    let shown = |(id, author, body): &(u64, String, String)| json!({ "id": id, "user": { "login": author }, "body": body, "html_url": format!("https://x/{id}") });
    let text = body["body"].as_str().unwrap_or_default().to_owned();
    if path == "/user" {
        return (
            403,
            String::new(),
            json!({ "message": "Resource not accessible by integration" }),
        );
    }
    match method {
        "GET" => {
            let page: usize = path.rsplit("page=").next().unwrap().parse().unwrap();
            let values: Vec<Value> = state
                .comments
                .iter()
                .skip((page - 1) * 100)
                .take(100)
                .map(shown)
                .collect();
            let link = if state.comments.len() > page * 100 {
                "link: <x>; rel=\"next\"\r\n"
            } else {
                ""
            };
            (200, link.to_owned(), json!(values))
        }
        "POST" => {
            let id = state
                .comments
                .iter()
                .map(|one| one.0)
                .max()
                .unwrap_or_default()
                + 1;
            state
                .comments
                .push((id, "github-actions[bot]".to_owned(), text));
            (201, String::new(), shown(state.comments.last().unwrap()))
        }
        _ => {
            let id: u64 = path.rsplit('/').next().unwrap().parse().unwrap();
            let comment = state.comments.iter_mut().find(|one| one.0 == id).unwrap();
            comment.2 = text;
            (200, String::new(), json!({}))
        }
    }
}

#[test]
fn a_comment_is_created_once_and_found_on_any_page() {
    let server = Server::start();
    for id in 0..230 {
        let comment = (id + 1, "octocat".to_owned(), "Me too".to_owned());
        server.state.lock().unwrap().comments.push(comment);
    }
    let output = server.run("samples/role.json");
    assert_exit(&output, 0);
    assert!(
        stderr(&output).contains("https://x/231 was created"),
        "{}",
        stderr(&output)
    );
    assert!(stderr(&server.run("samples/role.json")).contains("says so already"));
    assert!(stderr(&server.run("AWSLambdaBasicExecutionRole")).contains("was updated"));
    let comments = server.comments();
    assert_eq!(comments.len(), 231);
    assert!(comments[230].2.starts_with("<!-- polgen:comment:v1 "));
}

#[test]
fn refusals_end_the_run_and_limits_are_waited_for() {
    let server = Server::start();
    server.refuse(
        "POST",
        403,
        "x-accepted-github-permissions: pull_requests=write\r\n",
    );
    let refused = server.run("samples/role.json");
    assert_exit(&refused, 1);
    let said = stderr(&refused);
    assert!(
        said.contains("pull_requests=write") && said.contains("the host says: no"),
        "{said}"
    );
    server.refuse("POST", 429, "retry-after: 0\r\n");
    server.refuse("GET", 503, "");
    assert_exit(&server.run("samples/role.json"), 0);
    assert_eq!(server.comments().len(), 1);
}

#[test]
fn a_redirect_is_refused_and_the_token_goes_nowhere_else() {
    for (method, status) in [("GET", 302), ("GET", 307), ("POST", 307), ("POST", 308)] {
        let (server, other) = (Server::start(), Server::start());
        let place = format!(
            "location: {}/repos/acme/app/issues/7/comments\r\n",
            other.url
        );
        for _ in 0..9 {
            server.refuse(method, status, place.clone());
        }
        let output = server.run("samples/role.json");
        assert_exit(&output, 1);
        let said = stderr(&output);
        assert!(said.contains("says that it moved"), "{said}");
        assert!(
            other.state.lock().unwrap().seen.is_empty(),
            "{method} {status}"
        );
        assert!(server.comments().is_empty());
    }
}

#[test]
fn what_is_missing_is_said_before_anything_is_read() {
    let output = polgen(&["comment", "--role", "x", "--trail", "/nowhere", "--github"]);
    assert_exit(&output, 2);
    assert!(stderr(&output).contains("`GITHUB_REPOSITORY`"));
}

fn git(place: &Place, arguments: &[&str]) {
    let identity = [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@example.com",
        "-C",
        place.path(),
    ];
    let status = Command::new("git")
        .args(identity)
        .args(arguments)
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}");
}

const TEMPLATE: &str = r#"Resources:
  AppRole:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, dynamodb:GetItem]
                Resource: "*"
              - Effect: Allow
                Action: sqs:ReceiveMessage
                Resource: "*"
                Condition: { StringEquals: { "aws:SourceVpc": vpc-1 } }
"#;

#[test]
fn a_change_is_told_against_its_base() {
    let place = Place::new();
    let template = place.file("template.yaml", TEMPLATE);
    let records = [
        s3_call(1, "GetObject", "data", "a/b"),
        call(
            2,
            "dynamodb.amazonaws.com",
            "GetItem",
            &json!({ "tableName": "t" }),
        ),
    ];
    let trail = place.file("trail.json", trail(&records));
    git(&place, &["init", "-q"]);
    git(&place, &["add", "template.yaml"]);
    git(&place, &["commit", "-qm", "x"]);
    let subject = format!("{template}#AppRole");
    let say = |base: &str| {
        let arguments = [
            "--role",
            "app",
            "--trail",
            &trail,
            "--current",
            &subject,
            "--base",
            base,
        ];
        command(&["comment"])
            .args(arguments)
            .env("PATH", std::env::var("PATH").unwrap())
            .output()
            .unwrap()
    };
    let same = stdout(&say("HEAD"));
    assert!(
        same.contains("calls that would break: 0 of 2.") && same.contains("none, proved"),
        "{same}"
    );
    let changed = TEMPLATE.replace("dynamodb:GetItem", "s3:DeleteObject, s3:PutObject");
    place.file("template.yaml", changed);
    let text = stdout(&say("HEAD"));
    for wanted in [
        "calls that would break: 1 of 2",
        "**It gives new access.**",
        "| new | `s3:DeleteObject` | `*` | **never seen** |",
        "| `dynamodb:GetItem` | `arn:aws:dynamodb:eu-central-1:111122223333:table/t` | 1 |",
        "-        \"dynamodb:GetItem\"",
    ] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    let unknown = say("no-such-branch");
    assert_exit(&unknown, 1);
    assert!(
        stderr(&unknown).contains("fetch-depth: 0"),
        "{}",
        stderr(&unknown)
    );
}

/// What is said of a change of the template, in a repository of its own.
fn said_of(records: &[Value], old: &str, new: &str) -> String {
    let place = Place::new();
    let template = place.file("template.yaml", old);
    let trail = place.file("trail.json", trail(records));
    git(&place, &["init", "-q"]);
    git(&place, &["add", "template.yaml"]);
    git(&place, &["commit", "-qm", "x"]);
    place.file("template.yaml", new);
    let subject = format!("{template}#AppRole");
    let arguments = ["--role", "app", "--trail", &trail, "--current", &subject];
    let output = command(&["comment", "--base", "HEAD"])
        .args(arguments)
        .env("PATH", std::env::var("PATH").unwrap())
        .output()
        .unwrap();
    stdout(&output)
}

#[test]
fn what_a_condition_decides_is_not_known() {
    let records = [call(
        1,
        "dynamodb.amazonaws.com",
        "GetItem",
        &json!({ "tableName": "t" }),
    )];
    let bound = TEMPLATE
        .replace("[s3:GetObject, dynamodb:GetItem]", "s3:GetObject")
        .replace("sqs:ReceiveMessage", "dynamodb:GetItem");
    let text = said_of(&records, TEMPLATE, &bound);
    assert!(
        text.contains("calls that would break: 0 of 1, not known of 1"),
        "{text}"
    );
}

#[test]
fn what_the_value_of_a_variable_decides_is_not_known() {
    let records = [s3_call(1, "GetObject", "data", "a/b")];
    let denied = format!(
        "{TEMPLATE}              - Effect: Deny
                Action: s3:GetObject
                Resource: \"arn:aws:s3:::${{aws:PrincipalTag/folder}}/*\"\n"
    );
    let tag = "[s3:GetObject, dynamodb:GetItem]\n                Resource: \"arn:aws:s3:::${aws:PrincipalTag/bucket}/*\"";
    let wide = "[s3:GetObject, dynamodb:GetItem]\n                Resource: \"*\"";
    let bound = TEMPLATE.replace(wide, tag);
    let spared = denied.replace("Resource: \"arn", "NotResource: \"arn");
    for new in [&denied, &bound, &spared] {
        assert_ne!(new, TEMPLATE);
        let text = said_of(&records, TEMPLATE, new);
        assert!(
            text.contains("calls that would break: 0 of 1, not known of 1"),
            "{text}"
        );
    }
}

#[test]
fn hostile_names_forge_no_marker_and_no_row() {
    let place = Place::new();
    let key = "x`|y|`<!-- polgen:comment:v1 0 -->\n@team </details> #1";
    let trail = place.file("trail.json", trail(&[s3_call(1, "GetObject", "data", key)]));
    let output = polgen(&[
        "comment",
        "--role",
        "app",
        "--trail",
        &trail,
        "--",
        "--resources",
        "exact",
    ]);
    assert_exit(&output, 0);
    let text = stdout(&output);
    let markers = text.lines().filter(|line| line.starts_with("<!--")).count();
    assert_eq!(
        (
            markers,
            text.lines()
                .filter(|line| line.starts_with("@team"))
                .count()
        ),
        (1, 0)
    );
}
