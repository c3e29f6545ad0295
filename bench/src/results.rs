//! What the benchmarks have measured.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub const OURS: &str = "asyncgen";
pub const CLOSURE: &str = "asyncgen, closure";
pub const HAND_WRITTEN: &str = "hand-written";

pub struct Measured {
    pub case: String,
    pub peer: String,
    pub items: f64,
    pub value: f64,
}

/// In the order in which the cases and peers are listed.
pub struct Results(pub Vec<Measured>);

impl Results {
    pub fn time() -> Result<Self, Box<dyn Error>> {
        Self::read("time.json")
    }

    pub fn memory() -> Result<Self, Box<dyn Error>> {
        Self::read("memory.json")
    }

    /// Those of gungraun, which numbers the runs in the order of the timed ones. Those that were not run are not there.
    pub fn instructions() -> Result<Self, Box<dyn Error>> {
        let every = target().join("gungraun/asyncgen-bench/instructions/every");
        let mut results = Self::time()?.0;
        let headline = results.iter().position(|result| result.case == "ready await").unwrap_or(results.len());
        for (number, result) in results.iter_mut().enumerate() {
            let id = match number.checked_sub(headline) {
                None => format!("headline_{number}"),
                Some(number) => format!("rest_{number}"),
            };
            result.value = fs::read_to_string(every.join(format!("instructions.{id}/summary.json")))
                .ok()
                .and_then(|summary| serde_json::from_str::<Value>(&summary).ok())
                .and_then(|summary| count(&summary))
                .map_or(f64::NAN, |count| count / result.items);
        }
        results.retain(|result| result.value.is_finite());
        Ok(Self(results))
    }

    fn read(file: &str) -> Result<Self, Box<dyn Error>> {
        let results: Vec<Value> = serde_json::from_str(&fs::read_to_string(measured().join(file))?)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let results = results.iter().map(|result| Measured {
            case: text(&result["case"]),
            peer: text(&result["peer"]),
            items: result["items"].as_f64().unwrap_or(1.0),
            value: result["value"].as_f64().unwrap_or(f64::NAN),
        });
        Ok(Self(results.collect()))
    }

    pub fn get(&self, case: &str, peer: &str) -> Option<f64> {
        self.0.iter().find(|result| result.case == case && result.peer == peer).map(|result| result.value)
    }

    pub fn cases(&self) -> Vec<&str> {
        let mut cases = Vec::new();
        for case in self.0.iter().map(|result| result.case.as_str()) {
            if !cases.contains(&case) {
                cases.push(case);
            }
        }
        cases
    }

    pub fn peers(&self) -> Vec<&str> {
        let mut peers: Vec<&str> = Vec::new();
        for result in &self.0 {
            if !peers.contains(&result.peer.as_str()) {
                peers.push(&result.peer);
            }
        }
        peers
    }

    /// The best of the others, without what is written by hand.
    pub fn best_peer(&self, case: &str) -> Option<(&str, f64)> {
        self.0
            .iter()
            .filter(|result| result.case == case && ![OURS, CLOSURE, HAND_WRITTEN].contains(&result.peer.as_str()))
            .map(|result| (result.peer.as_str(), result.value))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

fn count(summary: &Value) -> Option<f64> {
    summary["profiles"][0]["data"]["total"]["metrics"]["Ir"]["values"]["new"].as_f64()
}

/// Where the benchmarks leave their results.
pub fn measured() -> PathBuf {
    target().join("tmp")
}

/// The folder that this program was built in, but for the profile's part.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.parent().and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
}
