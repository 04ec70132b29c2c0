//! Sequences of numbers that are the same on every machine.
use super::Change;
use nk_tests::interpreter::sample::Choose;

/// Numbers that a text selects.
pub(crate) struct Numbers(u64);

impl Numbers {
    /// FNV-1a of the text begins the sequence.
    pub(crate) fn of(text: &str) -> Self {
        let byte = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        Self(text.bytes().fold(0xCBF2_9CE4_8422_2325, byte))
    }
    /// The next of a `SplitMix64` sequence.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Choose for Numbers {
    fn below(&mut self, bound: u128) -> u128 {
        u128::from(self.next()) % bound
    }
}

#[expect(clippy::cast_possible_truncation, reason = "parts of a random number")]
impl Change {
    /// The next change of a sequence.
    pub(crate) fn of(numbers: &mut Numbers) -> Self {
        let (n, with) = (numbers.next(), numbers.next());
        Self {
            kind: n as u8,
            part: (n >> 8) as u16,
            with: with as u32,
        }
    }
}
