//! Every launcher, prefix and bridge of client-formats §20, a few lines each.

use super::*;

#[test]
fn npx_takes_what_npm_takes() {
    table(&[
        ("npx --yes --prefer-offline --no-install a x", "Npx Npm a @4 args 5"),
        ("npx --ignore-scripts --silent -q -d -dd -g -f a", "Npx Npm a @8 args 9"),
        ("npx --loglevel silly -C d -w ws --omit dev a", "Npx Npm a @9 args 10"),
        ("npx --cache /c --userconfig /u a", "Npx Npm a @5 args 6"),
        ("npx --registry=https://r.dev a@1.0.0", "Npx Npm a 1.0.0! @2 args 3"),
        ("npx --registry -y a", "Npx Npm a @3 args 4"),
        ("npx --no a", "Npx Npm a @2 args 3"),
        ("npx -- a --y", "Npx Npm a @2 args 3"),
        ("npx --package @a/b@2 --package c -- run x", "Npx Npm @a/b 2 @2 args 7"),
        ("npx -p=@a/b b", "Npx Npm @a/b @1 args 3"),
        ("npx --call·npx·x", "Npx opaque args 3"),
        ("npx a@~1.2", "Npx Npm a ~1.2 @1 args 2"),
        ("npx a@next", "Npx Npm a next @1 args 2"),
        ("npx a@", "Npx Npm a @1 args 2"),
        ("npx a@=1.2.3", "Npx Npm a =1.2.3! @1 args 2"),
        ("npx a@1.x", "Npx Npm a 1.x @1 args 2"),
        ("npx @s/a@npm:@r/b@^2", "Npx Npm @r/b ^2 @1 args 2"),
        ("npx git+https://h.dev/o/r.git#main", "Npx Git git+https://h.dev/o/r.git#main @1 args 2"),
        ("npx gitlab:o/r", "Npx Git gitlab:o/r @1 args 2"),
        ("npx a@github:o/r", "Npx Git a@github:o/r @1 args 2"),
        ("npx file:../a", "Npx script @1 args 2"),
        ("npx C:\\a", "Npx script @1 args 2"),
        ("npx -y tsx s.ts", "Npx Npm tsx @2 args 3"),
        ("npm x --yes a@1.0.0 --y", "Npx Npm a 1.0.0! @3 args 4"),
        ("npm exec -y -- a@1.0.0 --x", "Npx Npm a 1.0.0! @4 args 5"),
        ("npm exec a --yes -- x", "Npx Npm a @2 args 5"),
        ("npm exec a x -- y", "Npx Npm a @2 args 3"),
        ("npm exec -p a -- b", "Npx Npm a @3 args 5"),
        ("npm --silent run-script s", "Npm script @3 args 4"),
        ("npm test", "Npm script @1 args 2"),
        ("npm install a", "Npm opaque args 3"),
    ]);
}

