<?php // As WooCommerce has one.
