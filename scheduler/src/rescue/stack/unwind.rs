//! Walking the copy of a stack by the unwind tables of the code that is mapped.

use std::ffi::{c_int, c_void};
use std::ops::Range;

use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{ExplicitModuleSectionInfo, Module, Unwinder};

use super::snapshot::Snapshot;

/// Calls beyond these are left out.
const DEEPEST: usize = 256;

type Tables = UnwinderX86_64<Vec<u8>>;

/// The calls in the snapshot, the innermost first: as return addresses, one past an instruction.
pub(super) fn walk(snapshot: &Snapshot) -> Vec<usize> {
    let (tables, mut cache) = (tables(), CacheX86_64::new());
    let (ip, sp, bp) = (
        snapshot.instruction,
        snapshot.stack_pointer,
        snapshot.base_pointer,
    );
    let mut read = |address| snapshot.read(address).ok_or(());
    let registers = UnwindRegsX86_64::new(ip, sp, bp);
    let mut frames = tables.iter_frames(ip, registers, &mut cache, &mut read);
    let mut calls = Vec::new();
    // A frame that cannot be unwound ends the walk, as the last one does.
    while let Ok(Some(frame)) = frames.next()
        && calls.len() < DEEPEST
    {
        calls.push(frame.address_for_lookup() as usize + 1);
    }
    calls
}

/// The unwind tables of the program and its libraries as they are mapped now, copied: a library
/// may be unloaded meanwhile.
fn tables() -> Tables {
    let mut tables = Tables::new();
    // SAFETY: the callback gets the pointer to `tables`, which outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(add), (&raw mut tables).cast()) };
    tables
}

/// Adds one mapped object.
unsafe extern "C" fn add(info: *mut libc::dl_phdr_info, _: usize, tables: *mut c_void) -> c_int {
    // SAFETY: the loader passes a valid description, and `tables` is what `tables()` passed on.
    let (info, tables) = unsafe { (&*info, &mut *tables.cast::<Tables>()) };
    if info.dlpi_phdr.is_null() {
        return 0;
    }
    // SAFETY: the loader says where the headers are and how many.
    let headers =
        unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    // SAFETY: the object is mapped: the loader holds its lock while this runs.
    if let Some(module) = unsafe { module(info.dlpi_addr, headers) } {
        tables.add_module(module);
    }
    0
}

/// # Safety
///
/// The object with these headers is mapped at `base`, and stays mapped meanwhile.
unsafe fn module(base: u64, headers: &[libc::Elf64_Phdr]) -> Option<Module<Vec<u8>>> {
    let loaded = || {
        headers
            .iter()
            .filter(|header| header.p_type == libc::PT_LOAD)
    };
    let code = loaded().filter(|header| header.p_flags & libc::PF_X != 0);
    let code = code
        .map(range)
        .reduce(|all, one| all.start.min(one.start)..all.end.max(one.end))?;
    let index = headers
        .iter()
        .find(|header| header.p_type == libc::PT_GNU_EH_FRAME)
        .map(range)?;
    // SAFETY: the caller's promise; the index is a part of the object.
    let index_bytes = unsafe { copy(base, &index) };
    let frames_start = frames_start(index.start, &index_bytes)?;
    // Where the frames end is in no header. They are within one segment, and the index says where
    // in it each is.
    let segment = loaded()
        .map(range)
        .find(|segment| segment.contains(&frames_start))?;
    let frames = frames_start..segment.end;
    // SAFETY: the caller's promise; the range is within a segment, and unwind tables are readable.
    let frames_bytes = unsafe { copy(base, &frames) };
    Some(Module::new(
        String::new(),
        base.wrapping_add(code.start)..base.wrapping_add(code.end),
        base,
        ExplicitModuleSectionInfo {
            text_svma: Some(code),
            eh_frame_svma: Some(frames),
            eh_frame: Some(frames_bytes),
            eh_frame_hdr_svma: Some(index),
            eh_frame_hdr: Some(index_bytes),
            ..Default::default()
        },
    ))
}

/// Where a segment is, as its object states it.
fn range(header: &libc::Elf64_Phdr) -> Range<u64> {
    header.p_vaddr..header.p_vaddr + header.p_memsz
}

/// Where the frames begin that the index at `address` is for: it says so in the form that all
/// linkers use, relative to the place of the number itself. `None` for any other form.
fn frames_start(address: u64, index: &[u8]) -> Option<u64> {
    const RELATIVE_I32: u8 = 0x1b;
    let [_version, RELATIVE_I32, _, _, offset @ ..] = index else {
        return None;
    };
    let offset = i32::from_le_bytes(*offset.first_chunk()?);
    (address + 4).checked_add_signed(offset.into())
}

/// # Safety
///
/// The bytes are mapped, readable and constant.
unsafe fn copy(base: u64, range: &Range<u64>) -> Vec<u8> {
    let start = base.wrapping_add(range.start) as usize;
    let length = (range.end - range.start) as usize;
    let mut bytes = Vec::<u8>::with_capacity(length);
    // SAFETY: the caller's promise; there is room for as many bytes, and then they are there.
    unsafe {
        super::copy(start, bytes.as_mut_ptr(), length);
        bytes.set_len(length);
    }
    bytes
}
