use super::{Change, Observed, Seen, compare};
use crate::model::Category;
use crate::text::Clean;

fn seen(provider: &str, reply: Option<(u8, &str, Category)>, count: u64) -> Seen {
    let clean = |text: &str| Clean::from(text);
    Seen {
        provider: (clean(provider), clean(provider)),
        delivered: reply.is_none(),
        class: reply.map_or(2, |(class, ..)| class),
        code: reply.map(|(_, code, _)| clean(code)),
        category: reply.map(|(.., category)| category),
        signature: reply.map(|(_, code, _)| clean(&format!("550 {code} no"))),
        count,
    }
}

fn observed(seen: Vec<Seen>) -> Observed {
    Observed { seen, ..Observed::default() }
}

#[test]
fn what_is_new_gone_up_and_down_is_found() {
    let unknown = Some((5, "5.1.1", Category::UserUnknown));
    let a = observed(vec![
        seen("gmail", None, 9_000),
        seen("gmail", unknown, 40),
        seen("yahoo", None, 5_000),
        seen("yahoo", Some((4, "4.7.0", Category::RateLimit)), 300),
    ]);
    let b = observed(vec![
        seen("gmail", None, 7_000),
        seen("gmail", unknown, 300),
        seen("gmail", Some((5, "5.7.1", Category::IpReputation)), 2_000),
        seen("yahoo", None, 5_000),
    ]);
    let told = compare(&a, &b);
    assert_eq!((told.a.attempts, told.b.attempts, told.b.rejected), (14_340, 14_300, 2_300));
    assert_eq!((told.rejected.change, told.delivered.change), (Change::Up, Change::Down));
    let codes: Vec<_> = told.codes.iter().map(|line| (line.name.as_str(), line.share.change)).collect();
    assert_eq!(codes, [("5.7.1", Change::New), ("4.7.0", Change::Gone), ("5.1.1", Change::Up)]);
    let providers: Vec<_> = told
        .providers
        .iter()
        .map(|line| (line.id.as_str(), line.rejected.change, line.deferred.change))
        .collect();
    assert_eq!(providers, [("gmail", Change::Up, Change::Same), ("yahoo", Change::Same, Change::Gone)]);
    let gmail = &told.providers[0].rejected;
    assert_eq!((gmail.a.of, gmail.b.count, gmail.b.of), (9_040, 2_300, 9_300));
    assert!(told.codes.iter().all(|line| line.share.certain));
}

#[test]
fn a_side_without_attempts_tells_nothing() {
    let some = observed(vec![seen("gmail", Some((5, "5.1.1", Category::UserUnknown)), 5)]);
    let told = compare(&Observed::default(), &some);
    assert_eq!((told.rejected.change, told.rejected.certain), (Change::Unclear, false));
    assert_eq!(told.codes[0].share.change, Change::Unclear);
}
