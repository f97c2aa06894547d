//! The documentation test: on every rule's own page, the fix turns *before*
//! into *after*, word for word; doing it again changes nothing; undo gives
//! *before* back, byte for byte.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use homes::{Home, worse};
use warder_audit::api::{Answer, Choices, Code, Request};
use warder_audit::clients::{Base, client};
use warder_audit::finding::Safety;
use warder_audit::rules::rules;

/// 26 characters of base32 for sixteen zero bytes.
const ID: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A fenced block of a page and the client it is of.
fn block(docs: &str, name: &str) -> (String, String) {
    let mut lines = docs.lines();
    let opening =
        lines.find_map(|line| line.strip_prefix(&format!("```json {name}"))).expect("every page has both blocks");
    let client = if opening.trim().is_empty() { "cursor" } else { opening.trim() };
    let text: Vec<&str> = lines.take_while(|line| *line != "```").collect();
    (client.to_owned(), format!("{}\n", text.join("\n")))
}

#[test]
fn the_fix_on_a_rules_page_does_what_the_page_shows() {
    let mut fixed = 0;
    // What is seen beside the configs cannot be written into a page; those rules have tests of their own.
    for rule in rules().iter().filter(|rule| !rule.docs.contains("```json facts before")) {
        let home = Home::empty();
        let here = |text: String| text.replace("[HOME]", &home.root().to_string_lossy()).replace("[ID]", ID);
        let (id, before) = block(rule.docs, "before");
        let (before, after) = (here(before), here(block(rule.docs, "after").1));
        let row = client(&id).unwrap().files[0];
        let base = match row.base {
            Base::Config | Base::DotConfig => ".config",
            Base::Named(_, usual) => usual,
            _ => "",
        };
        let path = home.path(base).join(row.path).strip_prefix(home.root()).unwrap().to_string_lossy().into_owned();
        home.write(&path, &before);
        for folder in ["code/app", "projects/app"] {
            home.write(&format!("{folder}/keep.txt"), "");
        }
        home.write("srv/server.js", "");
        let mut session = home.session().with_random(|| [0; 16]);
        let report = session.scan().report();
        let finding =
            report.findings.iter().find(|finding| finding.rule == rule.id).unwrap_or_else(|| panic!("{}", rule.id));
        let Some(fix) = finding.fixes.iter().find(|fix| fix.safety != Safety::Manual) else { continue };
        let keep = vec![home.path("code/app").to_string_lossy().into_owned()];
        let choices =
            if fix.id.ends_with(".narrow") { Choices { keep, ..Choices::default() } } else { Choices::default() };
        let seen = session.preview(&fix.id, &choices).unwrap_or_else(|why| panic!("{}: {why}", rule.id)).seen;
        let change = session.apply(&fix.id, &choices, &seen, false).unwrap_or_else(|why| panic!("{}: {why}", rule.id));
        assert_eq!(home.read(&path), after, "{}", rule.id);
        let again = session.scan().report();
        assert_eq!(worse(&report, &again, &fix.id), [""; 0], "{}", rule.id);
        assert!(again.findings.iter().all(|finding| finding.rule != rule.id), "{} is not silent afterwards", rule.id);
        assert!(session.preview(&fix.id, &choices).is_err());
        session.undo(&change.id).unwrap();
        assert_eq!(home.read(&path), before, "{}", rule.id);
        fixed += 1;
    }
    assert!(fixed >= 3, "only {fixed} pages have a fix");
}

#[test]
fn a_screen_is_told_about_every_rule() {
    let mut session = Home::empty().session();
    for rule in rules() {
        let Ok(Answer::Rule(page)) = session.ask(Request::Rule { id: rule.id.to_owned() }) else {
            panic!("{} has no page", rule.id)
        };
        assert_eq!((page.id.as_str(), page.title.as_str()), (rule.id, rule.title));
        let text = serde_json::to_string(&page).unwrap();
        assert!(!text.contains("```") && !text.contains("[HOME]") && !text.contains("[ID]"), "{text}");
    }
    let unknown = session.ask(Request::Rule { id: "secret-in-evn".to_owned() }).unwrap_err();
    assert_eq!((unknown.code, unknown.hint.as_deref()), (Code::Unknown, Some("Did you mean secret-in-env?")));
}
