//! The list of labs: number, file, title, hints, and why each fails as long as its hole is open.

mod asking;
mod first_hour;
mod own;
mod relationships;
mod unit_of_work;

/// A lab.
#[derive(Debug, PartialEq, Eq)]
pub struct Lab {
    /// `08`, or `28.3` for a stage of the last lab.
    pub number: &'static str,
    /// The file's name without its folder and its ending.
    pub file: &'static str,
    /// What the lab is about.
    pub title: &'static str,
    /// The page of the book that explains what the lab is about, a file of `book/src`.
    pub page: &'static str,
    /// Words that the failure contains as long as the hole is open.
    pub fails: &'static str,
    /// The first two hints: a word, and a place. The third is code, the hole of the solution.
    pub hints: [&'static str; 2],
}

/// Number of hints of a lab.
pub const HINTS: usize = 3;

/// All labs in their order.
pub fn labs() -> Vec<&'static Lab> {
    let mut labs: Vec<_> = [first_hour::LABS, asking::LABS, relationships::LABS, unit_of_work::LABS, own::LABS]
        .into_iter()
        .flatten()
        .collect();
    labs.sort_by_key(|lab| order(lab.number));
    labs
}

/// Finds a lab by its number, with or without leading zeros, or by a part of its name or title.
///
/// # Errors
/// When no lab or several labs are meant.
pub fn find(asked: &str) -> Result<&'static Lab, String> {
    let number = |lab: &Lab| lab.number.trim_start_matches('0') == asked.trim_start_matches('0');
    if let Some(lab) = labs().into_iter().find(|lab| number(lab)) {
        return Ok(lab);
    }
    let word = asked.to_lowercase();
    let named: Vec<_> =
        labs().into_iter().filter(|lab| lab.title.to_lowercase().contains(&word) || lab.file.contains(&word)).collect();
    match named[..] {
        [lab] => Ok(lab),
        [] => Err(format!("there is no lab `{asked}`: `labs list` shows the labs")),
        _ => {
            Err(format!("`{asked}` may be lab {}", named.iter().map(|lab| lab.number).collect::<Vec<_>>().join(" or ")))
        }
    }
}

/// The position of a lab in [`labs()`].
pub fn position(lab: &Lab) -> usize {
    labs().iter().position(|other| *other == lab).unwrap_or_default()
}

/// A number such as `28.3` as numbers that sort.
fn order(number: &str) -> (u32, u32) {
    let (lab, stage) = number.split_once('.').unwrap_or((number, "0"));
    (lab.parse().unwrap_or(0), stage.parse().unwrap_or(0))
}
