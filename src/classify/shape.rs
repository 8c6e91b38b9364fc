//! What a piece of a reply is made of, counted once: enough to tell an id from a word, a number or a
//! provider's code.

/// What an atom is made of.
#[derive(Copy, Clone)]
pub(super) struct Shape {
    /// Digits.
    pub(super) digits: usize,
    /// Letters.
    pub(super) letters: usize,
    /// Dots.
    pub(super) dots: usize,
    /// Changes between letters and digits.
    pub(super) turns: usize,
    /// Changes between lower and upper case inside.
    pub(super) humps: usize,
    /// Whether all of its letters and digits are hexadecimal.
    pub(super) hex: bool,
}

/// What a byte is to a shape: [`OTHER`], [`DOT`], a digit, a small letter, a capital, and whether it
/// is a letter or digit that no hexadecimal number has.
static KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        kinds[byte] = match letter {
            b'.' => DOT,
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' => SMALL,
            b'A'..=b'Z' => CAPITAL,
            _ => OTHER,
        };
        if letter.is_ascii_alphabetic() && !letter.is_ascii_hexdigit() {
            kinds[byte] |= NO_HEX;
        }
        byte += 1;
    }
    kinds
};
const OTHER: u8 = 0;
const DIGIT: u8 = 1;
const SMALL: u8 = 2;
const CAPITAL: u8 = 3;
const DOT: u8 = 4;
const NO_HEX: u8 = 8;

impl Shape {
    /// Without branches, because what is masked is random.
    pub(super) fn of(atom: &[u8]) -> Self {
        let (mut digits, mut letters, mut dots, mut turns, mut humps) = (0, 0, 0, 0, 0);
        let (mut last, mut seen) = (OTHER, OTHER);
        for byte in atom {
            let kind = KINDS[usize::from(*byte)];
            seen |= kind;
            let kind = kind & !NO_HEX;
            let (is_digit, is_letter) = (kind == DIGIT, (kind == SMALL) | (kind == CAPITAL));
            digits += usize::from(is_digit);
            letters += usize::from(is_letter);
            dots += usize::from(kind == DOT);
            let (was_digit, was_letter) = (last == DIGIT, last > DIGIT);
            turns += usize::from((was_digit & is_letter) | (was_letter & is_digit));
            humps += usize::from(was_letter & is_letter & (last != kind));
            last = if is_digit | is_letter { kind } else { last };
        }
        Self { digits, letters, dots, turns, humps, hex: seen & NO_HEX == 0 }
    }

    /// Whether it is an id, which no two replies share.
    pub(super) fn is_id(self, atom: &[u8]) -> bool {
        if self.digits == 0 {
            // `MapiExceptionShutoffQuotaExceeded` has a capital for each word, an id has them anywhere.
            let mixed = self.humps >= 4 && self.humps * 5 >= self.letters * 2;
            return atom.len() >= 20 && (mixed || self.hex);
        }
        if atom.len() < 8 {
            return false;
        }
        let code = self.turns == 1 && atom[0].is_ascii_alphabetic() && self.digits <= 8 && atom.len() <= 12;
        // LPN000_630: a provider's code with its two numbers.
        let code = code || self.turns == 1 && atom.contains(&b'_') && atom.len() <= 12;
        if code {
            return self.hex;
        }
        self.turns >= 2 || self.hex || atom.len() >= 16
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;

    #[test]
    fn every_kind_of_byte_is_counted() {
        let shape = Shape::of(b"ab.C9-9dG\xc3\xa9");
        assert_eq!((shape.digits, shape.letters, shape.dots), (2, 5, 1));
        assert_eq!((shape.turns, shape.humps, shape.hex), (2, 2, false));
        assert!(Shape::of(b"09.afAF-_").hex);
    }

    proptest::proptest! {
        #[test]
        fn neighbours_are_counted_over_what_stands_between_them(atom in "[0-9a-zA-Z._=-]{0,40}") {
            let kept: Vec<u8> = atom.bytes().filter(u8::is_ascii_alphanumeric).collect();
            let shape = Shape::of(atom.as_bytes());
            let pairs = |of: fn(u8, u8) -> bool| kept.windows(2).filter(|pair| of(pair[0], pair[1])).count();
            let turns = pairs(|one, other| one.is_ascii_digit() != other.is_ascii_digit());
            let humps = pairs(|one, other| {
                one.is_ascii_alphabetic()
                    && other.is_ascii_alphabetic()
                    && one.is_ascii_uppercase() != other.is_ascii_uppercase()
            });
            proptest::prop_assert_eq!((shape.turns, shape.humps), (turns, humps));
            proptest::prop_assert_eq!(shape.hex, kept.iter().all(u8::is_ascii_hexdigit));
            proptest::prop_assert_eq!(shape.digits + shape.letters, kept.len());
        }
    }
}
