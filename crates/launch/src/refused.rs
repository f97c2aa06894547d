//! What fenced servers tried to reach and may not, kept for the user to see.
//!
//! One file for each profile, written by the launcher and read by the window.
//! A hostile server chooses what stands in it: names of hosts only, few, and
//! nothing else of what it sent.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::host::Host;
use crate::id::ProfileId;
use crate::state::State;

/// More than anyone reads; of too many, those that were tried least go first, so
/// that names made up by the hundred push out none that is tried again and again.
const MOST: usize = 100;

/// A host that a server may not reach, and tried to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedHost {
    /// Lower case, without a dot at its end; can be allowed as it is.
    pub host: String,
    /// 443 if only the name was looked up.
    pub port: u16,
    pub times: u64,
    /// Seconds since 1970.
    pub last: u64,
}

/// Those of one profile, most often first; none when nothing was refused yet.
/// `InvalidData` when another user could have written the file.
pub fn read(state: &State, id: &ProfileId) -> io::Result<Vec<RefusedHost>> {
    let mut hosts: Vec<RefusedHost> = disk::read_note(&file(state, id))?.unwrap_or_default();
    hosts.retain(|refused| is_name(&refused.host) && refused.port != 0);
    hosts.truncate(MOST);
    hosts.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| b.last.cmp(&a.last)).then_with(|| a.host.cmp(&b.host)));
    Ok(hosts)
}

/// Forgets them. What was never there is forgotten already.
pub fn forget(state: &State, id: &ProfileId) -> io::Result<()> {
    disk::forget(&file(state, id))
}

/// Adds to what is kept. What is damaged is begun anew: it is a note, not a
/// decision. Two launchers at the same moment may lose a count.
#[cfg(target_os = "linux")]
pub(crate) fn add(state: &State, id: &ProfileId, more: &[RefusedHost]) -> io::Result<()> {
    let mut hosts = read(state, id).unwrap_or_default();
    for new in more.iter().filter(|new| is_name(&new.host)) {
        match hosts.iter_mut().find(|old| (&old.host, old.port) == (&new.host, new.port)) {
            Some(old) => {
                old.times = old.times.saturating_add(new.times);
                old.last = old.last.max(new.last);
            }
            None => hosts.push(new.clone()),
        }
    }
    hosts.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| b.last.cmp(&a.last)));
    hosts.truncate(MOST);
    disk::write_note(&file(state, id), &hosts)
}

/// Whether it can be allowed as it stands.
pub(crate) fn is_name(host: &str) -> bool {
    !host.contains([':', '*']) && host.parse::<Host>().is_ok_and(|parsed| parsed.to_string() == host)
}

fn file(state: &State, id: &ProfileId) -> PathBuf {
    state.refused().join(format!("{}.json", id.as_str()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use super::*;

    fn refused(host: &str, port: u16, times: u64, last: u64) -> RefusedHost {
        RefusedHost { host: host.into(), port, times, last }
    }

    #[test]
    fn what_was_refused_is_counted_and_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        state.create().unwrap();
        let id = ProfileId::new("demo", [0; 16]);
        assert_eq!(read(&state, &id).unwrap(), []);
        forget(&state, &id).unwrap();
        add(&state, &id, &[refused("a.example.com", 443, 1, 10), refused("b.example.com", 80, 1, 20)]).unwrap();
        add(&state, &id, &[refused("b.example.com", 80, 2, 30), refused("b.example.com", 443, 1, 5)]).unwrap();
        let expected = [refused("b.example.com", 80, 3, 30), refused("a.example.com", 443, 1, 10)];
        assert_eq!(read(&state, &id).unwrap()[..2], expected);
        forget(&state, &id).unwrap();
        assert_eq!(read(&state, &id).unwrap(), []);
    }

    #[test]
    fn only_names_and_not_too_many_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        state.create().unwrap();
        let id = ProfileId::new("demo", [0; 16]);
        let names =
            ["", "a b.com", "*.example.com", "a.example.com:80", "10.0.0.1", "::1", "A.example.com", "x\u{202e}.com"];
        add(&state, &id, &names.map(|name| refused(name, 443, 1, 1))).unwrap();
        assert_eq!(read(&state, &id).unwrap(), []);
        let many: Vec<_> = (0..500).map(|n| refused(&format!("n{n}.example.com"), 443, 1, n)).collect();
        add(&state, &id, &many).unwrap();
        let kept = read(&state, &id).unwrap();
        assert_eq!((kept.len(), kept[0].host.as_str()), (100, "n499.example.com"));

        // A flood of new ones leaves what is tried again and again.
        add(&state, &id, &[refused("api.example.com", 443, 2, 1)]).unwrap();
        let flood: Vec<_> = (0..500).map(|n| refused(&format!("m{n}.example.com"), 443, 1, 1000 + n)).collect();
        add(&state, &id, &flood).unwrap();
        let kept = read(&state, &id).unwrap();
        assert_eq!((kept.len(), kept[0].host.as_str()), (100, "api.example.com"));

        // What somebody else wrote is read with the same eyes.
        let path = file(&state, &id);
        let written = r#"[{"host":"\u001b[2J","port":443,"times":9,"last":1},{"host":"ok.example.com","port":1,"times":1,"last":1}]"#;
        fs::write(&path, written).unwrap();
        assert_eq!(read(&state, &id).unwrap(), [refused("ok.example.com", 1, 1, 1)]);
        fs::write(&path, "[").unwrap();
        assert_eq!(read(&state, &id).unwrap_err().kind(), io::ErrorKind::InvalidData);
        add(&state, &id, &[refused("ok.example.com", 2, 1, 1)]).unwrap();
        assert_eq!(read(&state, &id).unwrap().len(), 1);
    }
}
