<?php
/**
 * Plugin Name: WooCommerce
 * Version: 9.5.0
 * Description: Stands in for WooCommerce where it can't be had: the calls of the setup, on WordPress's own tables.
 */

defined( 'ABSPATH' ) || exit;

define( 'WC_ABSPATH', __DIR__ . '/' );

register_activation_hook( __FILE__, array( 'WC_Install', 'install' ) );
add_action(
	'init',
	function () {
		register_post_type(
			'product',
			array(
				'public'      => true,
				'has_archive' => 'shop',
				'label'       => 'Products',
				'supports'    => array( 'title', 'editor', 'thumbnail' ),
			)
		);
		if ( get_option( 'woocommerce_version' ) !== WC()->version && get_option( 'woocommerce_version' ) ) {
			update_option( 'woocommerce_version', WC()->version );
		}
	}
);
// What a checkout is sent to: it has an empty cart.
add_action(
	'rest_api_init',
	function () {
		foreach ( array( 'wc/store', 'wc/store/v1' ) as $namespace ) {
			foreach ( array( '/checkout', '/checkout/(?P<id>\d+)' ) as $route ) {
				register_rest_route(
					$namespace,
					$route,
					array(
						'methods'             => 'POST',
						'permission_callback' => '__return_true',
						'callback'            => fn() => new WP_Error( 'empty_cart', 'The cart is empty.', array( 'status' => 400 ) ),
					)
				);
			}
		}
	}
);

function WC() {
	return (object) array( 'version' => '9.5.0' );
}

class WC_Install {
	public static function get_db_update_callbacks() {
		return array(
			'9.2.0' => array( 'stand_in_second_update' ),
			'9.1.0' => array( 'stand_in_first_update' ),
			'9.0.0' => array( 'stand_in_old_update' ),
		);
	}

	public static function update_db_version( $version = null ) {
		update_option( 'woocommerce_db_version', $version ?? WC()->version );
	}

	public static function needs_db_update() {
		return version_compare( get_option( 'woocommerce_db_version' ), '9.2.0', '<' );
	}

	public static function verify_base_tables() {
		global $wpdb;
		return array_diff( array( "{$wpdb->prefix}wc_orders" ), $wpdb->get_col( 'SHOW TABLES' ) );
	}

	public static function install() {
		global $wpdb;
		update_option( 'woocommerce_version', WC()->version );
		self::update_db_version();
		$wpdb->query( "CREATE TABLE IF NOT EXISTS {$wpdb->prefix}wc_orders (id bigint unsigned NOT NULL PRIMARY KEY, type varchar(20), status varchar(20), date_created_gmt datetime, date_updated_gmt datetime) {$wpdb->get_charset_collate()}" );
		set_transient( '_wc_activation_redirect', 1, 30 );
		update_option( 'woocommerce_store_id', wp_generate_uuid4() );
		update_option( 'woocommerce_stock_email_recipient', get_option( 'admin_email' ) );
		update_option( 'woocommerce_pos_settings', array( 'name' => get_bloginfo( 'name' ), 'address' => home_url( '/' ) ) );
		update_option( 'woocommerce_admin_install_timestamp', time() );
		$folder = wp_upload_dir()['basedir'] . '/woocommerce_uploads';
		wp_mkdir_p( $folder );
		file_put_contents( "$folder/.htaccess", 'deny from all' );
		file_put_contents( "$folder/index.html", '' );
		wp_schedule_event( time() + HOUR_IN_SECONDS, 'daily', 'woocommerce_cleanup_sessions' );
	}

	public static function newly_installed() {
		update_option( 'woocommerce_custom_orders_table_enabled', 'yes' );
	}

	public static function create_pages() {
		foreach ( array( 'shop' => 'Shop', 'cart' => 'Cart', 'checkout' => 'Checkout', 'myaccount' => 'My account' ) as $page => $title ) {
			if ( wc_get_page_id( $page ) < 1 ) {
				$id = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => $title ) );
				update_option( "woocommerce_{$page}_page_id", $id );
			}
		}
	}
}

class WC_Product_Simple {
	private $post = array( 'post_type' => 'product' );
	private $price;
	private $picture;

	public function set_name( $name ) { $this->post['post_title'] = $name; }
	public function set_slug( $slug ) { $this->post['post_name'] = $slug; }
	public function set_short_description( $text ) { $this->post['post_excerpt'] = $text; }
	public function set_description( $text ) { $this->post['post_content'] = $text; }
	public function set_status( $status ) { $this->post['post_status'] = $status; }
	public function set_regular_price( $price ) { $this->price = $price; }
	public function set_image_id( $picture ) { $this->picture = $picture; }

	public function save() {
		$id = wp_insert_post( $this->post );
		update_post_meta( $id, '_regular_price', $this->price );
		set_post_thumbnail( $id, $this->picture );
		return $id;
	}
}

function wc_get_page_id( $page ) {
	return (int) get_option( "woocommerce_{$page}_page_id", -1 );
}

function wc_get_products( $query ) {
	return get_posts( array( 'post_type' => 'product', 'post_status' => 'any', 'numberposts' => $query['limit'] ) );
}

class ActionScheduler_Store {
	const STATUS_PENDING = 'pending';
}

function as_unschedule_all_actions() {}

function as_get_scheduled_actions() {
	return array();
}
