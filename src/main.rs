//! The binary: hands the process over to the library and returns its exit code.

fn main() -> std::process::ExitCode {
    polgen::cli::run()
}
