//! Header fields: folded lines joined, names without regard to case.

/// Fields read of one header.
const FIELDS: usize = 1_000;
/// Bytes kept of one field.
const VALUE: usize = 64 * 1024;

/// The fields of a header, in order.
#[derive(Clone, Debug, Default)]
pub(in crate::parse) struct Fields(Vec<(Vec<u8>, Vec<u8>)>);

/// The name and the value of a line that begins a field. Blanks before the colon are an old form.
pub(in crate::parse) fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!name.is_empty() && name.len() <= 100 && name.iter().all(plain)).then(|| (name, &line[colon + 1..]))
}

impl Fields {
    /// Reads the fields at the start of `text`; answers them and what follows the blank line. A line
    /// that is no field ends them as well.
    pub(in crate::parse) fn read(text: &[u8]) -> (Self, &[u8]) {
        let mut fields: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1);
            let line = text[at..end].trim_ascii_end();
            if line.is_empty() {
                return (Self(fields), &text[end..]);
            }
            if matches!(line[0], b' ' | b'\t') {
                if let Some((_, value)) = fields.last_mut() {
                    push(value, line.trim_ascii_start());
                }
            } else if let Some((name, rest)) = field(line) {
                if fields.len() < FIELDS {
                    let mut value = Vec::new();
                    push(&mut value, rest.trim_ascii_start());
                    fields.push((name.to_vec(), value));
                }
            } else if !fields.is_empty() || !line.starts_with(b">From ") {
                return (Self(fields), &text[at..]);
            }
            at = end;
        }
        (Self(fields), b"")
    }

    /// The first field of this name.
    pub(in crate::parse) fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.all().find_map(|(have, value)| have.eq_ignore_ascii_case(name).then_some(value))
    }

    /// Every field, in order.
    pub(in crate::parse) fn all(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_slice(), value.as_slice()))
    }

    /// Whether there is none.
    pub(in crate::parse) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `type/subtype` in lower case, and its parameters.
    pub(in crate::parse) fn kind(&self) -> (Vec<u8>, &[u8]) {
        let value = self.get(b"Content-Type").unwrap_or_default();
        let end = memchr::memchr(b';', value).unwrap_or(value.len());
        let kind = value[..end].trim_ascii().to_ascii_lowercase();
        let kind = if kind.contains(&b'/') { kind } else { b"text/plain".to_vec() };
        (kind, value.get(end + 1..).unwrap_or_default())
    }

    /// A parameter such as `boundary="x y"`.
    pub(in crate::parse) fn parameter(parameters: &[u8], name: &[u8]) -> Option<Vec<u8>> {
        let mut rest = parameters;
        loop {
            rest = rest.trim_ascii_start();
            let equals = memchr::memchr(b'=', rest)?;
            let this = rest[..equals].trim_ascii();
            rest = rest[equals + 1..].trim_ascii_start();
            let (value, after) = match rest.strip_prefix(b"\"") {
                Some(quoted) => {
                    let end = memchr::memchr(b'"', quoted).unwrap_or(quoted.len());
                    (&quoted[..end], quoted.get(end + 1..).unwrap_or_default())
                }
                None => {
                    let end = memchr::memchr2(b';', b' ', rest).unwrap_or(rest.len());
                    (&rest[..end], &rest[end..])
                }
            };
            if this.eq_ignore_ascii_case(name) {
                return Some(value.trim_ascii().to_vec());
            }
            let next = memchr::memchr(b';', after)?;
            rest = &after[next + 1..];
        }
    }
}

fn push(value: &mut Vec<u8>, line: &[u8]) {
    if !value.is_empty() && !line.is_empty() {
        value.push(b' ');
    }
    let room = VALUE.saturating_sub(value.len());
    value.extend_from_slice(&line[..line.len().min(room)]);
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn folded_fields_are_joined_and_found_in_any_case() {
        let (fields, rest) = Fields::read(b"A: 1\r\n\t2\r\n  3\r\nb : x: y\r\n\r\nbody");
        assert_eq!(fields.get(b"a"), Some(&b"1 2 3"[..]));
        assert_eq!(fields.get(b"B"), Some(&b"x: y"[..]));
        assert_eq!(rest, b"body");
    }

    #[test]
    fn parameters_are_found_quoted_or_not() {
        let of = |text: &str, name: &str| {
            Fields::parameter(text.as_bytes(), name.as_bytes())
                .map(|value| String::from_utf8_lossy(&value).into_owned())
        };
        let text = " report-type=delivery-status; x=\"a;b\" ; boundary=\"==_a b\"";
        assert_eq!(of(text, "Boundary").as_deref(), Some("==_a b"));
        assert_eq!(of(text, "report-type").as_deref(), Some("delivery-status"));
        assert_eq!(of(text, "charset"), None);
    }
}
