#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::{JudgedHeader, Results};
use crate::model::{Authentication, MethodResult};
use crate::text::Clean;

/// Judges `spf=pass smtp.mailfrom=b.example; dmarc=…`, written short.
fn judge(text: &str, from: &str) -> JudgedHeader {
    let results = text.split("; ").map(|one| {
        let mut words = one.split(' ').map(|word| word.split_once('=').unwrap());
        let (method, result) = words.next().unwrap();
        MethodResult {
            method: Clean::from(method),
            result: Clean::from(result),
            properties: words.map(|(name, value)| (Clean::from(name), Clean::from(value))).collect(),
            ..MethodResult::default()
        }
    });
    let header = Authentication { results: results.collect(), ..Authentication::default() };
    Results::embedded().unwrap().judge(&header, &Clean::from(from))
}

#[test]
fn every_result_of_every_method_says_its_own_sentence_and_what_to_do() {
    let all = |method: &str, results: &[&str]| {
        let mut said: Vec<String> = results
            .iter()
            .map(|result| {
                let one = judge(&format!("{method}={result}"), "").results.remove(0);
                assert!(!one.says.is_empty() && !one.todo.is_empty(), "{method}={result}");
                one.says
            })
            .collect();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), results.len(), "{method}: {said:?}");
    };
    all(
        "spf",
        &[
            "pass",
            "fail",
            "softfail",
            "neutral",
            "none",
            "temperror",
            "permerror",
            "policy",
            "bestguesspass",
            "x",
        ],
    );
    all("dkim", &["pass", "fail", "neutral", "none", "temperror", "permerror", "policy", "x"]);
    all("dmarc", &["pass", "fail", "none", "temperror", "permerror", "bestguesspass", "x"]);
    all("iprev", &["pass", "fail", "temperror", "permerror", "x"]);
    all("whatever", &["pass", "fail", "none", "neutral", "policy", "temperror", "permerror", "x"]);
}

#[test]
fn alignment_is_by_the_registrable_domain() {
    let aligned = |text: &str| judge(text, "news.brand.co.uk").results[0].aligned;
    assert_eq!(aligned("spf=pass smtp.mailfrom=bounce@mail.brand.co.uk"), Some(true));
    assert_eq!(aligned("spf=pass smtp.mailfrom=other.co.uk"), Some(false));
    assert_eq!(aligned("dkim=pass header.i=@BRAND.co.uk"), Some(true));
    assert_eq!(aligned("dkim=pass header.d=co.uk"), Some(false));
    assert_eq!(aligned("spf=pass"), None);
    assert_eq!(judge("spf=pass smtp.mailfrom=brand.example", "").results[0].aligned, None);
}

#[test]
fn what_breaks_dmarc_is_named_and_no_more_than_the_header_says() {
    for (text, breaks, words) in [
        (
            "spf=pass smtp.mailfrom=esp.example; dkim=pass header.d=esp.example; dmarc=fail header.from=b.example",
            &["spf", "dkim"][..],
            "not aligned",
        ),
        (
            "spf=fail smtp.mailfrom=b.example; dkim=none; dmarc=fail header.from=b.example",
            &["spf", "dkim"],
            "SPF says fail",
        ),
        (
            "spf=fail smtp.mailfrom=b.example; dkim=pass header.d=m.b.example; dmarc=pass header.from=b.example",
            &[],
            "passes by DKIM",
        ),
        ("dmarc=pass header.from=b.example", &[], "does not say by what"),
        ("dmarc=fail header.from=b.example", &["spf", "dkim"], "does not tell"),
        ("spf=pass smtp.mailfrom=m.b.example; dmarc=fail header.from=b.example", &["spf", "dkim"], "strict"),
        ("spf=pass smtp.mailfrom=b.example; dmarc=none header.from=b.example", &["dmarc"], "No DMARC record"),
        ("spf=none; dmarc=permerror header.from=b.example", &["dmarc"], "could not be judged"),
        ("spf=pass smtp.mailfrom=b.example", &[], "cannot be judged"),
        ("spf=fail", &["spf"], "cannot be judged"),
        ("iprev=pass", &[], "neither SPF, DKIM nor DMARC"),
    ] {
        let judged = judge(text, "");
        assert_eq!(judged.breaks, breaks, "{text}: {}", judged.verdict);
        assert!(judged.verdict.contains(words), "{text}: {}", judged.verdict);
        assert_eq!(judged.todo.is_empty(), breaks.is_empty(), "{text}");
    }
}

#[test]
fn a_name_that_is_none_reaches_no_command() {
    let judged = judge("dkim=fail header.d=$(reboot).example header.s=a`b`", "b.example;reboot");
    assert_eq!((&judged.from, &judged.results[0].domain), (&None, &None));
    assert!(
        judged.results[0].todo.contains("<selector>._domainkey.<d= domain>"),
        "{}",
        judged.results[0].todo
    );
    for sentence in [judged.verdict, judged.todo.join(" ")] {
        assert!(!sentence.contains("reboot"), "{sentence}");
    }
}

#[test]
fn the_warning_fits_who_says_it() {
    let warning = |header: &str, server: &str| {
        let header = Authentication {
            header: Clean::from(header),
            server: Clean::from(server),
            ..Authentication::default()
        };
        Results::embedded().unwrap().judge(&header, &Clean::default()).warning
    };
    assert!(warning("Authentication-Results", "mx.example").contains("authserv-id"));
    assert!(warning("Authentication-Results", "").contains("does not say which server"));
    assert!(warning("ARC-Authentication-Results", "mx.example").contains("seals"));
}
