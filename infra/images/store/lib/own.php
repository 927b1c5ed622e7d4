<?php
// What differs from one store to the next, set in a database that is the same for all.

/**
 * The values of the prepared database that are no store's. Each is replaced wherever it stands, so none may
 * be part of another word.
 */
function shopwright_placeholders() {
	return array(
		'SITE_URL'    => 'https://prepared.shopwright.invalid',
		'SITE_TITLE'  => 'Prepared-Shopwright-Title',
		'ADMIN_USER'  => 'prepared-shopwright-user',
		'ADMIN_EMAIL' => 'prepared-shopwright-email@shopwright.invalid',
	);
}

/**
 * What stands in the store's database for each of them.
 */
function shopwright_replacements() {
	$own = shopwright_placeholders();
	$own = array_combine(
		array_values( $own ),
		array(
			untrailingslashit( WP_HOME ),
			sanitize_option( 'blogname', shopwright_environment( 'SITE_TITLE' ) ),
			sanitize_user( shopwright_environment( 'ADMIN_USER' ), true ),
			sanitize_email( shopwright_environment( 'ADMIN_EMAIL' ) ),
		)
	);
	// The name alone too, as in the sender of a mail.
	$own[ wp_parse_url( array_key_first( $own ), PHP_URL_HOST ) ] = wp_parse_url( WP_HOME, PHP_URL_HOST );
	return $own;
}

/**
 * After the import: what is computed and not replaced. One process, and without WooCommerce, which this does
 * not need.
 */
function shopwright_make_own( $password ) {
	global $wpdb;
	// WordPress was started on an empty database, and has read from it what is there now.
	wp_cache_flush();
	wp_roles()->for_site();

	$login = sanitize_user( shopwright_environment( 'ADMIN_USER' ), true );
	$user  = get_user_by( 'login', $login );
	if ( ! $user ) {
		throw new RuntimeException( 'the prepared database has no administrator' );
	}
	$wpdb->update( $wpdb->users, array( 'user_nicename' => mb_substr( sanitize_title( $login ), 0, 50 ) ), array( 'ID' => $user->ID ) );
	// The form of the login adds slashes, as to everything that is sent, and takes none away.
	wp_set_password( wp_slash( $password ), $user->ID );

	// Random numbers of WooCommerce by which shops, or a file's address, can be told apart.
	if ( get_option( 'woocommerce_store_id' ) ) {
		update_option( 'woocommerce_store_id', wp_generate_uuid4() );
	}
	$geolocation = get_option( 'woocommerce_maxmind_geolocation_settings' );
	if ( is_array( $geolocation ) && isset( $geolocation['database_prefix'] ) ) {
		$geolocation['database_prefix'] = wp_generate_password( 32, false );
		update_option( 'woocommerce_maxmind_geolocation_settings', $geolocation );
	}
	shopwright_set_timezone();
	shopwright_set_market();
	if ( get_option( 'siteurl' ) !== WP_SITEURL || ! user_can( $user->ID, 'manage_options' ) ) {
		throw new RuntimeException( 'the prepared database did not become this store\'s own' );
	}
}

/**
 * In both ways: a name such as Europe/Berlin, else UTC.
 */
function shopwright_set_timezone() {
	$zone = getenv( 'SITE_TIMEZONE' ) ?: 'UTC';
	if ( ! in_array( $zone, timezone_identifiers_list(), true ) ) {
		throw new RuntimeException( "SITE_TIMEZONE is no time zone: $zone" );
	}
	update_option( 'timezone_string', $zone );
}

/**
 * In both ways: the language, the country that the shop sells from, and the currency of its prices, each with the
 * forms that go with it. What nobody has said is as WordPress and WooCommerce have it.
 */
