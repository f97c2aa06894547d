//! The filter of system calls, asked by a program that makes them by number,
//! each beside the same call without a fence.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;

use warder_launch::command::Token;
use warder_launch::profile::Profile;
use warder_launch::sandbox::{Engine, Grant, Network};

use super::{World, err, out};

/// For each line of its input, makes one call: the number and its arguments,
/// `buffer` for an empty one. Says each result: 0, or why not.
const CALLS: &str = r#"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static char buffer[65536];
int main(int count, char **words) {
    long all[7] = {0};
    if (count < 2) { __asm__("int $0x80" :: "a"(20)); return 0; }
    for (int word = 1; word < count && word < 8; word++)
        all[word - 1] = strcmp(words[word], "buffer") ? strtol(words[word], 0, 0) : (long)buffer;
    errno = 0;
    long result = syscall(all[0], all[1], all[2], all[3], all[4], all[5], all[6]);
    if (result == 0 && (all[0] == 56 || all[0] == 435)) _exit(0);
    printf("%d\n", result < 0 ? errno : 0);
}
"#;

const EPERM: i32 = 1;
const ENOSYS: i32 = 38;

/// The program, in the project.
fn calls(world: &World) -> PathBuf {
    let (source, program) = (world.project().join("calls.c"), world.project().join("calls"));
    // Other processors have no second way in to test.
    let code = if cfg!(target_arch = "x86_64") { CALLS.to_owned() } else { CALLS.replace("int $0x80", "") };
    fs::write(&source, code).unwrap();
    assert!(Command::new("cc").arg("-o").arg(&program).arg(&source).status().unwrap().success());
    program
}

/// A server that is one call, with this network.
fn calling(world: &World, engine: Engine, network: &Network, program: &std::path::Path, words: &[String]) -> Profile {
    let mut profile = world.fenced("");
    profile.run.program = program.to_owned();
    profile.run.args = words.iter().map(|word| Token::Text(word.clone())).collect();
    let sandbox = profile.sandbox.as_mut().unwrap();
    sandbox.write.clear();
    sandbox.read = vec![Grant::of(&world.project()).unwrap()];
    sandbox.engine = engine;
    sandbox.network = network.clone();
    profile
}

#[track_caller]
fn errno(output: &std::process::Output) -> i32 {
    assert!(output.status.success(), "{}", err(output));
    out(output).trim().parse().unwrap()
}

fn words(call: libc::c_long, arguments: &[i64]) -> Vec<String> {
    let arguments = arguments.iter().map(|argument| argument.to_string());
    std::iter::once(call.to_string()).chain(arguments).collect()
}

/// A socket of this family and kind.
fn socket(family: i32, kind: i32, protocol: i32) -> Vec<String> {
    words(libc::SYS_socket, &[family.into(), kind.into(), protocol.into()])
}

fn pair(family: i32, kind: i32) -> Vec<String> {
    let mut words = words(libc::SYS_socketpair, &[family.into(), kind.into(), 0]);
    words.push("buffer".to_owned());
    words
}

#[test]
fn dangerous_calls_are_refused() {
    let world = World::new();
    let program = calls(&world);
    let typing = |request: u64| words(libc::SYS_ioctl, &[0, i64::try_from(request).unwrap(), 0]);
    let mut cases = vec![
        words(libc::SYS_ptrace, &[0]),
        words(libc::SYS_keyctl, &[0, -3, 0]),
        words(libc::SYS_process_vm_readv, &[0]),
        words(libc::SYS_io_uring_register, &[-1, 99]),
        words(libc::SYS_userfaultfd, &[-1]),
        words(libc::SYS_unshare, &[0]),
        words(libc::SYS_setns, &[-1, 0]),
        words(libc::SYS_fsopen, &[0, 0]),
        words(libc::SYS_mount, &[0]),
        words(libc::SYS_open_tree, &[-1, 0, 0]),
        words(libc::SYS_pidfd_getfd, &[-1, 0]),
        words(libc::SYS_personality, &[0xffff_ffff]),
        typing(libc::TIOCSTI),
        typing(libc::TIOCLINUX),
        // The kernel reads 32 bits of the request.
        typing(libc::TIOCSTI | 0x1_0000_0000),
        words(libc::SYS_clone, &[i64::from(libc::CLONE_NEWUSER) | 17, 0]),
    ];
    if cfg!(target_arch = "x86_64") {
        cases.push(words(0x4000_0000 + 39, &[]));
    }
    for engine in [Engine::Bubblewrap, Engine::Landlock] {
        let mut tested = 0;
        for words in &cases {
            // An ordinary user may not call some of them anyway: not tested then.
            if errno(&Command::new(&program).args(words).output().unwrap()) == EPERM {
                continue;
            }
            tested += 1;
            let profile = calling(&world, engine, &Network::None, &program, words);
            assert_eq!(errno(&world.entry(&profile).output().unwrap()), EPERM, "{engine:?} {words:?}");
        }
        assert!(tested > 10, "{tested}");
        let clone3 = words(libc::SYS_clone3, &[0, 0]);
        assert_ne!(errno(&Command::new(&program).args(&clone3).output().unwrap()), ENOSYS);
        let profile = calling(&world, engine, &Network::None, &program, &clone3);
        assert_eq!(errno(&world.entry(&profile).output().unwrap()), ENOSYS, "{engine:?}");
    }
}

