//! Rules of the operator's own: what is wrong in them is told with its place, and what is right but
//! likely not meant is remarked.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use fivefifty::classify::{Knowledge, KnowledgeError, Lint, Own};
use proptest::strategy::Strategy;

const TOP: &str = "source = \"us\"\nmonth = \"2026-11\"\n";

fn load(files: &[(&str, &[u8])]) -> Result<Knowledge, KnowledgeError> {
    Knowledge::with_own(Own { rules: files, ..Own::default() })
}

/// What is told of one file.
fn told(text: &[u8]) -> String {
    match load(&[("own.toml", text)]) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// A file whose one rule is right but for `line`, which stands in line 7, behind `any`.
fn with(line: &str) -> String {
    format!(
        "{TOP}[[rule]]\nid = \"own\"\ncategory = \"policy\"\nany = [\"flurble\"]\n{line}\nsamples = [\"550 flurble\"]\n"
    )
}

#[test]
fn a_field_that_is_wrong_is_told_with_its_place_and_what_to_do() {
    assert_eq!(told(with("").as_bytes()), "nothing");
    let long = format!("any_ = \"{}\"", "x".repeat(9));
    for (line, want) in [
        (
            "colour = 1",
            "1: rule `own`: no field `colour`; those are id, category, provider, code, enhanced, stage, any, with, all, not, regex, weak, fault, severity, action, list, mechanism, temporary, node, source, month, samples, near",
        ),
        (&long, "1: rule `own`: no field `any_`; did you mean `any`?"),
        ("wiht = [\"x\"]", "1: rule `own`: no field `wiht`; did you mean `with`?"),
        ("fault = \"sneder\"", "9: rule `own`: no fault `sneder`; did you mean `sender`?"),
        (
            "severity = \"urgent\"",
            "12: rule `own`: no severity `urgent`; those are info, low, medium, high, critical",
        ),
        ("action = \"supress\"", "10: rule `own`: no action `supress`; did you mean `suppress`?"),
        ("mechanism = \"DKMI\"", "13: rule `own`: no mechanism `DKMI`; did you mean `dkim`?"),
        ("stage = [\"rcpt\", \"rctp\"]", "18: rule `own`: no stage `rctp`; did you mean `rcpt`?"),
        ("provider = [\"gmial\"]", "13: rule `own`: no provider `gmial`; did you mean `gmail`?"),
        ("list = \"spamhaus-zn\"", "8: rule `own`: no list `spamhaus-zn`; did you mean `spamhaus-zen`?"),
        ("node = \"N11\"", "8: rule `own`: no node `N11`: write N0 to N10"),
        ("month = \"2026-13\"", "9: rule `own`: `2026-13` is no month: write YYYY-MM, as in 2026-11"),
        ("source = \" \"", "10: rule `own`: `source` is empty: write it, or leave the field out"),
        ("code = [\"5xx\"]", "9: rule `own`: `5xx` is no code pattern: write 550, 55. or 5.."),
        ("code = [\"999\"]", "9: rule `own`: `999` is no code pattern: write 550, 55. or 5.."),
        (
            "enhanced = [\"5.7\"]",
            "13: rule `own`: `5.7` is no enhanced pattern: write 5.7.1, 5.7.*, *.1.1 or 5.7.606-649",
        ),
        ("with = [\"@boxes\"]", "9: rule `own`: no words `boxes`: name them in `[words]`"),
        ("with = [\"a .. b .. c\"]", "9: rule `own`: `a .. b .. c` has more than one gap: use a `regex`"),
        ("weak = 1", "8: rule `own`: `weak` must be true or false, without quotes"),
        ("temporary = \"yes\"", "13: rule `own`: `temporary` must be true or false, without quotes"),
        ("with = \"x\"", "8: rule `own`: `with` must be a list: `with = [\"…\"]`"),
        (
            "with = [1]",
            "9: rule `own`: `with` must be a list of texts in quotes, and this is of type integer",
        ),
        ("regex = 5", "9: rule `own`: `regex` must be a text in quotes, and this is of type integer"),
        (
            "not = [\"a@b.example\"]",
            "8: rule `own`: `a@b.example` has no word: addresses, IPs and signs are not searched",
        ),
        (
            "regex = 'é a(b'",
            "9: rule `own`: the regex does not compile: unclosed group, at character 4 (`(b`)",
        ),
        (
            "regex = '[z-a]'",
            "9: rule `own`: the regex does not compile: invalid character class range, the start must be <= the end, at character 2 (`z-a]`)",
        ),
        (
            "regex = '(\\d{1,900}){1,900}'",
            "9: rule `own`: the regex takes more than 256 KiB when compiled: make its repetitions smaller",
        ),
    ] {
        assert_eq!(told(with(line).as_bytes()), format!("own.toml:7:{want}\n  7 | {line}"));
    }
}

#[test]
fn a_rule_that_cannot_be_is_told_with_its_place_and_what_to_do() {
    let samples = "samples = [\"550 x\"]";
    for (rule, want) in [
        (
            "category = \"policy\"\nany = [\"x\"]\nsamples = [\"550 x\"]",
            "3:1: a rule without `id`: give it a name of its own\n  3 | [[rule]]",
        ),
        (
            "id = \"b c\"",
            "4:6: `b c` is no id: up to 80 letters, digits, `-`, `_` and `.`\n  4 | id = \"b c\"",
        ),
        (
            "id = \"many\"",
            "4:6: `many` is the id of what no rule decides: choose another\n  4 | id = \"many\"",
        ),
        (
            "id = \"r\"\nany = [\"x\"]\nsamples = [\"550 x\"]",
            "4:6: rule `r`: no `category`: say what it means\n  4 | id = \"r\"",
        ),
        (
            "id = \"r\"\ncategory = \"polcy\"\nany = [\"x\"]",
            "5:12: rule `r`: no category `polcy`; did you mean `policy`?\n  5 | category = \"polcy\"",
        ),
        (
            "id = \"r\"\ncategory = \"policy\"\nany = [\"x\"]",
            "4:6: rule `r`: no sample: give a reply that it must win, `samples = [\"550 …\"]`\n  4 | id = \"r\"",
        ),
        (
            "id = \"r\"\ncategory = \"policy\"\nSAMPLES",
            "4:6: rule `r`: it would match every reply: give `any`, `all`, `code` or `enhanced`\n  4 | id = \"r\"",
        ),
        (
            "id = \"r\"\ncategory = \"policy\"\ncode = [\"4..\", \"5..\"]\nSAMPLES",
            "4:6: rule `r`: it would match every refusal: narrow `code` or `enhanced`, or give words\n  4 | id = \"r\"",
        ),
        (
            "id = \"r\"\ncategory = \"policy\"\nenhanced = [\"*.*.*\"]\nSAMPLES",
            "4:6: rule `r`: it would match every refusal: narrow `code` or `enhanced`, or give words\n  4 | id = \"r\"",
        ),
        (
            "id = \"r\"\ncategory = \"policy\"\ncode = [\"550\"]\nregex = \"x\"\nSAMPLES",
            "4:6: rule `r`: `with`, `regex` and `weak` need `any` or `all`: give the words that they go with\n  4 | id = \"r\"",
        ),
        (
            "id = \"r\"\ncategory = \"blocklist\"\naction = \"suppress\"\nany = [\"wubble\"]\nsamples = [\"550 wubble\"]",
            "4:6: rule `r`: never suppress for the sender's fault: use investigate, fix or retry as `action`",
        ),
        (
            "id = \"r\"\ncategory = \"user_unknown\"\nfault = \"sender\"\nany = [\"wubble\"]\nsamples = [\"550 wubble\"]",
            "4:6: rule `r`: never suppress for the sender's fault: `user_unknown` suppresses, so give an `action`, or another `fault`",
        ),
        (
            "id = \"r\"\ncategory = \"policy\"\nany = [\"wubble\"]\nsamples = [\"550 wubble\"]\nnear = [\"550 wubble there\"]",
            "8:9: rule `r`: it wins its near miss `550 wubble there` by the words `wubble`: narrow it, with `not` or `with`",
        ),
        (
            "id = \"greylisted\"\ncategory = \"policy\"\nany = [\"wubble\"]\nsamples = [\"550 wubble\"]",
            "4:6: rule `greylisted`: this id is taken by the rule at rules/sender.toml:6, built in: choose another",
        ),
    ] {
        let rule = rule.replace("SAMPLES", samples);
        assert_eq!(told(format!("{TOP}[[rule]]\n{rule}\n").as_bytes()), format!("own.toml:{want}"));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_place() {
    let big = vec![b'#'; (1 << 20) + 1];
    let many = format!("{}with = [{}]", with(""), "\"x\",".repeat(501));
    for (text, want) in [
        (&b""[..], "own.toml: it is empty: write a `[[rule]]`, or remove it"),
        (b" \n", "own.toml: it is empty: write a `[[rule]]`, or remove it"),
        (TOP.as_bytes(), "own.toml: no rule is in it: write a `[[rule]]`, or remove it"),
        (&big, "own.toml: it is larger than 1024 KiB: split it"),
        (b"source = \"\xe9\"", "own.toml:1:11: byte 0xe9 is no UTF-8: save the file as UTF-8"),
        (
            b"source = \"us\"\n[[rule]\n",
            "own.toml:2:8: TOML: unclosed array table, expected `]`\n  2 | [[rule]",
        ),
        (
            many.as_bytes(),
            "own.toml:9:8: rule `own`: `with` has more than 500 entries: make it several rules",
        ),
        (
            b"any = [\"x\"]\nsource = \"us\"\nmonth = \"11/2026\"\n[rule]\n",
            "own.toml:1:1: `any` is a field of a rule: write it behind `[[rule]]`\n  1 | any = [\"x\"]\n\
             own.toml:3:9: `11/2026` is no month: write YYYY-MM, as in 2026-11\n  3 | month = \"11/2026\"\n\
             own.toml:4:1: `rule` must be a table in a list: write `[[rule]]`\n  4 | [rule]",
        ),
        (
            b"source = \"us\"\nmonth = \"2026-11\"\n[words]\nbox = [\"wubble\", \"--\"]\nboxes = 1\n\
              [[rule]]\nid = \"r\"\ncategory = \"policy\"\nany = [\"@bax\"]\nsamples = [\"550 wubble\"]\n",
            "own.toml:4:18: `--` has no word: addresses, IPs and signs are not searched\n  4 | box = [\"wubble\", \"--\"]\n\
             own.toml:5:9: `boxes` must be a list: `boxes = [\"…\"]`\n  5 | boxes = 1\n\
             own.toml:9:8: rule `r`: no words `bax` in `[words]`; did you mean `box`?\n  9 | any = [\"@bax\"]",
        ),
        (
            b"[[rule]]\nid = \"r\"\ncategory = \"policy\"\nany = [\"wubble\"]\nsamples = [\"550 wubble\"]\n",
            "own.toml:1:1: no `month`: write `month = \"2026-11\"` at the top of the file\n\
             own.toml:1:1: no `source`: write `source = \"who says so\"` at the top of the file",
        ),
    ] {
        let told = told(text);
        assert!(told.starts_with(want), "{told}\n{want}");
        assert_eq!(told.lines().count(), want.lines().count() + usize::from(want.contains("500")));
    }
}

#[test]
fn every_mistake_of_every_file_is_told_at_once_in_order_and_in_bounds() {
    let wrong = with("colour = 1");
    let files: &[(&str, &[u8])] = &[("b.toml", wrong.as_bytes()), ("a.toml", b""), ("c.toml", b"[")];
    let told = load(files).unwrap_err().to_string();
    let places: Vec<&str> =
        told.lines().filter(|line| line.contains(".toml")).map(|line| &line[..8]).collect();
    assert_eq!(places, ["a.toml: ", "b.toml:7", "c.toml:1"], "{told}");

    let twice = with("");
    let told = load(&[("a.toml", twice.as_bytes()), ("b.toml", twice.as_bytes())]).unwrap_err().to_string();
    assert_eq!(told, "b.toml:4:6: rule `own`: this id is taken by the rule at a.toml:4: choose another");

    let rule = |at: usize| format!("[[rule]]\nid = \"r{at}\"\ncategory = \"x\"\n");
    let many: String = std::iter::once(TOP.to_owned()).chain((0..600).map(rule)).collect();
    let error = load(&[("own.toml", many.as_bytes())]).unwrap_err();
    assert_eq!((error.mistakes.len(), error.more), (100, 500));
    let rule = |at: usize| {
        format!(
            "[[rule]]\nid = \"r{at}\"\ncategory = \"policy\"\nany = [\"z{at}\"]\nsamples = [\"550 z{at}\"]\n"
        )
    };
    let many: String = std::iter::once(TOP.to_owned()).chain((0..1_001).map(rule)).collect();
    let told = told_of(&many);
    assert_eq!(told, "own.toml: with this file there are more than 1000 rules");
}

fn told_of(text: &str) -> String {
    told(text.as_bytes())
}

fn lint(rules: &str) -> Lint {
    let text = format!("{TOP}{rules}");
    load(&[("own.toml", text.as_bytes())]).unwrap_or_else(|error| panic!("{error}")).lint(false)
}

/// A rule without phrases in common with any other.
fn rule(id: &str, more: &str, sample: &str) -> String {
    format!("[[rule]]\nid = \"{id}\"\n{more}\nsamples = [\"{sample}\"]\n")
}

fn warnings(lint: &Lint) -> Vec<String> {
    lint.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn rules_that_are_right_have_no_warning() {
    let lint = lint(&rule("a", "category = \"policy\"\nany = [\"flurble\"]", "550 flurble"));
    assert_eq!((warnings(&lint).len(), lint.shadows.len()), (0, 0));
    assert_eq!((lint.rules[0].rules, lint.rules[0].samples), (1, 1));
    assert!(lint.hints[0].what.starts_with("no near miss"));
}

#[test]
fn what_is_likely_not_meant_is_remarked() {
    for (rules, want) in [
        (
            rule("a", "category = \"policy\"\nany = [\"mail\"]\nprovider = [\"gmail\"]", "550 zork mail"),
            "`mail` alone stands in replies of every kind: give more words, or a `with`",
        ),
        (
            rule("a", "category = \"user_unknown\"\nany = [\"no snork from you\"]", "550 no snork from you"),
            "it never suppresses: its words do not say that the address is at fault (`no snork from you`)",
        ),
        (
            rule(
                "a",
                "category = \"user_unknown\"\nany = [\"snork spam\", \"no snork\"]\nwith = [\"user\"]",
                "550 no snork user",
            ),
            "it suppresses by 1 of its 2 phrases only: the others do not say that the address is at fault (`snork spam`)",
        ),
        (
            rule("a", "category = \"mailbox_full\"\naction = \"suppress\"\nany = [\"snork\"]", "550 snork"),
            "it never suppresses: only user_unknown, bad_domain and mailbox_disabled do",
        ),
        (
            rule("a", "category = \"user_unknown\"\ncode = [\"4..\"]\nany = [\"snork\"]", "450 snork"),
            "it never suppresses: its codes are temporary, and those are retried",
        ),
        (
            rule("a", "category = \"user_unknown\"\naction = \"suppress\"\ncode = [\"559\"]", "559 hm"),
            "it never suppresses: by a code or `weak` words only a rule of a `provider` does",
        ),
        (
            rule("a", "category = \"policy\"\nany = [\"snork\"]\ncode = [\"5..\"]", "550 snork")
                + &rule("b", "category = \"virus\"\nany = [\"wobble\"]", "550 wobble"),
            "",
        ),
        (
            rule("a", "category = \"policy\"\nany = [\"snork\"]", "550 snork wobble")
                + &rule("b", "category = \"virus\"\nany = [\"wobble\"]", "550 wobble"),
            "`b` (own.toml:9) holds for its sample `550 snork wobble` too, and only comes later: give one of them a `not`",
        ),
    ] {
        let lint = lint(&rules);
        let told: Vec<&str> = lint.warnings.iter().map(|warning| warning.what.as_str()).collect();
        assert_eq!(told.join("\n"), want, "{rules}");
    }
}

#[test]
fn a_rule_that_can_never_win_is_told_from_one_whose_sample_is_wrong() {
    let wide = "category = \"policy\"\nany = [\"snork\", \"wobble\"]\nnot = [\"not\"]";
    for (narrow, sample, want) in [
        (
            "any = [\"big snork\", \"wobble now\"]\nnot = [\"not\"]\ncode = [\"550\"]",
            "550 big snork",
            "never win",
        ),
        ("all = [\"snork\", \"zork\"]\nnot = [\"not\", \"never\"]", "550 zork snork", "never win"),
        ("any = [\"zork\"]\nwith = [\"a snork\"]\nnot = [\"not\"]", "550 zork a snork", "never win"),
        ("any = [\"a snork .. zork\"]\nnot = [\"not\"]", "550 a snork b zork", "never win"),
        ("any = [\"snork\"]", "550 snork", "it stands first"),
        ("any = [\"snork\", \"zork\"]\nnot = [\"not\"]", "550 snork", "it stands first"),
        ("any = [\"snork*\"]\nnot = [\"not\"]", "550 snork", "it stands first"),
        ("any = [\"snork\"]\nnot = [\"not\"]\nprovider = [\"gmail\"]", "550 snork", "nothing"),
        ("code = [\"550\"]", "550 snork", "words come before"),
    ] {
        let narrow = format!("category = \"virus\"\n{narrow}");
        let told =
            told_of(&format!("{TOP}{}{}", rule("wide", wide, "550 snork"), rule("narrow", &narrow, sample)));
        assert!(told.contains(want) && told.lines().count() == 1, "{narrow}: {told}");
    }
}

#[test]
fn a_phrase_that_a_rule_before_takes_is_a_hint() {
    let lint = lint(
        &(rule("wide", "category = \"policy\"\nany = [\"snork\"]", "550 snork")
            + &rule(
                "narrow",
                "category = \"virus\"\nany = [\"big snork\", \"zork\", \"a zork\"]",
                "550 zork",
            )),
    );
    let hints: Vec<&str> = lint.hints.iter().map(|hint| hint.what.as_str()).collect();
    assert!(
        hints.contains(&"its phrase `big snork` decides nothing: `wide` (own.toml:4) takes it before"),
        "{hints:?}"
    );
    assert!(hints.contains(&"where `a zork` is, `zork` is too: it only lengthens the words that are shown"));
}

#[test]
fn what_own_rules_take_from_those_built_in_is_listed() {
    let lint = lint(&rule(
        "ours",
        "category = \"policy\"\nany = [\"greylisting in action\"]",
        "450 greylisting in action",
    ));
    let taken: Vec<(&str, &str, usize)> =
        lint.shadows.iter().map(|shadow| (&*shadow.over, &*shadow.file, shadow.lost)).collect();
    assert_eq!(taken, [("greylisted", "rules/sender.toml", 1)]);
    assert!(lint.shadows[0].string.contains("Greylisting in action"), "{:?}", lint.shadows);
}

#[test]
fn a_suppression_in_the_place_of_another_verdict_is_remarked() {
    let lint = lint(&rule("ours", "category = \"user_unknown\"\nany = [\"over quota\"]", "550 over quota"));
    let told = warnings(&lint).join("\n");
    assert!(told.contains("it suppresses by `55") && told.contains("says mailbox_full: make sure"), "{told}");
}

#[test]
fn the_rules_built_in_have_no_warning() {
    let lint = Knowledge::embedded().unwrap().lint(true);
    assert_eq!(warnings(&lint), [""; 0]);
    assert!(lint.rules.len() > 10);
}

#[test]
fn the_example_of_the_manual_is_right() {
    let manual = include_str!("../rules/README.md");
    let example = manual.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let knowledge = load(&[("README.md", example.as_bytes())]).unwrap_or_else(|error| panic!("{error}"));
    let lint = knowledge.lint(false);
    assert_eq!(warnings(&lint), [""; 0]);
    assert_eq!(lint.rules[0].rules, 3);
    // Every field has its row.
    for field in ["id", "weak", "fault", "severity", "temporary", "node", "list", "near", "stage"] {
        assert!(manual.contains(&format!("| `{field}` |")), "{field}");
    }
}

/// Pieces that rules are made of, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = proptest::sample::select(vec![
        "source = \"us\"\n",
        "month = \"2026-11\"\n",
        "[[rule]]\n",
        "[rule]\n",
        "id = \"a\"\n",
        "id = 1\n",
        "category = \"policy\"\n",
        "any = [\"x\", \"é*\", \"/a.b\"]\n",
        "any = \"",
        "regex = '(((('\n",
        "regex = '\\xff+?'\n",
        "code = [\"5..\"]\n",
        "enhanced = [\"99999999999.1-0.*\"]\n",
        "samples = [\"550 x\"]\n",
        "near = [\"\"]\n",
        "provider = [\"gmail\"]\n",
        "[[rule.any]]\n",
        "\"\"\"",
        "]",
        "}",
        "=",
        "\n",
        "\u{2028}",
        "rule.id = 5\n",
        "[words]\na = [\"x .. y\"]\n",
        "any = [\"@a\", \"@\", \" .. \", \"x .. @\"]\n",
        "weak = true\n",
        "node = \"N1é\"\n",
        "month = \"2026-é\"\n",
        "all = [[[[[[\n",
        "\r",
        "\0",
        "#",
    ]);
    proptest::collection::vec((piece, proptest::collection::vec(proptest::num::u8::ANY, 0..3)), 0..24)
        .prop_map(|pieces| {
            let bytes = |(text, noise): (&str, Vec<u8>)| {
                let noise = if noise.len() > 1 { Vec::new() } else { noise };
                [text.as_bytes(), &noise].concat()
            };
            pieces.into_iter().flat_map(bytes).collect()
        })
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(32))]
    #[test]
    fn hostile_files_are_told_with_their_name(text in pieces(), bytes: Vec<u8>) {
        for text in [text, bytes] {
            if let Err(error) = load(&[("own.toml", &text)]) {
                proptest::prop_assert!(!error.mistakes.is_empty());
                for mistake in &error.mistakes {
                    proptest::prop_assert_eq!(&*mistake.file, "own.toml");
                    proptest::prop_assert!(mistake.what.len() < 2_000 && !mistake.what.contains('\n'));
                }
            }
        }
    }
}
