//! The first words of TLS (RFC 8446, 4.1.2), and the name that they ask for.
//!
//! Several names often stand behind one address; this tells them apart
//! without opening what is encrypted.

use std::io::{self, Read};

/// Longer ones are no client's.
const LONGEST: usize = 1 << 16;

const HANDSHAKE: u8 = 22;
/// Kinds of records: change of ciphers, alert, handshake, data, heartbeat.
const OF_TLS: std::ops::RangeInclusive<u8> = 20..=24;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: u16 = 0;

/// What a client says first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hello {
    /// TLS for this name.
    Name(String),
    /// TLS for no name in particular.
    Nameless,
    /// No TLS.
    Other,
    /// Something that begins like TLS and is none, so nobody can tell whom it is for.
    Broken,
}

/// Reads the first words. All bytes taken come back too: they are to be passed on.
pub(super) fn read(from: &mut impl Read) -> io::Result<(Hello, Vec<u8>)> {
    let (mut taken, mut said) = (Vec::new(), Vec::new());
    loop {
        let start = taken.len();
        // Nothing but its first byte tells TLS from what may be shorter.
        if !take(from, &mut taken, 1)? {
            return Ok((if start == 0 { Hello::Other } else { Hello::Broken }, taken));
        }
        if taken[start] != HANDSHAKE {
            // An alert, or anything else of TLS, in front of the name is no client's: some servers pass over it.
            let is_other = start == 0 && !OF_TLS.contains(&taken[start]);
            return Ok((if is_other { Hello::Other } else { Hello::Broken }, taken));
        }
        if !take(from, &mut taken, 4)? {
            return Ok((Hello::Broken, taken));
        }
        let length = usize::from(u16::from_be_bytes([taken[start + 3], taken[start + 4]]));
        if length == 0 || taken.len() + length > LONGEST || !take(from, &mut taken, length)? {
            return Ok((Hello::Broken, taken));
        }
        // One message may be cut into several records.
        said.extend_from_slice(&taken[start + 5..]);
        if let Some(hello) = whole(&said) {
            return Ok((hello, taken));
        }
    }
}

/// Takes so many more bytes; false if there are not as many.
fn take(from: &mut impl Read, taken: &mut Vec<u8>, count: usize) -> io::Result<bool> {
    let before = taken.len();
    from.take(count as u64).read_to_end(taken)?;
    Ok(taken.len() == before + count)
}

/// `None` while part of the message is missing.
fn whole(said: &[u8]) -> Option<Hello> {
    if said.first().is_some_and(|kind| *kind != CLIENT_HELLO) {
        return Some(Hello::Broken);
    }
    let length = usize::from(*said.get(1)?) << 16 | usize::from(*said.get(2)?) << 8 | usize::from(*said.get(3)?);
    if length > LONGEST {
        return Some(Hello::Broken);
    }
    let body = said.get(4..4 + length)?;
    Some(name(body).unwrap_or(Hello::Broken))
}

fn name(mut body: &[u8]) -> Option<Hello> {
    // Version and random.
    body = body.get(2 + 32..)?;
    // Session, ciphers, compressions.
    counted(&mut body, 1)?;
    counted(&mut body, 2)?;
    counted(&mut body, 1)?;
    if body.is_empty() {
        return Some(Hello::Nameless);
    }
    let mut extensions = counted(&mut body, 2)?;
    let mut found = Hello::Nameless;
    while !extensions.is_empty() {
        let (kind, rest) = extensions.split_first_chunk::<2>()?;
        extensions = rest;
        let mut data = counted(&mut extensions, 2)?;
        if u16::from_be_bytes(*kind) != SERVER_NAME {
            continue;
        }
        let mut list = counted(&mut data, 2)?;
        // The only kind there is: the name of a host; and one of them.
        let (0, rest) = list.split_first()? else { return None };
        list = rest;
        let name = std::str::from_utf8(counted(&mut list, 2)?).ok()?;
        if found != Hello::Nameless || !list.is_empty() {
            return None;
        }
        found = Hello::Name(name.to_ascii_lowercase());
    }
    Some(found)
}

/// Bytes preceded by their number, which is so many bytes itself.
fn counted<'a>(bytes: &mut &'a [u8], width: usize) -> Option<&'a [u8]> {
    let (count, rest) = bytes.split_at_checked(width)?;
    let count = count.iter().fold(0, |count, byte| count << 8 | usize::from(*byte));
    let (counted, rest) = rest.split_at_checked(count)?;
    *bytes = rest;
    Some(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message with these names, as `openssl` lays one out.
    fn hello(names: &[&str]) -> Vec<u8> {
        let counted = |width: usize, bytes: &[u8]| [&bytes.len().to_be_bytes()[8 - width..], bytes].concat();
        let mut extensions = [&[0, 43][..], &counted(2, &[2, 3, 4])].concat();
        for name in names {
            let list = counted(2, &[&[0][..], &counted(2, name.as_bytes())].concat());
            extensions.extend([&[0, 0][..], &counted(2, &list)].concat());
        }
        let body =
            [&[3, 3][..], &[7; 32], &counted(1, &[9; 32]), &counted(2, &[19, 1]), &[1, 0], &counted(2, &extensions)];
        [&[CLIENT_HELLO][..], &counted(3, &body.concat())].concat()
    }

    fn records(message: &[u8], size: usize) -> Vec<u8> {
        let records = message
            .chunks(size)
            .map(|part| [&[HANDSHAKE, 3, 1][..], &(part.len() as u16).to_be_bytes(), part].concat());
        records.collect::<Vec<_>>().concat()
    }

    fn said(bytes: &[u8]) -> Hello {
        let mut rest = bytes;
        let (hello, taken) = read(&mut rest).unwrap();
        assert_eq!([&taken[..], rest].concat(), bytes);
        hello
    }

    #[test]
    fn the_name_is_found_however_it_is_cut() {
        let message = hello(&["API.example.com"]);
        for size in [1, 3, 50, 16_384] {
            let mut bytes = records(&message, size);
            bytes.extend(b"more");
            assert_eq!(said(&bytes), Hello::Name("api.example.com".into()), "{size}");
        }
        assert_eq!(said(&records(&hello(&[]), 999)), Hello::Nameless);
        assert_eq!(said(b"GET / HTTP/1.1\r\n\r\n"), Hello::Other);
        assert_eq!(said(b""), Hello::Other);
        // Words of TLS in front of the name, which some servers pass over.
        let alert = [&[21, 3, 1, 0, 2, 1, 90][..], &records(&message, 999)].concat();
        assert_eq!(said(&alert), Hello::Broken);
    }

    #[test]
    fn what_only_looks_like_it_is_told_apart() {
        let whole = records(&hello(&["api.example.com"]), 40);
        for cut in 1..whole.len() {
            assert_eq!(said(&whole[..cut]), Hello::Broken, "{cut}");
        }
        assert_eq!(said(&records(&hello(&["a.example.com", "b.example.com"]), 999)), Hello::Broken);
        assert_eq!(said(&[HANDSHAKE, 3, 1, 0, 0]), Hello::Broken);
        assert_eq!(said(&records(&[2, 0, 0, 0], 9)), Hello::Broken);
        assert_eq!(said(&records(&[CLIENT_HELLO, 255, 255, 255], 9)), Hello::Broken);
        assert_eq!(said(&records(&[CLIENT_HELLO, 0, 0, 3, 1, 2, 3], 9)), Hello::Broken);
    }
}
