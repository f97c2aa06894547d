//! YAML through the front door: what is read, and what an edit leaves behind, byte for byte.

mod clients;
mod edits;
mod hostile;
mod random;
mod reading;
#[path = "../step/mod.rs"]
mod step;

use std::path::Path;

use warder_audit::document::{Document, Format, ReadError, Roots};

fn read(text: &str, roots: Roots) -> Result<Document, ReadError> {
    Document::parse(Path::new("config.yaml"), text.as_bytes().to_vec(), Format::Yaml, roots)
}

/// The verdict in one line: `ok`, or kind, line:column and sentence.
fn verdict(text: &str) -> String {
    let said = |kind: &str, problem: &warder_audit::document::Problem| {
        let at = problem.at.expect("there is a place");
        format!("{kind} {}:{} {}", at.line, at.column, problem.message)
    };
    match read(text, &[]) {
        Ok(document) => document.refused.map_or("ok".to_owned(), |problem| said("invalid", &problem)),
        Err(ReadError::Invalid(problem)) => said("invalid", &problem),
        Err(ReadError::Unreadable(problem)) => said("unreadable", &problem),
        Err(ReadError::Missing) => "missing".to_owned(),
    }
}
