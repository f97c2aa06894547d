//! What npm and uv need to know of the user's own settings to fetch a package:
//! registries and who the user is there, proxies, authorities.
//!
//! Nothing else of them: a setting that starts a program, or puts files
//! elsewhere, has no place in an installation. They are handed over as
//! variables, so that no token lies in a file of ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::api::Failure;
use crate::clients::Os;
use crate::env::Env;
use crate::machine::evidence::packages::settings::Npmrc;
use crate::redact::line;
use crate::server::command::Ecosystem;
use crate::session::failures::refused;

/// Variables of an installer, and the files that they name.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) files: Vec<PathBuf>,
}

/// Both installers read them, in capitals and without.
const PROXIES: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/// Variables that name a file or folder of authorities.
const AUTHORITIES: &[&str] = &["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// npm's (`npm help config`).
const NPM: &[&str] = &[
    "registry",
    "proxy",
    "http-proxy",
    "https-proxy",
    "noproxy",
    "cafile",
    "strict-ssl",
    "before",
    "min-release-age",
    "replace-registry-host",
    "fetch-retries",
    "fetch-timeout",
];

/// npm's, of one registry: `//host/:_authToken`.
const NPM_OF_ONE: &[&str] = &["_authToken", "_auth", "_password", "username", "certfile", "keyfile"];

/// uv's (its page of environment variables).
const UV: &[&str] = &[
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_INDEX_STRATEGY",
    "UV_INSECURE_HOST",
    "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS",
    "UV_EXCLUDE_NEWER",
    "UV_PRERELEASE",
    "UV_HTTP_TIMEOUT",
];

fn is_npm_key(key: &str) -> bool {
    let of_one = key.strip_prefix("//").and_then(|key| key.rsplit_once(':'));
    let of_scope = key.starts_with('@') && key.ends_with(":registry");
    NPM.contains(&key) || of_scope || of_one.is_some_and(|(_, key)| NPM_OF_ONE.contains(&key))
}

fn is_uv(name: &str) -> bool {
    let of_one = name.starts_with("UV_INDEX_") && (name.ends_with("_USERNAME") || name.ends_with("_PASSWORD"));
    UV.contains(&name) || of_one
}

/// Whether a variable of an entry decides where its packages come from.
pub(super) fn is_setting(ecosystem: Ecosystem, name: &str) -> bool {
    match ecosystem {
        Ecosystem::Npm => {
            let key = name.get(.."npm_config_".len()).filter(|head| head.eq_ignore_ascii_case("npm_config_"));
            key.is_some_and(|head| {
                let key = &name[head.len()..];
                is_npm_key(key) || is_npm_key(&key.to_ascii_lowercase().replace('_', "-"))
            })
        }
        _ => is_uv(name),
    }
}

impl Settings {
    /// The user's, for one of the two installers.
    pub(super) fn of(env: &Env, ecosystem: Ecosystem) -> Result<Settings, Failure> {
        let mut settings = Settings::default();
        for (name, value) in &env.vars {
            let known = PROXIES.contains(&name.to_ascii_uppercase().as_str()) || AUTHORITIES.contains(&name.as_str());
            if known && !value.is_empty() {
                settings.variables.insert(name.clone(), value.clone());
            }
        }
        if ecosystem == Ecosystem::Npm {
            settings.npm(env)?
        } else {
            settings.uv(env)
        }
        Ok(settings)
    }

    fn npm(&mut self, env: &Env) -> Result<(), Failure> {
        let values = Npmrc::of(env).values;
        for (key, value) in values.into_iter().filter(|(key, value)| is_npm_key(key) && !value.is_empty()) {
            // npm reads the names of such variables in small letters, and `_` as `-`.
            if key.starts_with('@') && key.contains(|c: char| c.is_ascii_uppercase() || c == '_') {
                return Err(refused(format!("the registry of {} cannot be handed to npm safely", line(&key))));
            }
            self.variables.insert(format!("npm_config_{key}"), value);
        }
        Ok(())
    }

    fn uv(&mut self, env: &Env) {
        let given = env.vars.iter().filter(|(name, value)| is_uv(name) && !value.is_empty());
        let given: BTreeMap<String, String> = given.map(|(name, value)| (name.clone(), value.clone())).collect();
        let config = env.vars.get("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let config = config.unwrap_or_else(|| env.home.join(".config"));
        // The later wins: the system's, the user's, the environment's.
        for path in [env.root.join("etc/uv/uv.toml"), config.join("uv/uv.toml")] {
            const LARGEST: u64 = 1 << 20;
            let small = fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() < LARGEST);
            if let Some(text) = small.then(|| fs::read_to_string(&path).ok()).flatten() {
                self.variables.extend(of_toml(&text));
            }
        }
        self.variables.extend(given);
    }

    /// Finds the files that the variables name, each by its real path: a fence
    /// has no links that lead there. Takes the entry's own variables first.
    pub(super) fn with(mut self, env: &Env, own: &BTreeMap<String, String>) -> Settings {
        self.variables.extend(own.clone());
        let is_file = |name: &str| {
            let name = name.rsplit(':').next().unwrap_or(name);
            AUTHORITIES.contains(&name) || name == "npm_config_cafile" || matches!(name, "certfile" | "keyfile")
        };
        for (name, value) in &mut self.variables {
            let links = name == "UV_FIND_LINKS";
            if !links && !is_file(name) {
                continue;
            }
            let (between, joint) = if links { (',', ",") } else { (':', ":") };
            let several = links || name == "SSL_CERT_DIR";
            let parts = if several { value.split(between).collect() } else { vec![value.as_str()] };
            let real = |text: &str| {
                let path = match text.strip_prefix("~/") {
                    Some(rest) => env.home.join(rest),
                    None => PathBuf::from(text),
                };
                let real = path.canonicalize().ok().filter(|_| path.is_absolute())?;
                self.files.push(real.clone());
                Some(real.to_string_lossy().into_owned())
            };
            let mut real = real;
            let parts: Vec<String> =
                parts.into_iter().map(|part| real(part).unwrap_or_else(|| part.to_owned())).collect();
            *value = parts.join(joint);
        }
        // What the fence shows anyway, and folders of the system that are no files of authorities.
        let shown = |path: &Path| {
            ["/usr", "/etc/ssl", "/etc/pki", "/etc/ca-certificates"].iter().any(|root| path.starts_with(root))
        };
        self.files.retain(|path| !shown(path));
        self
    }
}

/// The variables that say what a `uv.toml` says of indexes.
fn of_toml(text: &str) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let Ok(table) = toml::de::DeTable::parse(text) else { return variables };
    let table = table.get_ref();
    let texts = |key: &str| -> Vec<String> {
        let Some(value) = table.get(key) else { return Vec::new() };
        match value.get_ref() {
            toml::de::DeValue::String(text) => vec![text.to_string()],
            toml::de::DeValue::Boolean(yes) => vec![yes.to_string()],
            toml::de::DeValue::Array(items) => {
                items.iter().filter_map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        }
    };
    for (key, name, joint) in [
        ("index-url", "UV_INDEX_URL", " "),
        ("extra-index-url", "UV_EXTRA_INDEX_URL", " "),
        ("find-links", "UV_FIND_LINKS", ","),
        ("no-index", "UV_NO_INDEX", " "),
        ("index-strategy", "UV_INDEX_STRATEGY", " "),
        ("allow-insecure-host", "UV_INSECURE_HOST", " "),
        ("native-tls", "UV_NATIVE_TLS", " "),
        ("system-certs", "UV_SYSTEM_CERTS", " "),
        ("exclude-newer", "UV_EXCLUDE_NEWER", " "),
        ("prerelease", "UV_PRERELEASE", " "),
    ] {
        let texts = texts(key);
        if !texts.is_empty() {
            variables.insert(name.to_owned(), texts.join(joint));
        }
    }
    let mut indexes = Vec::new();
    for index in table.get("index").and_then(|index| index.get_ref().as_array()).into_iter().flatten() {
        let text = |key: &str| index.get_ref().get(key).and_then(|value| value.get_ref().as_str());
        let is = |key: &str| index.get_ref().get(key).and_then(|value| value.get_ref().as_bool()) == Some(true);
        let Some(url) = text("url") else { continue };
        let named = text("name").map_or_else(|| url.to_owned(), |name| format!("{name}={url}"));
        // An explicit one is for what names it, and no tool does.
        if is("default") {
            variables.insert("UV_DEFAULT_INDEX".to_owned(), named);
        } else if !is("explicit") {
            indexes.push(named);
        }
    }
    if !indexes.is_empty() {
        variables.insert("UV_INDEX".to_owned(), indexes.join(" "));
    }
    variables
}

/// Where Pythons lie that uv may build on, beside the system's.
pub(super) fn pythons(env: &Env) -> Vec<PathBuf> {
    if env.os == Os::Windows {
        return Vec::new();
    }
    let places = [".local/share/uv/python", ".pyenv/versions"].map(|place| env.home.join(place));
    places.into_iter().filter(|place| place.is_dir()).collect()
}
