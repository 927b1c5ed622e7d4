<?php
// Updates of the database, which say that they were made. The second one is made in two parts, of which the last
// can be made to fail.

function stand_in_note( $update ) {
	update_option( 'stand_in_updates', get_option( 'stand_in_updates', '' ) . "$update " );
}

function stand_in_old_update() {
	stand_in_note( 'old' );
}

function stand_in_first_update() {
	stand_in_note( 'first' );
}

function stand_in_second_update() {
	if ( 'fails' === get_option( 'stand_in_disturbed' ) ) {
		throw new RuntimeException( 'the second update fails' );
	}
	stand_in_note( 'second' );
	return 1 === substr_count( get_option( 'stand_in_updates' ), 'second' );
}
