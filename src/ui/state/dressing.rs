//! What the console wears: the list of themes, and what changes outside while it is open.

use super::State;
use crate::engine::Filter;
use crate::ui::keymap::Keymap;
use crate::ui::screens::Screen;
use crate::ui::settings::Renewed;

impl State {
    /// Wears `name` from now on; where that is no theme, what is worn stays, and it is said why.
    pub(in crate::ui) fn wear(&mut self, name: &str) -> bool {
        match self.wardrobe.choose(name) {
            Ok(theme) => self.theme = theme,
            Err(why) => {
                self.say(&why.line());
                return false;
            }
        }
        true
    }

    /// Opens the list of themes, or leaves it as Esc does.
    pub(in crate::ui) fn themes(&mut self) {
        if self.screen() == Screen::Themes {
            return self.leave_themes();
        }
        self.wardrobe.open(&self.theme);
        self.push(Screen::Themes);
        if self.wardrobe.is_mono() {
            self.say("NO_COLOR is set: no theme brings colour");
        }
    }

    /// Wears the row that is looked at, as long as it is.
    pub(in crate::ui) fn try_theme(&mut self) {
        if let Ok(theme) = self.wardrobe.try_on() {
            self.theme = theme;
        }
    }

    /// Keeps what is tried on.
    pub(in crate::ui) fn keep_theme(&mut self) {
        if let Some(why) = self.wardrobe.rows().get(self.wardrobe.at).and_then(|row| row.about.as_ref().err())
        {
            return self.say(&format!("not a theme yet: {why}"));
        }
        let name = self.wardrobe.keep().to_owned();
        let file = if self.wardrobe.file.is_empty() { "config.toml" } else { self.wardrobe.file.as_str() };
        let said = format!("{name} for now; for good: theme = \"{name}\" in {file}");
        self.pop();
        self.say(&said);
    }

    /// Back to what was worn before the list was opened.
    pub(in crate::ui) fn leave_themes(&mut self) {
        if let Some(theme) = self.wardrobe.put_back() {
            self.theme = theme;
        }
        self.pop();
    }

    /// What is set changed while the console runs.
    pub(in crate::ui) fn renew(&mut self, renewed: &Renewed) {
        let mut said = renewed.said.clone();
        if let Some(files) = &renewed.themes {
            match self.wardrobe.renew(files) {
                Some(Ok(theme)) => self.theme = theme,
                Some(Err(why)) => said.extend([why.line(), "the theme stays as it was before".to_owned()]),
                None => {}
            }
            let mut others = self.wardrobe.mistakes();
            others.retain(|line| !said.contains(line));
            said.extend(others);
            if said.is_empty() {
                said.push("themes: taken over from your files".to_owned());
            }
        }
        if let Some(name) = &renewed.theme
            && self.wardrobe.chosen() != name
        {
            // Whoever tries others on just now wants the new one afterwards.
            if self.screen() == Screen::Themes {
                self.leave_themes();
            }
            self.wear(name);
        }
        self.ascii = renewed.ascii.unwrap_or(self.ascii);
        self.strings = renewed.sample.unwrap_or(self.strings);
        self.desk.plain_first = renewed.redact.map_or(self.desk.plain_first, |redact| !redact);
        self.mouse = renewed.mouse.unwrap_or(self.mouse);
        if let Some(Ok(keymap)) = renewed.keys.as_deref().map(Keymap::patched) {
            self.keymap = keymap;
        }
        if let Some(window) = renewed.window.filter(|window| *window != self.window) {
            self.window = window;
            self.sort_exactly();
        }
        if let Some(saved) = &renewed.filters {
            self.saved = saved.clone();
            // A filter in use by its name is another one now.
            match Filter::parse_with(self.filter.text(), saved) {
                Ok(filter) if filter != self.filter => {
                    self.filter = filter;
                    self.sort_exactly();
                }
                Ok(_) => {}
                Err(error) => said.push(format!("the filter in use stays as it was: {}", error.reason)),
            }
        }
        if !said.is_empty() {
            self.notice(&said);
        }
    }
}
