//! The JSON schema of a theme, for editors that complete and check TOML.

use serde_json::{Map, Value, json};

use super::Role;
use super::written::{FACES, NAMED};

/// The schema of `themes/*.toml`.
pub(in crate::ui) fn schema() -> Value {
    let colour = json!({
        "description": "A name in the palette, one of the terminal's colours, #rrggbb, or 0-255.",
        "type": "string",
        "examples": NAMED,
    });
    let mut paint: Map<String, Value> = FACES
        .iter()
        .map(|face| ((*face).to_owned(), json!({ "type": "boolean", "default": false })))
        .collect();
    for part in ["fg", "bg"] {
        paint.insert(part.to_owned(), colour.clone());
    }
    let roles: Map<String, Value> = Role::ALL
        .iter()
        .map(|role| {
            let paint = json!({
                "description": role.about(),
                "type": "object",
                "additionalProperties": false,
                "properties": paint,
            });
            (role.id().to_owned(), paint)
        })
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A theme of fivefifty: themes/NAME.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "about": { "description": "What it is for, in one sentence.", "type": "string" },
            "inherits": { "description": "The theme that brings what is not set here.", "type": "string" },
            "palette": {
                "description": "Names of colours. They hold for inherited roles, too.",
                "type": "object",
                "additionalProperties": { "type": "string" },
            },
            "roles": {
                "description": "What each piece of the screen looks like.",
                "type": "object",
                "additionalProperties": false,
                "properties": roles,
            },
        },
    })
}
