//! The small examples, run as programs: each drives itself once and ends, and the servers among
//! them serve until Ctrl-C.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// An example as `cargo test` has built it, next to this test.
fn example(name: &str) -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.extend(["examples", name]);
    assert!(
        path.exists(),
        "run `cargo build -p plies --examples` first: {path:?}"
    );
    Command::new(path)
}

/// Runs the self-test of an example and returns what it said.
fn self_test(name: &str) -> String {
    let output = example(name).arg("--self-test").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A server that runs until it is stopped, and the address that it said it serves on.
struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let mut child = example(name)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.split_whitespace().find(|word| word.contains(':'));
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}"));
        Self {
            address: address.to_owned(),
            child,
            output,
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// Ends it as Ctrl-C does, and checks that it ends well.
    fn interrupt(mut self) {
        let process = self.child.id() as i32;
        // SAFETY: it sends a signal to our own child, which has not been waited for, so that its
        // number is not another process's.
        let result = unsafe { libc::kill(process, libc::SIGINT) };
        assert_eq!(result, 0);
        std::io::copy(&mut self.output, &mut std::io::sink()).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn each_drives_itself_and_ends() {
    assert!(self_test("proxy").contains("self-test: IS ANYBODY THERE?"));
    assert_eq!(self_test("udp_ping").matches("self-test").count(), 5);
    assert!(self_test("echo").contains("self-test: there and back"));
    assert_eq!(self_test("chat").matches("heard both").count(), 3);
}

#[test]
fn echo_and_proxy_serve_until_they_are_interrupted() {
    let echo = Server::start("echo", &["127.0.0.1:0"]);
    let proxy = Server::start("proxy", &["127.0.0.1:0", &echo.address]);
    let mut client = proxy.connect();
    client.write_all(b"through both").unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut heard = String::new();
    client.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "through both");
    proxy.interrupt();
    echo.interrupt();
}

#[test]
fn chat_serves_until_it_is_interrupted() {
    let chat = Server::start("chat", &["127.0.0.1:0"]);
    let mut lines = BufReader::new(chat.connect()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("you are"));
    let mut other = chat.connect();
    BufReader::new(other.try_clone().unwrap())
        .read_line(&mut String::new())
        .unwrap();
    other.write_all(b"anybody?\n").unwrap();
    assert!(lines.next().unwrap().unwrap().ends_with(": anybody?"));
    chat.interrupt();
}

#[test]
fn udp_ping_answers_until_it_is_interrupted() {
    let server = Server::start("udp_ping", &["serve", "127.0.0.1:0"]);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(&server.address).unwrap();
    socket.send(b"ping").unwrap();
    let mut answer = [0; 8];
    assert_eq!(socket.recv(&mut answer).unwrap(), 4);
    server.interrupt();
}

#[test]
fn without_what_they_need_they_say_what_that_is() {
    for name in ["proxy", "udp_ping"] {
        let output = example(name).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage"));
    }
}

#[test]
fn commands_tells_the_end_of_each() {
    let output = example("commands").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "echo hello: exit status: 0, 6 bytes written",
        "exit 3: exit status: 3, 3 bytes written",
        "exec sleep 600: killed after 1s",
        "no-such-command: exit status: 127",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn graceful_shutdown_says_goodbye_and_ends() {
    let text = self_test("graceful_shutdown");
    // The one client may have finished before it is counted.
    for expected in ["stopping: ", "self-test: goodbye", "stopped"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    Server::start("graceful_shutdown", &[]).interrupt();
}

#[test]
fn job_queue_runs_the_urgent_first() {
    let output = example("job_queue").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let place = |name: &str| {
        let mut lines = text.lines().map(str::trim_start);
        let line = lines.find(|line| line.starts_with(name)).unwrap();
        let number = line.split_whitespace().last().unwrap();
        number.parse::<usize>().unwrap()
    };
    assert!(place("urgent") < place("normal"), "{text}");
    assert!(place("normal") < place("nightly"), "{text}");
}

#[test]
fn deadlock_shows_who_waits() {
    let output = example("deadlock").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |name: &str| {
        let mut lines = text.lines();
        let line = lines.find(|line| line.contains(&format!(" {name}, ")));
        line.unwrap_or_else(|| panic!("no task {name}: {text}"))
    };
    assert!(row("pay").contains("running") && row("repay").contains("running"));
    assert!(row("audit").contains("idle"));
    assert!(text.contains("2 workers are left behind"), "{text}");
}
