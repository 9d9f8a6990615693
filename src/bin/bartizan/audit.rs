//! `bartizan audit`: is the log whole?

use std::path::PathBuf;
use std::process::ExitCode;

use bartizan::audit::verify_file;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Say whether a log is whole, or name its first broken link
    #[command(after_help = "Examples:\n  \
        bartizan audit verify audit.jsonl\n  \
        bartizan audit verify audit.jsonl --key-file guard.key\n\n\
        Exit codes: 0 whole, 1 broken, 2 usage or the file cannot be read.")]
    Verify {
        /// The log
        file: PathBuf,
        /// The key file that the log was written under
        #[arg(long, value_name = "FILE")]
        key_file: Option<PathBuf>,
    },
}

pub(crate) fn run(command: &AuditCommand) -> Result<ExitCode, String> {
    let AuditCommand::Verify { file, key_file } = command;
    let key = key_file.as_deref().map(crate::key).transpose()?.map(|key| key.derive("audit"));
    let found = verify_file(file, key.as_ref()).map_err(|e| format!("{}: {e}", file.display()))?;
    outln!("{}: {found}", file.display());
    Ok(if found.is_intact() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
