//! A slab: values found by their numbers. A number is given again only after
//! its value has been removed.

/// Values, found by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Slab<T> {
    slots: Vec<Option<T>>,
    /// Numbers that are free, the one that is given next last.
    free: Vec<u32>,
}

impl<T> Slab<T> {
    /// No values yet.
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
    /// Adds a value; `None` when there are 2³² already.
    pub(super) fn add(&mut self, value: T) -> Option<u32> {
        if let Some(number) = self.free.pop() {
            *self.slots.get_mut(number as usize)? = Some(value);
            return Some(number);
        }
        let number = u32::try_from(self.slots.len()).ok()?;
        self.slots.push(Some(value));
        Some(number)
    }
    /// Takes a value out; its number is free.
    pub(super) fn remove(&mut self, number: u32) -> Option<T> {
        let value = self.slots.get_mut(number as usize)?.take()?;
        self.free.push(number);
        Some(value)
    }
    /// The value with a number.
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.slots.get(number as usize)?.as_ref()
    }
    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.slots.get_mut(number as usize)?.as_mut()
    }
    /// All values with their numbers, smallest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..)
            .zip(&self.slots)
            .filter_map(|(number, slot)| Some((number, slot.as_ref()?)))
    }
    /// The same, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut T)> {
        (0..)
            .zip(&mut self.slots)
            .filter_map(|(number, slot)| Some((number, slot.as_mut()?)))
    }
}
