//! Dates and times of day as servers write them, from `14:03` to `Sat, 21 Nov 2026 14:03:11 +0100 (CET)`.

/// Bytes of the longest date that is looked for.
const LONGEST: usize = 64;

const ZONES: [&[u8]; 16] = [
    b"UTC", b"GMT", b"UT", b"CET", b"CEST", b"EST", b"EDT", b"CST", b"CDT", b"MST", b"MDT", b"PST", b"PDT",
    b"MSK", b"JST", b"BST",
];

/// Whether a word may begin a date: a month or a day of the week, with a capital.
pub(super) fn may_begin(word: &[u8]) -> bool {
    word.first().is_some_and(u8::is_ascii_uppercase) && (is_month(word) || is_day(word))
}

/// Whether a date or a time of day may begin here, by the first bytes.
fn may_be(text: &[u8]) -> bool {
    let digits = text.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    match (digits, text.get(digits)) {
        (0, _) => {
            may_begin(&text[..text.iter().take(10).take_while(|byte| byte.is_ascii_alphabetic()).count()])
        }
        (1 | 2, Some(b'-' | b'/' | b'.' | b':')) | (4, Some(b'-' | b'/')) => true,
        (1 | 2, Some(b' ')) => text.get(digits + 1).is_some_and(u8::is_ascii_uppercase),
        _ => false,
    }
}

/// The length of the date, time of day or both at the start of `text`.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    if !may_be(text) {
        return None;
    }
    let mut cursor = Cursor { text: &text[..text.len().min(LONGEST)], at: 0 };
    let dated = cursor.date();
    if !dated {
        return cursor.clock().then(|| cursor.end(text)).flatten();
    }
    let date = cursor.at;
    for between in [&b" at "[..], b", ", b" ", b":", b"T", b"_"] {
        cursor.at = date;
        if cursor.literal(between) && cursor.clock() {
            break;
        }
        cursor.at = date;
    }
    // `Sat Nov 21 13:03:11 2026`.
    let clock = cursor.at;
    if !(cursor.literal(b" ") && cursor.year()) {
        cursor.at = clock;
    }
    cursor.end(text)
}

fn is_month(word: &[u8]) -> bool {
    matches!(
        head(word).as_ref(),
        Some(
            b"jan"
                | b"feb"
                | b"mar"
                | b"apr"
                | b"may"
                | b"jun"
                | b"jul"
                | b"aug"
                | b"sep"
                | b"oct"
                | b"nov"
                | b"dec"
        )
    ) && ends(word)
}

fn is_day(word: &[u8]) -> bool {
    matches!(head(word).as_ref(), Some(b"mon" | b"tue" | b"wed" | b"thu" | b"fri" | b"sat" | b"sun"))
        && ends(word)
}

/// The three letters that tell a month or a day.
fn head(word: &[u8]) -> Option<[u8; 3]> {
    word.first_chunk::<3>().map(|head| head.map(|byte| byte.to_ascii_lowercase()))
}