#[test]
fn other_node_launchers() {
    table(&[
        ("bunx -p @a/b tool x", "Bunx Npm @a/b @2 args 4"),
        ("bunx --package=@a/b@1.0.0 tool", "Bunx Npm @a/b 1.0.0! @1 args 3"),
        ("bunx --no-install --verbose --silent a", "Bunx Npm a @4 args 5"),
        ("bunx --unheard a", "Bunx opaque args 3"),
        ("bun --bun x a@1.0.0", "Bunx Npm a 1.0.0! @3 args 4"),
        ("bun --cwd /p run start", "Bun script @4 args 5"),
        ("bun s.ts --x", "Bun script @1 args 2"),
        ("bun -e 1", "Bun opaque args 3"),
        ("pnpm -s dlx --package=a --package=b c x", "PnpmDlx Npm a @3 args 6"),
        ("pnpm --silent --package=@a/b@1.0.0 dlx b", "PnpmDlx Npm @a/b 1.0.0! @2 args 5"),
        ("pnpm dlx --allow-build=x a@catalog:", "PnpmDlx Npm a catalog: @3 args 4"),
        ("pnpm·-c·dlx·a x", "PnpmDlx opaque args 4"),
        ("pnpx a@1.0.0", "PnpmDlx Npm a 1.0.0! @1 args 2"),
        ("pnx a", "PnpmDlx Npm a @1 args 2"),
        ("pnpm -C d start", "Npm script @3 args 4"),
        ("pnpm run s -- x", "Npm script @2 args 4"),
        ("yarn dlx -p @a/b -p c tool", "YarnDlx Npm @a/b @3 args 7"),
        ("yarn dlx --package=a b", "YarnDlx Npm a @2 args 4"),
        ("yarn --cwd d run s", "Npm script @4 args 5"),
        ("yarn start", "Npm script @1 args 2"),
        ("corepack pnpm dlx a", "PnpmDlx Npm a @3 args 4 [Other]"),
        ("node /p/node_modules/@a/b/x.js y", "Node script @1 args 2"),
        ("node /p/node_modules/mcp-remote/d.js https://m.dev", "Node script @1 args 2 url https://m.dev @2"),
        ("node --import ./h.mjs --max-old-space-size=4096 --inspect=9 s.js", "Node script @5 args 6"),
        ("node -r dotenv/config --loader l s.js", "Node script @5 args 6"),
        ("node -pe 1", "Node opaque args 3"),
        ("tsx watch s.ts", "Node script @2 args 3"),
        ("ts-node -P c.json --transpile-only s.ts", "Node script @4 args 5"),
        ("deno -A npm:a", "Deno Npm a @2 args 3"),
        ("deno run --allow-read=/x -N -L debug jsr:@s/p@1.2.3/m x", "Deno Jsr @s/p 1.2.3! @6 args 7"),
        ("deno run jsr:@s/p", "Deno Jsr @s/p @2 args 3"),
        ("deno run -c d.json --import-map=m s.ts", "Deno script @5 args 6"),
        ("deno task --cwd d s x", "Deno script @4 args 5"),
        ("deno task s", "Deno script @2 args 3"),
    ]);
}

#[test]
fn python_takes_what_uv_and_pipx_take() {
    table(&[
        ("uvx --isolated -q --refresh --offline a", "Uvx Pypi a @5 args 6"),
        ("uvx --index-url https://i.dev/simple -p 3.12 a", "Uvx Pypi a @5 args 6"),
        ("uvx --python=3.12 --with x==1.0 --with y a", "Uvx Pypi a @6 args 7"),
        ("uvx --prerelease allow --index-strategy unsafe-best-match a", "Uvx Pypi a @5 args 6"),
        ("uvx a[x,y]@1.2.3", "Uvx Pypi a 1.2.3! @1 args 2"),
        ("uvx a~=1.2", "Uvx Pypi a ~=1.2 @1 args 2"),
        ("uvx a==1.0,<2", "Uvx Pypi a ==1.0,<2 @1 args 2"),
        ("uvx a@1.0.0rc1", "Uvx Pypi a 1.0.0rc1! @1 args 2"),
        ("uvx git+ssh://git@h.dev/o/r@v1", "Uvx Git git+ssh://git@h.dev/o/r@v1 @1 args 2"),
        ("uvx --from a@1.0.0 b", "Uvx Pypi a 1.0.0! @2 args 4"),
        ("uvx --from=a[cli] b --x", "Uvx Pypi a @1 args 3"),
        ("uvx --from . b", "Uvx script @2 args 4"),
        ("uvx --from /p/x b", "Uvx script @2 args 4"),
        ("uvx s.py", "Uvx opaque args 2"),
        ("uvx python@3.12 -m m", "Uvx script @3 args 4"),
        ("uv tool run --from a==2.0 b", "Uvx Pypi a 2.0! @4 args 6"),
        ("uv --quiet tool run a", "Uvx Pypi a @4 args 5"),
        ("uv run --directory /p --frozen --no-dev s", "UvRun script @6 args 7"),
        ("uv --directory /p run --extra x --group g s.py", "UvRun script @8 args 9"),
        ("uv run -- s.py x", "UvRun script @3 args 4"),
        ("uv run -m pkg.mod x", "UvRun script @3 args 4"),
        ("uv run --script s.py", "UvRun script @3 args 4"),
        ("uv run --with a --with b==1.0 fastmcp run s.py:app", "UvRun script @8 args 7"),
        ("uv run https://x.dev/s.py", "UvRun Git https://x.dev/s.py @2 args 3"),
        ("uv run -", "UvRun opaque args 3"),
        ("uv sync", "UvRun opaque args 2"),
        ("pipx run a==1.2.0 x", "Pipx Pypi a 1.2.0! @2 args 3"),
        ("pipx run --no-cache --python 3.12 --pip-args=-q -- a", "Pipx Pypi a @7 args 8"),
        ("pipx run git+https://h.dev/o/r", "Pipx Git git+https://h.dev/o/r @2 args 3"),
        ("pipx install a", "Pipx opaque args 3"),
        ("python3 -Iu -Xutf8 -W error s.py x", "Python script @5 args 6"),
        ("python -mpkg x", "Python script @1 args 2"),
        ("python --check-hash-based-pycs always s.py", "Python script @3 args 4"),
        ("python -", "Python opaque args 2"),
        ("pythonw.exe s.py", "Python script @1 args 2"),
        ("py -3 -m m", "Python script @3 args 4"),
        ("poetry -C d run python -m m", "Python script @6 args 7 [Runner]"),
        ("pdm run s", "Binary binary args 3 [Runner]"),
        ("hatch run python s.py", "Python script @3 args 4 [Runner]"),
        ("conda run -n e --no-capture-output python s.py", "Python script @6 args 7 [Runner]"),
        ("fastmcp run s.py", "Binary script @2 args 3"),
    ]);
}

