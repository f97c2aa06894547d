//! Where a file's comments stand.

use std::ops::Range;

use memchr::{memchr, memchr2, memmem};

use super::{Document, Format, Value};

impl Document {
    /// The bytes of every comment, signs included, in order. Those with nothing but
    /// blanks between them are one: a remark of several lines.
    pub fn comments(&self) -> Vec<Range<usize>> {
        let text = self.text.as_str();
        let found = match self.format {
            Format::Xml => between(text, "<!--", "-->"),
            // Behind it a `#` is a heading.
            Format::FrontMatter => Vec::new(),
            Format::Toml | Format::Yaml | Format::YamlLoose | Format::YamlMerging => self.behind_hashes(),
            _ => slashed(text),
        };
        let mut all: Vec<Range<usize>> = Vec::new();
        for comment in found {
            match all.last_mut().filter(|last| text[last.end..comment.start].trim().is_empty()) {
                Some(last) => last.end = comment.end,
                None => all.push(comment),
            }
        }
        all
    }

    /// `# …`, wherever no name or value stands.
    fn behind_hashes(&self) -> Vec<Range<usize>> {
        let text = self.text.as_str();
        if memchr(b'#', text.as_bytes()).is_none() {
            return Vec::new();
        }
        // What the client does not ask for is looked at, too.
        let Ok(whole) = Document::parse(&self.path, text.as_bytes().to_vec(), self.format, &[]) else {
            return Vec::new();
        };
        let mut said: Vec<Range<usize>> = std::iter::once(text.len()..text.len()).collect();
        let mut left = vec![&whole.root];
        while let Some(node) = left.pop() {
            said.extend(node.key.as_ref().map(|name| name.span.clone()));
            match &node.value {
                Value::Array(nodes) | Value::Object(nodes) => left.extend(nodes),
                _ => said.push(node.span.clone()),
            }
        }
        said.sort_by_key(|span| span.start);
        let (mut all, mut at) = (Vec::new(), 0);
        for span in said {
            let mut from = at;
            while let Some(hash) = text.get(from..span.start).and_then(|gap| gap.find('#')).map(|hash| from + hash) {
                let end = text[hash..].find('\n').map_or(text.len(), |end| hash + end);
                all.push(hash..end);
                from = end;
            }
            at = at.max(span.end).max(from);
        }
        all
    }
}

/// `// …` and `/* … */` outside quotes.
fn slashed(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    if memmem::find(bytes, b"//").is_none() && memmem::find(bytes, b"/*").is_none() {
        return all;
    }
    let mut at = 0;
    while let Some(next) = memchr2(b'"', b'/', &bytes[at..]) {
        at += next;
        at = match &bytes[at..] {
            [b'"', ..] => closing_quote(bytes, at + 1),
            [b'/', b'/', ..] => {
                let end = memchr2(b'\n', b'\r', &bytes[at..]).map_or(bytes.len(), |end| at + end);
                all.push(at..end);
                end
            }
            [b'/', b'*', ..] => {
                let end = memmem::find(&bytes[at + 2..], b"*/").map_or(bytes.len(), |end| at + 2 + end + 2);
                all.push(at..end);
                end
            }
            _ => at + 1,
        };
    }
    all
}

/// Behind the quote that ends a text.
fn closing_quote(bytes: &[u8], mut at: usize) -> usize {
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += next;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

fn between(text: &str, open: &str, close: &str) -> Vec<Range<usize>> {
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(start) = text[at..].find(open).map(|start| at + start) {
        at = text[start..].find(close).map_or(text.len(), |end| start + end + close.len());
        all.push(start..at);
    }
    all
}

#[cfg(test)]
mod tests {

    use std::path::Path;

    use super::*;

    #[test]
    fn comments_are_what_no_client_reads() {
        for (format, text, expected) in [
            (Format::Jsonc, r#"{ "a": "// no", /* yes */ "b\"": 1 } // too"#, vec!["/* yes */", "// too"]),
            (Format::Jsonc, "{\n // one\n // two\n}", vec!["// one\n // two"]),
            (Format::Json, r#"{ "a": "https://example.com" }"#, vec![]),
            (Format::Toml, "a = '# no' # yes\nb = \"\"\"\n# no\n\"\"\"\n", vec!["# yes"]),
            (Format::Yaml, "a: x#no # yes\nb: |\n  # no\n# too\n", vec!["# yes", "# too"]),
            (Format::Xml, "<a><!-- yes --><b/></a>", vec!["<!-- yes -->"]),
        ] {
            let document = Document::parse(Path::new("x"), text.as_bytes().to_vec(), format, &[]).unwrap();
            let found: Vec<&str> = document.comments().into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
