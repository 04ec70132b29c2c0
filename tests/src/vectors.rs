//! Wire vectors as data: values, the bytes that mean them, and bytes that have to be refused, each with the rule it breaks.
//! `../vectors-wire/README.md` says what the parts of a file mean.
use crate::interpreter::{Direction, Model};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A file of vectors.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What the file is about.
    pub about: String,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

/// A value and its bytes, or bytes that break a rule, or a value that cannot be written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// What it shows; unique in its file.
    pub name: String,
    /// The process class that the request goes to, or that answers.
    pub class: String,
    /// `Interface#Method.direction`: what the value is of, or what the bytes claim to be or answer.
    pub message: String,
    /// The endpoint.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub riid: u16,
    /// The parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Hexadecimal digits, in groups and lines as the derivation explains them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bytes: Vec<String>,
    /// `accepted`, or the rule that the bytes break strictly.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub strict: String,
    /// The same for the original's rules.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub compat: String,
    /// What the encoder answers instead of bytes: `Bound`, or `Buffer` when the buffer has only `room` bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encode: Option<String>,
    /// Bytes of the buffer; as many as the largest message needs when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<usize>,
    /// The sections and rules that it follows from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spec: Vec<String>,
    /// How it follows; empty for vectors that the interpreter made.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub derivation: String,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde asks for"
)]
fn is_zero(n: &u16) -> bool {
    *n == 0
}

/// The message that a vector is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// Full name of the interface.
    pub interface: String,
    /// Name of the method.
    pub method: String,
    /// Which of its messages.
    pub direction: Direction,
}

impl Vector {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        unhex(&self.bytes.concat())
    }

    /// What `message` names.
    ///
    /// # Panics
    /// When it has another form.
    #[must_use]
    pub fn about(&self) -> About {
        let (interface, rest) = self
            .message
            .split_once('#')
            .unwrap_or_else(|| panic!("{}", self.message));
        let (method, direction) = rest
            .split_once('.')
            .unwrap_or_else(|| panic!("{}", self.message));
        let direction = match direction {
            "request" => Direction::Request,
            "response" => Direction::Response,
            "error" => Direction::Error,
            other => panic!("no direction `{other}`"),
        };
        About {
            interface: interface.to_owned(),
            method: method.to_owned(),
            direction,
        }
    }

    /// The number of the method.
    ///
    /// # Panics
    /// When the model has no such method.
    #[must_use]
    pub fn mid(&self, model: &Model) -> u16 {
        let about = self.about();
        let methods = &model.interfaces[&about.interface].methods;
        let mid = methods
            .iter()
            .position(|method| method.name == about.method);
        mid.and_then(|mid| u16::try_from(mid).ok())
            .unwrap_or_else(|| panic!("{}", self.message))
    }

    /// Whether the bytes are refused, or cannot be made.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.encode.is_some() || self.strict != "accepted"
    }
}

/// The folder of this package.
#[must_use]
pub fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The vector files in the order of their names.
///
/// # Panics
/// When one cannot be read.
#[must_use]
#[expect(clippy::expect_used, reason = "a test's input is wrong")]
pub fn files() -> Vec<(PathBuf, File)> {
    let folder = std::fs::read_dir(package().join("vectors-wire")).expect("the vectors");
    let mut paths: Vec<PathBuf> = folder.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let file = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, file)
    };
    paths.into_iter().map(read).collect()
}

/// The models of all goldens as one.
///
/// # Panics
/// When one cannot be read.
#[must_use]
#[expect(clippy::expect_used, reason = "a test's input is wrong")]
pub fn model() -> Model {
    let (mut interfaces, mut classes) = (
        std::collections::BTreeMap::new(),
        std::collections::BTreeMap::new(),
    );
    for name in ["farm", "filesystem", "lab", "wire"] {
        let path = package()
            .join("goldens")
            .join(name)
            .join("expected/model.json");
        let model = Model::read(&std::fs::read_to_string(path).expect("a golden"));
        interfaces.extend(model.interfaces);
        classes.extend(model.classes);
    }
    Model {
        interfaces,
        classes,
    }
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Hexadecimal digits as bytes; spaces between bytes do not count.
///
/// # Panics
/// For anything else.
#[must_use]
pub fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    assert!(digits.len().is_multiple_of(2), "half a byte in `{text}`");
    let byte = |at| {
        u8::from_str_radix(&digits[at..at + 2], 16)
            .unwrap_or_else(|error| panic!("`{text}`: {error}"))
    };
    (0..digits.len()).step_by(2).map(byte).collect()
}
