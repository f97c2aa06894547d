//! The variables a server gets.
//!
//! Pure: from the profile, the caller's variables and the resolved secrets to
//! the list that is set. The profile's word is always the last.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::command::{is_loader, seal_inherited};
use crate::profile::Profile;
use crate::sandbox::{Network, Sandbox};
use crate::vault::Secret;

pub use crate::sandbox::Variables;

/// The caller's variables under the profile's spelling of their names, for
/// Windows, where names do not differ by their case alone: there `Path` must
/// not slip past what the profile says of `PATH`.
pub fn spelled(profile: &Profile, caller: Variables) -> Variables {
    let approved = profile.approved.env.keys().chain(&profile.approved.varies);
    let own = profile.run.env.keys().chain(profile.secrets.keys());
    let names: Vec<&String> = approved.chain(profile.approved.inherited.keys()).chain(own).collect();
    let spell = |name: OsString| {
        let known = names.iter().find(|known| name.eq_ignore_ascii_case(known.as_str()));
        known.map_or(name, OsString::from)
    };
    caller.into_iter().map(|(name, value)| (spell(name), value)).collect()
}

/// Without a fence: everything the caller has, but for variables that would
/// load other code or lead elsewhere (their names come second) unless the
/// profile approved the value.
pub fn open(profile: &Profile, caller: &Variables, secrets: &BTreeMap<String, Secret>) -> (Variables, Vec<String>) {
    let mut dropped = Vec::new();
    let mut variables = caller.clone();
    variables.retain(|name, value| {
        let name = name.to_string_lossy();
        let keep = !is_loader(&name)
            || profile.approved.env.contains_key(&*name)
            || profile.run.env.contains_key(&*name)
            || profile.approved.varies.iter().any(|varies| *varies == name)
            || was_inherited(profile, &name, value.to_str());
        if !keep {
            dropped.push(name.into_owned());
        }
        keep
    });
    if let Some(cwd) = &profile.run.cwd {
        // Some programs believe these more than the directory they are in.
        variables.remove(OsStr::new("OLDPWD"));
        if let Some(pwd) = variables.get_mut(OsStr::new("PWD")) {
            *pwd = cwd.into();
        }
    }
    settle(&mut variables, profile, secrets);
    (variables, dropped)
}

fn was_inherited(profile: &Profile, name: &str, value: Option<&str>) -> bool {
    let sealed = profile.approved.inherited.get(name);
    sealed.is_some() && value.map(|value| seal_inherited(&profile.id, name, value)).as_ref() == sealed
}

/// Inside a fence: only what the profile names, who the user is, and how they
/// read and tell the time.
pub fn fenced(
    profile: &Profile,
    sandbox: &Sandbox,
    caller: &Variables,
    secrets: &BTreeMap<String, Secret>,
) -> Variables {
    const PASSED: [&str; 5] = ["LANG", "TZ", "TERM", "USER", "LOGNAME"];
    let mut variables = caller.clone();
    variables.retain(|name, value| {
        let name = name.to_string_lossy();
        PASSED.contains(&&*name)
            || name.starts_with("LC_")
            || profile.approved.env.contains_key(&*name)
            || profile.approved.varies.iter().any(|varies| *varies == name)
            // Without the proxy that the user's network needs, nobody is reached.
            || (sandbox.network != Network::None && is_proxy(&name) && was_inherited(profile, &name, value.to_str()))
    });
    settle(&mut variables, profile, secrets);
    variables.insert("TMPDIR".into(), "/tmp".into());
    variables.insert("HOME".into(), sandbox.home.clone().into());
    variables
}

fn is_proxy(name: &str) -> bool {
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].contains(&name.to_ascii_uppercase().as_str())
}

