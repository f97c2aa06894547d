//! Names of packages and images, with their versions.

use super::words::Word;
use super::{Ecosystem, Package, Payload};

/// An npm spec as `npm-package-arg` reads it. A folder or file is a script.
pub(super) fn npm(word: &Word) -> Payload {
    let text = word.text.as_str();
    let local = ["./", "../", "/", "~/", "file:", ".\\", "..\\", "\\\\"];
    if matches!(text, "." | "..") || local.iter().any(|start| text.starts_with(start)) || super::paths::has_drive(text)
    {
        return Payload::Script { word: Some(word.at) };
    }
    if is_source(text) || is_shorthand(text) {
        return git(word);
    }
    let (name, version) = match text.get(1..).and_then(|rest| rest.find('@')) {
        Some(at) => (&text[..at + 1], &text[at + 2..]),
        None => (text, ""),
    };
    if !is_npm_name(name) {
        return Payload::Opaque("what it fetches is not named plainly".to_owned());
    }
    // `alias@npm:real@1`: what is fetched is the real one.
    if let Some(real) = version.strip_prefix("npm:") {
        let start = text.len() - real.len();
        return if real.contains("npm:") {
            Payload::Opaque("an alias of an alias".to_owned())
        } else {
            npm(&word.from(start))
        };
    }
    if is_source(version) || version.starts_with("file:") || is_shorthand(version) {
        return git(word);
    }
    package(word, Ecosystem::Npm, name, version, is_exact(version))
}

/// A repository or archive. The whole spec is its name, its commit included.
pub(super) fn git(word: &Word) -> Payload {
    let text = word.text.as_str();
    let reference = text.rsplit_once(['#', '@']).map_or("", |(_, reference)| reference);
    let commit = reference.split(['&', '?']).next().unwrap_or("");
    Payload::Package(Package {
        ecosystem: Ecosystem::Git,
        name: text.to_owned(),
        version: None,
        pinned: commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()),
        word: word.at,
    })
}

/// A PEP 508 requirement, or `name@version` as uvx takes it.
pub(super) fn python(word: &Word) -> Payload {
    let text = word.text.trim();
    let folders = ["./", "../", "/", "~/", "file:", ".\\", "..\\"];
    if matches!(text, "." | "..")
        || folders.iter().any(|start| text.starts_with(start))
        || super::paths::has_drive(text)
    {
        return Payload::Script { word: Some(word.at) };
    }
    if is_source(text) {
        return git(word);
    }
    if text.ends_with(".whl") || text.ends_with(".tar.gz") {
        return Payload::Script { word: Some(word.at) };
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Payload::Opaque("what it fetches is not named plainly".to_owned());
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[').and_then(|extras| extras.split_once(']')) {
        Some((_, rest)) => rest.trim_start(),
        None => rest,
    };
    let rest = rest.split(';').next().unwrap_or("").trim();
    let rest = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(rest);
    if let Some(at) = rest.strip_prefix('@') {
        let at = at.trim();
        if is_source(at) || at.starts_with("file:") {
            return git(word);
        }
        return pypi(word, name, at, is_pep440(at));
    }
    match rest.strip_prefix("===").or_else(|| rest.strip_prefix("==")) {
        Some(exact) if !exact.contains(',') => {
            let exact = exact.trim();
            pypi(word, name, exact, is_pep440(exact))
        }
        _ if rest.is_empty() || ["==", "<", ">", "!=", "~="].iter().any(|sign| rest.starts_with(sign)) => {
            pypi(word, name, rest, false)
        }
        _ => Payload::Opaque("what it fetches is not named plainly".to_owned()),
    }
}

fn pypi(word: &Word, name: &str, version: &str, pinned: bool) -> Payload {
    package(word, Ecosystem::Pypi, name, version, pinned)
}

/// A NuGet package; `[1.2.3]` is the exact version, `1.2.3` too as `dnx` takes it.
pub(super) fn nuget(word: &Word, name: &str, version: &str) -> Payload {
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !plain(name) {
        return Payload::Opaque("what it fetches is not named plainly".to_owned());
    }
    let bare = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(version);
    package(word, Ecosystem::Nuget, name, version, is_numbered(bare))
}

