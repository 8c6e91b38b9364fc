//! The folder is read as the operator wrote it, and a mistake is told with its place.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use super::{Config, Keys, Kind, Mark, Part, Setting, Settings, TABLE, Written, first, schema, shown};
use crate::model::Window;

#[test]
fn a_folder_is_read_whole_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    assert!(Config::load(folder.path()).unwrap().settings.log_zone.is_none(), "empty is fine");
    write("config.toml", "log-zone = \"UTC\"\n[zones]\n\"/a/*\" = \"+01:00\"\n");
    write("rules/b.toml", "b");
    write("rules/a.toml", "a");
    write("rules/a.toml~", "old");
    let config = Config::load(folder.path()).unwrap();
    assert_eq!(config.settings.log_zone.as_deref(), Some("UTC"));
    assert_eq!(config.settings.zones["/a/*"], "+01:00");
    assert_eq!(config.rules.iter().map(|(_, text)| text.as_slice()).collect::<Vec<_>>(), [b"a", b"b"]);
    assert!(config.unread.is_empty());
    fs::create_dir(folder.path().join("rules/aa.toml")).unwrap();
    fs::write(folder.path().join("rules/z.toml"), vec![b'#'; 3 << 20]).unwrap();
    let config = Config::load(folder.path()).unwrap();
    assert_eq!(config.rules[2].1.len(), (1 << 20) + 1, "no more than tells that it is too large");
    assert!(config.unread[0].0.ends_with("aa.toml") && config.unread[0].1.contains("no file"));
}

#[test]
fn a_mistake_is_told_with_its_file_and_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.toml"), "log-zone = \"UTC\"\nlog-fromat = \"exim\"\n").unwrap();
    let told = Config::load(folder.path()).unwrap_err().to_string();
    assert!(told.contains("config.toml:2:1: no key `log-fromat` here; did you mean `log-format`?"), "{told}");
    let missing = Config::load(&folder.path().join("none")).unwrap_err().to_string();
    assert!(missing.contains("none: No such file"), "{missing}");
}

#[test]
fn the_named_folder_comes_first_then_the_users() {
    let home = tempfile::tempdir().unwrap();
    let own = home.path().join(".config/fivefifty");
    fs::create_dir_all(&own).unwrap();
    let var = |name: &str| (name == "HOME").then(|| home.path().to_owned());
    assert_eq!(Config::folder(None, var), Some(own));
    assert_eq!(Config::folder(Some(Path::new("/x")), var), Some(PathBuf::from("/x")));
    let xdg = |name: &str| (name == "XDG_CONFIG_HOME").then(|| home.path().join(".config"));
    assert!(Config::folder(None, xdg).is_some());
}

/// The lines of the first file that hold already, with their `#` taken away.
fn taken_in(text: &str) -> String {
    let is_setting = |line: &&str| {
        line.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic()))
    };
    let lines = text.lines().map(|line| if is_setting(&line) { &line[1..] } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn setting(key: &str) -> &'static Setting {
    TABLE.iter().find(|setting| setting.key == key).unwrap()
}

#[test]
fn the_first_file_changes_nothing_and_names_every_setting() {
    let text = first();
    let as_written: Settings = toml::from_str(&text).unwrap();
    assert_eq!(as_written, Settings::default());
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    for setting in TABLE {
        let (_, key) = setting.place();
        let line = match setting.default {
            Some(default) => format!("\n#{key} = {default}\n"),
            None => format!("\n#   {key} = {}\n", setting.example),
        };
        assert!(text.contains(&line), "{line}");
    }
}

#[test]
fn what_stands_in_the_first_file_is_what_holds_without_it() {
    let text = taken_in(&first());
    let settings: Settings = toml::from_str(&text).unwrap();
    assert_eq!(settings.theme.as_deref(), Some("default"));
    assert_eq!(settings.window, Some(Window::default()));
    assert_eq!(settings.log_zone.as_deref(), Some("local"));
    assert_eq!((settings.redact, settings.ascii, settings.log_format), (Some(true), None, None));
    assert_eq!((settings.alerts.bell, settings.alerts.title), (Some(true), Some(true)));
    assert_eq!((settings.mouse, settings.keys, settings.filters.len()), (Some(true), Keys::default(), 0));
    assert!(settings.logs.0.is_empty() && settings.zones.is_empty() && settings.alerts.on_incident.is_none());
    let written = Written::new("config.toml", text);
    for setting in TABLE {
        assert_eq!(written.value(setting).is_some(), setting.default.is_some(), "{}", setting.key);
    }
}

#[test]
fn every_example_is_read_and_every_setting_that_is_read_is_in_the_table() {
    for setting in TABLE {
        let (table, key) = setting.place();
        let value = setting.default.unwrap_or(setting.example);
        let head = if table.is_empty() { String::new() } else { format!("[{table}]\n") };
        toml::from_str::<Settings>(&format!("{head}{key} = {value}\n")).unwrap();
    }
    // What the reader names when it knows a key not is all that it knows.
    let known = |text: &str| -> Vec<String> {
        let told = toml::from_str::<Settings>(text).unwrap_err().message().to_owned();
        let mut keys: Vec<String> = told.split('`').skip(3).step_by(2).map(ToOwned::to_owned).collect();
        keys.sort();
        keys
    };
    let listed = |table: &str| -> Vec<String> {
        let tables =
            TABLE.iter().map(|setting| setting.place().0).filter(|name| table.is_empty() && !name.is_empty());
        let keys =
            TABLE.iter().map(Setting::place).filter(|(inside, _)| *inside == table).map(|(_, key)| key);
        let mut keys: Vec<String> = tables.chain(keys).map(ToOwned::to_owned).collect();
        keys.sort();
        keys.dedup();
        keys
    };
    assert_eq!(known("zzz = 1\n"), listed(""));
    for table in ["thresholds", "alerts"] {
        assert_eq!(known(&format!("[{table}]\nzzz = 1\n")), listed(table), "{table}");
    }
}

