//! A writable project: what other programs run by themselves stays as it is.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use warder_launch::sandbox::{Grant, Sandbox};

use super::fence::inside;
use super::{World, assert_refused, err, out};

/// Tries, on each of these places, all that could change what stands there, and
/// says what went through.
fn attack(places: &[&str]) -> String {
    let mut script = String::new();
    for place in places {
        for (deed, attempt) in [
            ("wrote", "echo planted > $p/planted"),
            ("wrote", "echo planted > $p"),
            ("moved", "mv $p moved"),
            ("removed", "rm -rf $p"),
            ("linked", "ln $p/config linked"),
            ("linked", "ln $p linked"),
            ("replaced", "mkdir -p fake && mv -T fake $p"),
            ("opened", "chmod 777 $p"),
        ] {
            script += &format!("p={place}; ({attempt}) 2>/dev/null && echo {deed} $p; rm -rf fake\n");
        }
    }
    script
}

/// Names, kinds, modes, sizes and times of this and everything below.
fn census(folder: &Path) -> String {
    let output = Command::new("find").arg(folder).args(["-printf", "%p %y %m %s %C@\\n"]).output().unwrap();
    let mut lines: Vec<&str> = std::str::from_utf8(&output.stdout).unwrap().lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn git(folder: &Path, words: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=u", "-c", "user.email=u@localhost", "-c", "protocol.file.allow=always"]).args(words);
    let output = git.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
}

#[test]
fn what_a_repositorys_settings_have_git_run_stays_as_it_is() {
    let world = World::new();
    let project = world.project();
    let config =
        "[core]\n\thooksPath = tools/hooks\n[include]\n\tpath = ../shared.gitconfig\n[include]\n\tpath = ../absent\n";
    fs::write(project.join(".git/config"), config).unwrap();
    fs::create_dir_all(project.join("tools/hooks")).unwrap();
    for file in ["tools/hooks/pre-commit", "shared.gitconfig"] {
        fs::write(project.join(file), "").unwrap();
    }
    let places = ["tools/hooks", "tools/hooks/pre-commit", "shared.gitconfig"];
    let before = places.map(|place| census(&project.join(place)));
    assert_eq!(inside(&world, &attack(&places)), "");
    assert_eq!(places.map(|place| census(&project.join(place))), before);
    assert_eq!(inside(&world, "echo fine > tools/other; cat tools/other; mv tools moved 2>/dev/null; true"), "fine\n");

    // A link could be led elsewhere.
    fs::rename(project.join("tools"), project.join("real")).unwrap();
    symlink("real", project.join("tools")).unwrap();
    let profile = world.fenced("echo ran");
    assert_refused(&world.entry(&profile).output().unwrap(), "it is a link");
}

/// A repository's own folder is kept; what git takes from elsewhere by way of it is run just the same.
#[test]
fn what_a_repository_reaches_by_links_and_common_folders_stays_as_it_is() {
    let world = World::new();
    let project = world.project();
    let folder = |path: &str| fs::create_dir_all(project.join(path)).unwrap();
    let file = |path: &str, text: &str| {
        folder(Path::new(path).parent().unwrap().to_str().unwrap());
        fs::write(project.join(path), text).unwrap();
    };
    let link = |to: &str, path: &str| {
        folder(Path::new(path).parent().unwrap().to_str().unwrap());
        symlink(to, project.join(path)).unwrap();
    };
    // One hook, all hooks, the settings (and what those name), each as a link.
    file("tools/pre-commit", "");
    link("../../../tools/pre-commit", "one/.git/hooks/pre-commit");
    file("shared/post-merge", "");
    link("../../shared", "two/.git/hooks");
    file("settings/own", "[core]\n\thooksPath = ../named\n");
    folder("named");
    folder("three/.git");
    link("../../settings/own", "three/.git/config");
    // A submodule's, a worktree's, and a common folder without a HEAD.
    file("four/.git/modules/lib/x/HEAD", "");
    file("four/.git/modules/lib/x/config", "[core]\n\tworktree = ../../../../lib\n\thooksPath = hooks\n");
    folder("four/lib/hooks");
    file("five/.git/HEAD", "");
    file("five/.git/commondir", "../../common\n");
    ["common/objects", "common/refs"].into_iter().for_each(folder);
    file("common/config", "");
    file("bare/HEAD", "");
    ["bare/objects", "bare/refs"].into_iter().for_each(folder);
    link("../tools", "bare/hooks");
    let places =
        ["tools", "tools/pre-commit", "shared", "settings/own", "named", "four/lib/hooks", "common", "common/config"];
    let before = places.map(|place| census(&project.join(place)));
    let shown = inside(&world, &attack(&places));
    assert_eq!(shown, "");
    assert_eq!(places.map(|place| census(&project.join(place))), before);
    assert_eq!(inside(&world, "echo fine > settings/other; cat settings/other; echo x > four/lib/file"), "fine\n");
}

/// Hooks of a relative name are looked for in each worktree, also in one of a repository elsewhere.
#[test]
fn a_worktrees_hooks_stay_as_they_are() {
    let world = World::new();
    let project = world.project();
    let main = world.home().join("main");
    fs::create_dir(&main).unwrap();
    git(&main, &["init", "-q"]);
    git(&main, &["config", "core.hooksPath", "tools/hooks"]);
    git(&main, &["commit", "-q", "--allow-empty", "-m", "x"]);
    git(&main, &["worktree", "add", "-q", project.join("tree").to_str().unwrap()]);
    fs::create_dir_all(project.join("tree/tools/hooks")).unwrap();
    let before = census(&project.join("tree/tools/hooks"));
    assert_eq!(inside(&world, &attack(&["tree/.git", "tree/tools/hooks"])), "");
    assert_eq!(census(&project.join("tree/tools/hooks")), before);
    assert_eq!(inside(&world, "echo fine > tree/tools/file; cat tree/tools/file"), "fine\n");
}

#[test]
fn what_others_run_stays_as_it_is() {
    let world = World::new();
    let project = world.project();
    fs::write(project.join(".git/config"), "").unwrap();
    for file in
        [".mcp.json", ".envrc", "apps/one/.git/config", "apps/one/.CLAUDE/settings.json", "a/b/c/d/e/f/.git/config"]
    {
        fs::create_dir_all(project.join(file).parent().unwrap()).unwrap();
        fs::write(project.join(file), "{}").unwrap();
    }
    for folder in [".vscode", ".husky", "node_modules/x/.git", ".cache/venv/target/.git"] {
        fs::create_dir_all(project.join(folder)).unwrap();
    }
    let places = [
        ".git",
        ".git/hooks",
        ".git/config",
        ".mcp.json",
        ".envrc",
        ".vscode",
        ".husky",
        "apps/one/.git",
        "apps/one/.CLAUDE",
        "a/b/c/d/e/f/.git",
        "node_modules/x/.git",
        ".cache/venv/target/.git",
        // What leads there.
        "~/project",
    ];
    let before: Vec<_> = places[..12].iter().map(|place| census(&project.join(place))).collect();
    let shown = inside(&world, &attack(&places));
    // The project itself is there to write in, and its mode is the server's own business.
    let path = project.display();
    assert_eq!(shown, format!("wrote {path}\nopened {path}\n"));
    let after: Vec<_> = places[..12].iter().map(|place| census(&project.join(place))).collect();
    assert_eq!(before, after);
    // All else is as writable as it was.
    let script =
        "echo fine > apps/one/file; mv apps/one/file apps/one/moved; mkdir new; mv new a/b/newer; cat apps/one/moved";
    assert_eq!(inside(&world, script), "fine\n");
    assert!(project.join("a/b/newer").is_dir());
}

#[test]
fn programs_that_git_runs_and_settings_of_settings_stay() {
    let world = World::new();
    let project = world.project();
    let file = |path: &str, text: &str| {
        fs::create_dir_all(project.join(path).parent().unwrap()).unwrap();
        fs::write(project.join(path), text).unwrap();
    };
    file(".git/config", "[filter \"f\"]\n\tclean = node tools/clean.js %f\n[include]\n\tpath = ../settings/first\n");
    file("settings/first", "[include]\n\tpath = more/second\n[core]\n\teditor = \"./tools/edit\" --wait tools\n");
    file("settings/more/second", "[include]\n\tpath = second\n[alias]\n\tst = !f() { tools/st; }; f\n");
    let kept = ["settings/first", "settings/more/second", "tools/clean.js", "tools/edit", "tools/st"];
    ["tools/clean.js", "tools/edit", "tools/st", "tools/free"].iter().for_each(|path| file(path, ""));
    let script = "for place in \"$@\"; do (echo x >> $place) 2>/dev/null && echo $place; done; true";
    let script = format!("set -- {} tools/free; {script}", kept.join(" "));
    assert_eq!(inside(&world, &script), "tools/free\n");
}

/// A person's own settings count in every repository, and what they name by a relative name is each one's own.
#[test]
fn what_a_persons_own_settings_have_git_run_stays_as_it_is() {
    let world = World::new();
    let project = world.project();
    let file = |path: &Path, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file(
        &world.home().join("dotfiles/own"),
        "[core]\n\thooksPath = .team/hooks\n[include]\n\tpath = ~/more\n[alias]\n\tco = checkout\n",
    );
    symlink("dotfiles/own", world.home().join(".gitconfig")).unwrap();
    file(&world.home().join("more"), "[alias]\n\tst = !tools/st\n");
    file(&world.home().join(".config/git/config"), "[diff]\n\texternal = tools/diff \\\n    tools/more\n");
    let free = ["tools/free", "checkout"];
    let kept = [".team/hooks/pre-commit", "tools/st", "tools/diff", "tools/more"];
    kept.iter().chain(&free).for_each(|path| file(&project.join(path), ""));
    let places = kept.iter().chain(&free).copied().collect::<Vec<_>>().join(" ");
    let script = format!("for place in {places}; do (echo x >> $place) 2>/dev/null && echo $place; done; true");
    assert_eq!(inside(&world, &script), "tools/free\ncheckout\n");
}

/// A server may be granted a part of a project, or the project by another way than its settings say.
#[test]
fn what_a_repository_around_a_grant_has_git_run_stays_as_it_is() {
    let world = World::new();
    let project = world.project();
    let tools = project.join("tools");
    fs::create_dir_all(tools.join("hooks")).unwrap();
    let (other, link) = (world.home().join("other"), world.home().join("link"));
    fs::create_dir_all(other.join(".git")).unwrap();
    symlink(&tools, &link).unwrap();
    let config = "[core]\n\thooksPath = tools/hooks\n\teditor = \"'./tools/my editor' --wait\"\n";
    fs::write(project.join(".git/config"), config).unwrap();
    fs::write(other.join(".git/config"), "[core]\n\tfsmonitor = ~/link/watch\n").unwrap();
    ["my editor", "watch", "free"].iter().for_each(|name| fs::write(tools.join(name), "").unwrap());
    let script = "for place in hooks/pre-commit 'my editor' watch free; do \
        (echo x >> \"$place\") 2>/dev/null && echo $place; done; true";
    let mut profile = world.fenced(script);
    profile.run.cwd = Some(tools.clone());
    profile.sandbox.as_mut().unwrap().write = vec![Grant::of(&tools).unwrap(), Grant::of(&other).unwrap()];
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "free\n", "{}", err(&output));
}

