//! The program's entry: its exit code and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    fivefifty::app::run()
}
