use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

/// A folder with `config` = "old" in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("config"), "old").expect("written");
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).expect("readable")
}

fn old() -> Seen {
    seen(b"old")
}

fn seen(bytes: &[u8]) -> Seen {
    Seen { stamp: Stamp::of(bytes), identity: None }
}

/// Which file `path` is now.
fn which(path: &Path) -> Option<Identity> {
    let folder = fs::metadata(path.parent().expect("a folder")).expect("there");
    Some(Identity::of(&fs::metadata(path).expect("there"), &folder))
}

/// Replaces `config` while `meanwhile` plays the other program.
fn replace_while(folder: &Path, mut meanwhile: impl FnMut(Moment, &Path)) -> Result<Stamp, WriteError> {
    let path = folder.join("config");
    let replacing = Replacing { path: &path, expected: &old(), bytes: b"new", within: None };
    replacing.run(&mut |moment| meanwhile(moment, &path))
}

#[test]
fn a_replaced_file_keeps_its_mode_owner_and_attributes() {
    let folder = folder();
    let path = folder.path().join("config");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("allowed");
    let attribute = rustix::fs::setxattr(&path, "user.origin", b"here", rustix::fs::XattrFlags::empty());
    let before = fs::metadata(&path).expect("there");
    assert_eq!(replace(&path, &old(), b"new", None).expect("replaced"), Stamp::of(b"new"));
    let after = fs::metadata(&path).expect("there");
    assert_eq!(text(&path), "new");
    assert_eq!((before.mode(), before.uid(), before.gid()), (after.mode(), after.uid(), after.gid()));
    if attribute.is_ok() {
        let mut value = [0; 8];
        assert_eq!(rustix::fs::getxattr(&path, "user.origin", &mut value[..]), Ok(4));
    }
    assert_eq!(names(folder.path()), ["config"]);
}

#[test]
fn a_link_stays_and_its_target_is_replaced() {
    let folder = folder();
    fs::create_dir(folder.path().join("dotfiles")).expect("a folder");
    fs::rename(folder.path().join("config"), folder.path().join("dotfiles/real")).expect("moved");
    symlink("dotfiles/real", folder.path().join("config")).expect("linked");
    replace(&folder.path().join("config"), &old(), b"new", Some(folder.path())).expect("replaced");
    assert_eq!(fs::read_link(folder.path().join("config")).expect("a link"), Path::new("dotfiles/real"));
    assert_eq!(text(folder.path().join("dotfiles/real")), "new");
    assert_eq!(names(&folder.path().join("dotfiles")), ["real"]);
}

#[test]
fn a_project_link_that_leads_out_is_refused() {
    let (outside, project) = (folder(), tempfile::tempdir().expect("a folder"));
    symlink(outside.path().join("config"), project.path().join("config")).expect("linked");
    let result = replace(&project.path().join("config"), &old(), b"new", Some(project.path()));
    assert!(matches!(result, Err(WriteError::Escapes { .. })), "{result:?}");
    assert_eq!(text(outside.path().join("config")), "old");
}

#[test]
fn a_changed_or_missing_file_is_stale() {
    let folder = folder();
    for (path, expected) in [("config", seen(b"older")), ("gone", old())] {
        let result = replace(&folder.path().join(path), &expected, b"new", None);
        assert!(matches!(result, Err(WriteError::Stale { .. })), "{result:?}");
    }
    assert_eq!(text(folder.path().join("config")), "old");
    assert_eq!(names(folder.path()), ["config"]);
}

#[test]
fn a_write_in_between_wins() {
    for by_rename in [false, true] {
        for late in [false, true] {
            let folder = folder();
            let result = replace_while(folder.path(), |moment, path| {
                let write = |text: &str| {
                    let beside = path.with_extension("theirs");
                    if by_rename {
                        fs::write(&beside, text).and_then(|()| fs::rename(&beside, path)).expect("written");
                    } else {
                        fs::write(path, text).expect("written");
                    }
                };
                match moment {
                    Moment::Compared => write("theirs"),
                    Moment::PuttingBack if late => write("theirs again"),
                    Moment::PuttingBack | Moment::Exchanged => {}
                }
            });
            assert!(matches!(result, Err(WriteError::Stale { .. })), "{result:?}");
            let expected = if late { "theirs again" } else { "theirs" };
            assert_eq!(text(folder.path().join("config")), expected, "by rename: {by_rename}, late: {late}");
            assert_eq!(names(folder.path()), ["config"]);
        }
    }
}

#[test]
fn a_write_right_after_is_not_taken_for_ours() {
    let folder = folder();
    let result = replace_while(folder.path(), |moment, path| {
        if moment == Moment::Exchanged {
            fs::write(path, "theirs").expect("written");
        }
    });
    assert!(matches!(result, Err(WriteError::Io { .. })), "{result:?}");
    assert_eq!(text(folder.path().join("config")), "theirs");
    assert_eq!(names(folder.path()), ["config"]);
}

