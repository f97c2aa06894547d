//! Which open descriptors a program inherits.
//!
//! A client may leave any of its own open (a file with a key in it, another
//! server's pipe); nothing passes a fence but what is handed over on purpose.

use std::ffi::OsString;
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::MemfdFlags;
use rustix::io::{Errno, FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};

/// Makes everything above stderr close when another program is started.
pub(super) fn keep_all() -> io::Result<()> {
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.parse::<RawFd>().ok());
        let Some(number) = number.filter(|number| *number > 2) else {
            continue;
        };
        #[expect(unsafe_code)]
        // SAFETY: the borrow lives for this one call, which checks the number
        // itself: a descriptor closed meanwhile gives EBADF.
        let fd = unsafe { BorrowedFd::borrow_raw(number) };
        match fcntl_setfd(fd, FdFlags::CLOEXEC) {
            Ok(()) | Err(Errno::BADF) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Lets the next program have this one, under the number returned.
pub(super) fn hand_over(fd: &impl AsFd) -> io::Result<RawFd> {
    fcntl_setfd(fd, FdFlags::empty())?;
    Ok(fd.as_fd().as_raw_fd())
}

/// Keeps the server's table of descriptors from growing while it starts: the next program's table is made as large as
/// what is open here needs. One that grows in a process of several threads waits for the kernel (RCU), 15 ms at the
/// 65th file that Node has open (measured on Linux 6.18), so call this before there are threads. `None` where so many
/// are not allowed.
pub(super) fn room(fd: &impl AsFd) -> Option<OwnedFd> {
    const ENOUGH: RawFd = 1023;
    fcntl_dupfd_cloexec(fd, ENOUGH).ok()
}

/// Takes what another program handed over under this number.
pub(super) fn take(number: &str) -> Option<OwnedFd> {
    let number = number.parse::<RawFd>().ok().filter(|number| *number > 2)?;
    #[expect(unsafe_code)]
    // SAFETY: called once per number, by the process that got it from its
    // parent and has opened nothing itself yet; borrowed for the check only.
    let fd = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl_setfd(fd, FdFlags::CLOEXEC).ok()?;
    #[expect(unsafe_code)]
    // SAFETY: as above, and the descriptor was just seen to be open.
    Some(unsafe { OwnedFd::from_raw_fd(number) })
}

/// So many go over a socket at once.
const MOST: usize = 40;

/// Gives these away over a socket, with one byte.
pub(super) fn send(socket: impl AsFd, given: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut messages = SendAncillaryBuffer::new(&mut space);
    if !messages.push(SendAncillaryMessage::ScmRights(given)) {
        return Err(Errno::TOOMANYREFS.into());
    }
    sendmsg(socket, &[IoSlice::new(&[1])], &mut messages, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// What came over a socket; nothing where the other end is closed.
pub(super) fn receive(socket: impl AsFd, flags: RecvFlags) -> io::Result<Vec<OwnedFd>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut messages = RecvAncillaryBuffer::new(&mut space);
    recvmsg(socket, &mut [IoSliceMut::new(&mut [0])], &mut messages, flags | RecvFlags::CMSG_CLOEXEC)?;
    let came = messages.drain().flat_map(|message| match message {
        RecvAncillaryMessage::ScmRights(came) => came.collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    Ok(came.collect())
}

/// Words for a program that reads them, each ended by NUL, from a descriptor
/// instead of its command line.
pub(super) fn words(words: &[OsString]) -> io::Result<std::fs::File> {
    let ended = words.iter().flat_map(|word| [word.as_bytes(), &[0]]);
    text(&ended.collect::<Vec<_>>().concat())
}

/// A file that nothing but this descriptor names.
pub(super) fn text(text: &[u8]) -> io::Result<std::fs::File> {
    let mut file = std::fs::File::from(rustix::fs::memfd_create("text", MemfdFlags::CLOEXEC)?);
    file.write_all(text)?;
    io::Seek::rewind(&mut file)?;
    Ok(file)
}
