/**
 * Signing: identities (a classical and a post-quantum key that belong together), where they are
 * kept, and the signing of images with them. The only module that holds private keys; no knowledge
 * of models.
 */
@NullMarked
package org.m4fw.signing;

import org.jspecify.annotations.NullMarked;
