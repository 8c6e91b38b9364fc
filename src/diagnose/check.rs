//! What must be true of the trees as a whole before anybody is advised by them.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::flaw::{Flaw, TreeError};
use super::sentence::Sentence;
use super::tree::{END, Node, ROOT, Trees};
use crate::model::{Action, Category};

impl Trees {
    /// Refuses trees with unreachable nodes, dead ends, cycles, categories without a remedy, or
    /// advice to suppress where the address is not at fault.
    pub(super) fn check(&self) -> Result<(), TreeError> {
        self.check_ids()?;
        self.check_ways()?;
        self.check_cycles()?;
        self.check_coverage()?;
        self.check_shadows()?;
        self.check_suppression()
    }

    fn check_ids(&self) -> Result<(), TreeError> {
        let nodes = self.nodes.iter().map(|node| (&node.file, &node.id));
        let remedies = self.remedies.iter().map(|remedy| (&remedy.file, &remedy.id));
        let mut seen = BTreeSet::new();
        for (file, id) in nodes.chain(remedies) {
            if !seen.insert(id) {
                return Err(TreeError::entry(file, id, Flaw::Twice));
            }
        }
        Ok(())
    }

    fn check_ways(&self) -> Result<(), TreeError> {
        for node in &self.nodes {
            let wrong = |flaw| Err(TreeError::entry(&node.file, &node.id, flaw));
            if let Some(to) = ways(node).find(|to| *to != END && self.node(to).is_none()) {
                return wrong(Flaw::Nowhere(to.to_owned()));
            }
            // Without a `then`, an open question leads nowhere, so only answers may stand there.
            let open = node.probe.is_some() || node.ask.is_some() || node.branches.is_empty();
            if node.then.is_none() && (open || node.branches.iter().any(|branch| branch.to.is_none())) {
                return wrong(Flaw::DeadEnd);
            }
        }
        for remedy in &self.remedies {
            let mut until = remedy.todo.iter().filter_map(|advice| advice.until.as_deref());
            if let Some(to) = until.find(|to| self.node(to).is_none()) {
                return Err(TreeError::entry(&remedy.file, &remedy.id, Flaw::Nowhere(to.to_owned())));
            }
        }
        for step in &self.steps {
            if let Some(to) = step.node.as_deref().filter(|to| self.node(to).is_none()) {
                return Err(TreeError::entry(&step.file, &step.id, Flaw::Nowhere(to.to_owned())));
            }
        }
        Ok(())
    }

    fn check_cycles(&self) -> Result<(), TreeError> {
        let Some(root) = self.node(ROOT) else {
            let file = self.nodes.first().map_or("", |node| node.file.as_str());
            return Err(TreeError::entry(file, ROOT, Flaw::NoRoot));
        };
        let mut left = BTreeSet::new();
        self.visit(root, &mut Vec::new(), &mut left)?;
        match self.nodes.iter().find(|node| !left.contains(node.id.as_str())) {
            Some(node) => Err(TreeError::entry(&node.file, &node.id, Flaw::Unreachable)),
            None => Ok(()),
        }
    }

    /// Depth first; `left` are the nodes whose every way is known to end.
    fn visit<'t>(
        &'t self,
        node: &'t Node,
        path: &mut Vec<&'t str>,
        left: &mut BTreeSet<&'t str>,
    ) -> Result<(), TreeError> {
        if path.contains(&node.id.as_str()) {
            let way = format!("{} → {}", path.join(" → "), node.id);
            return Err(TreeError::entry(&node.file, &node.id, Flaw::Cycle(way)));
        }
        if left.contains(node.id.as_str()) {
            return Ok(());
        }
        path.push(&node.id);
        for next in ways(node).filter_map(|to| self.node(to)) {
            self.visit(next, path, left)?;
        }
        path.pop();
        left.insert(&node.id);
        Ok(())
    }

    fn check_coverage(&self) -> Result<(), TreeError> {
        for category in Category::ALL {
            let wrong = |what| Err(TreeError::entry("trees", category.id(), Flaw::Uncovered(what)));
            if !self.labels.contains_key(category) {
                return wrong("label");
            }
            if self.remedy_for(&Facts::of_category(*category, &self.labels)).is_none() {
                return wrong("remedy");
            }
        }
        Ok(())
    }

    /// The special before the general: what comes after a remedy for the whole category is lost. Only
    /// inside one file, since an operator's file may well replace what comes after it.
    fn check_shadows(&self) -> Result<(), TreeError> {
        let all = || Category::ALL.iter().map(|category| Facts::of_category(*category, &self.labels));
        let mut open: Vec<Facts> = Vec::new();
        let mut file = "";
        for remedy in &self.remedies {
            if remedy.file != file {
                file = &remedy.file;
                open = all().collect();
            }
            if open.iter().all(|facts| remedy.when.holds(facts) == Some(false)) {
                return Err(TreeError::entry(file, &remedy.id, Flaw::Shadowed));
            }
            open.retain(|facts| remedy.when.holds(facts) != Some(true));
        }
        Ok(())
    }

    /// Whatever could hold for a fault that is not the address's must not advise to suppress, and
    /// whatever holds for a fault on our side must warn of it.
    fn check_suppression(&self) -> Result<(), TreeError> {
        for node in &self.nodes {
            if node.branches.iter().any(|branch| suppresses(&branch.todo)) {
                let flaw = Flaw::Suppresses("every category".to_owned());
                return Err(TreeError::entry(&node.file, &node.id, flaw));
            }
        }
        for category in Category::ALL {
            for action in Action::ALL {
                let mut facts = Facts::of_category(*category, &self.labels);
                facts.set_word("action", action.id());
                let may_suppress = *category == Category::MailboxFull
                    || (is_address_fault(*category) && *action == Action::Suppress);
                let wrong = |file: &str, id: &str| {
                    let case = format!("{} with action {}", category.id(), action.id());
                    Err(TreeError::entry(file, id, Flaw::Suppresses(case)))
                };
                for remedy in &self.remedies {
                    if remedy.when.holds(&facts) == Some(false) {
                        continue;
                    }
                    let todo = remedy.todo.iter().any(|advice| advice.say.mentions("suppress"));
                    if !may_suppress && (todo || suppresses(&remedy.pause)) {
                        return wrong(&remedy.file, &remedy.id);
                    }
                    if is_senders_fault(*category) && !suppresses(&remedy.dont) {
                        let flaw = Flaw::NoWarning(category.id());
                        return Err(TreeError::entry(&remedy.file, &remedy.id, flaw));
                    }
                }
                for step in self.steps.iter().filter(|step| step.when.holds(&facts) != Some(false)) {
                    if !may_suppress && step.title.mentions("suppress") {
                        return wrong(&step.file, &step.id);
                    }
                }
            }
        }
        Ok(())
    }
}

