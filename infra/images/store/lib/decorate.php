<?php
// What makes a shop look like one at first sight, to visitors and to its merchant. Only in a new shop: all
// of it can be changed in the administration.

function shopwright_decorate() {
	shopwright_put_shop_in_front();
	shopwright_make_menu();
	shopwright_make_footer();
	update_option( 'site_icon', shopwright_add_picture( 'icon.png', 'Icon', '' ) );
	update_option( 'blogdescription', '' );
	update_option( 'default_comment_status', 'closed' );
	update_option( 'default_ping_status', 'closed' );
	shopwright_settle_administration( get_current_user_id() );
}

/**
 * An attachment of a picture of the image, with its sizes. Its file lies in a folder without a date: which it
 * is does not depend on the day.
 */
function shopwright_add_picture( $file, $title, $description ) {
	require_once ABSPATH . 'wp-admin/includes/image.php';
	$uploads = wp_upload_dir();
	$target  = $uploads['basedir'] . "/shopwright/$file";
	$source  = ( getenv( 'SHOPWRIGHT_ASSETS' ) ?: '/usr/share/shopwright/assets' ) . "/$file";
	if ( ! wp_mkdir_p( dirname( $target ) ) || ! copy( $source, $target ) ) {
		throw new RuntimeException( "the picture $file could not be copied" );
	}
	$picture = wp_insert_attachment(
		array(
			'guid'           => $uploads['baseurl'] . "/shopwright/$file",
			'post_mime_type' => wp_check_filetype( $file )['type'],
			'post_title'     => $title,
			// Attachments and products share their names' space.
			'post_name'      => 'shopwright-' . pathinfo( $file, PATHINFO_FILENAME ),
			'post_status'    => 'inherit',
		),
		$target,
		0,
		true
	);
	if ( is_wp_error( $picture ) ) {
		throw new RuntimeException( $picture->get_error_message() );
	}
	wp_update_attachment_metadata( $picture, wp_generate_attachment_metadata( $picture, $target ) );
	if ( '' !== $description ) {
		update_post_meta( $picture, '_wp_attachment_image_alt', $description );
	}
	return $picture;
}

function shopwright_put_shop_in_front() {
	update_option( 'show_on_front', 'page' );
	update_option( 'page_on_front', wc_get_page_id( 'shop' ) );
}

/**
 * Adds a post of the theme's, or ends.
 */
function shopwright_add_post( $post ) {
	$id = wp_insert_post( wp_slash( $post + array( 'post_status' => 'publish' ) ), true );
	if ( is_wp_error( $id ) ) {
		throw new RuntimeException( $id->get_error_message() );
	}
	return $id;
}

function shopwright_links_to( $pages ) {
	$links = '';
	foreach ( $pages as $page ) {
		$id     = wc_get_page_id( $page );
		$links .= get_comment_delimited_block_content(
			'navigation-link',
			array(
				'label'          => get_the_title( $id ),
				'type'           => 'page',
				'id'             => $id,
				'url'            => get_permalink( $id ),
				'kind'           => 'post-type',
				'isTopLevelLink' => true,
			),
			''
		);
	}
	return $links;
}

/**
 * The menu at the head of each page: without one it is a list of all pages, the checkout among them. Cart and
 * account are beside it already, as WooCommerce's own blocks.
 */
function shopwright_make_menu() {
	shopwright_add_post(
		array(
			'post_type'    => 'wp_navigation',
			'post_title'   => 'Navigation',
			'post_name'    => 'navigation',
			'post_content' => shopwright_links_to( array( 'shop' ) ),
		)
	);
}

/**
 * A footer of what every shop has, in place of the theme's, whose links lead nowhere.
 */
function shopwright_make_footer() {
	$footer = '<!-- wp:group {"style":{"spacing":{"padding":{"top":"var:preset|spacing|50","bottom":"var:preset|spacing|50"},"margin":{"top":"var:preset|spacing|60"}}},"layout":{"type":"constrained"}} -->
<div class="wp-block-group" style="margin-top:var(--wp--preset--spacing--60);padding-top:var(--wp--preset--spacing--50);padding-bottom:var(--wp--preset--spacing--50)"><!-- wp:group {"align":"wide","layout":{"type":"flex","flexWrap":"wrap","justifyContent":"space-between"}} -->
<div class="wp-block-group alignwide"><!-- wp:site-title {"level":0,"fontSize":"medium"} /-->

<!-- wp:navigation {"overlayMenu":"never","layout":{"type":"flex","justifyContent":"right"},"fontSize":"small"} -->
%s
<!-- /wp:navigation --></div>
<!-- /wp:group --></div>
<!-- /wp:group -->';
	shopwright_add_post(
		array(
			'post_type'    => 'wp_template_part',
			'post_title'   => 'Footer',
			'post_name'    => 'footer',
			'post_content' => sprintf( $footer, shopwright_links_to( array( 'shop', 'cart', 'myaccount' ) ) ),
			'tax_input'    => array(
				'wp_theme'              => array( get_stylesheet() ),
				'wp_template_part_area' => array( 'footer' ),
			),
		)
	);
}

/**
 * The panels and wizards of the first visit: seen, skipped or hidden.
 */
function shopwright_settle_administration( $user ) {
	update_user_meta( $user, 'show_welcome_panel', 0 );
	// News and events of WordPress, which a shop without a way out can't fetch; and drafts of posts.
	update_user_meta( $user, 'metaboxhidden_dashboard', array( 'dashboard_primary', 'dashboard_quick_press', 'dashboard_site_health' ) );
	update_option( 'woocommerce_onboarding_profile', array( 'skipped' => true ) );
	update_option( 'woocommerce_task_list_hidden_lists', array( 'setup', 'extended' ) );
	update_option( 'woocommerce_show_marketplace_suggestions', 'no' );
	update_option( 'woocommerce_allow_tracking', 'no' );
}