#[test]
fn what_packages_bring_along_is_no_project() {
    let world = World::new();
    let project = world.project();
    let open = ["node_modules/x/.vscode", "node_modules/x/.github", "vendor/y/.github"];
    let kept = ["node_modules/x/.git", "vendor/y/.vscode", "vendor/z/.git", "vendor/z/.github", ".github"];
    for folder in open.iter().chain(&kept) {
        fs::create_dir_all(project.join(folder)).unwrap();
    }
    let script = "for place in \"$@\"; do (echo x > $place/file) 2>/dev/null && echo $place; done; true";
    let script = format!("set -- {} {}; {script}", open.join(" "), kept.join(" "));
    assert_eq!(inside(&world, &script), open.join("\n") + "\n");
}

#[test]
fn nobody_puts_another_project_in_the_place_of_one() {
    let world = World::new();
    let project = world.project();
    fs::create_dir_all(project.join("work/apps/one/.git/hooks")).unwrap();
    let script = "for way in work work/apps work/apps/one; do mv $way aside 2>/dev/null && echo moved $way; \
        mkdir -p fake/.git; mv -T fake $way 2>/dev/null && echo replaced $way; rm -rf fake; done; \
        rm -rf work 2>/dev/null; mkdir work/apps/two && mv work/apps/two work/apps/three && echo free";
    assert_eq!(inside(&world, script), "free\n");
    assert!(project.join("work/apps/one/.git/hooks").is_dir());
}

