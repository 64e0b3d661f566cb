//! `LIKE` as a function: the meaning that the pattern has on every database, for SQLite's connections and for
//! expressions that are evaluated in memory.

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PatternPart {
    /// `%`
    Any,
    /// `_`
    One,
    Letter(char),
}

/// Whether a whole text matches a pattern; `fold` ignores case.
pub(crate) fn is_like(text: &str, pattern: &str, escape: Option<char>, fold: bool) -> bool {
    is_match(text, &parts(pattern, escape, fold), fold)
}

fn parts(pattern: &str, escape: Option<char>, fold: bool) -> Vec<PatternPart> {
    let letter = |c: char| PatternPart::Letter(if fold { folded(c) } else { c });
    let mut parts = Vec::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(c) = letters.next() {
        parts.push(match c {
            _ if Some(c) == escape => letter(letters.next().unwrap_or(c)),
            '%' => PatternPart::Any,
            '_' => PatternPart::One,
            _ => letter(c),
        });
    }
    parts
}

/// A letter in the case in which letters are compared.
fn folded(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

/// Goes through the text once, and back to behind the last `%` where a letter does not fit.
fn is_match(text: &str, pattern: &[PatternPart], fold: bool) -> bool {
    let (mut rest, mut at) = (text.chars(), 0);
    let mut again = None;
    loop {
        let before = rest.clone();
        let next = rest.next();
        match (pattern.get(at), next) {
            (Some(PatternPart::Any), _) => {
                at += 1;
                again = Some((before.clone(), at));
                rest = before;
                continue;
            }
            (Some(PatternPart::One), Some(_)) => {
                at += 1;
                continue;
            }
            (Some(PatternPart::Letter(letter)), Some(c)) if *letter == if fold { folded(c) } else { c } => {
                at += 1;
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let Some((mut from, behind)) = again.take() else { return false };
        if from.next().is_none() {
            return false;
        }
        (rest, at) = (from.clone(), behind);
        again = Some((from, behind));
    }
}
