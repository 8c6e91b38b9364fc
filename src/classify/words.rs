//! A reply as plain words for the rules: lower case, no addresses, no accents, one blank between
//! words. Phrases of rules are read by the same code, so both sides agree.
//!
//! A URL or a dotted name becomes one word with `/` between its parts (`/zen/spamhaus/org`), so
//! that an ordinary phrase never matches inside it; a phrase that begins with `/` matches there.

use super::encoding::{self, Page};

/// The words of a text, and where each byte of them stood.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// A blank, the words with blanks between, a blank.
    pub(super) text: Vec<u8>,
    /// For each byte of `text`, the offset in the source.
    places: Vec<u32>,
    /// What bytes that are no UTF-8 are read in, where there are such.
    page: Option<Page>,
}

impl Words {
    /// Reads `source`; what was read before is forgotten.
    pub(super) fn read(&mut self, source: &[u8]) {
        self.text.clear();
        self.places.clear();
        self.page = None;
        self.push(b' ', 0);
        let mut at = 0;
        while at < source.len() {
            if source[at] == b' ' {
                at += 1;
                continue;
            }
            let end = memchr::memchr(b' ', &source[at..]).map_or(source.len(), |blank| at + blank);
            self.token(source, at, end);
            self.blank(end);
            at = end;
        }
        self.blank(source.len());
    }

    /// The span of the source that the words from `start` to `end` came from.
    pub(super) fn source(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let mut start = start;
        while start < end && self.text[start] == b' ' {
            start += 1;
        }
        let mut last = end.saturating_sub(1);
        while last > start && self.text[last] == b' ' {
            last -= 1;
        }
        let from = self.places.get(start).copied().unwrap_or(0) as usize;
        let to = self.places.get(last).copied().unwrap_or(0) as usize + 1;
        from..to.max(from)
    }

    fn push(&mut self, byte: u8, place: usize) {
        self.text.push(byte);
        self.places.push(u32::try_from(place).unwrap_or(u32::MAX));
    }

    fn blank(&mut self, place: usize) {
        if self.text.last() != Some(&b' ') {
            self.push(b' ', place);
        }
    }

    fn slash(&mut self, place: usize) {
        if self.text.last() != Some(&b'/') {
            self.push(b'/', place);
        }
    }

    fn token(&mut self, source: &[u8], start: usize, end: usize) {
        let token = &source[start..end];
        let link = link_start(token);
        let words_end = link.map_or(end, |link| start + link);
        self.plain(source, start, words_end);
        if link.is_some() {
            self.blank(words_end);
            self.slash(words_end);
            for (place, byte) in source.iter().enumerate().take(end).skip(words_end) {
                if byte.is_ascii_alphanumeric() {
                    self.push(byte.to_ascii_lowercase(), place);
                } else {
                    self.slash(place);
                }
            }
            while self.text.last() == Some(&b'/') {
                self.text.pop();
                self.places.pop();
            }
        }
    }

