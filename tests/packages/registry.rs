//! A registry on loopback, of npm and of Python packages; ends with the process.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) base: String,
    folder: PathBuf,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    /// What is at each path.
    files: BTreeMap<String, Vec<u8>>,
    /// npm's packages by name.
    documents: BTreeMap<String, Value>,
    /// What was asked for, and as whom.
    asked: Vec<(String, String)>,
}

impl Registry {
    pub(crate) fn new(folder: &Path) -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let held = Arc::<Mutex<Held>>::default();
        let registry = Registry { base, folder: folder.to_owned(), held };
        let own = registry.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut head = Vec::new();
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                        break;
                    }
                    head.push(line.trim().to_owned());
                }
                let found = own.answer(&head);
                let status = if found.is_some() { "200 OK" } else { "404 Not Found" };
                let (kind, body) = found.unwrap_or(("text/plain", Vec::new()));
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
                let _ = reader.read(&mut [0; 1]);
            }
        });
        registry
    }

    fn answer(&self, head: &[String]) -> Option<(&'static str, Vec<u8>)> {
        let path = head.first()?.split(' ').nth(1)?.split('?').next()?.replace("%2f", "/").replace("%2F", "/");
        let who = head.iter().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or_default();
        let mut held = self.held.lock().unwrap();
        held.asked.push((path.clone(), who.to_owned()));
        if let Some(document) = held.documents.get(path.trim_start_matches('/')) {
            return Some(("application/json", document.to_string().into_bytes()));
        }
        let kind = if path.ends_with('/') { "text/html" } else { "application/octet-stream" };
        held.files.get(&path).map(|bytes| (kind, bytes.clone()))
    }

    /// What was asked for since the last call, and as whom.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.held.lock().unwrap().asked)
    }

    /// Publishes an npm package; `more` goes into its manifest.
    pub(crate) fn publish(&self, name: &str, version: &str, more: Value, files: &[(&str, &str)]) {
        let package = self.folder.join(format!("{}-{version}", name.replace('/', "-")));
        fs::create_dir_all(&package).unwrap();
        let mut manifest =
            json!({ "name": name, "version": version, "license": "MIT", "homepage": "https://example.com" });
        manifest.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fs::write(package.join("package.json"), manifest.to_string()).unwrap();
        for (path, text) in files {
            fs::create_dir_all(package.join(path).parent().unwrap()).unwrap();
            fs::write(package.join(path), text).unwrap();
        }
        // Not by `npm pack`, which leaves out what a hostile package has.
        let packed = self.folder.join("packed.tgz");
        let mut tar = Command::new("tar");
        tar.arg("-czf").arg(&packed).arg("-C").arg(&self.folder).arg("--transform=s,^[^/]*,package,");
        assert!(tar.arg(package.file_name().unwrap()).status().unwrap().success());
        let tarball = fs::read(&packed).unwrap();
        let integrity = format!("sha512-{}", data_encoding::BASE64.encode(&Sha512::digest(&tarball)));
        let path = format!("/{name}-{version}.tgz");
        let mut entry = manifest;
        entry["dist"] = json!({ "tarball": format!("{}{path}", self.base), "integrity": integrity });
        let mut held = self.held.lock().unwrap();
        held.files.insert(path, tarball);
        let document = held.documents.entry(name.to_owned()).or_insert_with(|| json!({ "name": name, "versions": {} }));
        document["versions"][version] = entry;
        document["dist-tags"] = json!({ "latest": version });
    }

    /// Publishes a Python package with one program of its name.
    pub(crate) fn wheel(&self, name: &str, version: &str) {
        let module = name.replace('-', "_");
        let info = format!("{module}-{version}.dist-info");
        let file = format!("{module}-{version}-py3-none-any.whl");
        let code = "import sys\ndef main():\n    sys.stdin.read()\n";
        let files = json!({
            (format!("{module}/__init__.py")): code,
            (format!("{info}/METADATA")): format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"),
            (format!("{info}/WHEEL")): "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            (format!("{info}/entry_points.txt")): format!("[console_scripts]\n{name} = {module}:main\n"),
        });
        let zip = "import base64,hashlib,json,sys,zipfile\n\
            files=json.loads(sys.argv[2]); info=sys.argv[3]\n\
            lines=[f'{n},sha256={base64.urlsafe_b64encode(hashlib.sha256(t.encode()).digest()).decode().rstrip(\"=\")},{len(t)}' for n,t in files.items()]\n\
            files[info+'/RECORD']='\\n'.join(lines+[info+'/RECORD,,',''])\n\
            wheel=zipfile.ZipFile(sys.argv[1],'w')\n\
            [wheel.writestr(n,t) for n,t in files.items()]\n\
            wheel.close()";
        fs::create_dir_all(&self.folder).unwrap();
        let path = self.folder.join(&file);
        let mut python = Command::new("python3");
        assert!(python.args(["-c", zip]).arg(&path).args([files.to_string(), info]).status().unwrap().success());
        let mut held = self.held.lock().unwrap();
        held.files.insert(format!("/files/{file}"), fs::read(path).unwrap());
        let page = held.files.entry(format!("/simple/{name}/")).or_default();
        page.extend(format!("<a href=\"/files/{file}\">{file}</a>\n").into_bytes());
    }
}