#[test]
fn the_same_bytes_in_another_file_or_folder_are_stale() {
    let (top, other) = (folder(), folder());
    let path = top.path().join("config");
    let first = which(&path);
    // Another file in the place of the one that was seen.
    fs::rename(&path, top.path().join("aside")).expect("moved");
    fs::write(&path, "old").expect("written");
    // And the file that was seen in another folder.
    let moved = other.path().join("config");
    fs::rename(top.path().join("aside"), &moved).expect("moved");
    for path in [&path, &moved] {
        let result = replace(path, &Seen { identity: first, ..old() }, b"new", None);
        assert!(matches!(result, Err(WriteError::Stale { .. })), "{result:?}");
        let result = set_mode(path, &Seen { identity: first, ..old() }, 0o600);
        assert!(matches!(result, Err(WriteError::Stale { .. })), "{result:?}");
        assert_eq!(text(path), "old");
        replace(path, &Seen { identity: which(path), ..old() }, b"new", None).expect("replaced");
    }
}

#[test]
fn a_file_exchanged_for_its_like_in_between_stays() {
    let folder = folder();
    let theirs = folder.path().join("theirs");
    fs::write(&theirs, "old").expect("written");
    let inode = fs::metadata(&theirs).expect("there").ino();
    let result = replace_while(folder.path(), |moment, path| {
        if moment == Moment::Compared {
            fs::rename(&theirs, path).expect("moved");
        }
    });
    assert!(matches!(result, Err(WriteError::Stale { .. })), "{result:?}");
    assert_eq!(fs::metadata(folder.path().join("config")).expect("there").ino(), inode);
    assert_eq!(names(folder.path()), ["config"]);
}

#[test]
fn a_removal_in_between_is_stale() {
    let folder = folder();
    let result = replace_while(folder.path(), |_, path| fs::remove_file(path).expect("removed"));
    assert!(matches!(result, Err(WriteError::Stale { .. })), "{result:?}");
    assert!(names(folder.path()).is_empty());
}

#[test]
fn the_file_is_there_at_every_moment() {
    let folder = folder();
    let mut seen = Vec::new();
    replace_while(folder.path(), |moment, path| seen.push((moment, text(path)))).expect("replaced");
    assert_eq!(seen, [(Moment::Compared, "old".to_owned()), (Moment::Exchanged, "new".to_owned())]);
}

#[test]
fn what_cannot_be_replaced_whole_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("config");
    let refused = |path: &Path| {
        let result = replace(path, &old(), b"new", None);
        assert!(matches!(result, Err(WriteError::Io { .. })), "{result:?}");
    };
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("allowed");
    refused(&path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("allowed");
    fs::hard_link(&path, folder.path().join("twin")).expect("linked");
    refused(&path);
    refused(folder.path());
    assert_eq!((text(&path), text(folder.path().join("twin"))), ("old".to_owned(), "old".to_owned()));
    assert_eq!(names(folder.path()), ["config", "twin"]);
}

#[test]
fn what_a_crash_left_is_cleared_if_it_is_known() {
    let folder = folder();
    for (name, content) in [(".warder-1.tmp", "old"), (".warder-2.tmp", "theirs"), (".warder-3", "old")] {
        fs::write(folder.path().join(name), content).expect("written");
    }
    clear(&folder.path().join("config"), |bytes| bytes == b"old" || bytes == b"new").expect("cleared");
    assert_eq!(names(folder.path()), [".warder-2.tmp", ".warder-3", "config"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_file_gives_an_error() {
    // The mode of a folder does not stop root; in this one nobody creates a file.
    let path = Path::new("/proc/self/comm");
    let before = fs::read(path).expect("readable");
    let result = replace(path, &seen(&before), b"new", None);
    assert!(matches!(result, Err(WriteError::Io { .. })), "{result:?}");
    assert_eq!(fs::read(path).expect("readable"), before);
}

#[test]
fn no_folder_on_the_way_may_be_a_link() {
    let (top, elsewhere) = (tempfile::tempdir().expect("a folder"), folder());
    let real = top.path().canonicalize().expect("it is there");
    fs::create_dir_all(real.join("a/b")).expect("made");
    symlink(elsewhere.path(), real.join("link")).expect("linked");
    fs::create_dir(elsewhere.path().join("b")).expect("made");
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::NOFOLLOW;
    for (path, opens) in [("a/b", true), ("link", false), ("link/b", false), ("a/missing", false)] {
        let path = real.join(path);
        assert_eq!(Folder::open(&path).is_ok(), opens, "{}", path.display());
        assert_eq!(Folder::step_by_step(&path, flags).is_ok(), opens, "{}", path.display());
    }
}

#[test]
fn a_folder_swapped_for_a_link_just_before_the_rename_is_not_followed() {
    let (top, elsewhere) = (tempfile::tempdir().expect("a folder"), folder());
    let project = top.path().join("project");
    fs::create_dir(&project).expect("made");
    fs::write(project.join("config"), "old").expect("written");
    let result = replace_while(&project, |moment, _| {
        if moment == Moment::Compared {
            fs::rename(&project, top.path().join("moved")).expect("moved");
            symlink(elsewhere.path(), &project).expect("linked");
        }
    });
    assert_eq!(result.expect("written where it was approved"), Stamp::of(b"new"));
    assert_eq!(text(elsewhere.path().join("config")), "old");
    assert_eq!(text(top.path().join("moved/config")), "new");
    assert_eq!(names(elsewhere.path()), ["config"]);
}
