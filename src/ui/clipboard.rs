//! Copying through the terminal (OSC 52): it works over ssh, where no other clipboard does.

/// The most that is sent: 100,000 bytes of sequence is what common terminals take at once.
const LIMIT: usize = 74_000;

/// Terminals as far as the clipboard is concerned.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// Takes OSC 52, or silently does not.
    Terminal,
    /// Passes it on only where it is told to.
    Tmux,
    /// Has no clipboard.
    Console,
    /// Swallows it.
    Screen,
}

impl Carrier {
    /// From the environment of this process.
    pub(super) fn here() -> Self {
        let term = std::env::var("TERM").unwrap_or_default();
        Self::of(&term, std::env::var_os("TMUX").is_some())
    }

    fn of(term: &str, tmux: bool) -> Self {
        match term {
            "linux" | "dumb" | "" => Self::Console,
            _ if tmux => Self::Tmux,
            _ if term.starts_with("screen") => Self::Screen,
            _ => Self::Terminal,
        }
    }
}

/// What to send and what to say about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Copy {
    /// The sequence; empty when it cannot work.
    pub(super) sequence: String,
    /// What was copied, or why not.
    pub(super) says: String,
}

/// Copies `text`, which is called `what`, through `carrier`. The text holds nothing but what
/// [`crate::text::Clean`] lets through and our own line ends.
pub(super) fn copy(what: &str, text: &str, carrier: Carrier) -> Copy {
    let refused = |says: &str| Copy { sequence: String::new(), says: says.to_owned() };
    if text.is_empty() {
        return refused("nothing here to copy");
    }
    if text.len() > LIMIT {
        return refused(&format!(
            "not copied: {} bytes are more than a terminal takes ({LIMIT})",
            text.len()
        ));
    }
    let caution = match carrier {
        Carrier::Console => return refused("not copied: this console has no clipboard"),
        Carrier::Screen => return refused("not copied: screen does not pass it on"),
        Carrier::Tmux => " (tmux passes it on with `set -g set-clipboard on`)",
        Carrier::Terminal => "",
    };
    Copy {
        sequence: format!("\x1b]52;c;{}\x07", base64(text.as_bytes())),
        says: format!("copied {what}, {} bytes{caution}", text.len()),
    }
}

/// RFC 4648 section 4.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let group = (a << 16) | (b << 8) | c;
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let sign = SIGNS[(group >> shift) as usize & 63];
            out.push(if at > chunk.len() { '=' } else { char::from(sign) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Carrier, base64, copy};

    #[test]
    fn base64_agrees_with_the_vectors_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn says_what_was_copied_or_why_not() {
        let done = copy("the reply", "550 no", Carrier::Terminal);
        assert_eq!(done.sequence, "\x1b]52;c;NTUwIG5v\x07");
        assert_eq!(done.says, "copied the reply, 6 bytes");
        assert!(copy("x", &"x".repeat(80_000), Carrier::Terminal).sequence.is_empty());
        assert!(copy("x", "x", Carrier::Console).says.contains("no clipboard"));
        assert!(copy("x", "x", Carrier::Tmux).says.contains("set-clipboard"));
        assert!(copy("x", "", Carrier::Terminal).sequence.is_empty());
    }

    #[test]
    fn knows_who_carries_it() {
        assert_eq!(Carrier::of("linux", false), Carrier::Console);
        assert_eq!(Carrier::of("screen-256color", true), Carrier::Tmux);
        assert_eq!(Carrier::of("screen.xterm", false), Carrier::Screen);
        assert_eq!(Carrier::of("xterm-256color", false), Carrier::Terminal);
    }
}
