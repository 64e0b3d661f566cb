//! Dates and times as text, for databases without such types: `2026-03-01`, `14:30:00`, `2026-03-01 14:30:00.250000`.

use chrono::Timelike;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

/// A date as text.
pub(crate) fn date_text(date: &NaiveDate) -> String {
    date.to_string()
}

/// A time as text, to the microsecond; a fraction of zero is left out, as SQLite's own functions do.
pub(crate) fn time_text(time: &NaiveTime) -> String {
    let format = if time.nanosecond() / 1_000 == 0 { "%H:%M:%S" } else { "%H:%M:%S%.6f" };
    time.format(format).to_string()
}

/// A date and time as text, so that the order of texts is the order of times.
pub(crate) fn datetime_text(datetime: &NaiveDateTime) -> String {
    format!("{} {}", date_text(&datetime.date()), time_text(&datetime.time()))
}

/// Reads `YYYY-MM-DD`.
pub(crate) fn parse_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        // Years beyond four digits are rare enough for the slow way.
        return text.parse().ok();
    }
    let (year, month, day) = (number(&bytes[..4])?, number(&bytes[5..7])?, number(&bytes[8..])?);
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// Reads `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`.
pub(crate) fn parse_time(text: &str) -> Option<NaiveTime> {
    let bytes = text.as_bytes();
    if bytes.len() < 5 || bytes[2] != b':' {
        return None;
    }
    let (hour, minute) = (number(&bytes[..2])?, number(&bytes[3..5])?);
    let (second, nano) = match bytes.len() {
        5 => (0, 0),
        8 if bytes[5] == b':' => (number(&bytes[6..8])?, 0),
        10..=18 if bytes[5] == b':' && bytes[8] == b'.' => (number(&bytes[6..8])?, fraction(&bytes[9..])?),
        _ => return None,
    };
    NaiveTime::from_hms_nano_opt(hour, minute, second, nano)
}

/// Parses a date, a space or `T`, and a time with an optional `Z`. A date alone is midnight.
pub(crate) fn parse_datetime(text: &str) -> Option<NaiveDateTime> {
    let Some(split) = text.bytes().position(|b| b == b' ' || b == b'T') else {
        return parse_date(text)?.and_hms_opt(0, 0, 0);
    };
    let time = &text[split + 1..];
    let time = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00")).unwrap_or(time);
    Some(parse_date(&text[..split])?.and_time(parse_time(time)?))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

/// Nanoseconds from the digits after the point.
fn fraction(digits: &[u8]) -> Option<u32> {
    let missing = u32::try_from(9 - digits.len()).ok()?;
    Some(number(digits)? * 10_u32.pow(missing))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["2026-03-01 14:30:00", "2026-03-01 14:30:00.250000", "0001-01-01 00:00:00.000001"] {
            assert_eq!(datetime_text(&parse_datetime(text).unwrap()), text);
        }
        let far = NaiveDate::from_ymd_opt(12_026, 1, 2).unwrap();
        assert_eq!(parse_date(&date_text(&far)), Some(far));
    }

    #[test]
    fn other_spellings_are_read() {
        let noon = parse_datetime("2026-03-01 12:00:00").unwrap();
        assert_eq!(parse_datetime("2026-03-01T12:00Z"), Some(noon));
        assert_eq!(parse_datetime("2026-03-01T12:00:00.0+00:00"), Some(noon));
        assert_eq!(parse_datetime("2026-03-01"), parse_datetime("2026-03-01 00:00:00"));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "x",
            "2026-13-01",
            "2026-03-0x",
            "2026/03/01",
            "2026-03-01 25:00",
            "2026-03-01 12:00:00.",
            "é26-03-01 é",
        ] {
            assert_eq!(parse_datetime(text), None, "{text}");
        }
        assert_eq!(parse_time("12:00:00.1234567890"), None);
    }
}
