//! Trouble of others by hand: seconds of attempts, and what is told of them.

use super::super::{Reply, Watch};
use super::{Failing, Fault, Notice, Slice, Thresholds, Trouble, Troubled, Troubles};
use crate::model::{Category, Moment, Party, ProviderIx};
use crate::text::Clean;

fn party(number: u16) -> Party {
    Party::Known(ProviderIx(number))
}

fn failing(attempts: u64, failed: u64, how: Failing) -> Slice {
    let category = if how == Failing::Server { Category::ServerError } else { Category::Network };
    let reply = Reply { category, fault: Fault::Receiver, list: how.number(), count: failed };
    Slice { attempts, replies: vec![reply] }
}

/// `seconds` from `from` on, in each of which this happens at providers 1, 2, …
fn play(troubles: &mut Troubles, from: i64, seconds: i64, at: &[Slice]) {
    for second in from..from + seconds {
        let slices: Vec<_> = (1..).map(party).zip(at.iter().cloned()).collect();
        troubles.slot(Moment::from_seconds(second), 1_000, &slices);
    }
    troubles.pass(Moment::from_seconds(from + seconds));
}

fn calm(attempts: u64) -> Slice {
    Slice { attempts, replies: Vec::new() }
}

fn told(troubles: &Troubles) -> Vec<Trouble> {
    troubles.list()
}

#[test]
fn an_outage_is_told_with_its_figures_and_its_end() {
    let mut troubles = Troubles::new(Thresholds::default());
    play(&mut troubles, 0, 900, &[calm(2), calm(5)]);
    assert_eq!(told(&troubles), []);
    play(&mut troubles, 900, 60, &[failing(2, 2, Failing::Timeout), calm(5)]);
    let one = told(&troubles)[0];
    assert_eq!((told(&troubles).len(), one.party, one.how), (1, party(1), Failing::Timeout));
    assert_eq!((one.onset, one.until, one.attempts, one.failed), (Moment::from_seconds(900), None, 120, 120));
    play(&mut troubles, 960, 300, &[calm(2), calm(5)]);
    let one = told(&troubles)[0];
    assert!(one.until.is_some_and(|until| until.since(Moment::from_seconds(960)).abs() <= 5_000), "{one:?}");
    assert!((120..130).contains(&one.attempts) && one.failed == 120, "{one:?}");
}

#[test]
fn a_server_that_is_a_little_slow_and_one_that_nobody_asked_are_none() {
    let mut troubles = Troubles::new(Thresholds::default());
    for minute in 0..120 {
        play(&mut troubles, minute * 60, 19, &[calm(1)]);
        play(&mut troubles, minute * 60 + 19, 1, &[failing(1, 1, Failing::Timeout)]);
    }
    assert_eq!(told(&troubles), [], "one of twenty");
    let mut troubles = Troubles::new(Thresholds::default());
    play(&mut troubles, 0, 8, &[failing(1, 1, Failing::Timeout)]);
    assert_eq!(told(&troubles), [], "eight attempts are few");
}

#[test]
fn many_that_are_not_reached_at_once_are_our_network_and_servers_that_answer_are_not() {
    let outage = |how| {
        let mut troubles = Troubles::new(Thresholds::default());
        play(&mut troubles, 0, 900, &[calm(2), calm(2), calm(1), calm(1)]);
        play(&mut troubles, 900, 60, &[2, 2, 1, 1].map(|count| failing(count, count, how)));
        troubles
    };
    let mut network = outage(Failing::Dns);
    let all = told(&network);
    assert_eq!((all.len(), all[0].party, all[0].providers, all[0].how), (1, Party::Nobody, 4, Failing::Dns));
    let notice = Notice::of(&all[0], None);
    assert_eq!((notice.whose, notice.rate), (Troubled::OurNetwork, 1.0));
    assert_eq!(notice.verdict, "names are not resolved at 4 providers at once");
    play(&mut network, 960, 300, &[calm(2), calm(2), calm(1), calm(1)]);
    assert!(told(&network).iter().all(|one| one.party == Party::Nobody && one.until.is_some()));
    let theirs = told(&outage(Failing::Server));
    assert!(theirs.len() == 4 && theirs.iter().all(|one| one.how == Failing::Server), "{theirs:?}");
    let notice = Notice::of(&theirs[0], Some((Clean::from("x"), Clean::from("X"))));
    assert_eq!((notice.whose, notice.verdict.as_str()), (Troubled::Theirs, "X: servers put mail off"));
}

#[test]
fn mail_that_stops_ends_it() {
    let mut troubles = Troubles::new(Thresholds::default());
    play(&mut troubles, 0, 900, &[calm(2)]);
    play(&mut troubles, 900, 60, &[failing(2, 2, Failing::Refused)]);
    troubles.pass(Moment::from_seconds(959 + 1_801));
    assert_eq!(told(&troubles)[0].until, Some(Moment::from_seconds(959)));
}

#[test]
fn it_is_never_an_incident_and_changes_none() {
    let mut with = Watch::new(Thresholds::default());
    let mut without = Watch::new(Thresholds::default());
    let ours = Reply { category: Category::IpReputation, fault: Fault::Sender, list: 0, count: 2 };
    for second in 0..1_200 {
        let (theirs, is_ours) = (failing(5, 3, Failing::Timeout), second >= 1_100);
        let ours: Vec<Reply> = Vec::from_iter(is_ours.then_some(ours));
        let at = Moment::from_seconds(second);
        with.slot(
            at,
            1_000,
            &[(party(1), Slice { replies: [theirs.replies, ours.clone()].concat(), attempts: 5 })],
        );
        without.slot(at, 1_000, &[(party(1), Slice { replies: ours, attempts: 5 })]);
        if !is_ours {
            assert!(with.cases().is_empty(), "second {second}");
        }
    }
    assert_eq!(with.cases().len(), 1);
    assert_eq!(format!("{:?}", with.cases()), format!("{:?}", without.cases()));
}
