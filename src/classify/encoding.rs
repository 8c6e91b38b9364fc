//! Characters of texts that are not the UTF-8 they should be: encoded twice, or in a Cyrillic code
//! page, or Latin-1. What is none of them (GBK, Shift_JIS) reads as nonsense that no rule knows, so
//! that the reply's code decides, and a code alone suppresses nobody.

/// The letters of KOI8-R from `0xC0`, which are small; the capitals stand 32 further, in the same order.
const KOI8: [char; 32] = [
    'ю', 'а', 'б', 'ц', 'д', 'е', 'ф', 'г', 'х', 'и', 'й', 'к', 'л', 'м', 'н', 'о', 'п', 'я', 'р', 'с', 'т',
    'у', 'ж', 'в', 'ь', 'ы', 'з', 'ш', 'э', 'щ', 'ч', 'ъ',
];

/// What Windows-1252 has at `0x80` to `0x9F`, where Latin-1 has nothing to see.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Letters of a Cyrillic code page in a row that are surely none of Latin-1: no Latin word has so
/// many accents side by side.
const ROW: usize = 4;

/// The character at `at`, which is no ASCII, and its length in bytes; `page` is what the bytes of this
/// text are read in that are no UTF-8, once it was asked. Constant time but for that one look.
pub(super) fn character(text: &[u8], at: usize, page: &mut Option<Page>) -> (char, usize) {
    let rest = &text[at..];
    match valid(rest) {
        Some(character) => twice(rest, character).unwrap_or((character, character.len_utf8())),
        None => (page.get_or_insert_with(|| Page::of(text)).letter(rest[0]), 1),
    }
}

/// The single-byte page that a row of bytes is read in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Latin1,
    Windows1251,
    Koi8,
}

impl Page {
    /// By the longest rows of letters: most letters are small, and the two Cyrillic pages have them
    /// where the other has its capitals.
    fn of(text: &[u8]) -> Self {
        let (mut count, mut high) = (0, 0);
        for row in text.split(|byte| *byte < 0xC0).filter(|row| row.len() >= ROW) {
            count += row.len();
            high += row.iter().filter(|byte| **byte >= 0xE0).count();
        }
        match count {
            0 => Self::Latin1,
            _ if high * 2 >= count => Self::Windows1251,
            _ => Self::Koi8,
        }
    }

    fn letter(self, byte: u8) -> char {
        let index = usize::from(byte & 0x1F);
        match self {
            Self::Latin1 => char::from(byte),
            _ if byte < 0xC0 => char::from(byte),
            Self::Koi8 => KOI8[index],
            Self::Windows1251 => char::from_u32(0x430 + u32::from(byte & 0x1F)).unwrap_or(char::from(byte)),
        }
    }
}

fn valid(text: &[u8]) -> Option<char> {
    text[..text.len().min(4)].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next())
}

/// The character that was encoded twice: `Ã¼` for `ü`, `Ð¿` for `п`. None where the text is as it
/// should be: no language writes one of these letters before one of these signs.
fn twice(text: &[u8], first: char) -> Option<(char, usize)> {
    if !matches!(first, 'Â'..='ô') {
        return None;
    }
    let (mut bytes, mut count, mut length) = ([0; 4], 0, 0);
    while count < 4
        && let Some(character) = text.get(length..).filter(|rest| !rest.is_empty()).and_then(valid)
    {
        let byte = match u8::try_from(u32::from(character)) {
            Ok(byte) => byte,
            Err(_) => 0x80 + u8::try_from(WINDOWS.iter().position(|one| *one == character)?).ok()?,
        };
        if byte < 0x80 {
            break;
        }
        bytes[count] = byte;
        count += 1;
        length += character.len_utf8();
        if let Ok(read) = std::str::from_utf8(&bytes[..count]) {
            return read.chars().next().map(|character| (character, length));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::character;

    fn read(text: &[u8]) -> String {
        let (mut out, mut page, mut at) = (String::new(), None, 0);
        while at < text.len() {
            let (letter, length) =
                if text[at].is_ascii() { (char::from(text[at]), 1) } else { character(text, at, &mut page) };
            out.push(letter);
            at += length;
        }
        out
    }

    #[test]
    fn what_was_encoded_twice_is_read_once() {
        assert_eq!(read("EmpfÃ¤nger groÃŸ".as_bytes()), "Empfänger groß");
        assert_eq!(read("Ð½ÐµÑ‚".as_bytes()), "нет");
        assert_eq!(read("não encontrado, NÃO".as_bytes()), "não encontrado, NÃO");
        assert_eq!(read("нет 不存在".as_bytes()), "нет 不存在");
    }

    #[test]
    fn rows_of_bytes_are_cyrillic_and_single_ones_latin() {
        assert_eq!(read(b"Empf\xE4nger"), "Empfänger");
        assert_eq!(
            read(b"\xEF\xEE\xEB\xFC\xE7\xEE\xE2\xE0\xF2\xE5\xEB\xFC \xED\xE5 \xED\xE0\xE9\xE4\xE5\xED"),
            "пользователь не найден"
        );
        assert_eq!(read(b"\xD0\xCF\xCC\xD8\xDA\xCF\xD7\xC1\xD4\xC5\xCC\xD8"), "пользователь");
    }
}
