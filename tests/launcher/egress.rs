//! Hosts reached by name, and nothing else, asked from the inside, in a network
//! of the test's own (`network.rs`).

use std::fs;
use std::os::unix::fs::PermissionsExt;

use warder_launch::profile::Profile;
use warder_launch::refused::{self, RefusedHost};
use warder_launch::sandbox::{Host, Network};

use super::network::{Internet, here, in_own_network};
use super::{World, assert_refused, err, out};

/// A server that tries all of these and says what came of them.
fn trying(world: &World, hosts: &[&str], tries: &[&str]) -> Profile {
    fs::copy(here("client.py"), world.project().join("client.py")).unwrap();
    let words: Vec<String> = tries.iter().map(|words| format!("'{words}'")).collect();
    let mut profile = world.fenced(&format!("exec /usr/bin/python3 client.py {}", words.join(" ")));
    let hosts = hosts.iter().map(|host| host.parse::<Host>().unwrap()).collect();
    profile.sandbox.as_mut().unwrap().network = Network::Hosts(hosts);
    profile
}

/// What came of each try, inside and without a fence.
#[track_caller]
fn tried(world: &World, profile: &Profile) -> [Vec<String>; 2] {
    let open = Profile { sandbox: None, ..profile.clone() };
    [profile, &open].map(|profile| {
        let output = world.entry(profile).env("no_proxy", "*").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        out(&output).lines().map(|line| line.split_once(" -> ").unwrap().1.to_owned()).collect()
    })
}

/// Each try with what comes of it inside, and without a fence.
#[track_caller]
fn assert_tries(world: &World, hosts: &[&str], expected: &[(&str, &str, &str)]) {
    let tries: Vec<&str> = expected.iter().map(|(words, ..)| *words).collect();
    let profile = trying(world, hosts, &tries);
    let [inside, outside] = tried(world, &profile);
    for (at, (words, allowed, control)) in expected.iter().enumerate() {
        assert_eq!(inside[at], *allowed, "{words}, inside");
        assert_eq!(outside[at], *control, "{words}, without a fence");
    }
}

const FORBIDDEN: &str = "403 Warder does not allow this server to reach that host.";
const HOME: &str = "403 That name leads to this computer or its network.";

#[test]
fn an_allowed_host_is_reached_by_any_program() {
    if !in_own_network("egress::an_allowed_host_is_reached_by_any_program") {
        return;
    }
    let (world, _internet) = (World::new(), Internet::start());
    let same = |words, result| (words, result, result);
    let hosts = ["one.example.org", "two.example.org", "six.example.org", "*.wild.example.org"];
    let hosts = [&hosts[..], &["two.example.org:5432", "mixed.example.org", "known.example.org"]].concat();
    assert_tries(
        &world,
        &hosts,
        &[
            same("proxied http://one.example.org/a?b", "plain one.example.org /a?b"),
            same("proxied https://one.example.org/a", "one.example.org one.example.org /a"),
            same("direct http://one.example.org/a", "plain one.example.org /a"),
            same("direct https://one.example.org/a", "one.example.org one.example.org /a"),
            same("direct https://two.example.org/", "two.example.org two.example.org /"),
            same("direct https://six.example.org/", "six.example.org six.example.org /"),
            same("proxied https://a.wild.example.org/", "a.wild.example.org a.wild.example.org /"),
            same("direct https://a.wild.example.org/", "a.wild.example.org a.wild.example.org /"),
            same("posted http://one.example.org/", "same"),
            same("posted https://one.example.org/", "same"),
            same("posted_direct http://one.example.org/", "same"),
            same("posted_direct https://one.example.org/", "same"),
            same("node http://two.example.org/n", "plain two.example.org /n"),
            same("node https://one.example.org/n", "one.example.org one.example.org /n"),
            same("curl https://one.example.org/c", "one.example.org one.example.org /c"),
            same("curl --noproxy * https://six.example.org/c", "six.example.org six.example.org /c"),
            same("greeting two.example.org 5432", "hello"),
            same("direct https://known.example.org/", "known.example.org known.example.org /"),
            // Of its addresses, the one of the open internet.
            same("direct https://mixed.example.org/", "mixed.example.org mixed.example.org /"),
            ("names one.example.org", "['11.0.0.1', '2600::1']", "['11.0.0.1', '2600::1']"),
            ("names mixed.example.org", "['11.0.0.2']", "['10.1.2.3', '11.0.0.2', '2002:a01:203::']"),
            ("status x", &format!("[{}'1']", "'0000000000000000', ".repeat(5)), &privileges()),
        ],
    );
}

