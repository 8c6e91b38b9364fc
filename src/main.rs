//! The program's entry: its exit code, and where its memory comes from.

use std::process::ExitCode;

use dlmalloc::GlobalDlmalloc;

/// One heap for all threads. The system's gives every thread one of its own, and keeps in each what
/// another thread freed: the more cores, the more memory, and no bound that holds on every host.
#[global_allocator]
static HEAP: GlobalDlmalloc = GlobalDlmalloc;

fn main() -> ExitCode {
    fivefifty::app::run()
}
