//! What a process finds when it starts: arguments, environment, names of its channels. One form for whoever makes it and for
//! the kernel (`Task.SetEnv`); the form is chosen.

/// What a process finds when it starts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Equipment {
    /// `argv[1..]`
    pub args: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// Names of channels, and the process's own handles of them, as `Handle.Connect` answered them.
    pub channels: Vec<(String, u32)>,
}

impl Equipment {
    /// As bytes: entries that each end with NUL. The first letter says what it is: `a` an argument, `e` a variable
    /// (`NAME=VALUE`), `c` a channel (`HANDLE=NAME`). `None` when a text contains NUL.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let args = self.args.iter().map(|arg| format!("a{arg}"));
        let env = self
            .env
            .iter()
            .map(|(name, value)| format!("e{name}={value}"));
        let channels = self
            .channels
            .iter()
            .map(|(name, handle)| format!("c{handle}={name}"));
        let mut bytes = Vec::new();
        for entry in args.chain(env).chain(channels) {
            if entry.contains('\0') {
                return None;
            }
            bytes.extend_from_slice(entry.as_bytes());
            bytes.push(0);
        }
        Some(bytes)
    }

    /// From bytes; `None` for what [`Equipment::to_bytes`] does not write.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut equipment = Self::default();
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == 0)?;
            let (entry, behind) = rest.split_at_checked(end)?;
            rest = behind.get(1..)?;
            let (kind, entry) = entry.split_first()?;
            let entry = str::from_utf8(entry).ok()?;
            match kind {
                b'a' => equipment.args.push(entry.to_owned()),
                b'e' => {
                    let (name, value) =
                        entry.split_once('=').filter(|(name, _)| !name.is_empty())?;
                    equipment.env.push((name.to_owned(), value.to_owned()));
                }
                b'c' => {
                    let (handle, name) =
                        entry.split_once('=').filter(|(_, name)| !name.is_empty())?;
                    equipment
                        .channels
                        .push((name.to_owned(), handle.parse().ok()?));
                }
                _ => return None,
            }
        }
        Some(equipment)
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
mod tests {
    use super::*;

    #[test]
    fn equipment_survives_its_bytes_and_every_prefix_that_ends_inside_an_entry_is_refused() {
        let all = Equipment {
            args: vec!["--fast".into(), String::new()],
            env: vec![
                ("LEVEL".into(), "a=b".into()),
                ("EMPTY".into(), String::new()),
            ],
            channels: vec![("канал".into(), 7)],
        };
        let bytes = all.to_bytes().unwrap();
        assert_eq!(Equipment::from_bytes(&bytes), Some(all));
        for n in 1..bytes.len() {
            assert_eq!(
                Equipment::from_bytes(&bytes[..n]).is_some(),
                bytes[n - 1] == 0,
                "{n}"
            );
        }
        for wrong in [
            &b"x1\0"[..],
            b"e=1\0",
            b"enone\0",
            b"cx=1\0",
            b"c1=\0",
            b"c-1=a\0",
            b"\0",
            b"a\xff\0",
        ] {
            assert_eq!(Equipment::from_bytes(wrong), None, "{wrong:?}");
        }
        assert_eq!(
            Equipment {
                args: vec!["a\0b".into()],
                ..Equipment::default()
            }
            .to_bytes(),
            None
        );
    }
}
