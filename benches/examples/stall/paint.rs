//! Colours, where the output is a terminal that is not told otherwise.

use std::io::IsTerminal;

pub struct Paint(bool);

impl Paint {
    pub fn for_stdout() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Paint(wanted && std::io::stdout().is_terminal())
    }

    pub fn dim(&self, text: &str) -> String {
        self.with("2", text)
    }

    pub fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn good(&self, text: &str) -> String {
        self.with("32", text)
    }

    pub fn fair(&self, text: &str) -> String {
        self.with("33", text)
    }

    pub fn bad(&self, text: &str) -> String {
        self.with("31", text)
    }

    fn with(&self, code: &str, text: &str) -> String {
        match self.0 {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}
