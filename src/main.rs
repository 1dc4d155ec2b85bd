//! The program: parse, start, drain.

use std::process::ExitCode;

fn main() -> ExitCode {
    madoguchi::cli::main()
}
