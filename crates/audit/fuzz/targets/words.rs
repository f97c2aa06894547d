//! Any words taken apart: what is said of them stands in them.

use std::ops::Range;

use warder_audit::clients::Os;
use warder_audit::server::command::{Launch, Payload, read};

/// `data`: a word a line, and a last line that names the system (`w`, `m`, else Linux).
pub fn words(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut words: Vec<&str> = text.split('\n').collect();
    let os = match words.pop() {
        Some("w") => Os::Windows,
        Some("m") => Os::Macos,
        _ => Os::Linux,
    };
    let Some((program, args)) = words.split_first() else { return };
    let launch = read(program, args, os);
    check(&words, &launch);

    // A shell that is given the same words, quoted, starts the same thing, or
    // nothing is said of it. A first word with `=` is left out: the reader of
    // shell lines takes it for a variable even where it is quoted.
    if os != Os::Windows && !program.contains(char::is_whitespace) && !program.contains('=') && !text.contains('\0') {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
        let line = quoted.join(" ");
        let shell = read("/bin/sh", &["-c", &line], os);
        check(&["/bin/sh", "-c", &line], &shell);
        if !matches!(shell.payload, Payload::Opaque(_)) {
            assert_eq!(told(&shell), told(&launch), "{line}");
        }
    }
}

/// What is started, without where it is written.
fn told(launch: &Launch) -> String {
    let payload = match &launch.payload {
        Payload::Package(package) => {
            format!("{:?} {} {:?} {}", package.ecosystem, package.name, package.version, package.pinned)
        }
        Payload::Script { .. } => "script".to_owned(),
        Payload::Binary => "binary".to_owned(),
        Payload::Opaque(_) => "opaque".to_owned(),
    };
    let url = launch.url.as_ref().map(|(_, url)| url);
    format!("{:?} {payload} {url:?}", launch.launcher)
}

fn check(words: &[&str], launch: &Launch) {
    let within = |word: usize, range: &Range<usize>| {
        let part = words.get(word).and_then(|word| word.get(range.clone()));
        assert!(part.is_some(), "{range:?} is no part of word {word} of {words:?}");
    };
    let named = |word: usize| assert!(word < words.len(), "there is no word {word} in {words:?}");
    launch.paths.iter().for_each(|path| within(path.word, &path.range));
    launch.assignments.iter().for_each(|assignment| within(assignment.word, &assignment.range));
    launch.with.iter().for_each(|package| named(package.word));
    launch.url.iter().for_each(|(word, _)| named(*word));
    match &launch.payload {
        Payload::Package(package) => named(package.word),
        Payload::Script { word: Some(word) } => named(*word),
        _ => {}
    }
    launch.container.iter().flat_map(|container| &container.options).for_each(|(word, _)| named(*word));
    assert!(launch.arguments <= words.len(), "{} of {words:?}", launch.arguments);
}
