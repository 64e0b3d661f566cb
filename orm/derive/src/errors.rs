//! Collects faults, so that all are reported at once, and suggests words for misspelled ones.

use proc_macro2::Span;
use quote::ToTokens;

/// The faults found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds a fault at a place.
    pub(crate) fn push(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(syn::Error::new(span, message));
    }

    /// Adds a fault at a piece of syntax.
    pub(crate) fn push_at(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Adds a fault that the parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            none => *none = Some(error),
        }
    }

    /// Returns all faults as an error.
    pub(crate) fn finish(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// `; did you mean ...` with the nearest word, or the list of words when none is near.
pub(crate) fn suggestion<'a>(word: &str, accepted: impl IntoIterator<Item = &'a str>) -> String {
    let accepted: Vec<&str> = accepted.into_iter().collect();
    let nearest = accepted.iter().map(|candidate| (distance(word, candidate), candidate)).min();
    match nearest {
        // A third of the letters may be wrong; more is another word.
        Some((wrong, candidate)) if wrong <= 1 + word.len() / 4 => format!("; did you mean `{candidate}`?"),
        Some(_) => format!("; accepted: {}", quoted(&accepted)),
        None => String::new(),
    }
}

/// "`a`, `b`"
pub(crate) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Levenshtein distance: number of letters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_is_not() {
        assert_eq!(suggestion("lenght", ["length", "lazy"]), "; did you mean `length`?");
        assert_eq!(suggestion("colour", ["length", "lazy"]), "; accepted: `length`, `lazy`");
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
