//! A currency, by its code.

use super::code::listed_code;

/// ISO 4217's active codes, without metals, funds and units of account, and without what WooCommerce has no name
/// for (its `get_woocommerce_currencies`): SLE, SVC, VED, XCG and ZWG.
const CODES: &str = "\
     AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
     CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
     GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD \
     KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO \
     NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SOS \
     SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF \
     XCD XOF XPF YER ZAR ZMW";

listed_code! {
    /// A currency in which a shop can sell: an active code of ISO 4217 that WooCommerce knows.
    Currency, CurrencyError: "must be a currency by its code of three capitals of ISO 4217 that WooCommerce knows, such as EUR",
    CODES, pattern = "^[A-Z]{3}$", example = "EUR"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_of_codes_alone() {
        let codes: Vec<_> = CODES.split_ascii_whitespace().collect();
        assert_eq!(codes.len(), 150);
        assert!(codes.is_sorted_by(|one, next| one < next), "each stands there once");
        let is_code = |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        assert!(codes.iter().all(|code| is_code(code)));
    }

    #[test]
    fn a_code_is_taken_as_it_is_and_nothing_else() {
        for code in ["AED", "EUR", "JPY", "USD", "ZMW"] {
            assert_eq!(Currency::parse(code).unwrap().as_str(), code);
        }
        for text in ["", "eur", "EU", "BTC", "DEM", "HRK", "XAU", "XXX", "EUR USD", " EUR", "EUR\n"] {
            assert_eq!(Currency::parse(text), Err(CurrencyError), "{text:?}");
        }
    }
}
