//! Whether one rule holds wherever another does: then the later of the two never wins.

use super::rule::Rule;

/// Whether `wide` holds for every reply that `narrow` holds for; of the replies that `narrow` takes
/// by its phrase `only` of `any`, where one is given. `implied` is [`super::book::Book::implied`].
/// What cannot be known, such as whether a regex takes all that another does, is a no.
pub(super) fn covers(wide: &Rule, narrow: &Rule, only: Option<u32>, implied: &[Vec<u32>]) -> bool {
    circumstances(wide, narrow) && (!wide.reads_words() || words(wide, narrow, only, implied))
}

fn circumstances(wide: &Rule, narrow: &Rule) -> bool {
    let within = |wide: bool, narrow: bool, all: &dyn Fn() -> bool| wide || !narrow && all();
    within(wide.providers.is_empty(), narrow.providers.is_empty(), &|| {
        narrow.providers.iter().all(|provider| wide.providers.contains(provider))
    }) && within(wide.stages.is_empty(), narrow.stages.is_empty(), &|| {
        narrow.stages.iter().all(|stage| wide.stages.contains(stage))
    }) && within(wide.codes.is_empty(), narrow.codes.is_empty(), &|| {
        narrow.codes.iter().all(|code| wide.codes.iter().any(|wide| wide.covers(code)))
    }) && within(wide.enhanced.is_empty(), narrow.enhanced.is_empty(), &|| {
        narrow.enhanced.iter().all(|code| wide.enhanced.iter().any(|wide| wide.covers(code)))
    })
}

fn words(wide: &Rule, narrow: &Rule, only: Option<u32>, implied: &[Vec<u32>]) -> bool {
    let brings = |phrase: u32, wanted: &[u32]| {
        implied.get(phrase as usize).is_some_and(|all| all.iter().any(|one| wanted.contains(one)))
    };
    let only = only.as_slice();
    let any = if only.is_empty() { narrow.any.as_slice() } else { only };
    // One of `wanted` is there whenever `narrow` holds.
    let surely = |wanted: &[u32]| {
        let each = |list: &[u32]| !list.is_empty() && list.iter().all(|phrase| brings(*phrase, wanted));
        narrow.all.iter().any(|phrase| brings(*phrase, wanted)) || each(any) || each(&narrow.with)
    };
    let regex = |rule: &Rule| rule.regex.as_ref().map(|regex| regex.as_str().to_owned());
    wide.all.iter().all(|phrase| surely(std::slice::from_ref(phrase)))
        && (wide.any.is_empty() || surely(&wide.any))
        && (wide.with.is_empty() || surely(&wide.with))
        // What `wide` must not have, `narrow` must not have either: a part of it, at least.
        && wide.not.iter().all(|phrase| {
            implied.get(*phrase as usize).is_some_and(|parts| parts.iter().any(|part| narrow.not.contains(part)))
        })
        && (wide.regex.is_none() || regex(wide) == regex(narrow))
}