#[test]
fn containers() {
    table(&[
        ("docker run -i --rm o/i", "Docker Docker o/i @4 args 5"),
        ("docker run -it --rm=true --init o/i:1.2 x", "Docker Docker o/i 1.2 @5 args 6"),
        ("docker run -ie NAME -eA=b --env-file f o/i", "Docker Docker o/i @7 args 8"),
        ("docker run -w /w -u 1 -h n -l a=b -p 80:80 -m 1g -c 2 o/i", "Docker Docker o/i @16 args 17"),
        ("docker run --cpus 2 --memory-swap 1g --gpus all --ulimit n=1 o/i", "Docker Docker o/i @10 args 11"),
        ("docker run --health-cmd x --device-read-bps a:1 --entrypoint=sh o/i", "Docker Docker o/i @7 args 8"),
        ("docker run --pull always --network=none --platform linux/amd64 o/i", "Docker Docker o/i @7 args 8"),
        ("docker --context c -l warn run o/i", "Docker Docker o/i @6 args 7"),
        ("docker -H tcp://h:1 container run o/i", "Docker Docker o/i @5 args 6"),
        ("docker run r.dev:5000/o/i", "Docker Docker r.dev:5000/o/i @2 args 3"),
        ("docker run localhost/i:t", "Docker Docker localhost/i t @2 args 3"),
        ("docker run o/i@sha256:abc", "Docker Docker o/i sha256:abc @2 args 3"),
        ("docker run -- o/i x", "Docker Docker o/i @3 args 4"),
        ("docker run", "Docker opaque args 2"),
        ("docker exec -i c x", "Docker opaque args 5"),
        ("docker compose -f f run --rm s", "Docker opaque args 7"),
        ("docker-compose exec -T s x", "Docker opaque args 5"),
        ("docker mcp gateway run --servers a,b", "DockerMcpGateway opaque args 6"),
        ("podman run --replace --tls-verify=false --userns keep-id --secret s o/i", "Podman Docker o/i @8 args 9"),
        ("podman-compose run s", "Podman opaque args 3"),
    ]);
}

