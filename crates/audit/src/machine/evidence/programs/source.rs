//! The text of a script.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::document::read_at_most;
use crate::facts::Source;

/// The most that is read of a script, in bytes.
const LARGEST: u64 = 2 * 1024 * 1024;

/// Imports that are followed to a file; who has more has files of their own.
const IMPORTS: usize = 200;

/// A script of a language that is searched; `None` for anything else, and for one that is too large.
pub(super) fn read(path: &Path) -> Option<Source> {
    const ENDINGS: [&str; 11] = ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx", "py", "sh", "bash"];
    let ending = path.extension()?.to_str()?;
    if !ENDINGS.contains(&ending) {
        return None;
    }
    let bytes = read_at_most(path, LARGEST).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let whole = !loads_its_own(path, &text);
    Some(Source { path: path.to_owned(), text, whole })
}

/// Whether a script loads another file of its project, as far as its text says.
fn loads_its_own(path: &Path, text: &str) -> bool {
    let python = path.extension().is_some_and(|ending| ending == "py");
    let folder = path.parent().unwrap_or(Path::new("/"));
    let sibling = |module: &str| {
        let name = module.split(['.', ' ', ',']).next().unwrap_or(module);
        module.starts_with('.') || folder.join(name).is_dir() || folder.join(format!("{name}.py")).is_file()
    };
    if python {
        let module = |line: &str| {
            let line = line.trim_start();
            let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))?;
            Some(sibling(rest.trim_start()))
        };
        let mut imports = text.lines().filter_map(module);
        return imports.by_ref().take(IMPORTS).any(|own| own)
            || imports.next().is_some()
            || text.contains("importlib")
            || text.contains("runpy");
    }
    // `from "./x"`, `require('../x')`, `import("./x")`; a shell's `. ./x` and `source x`.
    const HEADS: [&str; 8] = ["\"./", "'./", "\"../", "'../", "`./", "`../", "\nsource ", "\n. "];
    HEADS.iter().any(|head| text.contains(head))
}

/// Whether a program is a script that begins with `#!/usr/bin/env`.
pub(super) fn looks_for_interpreter(path: &Path) -> bool {
    let mut head = [0; 64];
    let length = File::open(path).and_then(|mut file| file.read(&mut head)).unwrap_or(0);
    let head = &head[..length];
    head.starts_with(b"#!") && head.windows(4).any(|word| word == b"/env")
}
