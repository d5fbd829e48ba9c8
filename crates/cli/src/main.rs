//! The program `plenary`; everything it does is in the library, so that tests can do it too.

use std::process::ExitCode;

fn main() -> ExitCode {
    plenary_cli::main()
}
