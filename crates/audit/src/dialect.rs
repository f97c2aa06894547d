//! What clients replace in the texts of an entry before they use them.
//!
//! Every client has its own forms, in its own places (client-formats §18). A
//! text in a form its client does not know reaches the server as it is.

use std::ops::Range;

/// One way to write "put something in here".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `${X}`.
    Braces,
    /// `${X:-default}`.
    Default,
    /// `$X`.
    Dollar,
    /// `${env:X}`.
    Env,
    /// `${input:x}`.
    Input,
    /// `${command:x}`, `${config:x}`.
    Editor,
    /// `${userHome}`, `${workspaceFolder}`, `${workspaceFolderBasename}`, `${pathSeparator}`, `${/}`, `${cwd}`.
    Folders,
    /// `${workspaceFolder}` alone.
    Workspace,
    /// A leading `~`.
    Tilde,
    /// `${file:path}`.
    File,
    /// `{env:X}`.
    BareEnv,
    /// `{file:path}`.
    BareFile,
    /// `${{ secrets.X }}`, `${{ inputs.X }}`, `${{ vars.X }}`.
    Double,
    /// `${__dirname}`, `${HOME}`, `${user_config.X}` … of an extension's manifest.
    Manifest,
}

/// A part of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Command,
    Args,
    Env,
    Cwd,
    Url,
    Headers,
}

/// The forms a client knows, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub everywhere: &'static [Form],
    /// Known in these places only.
    pub only: &'static [(Spot, &'static [Form])],
}

/// The client expands nothing: the server gets the text itself.
pub const NOTHING: Dialect = Dialect { everywhere: &[], only: &[] };

/// `${X}` and `${X:-default}`.
pub const SHELL: Dialect = Dialect { everywhere: &[Form::Braces, Form::Default], only: &[] };

/// It is not known what the client expands: everything that could be a reference is taken for one.
pub const UNKNOWN: Dialect = Dialect {
    everywhere: &[
        Form::Braces,
        Form::Default,
        Form::Env,
        Form::Input,
        Form::Editor,
        Form::Folders,
        Form::Tilde,
        Form::File,
        Form::BareEnv,
        Form::BareFile,
        Form::Double,
        Form::Manifest,
    ],
    only: &[],
};

/// A place in a text that is written in some form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    pub range: Range<usize>,
    pub form: Form,
    /// What stands inside: `X`, `input:x` without its prefix, `userHome`.
    pub name: &'a str,
}

impl Dialect {
    /// Whether `form` is replaced in `spot`.
    pub fn takes(&self, spot: Spot, form: Form) -> bool {
        let here = |forms: &[Form]| forms.contains(&form) || form == Form::Workspace && forms.contains(&Form::Folders);
        here(self.everywhere) || self.only.iter().any(|(place, forms)| *place == spot && here(forms))
    }

    /// What the client replaces in a text at `spot`, in order.
    pub fn references<'a>(&self, spot: Spot, text: &'a str) -> Vec<Reference<'a>> {
        all(text).into_iter().filter(|one| self.reads(spot, one)).collect()
    }

    /// What is written in a form of another client, and stays as it is.
    pub fn foreign<'a>(&self, spot: Spot, text: &'a str) -> Vec<Reference<'a>> {
        all(text).into_iter().filter(|one| !self.reads(spot, one)).collect()
    }

    /// Whether a text at `spot` is a reference and nothing else; a default
    /// value would be a text of its own.
    pub fn is_reference(&self, spot: Spot, text: &str) -> bool {
        matches!(&self.references(spot, text)[..], [one] if one.form != Form::Default && one.range == (0..text.len()))
    }

    /// A variable of the environment as this client reads it at `spot`, if it
    /// can read one there: `${env:X}` for Cursor.
    pub fn spelled(&self, spot: Spot, name: &str) -> Option<String> {
        let forms = [
            (Form::Env, format!("${{env:{name}}}")),
            (Form::Braces, format!("${{{name}}}")),
            (Form::BareEnv, format!("{{env:{name}}}")),
            (Form::Dollar, format!("${name}")),
        ];
        forms.into_iter().find(|(form, _)| self.takes(spot, *form)).map(|(_, text)| text)
    }

    fn reads(&self, spot: Spot, one: &Reference) -> bool {
        let names = MANIFEST.contains(&one.name) && self.takes(spot, Form::Manifest);
        self.takes(spot, one.form) || names && matches!(one.form, Form::Braces | Form::Folders)
    }
}

const FOLDERS: &[&str] = &["userHome", "workspaceFolderBasename", "pathSeparator", "/", "cwd"];

/// What an extension's manifest may name without a prefix.
const MANIFEST: &[&str] = &["HOME", "DESKTOP", "DOCUMENTS", "DOWNLOADS", "pathSeparator", "/"];

/// Every reference in a text, in any client's form; none inside another.
pub fn all(text: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    if text == "~" || text.starts_with("~/") || text.starts_with("~\\") {
        found.push(Reference { range: 0..1, form: Form::Tilde, name: "" });
        at = 1;
    }
    while let Some(step) = text[at..].find(['$', '{']) {
        at += step;
        match read(&text[at..]) {
            Some((length, form, name)) => {
                found.push(Reference { range: at..at + length, form, name });
                at += length;
            }
            None => at += 1,
        }
    }
    found
}

