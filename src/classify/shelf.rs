//! Short lists by number, laid end to end: of thirty thousand phrases most have an empty one, and
//! that takes four bytes.

/// Lists of `T`, numbered from 0.
#[derive(Debug)]
pub(super) struct Shelf<T> {
    /// Where each list ends.
    ends: Box<[u32]>,
    all: Box<[T]>,
}

impl<T: Copy> Shelf<T> {
    /// `lists` lists of what is told with the number of its list, each in the order in which it is
    /// told. What belongs to no list is left out.
    pub(super) fn sorted(lists: usize, mut told: Vec<(u32, T)>) -> Self {
        told.sort_by_key(|(list, _)| *list);
        told.truncate(told.partition_point(|(list, _)| (*list as usize) < lists));
        let mut ends = vec![0; lists];
        for (list, _) in &told {
            ends[*list as usize] += 1;
        }
        let mut end = 0;
        for count in &mut ends {
            end += *count;
            *count = end;
        }
        Self { ends: ends.into(), all: told.into_iter().map(|(_, one)| one).collect() }
    }

    /// The lists as they are.
    pub(super) fn of<'a>(lists: impl Iterator<Item = &'a [T]> + Clone) -> Self
    where
        T: 'a,
    {
        let mut end = 0;
        let ends = lists.clone().map(|list| {
            end += list.len() as u32;
            end
        });
        Self { ends: ends.collect(), all: lists.flatten().copied().collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A list; empty where there is none.
    pub(super) fn list(&self, number: u32) -> &[T] {
        let at = number as usize;
        let Some(end) = self.ends.get(at) else { return &[] };
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[begin as usize..*end as usize]
    }

    pub(super) fn lists(&self) -> impl Iterator<Item = &[T]> {
        (0..).take(self.len()).map(|number| self.list(number))
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn each_list_has_what_was_told_of_it_in_that_order() {
        let shelf = Shelf::sorted(4, vec![(2, 'c'), (0, 'a'), (2, 'b'), (9, 'x')]);
        assert_eq!(shelf.len(), 4);
        let lists: Vec<String> = shelf.lists().map(|list| list.iter().collect()).collect();
        assert_eq!(lists, ["a", "", "cb", ""]);
        assert_eq!(shelf.list(4), []);
        let same = Shelf::of(["a", "", "cb", ""].iter().map(|list| list.as_bytes()));
        assert!(same.lists().eq(["a", "", "cb", ""].iter().map(|list| list.as_bytes())));
    }
}