/// `group:artifact[:version]`.
pub(super) fn maven(word: &Word) -> Option<Payload> {
    let mut parts = word.text.splitn(3, ':');
    let (group, artifact) = (parts.next()?, parts.next()?);
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !plain(group) || !plain(artifact) || !group.contains('.') {
        return None;
    }
    let version = parts.next().unwrap_or("");
    let name = format!("{group}:{artifact}");
    Some(package(word, Ecosystem::Maven, &name, version, is_numbered(version) && !version.ends_with("-SNAPSHOT")))
}

/// `@scope/name[@version]`, what stands behind `jsr:`.
pub(super) fn jsr(word: &Word) -> Payload {
    match npm(word) {
        Payload::Package(package) => Payload::Package(Package { ecosystem: Ecosystem::Jsr, ..package }),
        other => other,
    }
}

/// Two to four numbers, with what may follow them.
fn is_numbered(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or("");
    let numbers: Vec<&str> = core.split('.').collect();
    (2..=4).contains(&numbers.len())
        && numbers.iter().all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c))
}

fn package(word: &Word, ecosystem: Ecosystem, name: &str, version: &str, pinned: bool) -> Payload {
    let version = Some(version).filter(|version| !version.is_empty()).map(str::to_owned);
    Payload::Package(Package { ecosystem, name: name.to_owned(), version, pinned, word: word.at })
}

/// `[domain/]path[:tag][@digest]`; only a digest is a pin.
pub(super) fn image(word: &Word) -> Payload {
    let text = word.text.as_str();
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    // A colon before the last slash is a registry's port.
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest[slash..].find(':') {
        Some(at) => (&rest[..slash + at], Some(&rest[slash + at + 1..])),
        None => (rest, None),
    };
    let sound = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if name.is_empty() || !name.chars().all(sound) || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Payload::Opaque("its image is not named plainly".to_owned());
    }
    let hex = digest.and_then(|digest| digest.strip_prefix("sha256:"));
    Payload::Package(Package {
        ecosystem: Ecosystem::Docker,
        name: name.to_owned(),
        version: digest.or(tag).map(str::to_owned),
        pinned: hex.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit())),
        word: word.at,
    })
}

/// A repository or archive by its URL or host prefix.
pub(super) fn is_source(text: &str) -> bool {
    const STARTS: &[&str] = &[
        "git+",
        "git:",
        "git@",
        "hg+",
        "bzr+",
        "svn+",
        "http://",
        "https://",
        "ssh://",
        "github:",
        "gitlab:",
        "bitbucket:",
        "gist:",
    ];
    STARTS.iter().any(|start| text.starts_with(start))
}

/// `owner/repo`: GitHub, as npm reads it.
fn is_shorthand(text: &str) -> bool {
    let path = text.split('#').next().unwrap_or(text);
    let sound = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    !text.starts_with('@') && path.split_once('/').is_some_and(|(owner, name)| sound(owner) && sound(name))
}

fn is_npm_name(name: &str) -> bool {
    let sound = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && part.chars().all(|c| c.is_alphanumeric() || "-_.~".contains(c))
    };
    match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, name)| sound(scope) && sound(name)),
        None => sound(name),
    }
}

/// `1.2.3`, `v1.2.3-beta.1+5`: one version, no range.
pub(super) fn is_exact(version: &str) -> bool {
    let version = version.trim_start_matches(['=', 'v']);
    let core = version.split(['-', '+']).next().unwrap_or("");
    let mut parts = core.split('.');
    let number = |part: Option<&str>| part.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    number(parts.next())
        && number(parts.next())
        && number(parts.next())
        && parts.next().is_none()
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".-+".contains(c))
}

/// One version as PEP 440 writes it, no wildcard.
fn is_pep440(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit() || c == 'v')
        && version.contains(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_alphanumeric() || ".!+-_".contains(c))
}
