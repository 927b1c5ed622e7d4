//! A part of a list.

/// A page of a list whose places are told as `Place`s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, Place> {
    /// What is on it.
    pub items: Vec<T>,
    /// The place after which the next page goes on; `None` on the last.
    pub next: Option<Place>,
}

impl<T, Place> Page<T, Place> {
    /// The page of at most `limit` of `items`, which were read in one go. Where more were read than
    /// fit, it goes on after the last that does; else after `read_to`, the place up to which was read,
    /// which is `None` where that was the end.
    pub(in crate::table) fn of<Raw, E>(
        mut items: Vec<Raw>,
        limit: usize,
        read_to: Option<Place>,
        place_of: impl Fn(&Raw) -> Result<Place, E>,
        item_of: impl Fn(Raw) -> Result<Option<T>, E>,
    ) -> Result<Self, E> {
        let next = if items.len() > limit {
            items.truncate(limit);
            items.last().map(place_of).transpose()?
        } else {
            read_to
        };
        let items =
            items.into_iter().filter_map(|item| item_of(item).transpose()).collect::<Result<_, _>>()?;
        Ok(Self { items, next })
    }
}
