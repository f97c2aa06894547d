//! What a profile's fence allows, in words; and what differs between two.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use humantime::format_rfc3339_seconds;
use warder_launch::made::Made;
use warder_launch::profile::Profile;
use warder_launch::refused::RefusedHost;
use warder_launch::sandbox::{Engine, Grant, Network};

use crate::api::{EngineName, NetworkChoice, Permissions, PermissionsChange, Refused};
use crate::env::Env;
use crate::redact::line;

/// `None` where the profile has no fence. Looks nothing up.
pub fn permissions(env: &Env, profile: &Profile) -> Option<Permissions> {
    let sandbox = profile.sandbox.as_ref()?;
    let shown = |grants: &[Grant]| grants.iter().map(|grant| line(&env.shown(&grant.path))).collect();
    let (network, reach) = match &sandbox.network {
        Network::None => (NetworkChoice::None, Vec::new()),
        Network::Hosts(hosts) => (NetworkChoice::Hosts, hosts.iter().map(ToString::to_string).collect()),
        Network::All => (NetworkChoice::All, Vec::new()),
    };
    let package = profile.package.iter().map(|package| line(&format!("{}@{}", package.name, package.version)));
    let program = line(&env.shown(&profile.run.program));
    let approved = &profile.approved;
    let mut variables: Vec<String> = [
        approved.env.keys().collect::<Vec<_>>(),
        approved.varies.iter().collect(),
        profile.secrets.keys().collect(),
        profile.run.env.keys().collect(),
    ]
    .concat()
    .into_iter()
    .map(|name| line(name))
    .collect();
    variables.sort();
    variables.dedup();
    Some(Permissions {
        engine: name_of(sandbox.engine),
        leaves_open: sandbox.engine.leaves_open().iter().map(|text| (*text).to_owned()).collect(),
        read: shown(&sandbox.read),
        write: shown(&sandbox.write),
        network,
        reach,
        run: std::iter::once(program).chain(package).collect(),
        variables,
        keeps_home: sandbox.keeps.as_ref().map(|grant| line(&env.shown(&grant.path))),
        user_namespaces: sandbox.user_namespaces,
    })
}

/// The last second of the year 9999, which is all that RFC 3339 can write.
const LAST: u64 = 253_402_300_799;

/// The hosts that it tried to reach and still may not; none where that cannot be read.
pub fn refused(env: &Env, profile: &Profile) -> Vec<Refused> {
    let told = |host: RefusedHost| {
        let last = SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(host.last.min(LAST)))
            .unwrap_or(SystemTime::UNIX_EPOCH);
        Refused {
            host: line(&host.host),
            port: host.port,
            times: host.times,
            last: format_rfc3339_seconds(last).to_string(),
        }
    };
    let Some(sandbox) = &profile.sandbox else { return Vec::new() };
    let still = |tried: &RefusedHost| match &sandbox.network {
        Network::None => true,
        Network::Hosts(hosts) => !hosts.iter().any(|host| host.allows(&tried.host, tried.port)),
        Network::All => false,
    };
    let tried = warder_launch::refused::read(&env.state(), &profile.id).unwrap_or_default();
    tried.into_iter().filter(still).map(told).collect()
}

/// The repositories that came to be where it may write, a line each; `None`: they cannot be read.
pub fn made_lines(env: &Env, made: Option<&Made>) -> Vec<String> {
    let Some(made) = made else {
        return vec!["which ones it made cannot be read: look at all repositories where it may write".to_owned()];
    };
    // One that was removed since is no danger.
    let gone = |path: &PathBuf| path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    let there = made.repositories.iter().filter(|path| !gone(path)).map(|path| line(&env.shown(path)));
    there.chain(made.more.then(|| "and more, which are told once these were looked at".to_owned())).collect()
}

/// The engine's name for screens.
pub fn name_of(engine: Engine) -> EngineName {
    match engine {
        Engine::Bubblewrap => EngineName::Bubblewrap,
        Engine::Landlock => EngineName::Landlock,
    }
}

