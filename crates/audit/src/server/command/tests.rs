use std::fmt::Write;

use proptest::prelude::*;

use super::*;

mod grammar;

/// The name of a variant.
fn name(value: impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// A launch line in a few words, for tables.
fn told(line: &str, os: Os) -> String {
    let words: Vec<&str> =
        if line.contains('\u{b7}') { line.split('\u{b7}').collect() } else { line.split(' ').collect() };
    let launch = read(words[0], &words[1..], os);
    let mut text = name(launch.launcher);
    match &launch.payload {
        Payload::Package(package) => {
            let version = package.version.as_deref().map_or(String::new(), |version| format!(" {version}"));
            let pin = if package.pinned { "!" } else { "" };
            write!(text, " {} {}{version}{pin} @{}", name(package.ecosystem), package.name, package.word)
                .expect("a String takes all");
        }
        Payload::Script { word } => write!(text, " script @{}", word.map_or("-".to_owned(), |word| word.to_string()))
            .expect("a String takes all"),
        Payload::Binary => text.push_str(" binary"),
        Payload::Opaque(_) => text.push_str(" opaque"),
    }
    write!(text, " args {}", launch.arguments).expect("a String takes all");
    if let Some((word, url)) = &launch.url {
        write!(text, " url {url} @{word}").expect("a String takes all");
    }
    if !launch.layers.is_empty() {
        let roles: Vec<Role> = launch.layers.iter().map(|layer| layer.role).collect();
        write!(text, " {}", name(&roles)).expect("a String takes all");
    }
    text
}

/// Words are parted by blanks, or by `·` where one holds a blank.
fn table(rows: &[(&str, &str)]) {
    for (line, expected) in rows {
        assert_eq!(&told(line, Os::Linux), expected, "{line}");
    }
}

#[test]
fn npx_and_its_kin() {
    table(&[
        ("npx -y @a/b", "Npx Npm @a/b @2 args 3"),
        ("npx -y @a/b@1.2.3 --x", "Npx Npm @a/b 1.2.3! @2 args 3"),
        ("npx a@^1.2.3", "Npx Npm a ^1.2.3 @1 args 2"),
        ("npx a@1", "Npx Npm a 1 @1 args 2"),
        ("npx a@2.0.0-beta.1", "Npx Npm a 2.0.0-beta.1! @1 args 2"),
        ("npx a@npm:@r/real@1.0.0", "Npx Npm @r/real 1.0.0! @1 args 2"),
        ("npx -p @a/b@1.0.0 -p c b x", "Npx Npm @a/b 1.0.0! @2 args 6"),
        ("npx --package=@a/b -- b x", "Npx Npm @a/b @1 args 4"),
        ("npx -c ls", "Npx opaque args 3"),
        ("npx --registry https://r a", "Npx Npm a @3 args 4"),
        ("npx --no-audit a --flag x", "Npx Npm a @2 args 3"),
        ("npx --unheard-of a", "Npx Npm a @2 args 3"),
        ("npx github:o/r", "Npx Git github:o/r @1 args 2"),
        (
            "npx o/r#0123456789abcdef0123456789abcdef01234567",
            "Npx Git o/r#0123456789abcdef0123456789abcdef01234567! @1 args 2",
        ),
        ("npx https://x.dev/a.tgz", "Npx Git https://x.dev/a.tgz @1 args 2"),
        ("npx ./local", "Npx script @1 args 2"),
        ("npx", "Npx opaque args 1"),
        ("npm exec a -- --x", "Npx Npm a @2 args 4"),
        ("npm exec --package=a --yes -- b", "Npx Npm a @2 args 6"),
        ("npm run start -- --x", "Npm script @2 args 4"),
        ("npm --prefix d start", "Npm script @3 args 4"),
        ("bunx --bun -y a@latest x", "Bunx Npm a latest @3 args 4"),
        ("bun x a", "Bunx Npm a @2 args 3"),
        ("bun run --silent s.ts x", "Bun script @3 args 4"),
        ("pnpm --package=a dlx b", "PnpmDlx Npm a @1 args 4"),
        ("pnpm dlx a@1.0.0", "PnpmDlx Npm a 1.0.0! @2 args 3"),
        ("yarn dlx -q a", "YarnDlx Npm a @3 args 4"),
        ("node --env-file .env --no-warnings s.js x", "Node script @4 args 5"),
        ("node /n/npx-cli.js -y a", "Npx Npm a @3 args 4"),
        ("node -e 1", "Node opaque args 3"),
        ("node --made-up s.js", "Node opaque args 3"),
        ("deno run -A npm:@a/b@1.2.3/sub x", "Deno Npm @a/b 1.2.3! @3 args 4"),
        ("deno run --allow-net=x https://d.land/x.ts", "Deno Git https://d.land/x.ts @3 args 4"),
        ("npx -y mcp-remote https://m.dev/sse --header A:b", "Npx Npm mcp-remote @2 args 3 url https://m.dev/sse @3"),
        ("npx mcp-remote --header A:b https://m.dev/sse", "Npx Npm mcp-remote @1 args 2 url https://m.dev/sse @4"),
        ("npx supergateway --sse https://m.dev/sse", "Npx Npm supergateway @1 args 2 url https://m.dev/sse @3"),
    ]);
}

#[test]
fn python_launchers() {
    table(&[
        ("uvx a", "Uvx Pypi a @1 args 2"),
        ("uvx a[x]==1.2.3 y", "Uvx Pypi a 1.2.3! @1 args 2"),
        ("uvx a@1.2", "Uvx Pypi a 1.2! @1 args 2"),
        ("uvx a@latest", "Uvx Pypi a latest @1 args 2"),
        ("uvx a>=1", "Uvx Pypi a >=1 @1 args 2"),
        ("uvx a==1.*", "Uvx Pypi a 1.* @1 args 2"),
        ("uvx --python 3.12 --from a==1.0 b x", "Uvx Pypi a 1.0! @4 args 6"),
        ("uvx --from git+https://h/o/r b", "Uvx Git git+https://h/o/r @2 args 4"),
        (
            "uvx --from git+https://h/o/r@0123456789abcdef0123456789abcdef01234567 b",
            "Uvx Git git+https://h/o/r@0123456789abcdef0123456789abcdef01234567! @2 args 4",
        ),
        ("uvx -y a", "Uvx opaque args 3"),
        ("uv tool run a", "Uvx Pypi a @3 args 4"),
        ("uv --directory d run s.py x", "UvRun script @4 args 5"),
        ("uv run --with a==1 a", "UvRun Pypi a 1! @3 args 5"),
        ("uv run python -m m x", "UvRun script @4 args 5"),
        ("uv run --with mcp mcp run s.py", "UvRun script @6 args 5"),
        ("pipx run --spec a==1.0 b", "Pipx Pypi a 1.0! @3 args 5"),
        ("python3.12 -u -W ignore -m m x", "Python script @5 args 6"),
        ("python -c x", "Python opaque args 3"),
        ("py -3.12 s.py", "Python script @2 args 3"),
        ("/v/bin/python s.py", "Python script @1 args 2"),
    ]);
}

#[test]
fn prefixes_are_taken_off() {
    table(&[
        ("cmd /c npx -y a", "Npx Npm a @4 args 5 [Cmd]"),
        ("cmd·/c·npx -y a", "Npx Npm a @2 args 3 [Cmd]"),
        ("cmd·/c·set K=v&& npx a", "Npx Npm a @2 args 3 [Cmd]"),
        ("cmd·/c·a && b", "Shell opaque args 3 [Cmd]"),
        ("sh·-c·exec npx -y a@1.0.0 /p 2>/dev/null", "Npx Npm a 1.0.0! @2 args 3 [Shell, Other]"),
        ("bash·-lc·K='v w' uvx a", "Uvx Pypi a @2 args 3 [Shell]"),
        ("bash·-c·cd /x && npx a", "Shell opaque args 3 [Shell]"),
        ("bash·-c·npx $(cat name)", "Shell opaque args 3 [Shell]"),
        ("bash·-c·$CMD", "Shell opaque args 3 [Shell]"),
        ("bash s.sh x", "Binary script @1 args 2"),
        ("pwsh -NoProfile -File s.ps1", "Binary script @3 args 4 [Shell]"),
        ("powershell -c npx a", "Npx Npm a @3 args 4 [Shell]"),
        ("env -u X K=v npx a", "Npx Npm a @5 args 6 [Env]"),
        ("sudo -u me npx a", "Npx Npm a @4 args 5 [Sudo]"),
        ("timeout -k 5 10 nice -n 5 npx a", "Npx Npm a @8 args 9 [Other, Other]"),
        ("op run --env-file=.env -- npx a", "Npx Npm a @5 args 6 [Runner]"),
        ("mise x node@20 -- npx a", "Npx Npm a @5 args 6 [Runner]"),
        ("wsl -d U -- npx a", "Npx Npm a @5 args 6 [Wsl]"),
        ("wsl -e npx a", "Npx Npm a @3 args 4 [Wsl]"),
        ("bwrap --ro-bind / / --unshare-net npx a", "Npx Npm a @6 args 7 [Sandbox]"),
        ("sandbox-exec -f p npx a", "Npx Npm a @4 args 5 [Sandbox]"),
        ("poetry run python s.py", "Python script @3 args 4 [Runner]"),
        ("ssh host npx a", "Binary opaque args 4"),
        ("./run.sh x", "Binary script @0 args 1"),
        ("tool x", "Binary binary args 1"),
    ]);
    assert_eq!(told("C:\\n\\NPX.CMD -y a", Os::Windows), "Npx Npm a @2 args 3");
    assert_eq!(read("npx -y a@1.0.0", &["/p"], Os::Linux).arguments, 1);
    assert_eq!(read("/opt/My Tool/run", &[], Os::Linux).payload, Payload::Binary);
}

#[test]
fn an_assignment_keeps_its_place() {
    for (line, value) in [
        ("env·KEY=v 1·npx·a", "v 1"),
        ("docker·run·-eKEY=v·i", "v"),
        ("sh·-c·KEY=\"v 1\" npx a", "v 1"),
        ("cmd·/c·set KEY=v&& npx a", "v"),
    ] {
        let words: Vec<&str> = line.split('·').collect();
        let launch = read(words[0], &words[1..], Os::Linux);
        let [one] = launch.assignments.as_slice() else { panic!("{line}") };
        assert_eq!((one.name.as_str(), &words[one.word][one.range.clone()]), ("KEY", value), "{line}");
    }
}

#[test]
fn paths_keep_their_place() {
    let words = [
        "npx",
        "-y",
        "fs",
        "/a",
        "--root=~/b",
        "file:///c",
        "@s/x",
        "https://h/d",
        "--flag",
        "C:\\e",
        "./f",
        "word",
        "${workspaceFolder}/g",
    ];
    let launch = read(words[0], &words[1..], Os::Linux);
    let found: Vec<&str> = launch.paths.iter().map(|path| &words[path.word][path.range.clone()]).collect();
    assert_eq!(found, ["/a", "~/b", "/c", "C:\\e", "./f", "${workspaceFolder}/g"]);
    let words = ["sh", "-c", "npx fs '/a b' /c\\ d"];
    let launch = read(words[0], &words[1..], Os::Linux);
    assert_eq!(&words[2][launch.paths[0].range.clone()], "/a b");
    assert_eq!((launch.paths[1].path.as_str(), launch.paths[1].range.clone()), ("/c d", 0..0));
}

#[test]
fn a_container_and_what_it_gets() {
    use ContainerOption as C;
    let words = [
        "docker",
        "run",
        "-i",
        "--rm",
        "-v",
        "/:/host:ro",
        "--mount=type=bind,src=C:\\x,dst=/x",
        "-v",
        "/var/run/docker.sock:/s",
        "-v",
        "named:/data",
        "--privileged=false",
        "--net=host",
        "--cap-add",
        "ALL",
        "-u",
        "0",
        "-e",
        "K=v",
        "localhost:5000/a/b:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "/in",
    ];
    let launch = read(words[0], &words[1..], Os::Linux);
    let Payload::Package(package) = &launch.payload else { panic!("an image") };
    assert_eq!((package.name.as_str(), package.pinned, launch.arguments), ("localhost:5000/a/b", true, 20));
    let container = launch.container.expect("docker run");
    let mount = |source: &str, target: &str, read_only| C::Mount {
        source: source.to_owned(),
        target: target.to_owned(),
        read_only,
    };
    assert_eq!(
        container.options,
        [
            (4, mount("/", "/host", true)),
            (6, mount("C:\\x", "/x", false)),
            (7, C::Socket { source: "/var/run/docker.sock".to_owned() }),
            (12, C::Network("host".to_owned())),
            (13, C::CapAdd("ALL".to_owned())),
            (15, C::User("0".to_owned())),
        ]
    );
    let hosts: Vec<(&str, bool)> =
        launch.paths.iter().map(|path| (&words[path.word][path.range.clone()], path.read_only)).collect();
    assert_eq!(hosts, [("/", true), ("C:\\x", false), ("/var/run/docker.sock", false)]);
    let opaque = read("docker", &["run", "--made-up", "x", "image"], Os::Linux);
    assert!(matches!(opaque.payload, Payload::Opaque(_)));
}

#[test]
fn every_line_has_a_kind() {
    for (line, expected) in [
        ("npx a", Kind::LocalPackage),
        ("docker run a", Kind::LocalPackage),
        ("tool", Kind::LocalPackage),
        ("node s.js", Kind::LocalScript),
        ("./tool", Kind::LocalScript),
        ("npx mcp-remote https://m.dev", Kind::Bridge),
        ("npx -c x", Kind::LocalPackage),
        ("node -e x", Kind::LocalScript),
        ("powershell $x", Kind::LocalScript),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(kind(&read(words[0], &words[1..], Os::Linux)), expected, "{line}");
    }
}

#[test]
fn a_reason_never_repeats_a_value() {
    for line in [
        "uvx --made-up=hunter2 a",
        "uvx -xhunter2",
        "docker run -=hunter2 a",
        "node --hunter2! s",
        "npx hunter2!",
        "python -hunter2",
        "uvx hunter2!",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let Payload::Opaque(reason) = read(words[0], &words[1..], Os::Linux).payload else { panic!("{line}") };
        assert!(!reason.contains("hunter2"), "{reason}");
    }
}

#[test]
fn long_hostile_lines_take_linear_time() {
    let long = "a\\b'c d' $(".repeat(20_000);
    for program in ["sh", "cmd", "env", "npx", "docker", "node", "uvx", "wsl"] {
        read(program, &["-c", "/c", &long], Os::Linux);
        read(program, &[&long, "-c", &long], Os::Windows);
    }
    let nested = format!("{}npx a", "sh -c ".repeat(20_000));
    read("sh", &["-c", &nested], Os::Linux);
    let many = vec!["-i"; 20_000];
    read("docker", &[&["run"], many.as_slice()].concat(), Os::Linux);
}

proptest! {
    #[test]
    fn any_line_is_read_and_every_place_holds(
        program in "(npx|uvx|docker|sh|cmd|env|node|python|uv|wsl|bunx|mise|pwsh|java|npm|\\PC{0,6})",
        args in prop::collection::vec("(run|exec|-c|/c|-e|-v|--|--from|--mount|-p|set|\\PC{0,12}|[a-z@/:=.'\"\\\\$&-]{0,12}|-v=/é:/b|K=[é'\" ]{0,4})", 0..8),
    ) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        for os in [Os::Linux, Os::Windows] {
            let launch = read(&program, &args, os);
            prop_assert!(launch.arguments <= args.len() + 1);
            let word = |at: usize| if at == 0 { Some(program.as_str()) } else { args.get(at - 1).copied() };
            for path in &launch.paths {
                let text = word(path.word).and_then(|text| text.get(path.range.clone()));
                prop_assert!(text == Some(path.path.as_str()) || path.range == (0..0), "{path:?}");
            }
            for assignment in &launch.assignments {
                prop_assert!(word(assignment.word).and_then(|text| text.get(assignment.range.clone())).is_some());
            }
        }
    }
}
