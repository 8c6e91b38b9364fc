use std::sync::Arc;

use crate::diagnose::cases::{gmail_reputation, mentions};
use crate::diagnose::{Answer, Answers, Diagnosis, Knowledge};

const HEAD: &str = "source = \"us\"\nmonth = \"2026-11\"\n";

fn loaded(text: &str) -> Knowledge {
    let text = format!("{HEAD}{text}");
    Knowledge::with_own(&[("own.toml", text.as_bytes())]).unwrap()
}

fn refusal(text: &str) -> String {
    let text = format!("{HEAD}{text}");
    Knowledge::with_own(&[("own.toml", text.as_bytes())]).unwrap_err().to_string()
}

fn diagnose(knowledge: &Knowledge) -> Diagnosis {
    knowledge.diagnose(&gmail_reputation(), &Answers::new())
}

fn ids(diagnosis: &Diagnosis) -> Vec<String> {
    diagnosis.tree.iter().map(|line| line.id.to_string()).collect()
}

#[test]
fn a_node_with_an_id_of_ours_takes_its_place() {
    let own = "[[node]]\nid = \"N8.gmail\"\nquestion = \"Our board green?\"\ndepth = 2\nthen = \"ours\"\nask = \"x\"\n\
               [[node.branch]]\noperator = \"no\"\nanswer = \"red\"\nverdict = \"{verdict}; our board is red\"\n\
               [[node]]\nid = \"ours\"\nquestion = \"And then?\"\nthen = \"N8.days\"\nask = \"y\"\n";
    let knowledge = loaded(own);
    let diagnosis = diagnose(&knowledge);
    let line = diagnosis.tree.iter().find(|line| &*line.id == "N8.gmail").unwrap();
    assert_eq!((&*line.question, &*line.source, &*line.month), ("Our board green?", "us", "2026-11"));
    assert!(ids(&diagnosis).contains(&"ours".to_owned()));
    let answers = Answers::from([(Arc::from("N8.gmail"), Answer::No)]);
    let said = knowledge.diagnose(&gmail_reputation(), &answers).remedy.verdict;
    assert_eq!(said, "IP reputation incident at Gmail; our board is red");
}

#[test]
fn a_node_that_is_taken_away_lets_the_way_go_on() {
    let before = ids(&diagnose(&loaded("")));
    let after = ids(&diagnose(&loaded("[[node]]\nid = \"N6.cause\"\nremove = true\n")));
    let expected: Vec<String> = before.iter().filter(|id| *id != "N6.cause").cloned().collect();
    assert!(before.len() == expected.len() + 1 && after == expected, "{after:?}");
    let diagnosis = diagnose(&loaded("[[node]]\nid = \"N6.cause\"\nremove = true\n"));
    assert!(diagnosis.checklist.iter().all(|step| &*step.id != "cause"), "nor does it tick a step");
}

#[test]
fn own_remedies_come_first_and_replace_or_go() {
    let own = |id: &str| {
        format!(
            "[[remedy]]\nid = \"{id}\"\nwhen = \"category = ip_reputation\"\nincident = \"Ours\"\nmeaning = \"m\"\n\
             do = [\"Call us\"]\ndont = [\"suppress\"]\n"
        )
    };
    let remedy = |text: &str| diagnose(&loaded(text)).remedy;
    assert_eq!(remedy(&own("ours")).verdict, "Ours");
    // In the place of ours, the special ones before it stay special.
    assert_eq!(remedy(&own("ip-reputation")).verdict, "IP reputation incident at Gmail");
    assert!(mentions(&remedy(&own("gmail-ip-reputation")).todo, "call us"));
    let gone = "[[remedy]]\nid = \"gmail-ip-reputation\"\nremove = true\n";
    assert!(mentions(&remedy(gone).todo, "rebuild step by step"), "the general one is left");
    let all_gone = "[[remedy]]\nid = \"unknown\"\nremove = true\n";
    assert!(refusal(all_gone).contains("no remedy for category `unknown`"));
}

