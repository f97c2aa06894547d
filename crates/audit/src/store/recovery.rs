//! The history's key as words on paper: 14 groups of four letters and digits.
//!
//! 32 bytes of key and 3 of checksum in base32, which has no 0, 1, 8 and 9 to
//! be taken for letters. A slip of the pen is told from another key.

use sha2::{Digest, Sha256};
use warder_launch::vault::Secret;
use zeroize::Zeroizing;

use super::Key;

const CHECK: usize = 3;

/// Why a text is no recovery key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryError {
    /// The number of letters and digits that there are.
    #[error("a recovery key has 56 letters and digits; this has {0}")]
    Length(usize),
    #[error("a recovery key has the letters A to Z and the digits 2 to 7 only")]
    Letters,
    #[error("there is a slip in it: its checksum does not fit")]
    Checksum,
}

impl Key {
    /// The key to be written down: `ABCD-EFGH-…`.
    pub fn written(&self) -> Secret {
        let mut bytes = Zeroizing::new(self.0.to_vec());
        bytes.extend_from_slice(&checksum(&self.0));
        let text = Zeroizing::new(data_encoding::BASE32_NOPAD.encode(&bytes));
        let mut groups = Zeroizing::new(String::with_capacity(70));
        for (index, c) in text.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                groups.push('-');
            }
            groups.push(c);
        }
        Secret::new(groups.as_str())
    }

    /// The key that was written down; blanks, hyphens and case do not count.
    pub fn of_written(text: &Secret) -> Result<Key, RecoveryError> {
        let kept = text.expose().chars().filter(|c| !c.is_whitespace() && *c != '-');
        let text: Zeroizing<String> = Zeroizing::new(kept.map(|c| c.to_ascii_uppercase()).collect());
        if text.chars().count() != 56 {
            return Err(RecoveryError::Length(text.chars().count()));
        }
        let bytes = data_encoding::BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| RecoveryError::Letters)?;
        let bytes = Zeroizing::new(bytes);
        let (key, check) = bytes.split_at(bytes.len() - CHECK);
        let key = Zeroizing::new(<[u8; 32]>::try_from(key).map_err(|_| RecoveryError::Letters)?);
        if check == checksum(&key) { Ok(Key(key)) } else { Err(RecoveryError::Checksum) }
    }
}

fn checksum(key: &[u8; 32]) -> [u8; CHECK] {
    let hash = Sha256::new().chain_update(b"warder recovery").chain_update(key).finalize();
    [hash[0], hash[1], hash[2]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_paper_and_a_slip_is_noticed() {
        let key = Key(Zeroizing::new(std::array::from_fn(|index| u8::try_from(index * 7).unwrap())));
        let written = key.written();
        let groups: Vec<&str> = written.expose().split('-').collect();
        assert_eq!(groups.len(), 14);
        assert!(groups.iter().all(|group| group.len() == 4));
        let loose = format!(" {} \n", written.expose().to_lowercase().replace('-', "  "));
        let of = |text: &str| Key::of_written(&Secret::new(text)).map(|key| *key.0);
        assert_eq!(of(&loose), Ok(*key.0));
        for at in 0..written.expose().len() {
            let mut slip = written.expose().to_owned();
            let other = if &slip[at..=at] == "A" { "B" } else { "A" };
            if &slip[at..=at] != "-" {
                slip.replace_range(at..=at, other);
                assert_eq!(of(&slip), Err(RecoveryError::Checksum), "{at}");
            }
        }
        assert_eq!(of("ABCD"), Err(RecoveryError::Length(4)));
        assert_eq!(of(&written.expose().replace(groups[3], "0189")), Err(RecoveryError::Letters));
    }
}
