//! Tells Tauri that these are the only commands, so that a window may call
//! nothing its capability does not name.

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(&["ask", "cancel", "paste", "pick", "recovery", "replace"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("tauri.conf.json and the capabilities are valid");
}
