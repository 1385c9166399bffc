/**
 * The recipe: what a product is made of. Reads it strictly, and keeps the lock file beside it.
 * Opens no models and knows no stages.
 */
@NullMarked
package org.m4fw.cli.recipe;

import org.jspecify.annotations.NullMarked;
