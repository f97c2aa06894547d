//! The filter of system calls that a fenced server runs under.
//!
//! A list of what no server needs and what has opened fences before: other
//! processes' memory, mounts, namespaces, kernel keyrings, the parts of the
//! kernel that are too young or too odd, and sockets beyond what the profile
//! allows. It takes nothing from the stage that installs it in the server.

use std::collections::BTreeMap;
use std::io;
use std::str::FromStr;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, sock_filter,
};

use super::{Engine, Network, Sandbox};

/// What a server may call besides what every one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Allowed {
    sockets: Sockets,
    /// User namespaces, and what a browser does in them.
    user_namespaces: bool,
    /// Shared memory, semaphores and queues without a path: the fence has its
    /// own, where the engine gives it some.
    ipc: bool,
}

/// The kinds of sockets a server may open. Pairs, by which Node and Python
/// speak to their own children, are no way out and always left to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sockets {
    None,
    /// IPv4 and IPv6, in the network inside the fence.
    Inner,
    /// IPv4 and IPv6, and the list of this computer's own addresses.
    Internet,
}

impl Allowed {
    pub(super) fn of(sandbox: &Sandbox) -> Allowed {
        let sockets = match sandbox.network {
            Network::None => Sockets::None,
            Network::Hosts(_) => Sockets::Inner,
            Network::All => Sockets::Internet,
        };
        let ipc = sandbox.engine == Engine::Bubblewrap;
        Allowed { sockets, user_namespaces: sandbox.user_namespaces, ipc }
    }

    /// One word for the inner stage's command line.
    pub(super) fn word(self) -> String {
        let sockets = match self.sockets {
            Sockets::None => "none",
            Sockets::Inner => "inner",
            Sockets::Internet => "internet",
        };
        let more = |is: bool, word| if is { word } else { "" };
        format!("{sockets}{}{}", more(self.user_namespaces, "+userns"), more(self.ipc, "+ipc"))
    }
}

impl FromStr for Allowed {
    type Err = ();

    fn from_str(word: &str) -> Result<Allowed, ()> {
        let mut words = word.split('+');
        let sockets = match words.next() {
            Some("none") => Sockets::None,
            Some("inner") => Sockets::Inner,
            Some("internet") => Sockets::Internet,
            _ => return Err(()),
        };
        let mut allowed = Allowed { sockets, user_namespaces: false, ipc: false };
        for word in words {
            match word {
                "userns" => allowed.user_namespaces = true,
                "ipc" => allowed.ipc = true,
                _ => return Err(()),
            }
        }
        Ok(allowed)
    }
}

/// Refused to every server: the call is not permitted.
const REFUSED: &[c_long] = &[
    // Other processes and their memory.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // Keyrings, which no namespace divides.
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    // Large and young parts of the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_fanotify_init,
    // Namespaces and mounts, old and new; files by number instead of path.
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    OPEN_TREE_ATTR,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // The administrator's.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_personality,
];

/// Since Linux 6.15, the same number everywhere; `libc` has no name for it yet.
const OPEN_TREE_ATTR: c_long = 467;

#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[c_long] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt, libc::SYS_uselib];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[c_long] = &[];

/// Refused unless user namespaces are allowed: browsers leave their file system
/// by `chroot` once they are in one.
const NAMESPACES: &[c_long] = &[libc::SYS_unshare, libc::SYS_chroot];

/// System V's and POSIX's ways to meet other processes without a path.
const IPC: &[c_long] = &[
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
];

/// Compiled filters; installing them allocates nothing.
pub(super) struct Filter([BpfProgram; 2]);

impl Filter {
    /// Fails on processors that it knows nothing of.
    pub(super) fn new(allowed: Allowed) -> io::Result<Filter> {
        let refused = compile(allowed).map_err(io::Error::other)?;
        Ok(Filter([refused, by_number()]))
    }

    /// Puts this process under the filter for good, and all that it starts.
    pub(super) fn install(&self) -> io::Result<()> {
        for program in &self.0 {
            seccompiler::apply_filter(program).map_err(|_| io::Error::last_os_error())?;
        }
        Ok(())
    }
}