/// What a change of permissions gives and takes; where there was no fence, it
/// could do everything, so nothing is given.
pub fn change(before: Option<Permissions>, after: Permissions) -> PermissionsChange {
    let (more, less) = match &before {
        Some(before) => (beyond(before, &after), beyond(&after, before)),
        None => (Vec::new(), Vec::new()),
    };
    PermissionsChange { before, after, more, less }
}

/// All that is allowed, one sentence each.
pub fn sentences(of: &Permissions) -> Vec<String> {
    let all = of.read.iter().map(|path| format!("It may read {path}."));
    let all = all.chain(of.write.iter().map(|path| format!("It may write in {path}.")));
    let all = all.chain(of.reach.iter().map(|host| format!("It may reach {host}.")));
    let whole = (of.network == NetworkChoice::All).then(|| "It may reach everything.".to_owned());
    let kept = of.keeps_home.as_ref().map(|home| format!("It keeps what it writes in its home, in {home}."));
    let namespaces = of.user_namespaces.then(|| "It may make user namespaces, as browsers do.".to_owned());
    all.chain(whole).chain(kept).chain(namespaces).chain(of.leaves_open.iter().cloned()).collect()
}

/// The sentences of `other` that `one` does not cover.
fn beyond(one: &Permissions, other: &Permissions) -> Vec<String> {
    let mut covered = sentences(one);
    covered.extend(one.write.iter().map(|path| format!("It may read {path}.")));
    if one.network == NetworkChoice::All {
        covered.extend(other.reach.iter().map(|host| format!("It may reach {host}.")));
    }
    sentences(other).into_iter().filter(|sentence| !covered.contains(sentence)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(read: &[&str], write: &[&str], network: NetworkChoice, reach: &[&str]) -> Permissions {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Permissions {
            engine: EngineName::Bubblewrap,
            leaves_open: Vec::new(),
            read: texts(read),
            write: texts(write),
            network,
            reach: texts(reach),
            run: Vec::new(),
            variables: Vec::new(),
            keeps_home: None,
            user_namespaces: false,
        }
    }

    #[test]
    fn a_change_says_what_it_gives_and_takes() {
        use NetworkChoice::{All, Hosts, None};
        let landlock = |of: Permissions| Permissions {
            engine: EngineName::Landlock,
            leaves_open: vec!["It sees much.".into()],
            ..of
        };
        for (before, after, more, less) in [
            (may(&["~/a"], &[], None, &[]), may(&["~/a"], &[], None, &[]), "", ""),
            (may(&[], &[], None, &[]), may(&["~/a"], &[], None, &[]), "It may read ~/a.", ""),
            (may(&["~/a"], &[], None, &[]), may(&[], &["~/a"], None, &[]), "It may write in ~/a.", ""),
            (may(&[], &["~/a"], None, &[]), may(&["~/a"], &[], None, &[]), "", "It may write in ~/a."),
            (may(&[], &[], None, &[]), may(&[], &[], Hosts, &["a.com"]), "It may reach a.com.", ""),
            (
                may(&[], &[], Hosts, &["a.com", "b.com"]),
                may(&[], &[], Hosts, &["b.com", "c.com"]),
                "It may reach c.com.",
                "It may reach a.com.",
            ),
            (may(&[], &[], Hosts, &["a.com"]), may(&[], &[], All, &[]), "It may reach everything.", ""),
            (may(&[], &[], All, &[]), may(&[], &[], Hosts, &["a.com"]), "", "It may reach everything."),
            (may(&[], &[], None, &[]), landlock(may(&[], &[], None, &[])), "It sees much.", ""),
        ] {
            let change = change(Some(before), after);
            assert_eq!((change.more.join(" ").as_str(), change.less.join(" ").as_str()), (more, less));
        }
        assert!(
            change(Option::None, may(&["~/a"], &[], All, &[])).more.is_empty(),
            "without a fence it had everything"
        );
    }
}
