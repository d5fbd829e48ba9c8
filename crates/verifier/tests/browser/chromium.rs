//! A headless Chromium, moved through its DevTools pipe.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a browser on a busy machine may take for one answer.
const PATIENCE: Duration = Duration::from_secs(180);

/// Standard input and output become the descriptors that the browser reads and writes.
const START: &str = "exec chromium --headless --remote-debugging-pipe --no-sandbox --disable-gpu --disable-quic \
    --disable-dev-shm-usage --no-first-run --disable-background-networking --disable-component-update --disable-sync \
    --host-resolver-rules='MAP plain.example 127.0.0.1' \
    --user-data-dir=\"$1\" about:blank 3<&0 4>&1 0</dev/null 1>/dev/null";

/// One browser with one page.
pub(crate) struct Chromium {
    process: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    calls: u64,
    session: Option<String>,
    home: TempDir,
}

impl Chromium {
    /// Starts a browser; says so and gives none where Chromium is not installed.
    pub(crate) fn start() -> Option<Self> {
        let found = Command::new("bash").args(["-c", "command -v chromium"]).stdout(Stdio::null()).status().unwrap();
        if !found.success() {
            // Not through a macro, since those are silent in a test that passes.
            let words = "skipped: there is no chromium; node-config/run.sh packages installs it
";
            std::io::stderr().write_all(words.as_bytes()).unwrap();
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        let log = File::create(home.path().join("log")).unwrap();
        let mut command = Command::new("bash");
        command.args(["-c", START, "chromium"]).arg(home.path().join("profile"));
        command.env("HOME", home.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().unwrap();
        let (commands, answers) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (sender, messages) = channel();
        thread::spawn(move || {
            for message in BufReader::new(answers).split(0) {
                let Ok(message) = message else { return };
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self { process, commands, messages, calls: 0, session: None, home };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        browser.call("Page.enable", &json!({}));
        Some(browser)
    }

    /// Sends a command and gives its result.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.calls += 1;
        let mut command = json!({ "id": self.calls, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        self.commands.write_all(format!("{command}\0").as_bytes()).unwrap();
        let id = self.calls;
        let answer = self.wait(method, |message| message["id"] == id);
        assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    /// Opens a page.
    pub(crate) fn open(&mut self, url: &str) {
        self.call("Page.navigate", &json!({ "url": url }));
        self.wait(url, |message| message["method"] == "Page.loadEventFired");
    }

    /// What an expression comes to, or the promise that it gives.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer.get("exceptionDetails").is_none(), "{}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    fn wait(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.messages.recv_timeout(PATIENCE).unwrap_or_else(|error| {
                let log = std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default();
                panic!("{what}: no answer from the browser: {error}\n{log}")
            });
            if is_it(&message) {
                return message;
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let close = format!("{}\0", json!({ "id": 0, "method": "Browser.close" }));
        if self.commands.write_all(close.as_bytes()).is_err() {
            // It has ended already, which `wait` below sees.
            drop(self.process.kill());
        }
        drop(self.process.wait());
    }
}
