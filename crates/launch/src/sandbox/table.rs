//! The kernel's table of mounts.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// One mount, as proc_pid_mountinfo(5) describes it.
pub(super) struct Line<'a> {
    pub(super) place: PathBuf,
    /// `ext4`
    pub(super) kind: &'a [u8],
}

/// Every line that can be made out, in the table's order.
pub(super) fn lines(table: &[u8]) -> impl Iterator<Item = Line<'_>> {
    table.split(|byte| *byte == b'\n').filter_map(line)
}

/// `36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 - ext3 /dev/root rw`
fn line(line: &[u8]) -> Option<Line<'_>> {
    let mut words = line.split(|byte| *byte == b' ');
    let place = unescaped(words.nth(4)?);
    let kind = words.skip_while(|word| *word != b"-").nth(1)?;
    Some(Line { place, kind })
}

/// Blanks and the like stand there as `\040`.
fn unescaped(word: &[u8]) -> PathBuf {
    let (mut out, mut left) = (Vec::new(), word);
    while let Some((first, rest)) = left.split_first() {
        let code = rest.get(..3).filter(|_| *first == b'\\').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            Some(byte) => (out.push(byte), left = &rest[3..]).1,
            None => (out.push(*first), left = rest).1,
        }
    }
    PathBuf::from(OsString::from_vec(out))
}
