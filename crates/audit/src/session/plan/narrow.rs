//! Folders of an entry, replaced by narrower ones.

use std::path::PathBuf;

use serde_json::{Value, json};
use warder_launch::sandbox::is_too_broad;
use warder_launch::wrap::Wrapped;

use super::{Draft, Plan, Subject, by_hand, is_broad};
use crate::api::{Choices, Code, Failure};
use crate::document::{Key, KeyPath, Patch};
use crate::programs::absolute;
use crate::redact::line;
use crate::rules::permissions::broad_filesystem_root::separator;
use crate::server::command::{PathUse, PathWord};
use crate::session::entry::{Entry, Handed};
use crate::session::failures::refused;

const READ_ONLY: &str = "All its tools say that they only read, so the folder is mounted read-only.";

impl Subject<'_> {
    /// Other folders in the place of too broad ones.
    pub(super) fn narrow(&self, places: &[KeyPath], choices: &Choices) -> Result<Plan, Failure> {
        let keep = self.kept(choices)?;
        let written = self.spelled(&keep)?;
        let mut args: Vec<Vec<String>> = self.command.args.iter().map(|arg| vec![arg.value.clone()]).collect();
        let mut patches = Vec::new();
        let (mut given, mut read_only) = (false, false);
        for place in places {
            let argument = self.command.args.iter().position(|arg| arg.at == *place);
            match (argument, place.0.last()) {
                (Some(index), _) => {
                    args[index] = self.narrowed(index, &written, given)?;
                    given = true;
                    if self.only_reads() {
                        read_only |= self.read_only(index, &mut args[index]);
                    }
                }
                (None, Some(Key::Name(name))) => {
                    let pair = self.server.env.iter().find(|pair| pair.name == *name).ok_or_else(by_hand)?;
                    let value = self.list(&pair.value.value, &written)?;
                    patches.push(Patch::Set(place.clone(), json!(value)));
                }
                _ => return Err(by_hand()),
            }
        }
        let args: Vec<String> = args.into_iter().flatten().collect();
        if given {
            patches.extend(self.command.rewrite(&self.command.program.value, &args));
        }
        let draft = match &self.command.wrapped {
            Some(wrapped) => Some(Draft {
                id: wrapped.profile.clone(),
                entry: self.amended(&args, &patches)?,
                fencing: self.fencing(),
                wanted: None,
                added: keep.iter().map(PathBuf::from).collect(),
            }),
            None => None,
        };
        let name = line(&self.server.name);
        let shown: Vec<String> = keep.iter().map(|dir| self.env.shown(dir.as_ref())).collect();
        Ok(Plan {
            file: self.server.file,
            server: Some(self.index),
            title: format!("Narrow the folders of {name}"),
            past: format!("Narrowed the folders of {name}"),
            summary: format!("{name} will be given {} only.", line(&shown.join(" and "))),
            notes: read_only.then(|| READ_ONLY.to_owned()).into_iter().collect(),
            patches,
            mode: None,
            stash: Vec::new(),
            draft,
            ready: None,
            back: None,
        })
    }

    /// The entry with other arguments (as written, our wrapper included).
    pub(super) fn amended(&self, args: &[String], patches: &[Patch]) -> Result<Entry, Failure> {
        let own = args.get(Wrapped::PREFIX..).unwrap_or_default().to_vec();
        let mut entry = Entry::with(self.env, self.file, self.server, self.command, own)?;
        for patch in patches {
            if let Patch::Set(KeyPath(steps), Value::String(value)) = patch
                && let Some(Key::Name(name)) = steps.last()
            {
                entry.env.insert(name.clone(), Handed::Plain(value.clone()));
            }
        }
        Ok(entry)
    }

    /// The directories to keep, each a real one that is narrow enough.
    fn kept(&self, choices: &Choices) -> Result<Vec<String>, Failure> {
        if choices.keep.is_empty() {
            let message = "say which folders this server keeps".to_owned();
            return Err(Failure {
                code: Code::Asks,
                message,
                hint: Some("Choose one or more folders it needs.".to_owned()),
            });
        }
        let mut kept: Vec<String> = Vec::new();
        for dir in &choices.keep {
            let shown = line(&self.env.shown(dir.as_ref()));
            let path = absolute(self.env, dir, None).filter(|path| path.is_dir());
            let path = path.ok_or_else(|| refused(format!("{shown} is not a folder")))?;
            // One that was typed (`~/notes`) stands in the entry as any program reads it.
            let dir = path.to_str().ok_or_else(|| refused(format!("{shown} cannot be written as text")))?.to_owned();
            if is_broad(self.env, &dir) || path.canonicalize().is_ok_and(|real| is_too_broad(&real, &self.env.home)) {
                return Err(refused(format!("{shown} is no narrower")));
            }
            if !kept.contains(&dir) {
                kept.push(dir);
            }
        }
        Ok(kept)
    }

    /// The directories as they stand in the file: a shared one names none of this computer.
    fn spelled(&self, keep: &[String]) -> Result<Vec<String>, Failure> {
        if self.file.shared.is_none() {
            return Ok(keep.to_vec());
        }
        if self.command.wrapped.is_some() {
            return Err(refused("this file is shared, and its entry names a program of this computer".to_owned()));
        }
        let relative = |dir: &String| {
            let project = self.file.project.as_ref()?.canonicalize().ok()?;
            let real = PathBuf::from(dir).canonicalize().ok()?;
            let inside = real.strip_prefix(project).ok()?.to_str()?.replace('\\', "/");
            Some(format!("${{workspaceFolder}}/{inside}").trim_end_matches('/').to_owned())
        };
        keep.iter().map(|dir| relative(dir).ok_or_else(|| self.outside(dir))).collect()
    }

    fn outside(&self, dir: &str) -> Failure {
        let shown = line(&self.env.shown(dir.as_ref()));
        let hint = Some("Choose folders of the project: others who use the file have them too.".to_owned());
        Failure { code: Code::Refused, message: format!("{shown} is outside the project of a shared file"), hint }
    }

    /// One argument's replacement: a word for each directory, or none where the
    /// directories were `given` already.
    fn narrowed(&self, index: usize, keep: &[String], given: bool) -> Result<Vec<String>, Failure> {
        let arg = &self.command.args[index];
        let path = self.path_in(index).ok_or_else(by_hand)?;
        let (head, tail) = (&arg.value[..path.range.start], &arg.value[path.range.end..]);
        // A word of its own can be taken away or doubled; what belongs to an
        // option or says more than a path cannot.
        let option = index.checked_sub(1).map(|before| &self.command.args[before].value);
        let bound = option.is_some_and(|option| option.starts_with('-') && option != "--");
        if path.how == PathUse::Mount || bound || !head.is_empty() || !tail.is_empty() {
            return match (keep, path.how) {
                ([one], _) => Ok(vec![format!("{head}{one}{tail}")]),
                (_, PathUse::Mount) => Err(refused("a mount takes one folder".to_owned())),
                _ => Err(refused(format!("{} takes one folder", line(option.unwrap_or(&arg.value))))),
            };
        }
        if given {
            return Ok(Vec::new());
        }
        Ok(keep.to_vec())
    }

    /// Mounts it to be read only, where this argument is a mount and does not say so yet; whether it does now.
    fn read_only(&self, index: usize, words: &mut [String]) -> bool {
        let Some(path) = self.path_in(index).filter(|path| path.how == PathUse::Mount && !path.read_only) else {
            return false;
        };
        let [word] = words else { return false };
        let (whole, end) = (&self.command.args[index].value, path.range.end);
        let Some(more) = read_only(&whole[..path.range.start], &whole[end..]) else { return false };
        word.push_str(more);
        true
    }

    /// The path that an argument names; by the words of the server's own line.
    fn path_in(&self, index: usize) -> Option<&PathWord> {
        let skipped = if self.command.wrapped.is_some() { Wrapped::PREFIX } else { 0 };
        // Word 0 is the program; the wrapper's own words are not counted.
        let word = (index + 1).checked_sub(skipped + usize::from(skipped > 0))?;
        self.command.launch.paths.iter().find(|path| path.word == word)
    }

    /// A variable's list with its broad parts replaced.
    fn list(&self, value: &str, keep: &[String]) -> Result<String, Failure> {
        let Some(separator) = separator(self.env.os, value) else {
            return match keep {
                [one] => Ok(one.clone()),
                _ => Err(refused("this variable takes one folder".to_owned())),
            };
        };
        let narrow = value.split(separator).map(str::trim).filter(|part| !is_broad(self.env, part));
        let parts: Vec<&str> = narrow.chain(keep.iter().map(String::as_str)).collect();
        Ok(parts.join(&separator.to_string()))
    }
}