    /// Words, addresses and dotted names.
    fn plain(&mut self, source: &[u8], start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let (run, says) = run(&source[at..end]);
            if run == 0 {
                at += self.other(source, at);
                continue;
            }
            if !says {
                // A row of dashes is passed over at once.
                self.blank(at);
                at += run;
                continue;
            }
            let atom = &source[at..at + run];
            let address = memchr::memchr(b'@', atom)
                .is_some_and(|sign| sign > 0 && atom.get(sign + 1).is_some_and(u8::is_ascii_alphanumeric));
            if address || is_ip(atom) {
                self.blank(at);
            } else if is_dotted(atom) {
                self.blank(at);
                self.slash(at);
                self.letters(source, at, at + run, b'/');
                while self.text.last() == Some(&b'/') {
                    self.text.pop();
                    self.places.pop();
                }
            } else {
                self.letters(source, at, at + run, b' ');
            }
            at += run;
        }
    }

    fn letters(&mut self, source: &[u8], start: usize, end: usize, dot: u8) {
        for (place, byte) in source.iter().enumerate().take(end).skip(start) {
            match byte {
                byte if byte.is_ascii_alphanumeric() => {
                    if place == start && self.text.last().is_some_and(|last| !last.is_ascii()) {
                        self.blank(place);
                    }
                    self.push(byte.to_ascii_lowercase(), place);
                }
                // The inside of a name is no ordinary word: `mail-spam.example.org`.
                _ if dot == b'/' => self.slash(place),
                _ => self.blank(place),
            }
        }
    }

    /// One byte or character that is no ASCII letter or digit.
    fn other(&mut self, source: &[u8], at: usize) -> usize {
        match source[at] {
            b'\'' => {
                self.apostrophe(at);
                1
            }
            byte if byte.is_ascii() => {
                self.blank(at);
                1
            }
            _ => {
                let (character, length) = encoding::character(source, at, &mut self.page);
                self.character(character, at, length);
                length
            }
        }
    }

    /// `doesn't` is one word; `l'utilisateur` and `dell'utente` are two.
    fn apostrophe(&mut self, place: usize) {
        const ARTICLES: [&[u8]; 16] = [
            b"l", b"d", b"n", b"s", b"c", b"j", b"m", b"t", b"qu", b"un", b"all", b"dall", b"dell", b"nell",
            b"sull", b"quest",
        ];
        // No article is longer than five letters: what is further back is not looked at.
        let near = &self.text[self.text.len().saturating_sub(6)..];
        if memchr::memrchr(b' ', near).is_some_and(|blank| ARTICLES.contains(&&near[blank + 1..])) {
            self.blank(place);
        }
    }

    fn character(&mut self, character: char, place: usize, length: usize) {
        match character {
            '’' | '‘' | '´' => self.apostrophe(place),
            '\u{300}'..='\u{36f}' => {}
            '–' | '—' | '…' | '«' | '»' | '“' | '”' | '„' | '‹' | '›' | '\u{a0}' | '，' | '。' | '、'
            | '：' | '；' | '（' | '）' | '！' => {
                self.blank(place);
            }
            _ => match plain_letter(character) {
                Some(letters) => letters.bytes().for_each(|byte| self.push(byte, place)),
                None => {
                    // `SPF校验失败`: a word of another script begins.
                    if self.text.last().is_some_and(u8::is_ascii_alphanumeric) {
                        self.blank(place);
                    }
                    let lower = character.to_lowercase().next().unwrap_or(character);
                    let mut buffer = [0; 4];
                    let lower = lower.encode_utf8(&mut buffer);
                    // Every byte of the character but the last stands at its start, so that a span
                    // ends behind the character.
                    let (last, bytes) = (place + length - 1, lower.len());
                    for (index, byte) in lower.bytes().enumerate() {
                        self.push(byte, if index + 1 == bytes { last } else { place });
                    }
                }
            },
        }
    }
}

/// Where a URL begins in a token.
fn link_start(token: &[u8]) -> Option<usize> {
    if let Some(colon) = memchr::memmem::find(token, b"://") {
        let scheme = token[..colon].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
        return Some(colon - scheme);
    }
    let www = memchr::memmem::find(token, b"www.")?;
    (www == 0 || !token[www - 1].is_ascii_alphanumeric()).then_some(www)
}

/// The length of the run that may be one address, host name, number or word, and whether a letter or
/// a digit is in it. Nothing behind the run is looked at, so that a text of short ones costs no more.
fn run(text: &[u8]) -> (usize, bool) {
    let mut says = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            // Sendmail's `a@b.example...User unknown`.
            b'.' if text[at..].starts_with(b"...") => return (at, says),
            b'.' | b'_' | b'-' | b'@' | b'+' | b'=' => {}
            byte if byte.is_ascii_alphanumeric() => says = true,
            _ => return (at, says),
        }
    }
    (text.len(), says)
}

/// An IPv4 address, or the placeholders that publishers write for one. No host's: 127.0.0.4 is what
/// a blocklist answered, and says something.
pub(super) fn is_ip(atom: &[u8]) -> bool {
    if atom.starts_with(b"127.") {
        return false;
    }
    let mut parts = 0;
    for part in atom.trim_ascii_end().split(|byte| *byte == b'.') {
        let digits = part.iter().all(u8::is_ascii_digit);
        let placeholder = part.iter().all(|byte| matches!(byte, b'x' | b'X'));
        if part.is_empty() && parts == 4 {
            continue;
        }
        if part.is_empty() || part.len() > 3 || !(digits || placeholder) {
            return false;
        }
        parts += 1;
    }
    parts == 4
}

/// A name or number with dots inside; a full stop that lacks its blank (`denied.Please`) is none.
fn is_dotted(atom: &[u8]) -> bool {
    let mut dotted = false;
    for window in atom.windows(3) {
        if window[1] == b'.' && window[0].is_ascii_alphanumeric() && window[2].is_ascii_alphanumeric() {
            if window[0].is_ascii_lowercase() && window[2].is_ascii_uppercase() {
                return false;
            }
            dotted = true;
        }
    }
    dotted
}

/// The letter without its accent, as the Latin alphabets of the languages that servers speak have it.
pub(super) fn plain_letter(character: char) -> Option<&'static str> {
    Some(match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ă' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ą' => {
            "a"
        }
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
        'ď' | 'đ' | 'Ď' | 'Đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ę' | 'Ě' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ı' | 'İ' | 'Ì' | 'Í' | 'Î' | 'Ï' => "i",
        'ğ' | 'Ğ' => "g",
        'ł' | 'ľ' | 'Ł' | 'Ľ' => "l",
        'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' | 'Ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ő' | 'ø' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' => "o",
        'ř' | 'Ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' | 'Ś' | 'Š' | 'Ş' | 'Ș' => "s",
        'ß' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ť' | 'ţ' | 'ț' | 'Ť' | 'Ţ' | 'Ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' | 'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ů' => "u",
        'ý' | 'ÿ' | 'Ý' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        _ => return None,
    })
}

