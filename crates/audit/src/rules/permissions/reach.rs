//! How much of a computer lies below a path: told from its text alone.

use std::path::Path;

use crate::clients::Os;

/// A path that is broader than any project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// A folder of the system with everything in it: `/etc`, `C:\Windows`.
    System,
    /// One whole home folder.
    Home,
    /// The folder of all homes, or another parent of the user's.
    Homes,
    /// A whole disk or drive.
    Disk,
}

/// Spellings of the home folder that a client, a shell or a server expands.
const HOME: [&str; 10] = [
    "%HOMEDRIVE%%HOMEPATH%",
    "%USERPROFILE%",
    "${env:HOME}",
    "${env:USERPROFILE}",
    "${HOME}",
    "${USERPROFILE}",
    "${userHome}",
    "$env:USERPROFILE",
    "$HOME",
    "~",
];

/// Folders beside the homes that are nobody's home.
const NO_HOME: [&str; 5] = ["all users", "default", "linuxbrew", "public", "shared"];

/// Folders of the system that hold the settings or the data of everybody.
const SYSTEM: [&str; 20] = [
    "applications",
    "boot",
    "dev",
    "etc",
    "lib",
    "library",
    "private",
    "private/etc",
    "private/var",
    "proc",
    "program files",
    "program files (x86)",
    "programdata",
    "run",
    "sys",
    "system",
    "usr",
    "var",
    "var/lib",
    "windows",
];

/// `None` for a narrower path, a relative one, and one that starts with a
/// variable whose value is not known here.
pub(crate) fn reach(path: &str, os: Os, home: &Path) -> Option<Reach> {
    let below = absolute(path, os, home)?;
    let home = steps(&home.to_string_lossy().replace('\\', "/"), os).unwrap_or_default();

    let below: Vec<&str> = below.iter().map(String::as_str).collect();
    match below.as_slice() {
        [] => Some(Reach::Disk),
        // Where every other disk is.
        [disks] if ["mnt", "media", "volumes"].contains(&disks.to_lowercase().as_str()) => Some(Reach::Disk),
        [homes] if is_homes(homes) => Some(Reach::Homes),
        [homes, name] if is_homes(homes) && !NO_HOME.contains(&name.to_lowercase().as_str()) => Some(Reach::Home),
        ["root"] => Some(Reach::Home),
        _ if below == home => Some(Reach::Home),
        _ if home.len() > below.len() && home.iter().zip(&below).all(|(a, b)| a == b) => Some(Reach::Homes),
        _ if below.len() <= 2 && SYSTEM.contains(&below.join("/").to_lowercase().as_str()) => Some(Reach::System),
        _ => None,
    }
}

/// The steps below a home, whosever it is, in small letters; `None` for a path
/// that leads elsewhere, and empty for a home itself.
pub(super) fn below_home(path: &str, os: Os, home: &Path) -> Option<Vec<String>> {
    let below: Vec<String> = absolute(path, os, home)?;
    let home = steps(&home.to_string_lossy().replace('\\', "/"), os).unwrap_or_default();
    let own = !home.is_empty() && below.starts_with(&home);
    let skipped = match below.first().map(String::as_str) {
        _ if own => home.len(),
        Some("root") => 1,
        Some(homes) if is_homes(homes) && below.len() > 1 => 2,
        _ => return None,
    };
    Some(below[skipped..].iter().map(|step| step.to_lowercase()).collect())
}

/// The steps of a path below its root, a spelling of the home folder filled in.
fn absolute(path: &str, os: Os, home: &Path) -> Option<Vec<String>> {
    let path = path.trim().replace('\\', "/");
    let path = path.strip_prefix("file://").unwrap_or(&path);
    match after_home(path) {
        Some(rest) => steps(&format!("{}{rest}", home.to_string_lossy().replace('\\', "/")), os),
        None => steps(path, os),
    }
}

/// What follows a spelling of the home folder: nothing, or `/…`.
fn after_home(path: &str) -> Option<&str> {
    HOME.iter().find_map(|spelling| {
        let head = path.get(..spelling.len())?;
        let rest = &path[spelling.len()..];
        (head.eq_ignore_ascii_case(spelling) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
    })
}

fn is_homes(step: &str) -> bool {
    step.eq_ignore_ascii_case("home") || step.eq_ignore_ascii_case("users")
}

/// The steps of an absolute path below its root or drive, `.` and `..` taken
/// away; `None` for a relative path.
fn steps(path: &str, os: Os) -> Option<Vec<String>> {
    // `/C:/` as in a file URL.
    let path = path.strip_prefix('/').filter(|rest| drive(rest).is_some()).unwrap_or(path);
    let (rest, folded) = match drive(path) {
        Some(rest) => (rest, true),
        None => (path.strip_prefix('/')?, os != Os::Linux),
    };
    let mut steps: Vec<String> = Vec::new();
    for step in rest.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step if folded => steps.push(step.to_lowercase()),
            step => steps.push(step.to_owned()),
        }
    }
    // A drive as WSL shows it, and the data volume of macOS.
    if steps.len() >= 2 && steps[0] == "mnt" && steps[1].len() == 1 {
        steps.drain(..2);
        steps.iter_mut().for_each(|step| *step = step.to_lowercase());
    } else if folded && steps.starts_with(&["system".to_owned(), "volumes".to_owned(), "data".to_owned()]) {
        steps.drain(..3);
    }
    Some(steps)
}

