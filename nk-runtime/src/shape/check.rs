//! Ties generated tables to the layout rules at compile time: a wrong table
//! does not compile.
use super::{Interface, Item, MAX_DEPTH, Message};

/// Generated code evaluates this in a `const` item.
///
/// # Panics
/// At compile time, when an item lies outside its struct, is out of order, or
/// when numbers do not match positions.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler: a panic is its error message"
)]
pub const fn check(interface: &Interface) {
    let mut i = 0;
    while i < interface.methods.len() {
        let m = &interface.methods[i];
        assert!(m.mid as usize == i, "a method's number is its position");
        check_message(&m.req);
        check_message(&m.res);
        check_message(&m.err);
        i += 1;
    }
}

/// A digest from its 64 hexadecimal digits, as generated tables spell it.
///
/// # Panics
/// At compile time, when the text is not 64 lower-case hexadecimal digits.
#[must_use]
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler"
)]
pub const fn hex(text: &str) -> [u8; 32] {
    const fn digit(c: u8) -> u8 {
        match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            _ => panic_not_hex(),
        }
    }
    let text = text.as_bytes();
    assert!(text.len() == 64, "a digest has 64 hexadecimal digits");
    let (mut bytes, mut i) = ([0; 32], 0);
    while i < 32 {
        bytes[i] = digit(text[2 * i]) * 16 + digit(text[2 * i + 1]);
        i += 1;
    }
    bytes
}
#[allow(clippy::panic, reason = "evaluated by the compiler")]
const fn panic_not_hex() -> u8 {
    panic!("a digest has lower-case hexadecimal digits")
}

#[allow(clippy::arithmetic_side_effects, reason = "evaluated by the compiler")]
const fn check_message(m: &Message) {
    assert!(
        m.size.is_multiple_of(8) && m.size >= 24 + 16 * m.handles as u32 && m.size < 1 << 23,
        "size of a constant part"
    );
    assert!(
        m.arena <= m.arena_padded,
        "the padded arena is the larger one"
    );
    check_items(m.items, m.size, MAX_DEPTH);
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler"
)]
const fn check_items(items: &[Item], size: u32, depth: u32) {
    assert!(depth > 0, "types nest too deep");
    let (mut i, mut last) = (0, 0);
    while i < items.len() {
        let (at, len, align) = match items[i] {
            Item::Zero(at, len) => (at, len, 1),
            Item::Str(at, _) | Item::Bytes(at, _) => (at, 8, 4),
            Item::Seq(at, n, e) => {
                assert!(
                    n > 0
                        && e.size > 0
                        && e.align.is_power_of_two()
                        && e.size.is_multiple_of(e.align)
                );
                check_items(e.items, e.size, depth - 1);
                (at, 8, 4)
            }
            Item::Array(at, n, e) => {
                assert!(e.size > 0 && e.align.is_power_of_two());
                check_items(e.items, e.size, depth - 1);
                (at, n * e.size, e.align)
            }
            Item::Union(at, super::Variants(variants)) => {
                let mut v = 0;
                while v < variants.len() {
                    check_items(variants[v], size - at, depth - 1);
                    v += 1;
                }
                (at, 4, 4)
            }
        };
        assert!(
            at.is_multiple_of(align) && at >= last && at + len <= size,
            "an item outside its struct or out of order"
        );
        last = at + len;
        i += 1;
    }
}
