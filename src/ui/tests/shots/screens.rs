//! Every screen and every overlay, in every state that looks different, and the keys that lead there.

use std::sync::Arc;

use crate::engine::{Mode, Playing, Saved, Searched, Speed, Traced};
use crate::text::Clean;
use crate::ui::exports::{Document, Preview};
use crate::ui::fixture::Send;
use crate::ui::picture::Picture;
use crate::ui::run::FIRST_STEPS;
use crate::ui::settings::Renewed;
use crate::ui::tests::Operator;
use crate::ui::theme::{Depth, Ground, Shelf};
use crate::ui::traces::Reached;
use crate::ui::wardrobe::Wardrobe;

/// A picture to take.
pub(in crate::ui::tests) struct Shot {
    pub(in crate::ui::tests) name: &'static str,
    pub(in crate::ui::tests) scene: fn() -> Send,
    /// What is different before the keys.
    pub(in crate::ui::tests) before: fn(&mut Operator),
    pub(in crate::ui::tests) keys: &'static str,
    /// What happens after them.
    pub(in crate::ui::tests) after: fn(&mut Operator),
}

const fn shot(name: &'static str, scene: fn() -> Send, keys: &'static str) -> Shot {
    Shot { name, scene, before: |_| {}, keys, after: |_| {} }
}

impl Shot {
    const fn before(self, before: fn(&mut Operator)) -> Self {
        Self { before, ..self }
    }

    const fn after(self, after: fn(&mut Operator)) -> Self {
        Self { after, ..self }
    }
}

/// All of them.
pub(in crate::ui::tests) fn screens() -> Vec<Shot> {
    [overview(), header(), drill(), incident(), sends(), trace(), raw(), probes(), sources(), exports()]
        .into_iter()
        .chain([typing(), palette(), themes(), help()])
        .flatten()
        .collect()
}

fn overview() -> Vec<Shot> {
    vec![
        shot("overview_calm", Send::calm, ""),
        shot("overview_incident", Send::incident, ""),
        shot("overview_two", Send::two, ""),
        shot("overview_theirs", Send::theirs, ""),
        shot("overview_cell", Send::incident, "jjlll"),
        shot("overview_sorted", Send::incident, ":sort attempts<enter>:sort attempts<enter>"),
        shot("overview_young", || Send { young: true, ..Send::calm() }, ""),
        shot("overview_empty", Send::empty, ""),
        shot("overview_over", || Send { incidents: Send::past().incidents.split_off(1), ..Send::calm() }, ""),
        shot("overview_shut_out", || Send::incident().with(no_row), "/text~nobody<enter>"),
    ]
}

/// What stands in the first row and in the last ones.
fn header() -> Vec<Shot> {
    vec![
        shot("overview_reading", Send::reading, ""),
        shot("overview_filled", || Send { read_since: Some(-160), ..Send::incident() }, ""),
        shot("overview_mixed", Send::mixed, ""),
        shot("overview_unread", || Send::calm().with(unread), ""),
        shot("overview_lost", || Send::incident().with(lost), ""),
        shot("overview_late", || Send::calm().with(|picture| picture.head.lag = 252_000), ""),
        shot("overview_frozen", Send::held, " "),
        shot("overview_frozen_news", || Send::held().with(|picture| picture.head.unseen = 1), " "),
        shot("overview_back", || Send::incident().with(back), "").before(look_back),
        shot("overview_back_news", || Send::incident().with(back_with_news), "").before(look_back),
        shot("overview_replay", || Send::incident().with(|picture| played(picture, false)), "")
            .before(|operator| operator.console.state.replays = true),
        shot("overview_replay_paused", || Send::incident().with(|picture| played(picture, true)), "")
            .before(|operator| operator.console.state.replays = true),
        shot("overview_ended", || Send::incident().with(|picture| picture.head.mode = Mode::Ended), ""),
        shot("overview_demo", Send::incident, "")
            .before(|operator| operator.console.state.demo = Some("demo ×60".into())),
        shot("overview_first", Send::incident, "").after(|operator| {
            let state = &mut operator.console.state;
            let steps: Vec<String> = FIRST_STEPS.iter().map(|step| state.keymap.told(step)).collect();
            state.notice(&[vec!["following /var/log/mail.log".to_owned()], steps].concat());
        }),
        shot("overview_renewed", Send::calm, "").after(|operator| {
            let said = [
                "config.toml: from now on theme = \"nord\"",
                "config.toml: sources changes with the next start",
                "config.toml:12:1: no key `windwo`; did you mean `window`?",
            ];
            let said = said.map(ToOwned::to_owned).to_vec();
            operator.console.state.renew(&Renewed { said, ..Renewed::default() });
        }),
        shot("overview_mouse", Send::calm, "M"),
    ]
}

