//! Where a value stands in a record: `delivery-status.code`, `bounce.bouncedRecipients[].status`,
//! `results[-1].code`, `Message{}`.
//!
//! Keys are joined by dots (`\.` for a dot inside a key). `[]` stands for each element, `[2]` for
//! the third, `[-1]` for the last. `{}` says that the string there holds JSON. A lone dot is the
//! record itself.

use super::tree::Tree;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    /// Every element of a list.
    Each,
    /// The element with this number; from the end, if negative.
    At(i32),
    /// What the JSON in a string says.
    Inside,
}

/// The way to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
}

impl Path {
    /// Reads a path; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text == "." {
            return Ok(Self::default());
        }
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (key, after) = key(rest);
            if key.is_empty() {
                return Err(format!("`{text}` has an empty key"));
            }
            steps.push(Step::Key(key));
            rest = after;
            while !rest.is_empty() && !rest.starts_with('.') {
                let (step, after) = suffix(rest).ok_or_else(|| {
                    format!("`{rest}` in `{text}` is none of [], [NUMBER] and {{}}, or is followed by no dot")
                })?;
                steps.push(step);
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None => return Ok(Self { steps }),
            }
        }
    }

    /// The place of `[]`.
    pub(super) fn each(&self) -> Option<usize> {
        self.steps.iter().position(|step| *step == Step::Each)
    }

    /// The last key: what stands in a line that has this path.
    pub(super) fn last_key(&self) -> Option<&str> {
        self.steps.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            _ => None,
        })
    }
}

/// Follows steps without `[]` and `{}`; of a list where `[]` stands, the first element.
pub(super) fn follow<'t, 'a>(steps: &[Step], from: &'t Tree<'a>) -> Option<&'t Tree<'a>> {
    steps.iter().try_fold(from, |at, step| match step {
        Step::Key(key) => at.get(key),
        Step::At(number) => {
            let Tree::List(values) = at else { return None };
            let number = i64::from(*number);
            let back = if number < 0 { i64::try_from(values.len()).ok()? } else { 0 };
            values.get(usize::try_from(number + back).ok()?)
        }
        Step::Each => match at {
            Tree::List(values) => values.first(),
            other => Some(other),
        },
        Step::Inside => None,
    })
}

/// Follows every step and tells each value that it comes to. Answers false if a string that should
/// hold JSON does not.
pub(super) fn walk(steps: &[Step], from: &Tree<'_>, on: &mut dyn FnMut(&Tree<'_>)) -> bool {
    let Some(turn) = steps.iter().position(|step| matches!(step, Step::Each | Step::Inside)) else {
        if let Some(found) = follow(steps, from) {
            on(found);
        }
        return true;
    };
    let Some(found) = follow(&steps[..turn], from) else { return true };
    let rest = &steps[turn + 1..];
    match (&steps[turn], found) {
        (Step::Each, Tree::List(values)) => {
            let mut sound = true;
            for value in values {
                sound &= walk(rest, value, on);
            }
            sound
        }
        (Step::Each, _) => true,
        (_, Tree::Text(text)) => match serde_json::from_str::<Tree<'_>>(text) {
            Ok(inside) => walk(rest, &inside, on),
            Err(_) => false,
        },
        _ => true,
    }
}

/// Up to an unescaped dot, `[` or `{`.
fn key(text: &str) -> (String, &str) {
    let mut key = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '.' | '[' | '{' => return (key, &text[at..]),
            '\\' => key.extend(letters.next().map(|(_, letter)| letter)),
            letter => key.push(letter),
        }
    }
    (key, "")
}

/// `[]`, `[N]` or `{}`.
fn suffix(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix("{}") {
        return Some((Step::Inside, rest));
    }
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    let step = if inside.is_empty() { Step::Each } else { Step::At(inside.parse().ok()?) };
    Some((step, rest))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use proptest::prelude::*;

    use super::{Path, Tree, follow, walk};

    fn found(path: &str, json: &str) -> Vec<String> {
        let tree: Tree<'_> = serde_json::from_str(json).unwrap();
        let mut found = Vec::new();
        walk(&Path::parse(path).unwrap().steps, &tree, &mut |value| {
            found.push(value.text().unwrap_or_default().into_owned());
        });
        found
    }

    #[test]
    fn every_kind_of_step_leads_somewhere() {
        assert_eq!(found("a-b.c", r#"{"a-b":{"c":1}}"#), ["1"]);
        assert_eq!(found(r"a\.b", r#"{"a.b":1}"#), ["1"]);
        assert_eq!(found("a[].b", r#"{"a":[{"b":1},{"x":0},{"b":2}]}"#), ["1", "2"]);
        assert_eq!(found("a[-1]", r#"{"a":[1,2,3]}"#), ["3"]);
        assert_eq!(found("a[1]", r#"{"a":[1,2,3]}"#), ["2"]);
        assert_eq!(found("a[3]", r#"{"a":[1,2,3]}"#), [""; 0]);
        assert_eq!(found("a[-4]", r#"{"a":[1,2,3]}"#), [""; 0]);
        assert_eq!(found("m{}.a[].b{}.c", r#"{"m":"{\"a\":[{\"b\":\"{\\\"c\\\":7}\"}]}"}"#), ["7"]);
        assert_eq!(found(".", "5"), ["5"]);
    }

    #[test]
    fn a_string_that_holds_no_json_is_told() {
        let tree: Tree<'_> = serde_json::from_str(r#"{"m":"{\"a\":"}"#).unwrap();
        assert!(!walk(&Path::parse("m{}.a").unwrap().steps, &tree, &mut |_| {}));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for path in ["", "a..b", "a.", "a[x]", "a[1", "a{x}", "a[]b", "[]"] {
            assert!(Path::parse(path).is_err(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_path_panics(path in "[a-c.\\[\\]{}\\\\0-9-]{0,12}", json in "[a-c\\[\\]{}:,\"0-9]{0,20}") {
            if let Ok(path) = Path::parse(&path)
                && let Ok(tree) = serde_json::from_str::<Tree<'_>>(&json)
            {
                follow(&path.steps, &tree);
                walk(&path.steps, &tree, &mut |_| {});
            }
        }
    }
}
