use super::{Evidence, Facts, Share};
use crate::model::Category;
use crate::text::Clean;

#[test]
fn a_domain_that_could_act_in_a_shell_is_not_put_into_a_command() {
    for (domain, shown) in [
        ("news.example.com", "news.example.com"),
        ("bounce@news.example.com", "news.example.com"),
        ("nov-blk", "<domain>"),
        ("job.20261121", "<domain>"),
        ("a.com;reboot", "<domain>"),
        ("$(reboot)", "<domain>"),
        ("-x.example.com", "<domain>"),
        ("", "<domain>"),
    ] {
        let evidence = Evidence { sending_domain: Some(Clean::from(domain)), ..Evidence::default() };
        assert_eq!(Facts::of_scope(&evidence, &Default::default()).text("domain"), shown, "{domain}");
    }
}

#[test]
fn a_source_is_a_share_of_the_replies_whose_source_is_known() {
    let share = |name: &str, count| Share { name: Clean::from(name), id: Clean::from(name), count };
    let sources = vec![share("192.0.2.7", 24), share("", 5), share("192.0.2.8", 1)];
    let evidence = Evidence { attempts: 9_000, replies: 3_000, sources, ..Evidence::default() };
    let facts = Facts::of_scope(&evidence, &Default::default());
    assert_eq!((facts.number("source_share"), facts.number("sources")), (Some(0.96), Some(2.0)));
}

#[test]
fn deferrals_are_what_the_scope_has_beyond_rejections() {
    let deferred = |code: Option<&str>| {
        let code = code.map(Clean::from);
        let evidence = Evidence { code, attempts: 100, rejected: 10, replies: 40, ..Evidence::default() };
        Facts::of_scope(&evidence, &Default::default()).number("deferred")
    };
    assert_eq!(deferred(None), Some(30.0));
    assert_eq!(deferred(Some("4xx")), Some(40.0));
    assert_eq!(deferred(Some("5.7.1")), Some(0.0));
}

#[test]
fn deferrals_are_told_apart_by_whether_waiting_cures_them() {
    let deferrals = vec![(Category::Greylist, 30), (Category::IpReputation, 10)];
    let evidence = Evidence { attempts: 100, deferrals: Some(deferrals), ..Evidence::default() };
    let facts = Facts::of_scope(&evidence, &Default::default());
    assert_eq!((facts.number("deferral_waits"), facts.number("deferral_ours")), (Some(0.3), Some(0.1)));
    let nothing = Facts::of_scope(&Evidence::default(), &Default::default());
    assert_eq!(nothing.number("deferral_ours"), None);
}

#[test]
fn a_relay_is_asked_by_its_name_and_only_by_one_that_is_a_name() {
    let asked = |relay: &str| {
        let evidence = Evidence { relay: Some(Clean::from(relay)), ..Evidence::default() };
        Facts::of_scope(&evidence, &Default::default()).text("relay")
    };
    assert_eq!(asked("mx.example.com[192.0.2.1]:25"), "mx.example.com");
    assert_eq!([asked("$(x).com"), asked("[192.0.2.1]:25"), asked("none")], ["<relay>"; 3]);
}