fn drill() -> Vec<Shot> {
    vec![
        shot("drill", Send::incident, "<enter>"),
        shot("drill_theirs", Send::theirs, "jjjj<enter>"),
        shot("drill_over", Send::past, "I<tab><tab>j<enter>"),
        shot("drill_listed", || Send { list: Some("microsoft-s3140/3150"), ..Send::incident() }, "<enter>"),
        shot("drill_empty", Send::empty, "<enter>"),
        shot("drill_shut_out", || Send::incident().with(no_string), "/text~nobody<enter><enter>"),
        shot("drill_back", || Send::incident().with(back_without_strings), "<enter>").before(look_back),
        shot("drill_sample_zoomed", Send::incident, "<enter>jj<enter>"),
        shot("drill_wrapped", Send::incident, "<enter>wj"),
        shot("drill_masked", Send::incident, "<enter>x"),
        shot("drill_by_time", Send::incident, "<enter>vj"),
        shot("drill_tree_zoomed", Send::incident, "<enter><tab><enter>"),
        shot("drill_tree_answered", Send::incident, "<enter><tab>Gky"),
        shot("tree_noted", Send::incident, "<enter><tab>Gkolooked, no data yet<enter>u"),
        shot("drill_checklist", Send::incident, "cG"),
        shot("drill_checklist_zoomed", Send::incident, "cG<enter>"),
        shot(
            "checklist_noted",
            Send::incident,
            "cGoasked the postmaster, who answers within two days<enter>a0.12%<enter>",
        ),
        shot("checklist_unkept", Send::calm, "jjcGn"),
    ]
}

fn incident() -> Vec<Shot> {
    vec![
        shot("incident", Send::past, "I"),
        shot("incident_timeline", Send::incident, "cGoasked the postmaster<enter>yI<tab>k"),
        shot("incident_list", Send::past, "I<tab><tab>j"),
        shot("incident_few", Send::few, "I"),
        shot("incident_none", Send::calm, "I"),
    ]
}

fn sends() -> Vec<Shot> {
    vec![
        shot("sends", Send::incident, "C"),
        shot("sends_marked", Send::incident, "CmGm"),
        shot("sends_none", Send::empty, "C"),
        shot("compare", Send::incident, "C<enter>"),
        shot("compare_end", Send::incident, "C<enter>G"),
    ]
}

fn trace() -> Vec<Shot> {
    vec![
        shot("trace", Send::incident, "<enter>t"),
        shot("trace_see_also", Send::incident, "<enter>tj"),
        shot("trace_searching", Send::mixed, "").after(|operator| {
            operator.console.state.begin_trace("4XzK002Bqz9rT");
            operator.console.state.traces.reach(Reached::Searching(340_000_000, 1_210_000_000, 2));
        }),
        shot("trace_nothing", Send::incident, "").after(|operator| {
            operator.console.state.begin_trace("4XzK002Bqz9rT");
            let searched = |name: &str, lines, problem: Option<&str>| Searched {
                name: name.into(),
                lines,
                problem: problem.map(Into::into),
            };
            let searched = vec![
                searched("/var/log/mail.log", 412_908, None),
                searched("/var/log/mail.log.2.gz", 0, Some("permission denied")),
            ];
            let found = Traced { id: "4XzK002Bqz9rT".into(), lines: Vec::new(), more: 0, searched };
            operator.console.state.traces.reach(Reached::Found(Arc::new(found)));
        }),
        shot("trace_failed", Send::incident, "").after(|operator| {
            operator.console.state.begin_trace("4XzK002Bqz9rT");
            operator.console.state.traces.reach(Reached::Failed("there is nothing to search".into()));
        }),
    ]
}

