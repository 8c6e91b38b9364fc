//! Results of authentication in headers: Authentication-Results (RFC 8601), its ARC form (RFC 8617),
//! Received-SPF (RFC 7208 section 9.1); folded or not, alone or in a message's header.

use super::mail::{self, Fields, field};
use crate::model::{Authentication, MethodResult, domain};
use crate::text::Clean;

/// Headers read of one text.
const HEADERS: usize = 100;
/// Results read of one header, and properties of one result.
const RESULTS: usize = 50;
/// Bytes read of one header.
const VALUE: usize = 64 * 1024;
/// Bytes kept of a name or a value.
const WORD: usize = 512;

/// Methods whose results stand on lines of their own where the fold was lost.
const METHODS: [&[u8]; 14] = [
    b"spf",
    b"dkim",
    b"dmarc",
    b"arc",
    b"iprev",
    b"auth",
    b"dkim-adsp",
    b"dkim-atps",
    b"sender-id",
    b"compauth",
    b"bimi",
    b"dnswl",
    b"domainkeys",
    b"x-google-dkim",
];

/// What a text tells of authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// The headers, the topmost (youngest) first.
    pub headers: Vec<Authentication>,
    /// The domain of the message's From field, where it was pasted too; else empty.
    pub from: Clean,
    /// What was not read, and why.
    pub notes: Vec<&'static str>,
}

/// Whether a text tells results at all.
#[must_use]
pub fn tells(text: &[u8]) -> bool {
    !read(text).headers.is_empty()
}

/// Whether it begins with results: with such a header, or with nothing but lines of results; remarks
/// (`#`) aside.
#[must_use]
pub fn begins(text: &[u8]) -> bool {
    let is_result = |line: &&[u8]| is_result(line);
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let Some(first) = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")) else { return false };
    field(first).is_some_and(|(name, _)| is_header(name))
        || (is_result(&first)
            && lines.filter(|line| !line.is_empty()).take(1_000).all(|line| is_result(&line)))
}

/// Reads every header that tells results. Of a message only its own header is read, not its body.
#[must_use]
pub fn read(text: &[u8]) -> Results {
    let text = mail::start(text);
    let (fields, body) = Fields::read(text);
    let own = fields.all().any(|(name, value)| is_header(name) && !value.is_empty());
    let text = if own { &text[..text.len() - body.len()] } else { text };
    let mut found = Results::default();
    if let Some(from) = fields.get(b"From") {
        found.from = from_domain(from);
    }
    let mut open: Option<(&[u8], Vec<u8>)> = None;
    for line in text.split(|byte| *byte == b'\n') {
        let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
        let line = line.trim_ascii();
        match (&mut open, field(line).filter(|_| !is_folded)) {
            (_, Some((name, value))) if is_header(name) => {
                found.close(open.replace((name, value.trim_ascii().to_vec())));
            }
            (Some((_, value)), _) if (is_folded || is_result(line)) && !line.is_empty() => {
                if !is_folded && !value.is_empty() && !value.ends_with(b";") {
                    value.push(b';');
                }
                if value.len() < VALUE {
                    value.push(b' ');
                    value.extend_from_slice(&line[..line.len().min(VALUE)]);
                }
            }
            (None, _) if is_result(line) => open = Some((b"", line.to_vec())),
            (Some(_), _) => found.close(open.take()),
            (None, _) => {}
        }
    }
    found.close(open);
    found
}

fn is_header(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 4] = [
        b"Authentication-Results",
        b"ARC-Authentication-Results",
        b"Received-SPF",
        b"X-Original-Authentication-Results",
    ];
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a line begins with `method=result`.
fn is_result(line: &[u8]) -> bool {
    let Some(equals) = memchr::memchr(b'=', line) else { return false };
    let is_word = |byte: &u8| byte.is_ascii_alphabetic();
    METHODS.iter().any(|method| method.eq_ignore_ascii_case(&line[..equals]))
        && line.get(equals + 1).is_some_and(is_word)
}

/// The domain of `Name <a@b.example>`.
fn from_domain(value: &[u8]) -> Clean {
    let value = value.trim_ascii();
    let end = memchr::memrchr(b'>', value).unwrap_or(value.len());
    let name = domain(&value[..end]);
    let end =
        name.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | 0x80..)));
    Clean::head(&name[..end.unwrap_or(name.len())], WORD)
}

