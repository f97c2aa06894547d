//! One text, written down in every way that the formats of configs know.

use std::fmt::Write;

use super::{LETTERS, Noise};

/// A value as it is meant, and the text between its quotes.
pub(crate) struct Spelled {
    pub(crate) value: String,
    pub(crate) raw: String,
}

/// A file of entries, one line of a format each, and what was hidden in it.
pub(crate) struct Planted {
    pub(crate) text: String,
    pub(crate) hidden: Vec<Spelled>,
}

/// A value of one line and a name for it.
fn single(noise: &mut Noise) -> (&'static str, String) {
    match noise.below(3) {
        0 => ("API_TOKEN", noise.vendor()),
        _ => noise.nameless(),
    }
}

/// A value of several lines and a name for it.
fn lines(noise: &mut Noise) -> (&'static str, String) {
    match noise.below(3) {
        0 => ("API_TOKEN", format!("tok{}\ntok{}", noise.of(LETTERS, 18), noise.of(LETTERS, 18))),
        kind => {
            let label = if kind == 1 { "PRIVATE KEY" } else { "OPENSSH PRIVATE KEY" };
            let body: Vec<String> = (0..2 + noise.below(3)).map(|_| noise.of(LETTERS, 64)).collect();
            let last = noise.of(LETTERS, 20);
            ("PRIVATE_KEY", format!("-----BEGIN {label}-----\n{}\n{last}\n-----END {label}-----", body.join("\n")))
        }
    }
}

/// As in double quotes, some letters as `escape` writes them.
fn escaped(noise: &mut Noise, value: &str, slash: bool, escape: fn(char) -> String) -> String {
    value
        .chars()
        .map(|c| match c {
            '\n' => "\\n".to_owned(),
            '"' | '\\' => format!("\\{c}"),
            '/' if slash && noise.below(2) == 0 => "\\/".to_owned(),
            c if noise.below(9) == 0 => escape(c),
            c => c.to_string(),
        })
        .collect()
}

