//! The table: how long each side takes, as multiples of the C library's time in the same round.

use std::fmt;
use std::process::Command;
use std::time::Duration;

use crate::chart::Bars;
use crate::mapped::Mapped;
use crate::turns::Turns;
use crate::{Comparison, Contest, Result, flush_one, get_held};

/// What was measured; `Display` gives a table in Markdown.
#[derive(Debug)]
pub struct Ratios {
    tables: Vec<Table>,
    /// What has no yardstick: what, how long, how it is said.
    held: Vec<(String, String)>,
}

/// What those of one contest were measured at.
#[derive(Debug)]
struct Table {
    contest: Contest,
    sides: Vec<String>,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    title: String,
    rows: usize,
    /// The median of the first side's times.
    yardstick: Duration,
    /// The median of each other side's ratio to the first side in the same round.
    ratios: Vec<f64>,
}

impl Ratios {
    /// Measures, side after side within a round and round after round, so that whatever slows the machine down slows all of them. `start` gives the
    /// command of a process that [serves](crate::serve) a side of a comparison, by its number.
    ///
    /// # Errors
    /// When a side fails; it says on its standard error what the database says, or which result is wrong.
    pub fn measure(
        comparisons: &[Comparison],
        rows: Option<usize>,
        rounds: usize,
        start: impl Fn(&Comparison, usize) -> Result<Command>,
    ) -> Result<Self> {
        let mut tables: Vec<Table> = Vec::new();
        for comparison in comparisons {
            let mut sides = Vec::new();
            while let Some(side) = Turns::start(start(comparison, sides.len())?)? {
                sides.push(side);
            }
            let line = Line::measure(*comparison, &mut sides, rows.unwrap_or(comparison.rows()), rounds)?;
            match tables.iter_mut().find(|table| table.contest == comparison.contest) {
                Some(table) => table.lines.push(line),
                None => tables.push(Table {
                    contest: comparison.contest,
                    sides: sides.iter().map(|side| side.name.clone()).collect(),
                    lines: vec![line],
                }),
            }
        }
        Ok(Self { tables, held: Vec::new() })
    }

    /// Returns the ratios as bars, a chart for each contest.
    pub fn bars(&self) -> Vec<Bars> {
        let chart = |table: &Table| {
            let (yardstick, others) = table.sides.split_first()?;
            let group = |line: &Line| (line.title.clone(), line.ratios.iter().copied().map(Some).collect());
            Some(Bars {
                title: format!("Beside {yardstick}"),
                unit: format!("time, as multiples of {yardstick}"),
                series: others.to_vec(),
                groups: table.lines.iter().map(group).collect(),
                colour: 1,
                line: Some(1.0),
            })
        };
        self.tables.iter().filter_map(chart).collect()
    }

    /// Returns the seconds of each side for the first workload.
    pub fn times(&self) -> Vec<(String, f64)> {
        let Some((table, line)) = self.tables.first().and_then(|table| Some((table, table.lines.first()?))) else {
            return Vec::new();
        };
        let yardstick = line.yardstick.as_secs_f64();
        let ratios = std::iter::once(1.0).chain(line.ratios.iter().copied());
        table.sides.iter().cloned().zip(ratios.map(|ratio| ratio * yardstick)).collect()
    }

    /// Adds what a session does with what it holds.
    ///
    /// # Errors
    /// What the database says.
    pub fn with_held(mut self, url: &str, tracked: usize, rounds: usize) -> Result<Self> {
        let mut side = Mapped::open(url)?;
        let few = tracked.min(10);
        let (mut got, mut ratios) = (Vec::new(), Vec::new());
        let times = 200;
        for _ in 0..rounds.max(1) {
            got.push(get_held(&mut side, tracked, 10 * tracked)?.as_secs_f64() / (10 * tracked) as f64);
            let one_of_few = flush_one(&mut side, few, times)?.as_secs_f64();
            ratios.push(flush_one(&mut side, tracked, times)?.as_secs_f64() / one_of_few);
        }
        self.held.push((format!("`get` of one of {tracked} held"), format!("{:.0} ns", median(got) * 1e9)));
        self.held
            .push((format!("flush of 1 change among {tracked}, beside among {few}"), format!("{:.2}", median(ratios))));
        Ok(self)
    }
}

/// Measures comparisons on the database of a URL. Each side is this program again, as `serve`.
///
/// # Errors
/// As [`Ratios::measure`].
pub fn ratios_of(comparisons: &[Comparison], url: &str, num: Option<usize>, rounds: usize) -> Result<Ratios> {
    let program = std::env::current_exe()?;
    Ratios::measure(comparisons, num, rounds, |line, side| {
        let mut command = Command::new(&program);
        command.args(["serve", &line.name(), "--side", &side.to_string(), "--db-url", url]);
        command.args(num.map(|num| format!("--num={num}")));
        Ok(command)
    })
}

impl Line {
    fn measure(comparison: Comparison, sides: &mut [Turns], rows: usize, rounds: usize) -> Result<Self> {
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); sides.len()];
        for _ in 0..rounds.max(1) {
            for (side, times) in sides.iter_mut().zip(&mut times) {
                times.push(side.turn()?);
            }
        }
        let ratios = times[1..].iter().map(|side| {
            median(side.iter().zip(&times[0]).map(|(time, yardstick)| time.as_secs_f64() / yardstick.as_secs_f64()))
        });
        let yardstick = Duration::from_secs_f64(median(times[0].iter().map(Duration::as_secs_f64)));
        Ok(Self { title: comparison.title(), rows, yardstick, ratios: ratios.collect() })
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((yardstick, others)) = self.sides.split_first() {
            writeln!(f, "| workload | rows | {yardstick} | {} |", others.join(" | "))?;
            writeln!(f, "| --- | --: | --: |{}", " --: |".repeat(others.len()))?;
        }
        for line in &self.lines {
            write!(f, "| {} | {} | {:.1} ms |", line.title, line.rows, line.yardstick.as_secs_f64() * 1e3)?;
            line.ratios.iter().try_for_each(|ratio| write!(f, " {ratio:.2} |"))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Ratios {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, table) in self.tables.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            table.fmt(f)?;
        }
        if !self.held.is_empty() {
            writeln!(f, "\n| of a session | orm |\n| --- | --: |")?;
        }
        self.held.iter().try_for_each(|(title, figure)| writeln!(f, "| {title} | {figure} |"))
    }
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => f64::midpoint(values[len / 2 - 1], values[len / 2]),
    }
}
