//! guardllm 1.1.0 beside us: `benches/peers/guardllm.py` is given our texts and says its times. Where Python or the
//! package is missing it is not measured, which is said loudly.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::{Row, material};

/// A peer's times, by the name of the work.
pub(crate) struct Times(BTreeMap<String, Time>);

#[derive(Deserialize)]
struct Time {
    seconds: f64,
    /// From what it took with less, since it would take too long.
    estimated: bool,
}

impl Times {
    /// Runs the script; it ends by itself after about a minute.
    pub(crate) fn of_guardllm() -> Self {
        match run() {
            Ok(times) => Self(times),
            Err(why) => {
                println!("\n!!!!!!!! NOT MEASURED: guardllm 1.1.0: {why} !!!!!!!!");
                println!("benches/peers/README.md tells how to install it.\n");
                Self(BTreeMap::new())
            }
        }
    }

    /// The row with the peer's time for this work, where there is one.
    pub(crate) fn beside(&self, row: Row, work: &str, ours: Duration) -> Row {
        let Some(time) = self.0.get(work) else { return row };
        let Ok(theirs) = Duration::try_from_secs_f64(time.seconds) else { return row };
        row.beside(if time.estimated { "guardllm 1.1.0, estimated" } else { "guardllm 1.1.0" }, theirs, ours)
    }
}

fn run() -> Result<BTreeMap<String, Time>, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/guardllm.py");
    let python = std::env::var("PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut child = Command::new(&python)
        .args([script, "--json", "--texts", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{python}: {error}"))?;
    let texts = json!({
        "inbound": material::prose(10 << 10, 1),
        "outbound": material::prose(4 << 10, 3),
        "ingested": (0..50).map(|n| material::prose(2 << 10, n + 10)).collect::<Vec<_>>(),
    });
    let mut stdin = child.stdin.take().ok_or("it has no standard input")?;
    // A script that has given up reads nothing: its own words say why.
    let _written = stdin.write_all(texts.to_string().as_bytes());
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}
