//! The program: parse, start, drain.

use std::process::ExitCode;

/// Requests make and drop many small texts, on one thread what another made.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    madoguchi::cli::main()
}
