//! What a stranger answered.

use http::{HeaderMap, StatusCode};

/// An answer, whatever its status. A redirect is one too: nothing follows it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, or as much of it as was read.
    pub body: Vec<u8>,
    /// Whether there was more of the body.
    pub is_cut: bool,
}

impl Answer {
    /// The beginning of the body as text, in at most `bytes`. What is no UTF-8 and what a terminal would obey is shown
    /// as `�`.
    #[must_use]
    pub fn excerpt(&self, bytes: usize) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(bytes)]);
        let mut excerpt = String::new();
        for character in text.chars() {
            let obeyed = character.is_control() && !matches!(character, '\n' | '\t');
            let shown = if obeyed { char::REPLACEMENT_CHARACTER } else { character };
            if excerpt.len() + shown.len_utf8() > bytes {
                break;
            }
            excerpt.push(shown);
        }
        excerpt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &[u8]) -> Answer {
        Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: body.to_vec(), is_cut: false }
    }

    #[test]
    fn an_excerpt_is_a_beginning_that_fits() {
        assert_eq!(answer(b"thanks\n").excerpt(100), "thanks\n");
        assert_eq!(answer(b"thanks").excerpt(5), "thank");
        for bytes in 0..20 {
            let excerpt = answer("aé€𝄞\u{1b}[31m".as_bytes()).excerpt(bytes);
            assert!(excerpt.len() <= bytes, "{excerpt:?}");
        }
    }

    #[test]
    fn an_excerpt_has_nothing_that_a_terminal_obeys() {
        assert_eq!(answer(b"\x1b[2J\x00\xff\x9bok\r\n\tend\x7f").excerpt(100), "�[2J���ok�\n\tend�");
    }
}