/// What a server without a fence has here.
fn privileges() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let lines = status.lines().filter(|line| line.starts_with("Cap") || line.starts_with("NoNewPrivs"));
    let words: Vec<String> = lines.map(|line| format!("'{}'", line.split_whitespace().nth(1).unwrap())).collect();
    format!("[{}]", words.join(", "))
}

#[test]
fn nothing_else_is_reached() {
    if !in_own_network("egress::nothing_else_is_reached") {
        return;
    }
    let (world, internet) = (World::new(), Internet::start());
    let blocked = |words, control| (words, "refused", control);
    let tunnel = format!("names {}.other.example.org", ["a-secret-in-a-label"; 3].join("."));
    assert_tries(
        &world,
        &["one.example.org", "two.example.org"],
        &[
            ("proxied http://other.example.org/", FORBIDDEN, "plain other.example.org /"),
            blocked("proxied https://other.example.org/", "other.example.org other.example.org /"),
            blocked("direct http://other.example.org/", "plain other.example.org /"),
            blocked("direct https://other.example.org/", "other.example.org other.example.org /"),
            blocked("node https://other.example.org/", "other.example.org other.example.org /"),
            ("proxied http://one.example.org:8080/", FORBIDDEN, "plain one.example.org:8080 /"),
            blocked("direct http://one.example.org:8080/", "plain one.example.org:8080 /"),
            ("proxied http://11.0.0.1/", FORBIDDEN, "plain 11.0.0.1 /"),
            blocked("proxied https://11.0.0.1/", "plain 11.0.0.1 /"),
            blocked("tcp 11.0.0.3 443", "open"),
            blocked("tcp 11.0.0.3 80", "open"),
            blocked("tcp 2600::3 443", "open"),
            blocked("tcp 10.1.2.3 80", "open"),
            blocked("tcp 169.254.169.254 80", "open"),
            blocked("tcp 127.0.0.1 8080", "open"),
            blocked("tcp ::1 8080", "open"),
            blocked("udp 11.0.0.1 53", "open"),
            blocked("udp 11.0.0.3 53", "open"),
            blocked("udp 127.0.0.1 53", "open"),
            // The words of TLS say another name than the one that was looked up.
            ("names two.example.org", "['11.0.0.1']", "['11.0.0.1']"),
            ("tls 11.0.0.1 one.example.org", "one.example.org x /tls", "one.example.org x /tls"),
            blocked("tls 11.0.0.1 other.example.org", "other.example.org x /tls"),
            blocked("tls one.example.org a.wild.example.org", "a.wild.example.org x /tls"),
            blocked("late one.example.org other.example.org", "other.example.org x /tls"),
            (&tunnel, "unknown", "unknown"),
        ],
    );
    // Nobody was asked for the name, and nothing in it left; without a fence, it did.
    let asked = internet.asked();
    assert_eq!(asked.iter().filter(|line| line.contains("a-secret")).count(), 2, "{asked:?}");
}

