//! Arguments of tree.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of tree.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
        fivefifty tree                              the whole tree, yours over ours\n  \
        fivefifty tree N8.gmail                     one node, with all that it says\n  \
        fivefifty tree outlook-515                  one remedy\n  \
        fivefifty tree --format dot | dot -Tsvg > tree.svg\n  \
        fivefifty tree --format md > triage.md      for a wiki\n\n\
        Exit codes: 0 done, 1 something could not be read or written, 2 wrong use or no such node.")]
pub struct Tree {
    /// The folder with your own trees; by default the one that would be used.
    #[arg(long, value_name = "DIR", env = "FIVEFIFTY_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// The form.
    #[arg(long, value_enum, default_value_t = TreeFormat::Text)]
    pub format: TreeFormat,
    /// Only this node, remedy or step; in dot, the node and all that it leads to.
    #[arg(value_name = "NODE")]
    pub node: Option<String>,
}

/// Forms of tree.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum TreeFormat {
    /// For people: drawn with branches.
    Text,
    /// For graphviz.
    Dot,
    /// For a wiki.
    Md,
}
