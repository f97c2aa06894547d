//! The user's own settings of npm, pip and uv, read as they read them.
//!
//! A project's `.npmrc` is somebody else's text and is left alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::text;
use crate::clients::Os;
use crate::env::Env;
use crate::facts::Npm;

const LIMIT: u64 = 1 << 20;

/// npm's settings by name, with npm itself.
pub(crate) struct Npmrc {
    pub(crate) values: BTreeMap<String, String>,
    /// The folder of the npm that is on the `PATH`.
    npm: Option<PathBuf>,
}

impl Npmrc {
    pub(crate) fn of(env: &Env) -> Npmrc {
        let npm = npm(env);
        let variables = || {
            env.vars.iter().filter_map(|(name, value)| {
                let (head, key) = name.split_at_checked("npm_config_".len())?;
                // What is of one registry alone has its name as it is.
                let key =
                    if key.starts_with("//") { key.to_owned() } else { key.to_ascii_lowercase().replace('_', "-") };
                (head.eq_ignore_ascii_case("npm_config_") && !value.is_empty()).then(|| (key, value.clone()))
            })
        };
        let given: BTreeMap<String, String> = variables().collect();
        let user = given.get("userconfig").map_or_else(|| env.home.join(".npmrc"), PathBuf::from);
        let prefix = npm.as_deref().and_then(|npm| Some(npm.parent()?.parent()?.parent()?.join("etc/npmrc")));
        let mut values = BTreeMap::new();
        // The later wins: global, user, environment.
        for path in prefix.into_iter().chain([user]) {
            values.extend(pairs(&text(&path, LIMIT).unwrap_or_default(), &env.vars));
        }
        values.extend(given);
        Npmrc { values, npm }
    }

    /// npm's cache (`npm help config`, cache).
    pub(super) fn cache(&self, env: &Env) -> Option<PathBuf> {
        let usual = || match env.os {
            Os::Windows => {
                let local = env.vars.get("LOCALAPPDATA").map(PathBuf::from);
                local.unwrap_or_else(|| env.home.join("AppData/Local")).join("npm-cache")
            }
            Os::Linux | Os::Macos => env.home.join(".npm"),
        };
        let Some(cache) = self.values.get("cache") else { return Some(usual()) };
        let cache = match cache.strip_prefix("~/") {
            Some(rest) => env.home.join(rest),
            None => PathBuf::from(cache),
        };
        Some(cache).filter(|cache| cache.is_absolute())
    }

    pub(super) fn facts(&self) -> Npm {
        let version =
            self.npm.as_deref().and_then(|npm| manifest(&npm.join("package.json"))).map(|(_, version)| version);
        let major = version.and_then(|version| version.split('.').next()?.parse().ok());
        let ignores = self.values.get("ignore-scripts").map(|value| value == "true" || value.is_empty());
        let registries = self.values.iter().filter_map(|(name, value)| match name.as_str() {
            "registry" => Some((String::new(), value.clone())),
            _ => Some((name.strip_suffix(":registry")?.to_owned(), value.clone())),
        });
        Npm {
            major,
            // A world of its own without npm has no settings of npm's.
            ignores_scripts: ignores.or(self.npm.is_some().then_some(false)),
            registries: registries.collect(),
        }
    }
}

/// The folder of the npm that a shell would find.
fn npm(env: &Env) -> Option<PathBuf> {
    let path = env.vars.get("PATH")?;
    let name = if env.os == Os::Windows { "npm.cmd" } else { "npm" };
    let program = std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())?;
    let real = program.canonicalize().ok();
    let linked = real.as_deref().and_then(|real| Some(real.parent()?.parent()?.to_owned()));
    let beside = program.parent().map(|folder| folder.join("node_modules/npm"));
    let below = program.parent().and_then(Path::parent).map(|prefix| prefix.join("lib/node_modules/npm"));
    let mut places = [linked, beside, below].into_iter().flatten();
    places.find(|npm| manifest(&npm.join("package.json")).is_some_and(|(name, _)| name == "npm"))
}

/// Name and version of a package.
fn manifest(path: &Path) -> Option<(String, String)> {
    let manifest: serde_json::Value = serde_json::from_str(&text(path, LIMIT)?).ok()?;
    Some((manifest["name"].as_str()?.to_owned(), manifest["version"].as_str()?.to_owned()))
}

/// `name = value` lines with variables filled in, as npm's `ini` reads them.
fn pairs(text: &str, vars: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';', '[']));
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').unwrap_or((line, "true"));
        let value = value.trim().trim_matches(['"', '\'']);
        let filled = vars.iter().filter(|_| value.contains("${"));
        let value = filled.fold(value.to_owned(), |value, (name, text)| value.replace(&format!("${{{name}}}"), text));
        (name.trim().to_owned(), value)
    };
    lines.map(pair).collect()
}

/// The package indexes that pip and uv are told of, for all that they install.
pub(super) fn indexes(env: &Env) -> Vec<String> {
    const VARIABLES: &[&str] =
        &["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX"];
    let given = VARIABLES.iter().filter_map(|name| env.vars.get(*name)).flat_map(|value| value.split_whitespace());
    let mut indexes: Vec<String> =
        given.map(|one| one.rsplit_once('=').map_or(one, |(_, url)| url).to_owned()).collect();
    let named = |name: &str| env.vars.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = match env.os {
        Os::Windows => named("APPDATA").unwrap_or_else(|| env.home.join("AppData/Roaming")),
        _ => named("XDG_CONFIG_HOME").unwrap_or_else(|| env.home.join(".config")),
    };
    let pip = ["pip/pip.conf", "pip/pip.ini"].map(|file| config.join(file));
    for path in pip.into_iter().chain([env.home.join(".pip/pip.conf"), env.root.join("etc/pip.conf")]) {
        let pairs = pairs(&text(&path, LIMIT).unwrap_or_default(), &BTreeMap::new());
        let urls = pairs.into_iter().filter(|(name, _)| matches!(name.as_str(), "index-url" | "extra-index-url"));
        indexes.extend(urls.flat_map(|(_, value)| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>()));
    }
    let uv = text(&config.join("uv/uv.toml"), LIMIT).unwrap_or_default();
    if let Ok(uv) = toml::de::DeTable::parse(&uv) {
        let uv = uv.get_ref();
        indexes.extend(uv.get("index-url").and_then(|url| url.get_ref().as_str()).map(str::to_owned));
        let lists = ["extra-index-url", "index"].into_iter().filter_map(|name| uv.get(name)?.get_ref().as_array());
        let url = |one: &toml::de::DeValue| one.get("url").map_or(one, |url| url.get_ref()).as_str().map(str::to_owned);
        indexes.extend(lists.flatten().filter_map(|one| url(one.get_ref())));
    }
    indexes
}