/// Whether nothing but the rest of a month's or a day's name follows its three letters.
fn ends(word: &[u8]) -> bool {
    const ENDS: [&[u8]; 15] = [
        b"uary", b"ruary", b"ch", b"il", b"e", b"y", b"ust", b"tember", b"t", b"ober", b"ember", b"day",
        b"sday", b"nesday", b"rsday",
    ];
    let tail = &word[3..];
    tail.is_empty() || tail == b"urday" || ENDS.contains(&tail)
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Where it ended, unless a word or number goes on there.
    fn end(&self, text: &[u8]) -> Option<usize> {
        let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b':';
        let last = text.get(self.at).filter(|byte| **byte == b':').and_then(|_| text.get(self.at + 1));
        let next = if last.is_some() { last } else { text.get(self.at).filter(|byte| **byte != b':') };
        (!next.is_some_and(goes_on)).then_some(self.at)
    }

    fn date(&mut self) -> bool {
        let start = self.at;
        let word = self.word();
        if may_begin(word) && is_day(word) {
            self.at += word.len();
            let _ = self.literal(b",");
            if !self.literal(b" ") {
                self.at = start;
                return false;
            }
        }
        let begin = self.at;
        for form in [Self::day_month, Self::month_day, Self::numbers] {
            if form(self) {
                return true;
            }
            self.at = begin;
        }
        self.at = start;
        false
    }

    /// `21 Nov 2026`, `21/Nov/2026`, `21-Nov-26`.
    fn day_month(&mut self) -> bool {
        if !matches!(self.digits(), 1 | 2) || !self.separator() || !self.month() {
            return false;
        }
        let month = self.at;
        if !(self.separator() && (self.year() || matches!(self.digits(), 2))) {
            self.at = month;
        }
        true
    }

    /// `Nov 21`, `Nov 21, 2026`.
    fn month_day(&mut self) -> bool {
        if !self.month() || !self.literal(b" ") || !matches!(self.digits(), 1 | 2) {
            return false;
        }
        let day = self.at;
        let _ = self.literal(b",");
        if !(self.literal(b" ") && self.year()) {
            self.at = day;
        }
        true
    }

    /// `2026-11-21`, `2026/11/21`, `11/21/2026`, `21.11.2026`.
    fn numbers(&mut self) -> bool {
        let first = self.digits();
        let Some(separator @ (b'-' | b'/' | b'.')) = self.text.get(self.at).copied() else { return false };
        self.at += 1;
        let second = self.digits();
        if self.text.get(self.at) != Some(&separator) {
            return false;
        }
        self.at += 1;
        let third = self.digits();
        matches!((first, second, third), (4, 1 | 2, 1 | 2) | (1 | 2, 1 | 2, 4))
    }

    /// `14:03`, `1:03:11.337 PM`, with a zone behind.
    fn clock(&mut self) -> bool {
        let start = self.at;
        if !matches!(self.digits(), 1 | 2) || !self.literal(b":") || self.digits() != 2 {
            self.at = start;
            return false;
        }
        let minutes = self.at;
        if self.literal(b":") && self.digits() == 2 {
            let seconds = self.at;
            if !(self.literal(b".") || self.literal(b",")) || self.digits() == 0 {
                self.at = seconds;
            }
        } else {
            self.at = minutes;
        }
        let _ = self.literal(b"Z");
        for _ in 0..3 {
            let before = self.at;
            let _ = self.literal(b" ");
            let braced = self.literal(b"(");
            let word = self.word();
            let zone = matches!(word, b"AM" | b"PM" | b"am" | b"pm") || ZONES.contains(&word);
            self.at += word.len();
            if !(zone || !braced && self.offset()) || braced && !self.literal(b")") {
                self.at = before;
                break;
            }
        }
        true
    }

    /// `+0100`, `-07:00`.
    fn offset(&mut self) -> bool {
        if !(self.literal(b"+") || self.literal(b"-")) {
            return false;
        }
        match self.digits() {
            4 => true,
            2 => self.literal(b":") && self.digits() == 2,
            _ => false,
        }
    }

    fn month(&mut self) -> bool {
        let word = self.word();
        self.at += word.len();
        may_begin(word) && is_month(word)
    }

    fn year(&mut self) -> bool {
        let century = self.text[self.at..].starts_with(b"19") || self.text[self.at..].starts_with(b"20");
        self.digits() == 4 && century
    }

    fn separator(&mut self) -> bool {
        [&b" "[..], b"-", b"/", b". "].iter().any(|one| self.literal(one))
    }

    /// The letters here, which are not passed over.
    fn word(&self) -> &'a [u8] {
        let rest = &self.text[self.at..];
        &rest[..rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()]
    }

    /// Passes over digits: how many.
    fn digits(&mut self) -> usize {
        let digits = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        digits
    }

    fn literal(&mut self, what: &[u8]) -> bool {
        let there = self.text[self.at..].starts_with(what);
        self.at += if there { what.len() } else { 0 };
        there
    }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn dates_and_times_of_many_forms_are_measured() {
        for date in [
            "Sat, 21 Nov 2026 14:03:11 +0100 (CET)",
            "Sat, 21 Nov 2026 14:03:11 GMT",
            "Sat Nov 21 13:03:11 2026",
            "2026-11-21T13:03:11.337Z",
            "2026-11-21T13:03:11+01:00",
            "2026-11-21 13:03:11 UTC",
            "21/Nov/2026:13:03:11 +0100",
            "21-Nov-2026",
            "Nov 21, 2026 1:03 PM",
            "November 21 at 13:03",
            "11/21/2026 01:03:11 PM",
            "21.11.2026",
            "14:03",
            "04:59:00",
        ] {
            assert_eq!(length(date.as_bytes()), Some(date.len()), "{date}");
            assert_eq!(length(format!("{date}, or").as_bytes()), Some(date.len()), "{date}");
            assert_eq!(length(format!("{date}: no").as_bytes()), Some(date.len()), "{date}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["5.7.1 no", "Mon", "May be", "12:345", "10.2.3.4", "20 of 10", "46:00:0A", "1:2", "Monday 5"]
        {
            assert_eq!(length(text.as_bytes()), None, "{text}");
        }
    }
}
