//! What must never suppress an address, and what must.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod replies;

use fivefifty::classify::{Attribution, Question};
use fivefifty::model::{Action, Category, Stage};

use replies::{classifier, lines, question, said};

#[test]
fn only_words_that_blame_the_address_suppress() {
    for reply in [
        "550 5.1.1 <a@example.com>: Recipient address rejected: User unknown in local recipient table",
        "550 5.2.1 The email account that you tried to reach is disabled. - gsmtp",
        "550 No such user (a@example.com)",
    ] {
        assert_eq!(said(reply).1, Action::Suppress, "{reply}");
    }
    for reply in [
        "550 5.1.1",
        "550 5.1.1 Rejected",
        "550",
        "550 5.4.1 [a@example.com]: Recipient address rejected: Access denied [x.prod.outlook.com]",
        "450 4.1.1 <a@example.com>: Recipient address rejected: User unknown",
        "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents delivery - gsmtp",
        "550 5.1.1 user unknown; your IP is blacklisted",
        "550 5.7.1 Sender address rejected: user unknown",
        "550 a@example.com does not exist",
    ] {
        assert_ne!(said(reply).1, Action::Suppress, "{reply}");
    }
}

#[test]
fn no_address_is_given_up_for_what_may_be_another_fault() {
    let mut wrong = Vec::new();
    for row in lines(include_str!("../../fixtures/replies/never.tsv")) {
        let (reply, why) = row.split_once('\t').unwrap();
        for reply in [reply.to_owned(), reply.to_uppercase(), reply.replace(' ', "_")] {
            if said(&reply).1 == Action::Suppress {
                wrong.push(format!("{reply} ({why})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} suppressed:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_address_that_alone_is_blamed_is_given_up() {
    let rows = lines(include_str!("../../fixtures/replies/address.tsv"));
    let kept: Vec<&str> = rows.filter(|reply| said(reply).1 != Action::Suppress).collect();
    assert!(kept.is_empty(), "{} not suppressed:\n{}", kept.len(), kept.join("\n"));
}

#[test]
fn a_reply_that_names_the_sender_gives_nobody_up() {
    let (_, mut classifier) = classifier();
    let reply = "550 5.1.1 <a@ours.example>: user unknown";
    for (names_sender, action) in [(false, Action::Suppress), (true, Action::Investigate)] {
        let question = Question { names_sender, ..question(reply) };
        assert_eq!(classifier.verdict(&question, Attribution::default()).action, action);
    }
}

#[test]
fn nobody_is_suppressed_for_what_was_said_before_a_recipient_was_named() {
    let (_, mut classifier) = classifier();
    let reply = "550 5.1.1 user unknown";
    for (stage, action) in [(Stage::Rcpt, Action::Suppress), (Stage::Mail, Action::Investigate)] {
        let question = Question { stage: Some(stage), ..question(reply) };
        assert_eq!(classifier.verdict(&question, Attribution::default()).action, action);
    }
}

#[test]
fn who_was_asked_of_whom_decides_what_a_callout_means() {
    // Exim writes `Callout verification failed` of recipients and `Sender verify failed` of senders
    // (verify.c, acl.c); where neither is said nobody is suppressed.
    let recipient = "550 Callout verification failed: 550 5.1.1 user unknown";
    assert_eq!(said(recipient), (Category::UserUnknown, Action::Suppress));
    for sender in [
        "550-Verification failed for <a@b.example> 550-Called: 192.0.2.1 550-Sent: RCPT TO:<a@b.example> \
         550-Response: 550 5.1.1 User unknown 550 Sender verify failed",
        "550-Callback setup failed while verifying <a@b.example> 550 Sender verify failed",
        "550 5.1.0 sender callout: 550 no such user",
        "550 response to \"RCPT TO:<a@b.example>\" from mx.b.example [192.0.2.1] was: 550 5.1.1 User unknown",
    ] {
        assert_ne!(said(sender).1, Action::Suppress, "{sender}");
    }
}

#[test]
fn a_word_of_the_sender_holds_a_suppression_back_in_every_language() {
    for reply in [
        "550 Absender: Benutzer unbekannt",
        "550 Votre adresse n'existe pas",
        "550 L'expéditeur est inconnu, compte inexistant",
        "550 Mittente: utente sconosciuto",
        "550 El remitente: cuenta no existe",
        "550 Remetente: conta inexistente",
        "550 Afzender: adres bestaat niet",
        "550 Nadawca: konto nie istnieje",
        "550 Отправитель: почтовый ящик не существует",
        "550 发件人邮箱不存在",
        "550 送信者のメールアドレスが存在しません",
        "550 발신자 계정이 존재하지 않습니다",
        "550 Gönderen: kullanıcı bulunamadı",
        "550 Spam: Empfänger unbekannt",
        "550 Ihr Konto ist gesperrt",
        "550 Votre compte est bloqué",
        "550 您的账号已被禁用",
        "450 Empfänger unbekannt",
        "550 用户无权限发送",
        "550 用户连接已关闭",
        "550 Mailbox-Server nicht gefunden",
        "550 адрес сервера заблокирован",
        "550 cuenta emisora bloqueada",
    ] {
        assert_ne!(said(reply).1, Action::Suppress, "{reply}");
    }
}

/// Addresses' faults, of one kind each, and what may stand beside them of somebody else.
const FAULTS: [&str; 12] = [
    "User unknown",
    "<a@example.com>: Recipient address rejected: User unknown in local recipient table",
    "mailbox does not exist",
    "no such user here",
    "mailbox disabled",
    "account has been suspended",
    "The email account that you tried to reach does not exist",
    "recipient domain not found",
    "Empfänger unbekannt",
    "utilisateur inconnu",
    "пользователь не найден",
    "用户不存在",
];

const BLAMES: [&str; 24] = [
    "sender verify failed",
    "sender rejected",
    "your address",
    "your IP is listed",
    "from a bad host",
    "policy",
    "blocked by our filter",
    "message refused",
    "spam",
    "SPF",
    "rate exceeded",
    "too many invalid recipients",
    "relay access denied",
    "authentication required",
    "HELO name unknown",
    "return path invalid",
    "bulk mail is unwelcome",
    "try later",
    "temporarily",
    "you are unwelcome",
    "Absender gesperrt",
    "expéditeur refusé",
    "отправитель отклонён",
    "发件人被拒绝",
];

proptest::proptest! {
    /// Whatever else a reply says that blames somebody else, in whatever order.
    #[test]
    fn an_address_is_never_given_up_beside_another_blame(
        fault in proptest::sample::select(&FAULTS[..]),
        blame in proptest::sample::select(&BLAMES[..]),
        blame_first: bool,
        upper: bool,
        code in proptest::sample::select(&["550", "553", "554", "550 5.1.1", "550 5.2.1", "550 5.1.2"][..]),
        between in proptest::sample::select(&[" ", "; ", ": ", ". ", " - ", ", ", "\r\n550 ", " (", "\\n"][..]),
        noise in "[ -~]{0,12}",
        wrapped: bool,
    ) {
        let (first, last) = if blame_first { (blame, fault) } else { (fault, blame) };
        let mut reply = format!("{code} {first}{between}{last} {noise}");
        if upper {
            reply = reply.to_uppercase();
        }
        if wrapped {
            reply = format!("550 5.1.1 <a@b.example>: undeliverable address: host b.example[192.0.2.1] said: {reply}");
        }
        proptest::prop_assert_ne!(said(&reply).1, Action::Suppress, "{}", reply);
    }

    /// A word that nobody knows may blame anybody.
    #[test]
    fn an_address_is_never_given_up_beside_a_word_that_nobody_knows(
        fault in proptest::sample::select(&FAULTS[..]),
        word in "q[a-z]{5,12}x",
        first: bool,
    ) {
        let reply = if first { format!("550 5.1.1 {word} {fault}") } else { format!("550 5.1.1 {fault} {word}") };
        proptest::prop_assert_ne!(said(&reply).1, Action::Suppress, "{}", reply);
        proptest::prop_assert_eq!(said(&format!("550 5.1.1 {fault}")).1, Action::Suppress, "{}", fault);
    }
}
