//! Fills what is said in. The noise comes from small sets, so that the logs pack well.

use fastrand::Rng;

use super::time::stamp;

/// What a text is filled with.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub ip: &'a str,
    pub recipient: &'a str,
    pub sender_domain: &'a str,
    pub size: u32,
    /// Milliseconds since 1970.
    pub at: u64,
}

/// Fills a template in.
pub(crate) fn fill(template: &str, facts: &Facts<'_>, rng: &mut Rng) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('{') {
        out.push_str(text);
        let (name, tail) = after.split_once('}').unwrap_or_else(|| panic!("{template}: no end"));
        match name {
            "ip" => out.push_str(facts.ip),
            "rcpt" => out.push_str(facts.recipient),
            "domain" => out.push_str(facts.recipient.rsplit('@').next().unwrap_or_default()),
            "from" => out.push_str(facts.sender_domain),
            "size" => out.push_str(&facts.size.to_string()),
            "seconds" => out.push_str(&(facts.at / 1000).to_string()),
            "gid" => out.push_str(&google(rng.u32(..16))),
            "eop" => out.push_str(&frontend(rng.u32(..12), facts.at)),
            "hex" => out.push_str(&format!("{:011X}", noise(rng.u32(..16)) & 0xFFF_FFFF_FFFF)),
            "id" => out.push_str(&format!("4c{:010x}", noise(rng.u32(..16)) & 0xFF_FFFF_FFFF)),
            "num" => out.push_str(&(100_000 + noise(rng.u32(..12)) % 900_000).to_string()),
            _ => panic!("{template}: {name} is nothing to fill in"),
        }
        rest = tail;
    }
    out + rest
}

/// The same noise for the same number.
fn noise(number: u32) -> u64 {
    let mixed = (u64::from(number) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

/// The id that Google puts before ` - gsmtp`.
fn google(number: u32) -> String {
    let noise = noise(number);
    format!(
        "5b1f17b{:06x}-{:012x}si{}wmb.{}",
        noise & 0xFF_FFFF,
        noise >> 8 & 0xFFFF_FFFF_FFFF,
        1_000_000 + noise % 9_000_000,
        10 + number
    )
}

/// Microsoft's trailer: frontend, time, id.
fn frontend(number: u32, at: u64) -> String {
    const SITES: [(&str, &str); 3] = [("DM6NAM", "nam"), ("BN8NAM", "nam"), ("DB3EUR", "eur")];
    let (site, region) = SITES[number as usize % SITES.len()];
    let unit = 2 + number % 11;
    format!(
        "{site}{unit:02}FT{:03}.eop-{region}{unit:02}.prod.protection.outlook.com {}Z 08DE{:012X}",
        1 + number,
        stamp(at),
        noise(number) & 0xFFFF_FFFF_FFFF
    )
}
