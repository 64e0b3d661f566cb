//! The list of labs: number, file, title, hints, and why each fails as long as its hole is open.

mod first_hour;

/// A lab.
#[derive(Debug, PartialEq, Eq)]
pub struct Lab {
    /// `08`, or `28.3` for a stage of the last lab.
    pub number: &'static str,
    /// The file's name without its folder and its ending.
    pub file: &'static str,
    /// What the lab is about.
    pub title: &'static str,
    /// Words that the failure contains as long as the hole is open.
    pub fails: &'static str,
    /// Three hints: a word, a place, code.
    pub hints: [&'static str; 3],
}

/// All labs in their order.
pub fn labs() -> Vec<&'static Lab> {
    [first_hour::LABS].into_iter().flatten().collect()
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

/// The position of a lab in [`labs`].
pub fn position(lab: &Lab) -> usize {
    labs().iter().position(|other| *other == lab).unwrap_or_default()
}
