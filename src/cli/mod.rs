//! What the program does from a shell.

mod demo;
mod sample;
pub mod sample_faqs;
mod serve;
mod upkeep;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app::App;
use crate::config::Settings;
use crate::db::Db;
use crate::terms::codes::Role;
use crate::time::{Clock, Ids};
use crate::workers::{Migrate, open};

/// The support counter: carries out the written terms of a support service.
#[derive(Parser)]
#[command(name = "madoguchi", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve.
    Serve {
        /// What to do about migrations that are yet to be run.
        #[arg(long, value_enum, default_value = "auto")]
        migrate: Migrate,
    },
    /// Serve sample data from a throwaway database, and print calls to try.
    Demo,
    /// Bring the schema up to date.
    Migrate,
    /// Print the OpenAPI document.
    Openapi,
    /// Look after the desk's people.
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Take in resellers, products, versions and contracts from a file of JSON Lines.
    Import {
        /// The file.
        file: PathBuf,
        /// Say what would happen, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Look after the journal.
    Events {
        #[command(subcommand)]
        command: EventsCommand,
    },
    /// Look after the signing keys.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Look after mail that waits.
    Outbox {
        #[command(subcommand)]
        command: OutboxCommand,
    },
    /// Copy the SQLite database into a new file, while it is in use.
    Backup {
        /// The new file.
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Add a person; the password is read from standard input. Exits 2 for an address that is
    /// known.
    Add(NewPerson),
}

#[derive(Args)]
struct NewPerson {
    /// The person's address.
    #[arg(long)]
    email: String,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// The person's role: agent or manager.
    #[arg(long)]
    role: Role,
}

#[derive(Subcommand)]
enum EventsCommand {
    /// Recompute every hash, and tell the first place of each chain that does not hold.
    Verify,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Sign with a new key from now on; the old one verifies for an hour more.
    Rotate,
}

#[derive(Subcommand)]
enum OutboxCommand {
    /// Send again what was given up; a server that runs does so within a second.
    Retry {
        /// Also what mail servers refused for good.
        #[arg(long)]
        bounced: bool,
    },
}

/// Why a command failed: what is printed, and the exit code.
struct Failure {
    message: String,
    code: u8,
}

impl<T: std::fmt::Display> From<T> for Failure {
    fn from(message: T) -> Self {
        Self { message: message.to_string(), code: 1 }
    }
}

type Outcome = Result<(), Failure>;

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let Cli { settings, command } = Cli::parse();
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn,madoguchi=info")).init();
    match run(settings, command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

fn run(settings: Settings, command: Command) -> Outcome {
    match command {
        Command::Serve { migrate } => serve::serve(application(settings, Clock::System)?, migrate),
        Command::Demo => demo::demo(settings),
        Command::Migrate => upkeep::migrate(&application(settings, Clock::System)?),
        Command::Openapi => upkeep::print_document(),
        Command::Staff { command: StaffCommand::Add(person) } => {
            upkeep::add_staff(&opened(settings)?, &person.email, &person.name, person.role)
        }
        Command::Import { file, dry_run } => upkeep::import(&opened(settings)?, &file, dry_run),
        Command::Events { command: EventsCommand::Verify } => upkeep::verify_events(&opened(settings)?),
        Command::Keys { command: KeysCommand::Rotate } => upkeep::rotate_keys(&opened(settings)?),
        Command::Outbox { command: OutboxCommand::Retry { bounced } } => {
            upkeep::retry_outbox(&opened(settings)?, bounced)
        }
        Command::Backup { file } => upkeep::back_up(&opened(settings)?, &file),
    }
}

fn application(settings: Settings, clock: Clock) -> Result<App, Failure> {
    let config = settings.read()?;
    let db = Db::new(config.target.clone(), config.database_connections);
    Ok(App::new(config, db, clock, Ids::random())?)
}

/// An application on a database that is up to date; it may be in use by a server at the same time.
fn opened(settings: Settings) -> Result<App, Failure> {
    let app = application(settings, Clock::System)?;
    open(&app, Migrate::Auto)?;
    Ok(app)
}
