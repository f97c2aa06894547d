//! Tells Tauri that `ask` is the only command, so that a window may call
//! nothing its capability does not name.

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(&["ask"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("tauri.conf.json and the capabilities are valid");
}
