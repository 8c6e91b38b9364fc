//! The faults: what happens to a log, one after the other. README's matrix is made of this table.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use super::scene::Scene;

/// A moment in which others run; nothing is judged by it.
const MOMENT: Duration = Duration::from_millis(150);

/// What happens.
pub(crate) struct Fault {
    /// As README says it.
    pub(crate) name: &'static str,
    /// What it cannot be played without.
    pub(crate) needs: Needs,
    pub(crate) play: fn(&mut Scene<'_>),
}

/// What a fault cannot be played without.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    Logrotate,
    /// A user namespace of one's own.
    Limits,
    /// A mount namespace of one's own, in which overlays can be mounted.
    Mounts,
}

impl Needs {
    /// Every kind of them.
    pub(crate) const ALL: [Self; 3] = [Self::Logrotate, Self::Limits, Self::Mounts];

    /// What it is, in words, and what tells that it is there.
    pub(crate) fn test(self) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => ("nothing", "true"),
            Self::Logrotate => ("logrotate", "logrotate --version"),
            Self::Limits => (
                "a namespace with limits of its own",
                "unshare -U -r sh -c 'echo 0 >/proc/sys/user/max_inotify_instances'",
            ),
            Self::Mounts => (
                "a namespace with an overlay of its own",
                "unshare -m sh -c 'd=$(mktemp -d) && mount -t tmpfs none $d && mkdir $d/l $d/u $d/w && \
                 mount -t overlay none -o lowerdir=$d/l,upperdir=$d/u,workdir=$d/w $d/l'",
            ),
        }
    }
}

const fn fault(name: &'static str, play: fn(&mut Scene<'_>)) -> Fault {
    Fault { name, needs: Needs::Nothing, play }
}

const fn logrotate(name: &'static str, play: fn(&mut Scene<'_>)) -> Fault {
    Fault { name, needs: Needs::Logrotate, play }
}

