//! The file of counts: a line for each figure, compared with a tolerance.

use std::fmt;

use crate::Result;

/// Figures of one test or workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The suite and the test, or the workload.
    pub name: String,
    /// Figures by name.
    pub figures: Vec<(String, u64)>,
}

/// A figure that differs by more than the tolerance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The test and the figure: `bulk_inserts/test_flush_no_pk bytes`.
    pub what: String,
    /// The figure in the file; none when the file lacks it.
    pub kept: Option<u64>,
    /// The figure now; none when nothing counts it.
    pub now: Option<u64>,
}

/// Counts as the file has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The compilers of the counted instructions. Other compilers make other instructions.
    pub compilers: String,
    /// The tests.
    pub counts: Vec<Counts>,
}

impl Table {
    /// Reads the file.
    ///
    /// # Errors
    /// When a line is not a name, a figure's name and a number.
    pub fn parse(text: &str) -> Result<Self> {
        let mut table = Self::default();
        for line in text.lines() {
            if let Some(version) = line.strip_prefix("# Compilers: ") {
                version.clone_into(&mut table.compilers);
            }
            if line.starts_with('#') || line.is_empty() {
                continue;
            }
            let [name, figure, count] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("{line:?} is not a name, a figure and a number").into());
            };
            let count = count.parse().map_err(|error| format!("{line:?}: {error}"))?;
            match table.counts.last_mut().filter(|counts| counts.name == name) {
                Some(counts) => counts.figures.push((figure.to_owned(), count)),
                None => {
                    table.counts.push(Counts { name: name.to_owned(), figures: vec![(figure.to_owned(), count)] });
                }
            }
        }
        Ok(table)
    }

    /// Returns the figures that differ by more than a part of the kept figure, in either direction.
    pub fn differences(&self, now: &[Counts], tolerance: f64) -> Vec<Difference> {
        let mut differences = Vec::new();
        let find = |counts: &[Counts], name: &str, figure: &str| {
            let figures = &counts.iter().find(|counts| counts.name == name)?.figures;
            figures.iter().find(|(known, _)| known == figure).map(|(_, count)| *count)
        };
        let mut names: Vec<(&str, &str)> = Vec::new();
        for counts in self.counts.iter().chain(now) {
            for (figure, _) in &counts.figures {
                let name = (counts.name.as_str(), figure.as_str());
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        for (name, figure) in names {
            let (kept, now) = (find(&self.counts, name, figure), find(now, name, figure));
            let alike =
                matches!((kept, now), (Some(kept), Some(now)) if kept.abs_diff(now) as f64 <= kept as f64 * tolerance);
            if !alike {
                differences.push(Difference { what: format!("{name} {figure}"), kept, now });
            }
        }
        differences
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Counts of a debug build on SQLite. `cargo run -p perf-suite -- counts --write` renews them.")?;
        writeln!(f, "# Compilers: {}", self.compilers)?;
        for Counts { name, figures } in &self.counts {
            figures.iter().try_for_each(|(figure, count)| writeln!(f, "{name}\t{figure}\t{count}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kept, self.now) {
            (Some(kept), Some(now)) => {
                let percent = (now as f64 / kept.max(1) as f64 - 1.0) * 100.0;
                write!(f, "{}: {kept} kept, {now} now ({percent:+.1} %)", self.what)
            }
            (Some(kept), None) => write!(f, "{}: {kept} kept, not counted now", self.what),
            (None, now) => write!(f, "{}: not kept, {} now", self.what, now.unwrap_or(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(name: &str, bytes: u64) -> Counts {
        Counts { name: name.to_owned(), figures: vec![("statements".to_owned(), 3), ("bytes".to_owned(), bytes)] }
    }

    #[test]
    fn a_table_is_read_as_it_is_written() -> Result<()> {
        let table = Table {
            compilers: "rustc 1.95.0, cc 12.2.0".to_owned(),
            counts: vec![counts("a/b", 100), counts("a/c", 7)],
        };
        assert_eq!(Table::parse(&table.to_string())?, table);
        assert!(Table::parse("a/b\tbytes").is_err() && Table::parse("a/b\tbytes\tmany").is_err());
        Ok(())
    }

    #[test]
    fn only_what_differs_by_more_than_the_tolerance_is_told() {
        let kept = Table { compilers: String::new(), counts: vec![counts("a", 1000), counts("gone", 5)] };
        let told = |bytes| -> Vec<String> {
            kept.differences(&[counts("a", bytes)], 0.02).iter().map(ToString::to_string).collect()
        };
        let gone = ["gone statements: 3 kept, not counted now", "gone bytes: 5 kept, not counted now"];
        assert_eq!(told(1020), gone);
        assert_eq!(told(980), gone);
        assert_eq!(told(1021)[0], "a bytes: 1000 kept, 1021 now (+2.1 %)");
        assert_eq!(told(900)[0], "a bytes: 1000 kept, 900 now (-10.0 %)");
        let new = kept.differences(&[counts("a", 1000), counts("gone", 5), counts("new", 1)], 0.02);
        assert_eq!(new[0].to_string(), "new statements: not kept, 3 now");
    }
}