/// What makes a mount read-only, by what stands before and behind its folder; `None` where that is not known.
fn read_only(head: &str, tail: &str) -> Option<&'static str> {
    let says = |text: &str, words: &[&str]| text.split([',', ':', '=']).any(|part| words.contains(&part));
    // `-v FOLDER:TARGET[:OPTIONS]`
    if let Some(rest) = tail.strip_prefix(':') {
        let options = rest.split_once(':').map(|(_, options)| options);
        return match options {
            None if !rest.is_empty() => Some(":ro"),
            Some(options) if !says(options, &["rw", "ro"]) => Some(",ro"),
            _ => None,
        };
    }
    // `--mount type=bind,source=FOLDER,target=TARGET`
    let is_mount = says(head, &["source", "src"]) || says(tail, &["target", "dst", "destination"]);
    (is_mount && !says(head, &["readonly", "ro"]) && !says(tail, &["readonly", "ro"])).then_some(",readonly")
}

#[cfg(test)]
mod tests {
    use super::read_only;

    #[test]
    fn a_mount_is_made_read_only_as_its_kind_is_written() {
        for (head, tail, more) in [
            ("", ":/data", Some(":ro")),
            ("--volume=", ":/data", Some(":ro")),
            ("", ":/data:z", Some(",ro")),
            ("", ":/data:rw", None),
            ("", "", None),
            ("type=bind,src=", ",dst=/data", Some(",readonly")),
            ("--mount=type=bind,target=/data,source=", "", Some(",readonly")),
            ("type=bind,source=", ",target=/data,readonly=false", None),
        ] {
            assert_eq!(read_only(head, tail), more, "{head}…{tail}");
        }
    }
}