/// Calls of another architecture end the process; those on the list fail.
fn compile(allowed: Allowed) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> = BTreeMap::new();
    let mut refuse = |calls: &[c_long]| rules.extend(calls.iter().map(|call| (*call, Vec::new())));
    refuse(REFUSED);
    refuse(REFUSED_HERE);
    if !allowed.ipc {
        refuse(IPC);
    }
    if allowed.sockets == Sockets::None {
        refuse(&[libc::SYS_socket]);
    }
    if !allowed.user_namespaces {
        refuse(NAMESPACES);
        let new_user = bits(0, libc::CLONE_NEWUSER as u64, libc::CLONE_NEWUSER as u64)?;
        rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![new_user])?]);
    }
    if !allowed.ipc {
        // Where other processes are seen: a limit on one's time ends it, and no signal was sent.
        rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![is_not(0, 0)?])?]);
    }
    // Both type into the terminal that the client runs in.
    let typing = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| SeccompRule::new(vec![is(1, request)?]));
    rules.insert(libc::SYS_ioctl, typing.into_iter().collect::<Result<_, _>>()?);
    rules.insert(libc::SYS_socketpair, pairs()?);
    match allowed.sockets {
        Sockets::None => {}
        Sockets::Inner => drop(rules.insert(libc::SYS_socket, sockets(&[libc::AF_INET, libc::AF_INET6])?)),
        Sockets::Internet => {
            let mut refused = sockets(&[libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK])?;
            let other = is_not(2, libc::NETLINK_ROUTE)?;
            refused.push(SeccompRule::new(vec![is(0, libc::AF_NETLINK)?, other])?);
            rules.insert(libc::SYS_socket, refused);
        }
    }
    let refusal = SeccompAction::Errno(libc::EPERM as u32);
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, SeccompAction::Allow, refusal, architecture)?.try_into()
}

/// Sockets of any other family, and protocols that are not TCP, UDP or ping.
/// Not `AF_UNIX`: paths and abstract names of it lead to other programs. Raw
/// sockets need a capability, which no server has.
fn sockets(families: &[i32]) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let families = families.iter().map(|family| is_not(0, *family)).collect::<Result<_, _>>()?;
    let protocols = [0, libc::IPPROTO_TCP, libc::IPPROTO_UDP, libc::IPPROTO_ICMP, libc::IPPROTO_ICMPV6];
    let protocols = protocols.iter().map(|protocol| is_not(2, *protocol)).collect::<Result<_, _>>()?;
    Ok(vec![SeccompRule::new(families)?, SeccompRule::new(protocols)?])
}

/// Pairs that are more than a pipe: one of datagrams can send to any path.
fn pairs() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    const TYPE: u64 = 0xf;
    let datagram = |kind: i32| SeccompRule::new(vec![bits(1, TYPE, kind as u64)?]);
    let other = SeccompRule::new(vec![is_not(0, libc::AF_UNIX)?])?;
    Ok(vec![other, datagram(libc::SOCK_DGRAM)?, datagram(libc::SOCK_RAW)?])
}

/// The kernel reads these arguments as 32 bits, whatever stands above them.
fn condition(argument: u8, op: SeccompCmpOp, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value)
}

fn is<N: TryInto<u32>>(argument: u8, value: N) -> Result<SeccompCondition, seccompiler::BackendError> {
    condition(argument, SeccompCmpOp::Eq, number(value))
}

fn is_not<N: TryInto<u32>>(argument: u8, value: N) -> Result<SeccompCondition, seccompiler::BackendError> {
    condition(argument, SeccompCmpOp::Ne, number(value))
}

fn bits(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    condition(argument, SeccompCmpOp::MaskedEq(mask), value)
}

fn number<N: TryInto<u32>>(value: N) -> u64 {
    value.try_into().map_or_else(|_| unreachable!("constants of the kernel are small"), u64::from)
}

/// What goes by the number of the call alone. `clone3` hides its flags in
/// memory: without it, C libraries fall back to `clone`. From 2^30 on are the
/// calls of x32, a second numbering of the same architecture.
fn by_number() -> BpfProgram {
    const X32: u32 = 0x4000_0000;
    const LOAD: u16 = 0x20;
    const EQUAL: u16 = 0x15;
    const AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    let line = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let fail = |errno: i32| line(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | errno as u32);
    vec![
        // The number stands first in what the filter is given.
        line(LOAD, 0, 0, 0),
        line(EQUAL, 2, 0, libc::SYS_clone3 as u32),
        line(AT_LEAST, 2, 0, X32),
        line(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
        fail(libc::ENOSYS),
        fail(libc::EPERM),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_comes_through_a_word() {
        for (word, sockets) in [("none", Sockets::None), ("inner", Sockets::Inner), ("internet", Sockets::Internet)] {
            for (more, user_namespaces, ipc) in
                [("", false, false), ("+userns", true, false), ("+ipc", false, true), ("+userns+ipc", true, true)]
            {
                let allowed = Allowed { sockets, user_namespaces, ipc };
                assert_eq!(allowed.word(), format!("{word}{more}"));
                assert_eq!(allowed.word().parse(), Ok(allowed));
                assert!(Filter::new(allowed).is_ok());
            }
        }
        for word in ["", "all", "none+", "none+root", "+ipc"] {
            assert_eq!(word.parse::<Allowed>(), Err(()), "{word}");
        }
    }
}
