//! A country, by its code.

use super::code::listed_code;

/// ISO 3166-1 alpha-2, officially assigned, as the tz database's `iso3166.tab` has it.
const CODES: &str = "\
     AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
     BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE \
     EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM \
     HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC \
     LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
     NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
     SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO \
     TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

listed_code! {
    /// A country: an officially assigned code of two letters of ISO 3166-1.
    Country, CountryError: "must be a country by its code of two capitals of ISO 3166-1, such as DE",
    CODES, pattern = "^[A-Z]{2}$", example = "DE"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_of_codes_alone() {
        let codes: Vec<_> = CODES.split_ascii_whitespace().collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.is_sorted_by(|one, next| one < next), "each stands there once");
        let is_code = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        assert!(codes.iter().all(|code| is_code(code)));
    }

    #[test]
    fn a_code_is_taken_as_it_is_and_nothing_else() {
        for code in ["AD", "DE", "GB", "US", "ZW"] {
            assert_eq!(Country::parse(code).unwrap().as_str(), code);
        }
        for text in ["", "de", "DEU", "UK", "EU", "XK", "D E", "DE FI", " DE", "DE\n"] {
            assert_eq!(Country::parse(text), Err(CountryError), "{text:?}");
        }
    }
}