fn raw() -> Vec<Shot> {
    vec![
        shot("raw", Send::incident, "L"),
        shot("raw_line", Send::incident, "<enter>L"),
        shot("raw_filtered", Send::incident, "L/reputation<enter>kkk"),
        shot("raw_context", Send::incident, "L/reputation<enter><enter>NN"),
        shot("raw_wrapped", Send::mixed, "Lwkkkk"),
        shot("raw_shifted", Send::incident, "Llllkk"),
        shot("raw_empty", Send::empty, "L"),
        shot("raw_no_match", Send::incident, "L/nobody-said-this<enter>"),
        shot("raw_unread", Send::empty, "L").after(|operator| {
            let trouble = "may not be read: join group adm, or use sudo";
            operator.console.state.raw.trouble = Some(trouble.into());
        }),
    ]
}

fn probes() -> Vec<Shot> {
    vec![
        shot("probes", Send::incident, "p"),
        shot("probes_answered", Send::incident, "pyjjjnjju"),
        shot("probes_noted", Send::incident, "poasked the hoster<enter>"),
        shot("probes_none", Send::empty, "p"),
    ]
}

fn sources() -> Vec<Shot> {
    vec![
        shot("sources", Send::mixed, "S"),
        shot("sources_strange", Send::mixed, "Sjj"),
        shot("sources_unread", Send::mixed, "SG"),
        shot("sources_tables", Send::mixed, "S<tab><tab>j"),
        shot("sources_one", Send::incident, "S"),
        shot("sources_lost", || Send::incident().with(lost), "S"),
        shot("sources_reading", Send::reading, "S"),
    ]
}

fn exports() -> Vec<Shot> {
    vec![
        shot("exports", Send::incident, "ej"),
        shot("exports_calm", Send::calm, "e"),
        shot("exports_none", Send::incident, "e")
            .before(|operator| operator.console.state.desk.kinds.clear()),
        shot("preview", Send::incident, "e<enter>"),
        shot("preview_plain", Send::incident, "e<enter>r"),
        shot("preview_suppression", Send::incident, "ej<enter>").after(|operator| {
            let text = "address,reason,code,first,last\nreader7@gmail.com,user_unknown,550 5.1.1,\
                        2026-11-20T14:28:01Z,2026-11-20T14:30:44Z\n";
            let remarks = vec!["2,840 strings of the sender's own fault are not in it.".to_owned()];
            let name = "suppression-20261120T1432Z.csv".to_owned();
            let made = Document { name, text: text.to_owned(), more: 1_204, remarks };
            operator.console.state.desk.made(Ok(made));
        }),
        shot("preview_hold", Send::incident, "ejj<enter>").after(|operator| {
            let text = "# Hold mail to Gmail until the reputation is back.\npostsuper -h ALL\n";
            let made = Document {
                name: "hold-gmail.sh".to_owned(),
                text: text.to_owned(),
                more: 0,
                remarks: Vec::new(),
            };
            operator.console.state.desk.made(Ok(made));
        }),
        shot("preview_making", Send::incident, "ej<enter>").after(|operator| {
            operator.console.state.desk.preview = Preview::Making(181_204);
        }),
        shot("preview_empty", Send::calm, "ej<enter>").after(|operator| {
            let name = "suppression-20261120T1432Z.csv".to_owned();
            let made = Document { name, text: String::new(), more: 0, remarks: Vec::new() };
            operator.console.state.desk.made(Ok(made));
        }),
        shot("preview_failed", Send::incident, "ej<enter>").after(|operator| {
            operator.console.state.desk.made(Err("/var/log/mail.log: permission denied".to_owned()));
        }),
    ]
}

fn typing() -> Vec<Shot> {
    vec![
        shot("filter_typing", Send::incident, "/provider:gmail code:5.7.*"),
        shot("filter_host", Send::incident, "/host:mta1"),
        shot("filter_kept", Send::incident, "/provider:gmail !new<enter>"),
        shot("filter_offered", Send::incident, "/new provider:g<tab>"),
        shot("filter_saved", Send::incident, "/@").before(|operator| operator.console.state.saved = saved()),
        shot("filter_error", Send::incident, "/provider:gmail cod:5.7.*"),
        shot("figure_typing", Send::incident, "cGa0.1x%<enter>"),
        shot("note_typing", Send::incident, "cGoasked"),
        shot("time_typing", Send::incident, "@14:1"),
        shot("time_error", Send::incident, "@14:2x<enter>"),
    ]
}