#[test]
fn own_steps_take_the_place_of_all_forms_of_ours() {
    let own = "[[step]]\nid = \"dashboard\"\ntitle = \"Our board\"\n[[step]]\nid = \"page\"\ntitle = \"Page the list owner\"\n";
    let titles = |text: &str| -> Vec<String> {
        diagnose(&loaded(text)).checklist.iter().map(|step| step.title.to_string()).collect()
    };
    let (ours, theirs) = (titles(""), titles(own));
    let at = ours.iter().position(|title| title.starts_with("Postmaster Tools")).unwrap();
    assert_eq!((theirs[at].as_str(), theirs.len()), ("Our board", ours.len() + 1));
    assert_eq!(theirs.last().map(String::as_str), Some("Page the list owner"));
    let gone = titles("[[step]]\nid = \"tell\"\nremove = true\n");
    assert_eq!(gone.len() + 1, ours.len());
}

#[test]
fn what_is_not_there_cannot_be_taken_away() {
    let told = refusal("[[node]]\nid = \"N8.gmial\"\nremove = true\n[[step]]\nid = \"tel\"\nremove = true\n");
    assert!(
        told.contains("own.toml:4:6: node `N8.gmial`: there is none to remove; did you mean `N8.gmail`?"),
        "{told}"
    );
    assert!(told.contains("step `tel`: there is none to remove; did you mean `tell`?"), "{told}");
    let root = refusal("[[node]]\nid = \"N0\"\nremove = true\n");
    assert!(root.contains("node `N0`, where all begins, is missing"), "{root}");
}

#[test]
fn the_operators_file_is_held_to_what_ours_is_held_to() {
    for (text, expected) in [
        ("[[node]]\nid = \"ours\"\nquestion = \"?\"\nthen = \"end\"\n", "node `ours`: cannot be reached"),
        ("[[node]]\nid = \"N8.apple\"\nquestion = \"?\"\nthen = \"N6.cause\"\n", "a path comes back to it"),
        (
            "[[node]]\nid = \"N8.apple\"\nquestion = \"?\"\nthen = \"N11\"\n",
            "leads to `N11`, which does not exist",
        ),
        ("[[node]]\nid = \"N8.apple\"\nquestion = \"?\"\nask = \"x\"\n", "node `N8.apple`: dead end"),
        (
            "[[remedy]]\nid = \"ours\"\nwhen = \"provider = gmail\"\nincident = \"i\"\nmeaning = \"m\"\n\
             do = [\"Suppress them\"]\ndont = [\"suppress\"]\n",
            "remedy `ours`: tells to suppress",
        ),
        ("[labels]\nvirus = 5\n", "a text in quotes is needed"),
        ("\u{1b}[31m", "own.toml:3:"),
    ] {
        let told = refusal(text);
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let wrong = Knowledge::with_own(&[("own.toml", b"\xff")]).unwrap_err().to_string();
    assert!(wrong.contains("no UTF-8"), "{wrong}");
    let large = vec![b'#'; 1024 * 1024 + 1];
    assert!(Knowledge::with_own(&[("own.toml", &large)]).unwrap_err().to_string().contains("split it"));
    let many = HEAD.to_owned() + &"[[step]]\nid = \"s\"\ntitle = \"t\"\n".repeat(2_001);
    assert!(Knowledge::with_own(&[("own.toml", many.as_bytes())]).unwrap_err().to_string().contains("2000"));
}

#[test]
fn the_manuals_example_loads_and_does_what_it_says() {
    let manual = include_str!("../../trees/README.md");
    let example = manual.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let knowledge = Knowledge::with_own(&[("README.md", example.as_bytes())]).unwrap();
    let answers = Answers::from([(Arc::from("N8.gmail"), Answer::Figure(0.004))]);
    let diagnosis = knowledge.diagnose(&gmail_reputation(), &answers);
    let line = diagnosis.tree.iter().find(|line| &*line.id == "N8.gmail").unwrap();
    assert_eq!(line.answer, "0.40%: call the list owner");
    let last = diagnosis.checklist.last().unwrap();
    assert_eq!(&*last.title, format!("Write into the incident channel: {}", diagnosis.remedy.verdict));
    // Every fact that there is, the manual names.
    for name in crate::diagnose::names::NAMES {
        let (code, place) = (format!("`{}`", name.id), format!("`{{{}}}`", name.id));
        assert!(manual.contains(&code) || manual.contains(&place), "the manual does not name {}", name.id);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]
    #[test]
    fn any_file_is_read_or_refused(text in "(\\[\\[(node|step|remedy)\\]\\]\n|id = \"N[0-9]\"\n|then = \"N[0-9]\"\n|[a-z]{1,6} = (true|5|\"[a-z{}]{0,5}\"|\\[\\])\n){0,12}") {
        let _ = Knowledge::with_own(&[("own.toml", text.as_bytes())]);
    }
}
