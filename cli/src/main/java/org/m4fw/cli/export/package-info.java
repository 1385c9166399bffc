/**
 * Images in the forms that other systems take: unpacked with fs-verity or dm-verity parameters,
 * with signatures of other kinds. Nothing is made up here: every digest is that of the manifest, or
 * computed from what was verified while it was written.
 */
@NullMarked
package org.m4fw.cli.export;

import org.jspecify.annotations.NullMarked;