fn palette() -> Vec<Shot> {
    vec![
        shot("palette", Send::incident, ":"),
        shot("palette_found", Send::incident, ":frz"),
        shot("palette_words", Send::incident, ":theme "),
        shot("palette_elsewhere", Send::incident, ":note<enter>"),
        shot("palette_nothing", Send::incident, ":zzzz"),
    ]
}

fn themes() -> Vec<Shot> {
    vec![
        shot("themes", Send::incident, "Tjjj"),
        shot("themes_no_color", Send::incident, "T").before(|operator| {
            let dark = Some(Ground::Dark);
            operator.console.state.wardrobe =
                Wardrobe::new(Shelf::default(), Depth::True, dark, true, "config.toml");
            operator.console.state.wear("default");
        }),
        shot("themes_broken", Send::incident, "TG").before(|operator| {
            let own = vec![("themes/night.toml".to_owned(), b"inherits = \"drak\"\n".to_vec())];
            operator.console.state.wardrobe =
                Wardrobe::new(Shelf::with(&own), Depth::True, None, false, "config.toml");
        }),
    ]
}

fn help() -> Vec<Shot> {
    vec![
        shot("help_overview", Send::incident, "?"),
        shot("help_end", Send::incident, "?G"),
        shot("help_replay", Send::incident, "?").before(|operator| operator.console.state.replays = true),
        shot("help_drill", Send::incident, "<enter>?"),
        shot("help_tree", Send::incident, "<enter><tab>?"),
        shot("help_checklist", Send::incident, "c?"),
        shot("help_incident", Send::incident, "I?"),
        shot("help_sends", Send::incident, "C?"),
        shot("help_compare", Send::incident, "C<enter>?"),
        shot("help_trace", Send::incident, "<enter>t?"),
        shot("help_raw", Send::incident, "L?"),
        shot("help_probes", Send::incident, "p?"),
        shot("help_sources", Send::mixed, "S?"),
        shot("help_exports", Send::incident, "e?"),
        shot("help_preview", Send::incident, "e<enter>?"),
        shot("help_themes", Send::incident, "T?"),
    ]
}

fn saved() -> Saved {
    let filters = [("auth", "cat:auth"), ("bulk", "campaign:nov* !code:4*")];
    Saved::new(filters.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap()
}

fn no_row(picture: &mut Picture) {
    picture.board.rows.clear();
    picture.signatures.clear();
}

fn no_string(picture: &mut Picture) {
    picture.sample.strings.clear();
    picture.signatures.clear();
}

fn unread(picture: &mut Picture) {
    for source in &mut picture.head.sources {
        (source.trouble, source.state) = (true, "may not be read: join group adm, or use sudo".into());
    }
}

fn lost(picture: &mut Picture) {
    picture.head.lines.lost = 1_204;
    for source in &mut picture.head.sources {
        source.lost = 1_204;
        source.notes = vec![
            Clean::from("14:20:07: truncated to nothing before it was read: about 1,204 lines lost"),
            Clean::from("14:21:00: rotated; goes on in the new file"),
        ];
    }
}

fn back(picture: &mut Picture) {
    picture.head.back = Some(picture.now.plus_millis(-180_000));
    picture.now = picture.now.plus_millis(-180_000);
}

fn look_back(operator: &mut Operator) {
    operator.console.state.sight = Some(operator.console.picture().now);
}

fn back_with_news(picture: &mut Picture) {
    back(picture);
    picture.head.unseen = 1;
}

fn back_without_strings(picture: &mut Picture) {
    back(picture);
    no_string(picture);
}

fn played(picture: &mut Picture, paused: bool) {
    let until = Some(picture.now.plus_millis(3_600_000));
    picture.head.playing = Some(Playing { speed: Speed::Times(60.0), paused, until, filling: false });
}
