//! The line that says what an incident is.

use crate::model::Category;

/// The names that the line is made of, as they are shown.
#[derive(Copy, Clone, Debug, Default)]
pub struct Named<'a> {
    /// Where: a provider, "3 providers", a source, a campaign.
    pub name: &'a str,
    /// The list that the replies name.
    pub list: Option<&'a str>,
    /// The source that it is about, unless it is the name.
    pub source: Option<&'a str>,
    /// The campaign that it is about, unless it is the name.
    pub campaign: Option<&'a str>,
}

/// One line: what it is, where, and what is common to it.
#[must_use]
pub fn line(category: Category, named: &Named<'_>) -> String {
    let mut line = format!("{} at {}", headline(category), named.name);
    for (word, value) in [(", list", named.list), (", source", named.source), (", campaign", named.campaign)]
    {
        if let Some(value) = value {
            line.push_str(word);
            line.push(' ');
            line.push_str(value);
        }
    }
    line
}

/// What an incident of this category is called.
const fn headline(category: Category) -> &'static str {
    match category {
        Category::UserUnknown | Category::BadDomain | Category::MailboxDisabled => "list quality",
        Category::Blocklist => "blocklisted",
        Category::IpReputation => "IP reputation",
        Category::DomainReputation => "domain reputation",
        Category::AuthFailure => "authentication failures",
        Category::ContentSpam => "content filtered",
        Category::Virus => "virus or attachment block",
        Category::Policy => "policy rejections",
        Category::RecipientPolicy => "recipient policy",
        Category::RateLimit => "rate limited",
        Category::RelayDenied => "relaying denied",
        Category::PtrDns => "reverse DNS or HELO refused",
        Category::SenderInvalid => "sender domain refused",
        Category::SmtpAuth => "SMTP authentication failing",
        Category::Tls => "TLS failing",
        Category::Size => "messages too big",
        Category::Protocol => "protocol errors",
        Category::MailboxFull => "full mailboxes",
        Category::Greylist => "greylisting",
        Category::Network => "network failures",
        Category::ServerError => "remote server errors",
        Category::Unknown => "unexplained rejections",
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, line};
    use crate::model::Category;

    #[test]
    fn the_line_names_what_is_common() {
        let named =
            Named { name: "5 providers", list: Some("Spamhaus ZEN"), source: Some("mta-2"), campaign: None };
        assert_eq!(
            line(Category::Blocklist, &named),
            "blocklisted at 5 providers, list Spamhaus ZEN, source mta-2"
        );
        let named = Named { name: "Gmail", ..Named::default() };
        assert_eq!(line(Category::IpReputation, &named), "IP reputation at Gmail");
    }
}
