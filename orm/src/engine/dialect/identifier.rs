//! Quotes identifiers that need quotes.

use super::Capabilities;

/// Whether an identifier needs quotes: it is a reserved word, or has characters other than `a-z`, `0-9` and `_`.
///
/// A capital needs quotes because PostgreSQL would fold it. The other databases get the same text.
fn needs_quotes(reserved: &Reserved, name: &str) -> bool {
    let bytes = name.as_bytes();
    let Some(first) = bytes.first() else { return true };
    if first.is_ascii_digit() || !bytes.iter().all(|byte| PLAIN[usize::from(*byte)]) {
        return true;
    }
    reserved.contains(*first, name)
}

/// Bytes that need no quotes. A table, because every identifier of every statement is checked.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < plain.len() {
        plain[byte] = matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9' | b'_');
        byte += 1;
    }
    plain
};

/// Reserved words, grouped by first letter and filtered by length: most identifiers are ruled out by these two.
#[derive(Debug)]
pub(crate) struct Reserved {
    words: &'static [&'static str],
    /// Start of the words of each letter, and the end of the last.
    begins: [usize; 27],
    /// Lengths of the words of each letter, one bit for each length.
    lengths: [u64; 26],
}

impl Reserved {
    /// Of a sorted list.
    pub(super) const fn of(words: &'static [&'static str]) -> Self {
        let (mut begins, mut lengths) = ([words.len(); 27], [0; 26]);
        let mut at = words.len();
        while at > 0 {
            at -= 1;
            let mut letter = (words[at].as_bytes()[0] - b'a') as usize;
            lengths[letter] |= 1 << words[at].len();
            begins[letter] = at;
            // Letters without a word begin where the next one does.
            while letter > 0 && begins[letter - 1] > at {
                letter -= 1;
                begins[letter] = at;
            }
        }
        Self { words, begins, lengths }
    }

    fn contains(&self, first: u8, name: &str) -> bool {
        if !first.is_ascii_lowercase() {
            return false;
        }
        let letter = usize::from(first - b'a');
        let is_as_long = name.len() < 64 && self.lengths[letter] & 1 << name.len() != 0;
        is_as_long && self.words[self.begins[letter]..self.begins[letter + 1]].contains(&name)
    }
}

/// Writes an identifier through `push`, in quotes where necessary. Quotes within the identifier are doubled.
pub(crate) fn write_identifier(capabilities: &Capabilities, name: &str, mut push: impl FnMut(&str)) {
    if !needs_quotes(capabilities.reserved, name) {
        return push(name);
    }
    let quote = capabilities.identifier_quote;
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push(quote);
    for character in name.chars() {
        if character == quote {
            quoted.push(quote);
        }
        quoted.push(character);
    }
    quoted.push(quote);
    push(&quoted);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(capabilities: &Capabilities, name: &str) -> String {
        let mut out = String::new();
        write_identifier(capabilities, name, |part| out.push_str(part));
        out
    }

    #[test]
    fn the_lists_are_sorted() {
        for Capabilities { name, reserved, .. } in Capabilities::ALL {
            let unsorted = reserved.words.windows(2).find(|pair| pair[0] > pair[1]);
            assert_eq!(unsorted, None, "the search by letter needs the words of {name} in order");
        }
    }

    #[test]
    fn every_reserved_word_is_found() {
        for Capabilities { reserved, .. } in Capabilities::ALL {
            assert!(!reserved.words.is_empty());
            for word in reserved.words {
                assert!(needs_quotes(reserved, word), "{word}");
            }
            assert!(!needs_quotes(reserved, "zebra") && !needs_quotes(reserved, "_a"));
            assert!(!needs_quotes(reserved, "quiz"));
        }
    }

    #[test]
    fn only_what_needs_quotes_gets_them() {
        let (sqlite, postgres, mysql) = (Capabilities::sqlite(), Capabilities::postgres(), Capabilities::mysql());
        assert_eq!(quoted(&sqlite, "user_account"), "user_account");
        assert_eq!(quoted(&sqlite, "user"), "user");
        assert_eq!(quoted(&postgres, "user"), "\"user\"");
        assert_eq!(quoted(&sqlite, "order"), "\"order\"");
        assert_eq!(quoted(&mysql, "rank"), "`rank`");
        assert_eq!(quoted(&postgres, "Name"), "\"Name\"");
        assert_eq!(quoted(&postgres, "2nd"), "\"2nd\"");
        assert_eq!(quoted(&postgres, "naïve"), "\"naïve\"");
        assert_eq!(quoted(&postgres, ""), "\"\"");
    }

    #[test]
    fn a_quote_within_is_doubled() {
        assert_eq!(quoted(&Capabilities::sqlite(), "a\"; DROP TABLE x; --"), "\"a\"\"; DROP TABLE x; --\"");
        assert_eq!(quoted(&Capabilities::mysql(), "a`b"), "`a``b`");
    }
}
