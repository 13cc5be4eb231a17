//! curl, run by Plies.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;

use plies::process::Command;

use crate::server::find;

/// curl, if it is installed.
#[derive(Clone)]
pub struct Curl(PathBuf);

impl Curl {
    pub fn find() -> Option<Self> {
        find("curl", &[]).map(Self)
    }

    /// Runs curl, and returns what it printed and how it ended.
    pub async fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        Command::new(&self.0)
            // No configuration of the user's, no proxy; the time is only there to end a hang.
            .args(["--disable", "--noproxy", "*", "--max-time", "120"])
            .args(["--silent", "--show-error"])
            .args(arguments)
            .kill_on_drop(true)
            .output()
            .await
            .unwrap()
    }

    /// Runs curl, which has to succeed, and returns what it printed.
    pub async fn fetch<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let output = self.run(arguments).await;
        assert!(
            output.status.success(),
            "curl: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The options with which curl trusts `certificate` and sends what is for `localhost` to loopback.
pub fn trusting(certificate: &Path, port: u16) -> Vec<String> {
    vec![
        "--cacert".to_owned(),
        certificate.display().to_string(),
        "--resolve".to_owned(),
        format!("localhost:{port}:127.0.0.1"),
    ]
}
