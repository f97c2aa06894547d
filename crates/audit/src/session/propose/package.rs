//! Which package an entry starts, also where it is installed already.

use std::fs;
use std::path::{Path, PathBuf};

use crate::bundle::plain;
use crate::env::Env;
use crate::machine::FoundFile;
use crate::server::command::{Ecosystem, Launcher, Payload};
use crate::session::entry::Entry;

/// A package, and its folder where that is known.
pub(super) struct Started {
    pub(super) ecosystem: Ecosystem,
    pub(super) name: String,
    dir: Option<PathBuf>,
}

/// `None` for a program that came from no package, as far as can be seen.
pub(super) fn of(env: &Env, file: &FoundFile, entry: &Entry) -> Option<Started> {
    let words = &entry.words;
    match &entry.launch.payload {
        Payload::Package(package) => {
            Some(Started { ecosystem: package.ecosystem, name: package.name.clone(), dir: None })
        }
        Payload::Script { word: Some(word) } => {
            let script = Path::new(words.get(*word)?);
            let real = script.canonicalize().ok();
            of_node(script)
                .or_else(|| of_node(real.as_deref()?))
                .or_else(|| of_python(script, script.file_name()?.to_str()?))
        }
        Payload::Script { word: None } if entry.launch.launcher == Launcher::Python => {
            let module = words.iter().skip_while(|word| *word != "-m").nth(1)?;
            of_python(&entry.inside(env, file, &entry.program(env)?).program, module)
        }
        Payload::Script { word: None } | Payload::Opaque(_) => None,
        Payload::Binary => {
            let program = entry.inside(env, file, &entry.program(env)?).program;
            let real = program.canonicalize().ok();
            of_node(real.as_deref()?).or_else(|| of_python(&program, program.file_name()?.to_str()?))
        }
    }
}

/// The package that a file in a `node_modules` belongs to.
fn of_node(file: &Path) -> Option<Started> {
    let modules = file.ancestors().find(|dir| dir.ends_with("node_modules"))?;
    let mut names = file.strip_prefix(modules).ok()?.components().map(|part| part.as_os_str().to_str());
    let first = names.next()??.to_owned();
    let name = if first.starts_with('@') { format!("{first}/{}", names.next()??) } else { first };
    Some(Started { ecosystem: Ecosystem::Npm, dir: Some(modules.join(&name)), name })
}

/// The package of this name, if it is installed where a program in a `bin` belongs to.
fn of_python(program: &Path, name: &str) -> Option<Started> {
    let prefix = program.parent().filter(|bin| bin.ends_with("bin"))?.parent()?;
    let name = plain(Ecosystem::Pypi, name).into_owned();
    let is_it = |entry: &fs::DirEntry| {
        let file = entry.file_name();
        let found = file.to_str().and_then(|file| file.strip_suffix(".dist-info")?.rsplit_once('-'));
        found.is_some_and(|(found, _)| plain(Ecosystem::Pypi, found) == name)
    };
    let libraries = fs::read_dir(prefix.join("lib")).ok()?.flatten().map(|lib| lib.path().join("site-packages"));
    let mut installed = libraries.flat_map(|dir| fs::read_dir(dir).into_iter().flatten().flatten());
    installed.any(|entry| is_it(&entry)).then_some(Started { ecosystem: Ecosystem::Pypi, name, dir: None })
}

/// The file that was written last among those that the package keeps beside
/// itself, where it runs now: in its own folder, or in npx's caches.
pub(super) fn newest(env: &Env, package: &Started, usual: &[&str]) -> Option<PathBuf> {
    let caches = || {
        let cache = env.vars.get("npm_config_cache").map(PathBuf::from).unwrap_or_else(|| env.home.join(".npm"));
        let folders = fs::read_dir(cache.join("_npx")).into_iter().flatten().flatten();
        folders.map(|folder| folder.path().join("node_modules").join(&package.name)).collect()
    };
    let dirs: Vec<PathBuf> = package.dir.clone().map_or_else(caches, |dir| vec![dir]);
    let first = |dir: PathBuf| {
        let files = usual.iter().map(|path| dir.join(path));
        files
            .filter_map(|file| {
                Some((file.symlink_metadata().ok().filter(fs::Metadata::is_file)?.modified().ok()?, file))
            })
            .next()
    };
    Some(dirs.into_iter().filter_map(first).max()?.1)
}
