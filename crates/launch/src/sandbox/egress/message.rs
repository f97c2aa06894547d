//! DNS messages (RFC 1035), as little of them as names to addresses needs.
//!
//! Written by strangers on both sides: read within bounds, in linear time,
//! and nothing that is not understood is passed on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Types of records.
pub(super) const A: u16 = 1;
pub(super) const AAAA: u16 = 28;
const CNAME: u16 = 5;
/// The class of the internet.
const IN: u16 = 1;

/// Bits of the second word.
const RESPONSE: u16 = 0x8000;
const OPCODE: u16 = 0x7800;
const TRUNCATED: u16 = 0x0200;
const RECURSION_DESIRED: u16 = 0x0100;
const RECURSION_AVAILABLE: u16 = 0x0080;

const HEADER: usize = 12;

/// With these, the longest name fits into 512 bytes, which all resolvers take.
pub(super) const MOST_ADDRESSES: usize = 8;

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Found = 0,
    Failed = 2,
    NoSuchName = 3,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) id: u16,
    /// Lower case, without a dot at its end.
    pub(super) name: String,
    pub(super) kind: u16,
}

/// What a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Found(Vec<IpAddr>),
    NoSuchName,
    /// It is longer than a datagram; ask again by TCP.
    Truncated,
    /// It cannot or will not say.
    Failed,
}

impl Question {
    /// As it is sent; `None` for what is no name of the DNS.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(HEADER + self.name.len() + 6);
        for word in [self.id, RECURSION_DESIRED, 1, 0, 0, 0] {
            bytes.extend(word.to_be_bytes());
        }
        put_name(&mut bytes, &self.name)?;
        bytes.extend(self.kind.to_be_bytes());
        bytes.extend(IN.to_be_bytes());
        Some(bytes)
    }

    /// What a program asks. `None`: nothing that can be answered.
    pub(super) fn decode(bytes: &[u8]) -> Option<Question> {
        let (id, flags, questions) = (word(bytes, 0)?, word(bytes, 2)?, word(bytes, 4)?);
        if flags & (RESPONSE | OPCODE) != 0 || questions != 1 {
            return None;
        }
        let (name, at) = get_name(bytes, HEADER)?;
        (word(bytes, at + 2)? == IN).then_some(())?;
        Some(Question { id, name, kind: word(bytes, at)? })
    }

    /// The answer to it, with addresses of the kind that it asks for.
    pub(super) fn answer(&self, code: Code, addresses: &[IpAddr]) -> Option<Vec<u8>> {
        // Seconds; what is learned anew then is where the name leads by then.
        const LIFETIME: u32 = 60;
        let fitting = addresses.iter().filter(|address| kind_of(**address) == self.kind).take(MOST_ADDRESSES);
        let fitting: Vec<IpAddr> = fitting.copied().collect();
        let mut bytes = self.encode()?;
        let flags = RESPONSE | RECURSION_DESIRED | RECURSION_AVAILABLE | code as u16;
        bytes[2..4].copy_from_slice(&flags.to_be_bytes());
        let count = u16::try_from(fitting.len()).expect("a few");
        bytes[6..8].copy_from_slice(&count.to_be_bytes());
        for address in fitting {
            // The name of the question.
            bytes.extend([0xc0, HEADER as u8]);
            bytes.extend([self.kind.to_be_bytes(), IN.to_be_bytes()].concat());
            bytes.extend(LIFETIME.to_be_bytes());
            let octets = match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            };
            bytes.extend([0, octets.len() as u8]);
            bytes.extend(octets);
        }
        Some(bytes)
    }

    /// Reads what came back. `None`: it is no answer to this question.
    pub(super) fn read_answer(&self, bytes: &[u8]) -> Option<Answer> {
        let (id, flags, questions) = (word(bytes, 0)?, word(bytes, 2)?, word(bytes, 4)?);
        if id != self.id || flags & RESPONSE == 0 {
            return None;
        }
        if questions != 1 {
            return Some(Answer::Failed);
        }
        let (name, mut at) = get_name(bytes, HEADER)?;
        if name != self.name || word(bytes, at)? != self.kind || word(bytes, at + 2)? != IN {
            return None;
        }
        at += 4;
        match flags & 0xf {
            0 if flags & TRUNCATED != 0 => return Some(Answer::Truncated),
            0 => {}
            3 => return Some(Answer::NoSuchName),
            _ => return Some(Answer::Failed),
        }
        let (mut found, mut owner) = (Vec::new(), name);
        for _ in 0..word(bytes, 6)? {
            let Some((name, kind, data)) = record(bytes, &mut at) else { return Some(Answer::Failed) };
            if name != owner {
                continue;
            }
            let octets = &bytes[data.clone()];
            if kind == CNAME {
                // Servers give a chain of names in its order.
                let Some((target, _)) = get_name(bytes, data.start) else { return Some(Answer::Failed) };
                owner = target;
            } else if kind == self.kind {
                let v4 = <[u8; 4]>::try_from(octets).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
                let v6 = <[u8; 16]>::try_from(octets).map(|octets| IpAddr::from(Ipv6Addr::from(octets)));
                found.extend(if kind == A { v4 } else { v6 });
            }
        }
        Some(Answer::Found(found))
    }
}

