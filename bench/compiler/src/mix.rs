//! A package of structs and methods, half of its bytes each, one line of documentation for each.
use std::fmt::Write as _;

/// The package `Mix` in about `bytes` bytes.
pub fn text(bytes: usize) -> String {
    let mut text = String::from("// A mix.\npackage Mix\n\n");
    let mut structs = 0_usize;
    while text.len() < bytes / 2 {
        let _ = write!(
            text,
            "// Structure number {structs}.\nstruct Rec{structs} {{\n    UInt32 id;\n    string<64> name;\n    \
             sequence<UInt16, 32> samples; // raw\n    array<UInt8, 16> serial;\n}}\n\n"
        );
        structs += 1;
    }
    text.push_str("interface {\n");
    let mut methods = 0_usize;
    while text.len() < bytes && methods < 65_000 {
        let (a, b) = (methods % structs, methods * 7 % structs);
        let _ = write!(
            text,
            "    // Method number {methods}.\n    Do{methods}(in Rec{a} r, in UInt32 a, in string<128> text, out UInt64 b, \
             out sequence<Rec{b}, 8> items, error SInt32 status);\n"
        );
        methods += 1;
    }
    text.push_str("}\n");
    text
}
