//! The figures of all rounds, also in a file, so that a run can be interrupted and go on.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;

use crate::harness::Case;
use crate::workloads::Better;

/// What stands for the figures of a runtime that does not do a workload.
pub const NONE: &str = "none";

/// Workload, workers, runtime.
type Key = (String, usize, String);

pub struct Record {
    file: Option<File>,
    cells: BTreeMap<Key, BTreeMap<usize, Option<Vec<f64>>>>,
}

impl Record {
    /// A record in memory only.
    pub fn unwritten() -> Self {
        Self {
            file: None,
            cells: BTreeMap::new(),
        }
    }

    /// A new record in the file, or with `resume` the last one, if that was taken at this commit.
    pub fn open(resume: bool) -> io::Result<Self> {
        let path = path()?;
        let stamp = format!("# {}\n", commit());
        let before = match resume {
            true => fs::read_to_string(&path)?,
            false => stamp.clone(),
        };
        let Some(lines) = before.strip_prefix(&stamp) else {
            return Err(io::Error::other(format!(
                "{} holds figures of another commit: run without --resume",
                path.display()
            )));
        };
        let mut cells = BTreeMap::<Key, BTreeMap<_, _>>::new();
        for line in lines.lines() {
            let (key, round, figures) = entry(line)
                .ok_or_else(|| io::Error::other(format!("not a line of figures: {line:?}")))?;
            cells.entry(key).or_default().insert(round, figures);
        }
        fs::write(&path, &before)?;
        let file = File::options().append(true).open(&path)?;
        Ok(Self {
            file: Some(file),
            cells,
        })
    }

    /// Whether this was measured.
    pub fn has(&self, round: usize, case: Case, peer: &str) -> bool {
        self.cell(case, peer)
            .is_some_and(|rounds| rounds.contains_key(&round))
    }

    /// Whether this runtime was found not to do this workload.
    pub fn never(&self, case: Case, peer: &str) -> bool {
        self.cell(case, peer)
            .is_some_and(|rounds| rounds.values().any(Option::is_none))
    }

    pub fn add(&mut self, round: usize, case: Case, peer: &str, figures: Option<Vec<f64>>) {
        let text = figures.as_deref().map_or(NONE.to_owned(), line_of);
        let Case { workload, workers } = case;
        let line = format!("{round}\t{workers}\t{}\t{peer}\t{text}\n", workload.name);
        let written = self
            .file
            .as_mut()
            .map(|file| file.write_all(line.as_bytes()));
        if let Some(Err(error)) = written {
            eprintln!("compare: a later --resume will lack this: {error}");
        }
        let key = key(case, peer);
        self.cells.entry(key).or_default().insert(round, figures);
    }

    /// The figures of one metric over the rounds; `None` if there are none.
    pub fn figures(&self, case: Case, peer: &str, metric: usize) -> Option<Figures> {
        let rounds = self.cell(case, peer)?;
        let figures: BTreeMap<_, _> = rounds
            .iter()
            .filter_map(|(&round, figures)| Some((round, *figures.as_ref()?.get(metric)?)))
            .collect();
        (!figures.is_empty()).then_some(Figures(figures))
    }

    /// The most rounds that anything was measured.
    pub fn rounds(&self) -> usize {
        self.cells.values().map(BTreeMap::len).max().unwrap_or(0)
    }

    fn cell(&self, case: Case, peer: &str) -> Option<&BTreeMap<usize, Option<Vec<f64>>>> {
        self.cells.get(&key(case, peer))
    }
}

fn key(case: Case, peer: &str) -> Key {
    (case.workload.name.to_owned(), case.workers, peer.to_owned())
}

fn entry(line: &str) -> Option<(Key, usize, Option<Vec<f64>>)> {
    let mut fields = line.split('\t');
    let round = fields.next()?.parse().ok()?;
    let workers = fields.next()?.parse().ok()?;
    let (workload, peer) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    Some(((workload, workers, peer), round, parse(fields.next()?)?))
}

/// Figures as a measuring process says them.
pub fn line_of(figures: &[f64]) -> String {
    let figures: Vec<_> = figures.iter().map(f64::to_string).collect();
    figures.join(" ")
}

/// What [`line_of`] or [`NONE`] said; `None` if it is neither.
pub fn parse(text: &str) -> Option<Option<Vec<f64>>> {
    match text.trim() {
        "" => None,
        NONE => Some(None),
        figures => {
            let figures = figures.split(' ').map(str::parse);
            figures.collect::<Result<_, _>>().ok().map(Some)
        }
    }
}

fn path() -> io::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("compare-figures.tsv"))
}

/// The commit that is measured, as far as git knows.
pub fn commit() -> String {
    let output = Command::new("git")
        .args([
            "-C",
            env!("CARGO_MANIFEST_DIR"),
            "rev-parse",
            "--short",
            "HEAD",
        ])
        .output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().trim().to_owned()
}

/// One runtime's figures, by round.
pub struct Figures(BTreeMap<usize, f64>);

impl Figures {
    fn sorted(&self) -> Vec<f64> {
        let mut figures: Vec<_> = self.0.values().copied().collect();
        figures.sort_by(f64::total_cmp);
        figures
    }

    pub fn median(&self) -> f64 {
        let figures = self.sorted();
        figures[figures.len() / 2]
    }

    pub fn range(&self) -> (f64, f64) {
        let figures = self.sorted();
        (figures[0], figures[figures.len() - 1])
    }

    /// How far apart the rounds' middle half is, as a part of the median.
    pub fn spread(&self) -> f64 {
        let figures = self.sorted();
        let quarter = figures.len() / 4;
        (figures[figures.len() - 1 - quarter] - figures[quarter]) / self.median()
    }

    /// How many times better this is than `other`, round by round: above 1 is ahead.
    pub fn ratio(&self, other: &Self, better: Better) -> Option<Self> {
        let ratios: BTreeMap<_, _> = self
            .0
            .iter()
            .filter_map(|(round, &a)| {
                let b = *other.0.get(round)?;
                let ratio = match better {
                    Better::Lower => b / a,
                    Better::Higher => a / b,
                };
                ratio.is_finite().then_some((*round, ratio))
            })
            .collect();
        (!ratios.is_empty()).then_some(Self(ratios))
    }
}
