//! Config texts through other people's parsers.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// The text of a file, whatever it is encoded in.
pub(crate) fn text(bytes: &[u8]) -> Result<String> {
    let wide = |read: fn([u8; 2]) -> u16| -> Result<String> {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        Ok(String::from_utf16(&units)?)
    };
    match bytes {
        [0xff, 0xfe, ..] | [_, 0, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] | [0, ..] => wide(u16::from_be_bytes),
        _ => Ok(std::str::from_utf8(bytes)?.to_owned()),
    }
}

/// A text in the encoding of `bytes`.
pub(crate) fn encode(text: &str, bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [0xff, 0xfe, ..] | [_, 0, ..] => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        [0xfe, 0xff, ..] | [0, ..] => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// The tree of a config, by the end of its name: serde_json, else json5; toml 0.8; libyaml.
pub(crate) fn parse(name: &str, text: &str) -> Result<Value> {
    let text = text.trim_start_matches('\u{feff}');
    match name.rsplit('.').next().unwrap_or_default() {
        "toml" => Ok(serde_json::to_value(toml_1_0::from_str::<toml_1_0::Value>(text)?)?),
        "yaml" | "yml" => Ok(serde_norway::from_str(text)?),
        _ => match serde_json::from_str(text) {
            Ok(tree) => Ok(tree),
            Err(_) if text.trim().is_empty() => Ok(Value::Null),
            Err(strict) => json5::from_str(text).with_context(|| strict.to_string()),
        },
    }
}

/// The value at a path of names and indexes.
pub(crate) fn at_mut<'a>(tree: &'a mut Value, steps: &[Value]) -> Option<&'a mut Value> {
    steps.iter().try_fold(tree, |tree, step| match step {
        Value::Number(index) => tree.get_mut(usize::try_from(index.as_u64()?).ok()?),
        step => tree.get_mut(step.as_str()?),
    })
}

/// Puts a value at a path, or takes it away.
pub(crate) fn set(tree: &mut Value, steps: &[Value], value: Option<Value>) -> Result<()> {
    let (last, before) = steps.split_last().context("an empty path")?;
    let parent = at_mut(tree, before).context("the parent is not there")?;
    match (parent, last, value) {
        (Value::Object(members), Value::String(name), Some(value)) => drop(members.insert(name.clone(), value)),
        (Value::Object(members), Value::String(name), None) => drop(members.shift_remove(name)),
        (Value::Array(items), Value::Number(index), Some(value)) => {
            let index = usize::try_from(index.as_u64().context("an index")?)?;
            *items.get_mut(index).context("no such item")? = value;
        }
        (Value::Array(items), Value::Number(index), None) => {
            let index = usize::try_from(index.as_u64().context("an index")?)?;
            ensure!(index < items.len(), "no such item");
            drop(items.remove(index));
        }
        _ => bail!("nothing can be put there"),
    }
    Ok(())
}
