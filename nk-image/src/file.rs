//! The image as a file: magic, version, length, digest, body. Reading checks
//! them in this order and never panics.
use crate::{Image, ImageError, Solution};
use core::fmt;
use sha2::{Digest, Sha256};

/// First bytes of every image.
const MAGIC: [u8; 8] = *b"nkimage\0";
/// Version of the format; other versions are refused.
pub const VERSION: u32 = 4;
/// Magic, version, length of the body, its SHA-256.
const HEADER: usize = 8 + 4 + 8 + 32;

/// Why a file is no usable image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// It does not begin like an image.
    NotAnImage,
    /// It is of another version of the format.
    OtherVersion(u32),
    /// It ends too early.
    Truncated,
    /// Its bytes are not those that were written.
    Damaged,
    /// It is whole, but what it says cannot be.
    Refused(ImageError),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnImage => f.write_str("not a solution image"),
            Self::OtherVersion(v) => write!(
                f,
                "a solution image of another version ({v}; this program reads {VERSION}); build it again with `nk-gen solution` of this release"
            ),
            Self::Truncated => f.write_str("truncated: the image ends too early; build it again"),
            Self::Damaged => {
                f.write_str("damaged: its contents do not match its checksum; build it again")
            }
            Self::Refused(e) => write!(f, "invalid contents: {e}"),
        }
    }
}
impl core::error::Error for LoadError {}

impl Image {
    /// The image as a file, after the same proof that loading demands.
    ///
    /// # Errors
    /// What loading would refuse.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ImageError> {
        self.clone().prove()?;
        let body = postcard::to_allocvec(self).map_err(|_| ImageError::Write)?;
        let length = u64::try_from(body.len()).map_err(|_| ImageError::Write)?;
        let mut bytes = Vec::new();
        for part in [
            &MAGIC[..],
            &VERSION.to_le_bytes(),
            &length.to_le_bytes(),
            &Sha256::digest(&body),
            &body,
        ] {
            bytes.extend_from_slice(part);
        }
        Ok(bytes)
    }

    /// Reads an image and proves it.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn load(bytes: &[u8]) -> Result<Solution, LoadError> {
        let body = body(bytes)?;
        let (image, rest) =
            postcard::take_from_bytes::<Self>(body).map_err(|_| LoadError::Damaged)?;
        if !rest.is_empty() {
            return Err(LoadError::Damaged);
        }
        image.prove().map_err(LoadError::Refused)
    }
}

/// The body, when everything before it is right.
///
/// # Errors
/// The first check that fails: magic, version, length, digest.
fn body(bytes: &[u8]) -> Result<&[u8], LoadError> {
    let start = bytes.get(..MAGIC.len()).unwrap_or(bytes);
    if !MAGIC.starts_with(start) {
        return Err(LoadError::NotAnImage);
    }
    check_version(bytes)?;
    let (header, body) = bytes.split_at_checked(HEADER).ok_or(LoadError::Truncated)?;
    check_length(header, body)?;
    if header.get(20..) == Some(&Sha256::digest(body)[..]) {
        Ok(body)
    } else {
        Err(LoadError::Damaged)
    }
}

/// Images of other versions are not read: they would be misread.
fn check_version(bytes: &[u8]) -> Result<(), LoadError> {
    let number = field(bytes, 8).map(u32::from_le_bytes);
    match number.ok_or(LoadError::Truncated)? {
        VERSION => Ok(()),
        other => Err(LoadError::OtherVersion(other)),
    }
}

/// A body that is shorter than it says was cut, a longer one is none.
fn check_length(header: &[u8], body: &[u8]) -> Result<(), LoadError> {
    let length = field(header, 12).map(u64::from_le_bytes);
    let length = length.ok_or(LoadError::Truncated)?;
    match u64::try_from(body.len()) {
        Ok(present) if present == length => Ok(()),
        Ok(present) if present < length => Err(LoadError::Truncated),
        _ => Err(LoadError::Damaged),
    }
}

/// The bytes of a number at an offset; `None` behind the end.
fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}
