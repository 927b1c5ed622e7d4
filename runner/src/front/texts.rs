//! What the pages say.

use super::{language::Language, page::Page};

/// The title of `page` in `language`, and the sentence below.
pub(super) fn text(page: Page, language: Language) -> (&'static str, &'static str) {
    match (page, language) {
        (Page::Provisioning, Language::English) => (
            "This shop is being set up",
            "It will not be long. This page reloads by itself until the shop opens.",
        ),
        (Page::Provisioning, Language::German) => (
            "Dieser Shop wird gerade eingerichtet",
            "Es dauert nicht mehr lange. Diese Seite lädt sich neu, bis der Shop öffnet.",
        ),
        (Page::Opening, Language::English) => {
            ("This shop opens in a moment", "This page reloads by itself until it does.")
        }
        (Page::Opening, Language::German) => {
            ("Dieser Shop öffnet gleich", "Diese Seite lädt sich neu, bis es so weit ist.")
        }
        (Page::Hibernated, Language::English) => {
            ("This shop is taking a break", "It is closed for now. Please come back later.")
        }
        (Page::Hibernated, Language::German) => (
            "Dieser Shop macht gerade Pause",
            "Er ist vorübergehend geschlossen. Bitte schauen Sie später wieder vorbei.",
        ),
        (Page::Resuming, Language::English) => {
            ("This shop is back in a moment", "This page reloads by itself until the shop opens again.")
        }
        (Page::Resuming, Language::German) => {
            ("Dieser Shop ist gleich wieder da", "Diese Seite lädt sich neu, bis der Shop wieder öffnet.")
        }
        (Page::Upgrading, Language::English) => (
            "This shop is being updated",
            "It is closed for some minutes. This page reloads by itself until the shop opens again.",
        ),
        (Page::Upgrading, Language::German) => (
            "Dieser Shop wird gerade aktualisiert",
            "Er ist für einige Minuten geschlossen. Diese Seite lädt sich neu, bis er wieder öffnet.",
        ),
        (Page::Suspended, Language::English) => {
            ("This shop is suspended", "Its platform has closed it until further notice.")
        }
        (Page::Suspended, Language::German) => {
            ("Dieser Shop ist gesperrt", "Seine Plattform hat ihn bis auf Weiteres geschlossen.")
        }
        (Page::Failed, Language::English) => {
            ("This shop is not open", "Something went wrong on our side. Please come back later.")
        }
        (Page::Failed, Language::German) => (
            "Dieser Shop ist nicht geöffnet",
            "Bei uns ist etwas schiefgegangen. Bitte schauen Sie später wieder vorbei.",
        ),
        (Page::Deleted, Language::English) => {
            ("This shop has closed for good", "It no longer exists at this address.")
        }
        (Page::Deleted, Language::German) => {
            ("Dieser Shop hat für immer geschlossen", "Unter dieser Adresse gibt es ihn nicht mehr.")
        }
        (Page::Unknown, Language::English) => {
            ("There is no shop here", "Please check how the address is spelled.")
        }
        (Page::Unknown, Language::German) => {
            ("Hier gibt es keinen Shop", "Bitte prüfen Sie, ob die Adresse richtig geschrieben ist.")
        }
        (Page::Unavailable, Language::English) => (
            "One moment, please",
            "We can't look this shop up right now. This page reloads by itself until we can.",
        ),
        (Page::Unavailable, Language::German) => (
            "Einen Moment, bitte",
            "Wir können diesen Shop gerade nicht finden. Diese Seite lädt sich neu, bis es geht.",
        ),
        (Page::BadRequest, Language::English) => ("This request can't be read", "It does not name one host."),
        (Page::BadRequest, Language::German) => {
            ("Diese Anfrage ist nicht lesbar", "Sie nennt nicht genau einen Host.")
        }
        (Page::MethodNotAllowed, Language::English) => {
            ("This shop is not open", "Nothing was changed, and nothing was ordered.")
        }
        (Page::MethodNotAllowed, Language::German) => {
            ("Dieser Shop ist nicht geöffnet", "Es wurde nichts geändert und nichts bestellt.")
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray as _;

    use super::*;
    use crate::front::page::Again;

    #[test]
    fn a_page_that_reloads_says_so_and_no_other_does() {
        for &page in Page::VARIANTS {
            let reloads = matches!(page.again(), Again::ByItself(_));
            for (language, words) in
                [(Language::English, "reloads by itself"), (Language::German, "lädt sich neu")]
            {
                assert_eq!(text(page, language).1.contains(words), reloads, "{page}");
            }
        }
    }
}
