//! The last line of a log that says something.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Bytes at the end of a file that are looked at.
const END: u64 = 64 << 10;

/// What `read` says of the last line of `file`, a plain log, of which it says anything. Lines come without
/// their line end; `None` where it says nothing of the last 64 KiB.
///
/// # Errors
/// What the system says.
pub fn last<T>(file: &File, read: &mut dyn FnMut(&[u8]) -> Option<T>) -> io::Result<Option<T>> {
    let size = file.metadata()?.len();
    let from = size.saturating_sub(END);
    let mut end = vec![0; usize::try_from(size - from).unwrap_or_default()];
    file.read_exact_at(&mut end, from)?;
    // The first one is cut, unless it begins the file.
    let first =
        if from == 0 { 0 } else { end.iter().position(|byte| *byte == b'\n').map_or(end.len(), |at| at + 1) };
    Ok(end[first..].rsplit(|byte| *byte == b'\n').find_map(read))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::{END, last};

    fn of(text: &[u8]) -> Option<u32> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        let mut read = |line: &[u8]| std::str::from_utf8(line).ok()?.strip_prefix("at ")?.parse().ok();
        last::<u32>(&File::try_clone(&file).unwrap(), &mut read).unwrap()
    }

    #[test]
    fn the_last_line_that_says_something_is_found_whole_or_not_at_all() {
        assert_eq!(of(b""), None);
        assert_eq!(of(b"at 1\nat 2\n"), Some(2));
        assert_eq!(of(b"at 1\nat 2\n  more of it\n\n"), Some(2));
        assert_eq!(of(b"at 1"), Some(1));
        let far = [b"at 1\n".as_slice(), &vec![b'x'; END as usize], b"\n"].concat();
        assert_eq!(of(&far), None);
        // A line of which only the end is seen says nothing.
        let cut = [b"at 1\n".as_slice(), &vec![b' '; END as usize - 5], b"at 7\n"].concat();
        assert_eq!(of(&cut), None);
    }
}
