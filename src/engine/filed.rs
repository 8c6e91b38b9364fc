//! Under what the record of an incident is filed.

use super::{Incident, Key};
use crate::model::Category;
use crate::text::Clean;

impl Incident {
    /// What its record is filed under: where it was, what it was, when it was first told, and since when.
    /// An incident that spreads to a second provider, or whose leading category changes, keeps its record;
    /// so all of this is what its id says. The console and the exports find one record by it.
    #[must_use]
    pub fn key(&self) -> Key {
        let (place, category) = self.first_told().unwrap_or(("", self.category));
        let scope = match (place, &self.source, &self.campaign) {
            ("source", Some(source), _) => Clean::from(format!("source:{source}").as_str()),
            ("campaign", _, Some(campaign)) => Clean::from(format!("campaign:{campaign}").as_str()),
            ("" | "source" | "campaign", ..) => Clean::from("*"),
            (provider, ..) => Clean::from(provider),
        };
        Key { scope, category, onset: self.onset }
    }

    /// Place and category of the id: `gmail` and `ip_reputation` of `gmail-ip_reputation-20261121T1427Z`.
    fn first_told(&self) -> Option<(&str, Category)> {
        let mut ends = self.id.match_indices('-').map(|(at, _)| at);
        ends.find_map(|end| {
            let (before, stamp) = (self.id.get(..end)?, self.id.get(end + 1..)?);
            let (place, word) = before.rsplit_once('-').unwrap_or(("", before));
            let category = Category::ALL.iter().find(|category| category.id() == word)?;
            stamp.starts_with(|first: char| first.is_ascii_digit()).then_some((place, *category))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnose::incident::Incident;
    use crate::model::Category;
    use crate::text::Clean;

    fn incident(id: &str, providers: &[&str], category: Category) -> Incident {
        Incident {
            id: Clean::from(id),
            source: Some(Clean::from("192.0.2.7")),
            campaign: Some(Clean::from("nov-blk")),
            ..Incident::example(providers, category)
        }
    }

    #[test]
    fn an_incident_that_spreads_or_turns_out_to_be_another_keeps_its_record() {
        let filed = |id: &str, providers: &[&str], category| {
            let key = incident(id, providers, category).key();
            (key.scope.to_string(), key.category)
        };
        let content = "content_spam-20261121T1427Z";
        let alone = filed(content, &["gmail"], Category::ContentSpam);
        assert_eq!(alone, ("*".to_owned(), Category::ContentSpam));
        assert_eq!(filed(content, &["gmail", "apple"], Category::ContentSpam), alone);
        assert_eq!(filed(content, &["gmail"], Category::Policy), alone);
        let gmail = "gmail-ip_reputation-20261121T1427Z-2";
        let alone = filed(gmail, &["gmail"], Category::IpReputation);
        assert_eq!(alone, ("gmail".to_owned(), Category::IpReputation));
        assert_eq!(filed(gmail, &["yahoo", "gmail", "apple"], Category::IpReputation), alone);
    }

    #[test]
    fn what_is_about_one_source_or_campaign_is_filed_under_its_name() {
        let scope = |id: &str| incident(id, &[], Category::Policy).key().scope.to_string();
        assert_eq!(scope("source-policy-20261121T1427Z"), "source:192.0.2.7");
        assert_eq!(scope("campaign-user_unknown-20261121T1427Z"), "campaign:nov-blk");
        assert_eq!(scope("mail-policy-x.example-policy-20261121T1427Z"), "mail-policy-x.example");
        assert_eq!(scope("of no known form"), "*");
    }
}
