//! Watches the configuration folder beside a console, and tells it what is set anew.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use crossbeam_channel::Receiver;

use super::configure;
use super::screen::speaks_utf8;
use super::settings::var;
use super::zone;
use crate::cli::Look;
use crate::config::{Config, Kind, Mark, Part, Sample, TABLE, Written};
use crate::diary;
use crate::engine::Stop;
use crate::text::remark::Remark;
use crate::ui::{self, Renewed};

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// Bytes of settings in one line that tells of them.
const LINE: usize = 48;

/// Looks at the folder now and then until `stop` is set. A folder that is made later is found, too.
pub(super) fn beside_console(
    named: Option<PathBuf>,
    look: Look,
    config: Config,
    stop: Stop,
) -> anyhow::Result<Receiver<Renewed>> {
    // A console that is busy drawing gets it later; nothing piles up.
    let (send, renewed) = crossbeam_channel::bounded(1);
    let folder = move || Config::folder(named.as_deref(), var);
    let mut held = Held { look, config };
    let watching = thread::Builder::new().name("settings".to_owned());
    let mut mark = folder().map(|folder| Mark::of(&folder)).unwrap_or_default();
    watching
        .spawn(move || {
            while !stop.within(EVERY) {
                let mut renewed =
                    folder().and_then(|folder| held.look(&folder, &mut mark)).unwrap_or_default();
                // It has no other place to say so.
                renewed.said.extend(diary::trouble());
                if renewed != Renewed::default() && send.send(renewed).is_err() {
                    return;
                }
            }
        })
        .context("no thread to watch the settings with")?;
    Ok(renewed)
}

/// What holds in the console.
struct Held {
    look: Look,
    config: Config,
}

impl Held {
    /// What changed in the folder since the last look, if anything.
    fn look(&mut self, folder: &Path, mark: &mut Mark) -> Option<Renewed> {
        let newer = Mark::of(folder);
        let parts = mark.changed_to(&newer);
        if parts.is_empty() {
            return None;
        }
        *mark = newer;
        let read = Config::settings(folder).map(|config| config.with_themes(folder));
        let renewed = self.renew(&parts, read.map_err(|error| error.to_string()));
        diary::mask(self.config.settings.redact.unwrap_or(true));
        log::info!(target: "settings", "changed={parts:?} said={:?}", renewed.said);
        Some(renewed)
    }

    /// What changes by what is in the folder now. A mistake changes nothing but the themes, which are told
    /// by who wears them.
    fn renew(&mut self, parts: &[Part], read: Result<Config, String>) -> Renewed {
        let mut renewed = Renewed::default();
        match read {
            Err(why) => {
                // The line itself has no room on a screen.
                let first = why.lines().next().unwrap_or_default();
                let name = first.find("config.toml").map_or(first, |at| &first[at..]);
                renewed.said.extend([name.to_owned(), "the settings stay as they were before".to_owned()]);
            }
            Ok(config) => {
                if parts.contains(&Part::Themes) {
                    renewed.themes = Some(config.themes.clone());
                }
                self.settings(config, &mut renewed);
            }
        }
        if parts.contains(&Part::Knowledge) {
            renewed
                .said
                .push("rules, providers, formats or trees changed: read at the next start".to_owned());
        }
        renewed
    }

