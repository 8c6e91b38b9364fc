//! Where changes decide what a path names, and who hears of them.
//!
//! A folder's watch hears of names in it and of what is written by these names. A path passes through more:
//! each folder that holds one of its links, so that a switched link is heard of; the folder around the
//! log's, so that it may be replaced; where that is not there, the nearest one that is. And a file may be
//! written to by a name in another folder: where it is mounted over another one (as a container's log is), or
//! has several names, only a watch on the file itself hears of it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use super::disk::Identity;

/// Links on the way that are followed, as the system does.
const LINKS: usize = 40;

/// The folders, beside that of `path` itself, whose changes may make it name another file: those that hold a
/// link on its way, the folder that it ends in, and the one around that.
#[must_use]
pub fn trail(path: &Path) -> Vec<PathBuf> {
    let mut at = PathBuf::new();
    let mut rest: Vec<OsString> = parts(path);
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut links = 0;
    while let Some(part) = rest.pop() {
        let is_up = part == Component::ParentDir.as_os_str();
        let next = at.join(&part);
        let link = if is_up { None } else { std::fs::read_link(&next).ok() };
        match link {
            Some(target) if links < LINKS => {
                links += 1;
                note(&mut folders, &at);
                rest.extend(parts(&target));
            }
            // What was passed is no link any more: going up is what it looks like.
            _ if is_up && at.file_name().is_some() => _ = at.pop(),
            _ => at = next,
        }
    }
    if let Some(end) = at.parent() {
        note(&mut folders, end);
        let mut around = end.parent();
        while let Some(folder) = around.filter(|folder| !or_here(folder).is_dir()) {
            around = folder.parent();
        }
        around.into_iter().for_each(|around| note(&mut folders, around));
    }
    folders
}

/// A file, and whether it is to be watched beside its folder: asked again when the path names another one.
#[derive(Clone, Debug, Default)]
pub struct Own {
    file: Option<Identity>,
    is_mounted: bool,
}

impl Own {
    /// Whether what `path` names now is to be watched itself.
    pub fn is_needed(&mut self, path: &Path) -> bool {
        let Some(now) = std::fs::metadata(path).ok().filter(|now| now.is_file()) else { return false };
        let identity = (now.dev(), now.ino());
        if self.file != Some(identity) {
            let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
            let here = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
            *self = Self { file: Some(identity), is_mounted: is_mount(&mounts, &here) };
        }
        self.is_mounted || now.nlink() > 1
    }
}

/// The parts of a path, the last of them first.
fn parts(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.rev().map(|part| part.as_os_str().to_owned()).collect()
}

fn note(folders: &mut Vec<PathBuf>, folder: &Path) {
    let folder = or_here(folder);
    if !folders.iter().any(|other| other == folder) {
        folders.push(folder.to_owned());
    }
}

fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Whether something is mounted at `path`, as `mountinfo` of proc(5) has it: the fifth field, in which blanks
/// and backslashes are octal.
fn is_mount(mounts: &[u8], path: &Path) -> bool {
    let mut name = Vec::new();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\\' => name.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
            _ => name.push(*byte),
        }
    }
    mounts.split(|byte| *byte == b'\n').any(|line| line.split(|byte| *byte == b' ').nth(4) == Some(&name))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::{Own, is_mount, trail};

    fn within(root: &Path, path: &str) -> Vec<String> {
        let cut = |folder: PathBuf| folder.strip_prefix(root).ok().map(|path| path.display().to_string());
        trail(&root.join(path)).into_iter().filter_map(cut).collect()
    }

    #[test]
    fn every_folder_that_decides_what_a_path_names_is_on_its_trail() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        for made in ["a/log", "b/in", "c"] {
            fs::create_dir_all(root.join(made)).unwrap();
        }
        assert_eq!(within(&root, "a/log/mail.log"), ["a/log", "a"]);
        // A link to the folder, to the folder around it, and to the file, by way of another link.
        symlink("a", root.join("cur")).unwrap();
        assert_eq!(within(&root, "cur/log/mail.log"), ["", "a/log", "a"]);
        symlink(root.join("a/log"), root.join("c/log")).unwrap();
        assert_eq!(within(&root, "c/log/mail.log"), ["c", "a/log", "a"]);
        symlink("../../c/now", root.join("b/in/mail.log")).unwrap();
        symlink(root.join("cur/log/real"), root.join("c/now")).unwrap();
        assert_eq!(within(&root, "b/in/mail.log"), ["b/in", "c", "", "a/log", "a"]);
        // What is not there yet is heard of where it will be made.
        assert_eq!(within(&root, "a/not/there/yet/mail.log"), ["a/not/there/yet", "a"]);
    }

    #[test]
    fn links_in_a_circle_have_an_end() {
        let folder = tempfile::tempdir().unwrap();
        symlink("loop", folder.path().join("loop")).unwrap();
        assert!(!trail(&folder.path().join("loop/mail.log")).is_empty());
        assert_eq!(trail(Path::new("mail.log")), [Path::new(".")]);
        assert_eq!(trail(Path::new("/mail.log")), [Path::new("/")]);
    }

    #[test]
    fn a_file_with_several_names_or_mounted_over_another_is_watched_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        let mut own = Own::default();
        assert!(!own.is_needed(&path));
        fs::write(&path, "").unwrap();
        assert!(!own.is_needed(&path));
        fs::hard_link(&path, folder.path().join("other")).unwrap();
        assert!(own.is_needed(&path));
        let mounts = b"1 0 8:1 / / rw - ext4 /dev/x rw\n2 1 8:1 /a /srv/my\\040log rw - ext4 /dev/x rw\n";
        assert!(is_mount(mounts, Path::new("/srv/my log")));
        assert!(!is_mount(mounts, Path::new("/srv/my")));
    }
}
