//! System packages: which are needed, which are missing, how to install them.

use std::process::Command;

use crate::shell::{command, exists, output, run};
use crate::{Outcome, root};

/// A package by its name in each distribution; empty where a package of
/// another row brings it along.
struct Package {
    debian: &'static str,
    fedora: &'static str,
    arch: &'static str,
}

const fn package(debian: &'static str, fedora: &'static str, arch: &'static str) -> Package {
    Package { debian, fedora, arch }
}

/// What compiling and opening the window takes.
const BUILD: &[Package] = &[
    package("build-essential", "gcc", "base-devel"),
    package("pkg-config", "pkgconf-pkg-config", "pkgconf"),
    // The launcher is linked statically; Debian's libc6-dev has libc.a already.
    package("", "glibc-static", ""),
    package("libdbus-1-dev", "dbus-devel", "dbus"),
    package("libwebkit2gtk-4.1-dev", "webkit2gtk4.1-devel", "webkit2gtk-4.1"),
];

/// What the tests take besides: a screen, a keychain, WebKit's driver, a sandbox, another browser.
const TEST: &[Package] = &[
    package("xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"),
    package("webkit2gtk-driver", "webkit2gtk-driver", ""),
    package("gnome-keyring", "gnome-keyring", "gnome-keyring"),
    package("libsecret-tools", "libsecret", "libsecret"),
    package("dbus-x11", "dbus-daemon", ""),
    // dbus-monitor, which hears all that crosses a session bus.
    package("dbus-bin", "dbus-tools", ""),
    package("fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu"),
    package("bubblewrap", "bubblewrap", "bubblewrap"),
    package("chromium", "chromium", "chromium"),
];

/// What looking at packages takes: `cargo xtask package`.
const PACKAGE: &[Package] = &[
    package("desktop-file-utils", "desktop-file-utils", "desktop-file-utils"),
    package("appstream", "appstream", "appstream"),
    package("lintian", "", ""),
    package("libarchive-tools", "bsdtar", "libarchive"),
    package("man-db", "man-db", "man-db"),
    package("rpm", "rpm", "rpm-tools"),
    package("gnome-keyring", "gnome-keyring", "gnome-keyring"),
    package("dbus-x11", "dbus-daemon", ""),
];

/// What Anthropic's sandbox-runtime starts besides, to be measured beside Warder: `cargo xtask bench --fence`.
const COMPARISON: &[Package] = &[
    package("bubblewrap", "bubblewrap", "bubblewrap"),
    package("socat", "socat", "socat"),
    package("ripgrep", "ripgrep", "ripgrep"),
];

/// For the Python server of the tests, when the python3 on the PATH cannot
/// make an environment by itself.
const PYTHON: &[Package] = &[package("python3-venv", "python3", "python")];

/// Makes sure that Warder can be built and opened here.
pub(crate) fn for_build() -> Outcome {
    install(&[BUILD])
}

/// Makes sure that Warder can be built and tested here.
pub(crate) fn for_test() -> Outcome {
    let python = output(&mut command("python3", &["-c", "import ensurepip, venv"]));
    install(&[BUILD, TEST, if python.is_ok() { &[] } else { PYTHON }])
}

/// Makes sure that another sandbox can be measured here.
pub(crate) fn for_comparison() -> Outcome {
    install(&[COMPARISON])
}

/// Makes sure that packages can be made and looked at here. Debian's tools name what a deb depends on.
pub(crate) fn for_package() -> Outcome {
    if cfg!(target_os = "linux") && !exists("dpkg-shlibdeps") {
        return Err("packages are made on Debian or Ubuntu, whose dpkg-shlibdeps says what they depend on".to_owned());
    }
    install(&[BUILD, PACKAGE])
}

/// A distribution's package tool.
struct Tool {
    name: fn(&Package) -> &'static str,
    /// Succeeds when a package is there.
    query: &'static [&'static str],
    /// What `query` prints for an installed one, where the exit code does not tell.
    says: &'static str,
    refresh: &'static [&'static str],
    install: &'static [&'static str],
}