    fn settings(&mut self, newer: Config, renewed: &mut Renewed) {
        let value = |written: &Option<Written>, setting| written.as_ref().and_then(|one| one.value(setting));
        let changed: Vec<_> = TABLE
            .iter()
            .filter(|setting| value(&self.config.written, setting) != value(&newer.written, setting))
            .collect();
        let is_given = |key: &str| match key {
            "theme" => self.look.theme.is_some(),
            "ascii" => self.look.ascii.is_some(),
            "mouse" => self.look.no_mouse,
            "window" => self.look.window.is_some(),
            "alerts.bell" => self.look.no_bell,
            "timezone" => zone::is_given(),
            _ => false,
        };
        let set = &newer.settings;
        let (mut now, mut kept): (Vec<String>, Vec<(Remark, &str)>) = Default::default();
        for setting in changed.iter().filter(|setting| setting.live && !is_given(setting.key)) {
            match setting.key {
                "theme" => {
                    let name = set.theme.clone().unwrap_or_else(|| "default".to_owned());
                    if let (Err(why), Some(written)) = (ui::check_theme(&name, &newer.themes), &newer.written)
                    {
                        let remark = written.remark("theme", why);
                        renewed.said.push(format!("config.toml:{}: {}", remark.line, remark.what));
                        continue;
                    }
                    renewed.theme = Some(name);
                }
                // Every time that is drawn from now on is in it.
                "timezone" => zone::set(set),
                "mouse" => renewed.mouse = Some(set.mouse.unwrap_or(true)),
                "window" => renewed.window = Some(set.window.unwrap_or_default()),
                "keys" => match configure::keys(&newer).first() {
                    None => renewed.keys = Some(configure::bound(&newer)),
                    Some(wrong) => {
                        kept.push((wrong.clone(), "the keys stay as they were"));
                        continue;
                    }
                },
                "filters" => match configure::filters(&newer) {
                    Ok(saved) => renewed.filters = Some(saved),
                    Err(wrong) => {
                        kept.extend(
                            wrong.first().map(|wrong| (wrong.clone(), "the filters stay as they were")),
                        );
                        continue;
                    }
                },
                "ascii" => renewed.ascii = Some(set.ascii.unwrap_or_else(|| !speaks_utf8())),
                "sample" => renewed.sample = Some(set.sample.map_or(ui::STRINGS, |Sample(strings)| strings)),
                "redact" => renewed.redact = Some(set.redact.unwrap_or(true)),
                "alerts.bell" => renewed.bell = Some(set.alerts.bell.unwrap_or(true)),
                "alerts.title" => renewed.title = Some(set.alerts.title.unwrap_or(true)),
                _ => continue,
            }
            let default = || setting.default.map_or("as built in", |default| default).to_owned();
            now.push(match setting.kind {
                // A table has no room on a line.
                Kind::Names | Kind::Lists => setting.key.to_owned(),
                _ => format!("{} = {}", setting.key, value(&newer.written, setting).unwrap_or_else(default)),
            });
        }
        for (wrong, what) in kept {
            renewed.said.extend([format!("config.toml:{}: {}", wrong.line, wrong.what), what.to_owned()]);
        }
        let keys = changed.iter().map(|setting| (setting.key, setting.live));
        let later: Vec<&str> = keys.clone().filter(|(_, live)| !live).map(|(key, _)| key).collect();
        let over: Vec<&str> = keys.filter(|(key, live)| *live && is_given(key)).map(|(key, _)| key).collect();
        let now: Vec<&str> = now.iter().map(String::as_str).collect();
        let mut said = told("from now on ", &now, "");
        said.append(&mut renewed.said);
        said.extend(told("", &later, ": with the next start"));
        said.extend(told("", &over, ": the command line comes before it"));
        renewed.said = said;
        self.config = newer;
    }
}