/// What follows `C:`, if that is all of it or a slash follows.
fn drive(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(|letter: char| letter.is_ascii_alphabetic())?.strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(os: Os, path: &str) -> Option<Reach> {
        let home = match os {
            Os::Linux => "/home/ana",
            Os::Macos => "/Users/ana",
            Os::Windows => r"C:\Users\ana",
        };
        reach(path, os, Path::new(home))
    }

    #[test]
    fn broad_paths_are_told_by_their_text() {
        for (os, path, expected) in [
            (Os::Linux, "/", Reach::Disk),
            (Os::Linux, "//", Reach::Disk),
            (Os::Linux, "/home/..", Reach::Disk),
            (Os::Linux, "file:///", Reach::Disk),
            (Os::Linux, "/mnt/c", Reach::Disk),
            (Os::Linux, "/mnt", Reach::Disk),
            (Os::Macos, "/Volumes", Reach::Disk),
            (Os::Linux, "/var", Reach::System),
            (Os::Linux, "/etc/", Reach::System),
            (Os::Macos, "/private/etc", Reach::System),
            (Os::Windows, r"C:\Windows", Reach::System),
            (Os::Linux, "/mnt/c/Users/Ana", Reach::Home),
            (Os::Linux, "/home", Reach::Homes),
            (Os::Linux, "/home/", Reach::Homes),
            (Os::Linux, "/home/ana", Reach::Home),
            (Os::Linux, "/home/ana/code/..", Reach::Home),
            (Os::Linux, "/home/someone", Reach::Home),
            (Os::Linux, "/root", Reach::Home),
            (Os::Linux, "~", Reach::Home),
            (Os::Linux, "~/", Reach::Home),
            (Os::Linux, "~/..", Reach::Homes),
            (Os::Linux, "$HOME", Reach::Home),
            (Os::Linux, "${userHome}", Reach::Home),
            (Os::Linux, "${env:HOME}/.", Reach::Home),
            (Os::Macos, "/Users", Reach::Homes),
            (Os::Macos, "/users/Ana", Reach::Home),
            (Os::Macos, "/System/Volumes/Data", Reach::Disk),
            (Os::Windows, r"C:\", Reach::Disk),
            (Os::Windows, "c:/", Reach::Disk),
            (Os::Windows, "D:", Reach::Disk),
            (Os::Windows, r"C:\Users", Reach::Homes),
            (Os::Windows, r"c:\users\ANA\", Reach::Home),
            (Os::Windows, "%UserProfile%", Reach::Home),
            (Os::Windows, "file:///C:/Users/ana", Reach::Home),
        ] {
            assert_eq!(of(os, path), Some(expected), "{path}");
        }
    }

    #[test]
    fn narrow_relative_and_unknown_paths_are_not_broad() {
        for (os, path) in [
            (Os::Linux, "/home/ana/code"),
            (Os::Linux, "~/code"),
            (Os::Linux, "~ana"),
            (Os::Linux, "."),
            (Os::Linux, "./"),
            (Os::Linux, ""),
            (Os::Linux, "/srv"),
            (Os::Linux, "/opt"),
            (Os::Linux, "/workspace"),
            (Os::Linux, "/var/www"),
            (Os::Linux, "/etc/nginx"),
            (Os::Linux, "/home/linuxbrew"),
            (Os::Linux, "/mnt/data"),
            (Os::Linux, "${workspaceFolder}"),
            (Os::Linux, "${env:PROJECT}"),
            (Os::Linux, "$HOMEPAGE"),
            (Os::Macos, "/Users/Shared"),
            (Os::Windows, r"C:\Users\Public"),
            (Os::Windows, r"C:\work"),
            (Os::Windows, r"%USERPROFILE%\Documents"),
        ] {
            assert_eq!(of(os, path), None, "{path}");
        }
    }

    #[test]
    fn what_is_below_a_home_is_told_from_it() {
        let home = Path::new("/home/ana");
        let below = |path: &str| below_home(path, Os::Linux, home).map(|steps| steps.join("/"));
        assert_eq!(below("~/.ssh/").as_deref(), Some(".ssh"));
        assert_eq!(below("/home/bob/.Config/x").as_deref(), Some(".config/x"));
        assert_eq!(below("/root/.kube/config").as_deref(), Some(".kube/config"));
        assert_eq!(below("/mnt/c/Users/Ana/.ssh").as_deref(), Some(".ssh"));
        assert_eq!(below("$HOME").as_deref(), Some(""));
        assert_eq!(below("/srv/.ssh"), None);
        assert_eq!(below(".ssh"), None);
    }

    #[test]
    fn a_parent_of_an_unusual_home_is_broad() {
        let home = Path::new("/var/people/ana");
        assert_eq!(reach("/var/people/ana", Os::Linux, home), Some(Reach::Home));
        assert_eq!(reach("/var", Os::Linux, home), Some(Reach::Homes));
        assert_eq!(reach("/var/www", Os::Linux, home), None);
    }
}