#[test]
fn a_name_that_leads_home_is_refused() {
    if !in_own_network("egress::a_name_that_leads_home_is_refused") {
        return;
    }
    let (world, _internet) = (World::new(), Internet::start());
    let names = ["here", "metadata", "neighbour", "interface"].map(|name| format!("{name}.example.org"));
    let hosts: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut expected = Vec::new();
    for name in &hosts {
        let open = format!("plain {name} /");
        expected.push((format!("proxied http://{name}/"), HOME, open.clone()));
        expected.push((format!("direct http://{name}/"), "refused", open));
    }
    let expected: Vec<_> =
        expected.iter().map(|(words, inside, open)| (words.as_str(), *inside, open.as_str())).collect();
    assert_tries(&world, &hosts, &expected);
    let profile = trying(&world, &hosts, &["proxied http://here.example.org/", "names here.example.org"]);
    let output = world.entry(&profile).output().unwrap();
    let told = "warder-launch: demo may reach here.example.org, but that leads to this computer or its network, so it \
        was refused\n";
    assert_eq!(err(&output), told);
    assert_eq!(refused::read(&world.state, &profile.id).unwrap(), []);
}

#[test]
fn what_is_refused_is_told_once_and_kept() {
    if !in_own_network("egress::what_is_refused_is_told_once_and_kept") {
        return;
    }
    let (world, _internet) = (World::new(), Internet::start());
    let tries = [
        "proxied http://other.example.org/",
        "proxied http://other.example.org/",
        "proxied https://OTHER.example.org/",
        "proxied http://one.example.org:8080/",
        "proxied http://11.0.0.1/",
        "names unknown.example.org",
        "names localhost",
        "tunnel one.example.org fronted.example.org",
        "tls one.example.org hidden.example.org",
    ];
    let profile = trying(&world, &["one.example.org"], &tries);
    let output = world.entry(&profile).output().unwrap();
    let mut told: Vec<String> = err(&output).lines().map(str::to_owned).collect();
    told.sort();
    let may_not = |host| format!("warder-launch: demo may not reach {host}");
    let expected = [
        "11.0.0.1:80",
        "fronted.example.org:443",
        "hidden.example.org:443",
        "one.example.org:8080",
        "other.example.org:443",
        "other.example.org:80",
        "unknown.example.org:443",
    ];
    assert_eq!(told, expected.map(may_not));
    let kept = refused::read(&world.state, &profile.id).unwrap();
    let kept: Vec<_> =
        kept.iter().map(|RefusedHost { host, port, times, .. }| (host.as_str(), *port, *times)).collect();
    assert_eq!(kept[0], ("other.example.org", 80, 2));
    let mut rest = kept[1..].to_vec();
    rest.sort_unstable();
    let once = [
        ("fronted.example.org", 443, 1),
        ("hidden.example.org", 443, 1),
        ("one.example.org", 8080, 1),
        ("other.example.org", 443, 1),
        ("unknown.example.org", 443, 1),
    ];
    assert_eq!(rest, once);
    let file = world.state.refused().join(format!("{}.json", profile.id.as_str()));
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    refused::forget(&world.state, &profile.id).unwrap();
    assert_eq!(refused::read(&world.state, &profile.id).unwrap(), []);
}

#[test]
fn a_flood_of_names_is_a_few_lines() {
    if !in_own_network("egress::a_flood_of_names_is_a_few_lines") {
        return;
    }
    let world = World::new();
    let many: Vec<String> = (0..300).map(|n| format!("n{n}.example.org")).collect();
    let profile = trying(&world, &["one.example.org"], &[&format!("names {}", many.join(" "))]);
    let output = world.entry(&profile).output().unwrap();
    let said = err(&output);
    assert_eq!(said.lines().count(), 21, "{said}");
    assert!(said.ends_with("demo tried to reach more that it may not\n"), "{said}");
    assert_eq!(refused::read(&world.state, &profile.id).unwrap().len(), 100);
}

#[test]
fn a_crowd_of_connections_is_bounded() {
    if !in_own_network("egress::a_crowd_of_connections_is_bounded") {
        return;
    }
    let (world, _internet) = (World::new(), Internet::start());
    let profile = trying(&world, &["one.example.org"], &["crowd 300 http://one.example.org/"]);
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "crowd 300 http://one.example.org/ -> 44 plain one.example.org /\n", "{}", err(&output));
}

