//! Measurements in processes of their own.

use std::process::Command;

use crate::peer::{Plies, PliesUnwatched, PliesWithoutRescue, Smol, Tokio};
use crate::{cost, rows};

/// What is measured, and how often.
pub struct Plan {
    pub rounds: usize,
    /// Shorter, and not judged.
    pub quick: bool,
    pub only: Option<String>,
}

impl Plan {
    pub fn wants(&self, row: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only == row)
    }

    /// One figure by each of `peers` in each round; a peer without such a figure has none.
    pub fn measure(&self, row: &str, peers: &[&str]) -> Result<Vec<Vec<f64>>, String> {
        let mut figures = vec![Vec::new(); peers.len()];
        for _ in 0..self.rounds {
            for (peer, figures) in peers.iter().zip(&mut figures) {
                figures.extend(self.figure(row, peer)?);
            }
        }
        for figures in &mut figures {
            figures.sort_by(f64::total_cmp);
        }
        Ok(figures)
    }

    fn figure(&self, row: &str, peer: &str) -> Result<Option<f64>, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let length = if self.quick { "quick" } else { "full" };
        let output = Command::new(program)
            .args(["--child", peer, row, length])
            .output()
            .map_err(|error| format!("cannot start a measuring process: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let said = || {
            let errors = String::from_utf8_lossy(&output.stderr);
            format!("{peer}, {row}: {text}{errors}")
        };
        if !output.status.success() {
            return Err(said());
        }
        match text.trim() {
            "none" => Ok(None),
            figure => figure.parse().map(Some).map_err(|_| said()),
        }
    }
}

/// The middle one of sorted figures.
pub fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

/// One measurement in this process.
pub struct Child {
    peer: String,
    row: String,
    quick: bool,
}

impl Child {
    pub fn new(peer: String, row: String, length: &str) -> Self {
        Child {
            peer,
            row,
            quick: length == "quick",
        }
    }

    /// Prints the figure, and ends the process: blocked threads of a runtime are left behind.
    pub fn run(&self) -> ! {
        let figure = match self.peer.as_str() {
            "plies" => self.figure::<Plies>(),
            "plies, unwatched" => self.figure::<PliesUnwatched>(),
            "plies, off" => self.figure::<PliesWithoutRescue>(),
            "tokio" => self.figure::<Tokio>(),
            "smol" => self.figure::<Smol>(),
            peer => panic!("no runtime {peer:?}"),
        };
        println!("{}", figure.map_or("none".to_owned(), |f| f.to_string()));
        std::process::exit(0);
    }

    fn figure<P: crate::peer::Peer>(&self) -> Option<f64> {
        let row = rows::ALL.iter().find(|row| row.name == self.row);
        match row {
            Some(row) => rows::measure::<P>(row.case, self.quick),
            None => cost::measure::<P>(&self.row, self.quick),
        }
    }
}