fn kind_of(address: IpAddr) -> u16 {
    if address.is_ipv4() { A } else { AAAA }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// One record: its owner, kind, and where its data are.
fn record(bytes: &[u8], at: &mut usize) -> Option<(String, u16, std::ops::Range<usize>)> {
    let (name, after) = get_name(bytes, *at)?;
    let (kind, length) = (word(bytes, after)?, usize::from(word(bytes, after + 8)?));
    let data = after + 10..after + 10 + length;
    bytes.get(data.clone())?;
    *at = data.end;
    Some((name, kind, data))
}

fn put_name(bytes: &mut Vec<u8>, name: &str) -> Option<()> {
    if name.is_empty() || name.len() > 253 {
        return None;
    }
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        bytes.push(length);
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    Some(())
}

/// A name and where what follows it begins. Names of hosts only: letters,
/// digits, `-` and `_`.
fn get_name(bytes: &[u8], mut at: usize) -> Option<(String, usize)> {
    let (mut name, mut after) = (String::new(), None);
    // Each pointer leads backwards, so this ends.
    loop {
        let length = *bytes.get(at)?;
        match length >> 6 {
            0 if length == 0 => break,
            0 => {
                let label = bytes.get(at + 1..at + 1 + usize::from(length))?;
                let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                if !label.iter().all(plain) || name.len() + label.len() > 253 {
                    return None;
                }
                if !name.is_empty() {
                    name.push('.');
                }
                name.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
                at += 1 + label.len();
            }
            3 => {
                let target = usize::from(word(bytes, at)? & 0x3fff);
                after.get_or_insert(at + 2);
                if target >= at {
                    return None;
                }
                at = target;
            }
            _ => return None,
        }
    }
    (!name.is_empty()).then(|| (name, after.unwrap_or(at + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: u16) -> Question {
        Question { id: 0x1234, name: "api.example.com".into(), kind }
    }

    #[test]
    fn what_is_asked_is_answered() {
        let addresses: [IpAddr; 3] = ["1.2.3.4", "2606:4700::1", "5.6.7.8"].map(|text| text.parse().unwrap());
        for (kind, expected) in [(A, vec![addresses[0], addresses[2]]), (AAAA, vec![addresses[1]]), (16, vec![])] {
            let question = question(kind);
            assert_eq!(Question::decode(&question.encode().unwrap()), Some(question.clone()));
            let answer = question.answer(Code::Found, &addresses).unwrap();
            assert_eq!(question.read_answer(&answer), Some(Answer::Found(expected)));
            let other = Question { id: 1, ..question.clone() };
            assert_eq!(other.read_answer(&answer), None);
            let other = Question { name: "b.example.com".into(), ..question.clone() };
            assert_eq!(other.read_answer(&answer), None);
            for cut in 0..answer.len() {
                assert!(!matches!(question.read_answer(&answer[..cut]), Some(Answer::Found(all)) if all.len() > 1));
            }
        }
        let none = question(A).answer(Code::NoSuchName, &[]).unwrap();
        assert_eq!(question(A).read_answer(&none), Some(Answer::NoSuchName));
        let most = [addresses[1]; 20];
        let longest = Question { id: 1, name: [["a"; 63].concat().as_str(); 4].join(".")[..253].into(), kind: AAAA };
        assert!(longest.answer(Code::Found, &most).unwrap().len() <= 512);
    }

    #[test]
    fn a_chain_of_names_is_followed_and_others_are_not() {
        let question = question(A);
        let mut bytes = question.answer(Code::Found, &[]).unwrap();
        bytes[6..8].copy_from_slice(&3u16.to_be_bytes());
        let record = |bytes: &mut Vec<u8>, owner: &[u8], kind: u16, data: &[u8]| {
            bytes.extend(owner);
            bytes.extend([kind.to_be_bytes(), IN.to_be_bytes()].concat());
            bytes.extend([0, 0, 0, 9, 0, data.len() as u8]);
            bytes.extend(data);
        };
        record(&mut bytes, &[0xc0, 12], CNAME, &[1, b'x', 0xc0, 16]);
        record(&mut bytes, &[1, b'y', 0xc0, 16], A, &[6, 6, 6, 6]);
        record(&mut bytes, &[1, b'X', 0xc0, 16], A, &[9, 9, 9, 9]);
        assert_eq!(question.read_answer(&bytes), Some(Answer::Found(vec!["9.9.9.9".parse().unwrap()])));
    }

    #[test]
    fn what_is_no_question_gets_no_answer() {
        let good = question(A).encode().unwrap();
        for cut in 0..good.len() {
            assert_eq!(Question::decode(&good[..cut]), None);
        }
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            Question::decode(&bytes)
        };
        assert_eq!(with(2, 0x81), None, "an answer");
        assert_eq!(with(2, 0x28), None, "an update");
        assert_eq!(with(5, 2), None, "two questions");
        assert_eq!(with(12, 0xc0), None, "a pointer to itself");
        assert_eq!(with(14, b'\n'), None, "no name of a host");
        assert_eq!(with(good.len() - 1, 3), None, "another class");
    }
}
