//! The text of a page, for people.

/// The first line of text in `page`, without its head, its scripts and its markup.
pub(crate) fn first_line(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let mut rest: &str = page.find("<body").map_or(&page, |at| &page[at..]);
    let mut text = String::new();
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push('\n');
        let name = tag.get(..6).unwrap_or(tag).to_ascii_lowercase();
        let hidden = ["script", "style"].into_iter().find(|hidden| name.starts_with(hidden));
        let from = hidden.and_then(|hidden| tag.find(&format!("</{hidden}"))).unwrap_or(0);
        rest = tag[from..].split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_head_and_scripts_are_no_text() {
        for (page, line) in [
            ("", ""),
            ("plain\nmore", "plain"),
            (
                "<html><head><title>WordPress</title></head><body id=error><div><p>There is an <b>error</b>.",
                "There is an",
            ),
            (
                "<body><style>p { a: b }</style><SCRIPT>let x = 1 < 2;</script>\n <p> It fails. </p>",
                "It fails.",
            ),
            ("<p>a > b</p>", "a > b"),
            ("<", ""),
            ("<body><script>never ends", "never ends"),
        ] {
            assert_eq!(first_line(page.as_bytes()), line, "{page}");
        }
        assert_eq!(first_line(b"\xff\xfe"), "\u{fffd}\u{fffd}");
    }
}
