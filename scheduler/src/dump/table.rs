//! A dump as text.

use std::fmt;
use std::time::Duration;

use plies_task::TaskState;

use super::{Dump, TaskDump, WorkerDump, WorkerState};
use crate::Activity;

impl fmt::Display for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary())?;
        let workers = self.workers.iter().map(worker_row);
        Table::new(
            ["WORKER", "STATE", "TASK", "LAST POLL", "CPU", "QUEUED"],
            workers,
        )
        .fmt(f)?;
        if self.tasks.is_empty() {
            return Ok(());
        }
        writeln!(f)?;
        let head = [
            "TASK",
            "STATE",
            "WORKER",
            "POLLS",
            "LAST POLL",
            "NAME, SPAWNED AT",
        ];
        Table::new(head, self.tasks.iter().map(task_row)).fmt(f)
    }
}

impl Dump {
    fn summary(&self) -> String {
        let count = |state| self.tasks.iter().filter(|task| task.state == state).count();
        let mut summary = format!(
            "{} tasks: {} running, {} queued, {} idle",
            self.tasks.len(),
            count(TaskState::Running),
            count(TaskState::Queued),
            count(TaskState::Idle),
        );
        let cancelling = count(TaskState::Cancelling);
        if cancelling > 0 {
            summary += &format!(", {cancelling} being cancelled");
        }
        match self.never_polled {
            Some(tasks) => summary + &format!("; and {tasks} queued that were never polled"),
            None => summary + "; those that were never polled are not counted",
        }
    }
}

fn worker_row(worker: &WorkerDump) -> [String; 6] {
    let state = match worker.state {
        WorkerState::Resting => "resting",
        WorkerState::Polling => "polling",
        WorkerState::BlockedInPlace => "blocked in place",
        WorkerState::Between => "between polls",
    };
    let cpu = match worker.activity {
        Some(Activity::OnCpu) => "on",
        Some(Activity::OffCpu) => "off",
        Some(Activity::Unknown) => "?",
        None => "-",
    };
    let spare = if worker.spare { " spare" } else { "" };
    [
        format!("{}{spare}", worker.id.index()),
        state.to_owned(),
        worker.task.map_or("-".to_owned(), |task| task.to_string()),
        ago(worker.since_poll),
        cpu.to_owned(),
        worker.queued.to_string(),
    ]
}

fn task_row(task: &TaskDump) -> [String; 6] {
    let state = match task.state {
        TaskState::Idle => "idle",
        TaskState::Queued => "queued",
        TaskState::Running => "running",
        TaskState::Cancelling => "cancelling",
        _ => "complete",
    };
    let name = task
        .name
        .as_deref()
        .map_or(String::new(), |name| format!("{name}, "));
    let location = task.location.map_or("?".to_owned(), ToString::to_string);
    [
        task.id.to_string(),
        state.to_owned(),
        task.worker
            .map_or("spare".to_owned(), |worker| worker.index().to_string()),
        task.polls.to_string(),
        ago(task.since_poll),
        name + &location,
    ]
}

/// To a tenth of its unit.
fn ago(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{:.1} min", time.as_secs_f64() / 60.0),
        _ => format!("{:.1} h", time.as_secs_f64() / 3600.0),
    }
}

/// Columns as wide as their widest cell.
struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    fn new(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Self {
        let head = head.map(str::to_owned);
        Table {
            rows: std::iter::once(head).chain(rows).collect(),
        }
    }

    fn width(&self, column: usize) -> usize {
        let widths = self.rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    }

    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: [usize; N] = std::array::from_fn(|column| self.width(column));
        for row in &self.rows {
            let cells = row.iter().zip(widths);
            let line = cells.fold(String::new(), |line, (cell, width)| {
                line + &format!("{cell:<width$}  ")
            });
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WorkerId;

    #[test]
    fn columns_are_aligned() {
        let worker = WorkerDump {
            id: WorkerId::new(0),
            spare: false,
            state: WorkerState::Polling,
            task: Some(1024),
            since_poll: Duration::from_millis(12_345),
            activity: Some(Activity::OffCpu),
            polls: 3,
            queued: 2,
        };
        let spare = WorkerDump {
            id: WorkerId::new(12),
            spare: true,
            state: WorkerState::Resting,
            task: None,
            since_poll: Duration::ZERO,
            activity: None,
            ..worker.clone()
        };
        let running = TaskDump {
            id: 1024,
            name: Some("writer".into()),
            location: None,
            state: TaskState::Running,
            polls: 7,
            since_poll: Duration::from_millis(12_345),
            worker: Some(WorkerId::new(0)),
        };
        let idle = TaskDump {
            id: 9,
            name: None,
            state: TaskState::Idle,
            since_poll: Duration::from_secs(2 * 60 * 60),
            worker: None,
            ..running.clone()
        };
        let dump = Dump {
            workers: vec![worker, spare],
            tasks: vec![running, idle],
            never_polled: Some(5),
        };
        let expected = "\
2 tasks: 1 running, 0 queued, 1 idle; and 5 queued that were never polled
WORKER    STATE    TASK  LAST POLL  CPU  QUEUED
0         polling  1024  12.3 s     off  2
12 spare  resting  -     0 ms       -    2

TASK  STATE    WORKER  POLLS  LAST POLL  NAME, SPAWNED AT
1024  running  0       7      12.3 s     writer, ?
9     idle     spare   7      2.0 h      ?
";
        assert_eq!(dump.to_string(), expected);
    }
}
