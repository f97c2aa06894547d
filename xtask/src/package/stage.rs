//! Everything that lies below `/usr`, put in its place before it is packed.
//!
//! The bundler adds the window and its desktop entry; it would name the icons after
//! the program, while tray and notifications ask for `warder`. Two trees, since
//! Debian and Fedora keep completions of zsh and licences in other places.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Built, licences};
use crate::shell::{command, output, run};
use crate::{Outcome, root};

/// Where Debian and Fedora differ.
struct Kind {
    name: &'static str,
    zsh: &'static str,
    licences: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind { name: "deb", zsh: "usr/share/zsh/vendor-completions", licences: "usr/share/doc/warder" },
    Kind { name: "rpm", zsh: "usr/share/zsh/site-functions", licences: "usr/share/licenses/warder" },
];

pub(super) fn stage(out: &Path, built: &Built) -> Outcome {
    let common = out.join("common");
    let manual = common.join("man");
    make(&manual)?;
    let warder = built.folder.join("warder");
    run(command(&warder, &["manual"]).arg(&manual))?;
    let (page, of_window) = (root().join("src-tauri/packaging/linux/warder-app.1"), manual.join("warder-app.1"));
    fs::copy(&page, of_window).map_err(|source| format!("cannot copy {}: {source}", page.display()))?;
    for page in list(&manual)? {
        gzip(&page)?;
    }
    let libraries = common.join("LIBRARIES");
    write(&libraries, &licences::libraries()?)?;
    gzip(&libraries)?;
    for kind in &KINDS {
        let tree = Tree(out.join(kind.name));
        tree.put(&warder, "usr/bin/warder", 0o755)?;
        tree.put(&built.launcher, "usr/lib/warder/warder-launch", 0o755)?;
        tree.put(&built.relay, "usr/lib/warder/warder-relay", 0o755)?;
        for page in list(&manual)? {
            let name = page.file_name().expect("a file has a name").to_string_lossy().into_owned();
            tree.put(&page, &format!("usr/share/man/man1/{name}"), 0o644)?;
        }
        for (shell, place) in [
            ("bash", "usr/share/bash-completion/completions/warder".to_owned()),
            ("fish", "usr/share/fish/vendor_completions.d/warder.fish".to_owned()),
            ("zsh", format!("{}/_warder", kind.zsh)),
        ] {
            let script = output(command(&warder, &["completions"]).arg(shell))? + "\n";
            let file = common.join(shell);
            write(&file, &script)?;
            tree.put(&file, &place, 0o644)?;
        }
        let own = |name: &str| root().join(name);
        tree.put(
            &own("src-tauri/packaging/linux/dev.warder.desktop.metainfo.xml"),
            "usr/share/metainfo/dev.warder.desktop.metainfo.xml",
            0o644,
        )?;
        let icon = |folder: &str, kind: &str| format!("usr/share/icons/hicolor/{folder}/apps/warder.{kind}");
        tree.put(&own("icons/warder.svg"), &icon("scalable", "svg"), 0o644)?;
        for (size, name) in [("32x32", "32x32"), ("128x128", "128x128"), ("256x256", "128x128@2x"), ("512x512", "icon")]
        {
            tree.put(&own(&format!("icons/{name}.png")), &icon(size, "png"), 0o644)?;
        }
        let legal = kind.licences;
        match kind.name {
            "deb" => tree.put(&own("src-tauri/packaging/linux/copyright"), &format!("{legal}/copyright"), 0o644)?,
            _ => tree.put(&own("LICENSE"), &format!("{legal}/LICENSE"), 0o644)?,
        }
        tree.put(&own("NOTICE"), &format!("{legal}/NOTICE"), 0o644)?;
        tree.put(&common.join("LIBRARIES.gz"), &format!("{legal}/LIBRARIES.gz"), 0o644)?;
        for (typeface, name) in [("inter", "Inter"), ("jetbrains-mono", "JetBrains-Mono")] {
            let text = own(&format!("ui/node_modules/@fontsource-variable/{typeface}/LICENSE"));
            tree.put(&text, &format!("{legal}/OFL-{name}.txt"), 0o644)?;
        }
    }
    Ok(())
}

struct Tree(PathBuf);

impl Tree {
    fn put(&self, from: &Path, place: &str, mode: u32) -> Outcome {
        let to = self.0.join(place);
        make(to.parent().expect("a place has a folder"))?;
        fs::copy(from, &to)
            .and_then(|_| set_mode(&to, mode))
            .map_err(|source| format!("cannot copy {} to {}: {source}", from.display(), to.display()))
    }
}

#[cfg(unix)]
fn set_mode(file: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(mode))
}

/// Nothing is staged on other systems.
#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

fn make(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|source| format!("cannot make {}: {source}", folder.display()))
}

fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text).map_err(|source| format!("cannot write {}: {source}", file.display()))
}

/// The files of a folder, sorted.
fn list(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|source| format!("cannot read {}: {source}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// In the place of the file; the same bytes from the same text.
fn gzip(file: &Path) -> Outcome {
    run(command("gzip", &["-9n"]).arg(file))
}
