//! Entries that come to their server through Warder's relay: read as the
//! remote entries they are.

use warder_launch::profile::ProfileId;
use warder_launch::wrap::Wrapped;

use crate::env::Env;
use crate::server::{Command, Line, Pair, Relay, Text, Transport, command};

/// What a launch line of the relay reaches: `… -- URL [--sse] [--header "Name: value"]…`.
/// `None`: it is another line.
pub(super) fn started(env: &Env, program: &Text, args: &[Text], line: &Line) -> Option<Transport> {
    if !Wrapped::is_relay(&program.value) {
        return None;
    }
    let wrapped = Wrapped::parse(&args.iter().map(|arg| arg.value.clone()).collect::<Vec<_>>())?;
    let (url, mut rest) = args.get(Wrapped::PREFIX..)?.split_first()?;
    let sse = rest.first().is_some_and(|word| word.value == "--sse");
    rest = rest.get(usize::from(sse)..)?;
    let mut headers = Vec::new();
    while let [flag, word, more @ ..] = rest {
        let (name, value) = word.value.split_once(": ").filter(|_| flag.value == "--header")?;
        headers.push(Pair { name: name.to_owned(), value: Text { value: value.to_owned(), ..word.clone() } });
        rest = more;
    }
    if !rest.is_empty() {
        return None;
    }
    let words: Vec<&str> = args[Wrapped::PREFIX + 1..].iter().map(|word| word.value.as_str()).collect();
    let launch = command::read(&url.value, &words, env.os);
    let profile = env.profile(&wrapped.profile).filter(|profile| profile.remote.is_some()).map(Box::new);
    let (program, args, line) = (program.clone(), args.to_vec(), line.clone());
    let url = url.clone();
    let command = Command { program, args, line, wrapped: Some(wrapped), profile, launch };
    Some(Transport::Http { url, sse, headers, relay: Some(Relay::Started(Box::new(command))) })
}

/// Our relay in a client's helper for headers: `<path of the relay> headers --profile ID`.
pub(super) fn asked(env: &Env, helper: Text) -> Option<Relay> {
    let (program, id) = helper.value.rsplit_once(" headers --profile ")?;
    let id = ProfileId::parse(id).filter(|_| Wrapped::is_relay(program.trim_matches(['"', '\''])))?;
    let profile = env.profile(&id).filter(|profile| profile.remote.is_some()).map(Box::new);
    Some(Relay::Asked { at: helper.at, id, profile })
}