fn ways(node: &Node) -> impl Iterator<Item = &str> {
    node.branches.iter().filter_map(|branch| branch.to.as_deref()).chain(node.then.as_deref())
}

fn suppresses(sentences: &[Sentence]) -> bool {
    sentences.iter().any(|sentence| sentence.mentions("suppress"))
}

/// The categories whose fault can be the address's own.
pub(super) fn is_address_fault(category: Category) -> bool {
    use Category as C;
    matches!(category, C::UserUnknown | C::BadDomain | C::MailboxDisabled | C::MailboxFull)
}

/// The categories whose fault is on our side, or not known to be anywhere else.
pub(super) fn is_senders_fault(category: Category) -> bool {
    use Category as C;
    !is_address_fault(category)
        && !matches!(category, C::RateLimit | C::Greylist | C::Network | C::ServerError)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use crate::diagnose::Knowledge;
    use crate::diagnose::knowledge::EMBEDDED;
    use crate::model::Category;

    const DATED: &str = "source = \"test\"\nmonth = \"2026-03\"\n";

    /// A whole that loads: one node, and for each category a label and a remedy.
    fn whole() -> String {
        let mut text = "[labels]\n".to_owned();
        for category in Category::ALL {
            text.push_str(&format!("{} = \"x\"\n", category.id()));
        }
        text + &remedy("any", "always", "read", "suppress these")
    }

    fn remedy(id: &str, when: &str, todo: &str, dont: &str) -> String {
        format!(
            "[[remedy]]\nid = \"{id}\"\nwhen = '{when}'\nincident = \"i\"\nmeaning = \"m\"\n\
             do = [\"{todo}\"]\ndont = [\"{dont}\"]\n{DATED}"
        )
    }

    fn node(id: &str, rest: &str) -> String {
        format!("[[node]]\nid = \"{id}\"\nquestion = \"?\"\n{DATED}{rest}\n")
    }

    fn refusal(text: &str) -> String {
        match Knowledge::load(&[("own.toml", text), ("whole.toml", &whole())]) {
            Ok(_) => "loaded".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_trees_inside_the_binary_load() {
        Knowledge::load(EMBEDDED).unwrap();
    }

    #[test]
    fn a_tree_that_cannot_be_walked_is_refused_with_file_node_and_reason() {
        let root = node("N0", "then = \"end\"");
        assert_eq!(refusal(&root), "loaded");
        let cases = [
            (node("N1", "then = \"end\""), "own.toml, N0: the root is missing"),
            (root.clone() + &node("N1", "then = \"end\""), "own.toml, N1: cannot be reached from N0"),
            (root.clone() + &root, "own.toml, N0: the id is used twice"),
            (node("N0", "then = \"N7\""), "own.toml, N0: leads to `N7`, which does not exist"),
            (node("N0", ""), "own.toml, N0: dead end"),
            (node("N0", "[[node.branch]]\nwhen = \"always\"\nanswer = \"a\""), "own.toml, N0: dead end"),
            (
                node("N0", "then = \"N1\"") + &node("N1", "then = \"N2\"") + &node("N2", "then = \"N1\""),
                "own.toml, N1: a path comes back to it: N0 → N1 → N2 → N1",
            ),
            (
                root.clone() + "[[step]]\nid = \"s\"\ntitle = \"t\"\nnode = \"N9\"",
                "own.toml, s: leads to `N9`, which does not exist",
            ),
        ];
        for (text, expected) in cases {
            let refusal = refusal(&text);
            assert!(refusal.starts_with(expected), "{refusal}");
        }
    }

    #[test]
    fn an_unknown_name_word_place_or_key_is_refused_with_its_place() {
        let branch = |rest: &str| node("N0", &format!("then = \"end\"\n[[node.branch]]\n{rest}"));
        let cases = [
            (
                branch("when = \"raet >= 5%\"\nanswer = \"a\""),
                "own.toml, N0: condition `raet >= 5%`, character 1: no evidence is named `raet`",
            ),
            (
                branch("when = \"category = reputation\"\nanswer = \"a\""),
                "own.toml, N0: condition `category = reputation`, character 12: `reputation` is none of",
            ),
            (
                branch("operator = \"yes\"\nanswer = \"{raet}\""),
                "own.toml, N0: the sentence has a place `raet` that no evidence fills",
            ),
            (
                branch("operator = \"yes\"\nanswer = \"a\"\nmode = \"panic\""),
                "own.toml, N0: condition `mode = panic`, character 8: `panic` is none of",
            ),
            (branch("operator = \"maybe\"\nanswer = \"a\""), "own.toml: TOML parse error at line 8"),
            (node("N0", "than = \"end\""), "own.toml: TOML parse error at line 6"),
            ("[labels]\nspam = \"x\"".to_owned(), "own.toml: TOML parse error at line 2"),
            ("[[node".to_owned(), "own.toml: TOML parse error at line 1"),
        ];
        for (text, expected) in cases {
            let refusal = refusal(&text);
            assert!(refusal.starts_with(expected), "{refusal}");
        }
    }

    #[test]
    fn knowledge_without_source_or_month_is_refused() {
        for (source, month) in [("", "2026-03"), ("x", "March 2026"), ("x", "2026-13"), ("x", "2026-00")] {
            let text = node("N0", "then = \"end\"").replace("\"test\"", &format!("\"{source}\""));
            let refusal = refusal(&text.replace("2026-03", month));
            assert!(refusal.starts_with("own.toml, N0: needs a source"), "{month}: {refusal}");
        }
    }

    #[test]
    fn a_category_without_label_or_remedy_is_refused() {
        let root = node("N0", "then = \"end\"");
        let without = |from: &str, to: &str| {
            let text = whole().replace(from, to) + &root;
            Knowledge::load(&[("own.toml", &text)]).unwrap_err().to_string()
        };
        assert_eq!(without("virus = \"x\"\n", ""), "trees, virus: no label for this category");
        assert_eq!(
            without("when = 'always'", "when = 'category != virus'"),
            "trees, virus: no remedy for this category"
        );
    }

    #[test]
    fn no_remedy_inside_the_binary_is_lost_behind_another_file() {
        let all: String = EMBEDDED.iter().map(|(_, text)| format!("{text}\n")).collect();
        Knowledge::load(&[("all.toml", &all)]).unwrap();
    }

    #[test]
    fn a_remedy_that_is_never_chosen_is_refused() {
        let root = node("N0", "then = \"end\"");
        let general = remedy("general", "category = virus", "read", "suppress");
        let special = remedy("special", "category = virus and provider = gmail", "read", "suppress");
        assert_eq!(refusal(&(root.clone() + &special + &general)), "loaded");
        let refusal = refusal(&(root + &general + &special));
        assert!(refusal.starts_with("own.toml, special: is never chosen"), "{refusal}");
    }

    #[test]
    fn advice_to_suppress_is_refused_where_the_address_may_be_innocent() {
        let root = node("N0", "then = \"end\"");
        let with = |when: &str, todo: &str| refusal(&(root.clone() + &remedy("own", when, todo, "suppress")));
        assert_eq!(with("category = user_unknown and action = suppress", "Suppress them"), "loaded");
        assert_eq!(with("category = mailbox_full", "Suppress them after weeks"), "loaded");
        for when in [
            "category = blocklist",
            "category = user_unknown",
            "category in [bad_domain, policy] and action = suppress",
            "provider = gmail",
            "enhanced = 5.1.1",
            "always",
        ] {
            let refusal = with(when, "Suppress them");
            assert!(refusal.starts_with("own.toml, own: tells to suppress, but could hold for"), "{refusal}");
        }
        let branch =
            "then = \"end\"\n[[node.branch]]\nwhen = \"always\"\nanswer = \"a\"\ndo = [\"suppress\"]";
        assert!(refusal(&node("N0", branch)).starts_with("own.toml, N0: tells to suppress"));
        let step = "[[step]]\nid = \"s\"\ntitle = \"Suppress them\"";
        assert!(refusal(&(root.clone() + step)).starts_with("own.toml, s: tells to suppress"));
    }

    #[test]
    fn a_remedy_for_our_own_fault_must_forbid_to_suppress() {
        let text = node("N0", "then = \"end\"") + &remedy("own", "category = policy", "read", "panic");
        let refusal = refusal(&text);
        assert!(refusal.starts_with("own.toml, own: holds for policy, a fault on our side"), "{refusal}");
    }
}
