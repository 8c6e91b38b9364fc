#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;

use super::{Filter, Reply, Saved};

fn shows(filter: &str, provider: (&str, &str), label: &str, code: u16) -> bool {
    let reply = Reply { provider, label, code, enhanced: None, verdict: None };
    Filter::parse(filter).unwrap().shows(&reply)
}

const GMAIL: (&str, &str) = ("gmail", "Gmail");

#[test]
fn terms_are_joined_by_and() {
    assert!(shows("", GMAIL, "5.7.1", 550));
    assert!(shows("provider:gmail code:5.7.*", GMAIL, "5.7.26", 550));
    assert!(!shows("provider:gmail code:5.1.*", GMAIL, "5.7.26", 550));
    assert!(shows("code:550", GMAIL, "5.7.26", 550));
    assert!(!shows("!provider:gmail", GMAIL, "5.7.26", 550));
    assert!(shows("GMAIL", GMAIL, "5.7.26", 550));
    assert!(shows("provider:\"google work\"", ("google-workspace", "Google Workspace"), "5.7.26", 550));
    assert!(!shows("cat:auth", GMAIL, "5.7.26", 550));
    assert!(shows("provider=gmail", GMAIL, "5.7.26", 550));
    assert!(!shows("provider=gmai", GMAIL, "5.7.26", 550), "the whole name");
}

#[test]
fn what_is_not_counted_is_asked_later() {
    assert!(shows("source:192.0.2.0/24 !host:mta1 stage:data new", GMAIL, "5.7.1", 550));
    assert!(!shows("source:192.0.2.0/24 cat:auth", GMAIL, "5.7.1", 550));
    assert!(Filter::parse("!campaign:x").unwrap().is_sampled());
    assert!(!Filter::parse("new code:5*").unwrap().is_sampled());
}

#[test]
fn errors_name_the_place_and_what_would_be_right() {
    let error = |text: &str| Filter::parse(text).unwrap_err();
    assert_eq!(error("provider:gmail kode:5").at, 15);
    assert!(error("kode:5").reason.contains("did you mean `code`"));
    assert_eq!(error("text~\"spam").at, 5);
    assert_eq!(error("code:").at, 5);
    assert_eq!(error("!code:").at, 6);
    assert_eq!(error("code:550 cat:auht_failure").at, 13);
    assert!(error("cat:auht_failure").reason.contains("`auth_failure`"));
    assert!(error("stage:dta").reason.contains("`data`"));
    assert_eq!(error("source:192.0.2.0/99").at, 17);
    assert_eq!(error("source:\"192.0.2.0/99\"").at, 18);
}

#[test]
fn an_exact_term_is_read_as_it_was_meant() {
    for value in ["nov-2", "a b", "x:y", "a=b", "!x", "*", "[192.0.2.7]"] {
        let text = Filter::exactly("campaign", value);
        let filter = Filter::parse(&text).unwrap();
        assert_eq!(filter.terms().len(), 1, "{text}");
        assert_eq!(filter, Filter::parse(&text).unwrap());
    }
    assert_eq!(Filter::exactly("campaign", "a\"b c"), "campaign:\"a*b c\"");
}

#[test]
fn what_is_read_so_far_ends_before_the_mistake() {
    let saved = Saved::default();
    let so_far = Filter::so_far("provider:gmail  kode:5 code:5*", &saved);
    assert_eq!(so_far.text(), "provider:gmail");
    assert!(Filter::parse("provider:gmail code:5*").unwrap().goes_on_from(&so_far));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "([ -~]|[!@:~=\"/ *]|é|\u{3000}|code|source|cat|new|192.0.2.0/24){0,24}") {
        let saved: BTreeMap<String, String> = [("a".into(), "code:5* new".into())].into();
        let saved = Saved::new(saved).unwrap();
        match Filter::parse_with(&text, &saved) {
            Err(error) => {
                proptest::prop_assert!(error.at <= text.len() && text.is_char_boundary(error.at));
                let head = Filter::so_far(&text, &saved);
                proptest::prop_assert!(text.trim_start().starts_with(head.text()));
                proptest::prop_assert!(Filter::parse_with(head.text(), &saved).is_ok());
            }
            Ok(filter) => proptest::prop_assert_eq!(filter.text(), text.trim()),
        }
        for cursor in 0..=text.len() {
            let place = Filter::place(&text, cursor);
            proptest::prop_assert!(text.get(place.typed.0..place.typed.1).is_some());
        }
    }
}

#[test]
fn a_term_is_put_in_and_taken_out() {
    let saved = Saved::default();
    let toggled = |text: &str, term: &str| Filter::toggled(text, term, &saved);
    assert_eq!(toggled("", "code:5*"), "code:5*");
    assert_eq!(toggled("cat:auth  new", "provider=gmail"), "cat:auth new provider=gmail");
    assert_eq!(toggled("cat:auth isp=GMAIL new", "provider=gmail"), "cat:auth new", "however it is written");
    assert_eq!(toggled("source=a !host=b", "source=c"), "!host=b source=c", "nothing has two");
    assert_eq!(toggled("source:a", "source=c"), "source:a source=c");
    assert!(Filter::has("cat:auth isp=GMAIL", "provider=gmail", &saved));
}
