//! In which language a shop speaks, where it sells, and in what money.

use super::{country::Country, currency::Currency, locale::Locale};

/// In which language a shop speaks, where it sells, and in what money. What is not said is as WordPress and
/// WooCommerce have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Market {
    /// The language of its pages and its administration.
    pub locale: Option<Locale>,
    /// The country that it sells from, which taxes and shipping begin with.
    pub country: Option<Country>,
    /// The currency of its prices.
    pub currency: Option<Currency>,
}

impl Market {
    /// The same, with what `others` say where this one says nothing.
    #[must_use]
    pub fn or(self, others: &Self) -> Self {
        Self {
            locale: self.locale.or_else(|| others.locale.clone()),
            country: self.country.or_else(|| others.country.clone()),
            currency: self.currency.or_else(|| others.currency.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_goes_before_what_is_usual() {
        let market = |locale, country, currency| Market {
            locale: Option::map(locale, |code| Locale::parse(code).unwrap()),
            country: Option::map(country, |code| Country::parse(code).unwrap()),
            currency: Option::map(currency, |code| Currency::parse(code).unwrap()),
        };
        let usual = market(Some("de_DE"), Some("DE"), Some("EUR"));
        assert_eq!(market(None, None, None).or(&usual), usual);
        let swiss = market(Some("fr_FR"), Some("CH"), None).or(&usual);
        assert_eq!(swiss, market(Some("fr_FR"), Some("CH"), Some("EUR")));
        let dollars = market(None, None, Some("USD"));
        assert_eq!(dollars.clone().or(&Market::default()), dollars);
    }
}