#[test]
fn other_launchers() {
    table(&[
        ("dnx A.B@1.2.3 --yes", "Dnx Nuget A.B 1.2.3! @1 args 3"),
        ("dnx -y A.B", "Dnx Nuget A.B @2 args 3"),
        ("dnx --source https://n.dev A.B@[1.0.0] -- x", "Dnx Nuget A.B [1.0.0]! @3 args 5"),
        ("dnx A.B --prerelease --unheard", "Dnx Nuget A.B @1 args 3"),
        ("dnx A.B@1.*", "Dnx Nuget A.B 1.* @1 args 2"),
        ("dnx A.B --version 2.0.0 -y", "Dnx Nuget A.B 2.0.0! @1 args 5"),
        ("dotnet dnx A.B@1.0.0-rc.1", "Dnx Nuget A.B 1.0.0-rc.1! @2 args 3"),
        ("dotnet tool exec A.B -y", "Dnx Nuget A.B @3 args 5"),
        ("dotnet run --project p -- x", "Dotnet script @- args 5"),
        ("dotnet /b/s.dll x", "Dotnet script @1 args 2"),
        ("dotnet exec /b/s.dll x", "Dotnet script @2 args 3"),
        ("dotnet build", "Dotnet opaque args 2"),
        ("java -Xmx1g -Dx=y -jar /j/s.jar x", "Java script @4 args 5"),
        ("java -cp a:b m.Main x", "Java script @3 args 4"),
        ("java -m a/b.C", "Java script @2 args 3"),
        ("java --unheard s", "Java opaque args 3"),
        ("jbang --quiet mcp@cat/alog x", "Jbang Git mcp@cat/alog @2 args 3"),
        ("jbang org.x:a:1.2.3 x", "Jbang Maven org.x:a 1.2.3! @1 args 2"),
        ("jbang run org.x:a:LATEST", "Jbang Maven org.x:a LATEST @2 args 3"),
        ("jbang -j 21 s.java", "Jbang script @3 args 4"),
        ("jbang https://x.dev/s.java", "Jbang Git https://x.dev/s.java @1 args 2"),
        ("go run h.dev/o/r@v1.2.3 x", "Go Go h.dev/o/r v1.2.3! @2 args 3"),
        ("go run -tags a -race h.dev/o/r/cmd@latest", "Go Go h.dev/o/r/cmd latest @5 args 6"),
        ("go run -C /d ./cmd x", "Go script @4 args 5"),
        ("go run --unheard ./d", "Go opaque args 4"),
        ("cargo run --release -- x", "Cargo script @- args 4"),
        ("cargo +nightly run --bin b", "Cargo script @- args 5"),
        ("php artisan x", "Php script @1 args 2"),
        ("php -d a=b -f s.php x", "Php script @4 args 5"),
        ("php -r 1", "Php opaque args 3"),
        ("ruby -W0 -I lib s.rb x", "Ruby script @4 args 5"),
        ("ruby -e 1", "Ruby opaque args 3"),
        ("perl -w -Ilib s.pl", "Perl script @3 args 4"),
        ("perl -E 1", "Perl opaque args 3"),
        ("nix run nixpkgs#a -- x", "Nix Git nixpkgs#a @2 args 4"),
        (
            "nix run github:o/r/0123456789abcdef0123456789abcdef01234567#a",
            "Nix Git github:o/r/0123456789abcdef0123456789abcdef01234567#a! @2 args 3",
        ),
        ("nix run .#a", "Nix script @2 args 3"),
    ]);
}

