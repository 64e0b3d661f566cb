//! The report: one page without other files, pictures, and bars for a terminal.

use std::process::Command;

use perf_suite::Result;

#[test]
fn the_report_is_a_page_pictures_and_bars() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (page, pictures) = (folder.path().join("report.html"), folder.path().join("pictures"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_perf-suite"));
    command.args(["report", "--num", "20", "--rounds", "1", "--most", "10000"]);
    command.arg("--out").arg(&page).arg("--svg").arg(&pictures).env("COLUMNS", "70");
    let output = command.output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let said = String::from_utf8(output.stdout)?;
    assert!(said.contains("Beside C API") && said.contains("█") && said.contains("10k"), "{said}");
    assert!(said.contains("| workload | rows | C API | orm | diesel |\n"), "{said}");
    // A bar may be less than one character wide, as one slow side makes all others short.
    let bars = said.lines().filter(|line| line.contains(|char| ('▁'..='▏').contains(&char)));
    assert!(bars.clone().count() > 20 && bars.clone().all(|line| line.chars().count() <= 70), "{said}");

    let html = std::fs::read_to_string(&page)?;
    // Ratios, those of tasks where there is async, four curves, memory.
    assert_eq!(html.matches("<svg ").count(), std::fs::read_dir(&pictures)?.count());
    for part in ["src=", "<link", "<script", "@import", "url("] {
        assert!(!html.contains(part), "the page has a {part}");
    }
    assert_eq!(html.matches("http").count(), html.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
    for name in ["ratios", "growth-1", "growth-2", "growth-3", "growth-4", "memory"] {
        let svg = std::fs::read_to_string(pictures.join(format!("performance-{name}.svg")))?;
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{name}: {svg}");
    }
    Ok(())
}
