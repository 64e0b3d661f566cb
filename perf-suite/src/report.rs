//! The report: ratios of all sides, growth with the number of rows, memory per entity; as a page, as pictures, and as text for a terminal.

mod memory;
mod page;

use std::path::Path;

use crate::chart::{Bars, Curves};
use crate::workload::Workload;
use crate::{Comparison, Contest, Result, ratios_of};

/// How much a report measures.
#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// The database.
    pub url: String,
    /// Number of items of each workload; its own number unless given.
    pub num: Option<usize>,
    /// Rounds that the medians are taken over.
    pub rounds: usize,
    /// The largest number of rows of the curves.
    pub most: usize,
}

/// The charts of a report.
#[derive(Clone, Debug)]
pub struct Report {
    /// A line about the run.
    pub about: String,
    /// Times of every side as multiples of the C library's, a chart for each contest.
    pub ratios: Vec<Bars>,
    /// The same as a table in Markdown.
    pub table: String,
    /// Time a row by the number of rows, a chart for each workload.
    pub growth: Vec<Curves>,
    /// Bytes that the program holds for each row.
    pub memory: Bars,
}

/// The workloads whose growth is drawn.
const GROWING: [Workload; 4] = [Workload::LoadTracked, Workload::InsertGenerated, Workload::Update, Workload::Query];

impl Report {
    /// Measures everything. Each side runs in a process of its own, which is this program with the argument `serve`.
    ///
    /// # Errors
    /// When a side fails.
    pub fn measure(options: &ReportOptions) -> Result<Self> {
        let ReportOptions { url, num, rounds, most } = options;
        let all = Comparison::all(url)?;
        let ratios = ratios_of(&all, url, *num, *rounds)?;
        let mut growth = Vec::new();
        for workload in GROWING {
            growth.push(curves(workload, url, *rounds, *most)?);
        }
        let scheme = url.split(':').next().unwrap_or_default();
        let about = format!(
            "{scheme}, medians of {rounds} rounds, {} processors{}",
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            if cfg!(debug_assertions) { ", a debug build: the times mean nothing" } else { "" }
        );
        let (table, ratios) = (ratios.to_string(), ratios.bars());
        Ok(Self { about, ratios, table, growth, memory: memory::bars(num.unwrap_or(100_000).min(100_000))? })
    }

    /// Returns one page that needs no other file and no network.
    pub fn page(&self) -> String {
        page::page(self)
    }

    /// Returns the charts as text for a terminal of so many columns, and the table of ratios.
    pub fn text(&self, columns: usize) -> String {
        let ratios = self.ratios.iter().map(|bars| bars.text(columns));
        let growth = self.growth.iter().map(Curves::text);
        let charts: Vec<String> = ratios.chain(growth).chain([self.memory.text(columns)]).collect();
        format!("{}\n\n{}\n{}", self.about, charts.join("\n"), self.table)
    }

    /// Writes each chart as a picture: `performance-ratios.svg`, `performance-growth-1.svg`, `performance-memory.svg`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_pictures(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let ratios = self.ratios.iter().map(Bars::svg).enumerate().map(|(at, svg)| match at {
            0 => ("performance-ratios.svg".to_owned(), svg),
            at => (format!("performance-ratios-{}.svg", at + 1), svg),
        });
        let growth = self.growth.iter().map(Curves::svg).enumerate();
        let growth = growth.map(|(at, svg)| (format!("performance-growth-{}.svg", at + 1), svg));
        let memory = [("performance-memory.svg".to_owned(), self.memory.svg())];
        for (name, svg) in ratios.chain(growth).chain(memory) {
            let file = folder.join(name);
            std::fs::write(&file, svg).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        Ok(())
    }
}

/// Time a row of every side, from 1000 rows in steps of ten.
fn curves(workload: Workload, url: &str, rounds: usize, most: usize) -> Result<Curves> {
    let line = Comparison { workload, contest: Contest::Libraries };
    let mut curves: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    let sizes = std::iter::successors(Some(1_000), |size| Some(size * 10)).take_while(|size| *size <= most.max(1_000));
    for size in sizes {
        let ratios = ratios_of(&[line], url, Some(size), rounds)?;
        for (at, (side, seconds)) in ratios.times().into_iter().enumerate() {
            if curves.len() == at {
                curves.push((side, Vec::new()));
            }
            curves[at].1.push((size as f64, seconds * 1e6 / size as f64));
        }
    }
    Ok(Curves { title: workload.title().to_owned(), unit: "microseconds a row".to_owned(), curves })
}