#[test]
fn prefixes_of_every_kind() {
    table(&[
        ("cmd /d /s /c npx a", "Npx Npm a @5 args 6 [Cmd]"),
        ("cmd.exe /C uvx a", "Uvx Pypi a @3 args 4 [Cmd]"),
        ("CMD.EXE /c npx.cmd a", "Npx Npm a @3 args 4 [Cmd]"),
        ("cmd·/c·set \"K=v\" && npx a", "Npx Npm a @2 args 3 [Cmd]"),
        ("cmd·/c·set A=1&&set B=2&&npx a", "Npx Npm a @2 args 3 [Cmd]"),
        ("cmd·/c·npx a | b", "Shell opaque args 3 [Cmd]"),
        ("cmd npx a", "Shell opaque args 3"),
        ("npx /c npx a", "Npx script @1 args 2"),
        ("powershell -NoProfile -ExecutionPolicy Bypass -Command npx -y a", "Npx Npm a @7 args 8 [Shell]"),
        ("pwsh·-nop·-c·npx -y '@a/b@1.0.0' x", "Npx Npm @a/b 1.0.0! @3 args 4 [Shell]"),
        ("powershell·-Command·$env:K='v w'; npx a;", "Npx Npm a @2 args 3 [Shell]"),
        ("powershell·-c·& 'C:\\n x\\npx.cmd' -y a", "Npx Npm a @2 args 3 [Shell]"),
        ("powershell·-c·npx @a/b", "Shell opaque args 3 [Shell]"),
        ("powershell·-c·cd x; npx a", "Shell opaque args 3 [Shell]"),
        ("powershell·-c·npx a | tee x", "Shell opaque args 3 [Shell]"),
        ("powershell·-c·npx $x", "Shell opaque args 3 [Shell]"),
        ("powershell·-c·npx \"$x\"", "Shell opaque args 3 [Shell]"),
        ("powershell·-EncodedCommand·bnB4", "Shell opaque args 3 [Shell]"),
        ("powershell -ep Bypass -File C:\\s.ps1 x", "Binary script @4 args 5 [Shell]"),
        ("zsh·-ic·exec uvx a x", "Uvx Pypi a @2 args 3 [Shell, Other]"),
        ("sh·-l·-c·npx a·name·x", "Npx Npm a @3 args 6 [Shell]"),
        ("bash·-c·npx a; npx b", "Shell opaque args 3 [Shell]"),
        ("env -i -C /d A=b uvx a", "Uvx Pypi a @6 args 7 [Env]"),
        ("env·-S·A=b npx -y a", "Npx Npm a @2 args 3 [Env]"),
        ("/usr/bin/env node s.js", "Node script @2 args 3 [Env]"),
        ("op run --no-masking -- npx a", "Npx Npm a @5 args 6 [Runner]"),
        ("infisical run --env prod --path /x --projectId 1 --token t -- npx a", "Npx Npm a @12 args 13 [Runner]"),
        ("doppler run -p p -c c -- npx a", "Npx Npm a @8 args 9 [Runner]"),
        ("doppler·run·--command·npx -y a", "Npx Npm a @3 args 4 [Runner]"),
        ("dotenvx run -f .env -- npx a", "Npx Npm a @6 args 7 [Runner]"),
        ("aws-vault exec prof -- uvx a", "Uvx Pypi a @5 args 6 [Runner]"),
        ("chamber exec s -- npx a", "Npx Npm a @5 args 6 [Runner]"),
        ("sops·exec-env·f·npx -y a", "Npx Npm a @3 args 4 [Runner]"),
        ("op read x", "Binary binary args 1"),
        ("wsl.exe -d U -u me --cd ~ --exec uvx a", "Uvx Pypi a @9 args 10 [Wsl]"),
        ("wsl npx a", "Npx Npm a @2 args 3 [Wsl]"),
        ("wsl·-d·U·bash·-c·npx -y a", "Npx Npm a @5 args 6 [Wsl, Shell]"),
        ("wsl·--·bash·-lc·npx -y a", "Npx Npm a @4 args 5 [Wsl, Shell]"),
        ("mise exec node@22 npm:b@1.0.0 -- b x", "Binary binary args 6 [Runner]"),
        ("fnm exec --using=22 npx a", "Npx Npm a @4 args 5 [Runner]"),
        ("fnm exec --using 22 -- npx a", "Npx Npm a @6 args 7 [Runner]"),
        ("volta run --node 22 npx a", "Npx Npm a @5 args 6 [Runner]"),
        ("nvm exec 22 npx a", "Npx Npm a @4 args 5 [Runner]"),
        ("asdf exec npx a", "Npx Npm a @3 args 4 [Runner]"),
        ("proto run npx 10 -- -y a", "Npx Npm a @6 args 7 [Runner]"),
        ("sudo -E -u me A=b npx a", "Npx Npm a @6 args 7 [Sudo]"),
        ("caffeinate -i npx a", "Npx Npm a @3 args 4 [Other]"),
        ("arch -arm64 npx a", "Npx Npm a @3 args 4 [Other]"),
        ("arch -arch x86_64 npx a", "Npx Npm a @4 args 5 [Other]"),
        ("stdbuf -oL npx a", "Npx Npm a @3 args 4 [Other]"),
        ("setsid -w npx a", "Npx Npm a @3 args 4 [Other]"),
        ("nohup npx a", "Npx Npm a @2 args 3 [Other]"),
        ("nice -10 npx a", "Npx Npm a @3 args 4 [Other]"),
        ("timeout --signal=KILL 5m npx a", "Npx Npm a @4 args 5 [Other]"),
        ("firejail --private=/x --net=none npx a", "Npx Npm a @4 args 5 [Sandbox]"),
        ("srt --settings s npx a", "Npx Npm a @4 args 5 [Sandbox]"),
        ("srt·-c·npx a", "Npx Npm a @2 args 3 [Sandbox]"),
        ("flatpak-spawn --host --env=A=b npx a", "Npx Npm a @4 args 5 [Other]"),
        ("host-spawn npx a", "Npx Npm a @2 args 3 [Other]"),
    ]);
}

