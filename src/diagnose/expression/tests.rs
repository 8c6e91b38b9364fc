use super::{Expression, Facts};

fn facts() -> Facts {
    let mut facts = Facts::default();
    facts.set_number("rate", 0.382);
    facts.set_number("attempts", 7628.0);
    facts.set_word("category", "ip_reputation");
    facts.set_word("provider", "gmail");
    facts.set_word("list", "Spamhaus-ZEN");
    facts.set_word("enhanced", "5.7.610");
    facts.set_word("says", "550 5.7.1 part of their network is on our block list (S3150)");
    facts.set_truth("scoped", true);
    facts
}

fn holds(text: &str) -> Option<bool> {
    Expression::read(text).unwrap().holds(&facts())
}

#[test]
fn compares_numbers_shares_words_and_truths() {
    for (text, expected) in [
        ("always", true),
        ("rate >= 5%", true),
        ("rate >= 0.382", true),
        ("rate > 0.382", false),
        ("attempts < 20", false),
        ("attempts != 20", true),
        ("scoped", true),
        ("not scoped", false),
        ("provider = gmail", true),
        ("provider != gmail", false),
        ("category in [ip_reputation, domain_reputation]", true),
        ("category not in [ip_reputation]", false),
        ("list = *spamhaus*", true),
        ("list = spamhaus*", true),
        ("list = spamhaus", false),
        ("enhanced = 5.7.606-649", true),
        ("enhanced = 5.7.620-649", false),
        ("says = \"*on our block list*\"", true),
    ] {
        assert_eq!(holds(text), Some(expected), "{text}");
    }
}

#[test]
fn and_binds_closer_than_or_and_parentheses_bind_closest() {
    assert_eq!(holds("scoped or scoped and attempts < 20"), Some(true));
    assert_eq!(holds("(scoped or scoped) and attempts < 20"), Some(false));
    assert_eq!(holds("not (scoped and attempts < 20)"), Some(true));
}

#[test]
fn what_is_not_known_is_neither_true_nor_false() {
    assert_eq!(holds("baseline < 0.5%"), None);
    assert_eq!(holds("not baseline < 0.5%"), None);
    assert_eq!(holds("known baseline"), Some(false));
    assert_eq!(holds("baseline < 0.5% and rate < 5%"), Some(false));
    assert_eq!(holds("baseline < 0.5% or rate >= 5%"), Some(true));
    assert_eq!(holds("baseline < 0.5% or rate < 5%"), None);
    assert_eq!(holds("severity = high"), None);
}

#[test]
fn a_broken_condition_is_refused_with_its_place() {
    for (text, at, reason) in [
        ("", 1, "expected the name of a fact"),
        ("raet >= 5%", 1, "no evidence is named `raet`; did you mean `rate`?"),
        ("rate >= much", 9, "expected a number such as 20, 0.05 or 5%, or a limit such as incident_limit"),
        ("rate", 1, "expected = != >= > <= or <"),
        ("rate >=", 8, "expected a number"),
        ("rate >= 5% rate", 12, "expected `and`, `or` or the end"),
        ("(scoped", 8, "expected `)`"),
        ("provider in [gmail", 19, "expected `,` or `]`"),
        ("provider gmail", 10, "expected =, != or in […]"),
        ("says = \"x", 8, "the quote is not closed"),
        ("scoped & scoped", 8, "`&` has no meaning here"),
        ("domain = x", 1, "`domain` is for sentences, not for conditions"),
    ] {
        let error = Expression::read(text).unwrap_err();
        assert_eq!((error.at, error.reason.as_str()), (at, reason), "{text}");
    }
}

#[test]
fn a_limit_may_be_a_fact_that_the_operator_sets() {
    let mut facts = Facts::default();
    facts.set_number("unknown_user_rate", 0.2);
    let holds =
        |facts: &Facts| Expression::read("unknown_user_rate > unknown_user_limit").unwrap().holds(facts);
    assert_eq!(holds(&facts), None);
    facts.set_number("unknown_user_limit", 0.02);
    assert_eq!(holds(&facts), Some(true));
    facts.set_number("unknown_user_limit", 0.3);
    assert_eq!(holds(&facts), Some(false));
    for wrong in ["rate >= incidnt_limit", "rate >= attempts", "rate >= provider", "rate >= incident_limit%"]
    {
        assert!(Expression::read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_word_outside_a_closed_set_is_refused() {
    let error = Expression::read("category = ip_reputaton").unwrap_err();
    assert_eq!(error.reason, "no such word is known: `ip_reputaton`; did you mean `ip_reputation`?");
    assert!(Expression::read("category = ip_*").is_err());
    let error = Expression::read(&"(".repeat(1_000_000)).unwrap_err();
    assert_eq!(error.reason, "the condition is too long");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[ -~é]{0,40}") {
        let _ = Expression::read(&text);
    }
}
