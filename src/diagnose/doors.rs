//! One reply, its remedy: each list and provider has its own door, and the wrong one costs days.

use super::cases::{knowledge, mentions, verdict};
use super::knowledge::EMBEDDED;
use crate::model::{Action, Category, Verdict};
use crate::text::Clean;

#[test]
fn one_reply_is_explained_without_counts() {
    let reply = |category, action, signature: &str| verdict(category, action, signature);
    let cases = [
        (
            reply(Category::IpReputation, Action::Investigate, "550-5.7.1 very low reputation"),
            Some(("gmail", "Gmail")),
            "The sending IP is refused by Gmail for its reputation",
            "postmaster.google.com",
        ),
        (
            reply(Category::Blocklist, Action::Investigate, "550 5.7.606 Access denied, banned sending IP"),
            Some(("microsoft-365", "Exchange Online")),
            "Exchange Online bans the sending IP",
            "sender.office.com",
        ),
        (
            reply(
                Category::RecipientPolicy,
                Action::Investigate,
                "550 5.7.1 blocked using Customer Block List",
            ),
            Some(("microsoft-365", "Exchange Online")),
            "The recipient's own block list in Exchange Online names us",
            "",
        ),
        (
            reply(Category::RecipientPolicy, Action::Investigate, "550 5.7.520 Access denied, AS(7555)"),
            Some(("microsoft-365", "Exchange Online")),
            "The recipient's organisation forbids forwarding to the outside",
            "",
        ),
        (
            reply(Category::RateLimit, Action::Retry, "550 5.2.1 receiving mail at a rate"),
            Some(("gmail", "Gmail")),
            "This mailbox receives mail faster than Gmail allows",
            "support.google.com",
        ),
        (
            reply(Category::ContentSpam, Action::Investigate, "550 5.7.350 Remote server returned spam"),
            Some(("microsoft-365", "Exchange Online")),
            "Exchange Online passes on another server's verdict: spam",
            "",
        ),
        (
            reply(Category::UserUnknown, Action::Suppress, "550 5.1.1 user unknown"),
            None,
            "The address does not exist",
            "",
        ),
        (
            reply(Category::UserUnknown, Action::Investigate, "550 5.4.1 Recipient address rejected"),
            Some(("microsoft-365", "Exchange Online")),
            "Exchange Online refuses the recipient: no such user, or the tenant is closed to you",
            "learn.microsoft.com",
        ),
    ];
    for (reply, provider, expected, link) in cases {
        let remedy = knowledge().remedy(&reply, Some(550), provider);
        assert_eq!(remedy.verdict, expected);
        assert!(link.is_empty() || mentions(&remedy.links, link), "{expected}: {:?}", remedy.links);
        assert!(!mentions(&remedy.todo, "pause"), "one reply is no incident: {:?}", remedy.todo);
    }
}

#[test]
fn providers_own_codes_lead_to_their_own_doors() {
    let with = |code: &str, category| {
        let reply = verdict(category, Action::Investigate, "550 5.7.1 x");
        let reply = Verdict { provider_code: Some(Clean::from(code)), ..reply };
        knowledge().remedy(&reply, Some(550), None)
    };
    assert!(mentions(&with("S3150", Category::Blocklist).links, "snds"));
    assert!(mentions(&with("AS16012609", Category::Blocklist).links, "sender.office.com"));
    assert!(with("S8002", Category::Blocklist).verdict.contains("DBL"));
    assert!(mentions(&with("DY-002", Category::IpReputation).todo, "open relay"));
    assert!(mentions(&with("SC-004", Category::IpReputation).todo, "jmrp"));
}

#[test]
fn named_lists_lead_to_their_own_doors() {
    for (list, word) in [
        ("spamhaus-zen", "check.spamhaus.org"),
        ("spamhaus-dbl", "domain"),
        ("spamhaus-zrd", "zrd"),
        ("barracuda", "barracudacentral.org"),
        ("spamcop", "24 hours after the last report"),
        ("cloudmark-csi", "cloudmark"),
        ("surbl", "links"),
        ("uceprotect-2", "owner of the network"),
        ("sorbs", "closed"),
        ("senderscore", "senderscore.org"),
        ("microsoft-banned-ip", "sender.office.com"),
        ("microsoft-s3140-s3150", "snds"),
        ("psbl", "the list that the reply names"),
    ] {
        let reply = verdict(Category::Blocklist, Action::Investigate, "554 5.7.1 x");
        let reply = Verdict { list: Some(Clean::from(list)), ..reply };
        let remedy = knowledge().remedy(&reply, Some(554), None);
        assert!(mentions(&remedy.todo, word), "{list}: {:?}", remedy.todo);
    }
    let reply = verdict(Category::Blocklist, Action::Investigate, "550 5.7.511 banned sender");
    let reply = Verdict { list: Some(Clean::from("microsoft-banned-ip")), ..reply };
    let remedy = knowledge().remedy(&reply, Some(550), None);
    assert!(mentions(&remedy.todo, "delist@messaging.microsoft.com"));
}

#[test]
fn retired_reputation_dashboards_are_never_sent_to() {
    for (file, text) in EMBEDDED {
        let text = text.to_lowercase();
        for retired in
            ["domain reputation dashboard", "ip reputation dashboard", "sendersupport.olc", "live.com/snds"]
        {
            assert!(!text.contains(retired), "{file} names {retired}");
        }
    }
}
