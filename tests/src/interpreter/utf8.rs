//! UTF-8 by the table of RFC 3629: what a lead byte promises has to follow, in its shortest form, without surrogates.

/// Whether the bytes are UTF-8.
pub(super) fn valid(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some((lead, tail)) = rest.split_first() {
        // how many bytes follow, the bits of the lead byte, the smallest code point of this length
        let (follow, high, least) = match lead {
            0x00..=0x7F => (0, u32::from(*lead), 0),
            0xC0..=0xDF => (1, u32::from(lead - 0xC0), 0x80),
            0xE0..=0xEF => (2, u32::from(lead - 0xE0), 0x800),
            0xF0..=0xF7 => (3, u32::from(lead - 0xF0), 0x1_0000),
            _ => return false,
        };
        if tail.len() < follow {
            return false;
        }
        let (next, after) = tail.split_at(follow);
        if next.iter().any(|byte| !(0x80..=0xBF).contains(byte)) {
            return false;
        }
        let point = next
            .iter()
            .fold(high, |point, byte| point * 64 + u32::from(byte - 0x80));
        if point < least || point > 0x10_FFFF || (0xD800..=0xDFFF).contains(&point) {
            return false;
        }
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::valid;

    #[test]
    fn all_short_strings_and_all_edges_are_as_the_standard_library_says() {
        // R18: all strings of one and two bytes, all of three bytes with a lead that has an exception
        for a in 0..=255_u8 {
            assert_eq!(valid(&[a]), std::str::from_utf8(&[a]).is_ok());
            for b in 0..=255_u8 {
                assert_eq!(valid(&[a, b]), std::str::from_utf8(&[a, b]).is_ok());
                for (lead, tail) in [(0xE0, a), (0xED, a), (0xEF, a)] {
                    assert_eq!(
                        valid(&[lead, tail, b]),
                        std::str::from_utf8(&[lead, tail, b]).is_ok()
                    );
                }
                for tail in [0x00, 0x7F, 0x80, 0xBF, 0xC0] {
                    assert_eq!(
                        valid(&[a, b, tail, 0x80]),
                        std::str::from_utf8(&[a, b, tail, 0x80]).is_ok()
                    );
                }
            }
        }
    }
}