impl Results {
    fn close(&mut self, header: Option<(&[u8], Vec<u8>)>) {
        let Some((name, value)) = header else { return };
        if self.headers.len() >= HEADERS {
            if self.notes.is_empty() {
                self.notes.push("more than 100 headers with results: the rest was not read");
            }
            return;
        }
        let mut read =
            if name.eq_ignore_ascii_case(b"Received-SPF") { received_spf(&value) } else { header_of(&value) };
        read.header = Clean::new(name);
        self.headers.push(read);
    }
}

/// A piece of a header's value between semicolons: words, and what stands in parentheses.
#[derive(Debug, Default)]
struct Piece {
    words: Vec<Vec<u8>>,
    comment: Vec<u8>,
}

/// Splits at semicolons outside quotes and parentheses. Blanks around `=` are allowed.
fn pieces(value: &[u8]) -> Vec<Piece> {
    let mut found = vec![Piece::default()];
    let (mut depth, mut quoted, mut escaped, mut fresh) = (0usize, false, false, true);
    for byte in value {
        let Some(piece) = found.last_mut() else { break };
        let plain = !std::mem::replace(&mut escaped, false);
        if depth > 0 || (plain && !quoted && *byte == b'(') {
            match byte {
                b'(' if plain => depth += 1,
                b')' if plain => depth -= 1,
                b'\\' if plain => escaped = true,
                _ => {}
            }
            let is_outer = (depth == 1 && *byte == b'(') || depth == 0;
            if !is_outer {
                piece.comment.push(*byte);
            } else if *byte == b'(' && !piece.comment.is_empty() {
                piece.comment.extend_from_slice(b"; ");
            }
            fresh = true;
            continue;
        }
        match byte {
            b'"' if plain => quoted = !quoted,
            b'\\' if plain && quoted => escaped = true,
            b';' if !quoted => {
                if found.len() > RESULTS {
                    break;
                }
                found.push(Piece::default());
                fresh = true;
            }
            b' ' | b'\t' | b'\r' if !quoted => fresh = true,
            _ => {
                let goes_on = |word: &Vec<u8>| !fresh || *byte == b'=' || word.ends_with(b"=");
                let room = piece.words.len() < RESULTS;
                match piece.words.last_mut().filter(|word| goes_on(word)) {
                    Some(word) if word.len() < WORD => word.push(*byte),
                    None if room => piece.words.push(vec![*byte]),
                    _ => {}
                }
                fresh = false;
            }
        }
    }
    found
}

fn header_of(value: &[u8]) -> Authentication {
    let mut read = Authentication::default();
    for piece in pieces(value) {
        let Some((first, more)) = piece.words.split_first() else { continue };
        let Some((method, result)) = pair(first) else {
            if read.server.is_empty() && read.results.is_empty() && !first.eq_ignore_ascii_case(b"none") {
                read.server = Clean::new(first);
            }
            continue;
        };
        if method == b"i" && read.results.is_empty() {
            read.instance = std::str::from_utf8(result).ok().and_then(|number| number.parse().ok());
            continue;
        }
        let method = method.split(|byte| *byte == b'/').next().unwrap_or_default();
        let mut one = MethodResult {
            method: lower(method),
            result: lower(result),
            comment: Clean::head(&piece.comment, WORD),
            ..MethodResult::default()
        };
        for (name, value) in more.iter().filter_map(|word| pair(word)) {
            if name.eq_ignore_ascii_case(b"reason") {
                one.reason = Clean::new(value);
            } else {
                one.properties.push((lower(name), Clean::new(value)));
            }
        }
        read.results.push(one);
    }
    read
}

/// `fail (comment) client-ip=192.0.2.1; envelope-from="a@b.example"; receiver=mx.example;`
fn received_spf(value: &[u8]) -> Authentication {
    let mut one = MethodResult { method: Clean::from("spf"), ..MethodResult::default() };
    let mut server = Clean::default();
    for piece in pieces(value) {
        if one.comment.is_empty() {
            one.comment = Clean::head(&piece.comment, WORD);
        }
        for word in &piece.words {
            match pair(word) {
                None if one.result.is_empty() => one.result = lower(word),
                Some((name, value)) if name.eq_ignore_ascii_case(b"receiver") => server = Clean::new(value),
                Some((name, value)) => {
                    // The same names as in the other headers.
                    let name = match name.to_ascii_lowercase().as_slice() {
                        b"envelope-from" => Clean::from("smtp.mailfrom"),
                        b"helo" => Clean::from("smtp.helo"),
                        name => Clean::new(name),
                    };
                    one.properties.push((name, Clean::new(value)));
                }
                None => {}
            }
        }
    }
    Authentication { server, results: vec![one], ..Authentication::default() }
}

