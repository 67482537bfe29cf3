//! The stages that the quickstart shows: a moving line while one is at work,
//! a ticked line with its time when it is done; with `--json` a line of JSON.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::output::Output;

/// Shows stages.
#[derive(Clone, Copy)]
pub(super) struct Stages {
    output: Output,
}

/// A stage at work.
pub(super) struct Stage {
    output: Output,
    name: String,
    bar: ProgressBar,
    started: Instant,
}

impl Stages {
    /// Shows stages on this output.
    pub(super) fn new(output: Output) -> Self {
        Self { output }
    }

    /// Begins a stage.
    pub(super) fn begin(&self, name: &str) -> Stage {
        let bar = if self.output.json {
            ProgressBar::hidden()
        } else {
            ProgressBar::new_spinner()
        };
        bar.set_message(name.to_string());
        bar.enable_steady_tick(Duration::from_millis(80));
        let (output, name) = (self.output, name.to_string());
        Stage {
            output,
            name,
            bar,
            started: Instant::now(),
        }
    }

    /// Says something to people.
    pub(super) fn say(&self, text: &str) {
        if !self.output.json {
            self.output.line(text);
        }
    }
}

impl Stage {
    /// Shows how far the stage is.
    pub(super) fn progress(&self, done: u64, of: u64, what: &str) {
        if self.bar.length() != Some(of) {
            let style = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}");
            self.bar
                .set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            self.bar.set_length(of);
        }
        self.bar.set_message(format!("{}: {what}", self.name));
        self.bar.set_position(done);
    }

    /// Ends the stage, saying what was done, and how long it took.
    pub(super) fn end(self, text: &str) -> f64 {
        let seconds = rounded(self.started.elapsed());
        self.bar.finish_and_clear();
        if self.output.json {
            let line = json!({ "stage": self.name, "done": text, "seconds": seconds });
            self.output.line(&line.to_string());
        } else {
            self.output.line(&format!("✓ {text} ({seconds:.1} s)"));
        }
        seconds
    }
}

/// Seconds to the millisecond.
pub(super) fn rounded(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
