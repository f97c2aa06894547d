//! Which items of a list stay, which change, go and come.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::patch::{name, number};
use super::{Node, Value};

/// The stretches that differ: items of `from` that go and items of `to` that
/// come in their place, between equal ones. Both were read from `text` or are new.
pub(super) fn changes(text: &str, from: &[Node], to: &[Node]) -> Vec<(Range<usize>, Range<usize>)> {
    let plain = |items: &[Node]| items.iter().map(|item| spell(text, item)).collect::<Vec<_>>();
    let (had, wanted) = (plain(from), plain(to));
    let moved = moved(&had, &wanted);
    if had.len() == wanted.len() {
        // Item by item, unless something moved: what was written about each stays with it.
        let changed = (0..had.len()).filter(|&at| had[at] != wanted[at]);
        let touched = moved.iter().map(|(gone, come)| gone.len().max(come.len())).sum();
        if changed.clone().count() <= touched {
            return changed.map(|at| (at..at + 1, at..at + 1)).collect();
        }
    }
    moved
}

/// The same, with as many equal items as possible.
fn moved(had: &[String], wanted: &[String]) -> Vec<(Range<usize>, Range<usize>)> {
    // Ends first: what is put before a command line goes before it, even
    // when both begin with the same word.
    let tail = had.iter().rev().zip(wanted.iter().rev()).take_while(|(old, new)| old == new).count();
    let ops = capture_diff_slices(Algorithm::Myers, &had[..had.len() - tail], &wanted[..wanted.len() - tail]);
    let mut blocks: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for op in ops {
        let (gone, come) = (op.old_range(), op.new_range());
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        match blocks.last_mut() {
            Some(last) if last.0.end == gone.start && last.1.end == come.start => {
                last.0.end = gone.end;
                last.1.end = come.end;
            }
            _ => blocks.push((gone, come)),
        }
    }
    blocks
}

/// One spelling for each value, so that equal items are found.
fn spell(text: &str, node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(text) => number(text).map_or_else(|| text.clone(), |number| number.to_string()),
        Value::String(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(|item| spell(text, item) + ",").collect::<String>()),
        Value::Object(members) => {
            let mut members: Vec<String> =
                members.iter().map(|member| format!("{:?}:{},", name(member), spell(text, member))).collect();
            members.sort_unstable();
            format!("{{{}}}", members.concat())
        }
        Value::Other(written) => format!("({written})"),
        Value::Skipped => format!("({})", &text[node.span.clone()]),
    }
}