pub(crate) const FAULTS: [Fault; 47] = [
    fault("none: lines are appended", |s| {
        begin(s);
        s.write(500);
    }),
    fault("100,000 lines in one write", |s| {
        begin(s);
        s.write_at_once(100_000);
    }),
    logrotate("logrotate: `create`", |s| by_logrotate(s, "create 0644")),
    logrotate("logrotate: `nocreate`, `compress`, `delaycompress`", |s| {
        by_logrotate(s, "nocreate\n  compress\n  delaycompress");
    }),
    logrotate("logrotate: `create`, `dateext`", |s| {
        begin(s);
        for _ in 0..3 {
            s.write(100);
            s.logrotate("create 0644\n  dateext\n  dateformat -%Y%m%d-%s");
            s.write(30);
            s.open();
            // Two in one second would have one name.
            sleep(Duration::from_millis(1_100));
        }
        s.write(50);
    }),
    logrotate("logrotate: `copytruncate`, the writer waits", |s| {
        begin(s);
        for _ in 0..4 {
            s.write(100);
            s.seen();
            s.logrotate("copytruncate");
        }
        s.write(50);
    }),
    logrotate(
        "logrotate: `copytruncate`, the writer goes on (not counted: what is in neither log nor copy)",
        |s| {
            s.is_forgiving = true;
            begin(s);
            s.write_during(|s| {
                for _ in 0..4 {
                    sleep(MOMENT);
                    s.logrotate("copytruncate");
                }
                sleep(MOMENT);
            });
        },
    ),
    fault("renamed; the new file comes late, the writer goes on in the old one meanwhile", |s| {
        begin(s);
        for _ in 0..3 {
            s.write(50);
            s.rotate(9);
            s.write(50);
            sleep(MOMENT);
            s.open();
        }
        s.write(50);
    }),
    fault("renamed; the new file is there, the writer is told late", |s| {
        begin(s);
        for _ in 0..4 {
            s.write(50);
            s.rotate(9);
            s.create();
            s.write(50);
            sleep(MOMENT);
            s.write(20);
            s.open();
        }
        s.write(50);
    }),
    fault("renamed five times between two looks", |s| {
        begin(s);
        s.write(50);
        s.seen();
        s.unseen(|s| {
            for _ in 0..5 {
                s.write(50);
                s.rotate(9);
                s.open();
            }
            s.write(50);
        });
    }),
    fault("renamed a hundred times in a row", |s| {
        begin(s);
        for number in 0..100 {
            s.write(5);
            s.rename(&format!("mail.log-{number:05}"));
            s.open();
        }
        s.write(50);
    }),
    fault("renamed a hundred times, each deleted as soon as it was read", |s| {
        begin(s);
        for _ in 0..100 {
            s.write(5);
            s.seen();
            s.rotate(1);
            s.open();
        }
        s.write(50);
    }),
    fault("cut to nothing, and written on beyond its old size, between two looks", |s| {
        begin(s);
        s.write(50);
        s.seen();
        s.unseen(|s| {
            s.truncate();
            s.write(120);
        });
        s.write(50);
    }),
    fault("cut to nothing, and written on to its very size", |s| {
        begin(s);
        s.write(50);
        s.seen();
        s.unseen(|s| {
            s.truncate();
            s.write(50);
        });
        s.write(50);
    }),
    fault("copied and cut while its writer does not append: a hole of NULs", |s| {
        let log = s.log();
        s.writer.does(&format!("exec 3>'{}'", log.display()));
        s.follow();
        s.write(200);
        s.seen();
        s.copy();
        s.truncate();
        s.write(100);
    }),
    fault("its disk is full in the middle of a line; it is copied and cut, and goes on", |s| {
        begin(s);
        s.write(30);
        s.writer.does("ulimit -S -f 32");
        let from = s.next();
        s.writer.lines(from, from + 200);
        let text = fs::read(s.log()).unwrap();
        text.split(|byte| *byte == b'\n')
            .skip(from)
            .filter(|line| !line.is_empty())
            .for_each(|line| s.wrote(line));
        s.writer.does("ulimit -S -f unlimited");
        s.seen_whole();
        s.copy();
        s.truncate();
        s.write(50);
    }),
    fault("written anew with what it held and more, and renamed to its name", |s| {
        begin(s);
        for _ in 0..5 {
            s.write(20);
            s.rewrite("cat");
            s.write(20);
        }
    }),
    fault("written anew without its first lines (`tail -n 30`), and renamed to its name", |s| {
        begin(s);
        for _ in 0..5 {
            s.write(40);
            s.seen();
            s.rewrite("tail -n 30");
            s.write(20);
            s.seen();
        }
    }),
    fault("written anew without some lines in the middle (`sed -i`)", |s| {
        begin(s);
        s.write(100);
        s.seen();
        s.rewrite("sed 20,40d");
        s.write(50);
    }),
    fault("deleted and made anew, read before", |s| {
        begin(s);
        for _ in 0..20 {
            s.write(20);
            s.seen();
            fs::remove_file(s.log()).unwrap();
            s.open();
        }
        s.write(50);
    }),
    fault("deleted with lines that were not looked at yet, and made anew", |s| {
        begin(s);
        for _ in 0..4 {
            s.write(20);
            s.seen();
            s.unseen(|s| {
                s.write(20);
                fs::remove_file(s.log()).unwrap();
                s.open();
                s.write(20);
            });
        }
    }),
    fault("deleted, and not there for a while", |s| {
        begin(s);
        for _ in 0..3 {
            s.write(20);
            s.seen();
            fs::remove_file(s.log()).unwrap();
            sleep(MOMENT);
            s.open();
        }
        s.write(50);
    }),
    fault("a link that is switched to another file", |s| {
        let target = |s: &Scene<'_>, number: usize| s.path(&format!("target-{number}"));
        s.writer.opens(&target(s, 0));
        symlink(target(s, 0), s.log()).unwrap();
        s.follow();
        s.write(1);
        s.seen();
        for number in 1..5 {
            // What a link named while nobody looked is known to nobody.
            s.write(10);
            s.seen();
            s.write(40);
            s.writer.opens(&target(s, number));
            symlink(target(s, number), s.path("link")).unwrap();
            fs::rename(s.path("link"), s.log()).unwrap();
        }
        s.write(50);
    }),
    fault("its folder is replaced", |s| {
        begin(s);
        s.write(50);
        fs::rename(s.folder(), s.folder().with_extension("old")).unwrap();
        fs::create_dir(s.folder()).unwrap();
        s.open();
        s.write(50);
        s.seen();
        s.rotate(9);
        s.open();
        s.write(50);
    }),
    fault("not there when following begins", |s| {
        s.follow();
        sleep(MOMENT);
        s.open();
        s.write(50);
        s.seen();
        s.rotate(9);
        s.open();
        s.write(50);
    }),
    fault("half a line, and its end later", |s| {
        begin(s);
        for _ in 0..3 {
            s.write(5);
            let number = format!("{} half a ", s.next());
            s.writer.bytes(number.as_bytes());
            sleep(MOMENT);
            s.writer.bytes(b"line\n");
            s.wrote(format!("{number}line").as_bytes());
        }
        s.write(5);
    }),
    fault("half a line, renamed, and its end later in the old file", |s| {
        begin(s);
        s.write(20);
        s.seen();
        let number = format!("{} half a ", s.next());
        s.writer.bytes(number.as_bytes());
        s.rotate(9);
        s.create();
        sleep(MOMENT);
        s.writer.bytes(b"line\n");
        s.wrote(format!("{number}line").as_bytes());
        s.open();
        s.write(20);
    }),
    fault("a last line without its end, and renamed", |s| {
        begin(s);
        for _ in 0..2 {
            s.write(20);
            let last = format!("{} without an end", s.next());
            s.writer.bytes(last.as_bytes());
            s.wrote(last.as_bytes());
            s.rotate(9);
            s.open();
        }
        s.write(20);
    }),
    fault("a line that comes byte by byte, inside its characters, too", |s| {
        begin(s);
        for _ in 0..3 {
            let bytes: Vec<[u8; 1]> = "é漢😀 ‹é›\n".bytes().map(|byte| [byte]).collect();
            let parts: Vec<&[u8]> = bytes.iter().map(<[u8; 1]>::as_slice).collect();
            s.put_in_parts(&parts);
        }
        s.write(5);
    }),
    fault("a line of 200 kB", |s| long(s, 200_000)),
    fault("a line of 10 MB", |s| long(s, 10_000_000)),
    fault("NULs, escapes, C1, invalid UTF-8, lone CRs", |s| {
        begin(s);
        let strange: [&[u8]; 12] = [
            b"\0",
            &[0; 300],
            b"\xff\xfe",
            b"\xc3\x28",
            b"\x80\x81",
            b"a\rb",
            b"\x1b[2J\x1b]0;x\x07",
            b"\x9b2J",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\x0b\x0c\x08",
            b"\xe2\x80\xa8\xe2\x80\xae",
        ];
        for bytes in strange {
            s.put(bytes);
            s.write(3);
        }
    }),
    fault("lines that end with CR LF", |s| {
        begin(s);
        for _ in 0..30 {
            s.put(b"so they end on Windows\r");
        }
    }),
    fault("the follower stands still (SIGSTOP), 20,000 lines and a rotation meanwhile", |s| {
        begin(s);
        s.write(50);
        s.unseen(|s| {
            s.write_at_once(10_000);
            s.rotate(9);
            s.create();
            s.write_at_once(5_000);
            s.open();
            s.write_at_once(5_000);
            sleep(MOMENT);
        });
        s.write(50);
    }),
    fault("renamed; the new file may not be read for a while", |s| {
        s.by_nobody();
        begin(s);
        s.write(20);
        s.rotate(9);
        s.open_to_nobody();
        s.write(20);
        s.follower().has_said("may not be read");
        s.permit(true);
        s.write(20);
        s.seen();
        // What is held is read, whoever may open it.
        s.permit(false);
        s.write(20);
        s.seen();
        s.permit(true);
        s.rotate(9);
        s.open();
        s.write(20);
    }),
    Fault {
        name: "no watch can be had (limits of inotify): polled, and that is said; renamed three times",
        needs: Needs::Limits,
        play: |s| {
            s.by_one_without_watches();
            begin(s);
            s.follower().has_said("cannot be watched");
            for _ in 0..3 {
                s.write(50);
                s.rotate(9);
                s.open();
            }
            s.write(50);
        },
    },
    Fault {
        name: "an overlay: the log lies in its lower layer, and is copied up when it is written to",
        needs: Needs::Mounts,
        play: |s| {
            s.open();
            s.write(20);
            s.overlay();
            s.follow();
            s.seen();
            s.open();
            s.write(50);
            s.seen();
            s.writer.does("mv mail.log mail.log.1");
            s.write(20);
            s.open();
            s.write(50);
        },
    },
    fault("a clock that jumps: files are older than those before them", |s| {
        begin(s);
        for years in [30, 10, 20] {
            s.write(50);
            s.seen();
            let old = SystemTime::now() - Duration::from_secs(years * 365 * 86_400);
            File::options().write(true).open(s.log()).unwrap().set_modified(old).unwrap();
            s.rotate(9);
            s.open();
        }
        s.write(50);
    }),
    fault("`--state`: ended, written on, started again", |s| {
        begin_again(s, 0);
        s.write(100);
        s.follow();
        s.write(50);
    }),
    fault("`--state`: renamed while it was down, the writer told late", |s| {
        begin_again(s, 0);
        s.write(50);
        s.rotate(9);
        s.create();
        s.write(50);
        s.open();
        s.write(50);
        s.follow();
        s.write(50);
    }),
    logrotate("`--state`: logrotate with `compress` three times while it was down", |s| {
        begin_again(s, 0);
        s.write(50);
        for _ in 0..3 {
            s.logrotate("create 0644\n  compress");
            s.open();
            s.write(50);
        }
        s.follow();
        s.write(50);
    }),
    fault("`--state`: copied, cut, and written on beyond its old size while it was down", |s| {
        begin_again(s, 0);
        s.write(30);
        s.copy();
        s.truncate();
        s.write(200);
        s.follow();
        s.write(50);
    }),
    fault("`--state`: deleted and made anew while it was down, longer, perhaps with its inode", |s| {
        begin_again(s, 0);
        s.writer.does("exec 3>&-");
        fs::remove_file(s.log()).unwrap();
        s.open();
        s.write(200);
        s.follow();
        s.write(50);
    }),
    fault("`--state`: ended in the middle of a line, renamed, started again", |s| {
        s.keep_place();
        begin(s);
        s.write(50);
        s.seen();
        let number = format!("{} half a ", s.next());
        s.writer.bytes(number.as_bytes());
        sleep(MOMENT);
        s.end();
        s.rotate(9);
        s.writer.bytes(b"line\n");
        s.wrote(format!("{number}line").as_bytes());
        s.open();
        s.write(50);
        s.follow();
    }),
    fault("`--state`: killed (`kill -9`) between lines, started again: what comes again is announced", |s| {
        s.keep_place();
        begin(s);
        for _ in 0..3 {
            s.write(300);
            s.end_by("KILL");
            s.write(100);
            s.rotate(9);
            s.open();
            s.write(50);
            s.follow();
        }
        s.write(50);
    }),
    fault("`--state`, a pattern: one is renamed, one goes, one is new while it was down", |s| {
        s.name(&["mail*"]);
        begin_again(s, 2);
        s.write(50);
        s.rename("mail-1.log");
        s.open();
        // Files that are written within one tick of their time stamps have no order.
        sleep(MOMENT);
        s.write(50);
        sleep(MOMENT);
        let new = s.path("mail-new.log");
        s.writer.opens(&new);
        s.write(50);
        fs::remove_file(s.path("mail-other-0.log")).unwrap();
        s.follow();
        s.seen();
        s.writer.opens(&new);
        s.write(50);
    }),
    fault("`--state`, a folder: killed (`kill -9`) between lines, started again", |s| {
        s.name(&["."]);
        s.keep_place();
        begin(s);
        for number in 0..3 {
            s.write(200);
            s.end_by("KILL");
            s.write(50);
            s.rename(&format!("mail-{number}.log"));
            s.open();
            s.write(50);
            s.follow();
        }
        s.write(50);
    }),
];

/// The log is there, and followed: what was rotated before is the past's.
fn begin(s: &mut Scene<'_>) {
    s.open();
    s.follow();
    s.write(1);
    s.seen();
}

/// It is followed with a place that is kept, and ended; with so many other files beside the log.
fn begin_again(s: &mut Scene<'_>, others: usize) {
    s.keep_place();
    for number in 0..others {
        let other = s.path(&format!("mail-other-{number}.log"));
        s.writer.opens(&other);
        s.write(20);
        s.writer.does("sleep 0.02");
    }
    begin(s);
    s.write(100);
    s.seen();
    s.end();
}

fn by_logrotate(s: &mut Scene<'_>, how: &str) {
    begin(s);
    for _ in 0..4 {
        s.write(100);
        s.logrotate(how);
        // Not told yet.
        s.write(30);
        s.open();
    }
    s.write(50);
}

fn long(s: &mut Scene<'_>, bytes: usize) {
    begin(s);
    s.write(20);
    s.put(&vec![b'x'; bytes]);
    s.write(20);
}
