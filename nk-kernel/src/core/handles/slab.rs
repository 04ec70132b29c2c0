//! Things with numbers: a number is given again only after its thing has been removed.

/// Things, found by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::core) struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(in crate::core) const fn new() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
        }
    }
    /// Takes a thing in; `None` when there are 2³² already.
    pub(in crate::core) fn add(&mut self, thing: T) -> Option<u32> {
        if let Some(number) = self.free.pop() {
            *self.places.get_mut(number as usize)? = Some(thing);
            return Some(number);
        }
        let number = u32::try_from(self.places.len()).ok()?;
        self.places.push(Some(thing));
        Some(number)
    }
    pub(in crate::core) fn remove(&mut self, number: u32) -> Option<T> {
        let thing = self.places.get_mut(number as usize)?.take()?;
        self.free.push(number);
        Some(thing)
    }
    pub(in crate::core) fn get(&self, number: u32) -> Option<&T> {
        self.places.get(number as usize)?.as_ref()
    }
    pub(in crate::core) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.places.get_mut(number as usize)?.as_mut()
    }
    pub(in crate::core) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..)
            .zip(&self.places)
            .filter_map(|(number, place)| Some((number, place.as_ref()?)))
    }
    pub(in crate::core) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        (0..)
            .zip(&mut self.places)
            .filter_map(|(number, place)| Some((number, place.as_mut()?)))
    }
    pub(in crate::core) fn len(&self) -> usize {
        self.places.len().saturating_sub(self.free.len())
    }
}
