//! What README.md and docs/clients.md say of clients, compared with the table.

use std::fs;
use std::path::{Path, PathBuf};

use warder_audit::clients::{Base, CLIENTS, Client, ConfigFile, Os, Scope, Writing};
use warder_audit::document::Format;
use warder_audit::machine::Machine;

use crate::homes::Home;
use crate::{lantern, line};

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// The first code block of a language.
fn block<'a>(page: &'a str, language: &str) -> &'a str {
    let start = format!("```{language}\n");
    let from = page.find(&start).unwrap() + start.len();
    &page[from..from + page[from..].find("```").unwrap()]
}

#[test]
fn the_example_of_how_to_add_a_client_is_true() {
    let text = fs::read_to_string(page("docs/clients.md")).unwrap();
    let row = fs::read_to_string(page("tests/clients/lantern.rs")).unwrap();
    assert_eq!(block(&text, "rust"), row, "docs/clients.md and tests/clients/lantern.rs");
    let home = Home::empty();
    let machine = Machine::of_text(home.env(), &lantern::CLIENT, &home.path("tools.json"), block(&text, "jsonc"));
    let found: Vec<String> = machine.servers.iter().map(|server| line(&machine, server) + "\n").collect();
    assert_eq!(found.concat(), block(&text, "text"));
    assert!(machine.problems.is_empty());
}

#[test]
fn the_table_of_the_readme_is_what_the_rows_say() {
    const START: &str = "--test clients` -->\n";
    const END: &str = "<!-- end of clients -->";
    let path = page("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (old, after) = rest.split_once(END).unwrap();
    let new = table();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{before}{START}{new}{END}{after}")).unwrap();
    } else {
        assert_eq!(old, new, "README.md: `UPDATE=1 cargo test -p warder-audit --test clients` writes it anew");
    }
}

fn table() -> String {
    let mut clients: Vec<&Client> = CLIENTS.iter().filter(|client| client.id != "generic").collect();
    clients.sort_by_key(|client| client.name.to_lowercase());
    let mut text = "\n| client | reads | fixes | keeps keys itself | after a fix |\n|---|---|---|---|---|\n".to_owned();
    for client in clients {
        let keys = if client.own_secrets.is_empty() { "–" } else { client.own_secrets };
        text += &format!("| {} | {} | {} | {keys} | {} |\n", client.name, reads(client), fixes(client), client.after);
    }
    text + "\n"
}

/// The rows of a client that can hold servers.
fn rows(client: &Client) -> impl Iterator<Item = &ConfigFile> + Clone {
    client.files.iter().filter(|row| !row.roots.is_empty())
}

/// The usual place of each scope.
fn reads(client: &Client) -> String {
    let mut scopes: Vec<Scope> = Vec::new();
    let mut places = Vec::new();
    for row in rows(client).filter(|row| !row.guest && !is_agent(row)) {
        if !scopes.contains(&row.scope) {
            scopes.push(row.scope);
            places.push(match row.scope {
                Scope::Extension => "extensions".to_owned(),
                Scope::System => "system-wide".to_owned(),
                Scope::Managed => "managed".to_owned(),
                _ if row.base == Base::Given => "files you name".to_owned(),
                _ => format!("`{}`", place(row)),
            });
        }
    }
    let guest = |row: &&ConfigFile| row.guest && !is_agent(row) && row.scope == Scope::Project;
    let others: Vec<String> = rows(client).filter(guest).map(|row| format!("`{}`", row.path)).collect();
    places.extend(others.into_iter().filter(|other| !places.contains(other)).collect::<Vec<_>>());
    if rows(client).any(is_agent) {
        places.push("agents".to_owned());
    }
    places.join(", ")
}

/// The Markdown file of an agent.
fn is_agent(row: &ConfigFile) -> bool {
    row.format == Format::FrontMatter
}

fn place(row: &ConfigFile) -> String {
    let below = |base: &str| if row.path.is_empty() { base.to_owned() } else { format!("{base}/{}", row.path) };
    match row.base {
        Base::Home => below("~"),
        Base::Config => below("<config>"),
        Base::DotConfig => below("~/.config"),
        Base::LocalAppData => below("%LOCALAPPDATA%"),
        Base::ProgramData => below("%ProgramData%"),
        Base::ProgramFiles => below("%ProgramFiles%"),
        Base::Root => below(""),
        Base::Named(_, "") => below("~"),
        Base::Named(_, usual) => below(&format!("~/{usual}")),
        Base::Only(name) => below(&format!("${name}")),
        Base::Told(_, _, setting) => below(&format!("<{setting}>")),
        Base::Project | Base::Above | Base::Repository | Base::RepositoryOrAbove | Base::Given => row.path.to_owned(),
    }
}

fn fixes(client: &Client) -> String {
    let own = rows(client).filter(|row| !row.guest && !is_agent(row));
    let usual = own.clone().find(|row| row.scope == Scope::User).or_else(|| own.clone().next()).unwrap();
    let kept = |scope: Scope| {
        let mut rows = own.clone().filter(|row| row.scope == scope).peekable();
        rows.peek().is_some() && rows.all(|row| matches!(row.writing, Writing::Never(_)))
    };
    let mut text = match usual.writing {
        Writing::Any | Writing::Locked => "yes",
        Writing::Closed(_) => "while it is closed",
        Writing::Never(_) => "no",
    }
    .to_owned();
    let mut never: Vec<&str> =
        [("extensions", Scope::Extension), ("system-wide", Scope::System), ("managed", Scope::Managed)]
            .into_iter()
            .filter(|(_, scope)| kept(*scope))
            .map(|(name, _)| name)
            .collect();
    if rows(client).any(is_agent) {
        never.push("agents");
    }
    if !never.is_empty() && text != "no" {
        text += &format!(", not {}", never.join(", not "));
    }
    if own.clone().all(|row| row.os == [Os::Windows]) {
        text += " (Windows)";
    }
    text
}
