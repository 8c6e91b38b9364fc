//! A mail message: its header fields, unfolded, and its parts, decoded (RFC 5322, 2045–2047).
//!
//! Only what bounces need: no attachments, no encoded words. Every bound that was reached is told.

mod decode;
mod fields;

pub(in crate::parse) use fields::{Fields, field};

/// Parts read of one message.
const PARTS: usize = 64;
/// Multiparts inside multiparts.
const DEPTH: usize = 8;

/// A part that holds no other parts.
#[derive(Debug)]
pub(in crate::parse) struct Part {
    /// `type/subtype` in lower case; `text/plain` where it does not say.
    pub(in crate::parse) kind: Vec<u8>,
    /// What it holds, decoded.
    pub(in crate::parse) body: Vec<u8>,
}

/// A message taken apart.
#[derive(Debug)]
pub(in crate::parse) struct Mail {
    /// Its header.
    pub(in crate::parse) fields: Fields,
    /// Its parts, in order.
    pub(in crate::parse) parts: Vec<Part>,
    /// What was not read, and why.
    pub(in crate::parse) notes: Vec<&'static str>,
}

impl Mail {
    /// Takes a message apart. An mbox `From ` line and blank lines before it are passed over.
    pub(in crate::parse) fn read(text: &[u8]) -> Self {
        let (fields, body) = Fields::read(start(text));
        let mut mail = Self { fields: fields.clone(), parts: Vec::new(), notes: Vec::new() };
        mail.add(fields, body, 0);
        mail
    }

    /// Adds a part, or the parts inside it.
    fn add(&mut self, fields: Fields, body: &[u8], depth: usize) {
        if self.parts.len() >= PARTS {
            return self.note("more than 64 parts: the rest was not read");
        }
        let (kind, parameters) = fields.kind();
        let boundary = Fields::parameter(parameters, b"boundary").filter(|boundary| !boundary.is_empty());
        match boundary {
            Some(_) if kind.starts_with(b"multipart/") && depth >= DEPTH => {
                self.note("parts nested more than 8 deep were not read");
            }
            Some(boundary) if kind.starts_with(b"multipart/") => {
                let mut closed = false;
                for part in sections(body, &boundary, &mut closed) {
                    let (fields, body) = Fields::read(part);
                    self.add(fields, body, depth + 1);
                }
                if !closed && self.parts.len() < PARTS {
                    self.note("it ends before its last part does: it is cut");
                }
            }
            _ => {
                let encoding = fields.get(b"Content-Transfer-Encoding").unwrap_or_default().trim_ascii();
                let mut body = if encoding.eq_ignore_ascii_case(b"base64") {
                    let (bytes, whole) = decode::base64(body);
                    if !whole {
                        self.note("its base64 is damaged or cut: what could be decoded was read");
                    }
                    bytes
                } else if encoding.eq_ignore_ascii_case(b"quoted-printable") {
                    decode::quoted_printable(body)
                } else {
                    body.to_vec()
                };
                if let Some(charset) = Fields::parameter(parameters, b"charset") {
                    decode::to_utf8(&mut body, &charset);
                }
                self.parts.push(Part { kind, body });
            }
        }
    }

    fn note(&mut self, words: &'static str) {
        if !self.notes.contains(&words) {
            self.notes.push(words);
        }
    }
}

/// The message behind a byte order mark, blank lines and an mbox `From ` line.
pub(in crate::parse) fn start(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(super::BOM).unwrap_or(text).trim_ascii_start();
    match text.strip_prefix(b"From ") {
        Some(_) => &text[memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1)..],
        None => text,
    }
}

/// What stands between the boundaries of a multipart.
fn sections<'a>(body: &'a [u8], boundary: &[u8], closed: &mut bool) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut begun = None;
    let mut at = 0;
    while at < body.len() {
        let end = memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |end| at + end + 1);
        let line = body[at..end].trim_ascii_end();
        if let Some(rest) = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary))
            && matches!(rest, b"" | b"--")
        {
            if let Some(from) = begun {
                found.push(&body[from..at]);
            }
            if rest == b"--" {
                *closed = true;
                return found;
            }
            begun = Some(end);
            if found.len() > PARTS {
                return found;
            }
        }
        at = end;
    }
    if let Some(from) = begun {
        found.push(&body[from..]);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Mail;

    fn parts(text: &str) -> Vec<(String, String)> {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Mail::read(text.as_bytes())
            .parts
            .iter()
            .map(|part| (lossy(&part.kind), lossy(part.body.trim_ascii())))
            .collect()
    }

    #[test]
    fn parts_are_found_and_decoded_at_every_depth() {
        let text = "From MAILER-DAEMON Sat Nov 21 10:00:00 2026\r\n\
                    Content-Type: multipart/mixed;\r\n\tboundary=\"a b\"\r\n\r\npreamble\r\n\
                    --a b\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n\
                    --in\r\nContent-Type: Text/Plain; charset=iso-8859-1\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9 a=\r\nb\r\n--in--\r\n\
                    --a b\r\nContent-Transfer-Encoding: base64\r\n\r\nNTUwIG5v\r\n--a b--\r\nepilogue";
        let want = [("text/plain", "café ab"), ("text/plain", "550 no")];
        assert_eq!(parts(text), want.map(|(kind, body)| (kind.to_owned(), body.to_owned())));
    }

    #[test]
    fn what_is_cut_is_read_to_the_cut_and_told() {
        let mail = Mail::read(
            b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Transfer-Encoding: base64\n\nNTUwIG5",
        );
        assert_eq!(mail.parts.len(), 1);
        assert_eq!(mail.parts[0].body, b"550 n");
        assert_eq!(mail.notes.len(), 2, "{:?}", mail.notes);
    }

    #[test]
    fn nesting_and_numbers_have_bounds() {
        let mut deep = Vec::new();
        for depth in 0..50 {
            deep.extend(format!("Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n").bytes());
        }
        let mail = Mail::read(&deep);
        assert!(mail.parts.is_empty() && mail.notes.iter().any(|note| note.contains("8 deep")));
        let many = "Content-Type: multipart/mixed; boundary=b\n\n".to_owned() + &"--b\n\nx\n".repeat(500);
        assert_eq!(Mail::read(many.as_bytes()).parts.len(), super::PARTS);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            let _ = Mail::read(&bytes);
            let inside = [b"Content-Type: multipart/x; boundary=a\n\n--a\n".to_vec(), bytes].concat();
            let _ = Mail::read(&inside);
        }
    }
}