fn four(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

fn two(c: char) -> String {
    format!("\\x{:02x}", u32::from(c))
}

/// A value that may stand without quotes anywhere.
fn plain(noise: &mut Noise) -> String {
    format!("k{}9{}", noise.of(LETTERS, 11), noise.of(LETTERS, 11))
}

pub(crate) fn json(noise: &mut Noise) -> Planted {
    let mut hidden = Vec::new();
    let mut text = "{\n  \"mcpServers\": {\n".to_owned();
    for n in 0..10 {
        let (name, value) = if noise.below(3) == 0 { lines(noise) } else { single(noise) };
        let raw = escaped(noise, &value, true, four);
        writeln!(text, "    \"s{n}\": {{\n      \"command\": \"/usr/bin/node\",\n      \"env\": {{").unwrap();
        // What another of its name overshadows is in no tree.
        if n % 4 == 0 {
            let (_, value) = single(noise);
            let raw = escaped(noise, &value, true, four);
            writeln!(text, "        \"{name}\": \"{raw}\",").unwrap();
            hidden.push(Spelled { value, raw });
        }
        let old = match n % 3 {
            0 => {
                let value = plain(noise);
                writeln!(text, "        // was {value} before").unwrap();
                Spelled { raw: value.clone(), value }
            }
            1 => {
                let (name, value) = single(noise);
                let raw = escaped(noise, &value, true, four);
                writeln!(text, "        // \"{name}\": \"{raw}\",").unwrap();
                Spelled { value, raw }
            }
            _ => {
                let (name, value) = noise.nameless();
                writeln!(text, "        /* {name}={} */", value.replace("*/", "")).unwrap();
                Spelled { value: value.replace("*/", ""), raw: String::new() }
            }
        };
        hidden.push(old);
        writeln!(text, "        \"{name}\": \"{raw}\"\n      }}\n    }}{}", if n < 9 { "," } else { "" }).unwrap();
        hidden.push(Spelled { value, raw });
    }
    text += "  }\n}\n";
    Planted { text, hidden }
}

pub(crate) fn toml(noise: &mut Noise) -> Planted {
    let mut hidden = Vec::new();
    let mut text = String::new();
    for n in 0..10 {
        let (name, value) = if (3..=6).contains(&(n % 10)) { lines(noise) } else { single(noise) };
        let (value, raw, spelled) = match n {
            0 | 1 => {
                let raw = escaped(noise, &value, false, four);
                let spelled = format!("\"{raw}\"");
                (value, raw, spelled)
            }
            2 => {
                let value = value.replace('\'', "");
                (value.clone(), value.clone(), format!("'{value}'"))
            }
            3 => (value.clone(), value.clone(), format!("\"\"\"\n{value}\n\"\"\"")),
            4 => (value.clone(), value.clone(), format!("\"\"\"{value}\"\"\"")),
            5 => (value.clone(), value.clone(), format!("'''\n{value}\n'''")),
            6 => {
                let raw = escaped(noise, &value, false, four).replace("\\n", "\n");
                let spelled = format!("\"\"\"\n{raw}\"\"\"");
                (value, raw, spelled)
            }
            _ => {
                let (first, second) = (plain(noise), plain(noise));
                (format!("{first}{second}"), String::new(), format!("\"\"\"{first}\\\n    {second}\"\"\""))
            }
        };
        let (old, older) = (single(noise), plain(noise));
        writeln!(text, "[mcp_servers.t{n}] # {older}\ncommand = \"/usr/bin/node\"\n[mcp_servers.t{n}.env]").unwrap();
        writeln!(text, "# {} = {}\n{name} = {spelled}", old.0, old.1).unwrap();
        hidden.push(Spelled { raw: older.clone(), value: older });
        hidden.push(Spelled { raw: old.1.clone(), value: old.1 });
        hidden.push(Spelled { value, raw });
    }
    Planted { text, hidden }
}

pub(crate) fn yaml(noise: &mut Noise) -> Planted {
    let mut hidden = Vec::new();
    let mut text = "extensions:\n".to_owned();
    let indented = |value: &str| value.replace('\n', "\n        ");
    for n in 0..12 {
        let (one, several) = (single(noise), lines(noise));
        let (first, second) = (plain(noise), plain(noise));
        let both = format!("{first} {second}");
        let (name, value, raw, spelled) = match n {
            0 => ("API_TOKEN", first.clone(), first.clone(), first),
            1 => {
                let raw = one.1.replace('\'', "''");
                (one.0, one.1, raw.clone(), format!("'{raw}'"))
            }
            2 | 3 => {
                let raw = escaped(noise, &one.1, false, if n == 2 { two } else { four });
                (one.0, one.1, raw.clone(), format!("\"{raw}\""))
            }
            4 => ("API_TOKEN", format!("{first}{second}"), String::new(), format!("\"{first}\\\n        {second}\"")),
            5 => ("API_TOKEN", both, String::new(), format!("{first}\n        {second}")),
            6 => ("API_TOKEN", both, String::new(), format!("\"{first}\n        {second}\"")),
            7 => ("API_TOKEN", both, String::new(), format!("'{first}\n        {second}'")),
            8 => ("API_TOKEN", both, String::new(), format!(">-\n        {first}\n        {second}")),
            9 => (several.0, several.1.clone(), several.1.clone(), format!("|\n        {}", indented(&several.1))),
            10 => ("API_TOKEN", first.clone(), String::new(), format!("&key{n} {first}\n      OTHER_TOKEN: *key{n}")),
            _ => {
                let raw = escaped(noise, &several.1, false, two);
                (several.0, several.1, raw.clone(), format!("\"{raw}\""))
            }
        };
        let (old, older) = (single(noise), plain(noise));
        writeln!(text, "  y{n}:\n    type: stdio\n    cmd: /usr/bin/node\n    enabled: true # {older}").unwrap();
        match n {
            0 => writeln!(text, "    envs: {{ {name}: {spelled} }} # {}: {}", old.0, old.1).unwrap(),
            _ => writeln!(text, "    envs:\n      # {}: {}\n      {name}: {spelled}", old.0, old.1).unwrap(),
        }
        hidden.push(Spelled { raw: older.clone(), value: older });
        hidden.push(Spelled { raw: old.1.clone(), value: old.1 });
        hidden.push(Spelled { value, raw });
    }
    Planted { text, hidden }
}
