<?php
/**
 * Plugin Name: Mail
 * Description: Mails leave by the platform's relay; what is not sent is counted, and the merchant gets a notice.
 *
 * SMTP_HOST names the relay, with SMTP_PORT (587), SMTP_TLS (`starttls`, `implicit` or `none`), SMTP_USER and
 * SMTP_PASSWORD where it asks for them; MAIL_FROM is the platform's address in whose name mails are sent. Each
 * may be NAME_FILE instead. Without them a mail is refused: there is no mail server in the container.
 *
 * Counted in the options shopwright_mails_sent and shopwright_mails_failed. While mails fail,
 * shopwright_mail_failure says since when, and shopwright_mail_failed_at holds the second of the last one.
 */

defined( 'ABSPATH' ) || exit;

// A checkout waits for its mails. PHPMailer's own limit is five minutes.
const SHOPWRIGHT_MAIL_SECONDS = 10;

/**
 * The relay; a sentence where it is not set, or wrongly.
 */
function shopwright_relay() {
	static $relay;
	if ( isset( $relay ) ) {
		return $relay;
	}
	$setting = fn( $name, $usual ) => shopwright_setting( $name, $usual );
	$host    = $setting( 'SMTP_HOST', '' );
	$tls     = $setting( 'SMTP_TLS', 'starttls' );
	$from    = $setting( 'MAIL_FROM', '' );
	if ( '' === $host ) {
		return $relay = 'no mail relay is set';
	}
	if ( ! in_array( $tls, array( 'starttls', 'implicit', 'none' ), true ) ) {
		return $relay = 'SMTP_TLS is none of starttls, implicit and none';
	}
	if ( ! is_email( $from ) ) {
		return $relay = 'MAIL_FROM is no address';
	}
	return $relay = array(
		'host'     => $host,
		'port'     => (int) $setting( 'SMTP_PORT', 'implicit' === $tls ? '465' : '587' ),
		'tls'      => $tls,
		'user'     => $setting( 'SMTP_USER', '' ),
		'password' => $setting( 'SMTP_PASSWORD', '' ),
		'from'     => $from,
	);
}

/**
 * Adds one to a number in an option, whoever else does so at this moment.
 */
function shopwright_add_one( $option ) {
	global $wpdb;
	$wpdb->query(
		$wpdb->prepare(
			"INSERT INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, '1', 'off') ON DUPLICATE KEY UPDATE option_value = option_value + 1",
			$option
		)
	);
	wp_cache_delete( $option, 'options' );
	wp_cache_delete( 'notoptions', 'options' );
}

// A merchant's plugin that sends in a way of its own takes the place of `wp_mail`, or has answered before.
add_filter(
	'pre_wp_mail',
	function ( $answer, $mail ) {
		$relay = shopwright_relay();
		if ( null !== $answer || is_array( $relay ) ) {
			return $answer;
		}
		do_action( 'wp_mail_failed', new WP_Error( 'shopwright_no_relay', $relay, $mail ) );
		return false;
	},
	PHP_INT_MAX,
	2
);

add_action(
	'phpmailer_init',
	function ( $mailer ) {
		$relay = shopwright_relay();
		if ( ! is_array( $relay ) ) {
			return;
		}
		$mailer->isSMTP();
		$mailer->Host        = $relay['host'];
		$mailer->Port        = $relay['port'];
		$mailer->SMTPSecure  = array( 'starttls' => 'tls', 'implicit' => 'ssl', 'none' => '' )[ $relay['tls'] ];
		$mailer->SMTPAutoTLS = 'none' !== $relay['tls'];
		$mailer->SMTPAuth    = '' !== $relay['user'];
		$mailer->Username    = $relay['user'];
		$mailer->Password    = $relay['password'];
		$mailer->Hostname    = wp_parse_url( WP_HOME, PHP_URL_HOST );
		$mailer->Timeout     = SHOPWRIGHT_MAIL_SECONDS;
		$mailer->getSMTPInstance()->Timelimit = SHOPWRIGHT_MAIL_SECONDS;
		// It would say the password to whoever reads the page.
		$mailer->SMTPDebug = 0;

		// Other servers take a mail in the platform's name from the platform's relay, and none in the name of
		// the merchant's own address. An answer goes to the merchant all the same.
		if ( ! $mailer->getReplyToAddresses() ) {
			$by_default = 'wordpress@' . preg_replace( '/^www\./', '', wp_parse_url( WP_HOME, PHP_URL_HOST ) );
			$merchant   = strtolower( $mailer->From ) === $by_default ? get_option( 'admin_email' ) : $mailer->From;
			if ( is_email( $merchant ) ) {
				$mailer->addReplyTo( $merchant, $mailer->FromName );
			}
		}
		$name = 'WordPress' === $mailer->FromName ? wp_specialchars_decode( get_option( 'blogname' ), ENT_QUOTES ) : $mailer->FromName;
		$mailer->setFrom( $relay['from'], $name, false );
		$mailer->Sender = $relay['from'];
	},
	// After plugins that set a server of their own: no other one is reached from here.
	PHP_INT_MAX
);

add_action(
	'wp_mail_failed',
	function ( $error ) {
		// Whose mail it was is nobody's business here.
		$reason = preg_replace( '/[^\s<>:,"]+@[^\s<>,"]+/', '(address)', wp_strip_all_tags( $error->get_error_message() ) );
		$reason = mb_substr( preg_replace( '/\s+/', ' ', $reason ), 0, 300 );
		shopwright_add_one( 'shopwright_mails_failed' );
		update_option( 'shopwright_mail_failed_at', time(), false );
		update_option( 'shopwright_mail_failure', $reason, false );
		error_log( "mail: not sent: $reason" );
	}
);
add_action(
	'wp_mail_succeeded',
	function () {
		shopwright_add_one( 'shopwright_mails_sent' );
		delete_option( 'shopwright_mail_failure' );
	}
);

/**
 * Shows who works in the shop that its mails do not go, and since when.
 */
function shopwright_show_mail_notice() {
	if ( ! current_user_can( 'manage_options' ) && ! current_user_can( 'edit_shop_orders' ) ) {
		return;
	}
	$failed  = (int) get_option( 'shopwright_mails_failed', 0 );
	$failure = get_option( 'shopwright_mail_failure', '' );
	if ( ! is_array( shopwright_relay() ) ) {
		$notice = 'This shop can\'t send mails: ' . shopwright_relay() . '. Neither customers nor you hear of orders by mail; they are under WooCommerce › Orders.';
	} elseif ( '' !== $failure ) {
		$notice = "Mails of this shop could not be sent: $failure";
	} else {
		return;
	}
	if ( $failed > 0 ) {
		$notice .= sprintf(
			' %s so far, the last one on %s.',
			1 === $failed ? 'One mail was not sent' : "$failed mails were not sent",
			wp_date( 'Y-m-d H:i', (int) get_option( 'shopwright_mail_failed_at' ) )
		);
	}
	printf( '<div class="notice notice-warning"><p>%s</p></div>', esc_html( $notice ) );
}
add_action( 'admin_notices', 'shopwright_show_mail_notice' );
