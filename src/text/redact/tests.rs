//! What is masked, and what stays.

use super::Redactor;

fn masked(known: &[&str], text: &str) -> String {
    let mut redactor = Redactor::new();
    known.iter().for_each(|address| redactor.learn(address));
    redactor.text(text)
}

#[test]
fn an_address_has_one_number_wherever_it_stands() {
    let text = "<JDoe@Gmail.com> 550 jdoe@gmail.com: no; bob@gmail.com. rcpt=jdoe@gmail.com 'jdoe@gmail.com'";
    assert_eq!(
        masked(&[], text),
        "<‹user-1›@Gmail.com> 550 ‹user-1›@gmail.com: no; ‹user-2›@gmail.com. rcpt=‹user-1›@gmail.com '‹user-1›@gmail.com'"
    );
}

#[test]
fn a_local_part_alone_is_masked_where_it_is_known() {
    let known = &["jdoe@gmail.com", "bounce-7-max.m=web.de@news.example", "info@x.example", "550@x.example"];
    assert_eq!(masked(known, "550 5.1.1 User JDOE unknown"), "550 5.1.1 User ‹user-1› unknown");
    assert_eq!(masked(known, "x jdoe=gmail.com y"), "x ‹user-1›=gmail.com y");
    assert_eq!(masked(known, "<max.m> for more info."), "<‹user-2›> for more info.");
    assert_eq!(masked(known, "250 jdoes"), "250 jdoes", "another word");
}

#[test]
fn hidden_addresses_are_found() {
    assert_eq!(
        masked(&[], "https://x.example/u?e=jdoe%40gmail.com&l=1"),
        "https://x.example/u?e=‹user-1›%40gmail.com&l=1"
    );
    assert_eq!(
        masked(&[], "https://x.example/u?e=j_doe%2540gmail.com"),
        "https://x.example/u?e=‹user-1›%2540gmail.com"
    );
    assert_eq!(
        masked(&[], "see https://x.example/u?e=jdoe@gmail.com"),
        "see https://x.example/u?e=‹user-1›@gmail.com"
    );
    // base64 and hex of jdoe@gmail.com
    assert_eq!(
        masked(&[], "u/amRvZUBnbWFpbC5jb20= x"),
        "u/amRvZUBnbWFpbC5jb20= x".replace("u/amRvZUBnbWFpbC5jb20=", "‹token›")
    );
    assert_eq!(masked(&[], "id 6a646f6540676d61696c2e636f6d."), "id ‹token›.");
    assert_eq!(masked(&[], "queue 4XzK002Bqz9rT-AbCdEfGhIj"), "queue 4XzK002Bqz9rT-AbCdEfGhIj");
}

#[test]
fn a_recipient_inside_what_a_signature_left_of_a_bounce_address_is_masked() {
    for (said, shown) in [
        ("mailfrom=‹id›jdoe=‹host›", "mailfrom=‹id›‹user›=‹host›"),
        ("bounce+jane.doe+x=‹host›, bounce-7-jdoe=‹host›.", "bounce+‹user›=‹host›, bounce-7-‹user›=‹host›."),
        ("relay=‹host› client-ip=‹host›", "relay=‹host› client-ip=‹host›"),
    ] {
        assert_eq!(masked(&[], said), shown);
    }
}

#[test]
fn odd_addresses_leave_nothing() {
    assert_eq!(masked(&[], "<\"john \\\" doe\"@x.example>"), "<‹user-1›@x.example>");
    assert_eq!(masked(&[], "jürgen@müller.example"), "‹user-1›@müller.example");
    assert_eq!(masked(&[], "a@[192.0.2.1] said"), "‹user-1›@[192.0.2.1] said");
    assert_eq!(masked(&[], "a@[IPv6:2001:db8::1] said"), "‹user-1›@[IPv6:2001:db8::1] said");
    // A bracket that holds no IP hides nothing of what follows.
    assert_eq!(
        masked(&[], "b@[mx.example] a@[:jdoe@x.example ]"),
        "‹user-1›@[mx.example] a@[:‹user-2›@x.example ]"
    );
    assert_eq!(masked(&[], "i=@x.example @ a@"), "i=@x.example @ a@");
    assert_eq!(masked(&[], "bounce+jdoe=gmail.com@news.example"), "‹user-1›@news.example");
    assert_eq!(masked(&[], "a@b@c.example"), "‹user-1›@b@c.example");
}

#[test]
fn the_operator_may_keep_addresses() {
    let mut redactor = Redactor::off();
    assert_eq!(redactor.text("jdoe@gmail.com"), "jdoe@gmail.com");
}

proptest::proptest! {
    #[test]
    fn no_known_local_part_is_left(
        local in "zq[a-z0-9]{2,9}([.+_-][a-z0-9]{1,5})?",
        before in "[ -~]{0,20}[ <:;,(]",
        after in "([ >,;:)][ -~]{0,20})?",
        domain in "[a-z]{1,8}\\.(com|example)",
        form in 0usize..6,
    ) {
        let address = format!("{local}@{domain}");
        let said = match form {
            0 => address.clone(),
            1 => local.clone(),
            2 => address.to_uppercase(),
            3 => address.replace('@', if address.len() % 2 == 0 { "%40" } else { "%2540" }),
            4 => format!("{local}={domain}"),
            _ => format!("\"{local}\"@{domain}"),
        };
        let text = masked(&[&address], &format!("{before}{said}{after}")).to_lowercase();
        proptest::prop_assert!(!text.contains(&local), "{}", text);
    }

    #[test]
    fn any_text_is_masked_without_harm(text: String, known: String) {
        let once = masked(&[&known], &text);
        let _ = masked(&[], &once);
    }
}