#[test]
fn repositories_are_known_by_what_is_in_them() {
    let world = World::new();
    let project = world.project();
    fs::remove_dir_all(project.join(".git")).unwrap();
    let elsewhere = world.home().join("elsewhere");
    for folder in ["main", "part"] {
        fs::create_dir(project.join(folder)).unwrap();
        git(&project.join(folder), &["init", "-q"]);
        git(&project.join(folder), &["commit", "-q", "--allow-empty", "-m", "x"]);
    }
    fs::create_dir(&elsewhere).unwrap();
    let (main, away) = (project.join("main"), elsewhere.join("away"));
    git(&main, &["worktree", "add", "-q", "../tree"]);
    git(&main, &["submodule", "--quiet", "add", "../part", "sub"]);
    git(&project, &["init", "-q", "--bare", "bare"]);
    git(&project, &["init", "-q", "--separate-git-dir", away.to_str().unwrap(), "separate"]);
    let places = [
        "main/.git",
        "tree/.git",
        "main/sub/.git",
        "main/.git/worktrees/tree",
        "main/.git/modules/sub",
        "bare",
        "separate/.git",
        "~/elsewhere/away",
    ];
    let mut profile = world.fenced(&attack(&places));
    profile.sandbox.as_mut().unwrap().write.push(Grant::of(&elsewhere).unwrap());
    let before = (census(&main.join(".git")), census(&project.join("bare")), census(&away));
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "", "{}", err(&output));
    assert_eq!(before, (census(&main.join(".git")), census(&project.join("bare")), census(&away)));
}

