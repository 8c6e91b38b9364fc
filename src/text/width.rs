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

#[cfg(test)]
mod tests {
    use super::{fit, width};

    #[test]
    fn cuts_at_cells_not_at_bytes() {
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abcd", 4), "abcd");
        assert_eq!(fit("邮箱不存在", 5), "邮箱…");
        assert_eq!(width(&fit("邮箱不存在", 4)), 3);
        assert_eq!(fit("abc", 0), "");
    }
}
