//! Names of people and companies that nobody has: parts of recipients' addresses.

/// First names.
pub const FIRST: [&str; 24] = [
    "anna", "ben", "carla", "dmitri", "elena", "farid", "greta", "hugo", "ines", "jonas", "keiko", "liam",
    "maria", "nadia", "omar", "paula", "quentin", "rosa", "sven", "tara", "ursula", "victor", "wanda",
    "yusuf",
];

/// Last names.
pub const LAST: [&str; 20] = [
    "albers", "bianchi", "costa", "dubois", "ekman", "fischer", "garcia", "hughes", "ivanov", "jansen",
    "keller", "lopez", "moreau", "novak", "okafor", "petit", "quinn", "rossi", "schmidt", "tanaka",
];

/// Names of companies.
pub const TRADES: [&str; 16] = [
    "northgate",
    "bluefin",
    "cedarworks",
    "eastline",
    "fairmont",
    "granite",
    "hillcrest",
    "ironbridge",
    "juniper",
    "kestrel",
    "lakeside",
    "meridian",
    "oakfield",
    "pinewood",
    "redstone",
    "silverton",
];