#[test]
fn what_was_hidden_at_the_last_start_is_found_at_the_next() {
    let world = World::new();
    let project = world.project();
    fs::create_dir_all(project.join("app/.git")).unwrap();
    fs::create_dir(project.join("node_modules")).unwrap();
    // A folder that nobody but its owner can open again stays as it is.
    let closed = project.join("closed");
    fs::create_dir_all(closed.join(".git")).unwrap();
    Command::new("chmod").arg("000").arg(&closed).status().unwrap();
    let script = "mv app node_modules/app 2>/dev/null && echo moved; (chmod 700 closed && echo x > closed/.git/config) \
        2>/dev/null && echo opened; (echo x > node_modules/app/.git/config) 2>/dev/null && echo wrote; echo end";
    let first = inside(&world, script);
    // Somebody else moves it, then.
    let _ = fs::rename(project.join("app"), project.join("node_modules/app"));
    let second = inside(&world, script);
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if root {
        // The launcher of root looks into it, and what is in there is kept.
        Command::new("chmod").arg("700").arg(&closed).status().unwrap();
        assert!(!closed.join(".git/config").exists());
    }
    assert_eq!((first.as_str(), second.as_str()), ("end\n", "end\n"));
    assert!(!project.join("node_modules/app/.git/config").exists());
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let world = World::new();
    let project = world.project();
    let refused = |write: PathBuf, saying: &str| {
        let mut profile = world.fenced("exit 0");
        profile.run.cwd = None;
        let sandbox = profile.sandbox.as_mut().unwrap();
        sandbox.write = vec![Grant::of(&write).unwrap()];
        assert!(sandbox.check().unwrap_err().to_string().contains(saying));
        assert_refused(&world.entry(&profile).output().unwrap(), saying);
    };
    refused(project.join(".git"), "run what is in there by themselves");
    refused(project.join(".git/hooks"), "run what is in there by themselves");
    fs::create_dir(project.join("deep")).unwrap();
    symlink("../elsewhere", project.join("deep/.git")).unwrap();
    refused(project.clone(), "deep/.git: it is a link");
    fs::remove_file(project.join("deep/.git")).unwrap();
    (0..501).for_each(|number| fs::create_dir_all(project.join(format!("many/{number}/.git"))).unwrap());
    refused(project.clone(), "choose smaller folders");
    fs::remove_dir_all(project.join("many")).unwrap();
    let deep = project.join("d/".repeat(300));
    fs::create_dir_all(deep).unwrap();
    refused(project.clone(), "choose smaller folders");
    fs::remove_dir_all(project.join("d")).unwrap();
    git(&project, &["init", "-q", "--bare", "bare"]);
    refused(project.join("bare"), "run what is in there by themselves");
}

#[test]
fn a_grant_inside_another_is_what_it_says() {
    let world = World::new();
    let project = world.project();
    for folder in ["lib/one/sub/.git", "lib/two/.git", "lib/one/open/app/.git"] {
        fs::create_dir_all(project.join(folder)).unwrap();
    }
    let script = "for place in lib/one/x lib/one/sub/x lib/two/x lib/one/open/x lib/one/open/app/x lib/two/.git/x \
        lib/one/open/app/.git/x; do (echo x > $place) 2>/dev/null && echo $place; done; mv lib/one y 2>/dev/null && echo moved";
    let mut profile = world.fenced(script);
    let sandbox: &mut Sandbox = profile.sandbox.as_mut().unwrap();
    sandbox.read.push(Grant::of(&project.join("lib/one")).unwrap());
    sandbox.write.push(Grant::of(&project.join("lib/one/open")).unwrap());
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "lib/two/x\nlib/one/open/x\nlib/one/open/app/x\n", "{}", err(&output));
}

/// What is not there cannot be masked without making it on the host, so the
/// preview of the fix says that it can run code as the user.
#[test]
fn what_is_not_there_is_not_made_by_us() {
    let world = World::new();
    let project = world.project();
    fs::remove_dir_all(project.join(".git")).unwrap();
    let script = "ls -A; mkdir .vscode && echo made";
    assert_eq!(inside(&world, script), "made\n");
    // From the next start on it is there, and stays.
    assert_eq!(inside(&world, "rmdir .vscode 2>/dev/null && echo removed; ls -A"), ".vscode\n");
}
