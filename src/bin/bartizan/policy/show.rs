//! Colours for people, XML for machines.

use std::io::IsTerminal as _;

use bartizan::policy::SuiteResult;

/// Whether words are coloured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint(bool);

impl Paint {
    /// On a terminal, and where nobody asked for none (`NO_COLOR`).
    pub(super) fn of_stdout() -> Self {
        Self(std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none())
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    pub(super) fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    pub(super) fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    pub(super) fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }
}

/// The results in the form that CI servers read.
pub(super) fn junit(suites: &[(String, SuiteResult)]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for (file, result) in suites {
        put(
            &mut out,
            format_args!(
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
                escaped(file),
                result.results.len(),
                result.failed()
            ),
        );
        for test in &result.results {
            put(
                &mut out,
                format_args!(
                    "    <testcase name=\"{}\" classname=\"{}\"",
                    escaped(&test.name),
                    escaped(file)
                ),
            );
            if test.failures.is_empty() {
                out.push_str("/>\n");
            } else {
                let told = escaped(&test.failures.join("; "));
                put(
                    &mut out,
                    format_args!(
                        "><failure message=\"{told}\">{}</failure></testcase>\n",
                        escaped(&test.reason)
                    ),
                );
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.push_str(&text.to_string());
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