fn pair(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = memchr::memchr(b'=', word).filter(|at| *at > 0)?;
    Some((&word[..equals], &word[equals + 1..]))
}

fn lower(word: &[u8]) -> Clean {
    Clean::head(&word.to_ascii_lowercase(), WORD)
}

#[cfg(test)]
mod tests {
    use super::read;

    /// `server: method=result property=value (comment)`.
    fn told(text: &str) -> Vec<String> {
        let found = read(text.as_bytes());
        let each = |header: &crate::model::Authentication| {
            header
                .results
                .iter()
                .map(|one| {
                    let more: String =
                        one.properties.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                    format!("{}: {}={}{more} ({})", header.server, one.method, one.result, one.comment)
                })
                .collect::<Vec<_>>()
        };
        found.headers.iter().flat_map(each).collect()
    }

    #[test]
    fn google_writes_comments_and_folds() {
        let text = "Authentication-Results: mx.google.com;\r\n       dkim=pass header.i=@esp.example header.s=s1;\r\n       \
                    spf=softfail (google.com: domain of a@b.example (x; y) says no) smtp.mailfrom=a@b.example;\r\n       \
                    dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=brand.example\r\n";
        assert_eq!(
            told(text),
            [
                "mx.google.com: dkim=pass header.i=@esp.example header.s=s1 ()",
                "mx.google.com: spf=softfail smtp.mailfrom=a@b.example (google.com: domain of a@b.example (x; y) says no)",
                "mx.google.com: dmarc=fail header.from=brand.example (p=REJECT sp=NONE dis=NONE)",
            ]
        );
    }

    #[test]
    fn microsoft_leaves_its_name_out_and_arc_has_numbers() {
        assert_eq!(
            told(
                "Authentication-Results: spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=b.example; dkim=none (message not signed) header.d=none;dmarc=fail action=oreject header.from=b.example;compauth=fail reason=000"
            ),
            [
                ": spf=fail smtp.mailfrom=b.example (sender IP is 192.0.2.1)",
                ": dkim=none header.d=none (message not signed)",
                ": dmarc=fail action=oreject header.from=b.example ()",
                ": compauth=fail ()",
            ]
        );
        let arc = read(b"ARC-Authentication-Results: i=2; mx.example; dkim=pass (x) header.d=b.example");
        assert_eq!((arc.headers[0].instance, arc.headers[0].server.as_str()), (Some(2), "mx.example"));
    }

    #[test]
    fn lost_folds_blanks_and_quotes_are_forgiven() {
        assert_eq!(
            told(
                "# check headers for:\nAuthentication-Results:\nspf=fail\ndkim=fail\ndmarc=fail\nError messages: x"
            ),
            [": spf=fail ()", ": dkim=fail ()", ": dmarc=fail ()"]
        );
        assert_eq!(
            told(
                "Authentication-Results: mx.example 1; dkim/1 = fail reason=\"bad; key\" header.d = \"b.example\""
            ),
            ["mx.example: dkim=fail header.d=b.example ()"]
        );
        assert_eq!(told("Authentication-Results: mx.example; none"), [""; 0]);
    }

    #[test]
    fn received_spf_speaks_the_same() {
        let text = "Received-SPF: Fail (mx.example: domain of a@b.example does not designate) receiver=mx.example;\n\tclient-ip=192.0.2.1; envelope-from=\"a@b.example\"; helo=x.example;";
        assert_eq!(
            told(text),
            [
                "mx.example: spf=fail client-ip=192.0.2.1 smtp.mailfrom=a@b.example smtp.helo=x.example (mx.example: domain of a@b.example does not designate)"
            ]
        );
    }

    #[test]
    fn of_a_message_only_its_own_header_counts() {
        let text = "From: \"x@y\" <news@brand.example>\nAuthentication-Results: mx.example; spf=pass\n\nAuthentication-Results: evil.example; spf=fail\n";
        assert_eq!(told(text), ["mx.example: spf=pass ()"]);
        assert_eq!(read(text.as_bytes()).from.as_str(), "brand.example");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let _ = read(&[b"Authentication-Results: ".to_vec(), bytes].concat());
        }
    }
}