/// A phrase of a rule as the pattern that is searched in [`Words::text`]: whole words, a `*` at the
/// end for any ending. Empty where the phrase has no word.
pub(super) fn pattern(phrase: &str) -> Vec<u8> {
    let (phrase, open) = match phrase.strip_suffix('*') {
        Some(phrase) => (phrase, true),
        None => (phrase, false),
    };
    if let Some(link) = phrase.strip_prefix('/') {
        let mut out = vec![b'/'];
        for byte in link.bytes() {
            if byte.is_ascii_alphanumeric() {
                out.push(byte.to_ascii_lowercase());
            } else if out.last() != Some(&b'/') {
                out.push(b'/');
            }
        }
        return if out.len() > 1 { out } else { Vec::new() };
    }
    // Nearly all are plain already, and there are tens of thousands.
    let plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' ');
    let mut out = if phrase.as_bytes().iter().all(plain) {
        let mut out = Vec::with_capacity(phrase.len() + 2);
        for word in phrase.split_ascii_whitespace() {
            out.push(b' ');
            out.extend_from_slice(word.as_bytes());
        }
        out.push(b' ');
        out
    } else {
        let mut words = Words::default();
        words.read(phrase.as_bytes());
        words.text
    };
    let inner = out.trim_ascii();
    if inner.is_empty() {
        return Vec::new();
    }
    // Words of scripts without blanks, and inflected ones, are found anywhere.
    let bare_start = !inner[0].is_ascii();
    let bare_end = open || !inner[inner.len() - 1].is_ascii();
    if bare_end {
        out.pop();
    }
    if bare_start {
        out.remove(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Words, pattern};

    fn words(text: &str) -> String {
        let mut words = Words::default();
        words.read(text.as_bytes());
        String::from_utf8_lossy(&words.text).into_owned()
    }

    #[test]
    fn addresses_and_accents_go_and_words_stay() {
        assert_eq!(words("550 5.1.1 <spam@x.org>: User_unknown"), " 550 /5/1/1 user unknown ");
        assert_eq!(words("Client host [192.0.2.1] blocked"), " client host blocked ");
        assert_eq!(words("doesn't doesn’t Empfänger refusé"), " doesnt doesnt empfanger refuse ");
        assert_eq!(words("access denied.Please go"), " access denied please go ");
        assert_eq!(words("<a@b.example>...User unknown"), " user unknown ");
        assert_eq!(words("a@b.example...User unknown"), " user unknown ");
        assert_eq!(words("l'utente n’existe pas"), " l utente n existe pas ");
        assert_eq!(words("no -----_.=@ a...b......c ...."), " no a b c ");
        assert_eq!(words("lll'utente bell'uovo quest'utente"), " lllutente belluovo quest utente ");
        assert_eq!(words("550 SPF校验失败IP"), " 550 spf 校验失败 ip ");
    }

    #[test]
    fn the_inside_of_a_link_is_no_ordinary_word() {
        let text = words("see https://x.org/en/reason/#filtered, or zen.spamhaus.org.");
        assert_eq!(text, " see /https/x/org/en/reason/filtered or /zen/spamhaus/org ");
        assert!(!text.contains(" filtered "));
        let names = words("from mail-spam-1.example.org, listed at dnsbl-1.uceprotect.net (127.0.0.2)");
        assert_eq!(names, " from /mail/spam/1/example/org listed at /dnsbl/1/uceprotect/net /127/0/0/2 ");
        assert!(text.contains("/spamhaus"));
    }

    #[test]
    fn a_plain_phrase_is_read_as_every_other() {
        for phrase in ["user unknown", "  quota   4 exceeded ", "x"] {
            assert_eq!(String::from_utf8(pattern(phrase)).unwrap_or_default(), words(phrase));
        }
    }

    #[test]
    fn a_phrase_is_read_like_a_reply() {
        assert_eq!(pattern("User-Unknown"), b" user unknown ");
        assert_eq!(pattern("quota*"), b" quota");
        assert_eq!(pattern("/spamhaus.org"), b"/spamhaus/org");
        assert_eq!(pattern("邮箱不存在"), "邮箱不存在".as_bytes());
        assert!(pattern(" - ").is_empty());
    }

    #[test]
    fn a_span_leads_back_to_the_source() {
        let source = "550 Пользователь не найден здесь".as_bytes();
        let mut words = Words::default();
        words.read(source);
        let start = words.text.windows(4).position(|w| w == "не".as_bytes());
        let start = start.unwrap_or_default();
        let end = start + "не найден".len();
        assert_eq!(&source[words.source(start, end)], "не найден".as_bytes());
    }
}
