//! Names of types in other languages, and what stands for them here.
//!
//! People write the word of the language that they come from. The distance
//! between `int` and `SInt32` is too large for a suggestion by spelling, so
//! these are listed.

/// What to write instead of a type that C, Rust or Protocol Buffers have and
/// IDL has not.
///
/// Letter case is ignored. `None` for a word that is not known.
pub(super) fn help(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let ours = match name.as_str() {
        "bool" | "boolean" => return Some("there are no truth values: use `UInt8`".to_owned()),
        "float" | "double" | "f32" | "f64" | "real" => {
            return Some("there are no fractions: use an integer of a smaller unit".to_owned());
        }
        "char" | "str" | "text" => {
            return Some("a text is `string<SIZE>`, a character `UInt8`".to_owned());
        }
        "void" => return Some("what gives nothing has no parameter for it".to_owned()),
        "byte" | "u8" | "uint8_t" => "UInt8",
        "u16" | "uint16_t" | "ushort" => "UInt16",
        "uint" | "u32" | "uint32_t" | "unsigned" => "UInt32",
        "u64" | "uint64_t" | "ulong" => "UInt64",
        "i8" | "int8" | "int8_t" => "SInt8",
        "short" | "i16" | "int16" | "int16_t" => "SInt16",
        "int" | "i32" | "int32" | "int32_t" => "SInt32",
        "long" | "i64" | "int64" | "int64_t" => "SInt64",
        "size_t" | "usize" => "UIntSize",
        "uintptr_t" => "UIntPtr",
        _ => return None,
    };
    Some(format!("did you mean `{ours}`?"))
}