#[test]
fn the_schema_names_every_setting_and_allows_no_other() {
    let schema = schema();
    for setting in TABLE {
        let (table, key) = setting.place();
        let place = if table.is_empty() { &schema } else { &schema["properties"][table] };
        assert_eq!(place["additionalProperties"], false);
        let property = &place["properties"][key];
        assert_eq!(property["description"], setting.about, "{}", setting.key);
        assert_eq!(property["default"].is_null(), setting.default.is_none(), "{}", setting.key);
        if let (Kind::Number(from, to), Some(default)) = (setting.kind, property["default"].as_u64()) {
            assert!((from..=to).contains(&default));
        }
    }
    assert_eq!(schema["properties"]["sample"]["maximum"], 30);
    assert_eq!(schema["properties"].as_object().unwrap().len(), 15);
}

#[test]
fn what_holds_is_shown_with_where_it_comes_from() {
    let text = "# mine\ntheme = \"nord\"\nlogs = [\"/a\\u001b\"]\n[zones]\n\"/b/*\" = \"UTC\"\n\n[alerts]\n  bell = false\n";
    let written = Written::new("/home/anna/.config/fivefifty/config.toml", text.to_owned());
    let shown = shown(Some(&written));
    let line = |begin: &str| {
        let line = shown.lines().find(|line| line.starts_with(begin)).unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("theme"), "theme = \"nord\" # config.toml:2");
    assert_eq!(line("logs"), "logs = [\"/a\\u001B\"] # config.toml:3");
    assert_eq!(line("zones"), "zones = { \"/b/*\" = \"UTC\" } # config.toml:4");
    assert_eq!(line("bell"), "bell = false # config.toml:8");
    assert_eq!(line("window"), "window = \"5m\" # default");
    assert_eq!(line("#on-incident"), "#on-incident = # not set");
    // It is a file again.
    let again: Settings = toml::from_str(&shown).unwrap();
    assert_eq!((again.theme.as_deref(), again.alerts.bell), (Some("nord"), Some(false)));
    assert_eq!(
        written.remark("theme", "no such".into()).to_string().lines().next(),
        Some("/home/anna/.config/fivefifty/config.toml:2:1: no such")
    );
    assert_eq!(written.line(setting("alerts.bell")), Some(8));
    assert_eq!(written.line(setting("window")), None);
}

#[test]
fn a_setting_that_is_none_is_told_with_what_would_be() {
    for (text, told) in [
        ("sample = 5", "config.toml:1:10: TOML: a sample of 5 strings is too few or too many: 20 to 30"),
        ("window = \"2h\"", "config.toml:1:10: TOML: no window `2h`: choose 1m, 5m"),
        ("logs = [\"mail.log\"]", "`mail.log` is no whole path: it must begin with `/`"),
        ("thme = \"nord\"", "no key `thme` here; did you mean `theme`?"),
        ("[alerts]\nbel = true", "config.toml:2:1: no key `bel` here; did you mean `bell`?"),
        ("[thresholds]\nclam = 1", "config.toml:2:1: no key `clam` here; did you mean `calm`?"),
        (
            "[alerts]\ntheme = \"nord\"",
            ":2:1: `theme` does not belong here, but at the top, before the first [table]",
        ),
        ("keys.trace = 5", "config.toml:1:14: TOML: a key such as \"ctrl-t\", or a list of them"),
        ("bell = true", ":1:1: `bell` does not belong here, but under [alerts]"),
        ("theme = nord", "config.toml:1:9: TOML: "),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), text).unwrap();
        let said = Config::settings(folder.path()).unwrap_err().to_string();
        assert!(said.contains(told), "{text}: {said}");
    }
}

#[test]
fn every_mistake_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = "thme = \"nord\"\nsample = 5\nmouse = \"yes\"\n[alerts]\nbel = true\n[nothing]\nx = 1\n";
    fs::write(folder.path().join("config.toml"), text).unwrap();
    let said = Config::settings(folder.path()).unwrap_err().to_string();
    for told in [
        "config.toml:1:1: no key `thme`",
        "config.toml:2:10: ",
        "config.toml:3:9: the text \"yes\" cannot stand here; true or false is needed",
        "config.toml:5:1: no key `bel`",
        "config.toml:6:2: no key `nothing`",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
}

#[test]
fn a_mark_tells_which_part_of_the_folder_changed() {
    let folder = tempfile::tempdir().unwrap();
    let before = Mark::of(folder.path());
    fs::create_dir(folder.path().join("themes")).unwrap();
    assert!(before.changed_to(&Mark::of(folder.path())).is_empty());
    fs::write(folder.path().join("themes/own.toml"), "").unwrap();
    let with_theme = Mark::of(folder.path());
    assert_eq!(before.changed_to(&with_theme), [Part::Themes]);
    fs::write(folder.path().join("config.toml"), "sample = 20").unwrap();
    fs::write(folder.path().join("providers.toml"), "").unwrap();
    assert_eq!(with_theme.changed_to(&Mark::of(folder.path())), [Part::Settings, Part::Knowledge]);
}
