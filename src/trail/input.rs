//! Which file a record came from, told by its content: the same file counts once under whatever name it comes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Which file a record came from: the first 16 bytes of the SHA-256 of its bytes as stored.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct InputId([u8; 16]);

impl InputId {
    /// Stands for a source that has no files.
    pub fn of_text(text: &str) -> Self {
        Self::of_digest(&Sha256::digest(text).into())
    }

    /// Takes the first bytes of a SHA-256.
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        let mut first = [0; 16];
        for (kept, byte) in first.iter_mut().zip(digest) {
            *kept = *byte;
        }
        Self(first)
    }
}

impl fmt::Display for InputId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for InputId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl From<InputId> for String {
    fn from(id: InputId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for InputId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for InputId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || format!("expected 32 hexadecimal digits, found `{text}`");
        let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if text.len() != 32 || !is_hexadecimal {
            return Err(error());
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| error())?;
        Ok(Self(number.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let mut digest = [0; 32];
        digest[0] = 0xab;
        digest[15] = 0x01;
        digest[16] = 0xff;
        let id = InputId::of_digest(&digest);
        assert_eq!(id.to_string(), "ab000000000000000000000000000001");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in [
            "",
            "0009",
            "zz09121b242d363f48515a636c757e87",
            "+009121b242d363f48515a636c757e87",
        ] {
            assert!(wrong.parse::<InputId>().is_err(), "{wrong}");
        }
    }
}