/// The reference that a text begins with: its length, form and name.
fn read(text: &str) -> Option<(usize, Form, &str)> {
    if let Some(rest) = text.strip_prefix("${{") {
        let end = close(rest, "}}")?;
        let name = rest[..end].trim();
        let known = ["secrets.", "inputs.", "vars."].iter().any(|kind| name.starts_with(kind));
        return known.then_some((3 + end + 2, Form::Double, name));
    }
    if let Some(rest) = text.strip_prefix("${") {
        let end = close(rest, "}")?;
        let (form, name) = inside(&rest[..end])?;
        return Some((2 + end + 1, form, name));
    }
    if let Some(rest) = text.strip_prefix('{') {
        let end = close(rest, "}")?;
        let (prefix, name) = rest[..end].split_once(':')?;
        let form = match prefix {
            "env" => Form::BareEnv,
            "file" => Form::BareFile,
            _ => return None,
        };
        return (!name.is_empty()).then_some((1 + end + 1, form, name));
    }
    let name = text.strip_prefix('$')?;
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
    is_variable(&name[..end]).then_some((1 + end, Form::Dollar, &name[..end]))
}

/// Where `end` stands; a reference is short, so a stray `{` costs little.
fn close(rest: &str, end: &str) -> Option<usize> {
    let limit = rest.floor_char_boundary(1024);
    rest[..limit].find(end)
}

fn inside(inner: &str) -> Option<(Form, &str)> {
    if is_variable(inner) {
        return Some(match inner {
            "workspaceFolder" => (Form::Workspace, inner),
            "__dirname" => (Form::Manifest, inner),
            _ if FOLDERS.contains(&inner) => (Form::Folders, inner),
            _ => (Form::Braces, inner),
        });
    }
    if FOLDERS.contains(&inner) {
        return Some((Form::Folders, inner));
    }
    if let Some((name, _)) = inner.split_once(":-").filter(|(name, _)| is_variable(name)) {
        return Some((Form::Default, name));
    }
    if inner.starts_with("user_config.") {
        return Some((Form::Manifest, inner));
    }
    let (prefix, name) = inner.split_once(':').filter(|(_, name)| !name.is_empty())?;
    let form = match prefix {
        "env" => Form::Env,
        "input" => Form::Input,
        "command" | "config" => Form::Editor,
        "workspaceFolder" => return Some((Form::Workspace, inner)),
        "file" => Form::File,
        _ => return None,
    };
    Some((form, name))
}

/// A name that a shell takes for a variable.
pub fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_told_apart() {
        for (text, expected) in [
            ("a ${X} b", vec![("${X}", Form::Braces, "X")]),
            ("${X:-a b}", vec![("${X:-a b}", Form::Default, "X")]),
            ("$X/$y_1-z", vec![("$X", Form::Dollar, "X"), ("$y_1", Form::Dollar, "y_1")]),
            ("${env:X}${input:key}", vec![("${env:X}", Form::Env, "X"), ("${input:key}", Form::Input, "key")]),
            ("${config:a.b}", vec![("${config:a.b}", Form::Editor, "a.b")]),
            ("${userHome}${/}x", vec![("${userHome}", Form::Folders, "userHome"), ("${/}", Form::Folders, "/")]),
            ("${workspaceFolder}", vec![("${workspaceFolder}", Form::Workspace, "workspaceFolder")]),
            ("~/x", vec![("~", Form::Tilde, "")]),
            ("a~/x", vec![]),
            ("{env:X} {file:~/k}", vec![("{env:X}", Form::BareEnv, "X"), ("{file:~/k}", Form::BareFile, "~/k")]),
            ("${{ secrets.K }}", vec![("${{ secrets.K }}", Form::Double, "secrets.K")]),
            ("${user_config.key}", vec![("${user_config.key}", Form::Manifest, "user_config.key")]),
            ("${file:/k}", vec![("${file:/k}", Form::File, "/k")]),
            ("{\"a\": {\"env\": 1}} ${v%p} $5 $ ${} ${1}", vec![]),
            ("${unclosed", vec![]),
        ] {
            let got: Vec<_> = all(text).iter().map(|one| (&text[one.range.clone()], one.form, one.name)).collect();
            assert_eq!(got, expected, "{text}");
        }
    }

    #[test]
    fn a_dialect_takes_its_own_forms_in_its_own_places() {
        const MIXED: Dialect = Dialect { everywhere: &[Form::Env], only: &[(Spot::Headers, &[Form::Braces])] };
        assert_eq!(MIXED.references(Spot::Env, "${env:A} ${B}").len(), 1);
        assert_eq!(MIXED.references(Spot::Headers, "${env:A} ${B}").len(), 2);
        assert_eq!(MIXED.foreign(Spot::Env, "${env:A} ${B}")[0].name, "B");
        assert!(NOTHING.references(Spot::Env, "${A}").is_empty());
    }

    #[test]
    fn a_manifest_names_folders_of_its_own() {
        const EXTENSION: Dialect = Dialect { everywhere: &[Form::Manifest], only: &[] };
        let text = "${__dirname}${/}x ${HOME} ${user_config.key} ${TOKEN}";
        assert_eq!(EXTENSION.references(Spot::Args, text).len(), 4);
        assert_eq!(EXTENSION.foreign(Spot::Args, text)[0].name, "TOKEN");
    }

    #[test]
    fn a_variable_is_spelled_as_its_client_reads_it() {
        const MIXED: Dialect = Dialect { everywhere: &[Form::BareEnv], only: &[(Spot::Headers, &[Form::Dollar])] };
        assert_eq!(MIXED.spelled(Spot::Env, "X").as_deref(), Some("{env:X}"));
        assert_eq!(SHELL.spelled(Spot::Env, "X").as_deref(), Some("${X}"));
        assert_eq!(NOTHING.spelled(Spot::Env, "X"), None);
        assert!(SHELL.is_reference(Spot::Env, "${X}") && !SHELL.is_reference(Spot::Env, "${X:-y}"));
        assert!(!SHELL.is_reference(Spot::Env, "a${X}") && MIXED.is_reference(Spot::Headers, "$x"));
    }
}
