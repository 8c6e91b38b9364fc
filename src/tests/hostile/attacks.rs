//! What strangers write, and what must not come out of it.

use serde_json::Value;

/// One attack of each kind. `pwnline` would begin a line of the stranger's own.
pub(crate) const ATTACKS: [&[u8]; 34] = [
    b"\x1b[2J\x1b[31m",
    b"\x1b]0;pwn\x07",
    b"\x1b]8;;http://pwn.example\x1b\\click\x1b]8;;\x1b\\",
    b"\x1b]52;c;cHdu\x07",
    b"\x1bP$q\"p\x1b\\",
    b"\x1b_pwn\x1b\\\x1b^pwn\x1b\\\x1bXpwn\x1b\\",
    b"\xc2\x9b31m\xc2\x9d0;pwn\xc2\x9c\xc2\x90",
    b"\x9b31m\x9d0;pwn\x9c\x90",
    b"\x07\x08\x08\x0b\x0c\x0e\x7f\x00",
    b"ok\rpwnline",
    "\u{202e}nwp\u{202c}\u{2066}pwn\u{2069}\u{200f}\u{61c}".as_bytes(),
    "p\u{200b}w\u{200c}n\u{200d}\u{2060}\u{feff}\u{ad}".as_bytes(),
    "\u{e0070}\u{e0077}\u{e006e}\u{fe0f}\u{e0100}".as_bytes(),
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}".as_bytes(),
    "\u{2028}pwnline\u{2029}pwnline\u{85}pwnline".as_bytes(),
    b"\xed\xa0\xbd\xed\xb2\x80\xff\xfe\xc0\xaf",
    "\u{fdd0}\u{ffff}\u{fdfd}\u{1f1e9}\u{1f1ea}\u{1f44d}\u{1f3fd}\u{fffd}".as_bytes(),
    b"[pwn](http://pwn.example) ![pwn](http://pwn.example/x.png)",
    b"<img src=x onerror=pwn()><script>pwn()</script><!-- pwn",
    b"&#x202e;&lt;pwn&gt;&#27;",
    b"`pwn` ``pwn`` ```",
    b"| pwn | pwn | pwn |",
    b"**pwn** __pwn__ ~~pwn~~ $pwn$ # pwn",
    b"=cmd|'/c pwn'!A1",
    b"\",\"type\":\"pwn\",\"x\":\"",
    b"\"}\n{\"pwnline\":1}\n",
    b"\npwnline: INCIDENT is over\n",
    b"\r\npwnline\r\n",
    b") , relay=pwn[203.0.113.9]:25, status=sent (250 ok)",
    b"\\e[2J\\x1b\\n \\",
    "‹U+202E› ‹user-1›".as_bytes(),
    b"$(pwn) `pwn` ; pwn && pwn 'pwn' \"pwn\"",
    b"../../../pwn/%2e%2e/pwn",
    b"- pwn\t+pwn\t@pwn",
];

/// All attacks, beginning with the `first`.
pub(crate) fn all(first: usize) -> Vec<u8> {
    let from = ATTACKS.iter().cycle().skip(first % ATTACKS.len()).take(ATTACKS.len());
    from.flat_map(|attack| [attack, &b" "[..]].concat()).collect()
}

/// What is wrong with an output.
pub(crate) type Wrong = Option<String>;

/// Characters that draw nothing, move what is around them, or stand for nothing.
fn is_dangerous(c: char) -> bool {
    let point = u32::from(c);
    c.is_control()
        || matches!(point, 0xad | 0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f)
        || matches!(point, 0xfe00..=0xfe0f | 0xfeff | 0xfdd0..=0xfdef | 0xfdfd | 0xe0000..=0xe0fff)
        || matches!(point, 0xe000..=0xf8ff | 0x1f1e6..=0x1f1ff | 0x1f3fb..=0x1f3ff)
        || point & 0xfffe == 0xfffe
}

