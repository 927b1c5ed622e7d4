//! The language of a shop, by its code.

use super::code::listed_code;

/// The locales of WordPress: each `wp_locale` of GlotPress's `locales.php`, by which translations are kept.
const CODES: &str = "\
     af am ar arg arq art_xemoji art_xpirate ary as ast az az_TR azb ba bal bcc bel bg_BG bgn bho bn_BD \
     bn_IN bo bre brx bs_BA ca ca_valencia ceb ckb co cor cs_CZ cy da_DK de_AT de_CH de_DE dsb dv dzo el \
     en_AU en_CA en_GB en_NZ en_US en_ZA eo es_AN es_AR es_CL es_CO es_CR es_DO es_EC es_ES es_GT es_HN \
     es_MX es_PE es_PR es_UY es_VE et eu ewe fa_AF fa_IR fi fo fon fr_BE fr_CA fr_FR frp fuc fur fy ga \
     gax gd gl_ES gu hat hau haw_US haz he_IL hi_IN hr hsb hu_HU hy ibo id_ID ido is_IS it_IT ja jv_ID \
     ka_GE kaa kab kal kin kir kk km kmr kn ko_KR lb_LU li lij lin lmo lo lt_LT lug lv mai me_ME mfe \
     mg_MG mk_MK ml_IN mlt mn mr mri ms_MY my_MM nb_NO ne_NP nl_BE nl_NL nn_NO nqo oci ory os pa_IN pa_PK \
     pap_AW pap_CW pcd pcm pl_PL ps pt_AO pt_BR pt_PT pt_PT_ao90 rhg ro_RO roh ru_RU sa_IN sah scn si_LK \
     sk_SK skr sl_SI sna snd so_SO sq sq_XK sr_RS srd ssw su_ID sv_SE sw syr szl ta_IN ta_LK tah te tg th \
     tir tl tr_TR tt_RU tuk twd tzm ug_CN uk ur uz_UZ vec vi wol xho yor zgh zh_CN zh_HK zh_SG zh_TW zul";

/// The locales that the store image has, beside English as WordPress itself is written: those whose translations its
/// Dockerfile fetches.
pub const IN_THE_IMAGE: [&str; 10] =
    ["en_US", "da_DK", "de_DE", "es_ES", "fr_FR", "it_IT", "nl_NL", "pl_PL", "pt_BR", "sv_SE"];

listed_code! {
    /// The language of a shop, and what goes with it: a locale of WordPress.
    Locale, LocaleError: "must be a locale of WordPress, such as de_DE",
    CODES, pattern = "^[a-z]{2,3}(_[A-Za-z0-9_]+)?$", example = "de_DE"
}

impl Locale {
    /// The locales that the store image has.
    #[must_use]
    pub fn all_in_the_image() -> Vec<Self> {
        IN_THE_IMAGE.iter().map(|code| Self((*code).to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_of_codes_alone() {
        let codes: Vec<_> = CODES.split_ascii_whitespace().collect();
        assert_eq!(codes.len(), 206);
        assert!(codes.is_sorted_by(|one, next| one < next), "each stands there once");
        let is_code = |code: &str| {
            let (language, rest) = code.split_once('_').unwrap_or((code, "x"));
            (2..=3).contains(&language.len())
                && language.bytes().all(|byte| byte.is_ascii_lowercase())
                && !rest.is_empty()
                && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        assert!(codes.iter().all(|code| is_code(code)));
    }

    #[test]
    fn a_code_is_taken_as_it_is_and_nothing_else() {
        for code in IN_THE_IMAGE.iter().chain(&["ja", "pt_PT_ao90", "zh_TW"]) {
            assert_eq!(Locale::parse(code).unwrap().as_str(), *code);
        }
        for text in ["", "de", "de-DE", "DE_DE", "de_de", "german", "de_DE ", "de_DE\n", "../de_DE"] {
            assert_eq!(Locale::parse(text), Err(LocaleError), "{text:?}");
        }
    }
}
