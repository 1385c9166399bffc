/**
 * Signed statements: short documents about images, adapters and keys, signed in a role of their own
 * and kept apart from what they are about. What a statement says is its maker's matter; here is how
 * it is signed, read and verified, and what revocations are.
 */
@NullMarked
package org.m4fw.signing.statement;

import org.jspecify.annotations.NullMarked;