function shopwright_set_market() {
	$locale   = (string) getenv( 'STORE_LOCALE' );
	$country  = (string) getenv( 'STORE_COUNTRY' );
	$currency = (string) getenv( 'STORE_CURRENCY' );
	if ( ! preg_match( '/^([a-z]{2,3}(_[A-Za-z0-9_]+)?)?\z/', $locale ) ) {
		throw new RuntimeException( "STORE_LOCALE is no locale of WordPress: $locale" );
	}
	if ( ! preg_match( '/^([A-Z]{2})?\z/', $country ) ) {
		throw new RuntimeException( "STORE_COUNTRY is no code of two capitals: $country" );
	}
	if ( ! preg_match( '/^([A-Z]{3})?\z/', $currency ) ) {
		throw new RuntimeException( "STORE_CURRENCY is no code of three capitals: $currency" );
	}
	if ( ! in_array( $locale, array( '', 'en_US' ), true ) ) {
		shopwright_set_language( $locale );
	}
	if ( '' !== $country ) {
		update_option( 'woocommerce_default_country', $country );
		foreach ( shopwright_forms_of( $country ) as $option => $value ) {
			update_option( $option, $value );
		}
	}
	if ( '' !== $currency ) {
		update_option( 'woocommerce_currency', $currency );
		update_option( 'woocommerce_price_num_decimals', (string) shopwright_digits_of( $currency ) );
	}
}

/**
 * How prices and measures are written in a country, and its currency, from WooCommerce's own table; nothing of a
 * country that this does not have.
 */
function shopwright_forms_of( $country ) {
	$table = WP_PLUGIN_DIR . '/woocommerce/i18n/locale-info.php';
	$forms = is_readable( $table ) ? ( include $table )[ $country ] ?? null : null;
	if ( ! $forms ) {
		return array();
	}
	return array(
		'woocommerce_currency'           => $forms['currency_code'],
		'woocommerce_currency_pos'       => $forms['currency_pos'],
		'woocommerce_price_thousand_sep' => $forms['thousand_sep'],
		'woocommerce_price_decimal_sep'  => $forms['decimal_sep'],
		'woocommerce_price_num_decimals' => (string) $forms['num_decimals'],
		'woocommerce_weight_unit'        => $forms['weight_unit'],
		'woocommerce_dimension_unit'     => $forms['dimension_unit'],
	);
}

/**
 * How many digits a currency has after the point (ISO 4217).
 */
function shopwright_digits_of( $currency ) {
	$none  = array( 'BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF' );
	$three = array( 'BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND' );
	return in_array( $currency, $none, true ) ? 0 : ( in_array( $currency, $three, true ) ? 3 : 2 );
}

/**
 * Sets a language that the image has, and what an installation takes from it once: forms of dates, and the titles
 * of WooCommerce's pages. Their addresses stay, as links to them do.
 */
function shopwright_set_language( $locale ) {
	global $wpdb;
	$folder = ( getenv( 'SHOPWRIGHT_LANGUAGES' ) ?: '/usr/share/shopwright/languages' ) . "/$locale";
	if ( ! is_readable( "$folder/$locale.mo" ) ) {
		throw new RuntimeException( "the image has no translation into $locale" );
	}
	// `seed` puts the translations on the volume, which nothing here sees.
	add_filter( 'get_available_languages', fn() => array( $locale ) );
	update_option( 'WPLANG', $locale );

	require_once ABSPATH . WPINC . '/pomo/mo.php';
	$core = new MO();
	$shop = new MO();
	foreach ( array( "$locale.mo" => $core, "plugins/woocommerce-$locale.mo" => $shop ) as $file => $catalogue ) {
		if ( ! $catalogue->import_from_file( "$folder/$file" ) ) {
			throw new RuntimeException( "the image's translation $file can't be read" );
		}
	}
	$forms = array(
		'date_format'               => array( 'F j, Y', null ),
		'time_format'               => array( 'g:i a', null ),
		'links_updated_date_format' => array( 'F j, Y g:i a', null ),
		'start_of_week'             => array( '1', 'start of week' ),
	);
	foreach ( $forms as $option => list( $english, $context ) ) {
		update_option( $option, $core->translate( $english, $context ) );
	}
	$titles = array(
		'shop'           => 'Shop',
		'cart'           => 'Cart',
		'checkout'       => 'Checkout',
		'myaccount'      => 'My account',
		'refund_returns' => 'Refund and Returns Policy',
	);
	foreach ( $titles as $page => $english ) {
		$id = (int) get_option( "woocommerce_{$page}_page_id" );
		$wpdb->update(
			$wpdb->posts,
			array( 'post_title' => $shop->translate( $english, 'Page title' ) ),
			array(
				'ID'         => $id,
				'post_title' => $english,
			)
		);
		clean_post_cache( $id );
	}
}