/// Text of lines.
pub(crate) fn text(bytes: &[u8]) -> Wrong {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("no UTF-8".to_owned()) };
    let text = text.replace("\r\n", "\n");
    for line in text.split('\n') {
        if line.starts_with("pwnline") || line.contains("{\"pwnline\"") && line.starts_with('{') {
            return Some(format!("a line of a stranger's: {line:?}"));
        }
        if let Some(wrong) = characters(line) {
            return Some(wrong);
        }
    }
    None
}

pub(crate) fn characters(line: &str) -> Wrong {
    if let Some(c) = line.chars().find(|c| is_dangerous(*c)) {
        return Some(format!("U+{:04X} in {line:?}", u32::from(c)));
    }
    let marks = |c: char| ('\u{300}'..='\u{36f}').contains(&c);
    line.split(|c| !marks(c)).any(|run| run.chars().count() > 4).then(|| format!("a flood in {line:?}"))
}

/// One object.
pub(crate) fn json(bytes: &[u8]) -> Wrong {
    text(bytes).or_else(|| match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => strings(&value),
        Err(why) => Some(format!("no JSON: {why}")),
    })
}

/// One object a line.
pub(crate) fn jsonl(bytes: &[u8]) -> Wrong {
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    text(bytes).or_else(|| lines.map(json).find_map(|wrong| wrong))
}

/// What a program that reads the JSON is told.
fn strings(value: &Value) -> Wrong {
    match value {
        Value::String(one) => characters(one),
        Value::Array(values) => values.iter().find_map(strings),
        Value::Object(fields) => {
            let names = fields.keys().find(|name| characters(name).is_some());
            names.cloned().or_else(|| fields.values().find_map(strings))
        }
        _ => None,
    }
}

/// Markdown: without code and what is escaped there is no link, image, HTML, entity, formula, and every
/// table keeps its columns.
pub(crate) fn markdown(bytes: &[u8]) -> Wrong {
    let mut columns = None;
    let text = match text(bytes) {
        None => String::from_utf8_lossy(bytes).into_owned(),
        wrong => return wrong,
    };
    let mut in_block = false;
    for line in text.split('\n') {
        if line.starts_with("```") {
            in_block = !in_block;
        }
        if in_block {
            continue;
        }
        let bare = without_code(line);
        if ["<", "](", "![", "&", "$", "**pwn", "__pwn", "~~"].iter().any(|markup| bare.contains(markup)) {
            return Some(format!("markup in {line:?}"));
        }
        // A table is parted before code is looked for (GFM section 4.10).
        let parts = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
        columns = line.starts_with('|').then(|| *columns.get_or_insert(parts));
        if columns.is_some_and(|columns| columns != parts) {
            return Some(format!("{parts} bars, not {columns:?}: {line:?}"));
        }
    }
    None
}

/// A line of Markdown without its code spans and what is escaped.
fn without_code(line: &str) -> String {
    let (mut out, mut rest) = (String::new(), line);
    while let Some(c) = rest.chars().next() {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        let closed = || {
            let mut from = ticks;
            loop {
                let at = from + rest.get(from..)?.find('`')?;
                let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
                if run == ticks {
                    return Some(at + run);
                }
                from = at + run;
            }
        };
        rest = match c {
            '\\' => rest.get(1..).and_then(|next| next.get(next.chars().next()?.len_utf8()..)).unwrap_or(""),
            '`' => &rest[closed().unwrap_or(ticks)..],
            _ => {
                out.push(c);
                &rest[c.len_utf8()..]
            }
        };
    }
    out
}

/// RFC 4180: every record has as many cells, and none is a formula.
pub(crate) fn csv(bytes: &[u8]) -> Wrong {
    if let Some(wrong) = text(bytes) {
        return Some(wrong);
    }
    let (mut rows, mut cell, mut quoted) = (vec![Vec::new()], String::new(), false);
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace("\"\"", "\u{1}");
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => {
                rows.last_mut()?.push(std::mem::take(&mut cell));
                if c == '\n' {
                    rows.push(Vec::new());
                }
            }
            _ => cell.push(c),
        }
    }
    rows.pop();
    let wrong = |row: &&Vec<String>| {
        row.len() != rows[0].len()
            || row.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r']))
    };
    rows.iter().find(wrong).map(|row| format!("{row:?}"))
}