/// All of a list, in lines that have room on a screen.
fn told(before: &str, list: &[&str], after: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for one in list {
        match lines.last_mut() {
            Some(line) if line.len() + one.len() < LINE => *line += &format!(", {one}"),
            _ => lines.push((*one).to_owned()),
        }
    }
    lines.into_iter().map(|line| format!("config.toml: {before}{line}{after}")).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;

    use super::Held;
    use crate::cli::Look;
    use crate::config::{Config, Part};
    use crate::ui::Renewed;

    fn renewed(look: Look, before: &str, after: &str) -> (Renewed, Config) {
        let folder = tempfile::tempdir().unwrap();
        let read = |text: &str| {
            fs::write(folder.path().join("config.toml"), text).unwrap();
            Config::settings(folder.path()).map_err(|error| error.to_string())
        };
        let mut held = Held { look, config: read(before).unwrap() };
        let renewed = held.renew(&[Part::Settings], read(after));
        (renewed, held.config)
    }

    #[test]
    fn what_can_change_changes_and_is_said_and_what_cannot_waits() {
        let after = "theme = \"nord\"\nsample = 30\nwindow = \"1h\"\n[alerts]\nbell = false\n[thresholds]\ncalm = 0.01\n";
        let (now, config) = renewed(Look::default(), "theme = \"dark\"\n", after);
        assert_eq!((now.theme.as_deref(), now.sample, now.bell), (Some("nord"), Some(30), Some(false)));
        assert_eq!((now.ascii, now.title, now.redact), (None, None, None));
        assert_eq!(
            now.said,
            [
                "config.toml: from now on theme = \"nord\", window = \"1h\", sample = 30",
                "config.toml: from now on alerts.bell = false",
                "config.toml: thresholds.calm: with the next start",
            ]
        );
        assert_eq!(config.settings.theme.as_deref(), Some("nord"));
        let (back, _) = renewed(Look::default(), after, "");
        assert_eq!((back.theme.as_deref(), back.sample, back.bell), (Some("default"), Some(25), Some(true)));
        assert_eq!(renewed(Look::default(), "sample = 25", "# a word\nsample = 25\n").0, Renewed::default());
    }

    #[test]
    fn keys_and_filters_are_taken_over_and_one_that_cannot_be_stays_as_it_was() {
        let after = "mouse = false\n[keys]\nsources = \"ctrl-o\"\n[filters]\nmine = \"provider:gmail\"\n";
        let (now, _) = renewed(Look::default(), "", after);
        assert_eq!(now.mouse, Some(false));
        assert_eq!(now.keys, Some(vec![("sources".to_owned(), vec!["ctrl-o".to_owned()])]));
        assert_eq!(now.filters.as_ref().and_then(|saved| saved.text("mine")), Some("provider:gmail"));
        assert_eq!(now.said, ["config.toml: from now on mouse = false, keys, filters"]);
        let wrong = "[keys]\nsuorces = \"z\"\n[filters]\nmine = \"provder:gmail\"\n";
        let (now, _) = renewed(Look::default(), "", wrong);
        assert_eq!((now.keys, now.filters), (None, None));
        assert!(
            now.said[0].starts_with("config.toml:2: [keys]: no action is called `suorces`"),
            "{:?}",
            now.said
        );
        assert_eq!(now.said[1], "the keys stay as they were");
        assert!(now.said[2].starts_with("config.toml:4: filters.mine: no key `provder`"), "{:?}", now.said);
        assert_eq!(now.said[3], "the filters stay as they were");
    }

    #[test]
    fn the_command_line_comes_before_a_change() {
        let look = Look { theme: Some("light".into()), ..Look::default() };
        let (now, _) = renewed(look, "", "theme = \"nord\"\n");
        assert_eq!(now.theme, None);
        assert_eq!(now.said, ["config.toml: theme: the command line comes before it"]);
    }

    #[test]
    fn a_mistake_changes_nothing_and_says_where_it_is() {
        let (now, config) = renewed(Look::default(), "sample = 30", "sample = 30\nsampel = 20\n");
        assert_eq!((now.sample, config.settings.sample.unwrap().0), (None, 30));
        assert_eq!(
            now.said,
            [
                "config.toml:2:1: no key `sampel` here; did you mean `sample`?",
                "the settings stay as they were before"
            ]
        );
        let (now, _) = renewed(Look::default(), "", "theme = \"nrod\"\n");
        assert_eq!(now.theme, None);
        assert!(
            now.said[0].starts_with("config.toml:1: no theme `nrod`; did you mean `nord`?"),
            "{:?}",
            now.said
        );
    }
}
