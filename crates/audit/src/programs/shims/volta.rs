//! Volta: every shim is a link to `volta-shim`; a project's `package.json` or
//! the user's `platform.json` says which version, and `bins` which package
//! has a program.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Place, Shim, is_program, text};

type Found = (PathBuf, Vec<PathBuf>);

pub(super) fn find(place: &Place<'_>, shim: &Shim<'_>) -> Option<Found> {
    let images = shim.root.join("tools/image");
    let default = json(&shim.root.join("tools/user/platform.json"));
    let names = ["package.json"];
    let project = place.upward(&names).map(|file| json(&file)["volta"].take()).find(|pins| !pins.is_null());
    let project = project.unwrap_or_default();
    // What its settings take from another file is not followed.
    if !project["extends"].is_null() {
        return None;
    }
    let node = project["node"].as_str().or(default["node"]["runtime"].as_str());
    let node = node.and_then(|version| image(&images, "node", version));
    let path: Vec<PathBuf> = node.iter().cloned().collect();
    let of = |tool: &str, default: &Value| {
        let named = project[tool].as_str().or(default.as_str());
        named.and_then(|version| image(&images, tool, version))
    };
    let bin = match shim.name {
        "node" => node?,
        "npm" | "npx" => of("npm", &default["node"]["npm"]).or(node)?,
        "yarn" | "yarnpkg" => of("yarn", &default["yarn"])?,
        "pnpm" | "pnpx" => of("pnpm", &default["pnpm"])?,
        name => return package(shim.root, &images, name),
    };
    Some(bin.join(shim.name)).filter(|program| is_program(program)).map(|program| (program, path))
}

/// The program of a package that was installed for all, with the node that it was installed by.
fn package(root: &Path, images: &Path, name: &str) -> Option<Found> {
    let own = json(&root.join("tools/user/bins").join(format!("{name}.json")));
    let package = own["package"].as_str().filter(|package| !package.split('/').any(|part| part.starts_with('.')))?;
    let program = images.join("packages").join(package).join("bin").join(name);
    let node = &own["platform"]["node"];
    let node = image(images, "node", node["runtime"].as_str().or(node.as_str())?)?;
    is_program(&program).then(|| (program, vec![node]))
}

fn image(images: &Path, tool: &str, version: &str) -> Option<PathBuf> {
    let plain = !version.contains('/') && !version.starts_with('.');
    Some(images.join(tool).join(version).join("bin")).filter(|bin| plain && bin.is_dir())
}

fn json(file: &Path) -> Value {
    serde_json::from_str(&text(file)).unwrap_or_default()
}