#[test]
fn the_users_own_proxy_is_gone_through() {
    if !in_own_network("egress::the_users_own_proxy_is_gone_through") {
        return;
    }
    let (world, internet) = (World::new(), Internet::start());
    let tries = [
        "proxied https://one.example.org/",
        "proxied http://inner.example.org/",
        "proxied http://other.example.org/",
        "proxied http://here.example.org/",
        "direct https://one.example.org/",
    ];
    let hosts = ["one.example.org", "inner.example.org", "here.example.org"];
    let mut profile = trying(&world, &hosts, &tries);
    profile.run.env.insert("https_proxy".into(), "http://user:pass@127.0.0.1:3333".into());
    let output = world.entry(&profile).output().unwrap();
    let results: Vec<String> = out(&output).lines().map(|line| line.split_once(" -> ").unwrap().1.to_owned()).collect();
    let expected = [
        "one.example.org one.example.org /",
        "plain inner.example.org /",
        FORBIDDEN,
        HOME,
        "one.example.org one.example.org /",
    ];
    assert_eq!(results, expected, "{}", err(&output));
    let asked = internet.asked();
    let through: Vec<&str> = asked.iter().filter_map(|line| line.strip_prefix("through ")).collect();
    let login = "dXNlcjpwYXNz";
    let expected = ["one.example.org:443", "inner.example.org:80", "one.example.org:443"];
    assert_eq!(through, expected.map(|host| format!("{host} {login}")));

    profile.run.env.insert("https_proxy".into(), "socks5://127.0.0.1:3333".into());
    assert_refused(&world.entry(&profile).output().unwrap(), "the proxy in https_proxy is no plain http:// proxy");
}

#[test]
fn programs_are_told_of_the_proxy_inside() {
    let world = World::new();
    let mut profile = world.fenced("env | grep -i proxy | sort; cat /etc/resolv.conf; ls /dev");
    profile.sandbox.as_mut().unwrap().network = Network::Hosts(vec!["one.example.org:3128".parse().unwrap()]);
    profile.run.env.insert("no_proxy".into(), "*".into());
    let output = world.entry(&profile).env("HTTP_PROXY", "http://elsewhere:1").output().unwrap();
    // The first port that no host is at.
    let expected = "ALL_PROXY=http://127.0.0.1:3129\nHTTPS_PROXY=http://127.0.0.1:3129\nHTTP_PROXY=http://127.0.0.1:3129\n\
        NODE_USE_ENV_PROXY=1\nNO_PROXY=\nall_proxy=http://127.0.0.1:3129\nhttp_proxy=http://127.0.0.1:3129\n\
        https_proxy=http://127.0.0.1:3129\nno_proxy=\nnameserver 127.0.0.53\n\
        fd\nfull\nnull\nrandom\nshm\nstderr\nstdin\nstdout\nurandom\nzero\n";
    assert_eq!(out(&output), expected, "{}", err(&output));
}

#[test]
fn the_stage_beside_the_server_is_out_of_its_reach() {
    let world = World::new();
    let script = "for fd in /proc/1/fd/*; do readlink $fd; done 2>/dev/null; cat /proc/1/environ /proc/1/mem 2>/dev/null
        ip link add x type dummy 2>/dev/null && echo link; ip route add local default dev lo 2>/dev/null && echo route
        unshare -U true 2>/dev/null && echo namespace
        umount ~ 2>/dev/null && echo umount; (echo x > /etc/resolv.conf) 2>/dev/null && echo resolver
        (echo x > /dev/x) 2>/dev/null && echo device; (echo x > /dev/shm/x) && cat /dev/shm/x; echo x > /dev/null; echo end";
    let mut profile = world.fenced(script);
    profile.sandbox.as_mut().unwrap().network = Network::Hosts(vec!["one.example.org".parse().unwrap()]);
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "x\nend\n", "{}", err(&output));
}

#[test]
fn too_many_ports_are_refused() {
    let world = World::new();
    let hosts = (1..=33).map(|port| format!("one.example.org:{port}").parse().unwrap()).collect();
    let mut profile = world.fenced("echo ran");
    profile.sandbox.as_mut().unwrap().network = Network::Hosts(hosts);
    assert_refused(&world.entry(&profile).output().unwrap(), "more than 32 different ports");
}
