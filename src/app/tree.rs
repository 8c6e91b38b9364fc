//! Prints the trees.

use std::io::{self, Write as _};

use super::Misuse;
use super::configure::setup;
use crate::cli::{Reading, Tree, TreeFormat};
use crate::report;
use crate::text::Clean;
use crate::text::remark::nearest;

pub(super) fn tree(args: &Tree) -> anyhow::Result<()> {
    let reading = Reading { config: args.config.clone(), ..Reading::default() };
    let outline = setup(&reading)?.trees.outline();
    let only = args.node.as_deref();
    let text = match args.format {
        TreeFormat::Text => report::tree_text(&outline, only),
        TreeFormat::Dot => report::tree_dot(&outline, only),
        TreeFormat::Md => report::tree_md(&outline, only),
    };
    let Some(text) = text else {
        let id = only.unwrap_or_default();
        let (what, known) = match args.format {
            TreeFormat::Dot => ("node", report::tree_ids(&outline, true)),
            TreeFormat::Text | TreeFormat::Md => ("node, remedy or step", report::tree_ids(&outline, false)),
        };
        let near = nearest(id, &known);
        return Err(Misuse(format!("no {what} is named `{}`{near}", Clean::from(id))).into());
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