fn settle(variables: &mut Variables, profile: &Profile, secrets: &BTreeMap<String, Secret>) {
    let set = profile.run.env.iter().map(|(name, value)| (name, value.as_str()));
    let released = secrets.iter().map(|(name, secret)| (name, secret.expose()));
    variables.extend(set.chain(released).map(|(name, value)| (name.into(), value.into())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests::profile;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn secrets() -> BTreeMap<String, Secret> {
        BTreeMap::from([("TOKEN".into(), Secret::new("made-up"))])
    }

    const CALLER: &[(&str, &str)] = &[
        ("TOKEN", "keychain:TOKEN-x"),
        ("MODE", "fast"),
        ("LANG", "C.UTF-8"),
        ("LC_TIME", "C"),
        ("EDITOR", "vi"),
        ("HOME", "/tmp/planted"),
        ("PATH", "/tmp/planted"),
        ("LD_PRELOAD", "/tmp/x.so"),
        ("NODE_OPTIONS", "--require=/tmp/x"),
        ("HTTPS_PROXY", "http://proxy:1"),
        ("https_proxy", "http://other:1"),
        ("PYTHONPATH", "/any"),
    ];

    fn approving() -> Profile {
        let mut profile = profile();
        profile.run.env.insert("HOME".into(), "/home/u".into());
        profile.approved.varies.push("PYTHONPATH".into());
        for name in ["HTTPS_PROXY", "https_proxy"] {
            let seal = seal_inherited(&profile.id, name, "http://proxy:1");
            profile.approved.inherited.insert(name.into(), seal);
        }
        profile
    }

    #[test]
    fn loaders_are_dropped_unless_approved() {
        let (given, dropped) = open(&approving(), &variables(CALLER), &secrets());
        assert_eq!(dropped, ["LD_PRELOAD", "NODE_OPTIONS", "https_proxy"]);
        let expected = variables(&[
            ("TOKEN", "made-up"),
            ("MODE", "fast"),
            ("LANG", "C.UTF-8"),
            ("LC_TIME", "C"),
            ("EDITOR", "vi"),
            ("HOME", "/home/u"),
            ("PATH", "/usr/bin:/bin"),
            ("HTTPS_PROXY", "http://proxy:1"),
            ("PYTHONPATH", "/any"),
        ]);
        assert_eq!(given, expected);
    }

    #[test]
    fn the_directory_is_the_one_that_is_told() {
        let caller = variables(&[("OLDPWD", "/a"), ("PWD", "/b"), ("TOKEN", "x")]);
        let mut profile = profile();
        let pwd = |profile: &Profile| {
            let given = open(profile, &caller, &secrets()).0;
            (given.get(OsStr::new("PWD")).cloned(), given.contains_key(OsStr::new("OLDPWD")))
        };
        assert_eq!(pwd(&profile), (Some("/b".into()), true));
        profile.run.cwd = Some("/neutral".into());
        assert_eq!(pwd(&profile), (Some("/neutral".into()), false));
    }

    #[test]
    fn names_are_spelled_as_the_profile_does() {
        let caller = variables(&[("Path", "a"), ("token", "b"), ("Mode", "c"), ("Other", "d")]);
        let spelled = spelled(&profile(), caller);
        let expected = [("PATH", "a"), ("TOKEN", "b"), ("MODE", "c"), ("Other", "d")];
        assert_eq!(spelled, variables(&expected));
    }

    #[test]
    fn a_fence_lets_little_in() {
        let sandbox = Sandbox::new("/home/inside");
        let given = fenced(&approving(), &sandbox, &variables(CALLER), &secrets());
        let expected = variables(&[
            ("TOKEN", "made-up"),
            ("MODE", "fast"),
            ("LANG", "C.UTF-8"),
            ("LC_TIME", "C"),
            ("HOME", "/home/inside"),
            ("PATH", "/usr/bin:/bin"),
            ("PYTHONPATH", "/any"),
            ("TMPDIR", "/tmp"),
        ]);
        assert_eq!(given, expected);

        // The proxy that the user's network needs, where it is the approved one.
        let sandbox = Sandbox { network: Network::All, ..sandbox };
        let given = fenced(&approving(), &sandbox, &variables(CALLER), &secrets());
        let mut with_proxy = expected;
        with_proxy.insert("HTTPS_PROXY".into(), "http://proxy:1".into());
        assert_eq!(given, with_proxy);
    }
}