#[test]
fn bridges_and_runners() {
    for (line, behind) in [
        ("npx mcp-remote@1 https://m.dev/mcp 3334 --allow-http", "url https://m.dev/mcp via mcp-remote"),
        ("npx mcp-remote --header A:b --header C:d https://m.dev", "url https://m.dev via mcp-remote"),
        ("npx mcp-remote ${URL}", "url ${URL} via mcp-remote"),
        ("npx mcp-remote name", ""),
        ("npx supergateway --streamableHttp=https://m.dev", "url https://m.dev via supergateway"),
        ("npx supergateway --port 8 --sse https://m.dev/sse", "url https://m.dev/sse via supergateway"),
        ("npx·supergateway·--stdio·npx -y @a/b@1.0.0 /p", "inner @a/b"),
        ("npx·supergateway·--stdio·./run.sh", ""),
        ("uvx mcp-proxy -H K V --transport streamablehttp https://m.dev", "url https://m.dev via mcp-proxy"),
        ("mcp-proxy --port 8080 uvx a", "inner a"),
        ("mcp-proxy uvx -- --from a==1 b", "inner a"),
        ("mcp-proxy --pass-environment npx mcp-proxy npx a", "inner mcp-proxy"),
        ("npx -y @smithery/cli@latest run @o/n --key k", "inner @o/n"),
        ("npx @smithery/cli run --key k --config {} @o/n", "inner @o/n"),
        ("npx smithery run n", "inner n"),
        ("npx @smithery/cli install n", ""),
    ] {
        let words: Vec<&str> =
            if line.contains('\u{b7}') { line.split('\u{b7}').collect() } else { line.split(' ').collect() };
        let launch = read(words[0], &words[1..], Os::Linux);
        let url = launch.url.map(|(_, url)| format!("url {url} via {}", launch.bridge.unwrap_or_default()));
        let inner = launch.inner.map(|inner| format!("inner {inner}"));
        assert_eq!(url.or(inner).unwrap_or_default(), behind, "{line}");
    }
}

#[test]
fn further_packages_and_assignments_are_kept() {
    let told = |line: &str| {
        let words: Vec<&str> = line.split('\u{b7}').collect();
        let launch = read(words[0], &words[1..], Os::Linux);
        let with: Vec<String> = launch.with.iter().map(|package| package.name.clone()).collect();
        let names: Vec<String> = launch.assignments.into_iter().map(|one| one.name).collect();
        (with.join(","), names.join(","))
    };
    for (line, with, names) in [
        ("mise·x·npm:@a/b@1.0.0·pipx:c·--·b", "@a/b,c", ""),
        ("uv·run·--with·a==1·--with=b·s.py", "a,b", ""),
        ("uvx·--with·a·b", "a", ""),
        ("npx·-p·a·-p·b·b", "a", ""),
        ("powershell·-c·$env:A='x'; $env:B = \"y\"; npx p", "", "A,B"),
        ("cmd·/c·set A=1&&set B=2&&npx p", "", "A,B"),
        ("sudo·A=1·npx·p", "", "A"),
    ] {
        assert_eq!(told(line), (with.to_owned(), names.to_owned()), "{line}");
    }
}