/// A limit on its time would end it, as a signal would.
#[test]
fn limits_of_other_processes_are_not_changed_with_landlock() {
    let world = World::new();
    let program = calls(&world);
    for (process, open) in [(0, true), (std::process::id(), false)] {
        let words = words(libc::SYS_prlimit64, &[process.into(), 0, 0, 0]);
        assert_eq!(errno(&Command::new(&program).args(&words).output().unwrap()), 0, "not tested");
        let profile = calling(&world, Engine::Landlock, &Network::None, &program, &words);
        assert_eq!(errno(&world.entry(&profile).output().unwrap()), if open { 0 } else { EPERM });
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn another_architecture_ends_the_server() {
    let world = World::new();
    let program = calls(&world);
    let control = Command::new(&program).status().unwrap();
    // Some kernels have no such calls at all.
    assert!(control.success() || control.signal() == Some(libc::SIGSEGV), "{control}");
    for engine in [Engine::Bubblewrap, Engine::Landlock] {
        let profile = calling(&world, engine, &Network::None, &program, &[]);
        let output = world.entry(&profile).output().unwrap();
        assert_eq!(output.status.code(), Some(128 + libc::SIGSYS), "{engine:?} {}", err(&output));
    }
}

#[test]
fn sockets_are_as_the_network_allows() {
    use libc::{AF_INET, AF_INET6, AF_NETLINK, AF_UNIX, AF_VSOCK, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM};
    let world = World::new();
    let program = calls(&world);
    let cloexec = libc::SOCK_CLOEXEC;
    // What, and whether it is open without the network and with it.
    let cases = [
        (socket(AF_INET, SOCK_STREAM | cloexec, 0), [false, true]),
        (socket(AF_INET, SOCK_DGRAM | cloexec, 0), [false, true]),
        (socket(AF_INET6, SOCK_STREAM, 0), [false, true]),
        (socket(AF_INET, SOCK_STREAM, libc::IPPROTO_MPTCP), [false, false]),
        (socket(AF_UNIX, SOCK_STREAM, 0), [false, false]),
        (socket(AF_UNIX, SOCK_DGRAM, 0), [false, false]),
        (socket(AF_NETLINK, SOCK_RAW, libc::NETLINK_ROUTE), [false, true]),
        (socket(AF_NETLINK, SOCK_RAW, libc::NETLINK_KOBJECT_UEVENT), [false, false]),
        (socket(AF_VSOCK, SOCK_STREAM, 0), [false, false]),
        (pair(AF_UNIX, SOCK_STREAM | cloexec), [true, true]),
        (pair(AF_UNIX, SOCK_SEQPACKET), [true, true]),
        (pair(AF_UNIX, SOCK_DGRAM | cloexec), [false, false]),
    ];
    for (words, open) in &cases {
        assert_eq!(errno(&Command::new(&program).args(words).output().unwrap()), 0, "not tested: {words:?}");
        for engine in [Engine::Bubblewrap, Engine::Landlock] {
            for (network, open) in [Network::None, Network::All].into_iter().zip(open) {
                let profile = calling(&world, engine, &network, &program, words);
                let found = errno(&world.entry(&profile).output().unwrap());
                assert_eq!(found, if *open { 0 } else { EPERM }, "{engine:?} {network:?} {words:?}");
            }
        }
    }
}

#[test]
fn a_browser_may_make_user_namespaces_if_its_profile_says_so() {
    let world = World::new();
    let mut profile = world.fenced("unshare -U true && echo made; unshare -U -m mount -t tmpfs x /tmp || echo end");
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "end\n");
    for engine in [Engine::Bubblewrap, Engine::Landlock] {
        let sandbox = profile.sandbox.as_mut().unwrap();
        (sandbox.engine, sandbox.user_namespaces) = (engine, true);
        let output = world.entry(&profile).output().unwrap();
        assert_eq!(out(&output), "made\nend\n", "{}", err(&output));
    }
}