const APT: Tool = Tool {
    name: |package| package.debian,
    query: &["dpkg-query", "-W", "-f=${db:Status-Status}"],
    says: "installed",
    refresh: &["apt-get", "update", "-q"],
    install: &["apt-get", "install", "-q", "-y", "--no-install-recommends"],
};

const DNF: Tool = Tool {
    name: |package| package.fedora,
    query: &["rpm", "-q"],
    says: "",
    refresh: &[],
    install: &["dnf", "install", "-y", "--setopt=install_weak_deps=False"],
};

const PACMAN: Tool = Tool {
    name: |package| package.arch,
    query: &["pacman", "-Q"],
    says: "",
    refresh: &[],
    install: &["pacman", "-S", "--needed", "--noconfirm"],
};

fn install(lists: &[&[Package]]) -> Outcome {
    if cfg!(target_os = "macos") {
        return needs(
            &["xcode-select", "-p"],
            "the Xcode command line tools are missing: run `xcode-select --install`",
        );
    }
    if cfg!(windows) {
        println!("Windows needs the Visual Studio Build Tools (C++) and WebView2, which Windows 11 has.");
        return Ok(());
    }
    let packages = || lists.iter().copied().flatten();
    let Some(tool) = [("apt-get", APT), ("dnf", DNF), ("pacman", PACMAN)]
        .into_iter()
        .find_map(|(program, tool)| exists(program).then_some(tool))
    else {
        let names: Vec<_> = packages().map(|package| package.debian).filter(|name| !name.is_empty()).collect();
        println!(
            "No apt-get, dnf or pacman here; these have to be there already (Debian's names): {}",
            names.join(" ")
        );
        return Ok(());
    };
    let missing: Vec<_> =
        packages().map(tool.name).filter(|name| !name.is_empty() && !installed(&tool, name)).collect();
    if missing.is_empty() {
        println!("System packages: all there.");
        return Ok(());
    }
    println!("System packages to install: {}", missing.join(" "));
    if !tool.refresh.is_empty() {
        run(&mut as_root(tool.refresh)?)?;
    }
    run(as_root(tool.install)?.args(&missing))
        .map_err(|reason| format!("{reason}; install these by hand and start again: {}", missing.join(" ")))
}

fn installed(tool: &Tool, name: &str) -> bool {
    let (program, args) = tool.query.split_first().expect("a query has a program");
    output(command(program, args).arg(name)).is_ok_and(|said| is_there(tool, &said))
}

fn is_there(tool: &Tool, said: &str) -> bool {
    tool.says.is_empty() || said.trim() == tool.says
}

/// `words` with sudo in front, unless we are root already.
fn as_root(words: &[&str]) -> Outcome<Command> {
    let (program, args) = words.split_first().expect("a command has a program");
    let mut command = if output(&mut command("id", &["-u"]))? == "0" {
        command(program, args)
    } else if exists("sudo") {
        command("sudo", words)
    } else {
        return Err(format!("`{}` has to run as root, and there is no sudo", words.join(" ")));
    };
    // Nobody can answer a package's questions on a CI machine.
    command.env("DEBIAN_FRONTEND", "noninteractive").current_dir(root());
    Ok(command)
}

fn needs(probe: &[&str], otherwise: &str) -> Outcome {
    let (program, args) = probe.split_first().expect("a probe has a program");
    output(&mut command(program, args)).map(drop).map_err(|_| otherwise.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_is_only_known_is_not_there() {
        // dpkg answers so, with success, for what another package recommends.
        for (tool, said, there) in [
            (APT, "installed", true),
            (APT, "not-installed", false),
            (APT, "config-files", false),
            (APT, "half-installed", false),
            (DNF, "gnome-keyring-48.0-1.fc42.x86_64", true),
            (PACMAN, "gnome-keyring 1:48.0-1", true),
        ] {
            assert_eq!(is_there(&tool, said), there, "{said}");
        }
    }
}
