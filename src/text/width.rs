//! How many terminal cells a text takes.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The cells that `text` takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` cut to at most `cells`, with `…` in the last cell where something was cut.
#[must_use]
pub fn fit(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut out = String::with_capacity(cells * 2);
    let mut used = 0;
    for character in text.chars() {
        let next = UnicodeWidthChar::width(character).unwrap_or(0);
        if used + next + 1 > cells {
            break;
        }
        out.push(character);
        used += next;
    }
    if cells > 0 {
        out.push('…');
    }
    out
}

/// `text` in lines of at most `cells`: the first begins with `first`, the others with `rest`. A word is
/// never cut, so that commands and links can be copied: a longer one stands on a line of its own.
#[must_use]
pub fn hang(first: &str, rest: &str, text: &str, cells: usize) -> String {
    let (mut out, mut line, mut is_empty) = (String::with_capacity(text.len() + 16), first.to_owned(), true);
    for word in text.split(' ') {
        if !is_empty && width(&line) + 1 + width(word) > cells {
            out.push_str(line.trim_end());
            out.push('\n');
            (line, is_empty) = (rest.to_owned(), true);
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    out.push_str(line.trim_end());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::{fit, hang, width};

    #[test]
    fn lines_hang_under_their_first_and_words_stay_whole() {
        assert_eq!(hang("- ", "  ", "one two three", 9), "- one two\n  three\n");
        assert_eq!(hang("", "  ", "a http://long.example/x b", 8), "a\n  http://long.example/x\n  b\n");
        assert_eq!(hang("  ", "", "a   1  b", 80), "  a   1  b\n", "columns stay");
        assert_eq!(hang("- ", "  ", "", 9), "-\n");
    }

    #[test]
    fn cuts_at_cells_not_at_bytes() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abcd", 4), "abcd");
        assert_eq!(fit("邮箱不存在", 5), "邮箱…");
        assert_eq!(width(&fit("邮箱不存在", 4)), 3);
        assert_eq!(fit("abc", 0), "");
    }
}
