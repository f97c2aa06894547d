//! `warder --help`: the commands by what a person wants to do.

use clap::{Command, CommandFactory};

use crate::Cli;

/// Every command that is shown, once.
const GROUPS: &[(&str, &[&str])] = &[
    ("See what is wrong", &["scan", "news", "keys", "doctor", "rules"]),
    ("Mend it", &["fix", "accept", "approve", "update", "rotate", "residue"]),
    ("Sandboxed servers", &["permissions", "allow", "learn"]),
    ("Take it back", &["log", "undo", "restore", "recovery", "uninstall"]),
    ("Set up", &["settings", "completions"]),
];

/// The whole command line, with its commands in groups.
pub(crate) fn command() -> Command {
    let cli = Cli::command();
    let heading = cli.get_styles().get_header();
    let groups: String = GROUPS.iter().map(|group| shown(&cli, group, &heading.to_string())).collect();
    let options = format!("{heading}Options:{heading:#}");
    let template = format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}{options}\n{{options}}");
    cli.help_template(template)
}

fn shown(cli: &Command, (title, names): &(&str, &[&str]), heading: &str) -> String {
    let style = cli.get_styles().get_literal();
    let line = |name: &&str| {
        let about = cli.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
        format!("  {style}{name:<11}{style:#}  {}\n", about.unwrap_or_default())
    };
    let lines: String = names.iter().map(line).collect();
    format!("{heading}{title}:{:#}\n{lines}\n", cli.get_styles().get_header())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_is_shown_is_in_one_group() {
        let cli = Cli::command();
        let mut shown: Vec<&str> =
            cli.get_subcommands().filter(|one| !one.is_hide_set()).map(Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        shown.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, shown);
    }
}
