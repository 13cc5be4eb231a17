//! The figures of all rounds, also in a file, so that a run can be interrupted and go on.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use crate::machine;
use crate::schedule::Case;
use crate::workloads::Better;

/// What stands for the figures of a runtime that does not do a workload.
pub const NONE: &str = "none";

/// What stands in front of why a measurement failed.
const FAILED: &str = "failed: ";

/// What a measurement yields: figures, `None` where the runtime does not do the workload, or why it
/// failed.
pub type Outcome = Result<Option<Vec<f64>>, String>;

/// How often a runtime may fail at a workload before it is left out there.
const PATIENCE: usize = 2;

/// Workload, workers, runtime.
type Key = (String, usize, String);

pub struct Record {
    file: Option<File>,
    /// The commit, and when and how the run began.
    head: String,
    cells: BTreeMap<Key, BTreeMap<usize, Option<Vec<f64>>>>,
    failures: Vec<Failure>,
}

/// A measurement that yielded nothing.
pub struct Failure {
    key: Key,
    round: usize,
    why: String,
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (workload, workers, peer) = &self.key;
        let round = self.round + 1;
        write!(
            f,
            "{peer}, {workload} @{workers}, round {round}: {}",
            self.why
        )
    }
}

impl Record {
    /// A record in memory only.
    pub fn unwritten() -> Self {
        Self {
            file: None,
            head: head(),
            cells: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// A new record in the file, or with `resume` the last one, if that was taken at this commit.
    pub fn open(resume: bool) -> io::Result<Self> {
        let path = path()?;
        let mut record = Self::unwritten();
        if resume {
            let read = fs::read_to_string(&path).map_err(|error| error.to_string());
            read.and_then(|text| record.read(&text)).map_err(|why| {
                let path = path.display();
                io::Error::other(format!("{path}: {why}; run without --resume"))
            })?;
        } else {
            fs::write(&path, format!("{}\n", record.head))?;
        }
        record.file = Some(File::options().append(true).open(&path)?);
        Ok(record)
    }

    /// Takes what a file holds; says what is wrong with it.
    fn read(&mut self, text: &str) -> Result<(), String> {
        let (head, lines) = text.split_once('\n').unwrap_or((text, ""));
        let commit = |head: &str| head.split('\t').next().map(ToOwned::to_owned);
        if commit(head) != commit(&self.head) {
            return Err("its figures are of another commit".to_owned());
        }
        self.head = head.to_owned();
        for line in lines.lines() {
            let (key, round, outcome) =
                entry(line).ok_or_else(|| format!("not a line of figures, {line:?}"))?;
            self.insert(key, round, outcome);
        }
        Ok(())
    }

    /// The commit that was measured.
    pub fn commit(&self) -> &str {
        self.head.split('\t').next().unwrap_or_default()
    }

    /// When the run began, and on how busy a machine.
    pub fn began(&self) -> &str {
        self.head.split_once('\t').map_or("", |(_, began)| began)
    }

    /// Whether nothing is left to measure here: it was measured, or the runtime does not do this
    /// workload, or it failed at it too often.
    pub fn settled(&self, round: usize, case: Case, peer: &str) -> bool {
        let key = key(case, peer);
        let failed = self.failures.iter().filter(|f| f.key == key).count();
        failed >= PATIENCE
            || self.cells.get(&key).is_some_and(|rounds| {
                rounds.contains_key(&round) || rounds.values().any(Option::is_none)
            })
    }

    pub fn add(&mut self, round: usize, case: Case, peer: &str, outcome: Outcome) {
        let text = match &outcome {
            Ok(figures) => figures.as_deref().map_or(NONE.to_owned(), line_of),
            Err(why) => format!("{FAILED}{}", one_line(why)),
        };
        let Case { workload, workers } = case;
        let line = format!("{round}\t{workers}\t{}\t{peer}\t{text}\n", workload.name);
        let written = self
            .file
            .as_mut()
            .map(|file| file.write_all(line.as_bytes()));
        if let Some(Err(error)) = written {
            eprintln!("compare: a later --resume will lack this: {error}");
        }
        self.insert(key(case, peer), round, outcome);
    }

    fn insert(&mut self, key: Key, round: usize, outcome: Outcome) {
        match outcome {
            Ok(figures) => {
                // Taken again, after a failure before the run was resumed.
                self.failures.retain(|f| (&f.key, f.round) != (&key, round));
                self.cells.entry(key).or_default().insert(round, figures);
            }
            Err(why) => {
                let why = one_line(&why);
                self.failures.push(Failure { key, round, why });
            }
        }
    }

    pub fn failures(&self) -> &[Failure] {
        &self.failures
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

    fn cell(&self, case: Case, peer: &str) -> Option<&BTreeMap<usize, Option<Vec<f64>>>> {
        self.cells.get(&key(case, peer))
    }
}

fn key(case: Case, peer: &str) -> Key {
    (case.workload.name.to_owned(), case.workers, peer.to_owned())
}

fn entry(line: &str) -> Option<(Key, usize, Outcome)> {
    let mut fields = line.split('\t');
    let round = fields.next()?.parse().ok()?;
    let workers = fields.next()?.parse().ok()?;
    let (workload, peer) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    let text = fields.next()?;
    let outcome = match text.strip_prefix(FAILED) {
        Some(why) => Err(why.to_owned()),
        None => Ok(parse(text)?),
    };
    Some(((workload, workers, peer), round, outcome))
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

/// The first line of a record.
fn head() -> String {
    format!("{}\t{}", machine::commit(), machine::now())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One runtime's figures, by round.
pub struct Figures(BTreeMap<usize, f64>);

impl Figures {
    fn sorted(&self) -> Vec<f64> {
        let mut figures: Vec<_> = self.0.values().copied().collect();
        figures.sort_by(f64::total_cmp);
        figures
    }

    /// Over how many rounds they are.
    pub fn rounds(&self) -> usize {
        self.0.len()
    }

    pub fn median(&self) -> f64 {
        let figures = self.sorted();
        let (below, above) = ((figures.len() - 1) / 2, figures.len() / 2);
        (figures[below] + figures[above]) / 2.0
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
